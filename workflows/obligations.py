"""What each unit owes for each period: laid down in bulk, settled in bulk when it is past due."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import groupby
from typing import Any, cast

from sqlalchemy import ColumnElement, CursorResult, func, literal, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from models import DutyRule, Obligation, ObligationState, Unit
from models.ids import new_id
from workflows import audit, calendars, duties, findings
from workflows.deadlines import Calendar, day_of
from workflows.errors import Invalid
from workflows.findings import Key
from workflows.periods import Period, next_period, period_numbered, period_of

OPEN, MISSED, EXCUSED = ObligationState.OPEN, ObligationState.MISSED, ObligationState.EXCUSED
KEY = (Obligation.rule_id, Obligation.period, Obligation.unit_id)
GONE = "单位已撤销"


@dataclass(frozen=True)
class Missed:
    """One obligation that nobody met in time, as the proposals step needs it."""

    finding_id: int
    rule_id: int
    code: str
    period: int
    unit_id: int


def generate(
    session: Session, rule: DutyRule, period: Period, *, calendar: Calendar, now: datetime
) -> int:
    """Every unit the rule asks owes for the period; returns how many obligations are new.

    One statement for a calendar period, one for each last day of a term that falls in it.
    """
    if rule.rhythm == "term":
        return sum(
            _lay_down(session, rule, period_of("term", day), calendar)
            for day in _terms_ending(session, rule, period)
        )
    if rule.rhythm != period.rhythm:
        raise Invalid("The period does not fit the rule.")
    if not duties.holds_for(rule, period):
        return 0
    return _lay_down(session, rule, period, calendar)


def _lay_down(session: Session, rule: DutyRule, period: Period, calendar: Calendar) -> int:
    due = int(duties.due_at(rule, period, calendar).timestamp())
    owing = select(
        literal(rule.id),
        literal(period.key),
        Unit.id,
        literal(due),
        literal(int(OPEN)),
    ).where(*_owing(rule, period))
    make = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    statement = (
        make(Obligation.__table__)  # type: ignore[arg-type]
        .from_select(["rule_id", "period", "unit_id", "due_at", "state"], owing.order_by(Unit.id))
        .on_conflict_do_nothing()
    )
    counted = statement.execution_options(preserve_rowcount=True)
    return session.connection().execute(counted).rowcount


def _owing(rule: DutyRule, period: Period) -> list[ColumnElement[bool]]:
    """Units of the right kind and size that exist for at least half of the period [D]."""
    conditions = [
        Unit.kind.in_(rule.unit_kind.split()),
        or_(Unit.formed_on.is_(None), Unit.formed_on <= period.half),
        or_(Unit.abolished_on.is_(None), Unit.abolished_on > period.last),
    ]
    if rule.min_members:
        conditions.append(Unit.member_count >= rule.min_members)
    if rule.max_members is not None:
        conditions.append(Unit.member_count <= rule.max_members)
    if rule.rhythm == "term":
        conditions.append(Unit.term_ends_on == period.last)
    return conditions


def owes(rule: DutyRule, unit: Unit, period: Period) -> bool:
    """The same question about one unit at hand, for a period that is still to come."""
    size = unit.member_count or 0
    return (
        unit.kind in rule.unit_kind.split()
        and (unit.formed_on is None or unit.formed_on <= period.half)
        and (unit.abolished_on is None or unit.abolished_on > period.last)
        and rule.min_members <= size
        and (rule.max_members is None or size <= rule.max_members)
        and (rule.rhythm != "term" or unit.term_ends_on == period.last)
    )


def _terms_ending(session: Session, rule: DutyRule, period: Period) -> list[date]:
    ends = session.scalars(
        select(Unit.term_ends_on)
        .where(
            Unit.kind.in_(rule.unit_kind.split()),
            Unit.term_ends_on.between(period.first, period.last),
        )
        .distinct()
    )
    return [day for day in ends if day and duties.holds_for(rule, period_of("term", day))]


def generate_due(session: Session, now: datetime) -> int:
    """All rules' periods that have begun are laid down; runs again without effect.

    The running period is always asked again, for units formed since; earlier ones only from the
    last one laid down, so a clock that stood still catches up.
    """
    calendar = calendars.load(session)
    today = day_of(now)
    made = 0
    for rule in duties.in_force(session, date.min, today):
        for period in _begun(session, rule, today):
            made += generate(session, rule, period, calendar=calendar, now=now)
            rule.laid_until = max(period.key, rule.laid_until or 0)
    session.flush()
    return made


def _begun(session: Session, rule: DutyRule, today: date) -> list[Period]:
    rhythm = "year" if rule.rhythm == "term" else rule.rhythm
    last = rule.laid_until or _last_on_file(session, rule)
    start = rule.active_from
    if last is not None:
        start = max(start, period_of(rhythm, period_numbered("month", last).first).first)
    end = min(today, rule.active_until or today)
    period, begun = period_of(rhythm, start), []
    while period.first <= end:
        begun.append(period)
        period = next_period(period)
    return begun


def _last_on_file(session: Session, rule: DutyRule) -> int | None:
    """The last period that came by a workbook; asked once, for it reads the whole table."""
    return session.scalar(select(func.max(Obligation.period)).where(Obligation.rule_id == rule.id))


def recompute(session: Session, *, calendar: Calendar, now: datetime) -> int:
    """Open obligations fall due by the calendar as it is now; returns how many moved."""
    kinds = session.execute(
        select(Obligation.due_at, Obligation.rule_id, Obligation.period)
        .where(Obligation.state == OPEN)
        .distinct()
    ).all()
    rules = {rule.id: rule for rule in session.scalars(select(DutyRule))}
    moved = 0
    for was, rule_id, number in kinds:
        rule = rules[rule_id]
        due = duties.due_at(rule, period_numbered(rule.rhythm, number), calendar)
        seconds = int(due.timestamp())
        if seconds == was:
            continue
        still = update(Obligation).where(
            Obligation.state == OPEN,
            Obligation.due_at == was,  # so that the index of what is open leads there
            Obligation.rule_id == rule.id,
            Obligation.period == number,
        )
        moved += _run(session, still.values(due_at=seconds))
    return moved


def settle_missed(session: Session, *, now: datetime, limit: int = 2000) -> list[Missed]:
    """Open obligations past due are missed, each with its finding; returns what was settled.

    Two clocks share the work: a row is claimed once, and its finding has a key.
    """
    _release_abolished(session, now)
    claimed = _claim(session, now, limit)
    if not claimed:
        return []
    rules = {rule.id: rule for rule in session.scalars(select(DutyRule))}
    calendar = calendars.load(session)
    rows = []
    for (rule_id, number), group in groupby(sorted(claimed), key=lambda row: row[:2]):
        rows += _findings(rules[rule_id], number, list(group), calendar, now)
    if findings.keep_all(session, rows) < len(rows):
        _take_known_ids(session, rows)
    audit.record(
        session,
        actor=None,
        action="obligations_missed",
        subject="obligation",
        now=now,
        detail={"count": len(claimed)},
    )
    return [_missed(row, rules) for row in rows]


def _release_abolished(session: Session, now: datetime) -> int:
    """A unit that is no more owes nothing more."""
    # Asked apart: joined, PostgreSQL reads every open obligation to find none.
    gone = session.scalars(select(Unit.id).where(Unit.abolished_on <= day_of(now))).all()
    if not gone:
        return 0
    released = update(Obligation).where(Obligation.state == OPEN, Obligation.unit_id.in_(gone))
    return _run(session, released.values(state=int(EXCUSED), reason=GONE))


def _claim(session: Session, now: datetime, limit: int) -> list[tuple[int, int, int, int]]:
    picked = (
        select(*KEY)
        .where(Obligation.state == OPEN, Obligation.due_at < int(now.timestamp()))
        .order_by(Obligation.due_at, Obligation.unit_id)
        .limit(limit)
        .with_for_update(skip_locked=True)  # PostgreSQL only: SQLite has one writer
        .cte("picked")
    )
    claim = (
        update(Obligation)
        .where(*(column == picked.c[column.key] for column in KEY))
        .values(state=int(MISSED))
        .returning(*KEY, Obligation.due_at)
        .execution_options(synchronize_session=False)
    )
    return [(r, p, u, due) for r, p, u, due in session.execute(claim)]


def _findings(
    rule: DutyRule,
    number: int,
    claimed: Sequence[tuple[int, int, int, int]],
    calendar: Calendar,
    now: datetime,
) -> list[dict[str, Any]]:
    """The rows of the findings that a rule's period was missed: they differ by unit alone."""
    period = period_numbered(rule.rhythm, number)
    due = day_of(datetime.fromtimestamp(claimed[0][3], UTC))
    template = findings.Fact(
        key="missed",
        fact=f"{period.label}“{rule.name}”：截至{due.isoformat()}未见完成的佐证。",
        unit_id=0,
        kind="missed_duty",
        rule=rule_name(rule),
        evidence=({"type": "obligation", "id": "0"},),
        happened_on=due,
        severity="sign",
        basis=rule.source,
        calendar=calendar.label(due),
    ).row(findings.ESTABLISHED, now)
    rows = []
    for key in (Key(*row[:3]) for row in claimed):
        own = {"id": new_id(), "key": missed_key(key), "unit_id": key.unit_id}
        rows.append({**template, **own, "evidence": [{"type": "obligation", "id": str(key)}]})
    return rows


def _take_known_ids(session: Session, rows: Sequence[dict[str, Any]]) -> None:
    """A finding that stood before under its key is the one meant."""
    known = findings.by_keys(session, [row["key"] for row in rows])
    for row in rows:
        row["id"] = known[row["key"]].id


def _missed(row: Mapping[str, Any], rules: Mapping[int, DutyRule]) -> Missed:
    key = Key.read(row["evidence"][0]["id"])
    return Missed(row["id"], key.rule_id, rules[key.rule_id].code, key.period, key.unit_id)


def missed_key(key: Key) -> str:
    return f"missed:{key}"


def rule_name(rule: DutyRule) -> str:
    """How findings and papers name a version: "DYDH/2"."""
    return f"{rule.code}/{rule.number}"


def _run(session: Session, statement: Any) -> int:
    done = session.execute(statement.execution_options(synchronize_session=False))
    return cast(CursorResult[Any], done).rowcount
