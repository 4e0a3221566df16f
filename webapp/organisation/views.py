"""Units: the tree, one unit with its posts, and what changes in them."""

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from models import Role, Unit, UnitKind
from webapp import auth, clock, db, words
from webapp.organisation import common
from webapp.organisation.common import attempt, bp, day, text, today, unit_at
from workflows import access, people, posts, staffing, units
from workflows.errors import Invalid

SMALL = {UnitKind.BRANCH, UnitKind.DEPARTMENT}
MOST_AT_ONCE = 100  # units; above it branches and departments stand on their organ's page
MOST_CONCERNS = 200


@bp.get("")
def index() -> ResponseReturnValue:
    tree = units.tree(db.session(), rights=auth.rights(), today=today())
    whole = len(tree) <= MOST_AT_ONCE or request.args.get("all") == "1"
    return render_template(
        "organisation/index.html",
        tree=tree if whole else [one for one in tree if one.unit.kind not in SMALL],
        total=len(tree),
        whole=whole,
        kinds=common.KINDS,
        may=_may(),
    )


def _may() -> dict[str, bool]:
    keeps, guards = common.is_keeper(), common.is_guardian()
    return {"keep": keeps, "guard": guards, "administer": keeps or guards}


@bp.get("/concerns")
def concerns() -> ResponseReturnValue:
    """What is amiss, for those who can put it right."""
    access.require_role(auth.rights(), *common.ADMINISTRATORS)
    found = staffing.concerns(db.session(), today=today())
    return render_template(
        "organisation/concerns.html",
        concerns=[_told(one) for one in found[:MOST_CONCERNS]],
        total=len(found),
    )


def _concerns_of(unit: Unit) -> list[dict[str, Any]]:
    if not (common.is_keeper() or common.is_guardian()):
        return []
    return [_told(one) for one in staffing.concerns(db.session(), today=today(), unit=unit)[:20]]


def _told(one: staffing.Concern) -> dict[str, Any]:
    facts = dict(one.message.facts)
    if "role" in facts:
        facts["role"] = str(common.ROLES[str(facts["role"])])
    return {"text": words.fill(one.message, facts), "unit": one.unit, "user": one.user}


@bp.get("/units/<id:unit_id>")
def unit(unit_id: int) -> ResponseReturnValue:
    return _unit_page(unit_at(unit_id))


def _unit_page(unit: Unit, faults: dict[str, str] | None = None) -> ResponseReturnValue:
    session = db.session()
    shown = {one.id: one for one in units.ancestors(session, unit)}
    rights = auth.rights()
    visible = [one for one in shown.values() if rights.covers(one, units.READERS)]
    page = render_template(
        "organisation/unit.html",
        unit=unit,
        above=visible[:-1],
        children=units.children(session, unit, today=today()),
        posts=posts.history(session, unit.id),
        grants=posts.grants(session, unit_id=unit.id),
        concerns=_concerns_of(unit),
        number=people.count(session, people.Wanted(path=unit.path)),
        words={"kind": common.KINDS, "role": common.ROLES, "manager": common.MANAGERS},
        is_held=lambda row: posts.is_held(row, clock.now()),
        today=today(),
        may=_may(),
        faults=faults or {},
    )
    return page, 422 if faults else 200


@bp.route("/units/<id:unit_id>/add", methods=["GET", "POST"])
def add_unit(unit_id: int) -> ResponseReturnValue:
    """A unit below this one."""
    access.require_role(auth.rights(), Role.SYSTEM_ADMIN)
    parent, faults = unit_at(unit_id), {}
    if request.method == "POST":
        made: list[Unit] = []
        faults = attempt(lambda: made.append(_add(parent)))
        if not faults:
            flash(gettext("The unit is added."), "success")
            return redirect(url_for("organisation.unit", unit_id=made[0].id), 303)
        parent = unit_at(unit_id)
    allowed = [(code, word) for code, word in common.KINDS.items() if parent.kind in _above(code)]
    page = render_template(
        "organisation/unit_form.html",
        parent=parent,
        kinds=allowed,
        managers=common.MANAGERS.items(),
        typed=request.form,
        faults=faults,
    )
    return page, 422 if faults else 200


