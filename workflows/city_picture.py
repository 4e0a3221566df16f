"""全市概览: what stands of duties, plans, matters, findings and rectification, in one look.

The figures are plain data, so that a circular can freeze what a page shows. Organs stand in their
official order: they are told apart, never ranked (domain.md §8.5).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, case, func, select
from sqlalchemy.orm import Session

from models import (
    LIGHTS,
    STAGES,
    Case,
    Finding,
    JointPlan,
    Matter,
    PlanCheckpoint,
    PlanItem,
    Role,
    Unit,
    UnitKind,
)
from workflows import duty_counts, finding_lists, score_medians, two_skins
from workflows.access import READS_CASES, Place, Rights, visible_cases, within
from workflows.deadlines import ZONE, day_of
from workflows.duty_lists import Filter, name_of_span
from workflows.errors import NotAllowed
from workflows.periods import Period, period_of
from workflows.schemes import GROUP

CITY = (UnitKind.COMMITTEE, UnitKind.WORK_COMMITTEE)
READS = READS_CASES - {Role.PROCESS_ADMIN}
LEADS_CITY = ("党委书记", "工委书记", "工委分管领导")
HEADS = ("党组书记", "班子成员", "责任领导", "机关党委书记", "专职副书记")
LEADS = (*LEADS_CITY, *HEADS)
DUTIES = ("on_time", "late", "missed", "excused", "open")
DONE = "done"
PASSED, FAILED = "rect_passed", "rect_failed"
RELAPSE = "relapse"

Figures = dict[str, Any]


@dataclass(frozen=True)
class Scope:
    """Whose picture a person sees: the city's, that of the organs in his charge, or his own."""

    rights: Rights
    roots: Sequence[Unit]
    organs: Sequence[Unit]  # in their official order
    is_city: bool
    told_to_all: bool = False  # leaves out what only some may know of

    @property
    def only(self) -> Unit | None:
        """The organ, where it is the picture of one alone."""
        return self.roots[0] if len(self.roots) == 1 and not self.is_city else None

    def units(self) -> ColumnElement[bool]:
        """A condition on Unit."""
        return within([one.path for one in self.roots])

    def unit_ids(self) -> Select[int]:
        return select(Unit.id).where(self.units())

    def holds(self, unit: Unit) -> bool:
        return any(unit.path.startswith(one.path) for one in self.roots)


def scope_of(session: Session, rights: Rights) -> Scope:
    """The city for the work committee's people and the city's leaders, the organs in his charge
    for a supervisor, his own for who leads one; NotAllowed for anybody else."""
    roots = _roots(session, rights)
    if not roots:
        raise NotAllowed("This is not among your duties.")
    is_city = roots[0].kind in CITY
    return Scope(rights, roots, _organs(session, roots), is_city)


def may_see(rights: Rights) -> bool:
    """True for who may have a picture of his own, as the menu asks."""
    return any(p.name in (READS if p.is_role else LEADS) for p in rights.places)


def _roots(session: Session, rights: Rights) -> Sequence[Unit]:
    units = session.scalars(select(Unit).where(Unit.id.in_(_ids(rights))).order_by(Unit.code)).all()
    above = [one for one in units if one.kind in CITY]
    if above:
        return [min(above, key=lambda one: len(one.path))]
    return [one for one in units if one.kind == UnitKind.PARTY_GROUP]


def _ids(rights: Rights) -> set[int]:
    """Units that a role is held at, and those that lie above a leader's post in his organ."""
    at = {p.unit_id for p in rights.places if p.name in (READS if p.is_role else LEADS_CITY)}
    if at:
        return at
    heads = [p.path for p in rights.places if not p.is_role and p.name in HEADS]
    return {int(part) for path in heads for part in path.strip("/").split("/")[2:]}


def for_all(scope: Scope) -> Scope:
    """The same city with what every organ may be told: nothing of restricted cases and leads."""
    places = tuple(Place(0, Role.SUPERVISOR, u.id, u.path, is_role=True) for u in scope.roots)
    told = Rights(scope.rights.user, places)
    return Scope(told, scope.roots, scope.organs, scope.is_city, told_to_all=True)


def _organs(session: Session, roots: Sequence[Unit]) -> Sequence[Unit]:
    return session.scalars(
        select(Unit)
        .where(within([one.path for one in roots]), Unit.kind == UnitKind.PARTY_GROUP)
        .order_by(Unit.code)
    ).all()


def before(span: Period) -> Period:
    """The period of the same length right before this one."""
    return period_of(span.rhythm, span.first - timedelta(days=1))


