"""People: searched page by page, exported, enrolled; one person's posts, roles and account."""

from collections.abc import Callable
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from models import Role, User
from webapp import auth, clock, db, exports
from webapp.organisation import common
from webapp.organisation.common import attempt, bp, text, unit_at
from workflows import access, people, posts, units
from workflows.errors import Invalid

PAGE = 50
MOST_EXPORTED = 50_000


@bp.get("/people")
def people_index() -> ResponseReturnValue:
    wanted = _wanted(PAGE + 1)
    if request.args.get("export"):
        return _export()
    found = people.search(db.session(), wanted)
    shown, more = found[:PAGE], len(found) > PAGE
    kept = {name: request.args.get(name, "") for name in ("text", "unit", "cadre")}
    following: dict[str, Any] = {**kept, "after": shown[-1][0].id} if more else {}
    return render_template(
        "organisation/people.html",
        people=shown,
        unit=unit_at(int(kept["unit"])) if _is_id(kept["unit"]) else None,
        words={"membership": common.MEMBERSHIPS},
        kept=kept,
        after=url_for("organisation.people_index", **following) if following else None,
        may={"keep": common.is_keeper()},
    )


def _wanted(limit: int) -> people.Wanted:
    args = request.args
    unit, after = args.get("unit", ""), args.get("after", "")
    return people.Wanted(
        text=args.get("text", "").strip()[:80],
        path=unit_at(int(unit)).path if _is_id(unit) else "",
        paths=people.open_to(auth.rights()),
        cadre={"yes": True, "no": False}.get(args.get("cadre", "")),
        after=int(after) if _is_id(after) else 0,
        limit=limit,
    )


def _is_id(value: str) -> bool:
    return value.isascii() and value.isdecimal() and len(value) < 19


def _export() -> ResponseReturnValue:
    """The list as a workbook; that it was taken is in the read log first."""
    db.sensitive_read("people", user=auth.rights().user, page="people export")
    found = people.search(db.session(), _wanted(MOST_EXPORTED))
    heads = [gettext(head) for head in ("User name", "Name", "Unit", "Membership", "Cadre")]
    lines = [
        [
            user.login,
            user.name,
            unit,
            str(common.MEMBERSHIPS.get(user.membership, user.membership)),
            gettext("yes") if user.cadre else gettext("no"),
        ]
        for user, unit in found
    ]
    return exports.answer("people", heads, lines, kind=request.args["export"])


@bp.get("/people/<id:user_id>")
def person(user_id: int) -> ResponseReturnValue:
    return _person_page(_found(user_id))


def _found(user_id: int) -> User:
    return people.readable(db.session(), user_id, rights=auth.rights())


def _person_page(
    user: User, faults: dict[str, str] | None = None, code: str = ""
) -> ResponseReturnValue:
    session = db.session()
    page = render_template(
        "organisation/person.html",
        person=user,
        unit=people.unit_of(session, user),
        holdings=posts.held_by(session, user.id),
        grants=posts.grants(session, user_id=user.id),
        words={
            "role": common.ROLES,
            "membership": common.MEMBERSHIPS,
            "manager": common.MANAGERS,
        },
        locked=people.lock_ends(user, clock.now()),
        is_held=lambda row: posts.is_held(row, clock.now()),
        sees_unit=lambda unit: auth.rights().covers(unit, units.READERS),
        may={"keep": common.is_keeper(), "guard": common.is_guardian()},
        code=code,
        faults=faults or {},
    )
    return page, 422 if faults else 200


@bp.route("/people/new", methods=["GET", "POST"])
def enrol() -> ResponseReturnValue:
    """A person is enrolled; the one-time code is shown this once."""
    access.require_role(auth.rights(), Role.SYSTEM_ADMIN)
    faults: dict[str, str] = {}
    if request.method == "POST":
        codes: list[str] = []
        faults = attempt(lambda: codes.append(_enrol()))
        if not faults:
            user = people.by_login(db.session(), text("login", 80))
            assert user is not None  # noqa: S101
            return _person_page(user, code=codes[0])
    page = render_template(
        "organisation/enrol.html",
        words={"membership": common.MEMBERSHIPS, "manager": common.MANAGERS},
        typed=request.form or request.args,
        faults=faults,
    )
    return page, 422 if faults else 200


def _enrol() -> str:
    session = db.session()
    unit = units.by_code(session, text("unit", 80)) if text("unit", 80) else None
    if text("unit", 80) and unit is None:
        raise Invalid("Please mend what is marked.", fields={"unit": "There is no such unit."})
    more = people.Enrolment(
        unit_id=unit.id if unit else None,
        cadre="cadre" in request.form,
        managed_by=text("managed_by") or "party_group",
        membership=text("membership") or "none",
    )
    by, now = auth.rights().user, clock.now()
    return people.enrol(
        session, login=text("login", 80), name=text("name"), by=by, now=now, more=more
    )


@bp.post("/people/<id:user_id>/code")
def renew_code(user_id: int) -> ResponseReturnValue:
    """A new one-time code, shown this once; the old password and all sessions are at an end."""
    user = _found(user_id)
    by, now = auth.rights().user, clock.now()
    return _person_page(user, code=people.renew_code(db.session(), user, by=by, now=now))


@bp.post("/people/<id:user_id>/disable")
def disable(user_id: int) -> ResponseReturnValue:
    return _switch(user_id, people.disable, gettext("The account is disabled."))


@bp.post("/people/<id:user_id>/enable")
def enable(user_id: int) -> ResponseReturnValue:
    return _switch(user_id, people.enable, gettext("The account is open again."))


def _switch(user_id: int, act: Callable[..., None], done: str) -> ResponseReturnValue:
    user, by, now = _found(user_id), auth.rights().user, clock.now()
    reason = text("reason", 500)
    if faults := attempt(lambda: act(db.session(), user, reason=reason, by=by, now=now)):
        return _person_page(_found(user_id), faults)
    flash(done, "success")
    return redirect(url_for("organisation.person", user_id=user_id), 303)
