"""督导检查: the inspections that a person may see, and one of them with its units."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user

from models import Unit
from webapp import auth, clock, db, exports
from webapp import words as say
from webapp.inspections import words
from workflows import inspection_lists, inspection_plans, inspections, units
from workflows.errors import DomainError, Invalid, NotFound, Refused
from workflows.inspection_lists import Filter, Row

bp = Blueprint("inspections", __name__, url_prefix="/inspections")
KEPT = ("kind", "state", "unit", "words", "since", "until")
HEADS = ("Case number", "Kind", "Topic", "Units", "From", "To", "Register number", "State")


@bp.context_processor
def _words() -> dict[str, object]:
    return {
        **words.ALL,
        "inspection_tabs": _tabs,
        "methods_of": lambda codes: "、".join(str(words.METHODS[one]) for one in codes),
        "method_options": lambda codes: [(one, words.METHODS[one]) for one in codes],
    }


def _tabs() -> list[tuple[object, str, None, bool]]:
    """The pages of this area that the person may open."""
    planner = inspection_plans.organ_for(db.session(), auth.rights()) is not None
    pages = [
        ("inspections.index", gettext("Inspections"), True),
        ("inspections.plan", gettext("Yearly plan"), True),
        ("inspections.rules", gettext("Register of rules"), True),
        ("inspections.book", gettext("Import and export"), planner),
    ]
    return [
        (label, url_for(endpoint), None, request.endpoint == endpoint)
        for endpoint, label, shown in pages
        if shown
    ]


def unit_named(unit_id: int) -> Unit | None:
    """The unit of a filter, if the person may see it."""
    if not unit_id:
        return None
    try:
        return units.readable(db.session(), unit_id, rights=auth.rights())
    except NotFound:
        return None


def refusal_of(error: DomainError | None) -> dict[str, Any]:
    """What a page shows of a refusal, with what was typed."""
    return {
        "refusal": say.say(error) if error else "",
        "faults": say.say_fields(error) if error else {},
        "typed": request.form,
    }


@bp.get("")
def index() -> ResponseReturnValue:
    return _index(None)


def _index(error: DomainError | None) -> ResponseReturnValue:
    session, rights, args = db.session(), auth.rights(), request.args
    wanted = _wanted()
    if args.get("export"):
        return _export(wanted, args["export"])
    before = words.number(args, "before")
    rows, after = inspection_lists.page(session, rights, wanted, before=before)
    kept: dict[str, Any] = {name: args[name] for name in KEPT if args.get(name)}
    page = render_template(
        "inspections/index.html",
        rows=rows,
        wanted=wanted,
        args=args,
        kept=kept,
        may_plan=inspection_plans.organ_for(session, rights) is not None,
        unit_options=inspection_lists.units_visited(session, rights),
        after=url_for("inspections.index", before=after, **kept) if after else None,
        **refusal_of(error),
    )
    return page, 422 if error else 200


def _wanted() -> Filter:
    args = request.args
    return Filter(
        kind=words.chosen(args, "kind", words.KINDS),
        state=words.chosen(args, "state", words.STATES),
        unit=unit_named(words.number(args, "unit")),
        words=args.get("words", "").strip()[:80],
        since=words.day(args, "since"),
        until=words.day(args, "until"),
    )


def _export(wanted: Filter, kind: str) -> ResponseReturnValue:
    """The list as a workbook; that it was taken is in the read log first."""
    db.sensitive_read("inspections", user=current_user, page="inspections export")
    rows, _ = inspection_lists.page(
        db.session(), auth.rights(), wanted, limit=inspection_lists.MOST_ROWS
    )
    heads = [gettext(one) for one in HEADS]
    return exports.answer("inspections", heads, [_line(one) for one in rows], kind=kind)


def _line(one: Row) -> list[object]:
    row = one.inspection
    return [
        one.case.number or "",
        str(words.KINDS[row.kind]),
        row.topic,
        "、".join(one.units),
        row.from_day,
        row.to_day,
        row.register_no,
        str(words.STATES[one.state]),
    ]


@bp.post("/daily")
def begin_daily() -> ResponseReturnValue:
    """日常跟踪问效 is begun; its plan waits in the supervisors' inbox."""
    session, rights = db.session(), auth.rights()
    organ = inspection_plans.organ_of(session, rights)
    topic = request.form.get("topic", "")
    try:
        case = inspections.begin_daily(session, organ, topic, rights=rights, now=clock.now())
    except (Invalid, Refused) as error:
        db.start_over()
        return _index(error)
    flash(gettext("The follow-up is open: its plan waits in the inbox."), "success")
    return redirect(url_for("cases.show", case_id=case.id), 303)


@bp.get("/cases/<id:case_id>")
def of_case(case_id: int) -> ResponseReturnValue:
    """From a step of the case to the page on which it is done."""
    seen = inspection_lists.of_case(db.session(), case_id, rights=auth.rights())
    if not seen.whole and len(seen.visits) == 1:
        return redirect(url_for("inspections.visit", visit_id=seen.visits[0].visit.id))
    return redirect(url_for("inspections.show", inspection_id=seen.inspection.id))


@bp.get("/<id:inspection_id>")
def show(inspection_id: int) -> ResponseReturnValue:
    """One inspection with the visits that are the reader's to see; the read is logged."""
    session, rights = db.session(), auth.rights()
    seen = inspection_lists.get(session, inspection_id, rights=rights)
    db.sensitive_read(seen.inspection, user=rights.user, page="inspection")
    lines = inspection_lists.lines(session, seen)
    return render_template(
        "inspections/show.html",
        seen=seen,
        row=seen.inspection,
        lines=lines,
        state=inspection_lists.Row(seen.inspection, seen.case, ()).state,
    )