def figures(session: Session, scope: Scope, span: Period, *, now: datetime) -> Figures:
    """All that the page shows of the span; lights and plans as they stand at `now`."""
    found: Figures = {
        "span": name_of_span(span),
        "label": span.label,
        "at": now.isoformat(),
        "duties": dict.fromkeys(DUTIES, 0),
        "lights": dict.fromkeys(LIGHTS, 0),
        "organs": [],
    }
    shares = _Shares(scope.organs)
    _duties(session, scope, span, found, shares)
    _matters(session, scope, found, shares)
    found["findings"] = _findings(session, scope, span, shares)
    found["stages"], found["items"] = _plans(session, scope, span.first.year, shares)
    found["rectified"] = _rectified(session, scope, span, shares)
    found["relapsed"] = found["findings"].get(RELAPSE, 0)
    found["skins"] = _skins(session, scope, span.first.year, now, shares)
    found["organs"] = shares.lines()
    return found


def past(session: Session, scope: Scope, span: Period) -> Figures:
    """What the page shows beside the figures of a span: acts counted in the one before."""
    return counted(session, scope, before(span))


def counted(session: Session, scope: Scope, span: Period) -> Figures:
    """Acts and facts of a span alone, without what stands now."""
    shares = _Shares(())
    found: Figures = {"label": span.label, "duties": dict.fromkeys(DUTIES, 0)}
    _duties(session, scope, span, found, shares)
    found["findings"] = _findings(session, scope, span, shares)
    found["rectified"] = _rectified(session, scope, span, shares)
    found["relapsed"] = found["findings"].get(RELAPSE, 0)
    return found


class _Shares:
    """What falls to each organ, in the official order."""

    NAMES = (*DUTIES, "matters", "reds", "plan_items", "plan_reds", "findings", "rect_open")

    def __init__(self, organs: Sequence[Unit]) -> None:
        self._organs = organs
        self._homes = {one.path: one.id for one in organs}
        self._found: dict[int, dict[str, Any]] = {
            one.id: dict.fromkeys(self.NAMES, 0) for one in organs
        }

    def add(self, path: str, name: str, number: int = 1) -> None:
        """To the organ that holds the path; to none where it lies above them."""
        home = self._home(path)
        if home is not None:
            self._found[home][name] += number

    def put(self, unit_id: int, name: str, value: Any) -> None:
        if unit_id in self._found:
            self._found[unit_id][name] = value

    def _home(self, path: str) -> int | None:
        while path.strip("/"):
            if path in self._homes:
                return self._homes[path]
            path = path[: path.rstrip("/").rindex("/") + 1]
        return None

    def lines(self) -> list[dict[str, Any]]:
        return [
            {"id": str(one.id), "code": one.code, "name": one.name, **self._found[one.id]}
            for one in self._organs
        ]


def _duties(session: Session, scope: Scope, span: Period, found: Figures, shares: _Shares) -> None:
    places = tuple(Place(0, Role.SUPERVISOR, u.id, u.path, is_role=True) for u in scope.roots)
    rights = Rights(scope.rights.user, places)
    for path, counts in duty_counts.per_unit(session, rights, Filter(span, state="all")):
        for name in DUTIES:
            number = getattr(counts, name)
            found["duties"][name] += number
            shares.add(path, name, number)


def _matters(session: Session, scope: Scope, found: Figures, shares: _Shares) -> None:
    rows = session.execute(
        select(Matter.lead_unit_id, Matter.light, func.count())
        .join(Matter.case)
        .where(
            Case.finished_at.is_(None),
            Matter.lead_unit_id.in_(scope.unit_ids()),
            *_cases(scope),
        )
        .group_by(Matter.lead_unit_id, Matter.light)
    ).all()
    paths = _paths(session, {row[0] for row in rows})
    for unit_id, light, number in rows:
        found["lights"][light] += number
        shares.add(paths[unit_id], "matters", number)
        shares.add(paths[unit_id], "reds", number if light == "red" else 0)


def _cases(scope: Scope) -> list[ColumnElement[bool]]:
    open_to_all = [Case.restricted.is_(False)] if scope.told_to_all else []
    return [visible_cases(scope.rights), *open_to_all]


def _paths(session: Session, unit_ids: set[int]) -> dict[int, str]:
    return dict(session.execute(select(Unit.id, Unit.path).where(Unit.id.in_(unit_ids))).all())


def _findings(session: Session, scope: Scope, span: Period, shares: _Shares) -> dict[str, int]:
    """Established ones by kind, of what happened in the span."""
    conditions = [
        Finding.status == "established",
        Finding.happened_on.between(span.first, span.last),
        Finding.unit_id.in_(scope.unit_ids()),
        finding_lists.visible(scope.rights),
    ]
    if scope.told_to_all:
        restricted = select(Case.id).where(Case.restricted.is_(True))
        conditions += [
            Finding.severity != finding_lists.FOR_ROLES_ALONE,
            Finding.case_id.is_(None) | Finding.case_id.not_in(restricted),
        ]
    rows = session.execute(
        select(Finding.kind, Finding.unit_id, func.count())
        .where(*conditions)
        .group_by(Finding.kind, Finding.unit_id)
    ).all()
    paths, found = _paths(session, {row[1] for row in rows}), dict[str, int]()
    for kind, unit_id, number in rows:
        found[kind] = found.get(kind, 0) + number
        shares.add(paths[unit_id], "findings", number)
    return dict(sorted(found.items(), key=lambda one: (-one[1], one[0])))


