"""Lists of cases: what I started, what I supervise, what a search finds. Within rights, always."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy import exists, or_, select
from sqlalchemy.orm import Session

from models import Case, CaseStatus, DecisionRecord, Finding, Participant, Task, Unit
from workflows.access import Rights, visible_cases, within
from workflows.deadlines import ZONE

PAGE = 50
OPEN = (CaseStatus.RUNNING, CaseStatus.SUSPENDED, CaseStatus.FAILED)


@dataclass(frozen=True)
class Search:
    words: str = ""
    process: str = ""
    status: str = ""  # open, finished, stopped
    unit: Unit | None = None  # with all below it
    outcome: str = ""
    since: date | None = None  # opened from that day on
    until: date | None = None


@dataclass(frozen=True)
class Row:
    """A case with where it stands: the names of its open steps."""

    case: Case
    unit: str
    steps: tuple[str, ...]


@dataclass(frozen=True)
class Page:
    rows: Sequence[Row]
    after: int | None


def started(
    session: Session, rights: Rights, *, after: int | None = None, size: int = PAGE
) -> Page:
    """我发起: cases that the person opened, the newest first."""
    mine = exists().where(
        Participant.case_id == Case.id,
        Participant.user_id == rights.user.id,
        Participant.part == "starter",
    )
    return _page(session, [mine], after, size)


def supervised(
    session: Session, rights: Rights, *, after: int | None = None, size: int = PAGE
) -> Page:
    """我督办: open cases of the units that the person supervises."""
    paths = rights.paths(["supervisor"], posts=False)
    return _page(
        session, [within(paths), Case.status.in_(OPEN), visible_cases(rights)], after, size
    )


def search(
    session: Session,
    rights: Rights,
    wanted: Search,
    *,
    after: int | None = None,
    size: int = PAGE,
) -> Page:
    """Cases that the person may see and that fit, the newest first."""
    conditions: list[object] = [visible_cases(rights)]
    if wanted.words:
        conditions.append(
            or_(
                Case.title.contains(wanted.words, autoescape=True),
                Case.number.contains(wanted.words, autoescape=True),
            )
        )
    if wanted.process:
        conditions.append(Case.process == wanted.process)
    if wanted.status:
        chosen = OPEN if wanted.status == "open" else (wanted.status,)
        conditions.append(Case.status.in_(chosen))
    return _page(session, [*conditions, *_further(wanted)], after, size)


def _further(wanted: Search) -> list[object]:
    found: list[object] = []
    if wanted.unit is not None:
        found.append(Unit.path.startswith(wanted.unit.path, autoescape=True))
    if wanted.outcome:
        found.append(Case.outcome == wanted.outcome)
    if wanted.since is not None:
        found.append(Case.opened_at >= _midnight(wanted.since))
    if wanted.until is not None:
        found.append(Case.opened_at < _midnight(wanted.until + timedelta(days=1)))
    return found


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, ZONE)


def _page(session: Session, conditions: Sequence[object], after: int | None, size: int) -> Page:
    wanted = (
        select(Case, Unit.name)
        .join(Unit, Unit.id == Case.unit_id)
        .where(*conditions)  # type: ignore[arg-type]
        .order_by(Case.id.desc())
        .limit(size + 1)
    )
    if after is not None:
        wanted = wanted.where(Case.id < after)
    found = session.execute(wanted).all()
    steps = _open_steps(session, [case.id for case, _ in found])
    rows = [Row(case, unit, tuple(steps.get(case.id, ()))) for case, unit in found]
    more = len(rows) > size
    return Page(rows[:size], rows[size - 1].case.id if more else None)


def _open_steps(session: Session, case_ids: Sequence[int]) -> dict[int, list[str]]:
    steps: dict[int, list[str]] = {}
    rows = session.execute(
        select(Task.case_id, Task.name)
        .where(Task.case_id.in_(case_ids), Task.done_at.is_(None))
        .order_by(Task.id)
    )
    for case_id, name in rows:
        if name not in steps.setdefault(case_id, []):
            steps[case_id].append(name)
    return steps


def decisions_of(session: Session, case: Case) -> Sequence[DecisionRecord]:
    """What the case's decision tables were asked and answered, the newest first."""
    return session.scalars(
        select(DecisionRecord)
        .where(DecisionRecord.case_id == case.id)
        .order_by(DecisionRecord.id.desc())
        .limit(20)
    ).all()


def by_ids(session: Session, ids: Sequence[int]) -> dict[int, Case]:
    """The cases by their ids; the caller asks for the right to name them."""
    return {one.id: one for one in session.scalars(select(Case).where(Case.id.in_(ids)))}


def findings_of(session: Session, ids: Sequence[str]) -> Sequence[Finding]:
    """The facts that a case names, in the order in which they happened."""
    return session.scalars(
        select(Finding)
        .where(Finding.id.in_([int(one) for one in ids]))
        .order_by(Finding.happened_on, Finding.id)
    ).all()
