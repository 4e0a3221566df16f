"""What the record says of each supervised matter: the dates that its light followed."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import Any, Protocol, cast

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from models import Case, Extension, Finding, Matter, Task, Urging
from workflows.deadlines import Calendar, day_of
from workflows.what_if.facts import MatterFact

STEPS = ("acknowledge", "unit_sign", "review_result", "close_by_leader")
BACK = ("return", "false_report")
UNFOUNDED = "unfounded"
Step = tuple[str, datetime, dict[str, Any]]


class Span(Protocol):
    """From which to which moment."""

    @property
    def since(self) -> datetime: ...
    @property
    def until(self) -> datetime: ...


def read(session: Session, span: Span, calendar: Calendar) -> Iterator[MatterFact]:
    """Every matter that was handled within the span."""
    matters = session.execute(
        select(Matter, Case.finished_at)
        .join(Case, Case.id == Matter.case_id)
        .where(
            Matter.first_due_at.is_not(None),
            Case.opened_at <= span.until,
            or_(Case.finished_at.is_(None), Case.finished_at >= span.since),
        )
        .order_by(Matter.id)
    ).all()
    wanted = [matter.case_id for matter, _ in matters]
    known = _Known(session, wanted, calendar, [matter.id for matter, _ in matters])
    for matter, finished in matters:
        fact = known.fact(matter, finished)
        if fact is not None:
            yield fact


class _Known:
    def __init__(
        self, session: Session, cases: Sequence[int], calendar: Calendar, matters: Sequence[int]
    ) -> None:
        self._calendar = calendar
        self._steps: dict[int, list[Step]] = defaultdict(list)
        self._extended: dict[int, list[tuple[datetime, datetime, bool]]] = defaultdict(list)
        self._urged: dict[int, list[tuple[datetime, date]]] = defaultdict(list)
        self._cleared: dict[str, datetime] = {}
        for start in range(0, len(cases), 500):
            self._read(session, cases[start : start + 500], matters[start : start + 500])

    def _read(self, session: Session, cases: Sequence[int], matters: Sequence[int]) -> None:
        steps = (
            select(Task.case_id, Task.node, Task.done_at, Task.answers)
            .where(Task.case_id.in_(cases), Task.node.in_(STEPS), Task.ending == "done")
            .order_by(Task.done_at, Task.id)
        )
        for case_id, node, at, answers in session.execute(steps):
            self._steps[case_id].append((node, at, answers or {}))
        extended = select(Extension).where(
            Extension.case_id.in_(cases), Extension.granted.is_(True)
        )
        for one in session.scalars(extended):
            if one.decided_at and one.new_due_at:
                self._extended[one.case_id].append((one.decided_at, one.new_due_at, False))
        for urging in session.scalars(select(Urging).where(Urging.case_id.in_(cases))):
            if urging.new_date is not None:
                self._urged[urging.case_id].append((urging.at, urging.new_date))
        keys = [f"false_report:{one}" for one in matters]
        unfounded = select(Finding.key, Finding.settled_at).where(
            Finding.key.in_(keys), Finding.status == UNFOUNDED, Finding.settled_at.is_not(None)
        )
        for key, cleared in session.execute(unfounded):
            self._cleared[key] = cast(datetime, cleared)

    def fact(self, matter: Matter, finished: datetime | None) -> MatterFact | None:
        """None where nobody has acknowledged it: then no time runs."""
        steps = self._steps[matter.case_id]
        begun = [
            at for node, at, said in steps if node == "acknowledge" and said["answer"] == "accept"
        ]
        if not begun or matter.first_due_at is None:
            return None
        back = [(at, said) for node, at, said in steps[1:] if said.get("verdict") in BACK and said]
        false = [at for at, said in back if said["verdict"] == "false_report"]
        return MatterFact(
            id=matter.id,
            case_id=matter.case_id,
            unit_id=matter.lead_unit_id,
            since=day_of(begun[-1]),
            begun=begun[-1],
            targets=tuple(sorted(self._targets(matter, begun[-1], back))),
            urgings=tuple(self._urged[matter.case_id]),
            returned=tuple(at for at, said in back if said["verdict"] == "return"),
            still=tuple(_still(steps)),
            false_at=false[0] if false else None,
            cleared_at=self._cleared.get(f"false_report:{matter.id}"),
            ended_at=min((one for one in (finished, matter.closed_at) if one), default=None),
            grade=matter.grade,
            floor=matter.floor,
        )

    def _targets(
        self, matter: Matter, begun: datetime, back: Sequence[tuple[datetime, dict[str, Any]]]
    ) -> Iterator[tuple[datetime, datetime, bool]]:
        extended = self._extended[matter.case_id]
        first = matter.first_due_at if extended else matter.due_at or matter.first_due_at
        if first is not None:
            yield begun, first, False
        yield from extended
        for at, said in back:
            if said.get("redo_by"):
                redo = self._calendar.end_of_day(date.fromisoformat(said["redo_by"]))
                yield at, redo, True


def _still(steps: Sequence[Step]) -> Iterator[tuple[datetime, datetime | None]]:
    """From each handing in until it came back."""
    since: datetime | None = None
    for node, at, said in steps:
        if node == "unit_sign" and said.get("verdict") == "submit":
            since = since or at
        elif since is not None and said.get("verdict") in BACK:
            yield since, at
            since = None
    if since is not None:
        yield since, None
