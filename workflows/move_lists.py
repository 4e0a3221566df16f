"""Plans to move cases and their cases, as pages and exports list them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Select, String, case, cast, func, select
from sqlalchemy.orm import Session, aliased

from models import Case, CaseMove, Definition, MovePlan, MoveState, PlanState, Unit, User
from workflows import versions
from workflows.access import Rights, visible_cases
from workflows.engine.migration import RULES
from workflows.errors import NotFound

PAGE = 50
_maker, _approver = aliased(User), aliased(User)


@dataclass(frozen=True)
class Plan:
    """A plan with names, versions by number, and how many cases stand where."""

    row: MovePlan
    process: Definition  # the version that the cases go to
    sources: Sequence[int]
    made_by: str
    approved_by: str
    counts: Mapping[str, int]
    unsound: int
    unchecked: int

    @property
    def done(self) -> int:
        """How many cases have had the turn that the plan is at."""
        known = sum(self.counts.values())
        if self.row.state == PlanState.EXAMINING:
            return known
        if self.row.state == PlanState.CHECKING:
            return known - self.unchecked
        if self.row.state == PlanState.REVERTING:
            return known - self.counts.get(MoveState.MOVED, 0)
        return known - self.counts.get(MoveState.WAITING, 0)


@dataclass(frozen=True)
class Line:
    """One case of a plan. What the reader may not see of it is empty."""

    row: CaseMove
    number: str
    title: str
    unit: str
    visible: bool
    version: int


@dataclass(frozen=True)
class Search:
    """What narrows the cases of a plan down."""

    state: str = ""
    rule: str = ""


def plans(session: Session, *, process: str = "") -> list[Plan]:
    """The plans, newest first."""
    wanted = _plans().order_by(MovePlan.id.desc()).limit(200)
    if process:
        wanted = wanted.where(MovePlan.process == process)
    return _told(session, wanted)


def plan(session: Session, plan_id: int, *, rights: Rights) -> Plan:
    """One plan, for process administrators; NotFound where there is none."""
    versions.require_admin(rights)
    found = _told(session, _plans().where(MovePlan.id == plan_id))
    if not found:
        raise NotFound("There is no such plan.")
    return found[0]


def _plans() -> Select[MovePlan, Definition, str, str]:
    return (
        select(MovePlan, Definition, _maker.name, _approver.name)
        .join(Definition, Definition.id == MovePlan.to_id)
        .join(_maker, _maker.id == MovePlan.made_by)
        .outerjoin(_approver, _approver.id == MovePlan.approved_by)
        .execution_options(populate_existing=True)
    )


def _told(session: Session, wanted: Select[MovePlan, Definition, str, str]) -> list[Plan]:
    found = session.execute(wanted).all()
    counts, unsound, unchecked = _counted(session, [row.id for row, *_ in found])
    return [
        Plan(
            row=row,
            process=to,
            sources=_numbers(session, row),
            made_by=maker,
            approved_by=approver or "",
            counts=counts.get(row.id, {}),
            unsound=unsound.get(row.id, 0),
            unchecked=unchecked.get(row.id, 0),
        )
        for row, to, maker, approver in found
    ]


def _numbers(session: Session, row: MovePlan) -> list[int]:
    wanted = select(Definition.number).where(Definition.id.in_(row.from_ids))
    return list(session.scalars(wanted.order_by(Definition.number)))


def _counted(
    session: Session, plan_ids: Sequence[int]
) -> tuple[dict[int, dict[str, int]], dict[int, int], dict[int, int]]:
    bad = func.sum(case((CaseMove.sound.is_(False), 1), else_=0))
    open_still = func.sum(
        case(((CaseMove.state == MoveState.MOVED) & CaseMove.sound.is_(None), 1), else_=0)
    )
    rows = session.execute(
        select(CaseMove.plan_id, CaseMove.state, func.count(), bad, open_still)
        .where(CaseMove.plan_id.in_(plan_ids))
        .group_by(CaseMove.plan_id, CaseMove.state)
    )
    counts: dict[int, dict[str, int]] = {}
    unsound: dict[int, int] = {}
    unchecked: dict[int, int] = {}
    for plan_id, state, number, amiss, to_check in rows:
        counts.setdefault(plan_id, {})[state] = number
        unsound[plan_id] = unsound.get(plan_id, 0) + amiss
        unchecked[plan_id] = unchecked.get(plan_id, 0) + to_check
    return counts, unsound, unchecked


def lines(
    session: Session,
    plan_id: int,
    search: Search,
    *,
    rights: Rights,
    after: int | None = None,
    size: int = PAGE,
) -> tuple[list[Line], int | None]:
    """The plan's cases, a page at a time, and the one to go on after; none: that was all."""
    seen = visible_cases(rights).label("seen")
    wanted = (
        select(CaseMove, Case.number, Case.title, Unit.name, seen, Definition.number)
        .join(Case, Case.id == CaseMove.case_id)
        .join(Unit, Unit.id == Case.unit_id)
        .join(Definition, Definition.id == Case.definition_id)
        .where(CaseMove.plan_id == plan_id)
        .order_by(CaseMove.id)
        .limit(size + 1)
    )
    if search.state in set(MoveState):
        wanted = wanted.where(CaseMove.state == search.state)
    if search.rule in RULES:
        wanted = wanted.where(CaseMove.id.in_(_by_rule(session, plan_id, search.rule)))
    if after is not None:
        wanted = wanted.where(CaseMove.id > after)
    found = session.execute(wanted).all()
    told = [
        Line(row, number or "", title if seen else "", unit if seen else "", bool(seen), version)
        for row, number, title, unit, seen, version in found[:size]
    ]
    return told, told[-1].row.id if len(found) > size else None


def _by_rule(session: Session, plan_id: int, rule: str) -> Select[int]:
    """Refused by this rule; reasons are few and short, so their text is searched."""
    said = cast(CaseMove.reasons, String)
    return select(CaseMove.id).where(
        CaseMove.plan_id == plan_id, said.contains(f'"{rule}"', autoescape=True)
    )


def of_case(session: Session, case_id: int) -> Sequence[tuple[CaseMove, MovePlan, int, int, str]]:
    """The moves of one case that took place: its row, the plan, both versions, who approved."""
    before, after = aliased(Definition), aliased(Definition)
    return session.execute(
        select(CaseMove, MovePlan, before.number, after.number, User.name)
        .join(MovePlan, MovePlan.id == CaseMove.plan_id)
        .join(before, before.id == CaseMove.from_id)
        .join(after, after.id == MovePlan.to_id)
        .join(User, User.id == MovePlan.approved_by)
        .where(CaseMove.case_id == case_id, CaseMove.moved_at.is_not(None))
        .order_by(CaseMove.moved_at)
    ).all()
