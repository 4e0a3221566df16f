"""The facts of a span, read once from the record and told apart by organ."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any, cast

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from models import (
    Case,
    Grant,
    Holding,
    Matter,
    Measure,
    Obligation,
    ObligationState,
    Post,
    Seat,
    Task,
    Unit,
    UnitKind,
    User,
)
from models.matter import LightEvent
from workflows import calendars
from workflows.deadlines import Calendar, day_of, plus_months
from workflows.measures import TAKEN
from workflows.what_if import matter_facts, proposal_facts
from workflows.what_if.facts import (
    AnswerFact,
    Common,
    Held,
    Organ,
    PersonFact,
    PostFact,
    UnitFact,
)

LIVED = ("reminder", "interview")
MOST_ANSWERS = 400  # of one step that all organs draw from
YEAR = timedelta(days=366)
FACTS = ("overdue", "matters", "asked")  # without any of them an organ is left out
HOMES = (UnitKind.PARTY_GROUP, UnitKind.ORGAN_COMMITTEE)


@dataclass(frozen=True)
class Wanted:
    """From which to which moment, and below which unit (its path)."""

    since: datetime
    until: datetime
    path: str = "/"


@dataclass
class _Homes:
    """Which organ each unit belongs to."""

    units: Mapping[int, UnitFact]
    of: dict[int, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for unit in self.units.values():
            self.of[unit.id] = self._home(unit)

    def _home(self, unit: UnitFact) -> int:
        line = [self.units[one] for one in unit.line if one in self.units]
        for kind in HOMES:
            for one in line:
                if one.kind == kind:
                    return one.id
        return unit.id


def read(session: Session, wanted: Wanted) -> tuple[Common, list[Organ]]:
    """All that a replay needs; organs without any fact are left out."""
    calendar = calendars.load(session)
    homes = _Homes(_units(session))
    answers = _answers(session, wanted, calendar)
    decided = proposal_facts.decided(session, wanted.since - YEAR, calendar)
    common = Common(
        since=wanted.since,
        until=wanted.until,
        days=dict(calendar.days),
        confirmed=dict(calendar.confirmed),
        answers=_thinned(answers),
        decided=proposal_facts.by_measure(decided.values()),
    )
    return common, list(_Facts(session, wanted, homes, calendar).organs(answers, decided))


def _units(session: Session) -> dict[int, UnitFact]:
    rows = session.execute(select(Unit.id, Unit.name, Unit.kind, Unit.path, Unit.managed_by))
    return {row.id: UnitFact(*row) for row in rows}


def _answers(session: Session, wanted: Wanted, calendar: Calendar) -> list[AnswerFact]:
    rows = session.execute(
        select(
            Task.node,
            Task.unit_id,
            Task.case_id,
            Task.opened_at,
            Task.done_at,
            Task.answers,
            Task.ending,
        )
        .join(Case, Case.id == Task.case_id)
        .where(
            Case.process.in_(LIVED),
            Task.done_at.is_not(None),
            Task.opened_at >= wanted.since - YEAR,
            Task.opened_at <= wanted.until,
            Task.ending.in_(("done", "lapsed")),
        )
        .order_by(Task.id)
    )
    found = []
    for node, unit_id, case_id, opened, done, said, ending in rows:
        day = day_of(done)
        local = int((done - calendar.start_of_day(day)).total_seconds() // 60)
        taken = max(0, calendar.workdays_between(day_of(opened), day))
        given = said if ending == "done" else None
        found.append(AnswerFact(node, unit_id, case_id, taken, local, day, given))
    return found


def _thinned(answers: Sequence[AnswerFact]) -> dict[str, tuple[AnswerFact, ...]]:
    """So many of each step as a process can be sent, evenly over the span."""
    by_node: dict[str, list[AnswerFact]] = defaultdict(list)
    for one in answers:
        by_node[one.node].append(one)
    return {
        node: tuple(known[:: max(1, -(-len(known) // MOST_ANSWERS))])
        for node, known in by_node.items()
    }


class _Facts:
    """Facts by organ."""

    def __init__(self, session: Session, wanted: Wanted, homes: _Homes, calendar: Calendar) -> None:
        self._session, self._wanted, self._calendar = session, wanted, calendar
        self._homes = homes

    def organs(
        self,
        answers: Sequence[AnswerFact],
        decided: Mapping[str, proposal_facts.Known],
    ) -> Iterator[Organ]:
        """Those that have facts, in the order of their ids."""
        session, wanted = self._session, self._wanted
        matters = matter_facts.read(session, wanted, self._calendar)
        self._shares = {
            "overdue": self._split(self._overdue(), lambda row: row[0]),
            "matters": self._split(matters, lambda one: one.unit_id),
            "asked": self._split(proposal_facts.asked(session, wanted), lambda one: one.unit_id),
            "own": self._split(answers, lambda one: one.unit_id),
            "known": self._split(decided.values(), lambda one: one.unit_id),
            "reds": self._split(self._reds(), lambda row: row[0]),
        }
        self._all_reminded, self._all_people = self._reminded(), self._people()
        self._all_posts, self._all_seats = self._posts(), self._seats()
        inside, members = self._inside(), defaultdict(list)
        for unit in self._homes.units.values():
            members[self._homes.of[unit.id]].append(unit)
        for home, units in sorted(members.items()):
            if home in inside and any(home in self._shares[name] for name in FACTS):
                yield self._organ(home, units)

    def _organ(self, home: int, units: Sequence[UnitFact]) -> Organ:
        share = {name: known.get(home, []) for name, known in self._shares.items()}
        known_units = self._homes.units
        ids = {one for unit in units for one in unit.line} & known_units.keys()
        held = [one for unit_id in ids for one in self._all_posts.get(unit_id, ())]
        users = {user for post in held for user, _, _ in post.held}
        users |= {one.user_id for one in share["asked"] if one.user_id}
        reminded, people = self._all_reminded, self._all_people
        return Organ(
            id=home,
            name=known_units[home].name,
            units={one: known_units[one] for one in ids},
            people={one: people[one] for one in users if one in people},
            posts=tuple(held),
            seats=tuple(one for unit_id in ids for one in self._all_seats.get(unit_id, ())),
            overdue=tuple(share["overdue"]),
            matters=tuple(share["matters"]),
            asked=tuple(share["asked"]),
            reminded={one: reminded[one] for one in users | ids if one in reminded},
            reds=tuple(share["reds"]),
            own=_by_case(share["own"]),
            decided={one.key: one.fact for one in share["known"]},
        )

    def _inside(self) -> set[int]:
        """The organs that lie below the wanted unit, or are it."""
        return {
            self._homes.of[unit.id]
            for unit in self._homes.units.values()
            if unit.path.startswith(self._wanted.path)
        }

    def _split(self, facts: Any, unit_of: Any) -> dict[int, list[Any]]:
        """The facts by organ; those of units outside what is wanted are left out."""
        found: dict[int, list[Any]] = defaultdict(list)
        for one in facts:
            unit = self._homes.units.get(unit_of(one))
            if unit is not None and unit.path.startswith(self._wanted.path):
                found[self._homes.of[unit.id]].append(one)
        return found

    def _overdue(self) -> Iterator[tuple[int, int]]:
        """Duties not done when they were due: missed for good, or held only later."""
        first, last = self._wanted.since.timestamp(), self._wanted.until.timestamp()
        rows = self._session.execute(
            select(Obligation.unit_id, Obligation.due_at, Obligation.state, Obligation.done_on)
            .where(
                Obligation.state.in_((int(ObligationState.MISSED), int(ObligationState.LATE))),
                Obligation.due_at >= int(first),
                Obligation.due_at < int(last),
            )
            .order_by(Obligation.due_at, Obligation.unit_id)
        )
        for unit_id, due, state, done_on in rows:
            missed = state == ObligationState.MISSED
            if missed or (done_on and done_on > day_of(datetime.fromtimestamp(due, UTC))):
                yield unit_id, due

    def _reminded(self) -> dict[int, tuple[date, ...]]:
        """Reminders that stood before the span, by their subject."""
        first = day_of(self._wanted.since)
        rows = self._session.execute(
            select(Measure.subject_user_id, Measure.subject_unit_id, Measure.decided_on).where(
                Measure.kind == "reminder",
                Measure.state.in_(TAKEN),
                Measure.decided_on < first,
                Measure.decided_on >= plus_months(first, -24),
            )
        )
        found: dict[int, list[date]] = defaultdict(list)
        for user_id, unit_id, day in rows:
            found[cast(int, user_id or unit_id)].append(cast(date, day))
        return {one: tuple(days) for one, days in found.items()}

    def _reds(self) -> Iterator[tuple[int, datetime, int]]:
        rows = self._session.execute(
            select(Matter.lead_unit_id, LightEvent.at, Matter.id)
            .join(Matter, Matter.id == LightEvent.matter_id)
            .where(
                LightEvent.after == "red",
                LightEvent.at < self._wanted.since,
                LightEvent.at >= self._wanted.since - YEAR,
            )
        )
        return ((unit_id, at, matter_id) for unit_id, at, matter_id in rows)

    def _people(self) -> dict[int, PersonFact]:
        held = select(Holding.user_id).union(select(Measure.subject_user_id)).subquery()
        columns = (User.id, User.name, User.cadre, User.managed_by, User.unit_id)
        rows = self._session.execute(select(*columns).where(User.id.in_(select(held))))
        return {row.id: PersonFact(*row) for row in rows}

    def _posts(self) -> dict[int, list[PostFact]]:
        since = day_of(self._wanted.since)
        rows = self._session.execute(
            select(Post.id, Post.kind, Post.title, Post.unit_id, Holding)
            .join(Holding, and_(Holding.post_id == Post.id))
            .where(or_(Holding.until.is_(None), Holding.until > since))
            .order_by(Post.id, Holding.id)
        )
        return _grouped((*row[:4], row[4].user_id, row[4].since, row[4].until) for row in rows)

    def _seats(self) -> dict[int, list[PostFact]]:
        rows = self._session.execute(
            select(Seat.id, Seat.role, Seat.unit_id, Grant.user_id, Grant.since, Grant.until)
            .join(Grant, Grant.seat_id == Seat.id)
            .order_by(Seat.id, Grant.id)
        )
        return _grouped((one, role, role, unit, *rest) for one, role, unit, *rest in rows)


def _grouped(rows: Iterator[Any]) -> dict[int, list[PostFact]]:
    held: dict[tuple[int, str, str, int], list[Any]] = defaultdict(list)
    for one, kind, title, unit_id, user, since, until in rows:
        held[one, kind, title, unit_id].append((user, since, until))
    found: dict[int, list[PostFact]] = defaultdict(list)
    for (one, kind, title, unit_id), spans in held.items():
        lasting: Held = tuple(spans)
        found[unit_id].append(PostFact(one, kind, title, unit_id, lasting))
    return found


def _by_case(answers: Sequence[AnswerFact]) -> dict[int, tuple[AnswerFact, ...]]:
    found: dict[int, list[AnswerFact]] = defaultdict(list)
    for one in answers:
        found[one.case_id].append(one)
    return {case: tuple(known) for case, known in found.items()}
