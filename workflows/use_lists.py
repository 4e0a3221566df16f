"""What a person may see of the use of results: lines with who decided when, and who is eligible."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, and_, or_, select
from sqlalchemy.orm import Session

from models import (
    Case,
    Debriefing,
    DebriefingRound,
    Measure,
    ResultUse,
    Role,
    Unit,
    UseEvent,
    User,
)
from workflows import careers, effects
from workflows.access import Rights, visible_cases, within
from workflows.errors import NotAllowed, NotFound

PAGE = 50
MOST_ROWS = 10_000  # of an export
OPEN = ("proposed", "left_out")
DECISIONS = ("approved", "dropped")
DECIDERS = frozenset({"工委书记", "工委分管领导"})


@dataclass(frozen=True)
class Filter:
    """What narrows the lines down."""

    year: int | None = None
    use: str = ""
    award: str = ""
    state: str = ""
    words: str = ""


@dataclass(frozen=True)
class Event:
    """One act upon a line, by whom and when; nobody: the clock."""

    event: UseEvent
    who: str


@dataclass(frozen=True)
class Line:
    """One line with its unit, its case, and all that was done to it, oldest first."""

    row: ResultUse
    unit: Unit
    case: Case
    events: Sequence[Event]

    @property
    def decision(self) -> Event | None:
        """The committee's decision: who, when, in which meeting."""
        found = [one for one in self.events if one.event.state in DECISIONS]
        return found[-1] if found else None

    @property
    def last(self) -> Event:
        return self.events[-1]


def lines(
    session: Session, rights: Rights, wanted: Filter, *, before: int = 0, limit: int = PAGE
) -> tuple[Sequence[Line], int]:
    """The newest first; and before which id the next page goes on (0: it is the last)."""
    query = _query(rights).where(*_conditions(wanted))
    if before:
        query = query.where(ResultUse.id < before)
    rows = session.execute(query.order_by(ResultUse.id.desc()).limit(limit + 1)).all()
    events = _events(session, [row.id for row, *_ in rows[:limit]])
    shown = [Line(row, unit, case, events.get(row.id, ())) for row, unit, case in rows[:limit]]
    return shown, shown[-1].row.id if len(rows) > limit else 0


def _query(rights: Rights) -> Select[ResultUse, Unit, Case]:
    """Whose case the person may see; and the own line, once it is decided."""
    own = and_(ResultUse.user_id == rights.user.id, ResultUse.state.not_in(OPEN))
    return (
        select(ResultUse, Unit, Case)
        .join(Unit, Unit.id == ResultUse.unit_id)
        .join(Case, Case.id == ResultUse.case_id)
        .where(or_(visible_cases(rights), own))
    )


def _conditions(wanted: Filter) -> list[ColumnElement[bool]]:
    given: list[ColumnElement[bool]] = []
    if wanted.year is not None:
        given.append(ResultUse.year == wanted.year)
    for column, value in (
        (ResultUse.use, wanted.use),
        (ResultUse.award, wanted.award),
        (ResultUse.state, wanted.state),
    ):
        if value:
            given.append(column == value)
    for word in wanted.words.split():
        either = (ResultUse.name, Unit.name)
        given.append(or_(*(column.contains(word, autoescape=True) for column in either)))
    return given


def _events(session: Session, ids: Iterable[int]) -> dict[int, list[Event]]:
    rows = session.execute(
        select(UseEvent, User.name)
        .outerjoin(User, User.id == UseEvent.by)
        .where(UseEvent.use_id.in_(list(ids)))
        .order_by(UseEvent.id)
    )
    found: dict[int, list[Event]] = {}
    for event, who in rows:
        found.setdefault(event.use_id, []).append(Event(event, who or ""))
    return found


def get(session: Session, use_id: int, *, rights: Rights) -> Line:
    """The line; NotFound where it is not the person's to see."""
    found = session.execute(_query(rights).where(ResultUse.id == use_id)).first()
    if found is None:
        raise NotFound("There is no such line, or it is not yours to see.")
    row, unit, case = found
    return Line(row, unit, case, _events(session, [row.id]).get(row.id, ()))