def _above(kind: str) -> frozenset[str]:
    return units.UNDER[kind]


def _add(parent: Unit) -> Unit:
    count = text("member_count") or "0"
    if not (count.isascii() and count.isdecimal() and len(count) < 7):
        raise Invalid(
            "Please mend what is marked.", fields={"member_count": "Please enter a number."}
        )
    draft = units.Draft(
        code=text("code", 80),
        name=text("name"),
        name_en=text("name_en"),
        kind=text("kind"),
        parent_id=parent.id,
        managed_by=text("managed_by") or "work_committee",
        member_count=int(count),
        formed_on=day("formed_on") if text("formed_on") else None,
        term_ends_on=day("term_ends_on") if text("term_ends_on") else None,
    )
    return units.add(db.session(), draft, by=auth.rights().user, now=clock.now())


@bp.post("/units/<id:unit_id>/rename")
def rename(unit_id: int) -> ResponseReturnValue:
    by, now = auth.rights().user, clock.now()
    return _change(
        unit_id,
        lambda unit: units.rename(db.session(), unit, text("name"), by=by, now=now),
        gettext("The unit bears its new name."),
    )


@bp.post("/units/<id:unit_id>/abolish")
def abolish(unit_id: int) -> ResponseReturnValue:
    by, now = auth.rights().user, clock.now()
    return _change(
        unit_id,
        lambda unit: units.abolish(db.session(), unit, on=day("on"), by=by, now=now),
        gettext("The unit is abolished."),
    )


def _change(unit_id: int, act: Any, done: str) -> ResponseReturnValue:
    unit = unit_at(unit_id)
    if faults := attempt(lambda: act(unit)):
        return _unit_page(unit_at(unit_id), faults)
    flash(done, "success")
    return redirect(url_for("organisation.unit", unit_id=unit_id), 303)


@bp.route("/units/<id:unit_id>/appoint", methods=["GET", "POST"])
def appoint(unit_id: int) -> ResponseReturnValue:
    """Somebody takes a post of the unit."""
    access.require_role(auth.rights(), Role.SYSTEM_ADMIN)
    unit, faults = unit_at(unit_id), {}
    if request.method == "POST":
        faults = attempt(lambda: _appoint(unit))
        if not faults:
            flash(gettext("The appointment is on file."), "success")
            return redirect(url_for("organisation.unit", unit_id=unit_id), 303)
        unit = unit_at(unit_id)
    page = render_template(
        "organisation/appoint.html",
        unit=unit,
        kinds=[(kind, kind) for kind in posts.POSTS.get(unit.kind, ())],
        typed=request.form or request.args,
        faults=faults,
        today=today(),
    )
    return page, 422 if faults else 200


def _appoint(unit: Unit) -> None:
    session, by, now = db.session(), auth.rights().user, clock.now()
    user = people.by_login(session, text("login", 80))
    if user is None:
        raise Invalid("Please mend what is marked.", fields={"login": "There is no such person."})
    since = day("since")
    post = posts.at(session, unit, text("kind"), text("title"))
    full_time = "full_time" in request.form
    posts.appoint(session, post, user, since=since, by=by, now=now, full_time=full_time)


@bp.post("/holdings/<id:holding_id>/relieve")
def relieve(holding_id: int) -> ResponseReturnValue:
    session = db.session()
    holding = posts.holding(session, holding_id)
    unit_id = holding.post.unit_id
    by, now = auth.rights().user, clock.now()
    return _change(
        unit_id,
        lambda _: posts.relieve(session, holding, until=day("until"), by=by, now=now),
        gettext("The post is vacant from that day."),
    )
