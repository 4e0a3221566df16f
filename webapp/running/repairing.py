"""A case that stands still: why, what may be done, and who decides it."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from models import Case
from webapp import auth, clock, db, words
from webapp.running import common
from webapp.running.common import bp
from workflows import definitions, repairs
from workflows.engine import EngineFault
from workflows.errors import Invalid, kept


@bp.get("/cases/<id:case_id>")
def case(case_id: int) -> ResponseReturnValue:
    found = repairs.case_of(db.session(), case_id, rights=auth.rights())
    return _page(found, {}, "")


def _page(found: Case, told: dict[str, str], looked: str) -> str:
    session, now = db.session(), clock.now()
    stands = found.status == "failed"
    return render_template(
        "running/case.html",
        case=found,
        definition=definitions.get(session, found.definition_id),
        stands=stands,
        asked=repairs.of_case(session, found),
        open=any(one.row.state == "asked" for one in repairs.of_case(session, found)),
        paths=[(one, one) for one in _paths(found)] if stands else [],
        kinds=common.KINDS,
        states=common.STATES,
        statuses=common.STATUSES,
        typed=request.form,
        told=told,
        looked=looked,
        now=now,
    )


def _paths(found: Case) -> list[str]:
    try:
        return repairs.paths(db.session(), found, now=clock.now())
    except EngineFault:  # a state that cannot be read has nothing to correct
        return []


@bp.post("/cases/<id:case_id>/look")
def look(case_id: int) -> ResponseReturnValue:
    """The next attempt is made and undone: at which step it fails, and why."""
    repairs.case_of(db.session(), case_id, rights=auth.rights())
    seen = repairs.diagnose(db.session(), case_id, now=clock.now())
    if seen.fault is None:
        told = gettext("Nothing fails any more: tried again, the case would go on.")
    else:
        step = common.step_name(seen.node) if seen.node else gettext("unknown")
        told = gettext(
            "It fails at “%(step)s”: %(why)s",
            step=step,
            why=words.kept_fault(kept(seen.fault, 2000)),
        )
    db.start_over()
    return _page(repairs.case_of(db.session(), case_id, rights=auth.rights()), {}, told)


@bp.post("/cases/<id:case_id>")
def ask(case_id: int) -> ResponseReturnValue:
    typed = request.form
    wish = repairs.Wish(
        kind=typed.get("kind", ""),
        reason=typed.get("reason", ""),
        path=typed.get("path", "")[:200],
        value=typed.get("value", "")[:4000],
    )
    try:
        row = repairs.ask(db.session(), case_id, wish, rights=auth.rights(), now=clock.now())
    except Invalid as refused:
        told = words.say_fields(refused)
        db.start_over()
        found = repairs.case_of(db.session(), case_id, rights=auth.rights())
        return _page(found, told, ""), 422
    flash(gettext("It waits for another process administrator."), "success")
    return redirect(url_for("running.repair", repair_id=row.id), 303)


@bp.get("/repairs/<id:repair_id>")
def repair(repair_id: int) -> ResponseReturnValue:
    asked = repairs.get(db.session(), repair_id, rights=auth.rights())
    return render_template(
        "running/repair.html",
        asked=asked,
        kinds=common.KINDS,
        states=common.STATES,
        mine=asked.row.made_by == auth.rights().user.id,
        step=common.step_name(asked.step) if asked.step else asked.row.node,
    )


@bp.post("/repairs/<id:repair_id>/approve")
def approve(repair_id: int) -> ResponseReturnValue:
    row = repairs.approve(db.session(), repair_id, rights=auth.rights(), now=clock.now())
    flash(
        gettext("The case goes on.")
        if row.kind == repairs.SKIP
        else gettext("The step is tried again within a minute."),
        "success",
    )
    return redirect(url_for("running.repair", repair_id=repair_id), 303)


@bp.post("/repairs/<id:repair_id>/decline")
def decline(repair_id: int) -> ResponseReturnValue:
    remark = request.form.get("remark", "")
    repairs.decline(db.session(), repair_id, remark, rights=auth.rights(), now=clock.now())
    flash(gettext("The case stays as it is."), "success")
    return redirect(url_for("running.repair", repair_id=repair_id), 303)
