"""Inspections as their pages list them: the committee sees all, teams and units their own part."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, not_, or_, select
from sqlalchemy.orm import Session

from models import (
    Case,
    CaseStatus,
    DutyRule,
    Evidence,
    FieldEvidence,
    FieldFinding,
    Inspection,
    Sample,
    StoredFile,
    Task,
    Unit,
    User,
    Visit,
)
from workflows import access, findings, inspection_visits, sampling
from workflows.access import Rights, visible_cases
from workflows.errors import NotFound

PAGE = 50
MOST_ROWS = 5_000
STATES = ("drafted", "running", "established", "closed", "stopped")


@dataclass(frozen=True)
class Filter:
    kind: str = ""
    state: str = ""
    unit: Unit | None = None
    words: str = ""
    since: date | None = None
    until: date | None = None


@dataclass(frozen=True)
class Row:
    inspection: Inspection
    case: Case
    units: Sequence[str]

    @property
    def state(self) -> str:
        stopped = self.case.status == CaseStatus.STOPPED
        return "stopped" if stopped else self.inspection.state


@dataclass(frozen=True)
class Seen:
    """An inspection with the visits that the reader may see."""

    inspection: Inspection
    case: Case
    organ: Unit
    whole: bool  # the reader is of who inspects
    visits: Sequence["Seeing"]


@dataclass(frozen=True)
class Seeing:
    """One unit's visit, and as whom the reader sees it: committee, team, unit."""

    visit: Visit
    unit: Unit
    part: str


def page(
    session: Session, rights: Rights, wanted: Filter, *, before: int = 0, limit: int = PAGE
) -> tuple[list[Row], int | None]:
    """The inspections in which the reader has a part, the newest first; where to go on."""
    query = (
        select(Inspection, Case)
        .join(Case, Case.id == Inspection.case_id)
        .where(visible_cases(rights), *_conditions(wanted))
        .order_by(Inspection.id.desc())
        .limit(limit + 1)
    )
    if before:
        query = query.where(Inspection.id < before)
    found = session.execute(query).all()
    more = found[limit - 1][0].id if len(found) > limit else None
    names = _units(session, [row for row, _ in found[:limit]], rights)
    return [Row(row, case, names.get(row.id, [])) for row, case in found[:limit]], more


def _conditions(wanted: Filter) -> Iterator[ColumnElement[bool]]:
    stopped = Case.status == CaseStatus.STOPPED
    if wanted.kind:
        yield Inspection.kind == wanted.kind
    if wanted.state:
        yield stopped if wanted.state == "stopped" else Inspection.state == wanted.state
    if wanted.state and wanted.state != "stopped":
        yield not_(stopped)
    if wanted.unit is not None:
        there = select(Visit.inspection_id).where(Visit.unit_id == wanted.unit.id)
        yield Inspection.id.in_(there)
    if wanted.words:
        told = (Inspection.topic, Inspection.register_no, Case.number)
        yield or_(*(one.contains(wanted.words, autoescape=True) for one in told))
    if wanted.since is not None:
        yield Inspection.to_day >= wanted.since
    if wanted.until is not None:
        yield Inspection.from_day <= wanted.until


def _units(session: Session, rows: Sequence[Inspection], rights: Rights) -> dict[int, list[str]]:
    """The units of each as far as the reader may know of them."""
    found = session.execute(
        select(Visit, Unit)
        .join(Unit, Unit.id == Visit.unit_id)
        .where(Visit.inspection_id.in_([row.id for row in rows]))
        .order_by(Visit.id)
    ).all()
    organs = _organs(session, rows)
    names: dict[int, list[str]] = {}
    for visit, unit in found:
        if rights.covers(organs[visit.inspection_id]) or _part(rights, visit, unit):
            names.setdefault(visit.inspection_id, []).append(unit.name)
    return names


def _organs(session: Session, rows: Sequence[Inspection]) -> dict[int, Unit]:
    wanted = select(Unit).where(Unit.id.in_({row.organ_id for row in rows}))
    by_id = {one.id: one for one in session.scalars(wanted)}
    return {row.id: by_id[row.organ_id] for row in rows}


def _part(rights: Rights, visit: Visit, unit: Unit) -> str:
    if str(rights.user.id) in visit.team:
        return "team"
    posts = [place.path for place in rights.places if not place.is_role]
    return "unit" if any(path.startswith(unit.path) for path in posts) else ""


def get(session: Session, inspection_id: int, *, rights: Rights) -> Seen:
    """The inspection with what of it is the reader's to see; else NotFound."""
    row = session.get(Inspection, inspection_id)
    if row is None:
        raise NotFound("There is no such inspection, or it is not yours to see.")
    return _seen(session, row, rights)


def of_case(session: Session, case_id: int, *, rights: Rights) -> Seen:
    """The inspection that a case runs, on the same terms."""
    row = session.scalar(select(Inspection).where(Inspection.case_id == case_id))
    if row is None:
        raise NotFound("There is no such inspection, or it is not yours to see.")
    return _seen(session, row, rights)


def _seen(session: Session, row: Inspection, rights: Rights) -> Seen:
    case = access.case_for(session, row.case_id, rights=rights)
    organ = session.get_one(Unit, row.organ_id)
    whole = rights.covers(organ)
    found = session.execute(
        select(Visit, Unit)
        .join(Unit, Unit.id == Visit.unit_id)
        .where(Visit.inspection_id == row.id)
        .order_by(Visit.id)
    )
    parts = [
        Seeing(visit, unit, _part(rights, visit, unit) or ("committee" if whole else ""))
        for visit, unit in found
    ]
    mine = [one for one in parts if one.part]
    if not whole and not mine:
        raise NotFound("There is no such inspection, or it is not yours to see.")
    return Seen(row, case, organ, whole, mine)


