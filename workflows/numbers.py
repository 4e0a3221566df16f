"""发文字号: the next number of a series in a year, without gaps and without twins."""

from datetime import datetime

from sqlalchemy import update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from models import NumberSeries
from workflows.deadlines import day_of


def next_number(session: Session, series: str, *, now: datetime) -> str:
    """`督〔2026〕12号` by GB/T 9704: full year, no 虚位. It is taken with the caller's transaction:
    whoever comes meanwhile waits for the row, and a rolled-back act leaves no gap."""
    year = day_of(now).year
    number = _advance(session, series, year)
    if number is None:
        _found(session, series, year)
        number = _advance(session, series, year)
    return f"{series}〔{year}〕{number}号"


def _advance(session: Session, series: str, year: int) -> int | None:
    taken: int | None = session.scalar(
        update(NumberSeries)
        .where(NumberSeries.series == series, NumberSeries.year == year)
        .values(last=NumberSeries.last + 1)
        .returning(NumberSeries.last)
        .execution_options(synchronize_session=False)
    )
    return taken


def _found(session: Session, series: str, year: int) -> None:
    """The series begins; another may have begun it at the same moment."""
    try:
        with session.begin_nested():
            session.add(NumberSeries(series=series, year=year, last=0))
    except IntegrityError:
        return
