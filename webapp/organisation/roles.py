"""Roles: given and taken by the security administrator, with a reason and after a second look."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from models import Role, Unit, User
from webapp import auth, clock, db
from webapp.organisation import common
from webapp.organisation.common import attempt, bp, day, text, today, unit_at
from workflows import access, people, posts, units
from workflows.errors import Invalid


@bp.route("/units/<id:unit_id>/grant", methods=["GET", "POST"])
def grant(unit_id: int) -> ResponseReturnValue:
    """First what the role would open is shown; sent again with `sure`, it is given."""
    access.require_role(auth.rights(), Role.SECURITY_ADMIN)
    unit, faults = unit_at(unit_id), {}
    if request.method == "POST":
        people_meant: list[User] = []
        faults = attempt(lambda: people_meant.append(_person()))
        if not faults and "sure" not in request.form:
            return _confirm(unit, people_meant[0])
        faults = faults or attempt(lambda: _grant(unit, people_meant[0]))
        if not faults:
            flash(gettext("The role is given."), "success")
            return redirect(url_for("organisation.unit", unit_id=unit_id), 303)
        unit = unit_at(unit_id)
    page = render_template(
        "organisation/grant.html",
        unit=unit,
        roles=common.ROLES.items(),
        typed=request.form or request.args,
        faults=faults,
        today=today(),
    )
    return page, 422 if faults else 200


def _person() -> User:
    """Whom the form means; raises Invalid for a form that is not whole."""
    user = people.by_login(db.session(), text("login", 80))
    fields = {}
    if user is None:
        fields["login"] = "There is no such person."
    if text("role") not in common.ROLES:
        fields["role"] = "There is no such role."
    if not text("reason", 500):
        fields["reason"] = "Say why."
    if fields or user is None:
        raise Invalid("Please mend what is marked.", fields=fields)
    day("since")
    return user


def _confirm(unit: Unit, user: User) -> str:
    below = units.tree(db.session(), rights=auth.rights(), today=today())
    reach = sum(one.unit.is_under(unit) for one in below)
    return render_template(
        "organisation/grant_confirm.html",
        unit=unit,
        person=user,
        role=common.ROLES[text("role")],
        reach=reach,
        held=[one for one, _ in posts.grants(db.session(), user_id=user.id)],
        words=common.ROLES,
        is_held=lambda row: posts.is_held(row, clock.now()),
        typed=request.form,
    )


def _grant(unit: Unit, user: User) -> None:
    posts.grant(
        db.session(),
        text("role"),
        unit,
        user,
        since=day("since"),
        reason=text("reason", 500),
        by=auth.rights().user,
        now=clock.now(),
    )


@bp.post("/grants/<id:grant_id>/revoke")
def revoke(grant_id: int) -> ResponseReturnValue:
    access.require_role(auth.rights(), Role.SECURITY_ADMIN)
    session, by, now = db.session(), auth.rights().user, clock.now()
    granted = posts.get_grant(session, grant_id)
    unit = unit_at(granted.seat.unit_id)
    reason = text("reason", 500)
    faults = attempt(
        lambda: posts.revoke(session, granted, until=today(), reason=reason, by=by, now=now)
    )
    flash(*((next(iter(faults.values())), "warning") if faults else (_taken(), "success")))
    return redirect(url_for("organisation.unit", unit_id=unit.id), 303)


def _taken() -> str:
    return str(gettext("The role has ended."))
