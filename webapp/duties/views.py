"""义务日历: one unit's year, the counts of many units, and the list of what is not done."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from flask import render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from models import Obligation, Unit
from webapp import auth, clock, db, exports
from webapp.duties import common
from webapp.duties.common import bp
from webapp.i18n import named
from workflows import duty_calendars, duty_counts, duty_lists, units
from workflows.deadlines import day_of
from workflows.duty_calendars import Cell, Row
from workflows.duty_counts import Counts, OfDuty, OfUnit
from workflows.duty_lists import Filter, Line, Place

BIGGEST_PERIOD = 2**31 - 1
SORTS = ("missed", "late", "excused", "open", "on_time", "total", "rate")


@bp.get("")
def index() -> ResponseReturnValue:
    """A secretary's own unit; for all others what lies below them."""
    session, rights = db.session(), auth.rights()
    own = duty_calendars.own_unit(session, rights)
    if own is not None:
        return _calendar(own)
    return overview() if duty_lists.tops(session, rights) else _found([], "")


@bp.get("/calendar")
def calendar() -> ResponseReturnValue:
    session, rights = db.session(), auth.rights()
    words = request.args.get("words", "").strip()[:80]
    if words:
        found = duty_lists.units_to_choose(session, rights, words=words)
        return _calendar(found[0]) if len(found) == 1 else _found(found, words)
    unit = common.unit() or duty_calendars.own_unit(session, rights)
    if unit is None:
        tops = duty_lists.tops(session, rights)
        unit = tops[0] if tops else None
    return _calendar(unit) if unit else _found([], "")


def _found(found: Sequence[Unit], words: str) -> ResponseReturnValue:
    return render_template("duties/units.html", found=found, words=words)


def _calendar(unit: Unit) -> ResponseReturnValue:
    session, year = db.session(), common.year()
    rows = duty_calendars.of_unit(session, unit, year, now=clock.now())
    if request.args.get("export"):
        return _export_calendar(unit, year, rows)
    rights = auth.rights()
    return render_template(
        "duties/calendar.html",
        unit=unit,
        above=[one for one in units.ancestors(session, unit) if rights.covers(one)][:-1],
        below=bool(units.children(session, unit, today=common.today())),
        year=year,
        rows=[(row, _slots(row)) for row in rows],
        key_of=duty_calendars.key_of,
        month=common.today().month if year == common.today().year else 0,
        choices=common.choices(unit),
    )


def _slots(row: Row) -> list[tuple[int, list[Cell]]]:
    """The row as the twelve months show it: how wide each place is, and what stands in it."""
    slots: list[tuple[int, list[Cell]]] = []
    month = 1
    for cell in row.cells:
        first, last = cell.months
        if first < month and slots:  # two terms that end in one month
            slots[-1][1].append(cell)
            continue
        if first > month:
            slots.append((first - month, []))
        slots.append((last - first + 1, [cell]))
        month = last + 1
    return [*slots, (13 - month, [])] if month < 13 else slots


def _export_calendar(unit: Unit, year: int, rows: Sequence[Row]) -> ResponseReturnValue:
    lines = [
        [
            named(unit.name, unit.name_en),
            named(row.rule.name, row.rule.name_en),
            common.period(cell.period),
            *_told(cell.state, cell.due, cell.obligation),
        ]
        for row in rows
        for cell in row.cells
    ]
    return exports.answer(f"duties-{unit.code}-{year}", _heads(), lines)


def _heads() -> list[str]:
    heads = ("Unit", "Duty", "Period", "State", "Due", "Held on", "Reason")
    return [gettext(head) for head in heads]


def _told(state: str, due: datetime, one: Obligation | None) -> list[object]:
    """How it stands, in an export."""
    rest = (one.done_on, one.reason) if one else (None, None)
    return [str(common.STATES[state].word), due, *rest]


def _filter() -> Filter:
    state = request.args.get("state", "")
    return Filter(
        span=common.span(),
        state=state if state in duty_lists.STATES else "due",
        code=request.args.get("duty", "")[:20],
        unit=common.unit(),
        alone=request.args.get("alone") == "1",
    )