def _plans(
    session: Session, scope: Scope, year: int, shares: _Shares
) -> tuple[dict[str, dict[str, int]], dict[str, int]]:
    """The five 同 by light and what is done; the items by the worst light of what is due."""
    rank = case({light: place for place, light in enumerate(LIGHTS)}, value=PlanCheckpoint.light)
    settled = case((PlanCheckpoint.done_at.is_(None), rank), else_=-1)
    rows = session.execute(
        select(PlanItem.id, JointPlan.unit_id, PlanCheckpoint.stage, settled)
        .join(PlanItem, PlanItem.id == PlanCheckpoint.item_id)
        .join(JointPlan, JointPlan.id == PlanItem.plan_id)
        .where(
            JointPlan.year == year,
            PlanItem.dropped_at.is_(None),
            JointPlan.unit_id.in_(scope.unit_ids()),
        )
    ).all()
    stages = {stage: dict.fromkeys((DONE, *LIGHTS), 0) for stage in STAGES}
    worst: dict[int, int] = {}
    organs: dict[int, int] = {}
    for item_id, unit_id, stage, place in rows:
        stages[stage][_light(place)] += 1
        worst[item_id] = max(worst.get(item_id, -1), place)
        organs[item_id] = unit_id
    items = dict.fromkeys((DONE, *LIGHTS), 0)
    paths = _paths(session, set(organs.values()))
    for item_id, place in worst.items():
        items[_light(place)] += 1
        shares.add(paths[organs[item_id]], "plan_items")
        shares.add(paths[organs[item_id]], "plan_reds", int(_light(place) == "red"))
    return stages, items


def _light(place: int) -> str:
    return DONE if place < 0 else LIGHTS[place]


def _rectified(session: Session, scope: Scope, span: Period, shares: _Shares) -> dict[str, int]:
    """Rectifications begun in the span: passed, failed, stopped, still open."""
    state = case(
        (Case.finished_at.is_(None), "open"),
        (Case.outcome == PASSED, "passed"),
        (Case.outcome == FAILED, "failed"),
        else_="stopped",
    )
    rows = session.execute(
        select(Case.unit_id, state, func.count())
        .where(
            Case.process == "rectification",
            Case.opened_at >= midnight(span.first),
            Case.opened_at < midnight(span.last + timedelta(days=1)),
            Case.unit_id.in_(scope.unit_ids()),
            *_cases(scope),
        )
        .group_by(Case.unit_id, state)
    ).all()
    paths = _paths(session, {row[0] for row in rows})
    found = dict.fromkeys(("passed", "failed", "stopped", "open"), 0)
    for unit_id, word, number in rows:
        found[word] += number
        shares.add(paths[unit_id], "rect_open", number if word == "open" else 0)
    return found


def midnight(day: date) -> datetime:
    """The first moment of the organisation's day."""
    return datetime.combine(day, time.min, ZONE)


def rate(rectified: Mapping[str, int]) -> float | None:
    """整改合格率: passed of what was judged; none: nothing was."""
    judged = rectified["passed"] + rectified["failed"]
    return rectified["passed"] / judged if judged else None


def _skins(session: Session, scope: Scope, year: int, now: datetime, shares: _Shares) -> Figures:
    """The index of the year's plans with what drives it, beside the year before."""
    this = _found(session, scope, year, now)
    for one in this:
        shares.put(one.unit.id, "skins", str(one.index))
    return {
        "year": year,
        "index": _index(this),
        "before": _index(_found(session, scope, year - 1, now)),
        "parts": [
            {
                "code": part.rule.code,
                "name": part.rule.name,
                "name_en": part.rule.name_en,
                "hits": part.hits,
                "base": part.base,
                "points": str(part.points),
            }
            for part in two_skins.whole(this)
        ],
    }


def _found(session: Session, scope: Scope, year: int, now: datetime) -> Sequence[two_skins.Found]:
    found = two_skins.city(session, scope.rights, year, now=now)
    return [one for one in found if scope.holds(one.unit)]


def _index(found: Sequence[two_skins.Found]) -> str | None:
    return str(sum(part.points for part in two_skins.whole(found))) if found else None


def gaps(session: Session, *, now: datetime) -> list[tuple[int, Any]]:
    """The median gap between both sides of the assessment, by year: where the index moves."""
    years = score_medians.over_the_years(session, GROUP, day_of(now).year)
    return [(year, one.gap) for year, one in years.items() if one.units]
