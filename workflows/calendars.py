"""The working calendar as stored: seeded, read, and edited when the yearly notice 调休 is out."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from functools import lru_cache
from types import MappingProxyType

from holidays import country_holidays
from sqlalchemy import String, cast, delete, func, insert, select
from sqlalchemy.orm import Session

from models import CalendarDay, CalendarYear, Role, User
from workflows import access, audit
from workflows.deadlines import Calendar, day_of
from workflows.errors import Invalid, NotFound
from workflows.forms import Fault

FIRST_YEAR = 2020
LAST_YEAR = 2100
MOST_DAYS = 120  # that differ from Monday to Friday in one year
LIBRARY, NOTICE = "library", "notice"

Days = Mapping[date, tuple[bool, str]]
_year = CalendarYear.__table__.c
_parts = (cast(_year.year, String), cast(_year.revision, String), cast(_year.confirmed, String))
# All that a calendar depends on, in one value: to be read along with something else.
STAMP = select(
    func.aggregate_strings(_parts[0] + ":" + _parts[1] + _parts[2] + ":" + _year.fingerprint, ",")
).scalar_subquery()
_STAMP = select(STAMP)
_known: dict[str, Calendar] = {}  # by their stamps: the same one is always the same days
_MOST_KNOWN = 32


def load(session: Session, stamp: str | None = None) -> Calendar:
    """The working days as they are known now; one small query unless the calendar was edited,
    none where the stamp has been read already.
    """
    stamp = stamp or session.scalar(_STAMP) or ""
    if stamp in _known:
        return _known[stamp]
    calendar = _read(session)
    unmarked = not stamp or stamp.endswith(":") or ":," in stamp  # years without a fingerprint
    if not unmarked and session.scalar(_STAMP) == stamp:
        if len(_known) >= _MOST_KNOWN:
            _known.clear()
        _known[stamp] = calendar
    return calendar


def _read(session: Session) -> Calendar:
    days = session.execute(select(CalendarDay.day, CalendarDay.is_workday))
    confirmed = session.execute(
        select(CalendarYear.year, CalendarYear.revision).where(CalendarYear.confirmed)
    )
    return Calendar(
        MappingProxyType({row.day: row.is_workday for row in days}),
        MappingProxyType({row.year: row.revision for row in confirmed}),
    )


def seed(session: Session, *, now: datetime) -> int:
    """The years known to the holiday table are there; returns how many were taken or confirmed.

    A year that people have edited is theirs; a provisional one is confirmed as soon as the table
    knows its make-up days.
    """
    known = {year.year: year for year in session.scalars(select(CalendarYear))}
    taken = []
    for number in range(FIRST_YEAR, day_of(now).year + 2):
        days, confirmed = _from_library(number)
        year = known.get(number)
        if year is None:
            year = CalendarYear(year=number, confirmed=confirmed, revision=1)
            session.add(year)
        elif year.edited_by is not None or year.confirmed or not confirmed:
            continue
        else:
            year.confirmed, year.revision = True, year.revision + 1
        year.edited_at = now
        _put(session, year, days, source=LIBRARY)
        taken.append(number)
    session.flush()
    if taken:
        audit.record(
            session,
            actor=None,
            action="calendar_seeded",
            subject="calendar",
            now=now,
            detail={"years": taken},
        )
    return len(taken)


@lru_cache(maxsize=256)
def _from_library(year: int) -> tuple[Days, bool]:
    """A year's days off and make-up working days; confirmed if the table knows the latter."""
    table = country_holidays("CN", years=year, language="zh_CN")
    make_up = {day: (True, "调休上班") for day in table.weekend_workdays if day.year == year}
    off = {day: (False, name) for day, name in table.items() if day.year == year}
    return MappingProxyType({**off, **make_up}), bool(make_up)


def edit_year(
    session: Session, year: int, days: Days, *, notice: str, by: User | None, now: datetime
) -> CalendarYear:
    """The year stands as the notice says: confirmed, one revision on."""
    if by is not None:
        access.require_role(access.rights_of(session, by, now=now), Role.SECURITY_ADMIN)
    check(year, days, notice)
    row = session.get(CalendarYear, year)
    if row is None:
        row = CalendarYear(year=year, revision=0)
        session.add(row)
    before = {"confirmed": bool(row.confirmed), "days": _said(days_of(session, year))}
    row.confirmed, row.notice, row.revision = True, notice.strip(), row.revision + 1
    row.edited_at, row.edited_by = now, by.id if by else None
    _put(session, row, days, source=NOTICE)
    session.flush()
    audit.record(
        session,
        actor=by,
        action="calendar_edited",
        subject=f"calendar {year}",
        now=now,
        detail={"before": before, "days": _said(days), "notice": row.notice},
    )
    return row


def check(year: int, days: Days, notice: str) -> None:
    """Raises Invalid, naming the fields, unless the year's days hold together."""
    fields = {}
    if not FIRST_YEAR <= year <= LAST_YEAR:
        fields["year"] = Fault("This value is not allowed here.")
    if not notice.strip():
        fields["notice"] = Fault("Name the notice that says so.")
    if len(days) > MOST_DAYS or any(day.year != year for day in days):
        fields["days"] = Fault("Every day must lie in the year.")
    if fields:
        raise Invalid("Please mend what is marked.", fields=fields)


def _put(session: Session, year: CalendarYear, days: Days, *, source: str) -> None:
    """The year's days are these and no others."""
    year.fingerprint = hashlib.sha256("\n".join(_said(days)).encode()).hexdigest()[:16]
    session.execute(delete(CalendarDay).where(CalendarDay.day.between(*_ends(year.year))))
    rows = [
        {"day": day, "is_workday": is_workday, "name": name.strip()[:200], "source": source}
        for day, (is_workday, name) in sorted(days.items())
    ]
    if rows:
        session.execute(insert(CalendarDay.__table__), rows)  # type: ignore[arg-type]


def _said(days: Days) -> Sequence[str]:
    return [f"{day} {'+' if work else '-'} {name}" for day, (work, name) in sorted(days.items())]


def years(session: Session) -> list[CalendarYear]:
    """The years of the calendar, in order."""
    return list(session.scalars(select(CalendarYear).order_by(CalendarYear.year)))


def year_of(session: Session, year: int) -> CalendarYear:
    """The year; raises NotFound where the calendar does not reach."""
    row = session.get(CalendarYear, year)
    if row is None:
        raise NotFound("The calendar has no such year.")
    return row


def days_of(session: Session, year: int) -> dict[date, tuple[bool, str]]:
    """The year's days that differ from Monday to Friday, with what they are."""
    rows: Iterable[CalendarDay] = session.scalars(
        select(CalendarDay).where(CalendarDay.day.between(*_ends(year))).order_by(CalendarDay.day)
    ).all()
    return {row.day: (row.is_workday, row.name) for row in rows}


def _ends(year: int) -> tuple[date, date]:
    return date(year, 1, 1), date(year, 12, 31)
