"""督办台账: the matters that a person may see, by light, unit, source and words."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, false, func, select
from sqlalchemy.orm import Session, contains_eager

from models import LIGHTS, Case, Definition, Extension, LightEvent, Matter, Task, Unit
from workflows import definitions
from workflows.access import Rights, visible_cases
from workflows.deadlines import ZONE
from workflows.errors import NotFound

PAGE = 50
MOST_ROWS = 10_000  # of an export

# The state that an open step stands for (processes.md §14).
STATES = {
    "draft_matter": "drafted",
    "approve_filing": "drafted",
    "acknowledge": "filed",
    "settle_objection": "objected",
    "make_plan": "accepted",
    "review_result": "submitted",
    "close_by_leader": "closing",
}
ENDS = {"closed": "archived", "not_filed": "noted", "merged": "merged", "withdrawn": "withdrawn"}


@dataclass(frozen=True)
class Filter:
    """What narrows the ledger down; `is_open` none: both open and ended."""

    words: str = ""
    light: str = ""
    source: str = ""
    unit_id: int | None = None
    is_open: bool | None = True
    overdue_at: datetime | None = None
    due_from: date | None = None
    due_until: date | None = None


@dataclass(frozen=True)
class Page:
    rows: Sequence[Matter]
    after: int | None  # the id to go on from; none: this was the last page


def page(
    session: Session, rights: Rights, chosen: Filter, *, after: int | None = None, size: int = PAGE
) -> Page:
    """The newest matters first, each with its case."""
    wanted = (
        select(Matter)
        .join(Matter.case)
        .options(contains_eager(Matter.case))
        .where(visible_cases(rights), *_conditions(session, chosen))
        .order_by(Matter.id.desc())
        .limit(size + 1)
    )
    if after is not None:
        wanted = wanted.where(Matter.id < after)
    rows = session.scalars(wanted).all()
    return Page(rows[:size], rows[size - 1].id if len(rows) > size else None)


def everything(session: Session, rights: Rights, chosen: Filter) -> Sequence[Matter]:
    """The rows of an export: the same matters that the list shows."""
    return page(session, rights, chosen, size=MOST_ROWS).rows


def _conditions(session: Session, chosen: Filter) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if chosen.words:
        found.append(
            Matter.title.contains(chosen.words, autoescape=True)
            | Case.number.contains(chosen.words, autoescape=True)
        )
    if chosen.light:
        found.append(Matter.light == chosen.light)
    if chosen.source:
        found.append(Matter.source == chosen.source)
    if chosen.unit_id is not None:
        found.append(Matter.lead_unit_id.in_(_subtree(session, chosen.unit_id)))
    if chosen.is_open is not None:
        found.append(
            Case.finished_at.is_(None) if chosen.is_open else Case.finished_at.is_not(None)
        )
    return found + _due_conditions(chosen)


def _due_conditions(chosen: Filter) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if chosen.overdue_at is not None:
        found.append(Matter.due_at < chosen.overdue_at)
    if chosen.due_from is not None:
        found.append(Matter.due_at >= _midnight(chosen.due_from))
    if chosen.due_until is not None:
        found.append(Matter.due_at < _midnight(chosen.due_until + timedelta(days=1)))
    return found


def _midnight(day: date) -> datetime:
    """The first moment of the organisation's day."""
    return datetime.combine(day, time.min, ZONE)


def _subtree(session: Session, unit_id: int) -> Any:
    unit = session.get(Unit, unit_id)
    inside = Unit.path.startswith(unit.path, autoescape=True) if unit else false()
    return select(Unit.id).where(inside)


def counts(session: Session, rights: Rights, chosen: Filter) -> dict[str, int]:
    """How many matters of the same choice stand at each light, the chosen light apart."""
    wanted = (
        select(Matter.light, func.count())
        .join(Matter.case)
        .where(visible_cases(rights), *_conditions(session, _any_light(chosen)))
        .group_by(Matter.light)
    )
    found = dict(session.execute(wanted).all())
    return {light: found.get(light, 0) for light in LIGHTS}


def _any_light(chosen: Filter) -> Filter:
    return Filter(**{**vars(chosen), "light": ""})