def others_of(session: Session, line: Line, *, rights: Rights) -> Sequence[ResultUse]:
    """Earlier and later lines of the same person or organisation, the newest first."""
    same = ResultUse.subject == line.row.subject
    query = _query(rights).where(same, ResultUse.id != line.row.id)
    rows = session.execute(query.order_by(ResultUse.year.desc(), ResultUse.id.desc()).limit(50))
    return [row for row, *_ in rows]


def sees_case(session: Session, line: Line, rights: Rights) -> bool:
    """False for a person who sees only his own line of it."""
    query = select(Case.id).where(Case.id == line.case.id, visible_cases(rights))
    return session.scalar(query) is not None


def rounds(session: Session, rights: Rights) -> Sequence[Case]:
    """The cases of the years that the person may see, the newest first."""
    query = select(Case).where(Case.process == "result_use", visible_cases(rights))
    return session.scalars(query.order_by(Case.id.desc()).limit(20)).all()


def years(session: Session) -> Sequence[int]:
    """The years in which somebody was graded or named, the newest first."""
    graded = session.scalars(select(DebriefingRound.year).distinct()).all()
    named = session.scalars(select(ResultUse.year).distinct()).all()
    return sorted({*graded, *named}, reverse=True)


def may_prepare(rights: Rights) -> bool:
    """True for who drafts or decides the uses: eligibility and exchange are open to them."""
    return rights.has_role(Role.ORGANISER) or rights.holds(*DECIDERS)


def require_preparing(rights: Rights) -> None:
    """Raises NotAllowed unless the person drafts or decides the uses."""
    if not may_prepare(rights):
        raise NotAllowed("This is not among your duties.")


@dataclass(frozen=True)
class Candidate:
    """A person graded in the year, and what stands against each use."""

    debriefing: Debriefing
    user: User
    unit: Unit
    measures: Sequence[Measure]
    uses: Sequence[ResultUse]

    @property
    def is_barred(self) -> bool:
        """No 考察对象 while an effect period runs (干部任用条例 24)."""
        return any("candidate" in one.bars for one in self.measures)


def eligible(
    session: Session,
    rights: Rights,
    year: int,
    *,
    now: datetime,
    flagged: bool = False,
    after: tuple[str, int] | None = None,
    limit: int = PAGE,
) -> tuple[Sequence[Candidate], tuple[str, int] | None]:
    """Who was graded in the year, by unit; with the effect periods that run today.

    Nobody is left out for a measure: it is shown with its end (domain.md 8.4).
    """
    require_preparing(rights)
    rows = session.execute(_graded(rights, year, now, flagged, after).limit(limit + 1)).all()
    users = [user.id for _, user, _ in rows[:limit]]
    measures = effects.running_of(session, users, now=now)
    uses: dict[int, list[ResultUse]] = {}
    for use in session.scalars(
        select(ResultUse).where(ResultUse.year == year, ResultUse.user_id.in_(users))
    ):
        uses.setdefault(use.user_id or 0, []).append(use)
    found = [
        Candidate(row, user, unit, measures.get(user.id, ()), uses.get(user.id, ()))
        for row, user, unit in rows[:limit]
    ]
    more = len(rows) > limit
    return found, (found[-1].unit.code, found[-1].debriefing.id) if more else None


def _graded(
    rights: Rights, year: int, now: datetime, flagged: bool, after: tuple[str, int] | None
) -> Select[Debriefing, User, Unit]:
    query = (
        select(Debriefing, User, Unit)
        .join(DebriefingRound, DebriefingRound.id == Debriefing.round_id)
        .join(User, User.id == Debriefing.user_id)
        .join(Unit, Unit.id == Debriefing.unit_id)
        .where(DebriefingRound.year == year, Debriefing.state == "graded")
        .where(Debriefing.grade.is_not(None), within(careers.paths(rights)))
        .order_by(Unit.code, Debriefing.id)
    )
    if after:
        code, id_ = after
        query = query.where(or_(Unit.code > code, and_(Unit.code == code, Debriefing.id > id_)))
    return query.where(effects.is_running(User.id, now)) if flagged else query
