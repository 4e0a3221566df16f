"""督办台账: the matters a person may see, each with its light and why; 催办 by a supervisor."""

from datetime import date
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import LazyString, gettext
from flask_babel import lazy_gettext as _

from models import LIGHTS, Matter, Role
from webapp import auth, clock, db, exports, words
from webapp.history import timeline
from workflows import ledger, matters, urgings
from workflows.errors import Conflict, Invalid

bp = Blueprint("supervision", __name__, url_prefix="/supervision")
LIGHT_NAMES: dict[str, LazyString] = {
    "green": _("Green"),
    "blue": _("Blue"),
    "yellow": _("Yellow"),
    "red": _("Red"),
}
SOURCES: dict[str, LazyString] = {
    "meeting": _("Meeting"),
    "instruction": _("Instruction"),
    "deployment": _("Deployment"),
    "feedback": _("Feedback"),
    "plan": _("Plan"),
    "survey": _("Survey"),
    "other": _("Other source"),
}
GRADES: dict[str, LazyString] = {
    "urgent": _("Urgent"),
    "normal": _("Normal"),
    "complex": _("Complex"),
}
STATES: dict[str, LazyString] = {
    "drafted": _("drafted"),
    "filed": _("handed over"),
    "objected": _("objected to"),
    "accepted": _("accepted"),
    "working": _("being worked on"),
    "submitted": _("waiting for review"),
    "closing": _("waiting to be closed"),
    "archived": _("archived"),
    "noted": _("noted only"),
    "merged": _("merged"),
    "withdrawn": _("withdrawn"),
    "suspended": _("suspended"),
}
CAUSES: dict[str, LazyString] = {
    "extension": _("An extension was granted."),
    "corrected": _("The fact behind the light did not stand."),
    "clock": _("The day came."),
    "calendar": _("The working calendar was entered anew."),
}
REMEDIES: dict[str, LazyString] = {
    "hand_in": _("Hand in the result: from then on the light is frozen."),
    "extend": _("Ask for an extension before the due date: granted, the light may fall."),
    "contest": _("Show that the report was not false: the light falls with the fact."),
}
KEPT = ("words", "source", "due", "unit", "due_from", "due_until")


@bp.get("")
def index() -> ResponseReturnValue:
    session, rights, chosen = db.session(), auth.rights(), _filter()
    if request.args.get("export"):
        return _export(ledger.everything(session, rights, chosen))
    page = ledger.page(session, rights, chosen, after=_number("after"))
    kept = {name: request.args.get(name, "") for name in KEPT}
    kept["open"] = request.args.get("open", "open")
    return render_template(
        "supervision/index.html",
        page=page,
        counts=ledger.counts(session, rights, chosen),
        states=ledger.states(session, page.rows),
        units=ledger.unit_names(session, page.rows),
        leading=ledger.leading_units(session, rights),
        names={"light": LIGHT_NAMES, "source": SOURCES, "state": STATES},
        args=request.args,
        kept=kept,
        may_open=rights.has_role(Role.SUPERVISOR),
        now=clock.now(),
    )


def _filter() -> ledger.Filter:
    args = request.args
    return ledger.Filter(
        words=args.get("words", "").strip()[:80],
        light=args.get("light", "") if args.get("light") in LIGHTS else "",
        source=args.get("source", "") if args.get("source") in SOURCES else "",
        is_open={"open": True, "ended": False}.get(args.get("open", "open")),
        overdue_at=clock.now() if args.get("due") == "overdue" else None,
        unit_id=_number("unit"),
        due_from=_day("due_from"),
        due_until=_day("due_until"),
    )


def _number(name: str) -> int | None:
    text = request.args.get(name, "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else None


def _day(name: str) -> date | None:
    """What a date field sent; anything else narrows nothing."""
    try:
        day = date.fromisoformat(request.args.get(name, ""))
    except ValueError:
        return None
    return day if 1900 < day.year < 2200 else None


def _export(rows: Any) -> ResponseReturnValue:
    session = db.session()
    states, units = ledger.states(session, rows), ledger.unit_names(session, rows)
    heads = ("Number", "Matter", "Leading unit", "Source", "Light", "State", "First due", "Due")
    lines = [
        [
            one.case.number or "",
            one.title,
            units[one.lead_unit_id],
            str(SOURCES.get(one.source, one.source)),
            str(LIGHT_NAMES[one.light]),
            str(STATES[states[one.id]]),
            one.first_due_at,
            one.due_at,
        ]
        for one in rows
    ]
    return exports.answer("supervision", [gettext(head) for head in heads], lines)


@bp.post("")
def new() -> ResponseReturnValue:
    task = matters.new_matter(db.session(), rights=auth.rights(), now=clock.now())
    return redirect(url_for("inbox.show", task_id=task.id), 303)


@bp.get("/<id:case_id>")
def show(case_id: int) -> ResponseReturnValue:
    return _page(ledger.for_case(db.session(), case_id, rights=auth.rights()))


def _page(matter: Matter, faults: dict[str, str] | None = None) -> ResponseReturnValue:
    session = db.session()
    page = render_template(
        "supervision/show.html",
        matter=matter,
        state=STATES[ledger.states(session, [matter])[matter.id]],
        unit=ledger.unit_names(session, [matter])[matter.lead_unit_id],
        reasons=ledger.reasons(session, matter),
        remedies=[REMEDIES[r] for r in ledger.still_possible(session, matter, now=clock.now())],
        causes=CAUSES,
        open_tasks=[(one.id, one.name) for one in urgings.open_tasks(session, matter.case)],
        tell=_tell,
        extensions=ledger.extensions_of(session, matter),
        urgings=urgings.of_case(session, matter.case),
        to_sign=urgings.to_sign(session, matter.case, auth.rights().user, now=clock.now()),
        events=timeline(matter.case),
        names={"light": LIGHT_NAMES, "source": SOURCES},
        may_urge=matter.case.is_open and auth.rights().has_role(Role.SUPERVISOR),
        faults=faults or {},
        now=clock.now(),
    )
    return page, 422 if faults else 200


def _tell(fact: Any) -> str:
    """An input of the table in words."""
    if isinstance(fact, bool):
        return str(gettext("Yes") if fact else gettext("No"))
    return str(GRADES.get(fact) or LIGHT_NAMES.get(fact) or fact)


@bp.post("/<id:case_id>/urge")
def urge(case_id: int) -> ResponseReturnValue:
    """催办 after the question was answered; refused, the page says why and what was typed stays."""
    session, rights = db.session(), auth.rights()
    text = request.form.get("text", "")[:2000]
    try:
        urgings.urge(
            session, case_id, text=text, rights=rights, now=clock.now(), task_id=_task_chosen()
        )
    except Invalid as refusal:
        matter = ledger.for_case(session, case_id, rights=rights)
        return _page(matter, words.say_fields(refusal))
    except Conflict as refusal:
        flash(words.say(refusal), "warning")
    else:
        flash(gettext("The urging is on its way, and counted."), "success")
    return redirect(url_for("supervision.show", case_id=case_id), 303)


def _task_chosen() -> int | None:
    text = request.form.get("task", "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else None


@bp.post("/urgings/<id:urging_id>")
def sign_for(urging_id: int) -> ResponseReturnValue:
    """回执: read by one of those who were urged."""
    urging = urgings.sign_for(db.session(), urging_id, user=auth.rights().user, now=clock.now())
    flash(gettext("Your receipt is on record."), "success")
    return redirect(url_for("supervision.show", case_id=urging.case_id), 303)
