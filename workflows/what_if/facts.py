"""What a replay needs of the record, as plain values: they travel to other processes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from workflows.deadlines import Calendar

Held = tuple[tuple[int, date, date | None], ...]  # by whom, from, until (exclusive)


@dataclass(frozen=True)
class UnitFact:
    id: int
    name: str
    kind: str
    path: str
    managed_by: str

    @property
    def line(self) -> list[int]:
        """The ids along its path, root first."""
        return [int(part) for part in self.path.split("/") if part]


@dataclass(frozen=True)
class PersonFact:
    id: int
    name: str
    cadre: bool
    managed_by: str
    unit_id: int | None


@dataclass(frozen=True)
class PostFact:
    """A post, or a seat of a role, with those who held it."""

    id: int
    kind: str  # 支部书记 …; of a seat its role
    title: str
    unit_id: int
    held: Held

    def held_on(self, day: date) -> int | None:
        """Who held it that day."""
        for user, since, until in self.held:
            if since <= day and (until is None or day < until):
                return user
        return None


@dataclass(frozen=True)
class MatterFact:
    """A matter's dates as they were known when: what the light follows."""

    id: int
    case_id: int
    unit_id: int
    since: date  # the day from which the time counts
    begun: datetime
    targets: tuple[tuple[datetime, datetime, bool], ...]  # known from, due, counts anew
    urgings: tuple[tuple[datetime, date], ...]  # at, new date
    returned: tuple[datetime, ...]
    still: tuple[tuple[datetime, datetime | None], ...]  # handed in: the light stands still
    false_at: datetime | None
    cleared_at: datetime | None  # the report was found not to be false after all
    ended_at: datetime | None
    grade: str
    floor: str


@dataclass(frozen=True)
class AskedFact:
    """What a table was asked outside of the replayed ladders, or a proposal that people made."""

    at: datetime
    process: str
    key: str
    ground: str
    inputs: Mapping[str, Any] | None  # none: a person proposed `measure`
    measure: str
    to: str
    unit_id: int
    user_id: int | None
    case_id: int | None


@dataclass(frozen=True)
class DecidedFact:
    """What became of a proposal."""

    measure: str
    status: str  # proposed, accepted, declined, lapsed
    days: int  # working days until it was decided
    case_id: int | None


@dataclass(frozen=True)
class AnswerFact:
    """How long a step took, and what was answered."""

    node: str
    unit_id: int
    case_id: int
    days: int  # working days
    minute: int  # of the day
    day: date
    answers: Mapping[str, Any] | None  # none: nobody answered until a timer took the step


@dataclass(frozen=True)
class Organ:
    """What belongs together: an organ's units, people, and facts; replayed as one, in order."""

    id: int
    name: str
    units: Mapping[int, UnitFact]
    people: Mapping[int, PersonFact]
    posts: tuple[PostFact, ...]
    seats: tuple[PostFact, ...]
    overdue: tuple[tuple[int, int], ...]  # unit, when it was due (seconds)
    matters: tuple[MatterFact, ...] = ()
    asked: tuple[AskedFact, ...] = ()
    reminded: Mapping[int, tuple[date, ...]] = field(default_factory=dict)  # before the span
    reds: tuple[tuple[int, datetime, int], ...] = ()  # unit, when, matter: before the span
    own: Mapping[int, tuple[AnswerFact, ...]] = field(default_factory=dict)  # by case
    decided: Mapping[str, DecidedFact] = field(default_factory=dict)  # by key

    @property
    def weight(self) -> int:
        """How much there is to do, for the progress."""
        return 1 + len(self.overdue) + len(self.matters) + len(self.asked)


@dataclass(frozen=True)
class Common:
    """What all organs share."""

    since: datetime
    until: datetime
    days: Mapping[date, bool]
    confirmed: Mapping[int, int]
    answers: Mapping[str, tuple[AnswerFact, ...]]  # by step, of all organs
    decided: Mapping[str, tuple[DecidedFact, ...]]  # by measure

    @property
    def calendar(self) -> Calendar:
        return Calendar(self.days, self.confirmed)


@dataclass(frozen=True)
class Ladder:
    """One set of rules: the compiled processes and the figures."""

    specs: Mapping[str, bytes]
    forms: Mapping[str, Mapping[str, bytes]]
    days: Mapping[str, Any]
    rule: Mapping[str, Any]
