"""The working calendar: a year at a glance, and the yearly notice 调休 taken in."""

from calendar import Calendar as Weeks
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from models import Role
from webapp import auth, clock, db, words
from workflows import access, calendar_changes, calendar_lines, calendars
from workflows.deadlines import day_of
from workflows.errors import Invalid, NotFound

bp = Blueprint("calendar", __name__, url_prefix="/calendar")
WEEKS = Weeks(firstweekday=0)
Typed = dict[str, str]


@dataclass(frozen=True)
class Day:
    """One day as the year shows it: `mark` is off, work (make-up) or nothing."""

    date: date
    is_workday: bool
    mark: str
    name: str


@bp.get("")
def index() -> ResponseReturnValue:
    """The year at hand."""
    return redirect(url_for("calendar.show", year=day_of(clock.now()).year))


@bp.get("/<year:year>")
def show(year: int) -> ResponseReturnValue:
    session = db.session()
    row, special = calendars.year_of(session, year), calendars.days_of(session, year)
    return render_template(
        "calendar/show.html",
        row=row,
        years=calendars.years(session),
        months=_months(year, special),
        special=sorted(special.items()),
        count=sum(calendars.load(session).is_workday(day) for day in _days_of(year)),
        today=day_of(clock.now()),
        may_edit=_may_edit(),
    )


@bp.get("/<year:year>/edit")
def edit(year: int) -> ResponseReturnValue:
    access.require_role(auth.rights(), Role.SECURITY_ADMIN)
    _require_near(year)
    session = db.session()
    known = {row.year: row for row in calendars.years(session)}
    days = calendars.days_of(session, year)
    typed = {
        "off": calendar_lines.write(days, is_workday=False),
        "work": calendar_lines.write(days, is_workday=True),
        "notice": known[year].notice if year in known else "",
    }
    return _form(year, typed)


@bp.post("/<year:year>")
def save(year: int) -> ResponseReturnValue:
    """First what would change is shown; sent again with `sure`, it is so."""
    access.require_role(auth.rights(), Role.SECURITY_ADMIN)
    _require_near(year)
    typed = {name: request.form.get(name, "")[:20_000] for name in ("off", "work", "notice")}
    session = db.session()
    try:
        days = calendar_lines.read(year, off=typed["off"], work=typed["work"])
        calendars.check(year, days, typed["notice"])
    except Invalid as refusal:
        return _form(year, typed, words.say_fields(refusal)), 422
    if "sure" not in request.form:
        return _preview(year, typed, calendars.days_of(session, year), days)
    by, now = auth.rights().user, clock.now()
    moved = calendar_changes.enter(session, year, days, notice=typed["notice"], by=by, now=now)
    flash(_said(moved), "success")
    return redirect(url_for("calendar.show", year=year), 303)


def _said(moved: calendar_changes.Moved) -> str:
    return str(
        gettext(
            "The year is in force. %(duties)s open duties and %(tasks)s open tasks fall due on "
            "another day; %(left)s tasks of suspended cases keep theirs until they go on.",
            duties=moved.obligations,
            tasks=len(moved.task_ids),
            left=len(moved.left),
        )
    )


def _form(year: int, typed: Typed, faults: Mapping[str, str] | None = None) -> str:
    return render_template("calendar/edit.html", year=year, typed=typed, faults=faults or {})


def _preview(year: int, typed: Typed, before: calendars.Days, after: calendars.Days) -> str:
    changes = [
        (day, _kind(day, before), _kind(day, after))
        for day in _days_of(year)
        if _kind(day, before) != _kind(day, after)
    ]
    return render_template("calendar/preview.html", year=year, typed=typed, changes=changes)


def _kind(day: date, special: calendars.Days) -> bool:
    known = special.get(day)
    return day.weekday() < 5 if known is None else known[0]


def _months(year: int, special: calendars.Days) -> list[list[list[Day | None]]]:
    return [
        [
            [_day(day, special) if day.month == month else None for day in week]
            for week in WEEKS.monthdatescalendar(year, month)
        ]
        for month in range(1, 13)
    ]


def _day(day: date, special: calendars.Days) -> Day:
    works = _kind(day, special)
    if day not in special:
        return Day(day, works, "", "")
    return Day(day, works, "work" if works else "off", special[day][1])


def _days_of(year: int) -> list[date]:
    first = date(year, 1, 1).toordinal()
    return [date.fromordinal(n) for n in range(first, date(year + 1, 1, 1).toordinal())]


def _may_edit() -> bool:
    return auth.rights().has_role(Role.SECURITY_ADMIN)


def _require_near(year: int) -> None:
    if not calendars.FIRST_YEAR <= year <= day_of(clock.now()).year + 2:
        raise NotFound("The calendar has no such year.")