def _kept(chosen: Filter, **more: object) -> dict[str, object]:
    """The address's own choices, to be kept in links to other pages."""
    kept = {
        "unit": chosen.unit.id if chosen.unit else None,
        "year": chosen.span.first.year,
        "part": common.chosen_part(chosen.span) or None,
        "duty": chosen.code or None,
    }
    return {**kept, **more}


@bp.get("/overview")
def overview() -> ResponseReturnValue:
    """How many were met, by unit or by duty; each figure opens its list."""
    session, rights, chosen = db.session(), auth.rights(), _filter()
    by_duty = request.args.get("by") == "duty"
    count: Any = duty_counts.by_duty if by_duty else duty_counts.by_unit
    rows = _sorted(count(session, rights, chosen))
    if request.args.get("export"):
        return _export_counts(rows)
    return render_template(
        "duties/overview.html",
        rows=rows,
        total=sum((row.counts for row in rows), Counts()),
        names=duty_counts.NAMES,
        by="duty" if by_duty else "unit",
        above=_above(chosen),
        sort=request.args.get("sort", ""),
        chosen=chosen,
        kept=_kept(chosen),
        part=common.chosen_part(chosen.span),
        choices=common.choices(chosen.unit),
    )


def _above(chosen: Filter) -> list[Unit]:
    """The way down to the chosen unit, as far as the person sees it."""
    if chosen.unit is None:
        return []
    found = units.ancestors(db.session(), chosen.unit)
    return [one for one in found if auth.rights().covers(one)]


def _sorted(rows: list[Any]) -> list[Any]:
    """By a figure, the largest first, the rate the lowest first; else in the order of the tree."""
    sort = request.args.get("sort", "")
    if sort not in SORTS:
        return rows
    if sort == "rate":
        return sorted(rows, key=lambda row: 2 if row.counts.rate is None else row.counts.rate)
    return sorted(rows, key=lambda row: -getattr(row.counts, sort))


def _export_counts(rows: Sequence[OfUnit | OfDuty]) -> ResponseReturnValue:
    heads = [
        gettext("Unit or duty"),
        *(str(common.STATES[name].word) for name in duty_counts.NAMES),
        gettext("Total"),
        gettext("Share met in time"),
    ]
    lines = []
    for row in rows:
        what = row.unit if isinstance(row, OfUnit) else row.rule
        numbers = [getattr(row.counts, name) for name in duty_counts.NAMES]
        rate = row.counts.rate
        share = None if rate is None else round(100 * rate, 1)
        lines.append([named(what.name, what.name_en), *numbers, row.counts.total, share])
    return exports.answer("duty-counts", heads, lines)


@bp.get("/list")
def listing() -> ResponseReturnValue:
    """What is not done, the longest overdue first; or what else was asked for."""
    session, rights, chosen = db.session(), auth.rights(), _filter()
    if request.args.get("export"):
        return _export_list(duty_lists.everything(session, rights, chosen, now=clock.now()).rows)
    page = duty_lists.page(
        session, rights, chosen, now=clock.now(), after=_after(), size=duty_lists.PAGE
    )
    kept = _kept(chosen, state=chosen.state, alone="1" if chosen.alone else None)
    return render_template(
        "duties/list.html",
        page=page,
        after="-".join(map(str, page.after)) if page.after else None,
        word_of=duty_lists.word_of,
        chosen=chosen,
        kept=kept,
        part=common.chosen_part(chosen.span),
        choices=common.choices(chosen.unit),
        days_late=lambda line: (common.today() - day_of(line.due)).days,
    )


def _after() -> Place | None:
    """Where to go on, as the pager wrote it; anything else begins at the top."""
    numbers = [common.whole(text) for text in request.args.get("after", "").split("-")]
    if len(numbers) != 4 or None in numbers:
        return None
    place = Place(*(one for one in numbers if one is not None))
    return place if place.period <= BIGGEST_PERIOD else None


def _export_list(rows: Sequence[Line]) -> ResponseReturnValue:
    now = clock.now()
    lines = [
        [
            named(one.unit.name, one.unit.name_en),
            named(one.rule.name, one.rule.name_en),
            common.period(one.period),
            *_told(duty_lists.word_of(one.obligation, now), one.due, one.obligation),
        ]
        for one in rows
    ]
    return exports.answer("duties", _heads(), lines)