def for_case(session: Session, case_id: int, *, rights: Rights) -> Matter:
    """The case's matter, if this person may see it; else NotFound, as if there were none."""
    matter = session.scalar(
        select(Matter)
        .join(Matter.case)
        .options(contains_eager(Matter.case))
        .where(Matter.case_id == case_id, visible_cases(rights))
    )
    if matter is None:
        raise NotFound("There is no such matter, or it is not yours to see.")
    return matter


def states(session: Session, rows: Sequence[Matter]) -> dict[int, str]:
    """The state of each matter by its id, asked from case and open steps."""
    open_steps: dict[int, set[str]] = {}
    steps = select(Task.case_id, Task.node).where(
        Task.case_id.in_([one.case_id for one in rows]), Task.done_at.is_(None)
    )
    for case_id, node in session.execute(steps):
        open_steps.setdefault(case_id, set()).add(node)
    return {one.id: _state(one.case, open_steps.get(one.case_id, set())) for one in rows}


def _state(case: Case, nodes: set[str]) -> str:
    if case.finished_at is not None:
        return ENDS.get(case.outcome or "", "withdrawn")
    if case.status == "suspended":
        return "suspended"
    return next((STATES[node] for node in sorted(nodes) if node in STATES), "working")


def why(session: Session, matter: Matter) -> Sequence[LightEvent]:
    """Each change of the light with inputs, row and calendar, the newest first."""
    return session.scalars(
        select(LightEvent).where(LightEvent.matter_id == matter.id).order_by(LightEvent.id.desc())
    ).all()


@dataclass(frozen=True)
class Reason:
    """Why the light changed: the facts by their names in the table, the row that held, versions."""

    event: LightEvent
    facts: tuple[tuple[str, Any], ...]
    row: str
    table: str
    version: int  # of the process whose table it is
    cause: str  # extension, corrected, clock; empty: the table was asked on its way


def reasons(session: Session, matter: Matter) -> list[Reason]:
    """What is told of each change of the light, the newest first."""
    spec = definitions.spec_of(session, matter.case.definition_id)
    table = spec.decision("light")
    number = session.get_one(Definition, matter.case.definition_id).number
    labels = {one.expression.text: one.label for one in table.inputs}
    return [
        Reason(
            event=event,
            facts=tuple((labels.get(k, k), v) for k, v in event.why["inputs"].items()),
            row="；".join(table.rules[row - 1].description for row in event.why["rows"]),
            table=table.name,
            version=number,
            cause=event.why.get("cause", ""),
        )
        for event in why(session, matter)
    ]


def still_possible(session: Session, matter: Matter, *, now: datetime) -> list[str]:
    """What can still be done about the light: hand_in, extend, contest; nothing once it ended."""
    if states(session, [matter])[matter.id] != "working":
        return []
    found = ["hand_in"]
    if matter.due_at is not None and now <= matter.due_at and not extensions_of(session, matter):
        found.append("extend")
    return [*found, "contest"] if matter.false_report else found


def extensions_of(session: Session, matter: Matter) -> Sequence[Extension]:
    """Every request for more time, with its answer."""
    return session.scalars(
        select(Extension).where(Extension.case_id == matter.case_id).order_by(Extension.id)
    ).all()


def leading_units(session: Session, rights: Rights) -> Sequence[tuple[int, str]]:
    """The units that lead a matter this person may see, to choose from."""
    # Asked in two steps: what a person may see is itself a question about units.
    leading = session.scalars(
        select(Matter.lead_unit_id).join(Matter.case).where(visible_cases(rights)).distinct()
    ).all()
    rows = session.execute(
        select(Unit.id, Unit.name).where(Unit.id.in_(leading)).order_by(Unit.name).limit(500)
    )
    return [(unit_id, name) for unit_id, name in rows]


def unit_names(session: Session, rows: Sequence[Matter]) -> dict[int, str]:
    """The name of each leading unit by its id."""
    wanted = select(Unit.id, Unit.name).where(Unit.id.in_({one.lead_unit_id for one in rows}))
    return dict(session.execute(wanted).all())
