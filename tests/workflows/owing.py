"""A city whose units owe: the cast with sizes, the catalogue, and helpers to move through it."""

from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import DutyRule, Finding, Obligation, Unit
from tests import standing
from tests.cast import Cast, assemble, lay_rules
from workflows import calendars, obligations
from workflows.findings import Key
from workflows.periods import Period, period_of

FIRST_QUARTER = date(2026, 1, 1)


def owing_city(session: Session, now: datetime) -> Cast:
    """The cast's two branches have 20 members each; the catalogue holds since January 2026."""

    def make() -> None:
        cast = assemble(session)
        for key in ("finance_branch", "planning_branch"):
            cast.units[key].member_count = 20
        lay_rules(session, now)

    standing.stand(session, "owing", make, at=now)
    return Cast.of(session)


def rule(session: Session, code: str = "DYDH") -> DutyRule:
    return session.scalars(
        select(DutyRule).where(DutyRule.code == code).order_by(DutyRule.number.desc()).limit(1)
    ).one()


def lay_down(session: Session, code: str, day: date, now: datetime) -> int:
    one = rule(session, code)
    rhythm = "year" if one.rhythm == "term" else one.rhythm
    return obligations.generate(
        session, one, period_of(rhythm, day), calendar=calendars.load(session), now=now
    )


def period(session: Session, code: str, day: date) -> Period:
    return period_of(rule(session, code).rhythm, day)


def key(session: Session, unit: Unit, code: str = "DYDH", day: date = FIRST_QUARTER) -> Key:
    return Key(rule(session, code).id, period(session, code, day).key, unit.id)


def state(session: Session, one: Key) -> int:
    found = session.get(Obligation, one, populate_existing=True)
    assert found is not None
    return found.state


def finding(session: Session, one: Key) -> Finding:
    return session.scalars(select(Finding).where(Finding.key == obligations.missed_key(one))).one()
