"""年度督查检查考核计划: its items, their filing, and what is begun from them."""

from datetime import date

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from models import SupervisionPlanEntry
from webapp import auth, clock, db, exports
from webapp.inspections import words
from webapp.inspections.views import bp, refusal_of
from workflows import inspection_plans, inspections
from workflows.deadlines import day_of
from workflows.errors import Conflict, DomainError, Invalid, Refused
from workflows.forms import Fault
from workflows.inspection_overlaps import Said
from workflows.inspection_plans import Item

HEADS = ("Year", "Item code", "Kind", "Comprehensive", "Topic", "From", "To", "Units",
         "Register number", "Filed on", "State")  # fmt: skip
REFUSALS = (Invalid, Refused, Conflict)


def _year() -> int:
    chosen = words.number(request.values, "year")
    return chosen if 2000 <= chosen <= 2100 else day_of(clock.now()).year


@bp.get("/plan")
def plan() -> ResponseReturnValue:
    year = _year()
    if request.args.get("export"):
        rows = [_line(one) for one in inspection_plans.items(db.session(), auth.rights(), year)]
        heads = [gettext(one) for one in HEADS]
        name = f"{year}-inspection-plan"
        return exports.answer(name, heads, rows, kind=request.args["export"])
    return _page(year)


def _line(one: Item) -> list[object]:
    entry = one.entry
    return [
        entry.year,
        entry.code,
        str(words.KINDS[entry.kind]),
        gettext("yes") if entry.comprehensive else gettext("no"),
        entry.topic,
        entry.from_day,
        entry.to_day,
        "、".join(unit.name for unit in one.units),
        entry.register_no,
        entry.filed_on or "",
        _state(one),
    ]


def _state(one: Item) -> str:
    if one.entry.withdrawn_at:
        return str(gettext("taken out"))
    if one.inspection is not None:
        return str(words.STATES[one.inspection.state])
    return str(gettext("filed") if one.entry.register_no else gettext("not filed"))


def _page(year: int, error: DomainError | None = None, form: str = "") -> ResponseReturnValue:
    session, rights = db.session(), auth.rights()
    organ = inspection_plans.organ_for(session, rights)
    page = render_template(
        "inspections/plan.html",
        items=inspection_plans.items(session, rights, year),
        state_of=_state,
        year=year,
        year_options=[(one, one) for one in _years()],
        organ=organ,
        unit_options=inspection_plans.places(session, organ) if organ else [],
        waiting=inspection_plans.unfiled(session, organ, year) if organ else 0,
        form=form,
        today=day_of(clock.now()),
        chosen_units=request.form.getlist("units"),
        **refusal_of(error),
    )
    return page, 422 if error else 200


def _years() -> list[int]:
    """The years that have a plan, and this one and the next."""
    this = day_of(clock.now()).year
    known = inspection_plans.years(db.session(), auth.rights())
    return sorted({*known, this, this + 1}, reverse=True)


def _again(year: int, error: DomainError, form: str) -> ResponseReturnValue:
    db.start_over()
    return _page(year, error, form)


@bp.post("/plan")
def plan_entry() -> ResponseReturnValue:
    """An item is in the plan, unless it overlaps with another, which is then named."""
    session, rights, form = db.session(), auth.rights(), request.form
    organ, year = inspection_plans.organ_of(session, rights), _year()
    try:
        said = Said(
            code=form.get("code", "").strip()[:40],
            kind=form.get("kind", ""),
            comprehensive=bool(form.get("comprehensive")),
            topic=form.get("topic", "").strip()[:200],
            from_day=_day("from"),
            to_day=_day("to"),
            units=words.numbers("units"),
        )
        inspection_plans.enter(session, organ, said, year=year, rights=rights, now=clock.now())
    except REFUSALS as error:
        return _again(year, error, "entry")
    flash(
        gettext("The item stands in the plan; it can be begun once the plan is filed."), "success"
    )
    return redirect(url_for("inspections.plan", year=year), 303)


def _day(name: str) -> date:
    found = words.day(request.form, name)
    if found is None:
        raise Invalid("Please mend what is marked.", fields={name: Fault("Please enter a date.")})
    return found


@bp.post("/plan/file")
def file_plan() -> ResponseReturnValue:
    """备案: the number under which the plan was filed."""
    session, rights, form = db.session(), auth.rights(), request.form
    organ, year = inspection_plans.organ_of(session, rights), _year()
    try:
        count = inspection_plans.file(
            session, organ, year, form.get("number", ""), on=_day("on"), rights=rights,
            now=clock.now(),
        )  # fmt: skip
    except REFUSALS as error:
        return _again(year, error, "file")
    flash(gettext("%(count)s items are filed.", count=count), "success")
    return redirect(url_for("inspections.plan", year=year), 303)


def _entry(entry_id: int) -> SupervisionPlanEntry:
    return inspection_plans.get(db.session(), entry_id, rights=auth.rights())


@bp.post("/plan/<id:entry_id>/withdraw")
def withdraw(entry_id: int) -> ResponseReturnValue:
    entry = _entry(entry_id)
    year, reason = entry.year, request.form.get("reason", "")
    try:
        inspection_plans.withdraw(
            db.session(), entry, reason, rights=auth.rights(), now=clock.now()
        )
    except REFUSALS as error:
        return _again(year, error, "withdraw")
    flash(gettext("The item is taken out of the plan."), "success")
    return redirect(url_for("inspections.plan", year=year), 303)


@bp.post("/plan/<id:entry_id>/begin")
def begin(entry_id: int) -> ResponseReturnValue:
    """The filed item runs; its plan waits in the supervisors' inbox."""
    entry = _entry(entry_id)
    year = entry.year
    try:
        case = inspections.begin(db.session(), entry, rights=auth.rights(), now=clock.now())
    except REFUSALS as error:
        return _again(year, error, "begin")
    flash(gettext("The inspection is open: its plan waits in the inbox."), "success")
    return redirect(url_for("cases.show", case_id=case.id), 303)