def visit(session: Session, visit_id: int, *, rights: Rights) -> tuple[Seen, Seeing]:
    """One unit's visit, if it is the reader's to see; else NotFound."""
    row = session.get(Visit, visit_id)
    if row is not None:
        seen = get(session, row.inspection_id, rights=rights)
        for one in seen.visits:
            if one.visit.id == visit_id:
                return seen, one
    raise NotFound("There is no such inspection, or it is not yours to see.")


@dataclass(frozen=True)
class Pick:
    """One record that was drawn, in words, and the evidence that it became."""

    record: Evidence
    rule: DutyRule
    unit: Unit
    key: str  # of the obligation that it was handed in for


@dataclass(frozen=True)
class Drawn:
    """A sample as it is printed, and whether drawing again gives the same."""

    sample: Sample
    picks: Sequence[Pick]
    digest: str
    holds: bool
    by: str


def drawn(session: Session, sample: Sample) -> Drawn:
    """The sample with its records, drawn once more to see that it holds."""
    rows = session.execute(
        select(Evidence, DutyRule, Unit)
        .join(DutyRule, DutyRule.id == Evidence.rule_id)
        .join(Unit, Unit.id == Evidence.unit_id)
        .where(Evidence.id.in_([int(one) for one in sample.picks]))
    )
    by_id = {
        str(record.id): Pick(record, rule, unit, str(_key(record))) for record, rule, unit in rows
    }
    return Drawn(
        sample,
        [by_id[one] for one in sample.picks if one in by_id],
        sampling.digest(sample.frame),
        sampling.holds(sample.frame, sample.seed, sample.picks),
        session.get_one(User, sample.drawn_by).name,
    )


def _key(record: Evidence) -> findings.Key:
    return findings.Key(record.rule_id, record.period, record.unit_id)


def sample(session: Session, seeing: Seeing, number: int) -> Sample:
    """The sample of that number in the visit; NotFound for the unit: it is the team's paper."""
    if seeing.part != "unit":
        for one in inspection_visits.samples(session, seeing.visit):
            if one.number == number:
                return one
    raise NotFound("There is no such sample, or it is not yours to see.")


@dataclass(frozen=True)
class Put:
    """A problem with the evidence that it cites."""

    row: FieldFinding
    cites: Sequence[FieldEvidence]


def problems(session: Session, seeing: Seeing) -> list[Put]:
    """The team and the committee see all; the unit what stands, once the field work is over."""
    visit = seeing.visit
    if seeing.part == "unit":
        told = inspection_visits.for_unit(session, visit) if visit.visited_on else []
    else:
        told = list(inspection_visits.problems(session, visit))
    pieces = inspection_visits.evidence_of(session, visit)
    return [Put(one, [p for p in pieces if str(p.id) in one.evidence]) for one in told]


def people(session: Session, seeing: Seeing) -> Sequence[User]:
    """The team, by name."""
    ids = [int(one) for one in seeing.visit.team]
    return session.scalars(select(User).where(User.id.in_(ids)).order_by(User.id)).all()


@dataclass(frozen=True)
class Followed:
    """整改 and 回访, as the case of the unit's list has them."""

    case: Case
    steps: Sequence[Task]  # what it waits for
    revisited: bool


def followed(session: Session, seeing: Seeing) -> Followed | None:
    """The unit's rectification, if one was opened."""
    if seeing.visit.rectification_id is None:
        return None
    case = session.get_one(Case, seeing.visit.rectification_id)
    tasks = session.scalars(select(Task).where(Task.case_id == case.id).order_by(Task.id)).all()
    revisited = any(one.node == "rect_revisit" and one.done_by for one in tasks)
    return Followed(case, [one for one in tasks if one.done_at is None], revisited)


def open_step(session: Session, seen: Seen, one: Seeing, rights: Rights) -> Task | None:
    """The step of the visit that waits for the reader, where there is one."""
    for node in ("field_work", "hear_unit", "settle_findings"):
        task = inspection_visits.step(session, seen.inspection, one.visit, node)
        if task is not None and inspection_visits.waits_for(session, task, rights):
            return task
    return None


@dataclass(frozen=True)
class Line:
    """A unit on the page of an inspection."""

    seeing: Seeing
    members: Sequence[User]
    problems: Sequence[Put]
    followed: Followed | None
    step: Task | None  # what the visit waits for


def lines(session: Session, seen: Seen) -> list[Line]:
    """Each visit that the reader may see, with where it stands."""
    steps = session.scalars(
        select(Task).where(Task.case_id == seen.case.id, Task.done_at.is_(None))
    ).all()
    waiting = {one.item_key: one for one in steps}
    return [
        Line(
            one,
            people(session, one),
            [p for p in problems(session, one) if p.row.verdict != "drop"],
            followed(session, one),
            waiting.get(str(one.visit.unit_id)),
        )
        for one in seen.visits
    ]


def units_visited(session: Session, rights: Rights) -> list[tuple[int, str]]:
    """The units of the inspections that the reader may see all of, for the filter."""
    rows = session.execute(
        select(Unit.id, Unit.name)
        .join(Visit, Visit.unit_id == Unit.id)
        .where(access.within(rights.paths()))
        .distinct()
        .order_by(Unit.name)
    )
    return [(row.id, row.name) for row in rows]


def file_of(session: Session, visit: Visit, evidence_id: int) -> StoredFile:
    """The file of a piece of evidence, for who sees the team's papers; NotFound without one."""
    row = session.get(FieldEvidence, evidence_id)
    if row is None or row.visit_id != visit.id or row.file_id is None:
        raise NotFound("There is no such file, or it is not yours to see.")
    return session.get_one(StoredFile, row.file_id)
