"""事实认定: the findings that a person may see, and which proposals and measures rest on them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, Select, and_, exists, or_, select, tuple_
from sqlalchemy.orm import Session

from models import Case, Finding, Measure, MeasureFact, Proposal, Unit, User
from workflows.access import READS_CASES, Rights, visible_cases, within
from workflows.errors import NotFound

PAGE = 50
MOST_ROWS = 10_000  # of an export
FOR_ROLES_ALONE = "violation"  # a lead to be transferred: not shown to the unit it is about


@dataclass(frozen=True)
class Filter:
    unit: Unit | None = None  # with all below it
    status: str = ""
    kind: str = ""
    since: date | None = None
    until: date | None = None


@dataclass(frozen=True)
class Row:
    finding: Finding
    unit: str
    person: str
    used_in: tuple[str, ...]  # the kinds of measure that rest on it, as far as the person may see


@dataclass(frozen=True)
class Page:
    rows: Sequence[Row]
    after: tuple[date, int] | None


@dataclass(frozen=True)
class Use:
    """A proposal or a measure that rests on the finding."""

    measure: str  # reminder, interview, accountability, lead
    state: str
    at: datetime | date | None
    case_id: int | None
    is_proposal: bool


def visible(rights: Rights) -> ColumnElement[bool]:
    """A condition on Finding: what arose in a case goes by the case, all else by its unit."""
    by_role = _about_units_in(rights.paths(READS_CASES, posts=False))
    by_unit = _about_units_in(rights.paths())
    outside = or_(
        by_role,
        and_(
            Finding.severity != FOR_ROLES_ALONE, or_(by_unit, Finding.person_id == rights.user.id)
        ),
    )
    by_case = exists().where(Case.id == Finding.case_id, visible_cases(rights))
    return or_(and_(Finding.case_id.is_(None), outside), by_case)


def _about_units_in(paths: Iterable[str]) -> ColumnElement[bool]:
    return Finding.unit_id.in_(select(Unit.id).where(within(paths)))


def page(
    session: Session,
    rights: Rights,
    chosen: Filter,
    *,
    after: tuple[date, int] | None = None,
    size: int = PAGE,
) -> Page:
    """The findings that are chosen, the newest fact first."""
    # Units are not joined: what a person may see is itself a question about units.
    wanted = (
        select(Finding)
        .where(visible(rights), *_conditions(chosen))
        .order_by(Finding.happened_on.desc(), Finding.id.desc())
        .limit(size + 1)
    )
    if after is not None:
        wanted = wanted.where(tuple_(Finding.happened_on, Finding.id) < tuple_(*after))
    found = session.scalars(wanted).all()
    last = found[size - 1] if len(found) > size else None
    rows = _rows(session, found[:size], rights)
    return Page(rows, (last.happened_on, last.id) if last else None)


def _rows(session: Session, found: Sequence[Finding], rights: Rights) -> list[Row]:
    used = _used_in(session, [one.id for one in found], rights)
    in_units, people = {one.unit_id for one in found}, {one.person_id for one in found}
    units = _names(session, select(Unit.id, Unit.name).where(Unit.id.in_(in_units)))
    users = _names(session, select(User.id, User.name).where(User.id.in_(people)))
    return [
        Row(one, units[one.unit_id], users.get(one.person_id or 0, ""), used.get(one.id, ()))
        for one in found
    ]


def _names(session: Session, wanted: Select[int, str]) -> dict[int, str]:
    return dict(session.execute(wanted).all())


def everything(session: Session, rights: Rights, chosen: Filter) -> Sequence[Row]:
    """The rows of an export: the same findings that the list shows."""
    return page(session, rights, chosen, size=MOST_ROWS).rows


def _conditions(chosen: Filter) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if chosen.unit is not None:
        found.append(_about_units_in([chosen.unit.path]))
    if chosen.status:
        found.append(Finding.status == chosen.status)
    if chosen.kind:
        found.append(Finding.kind == chosen.kind)
    if chosen.since is not None:
        found.append(Finding.happened_on >= chosen.since)
    if chosen.until is not None:
        found.append(Finding.happened_on <= chosen.until)
    return found


def _used_in(
    session: Session, finding_ids: Sequence[int], rights: Rights
) -> dict[int, tuple[str, ...]]:
    rows = session.execute(
        select(MeasureFact.finding_id, Measure.kind)
        .join(Measure, Measure.id == MeasureFact.measure_id)
        .join(Case, Case.id == Measure.case_id)
        .where(MeasureFact.finding_id.in_(finding_ids), visible_cases(rights))
        .order_by(Measure.id)
    )
    used: dict[int, tuple[str, ...]] = {}
    for finding_id, kind in rows:
        used[finding_id] = tuple(dict.fromkeys((*used.get(finding_id, ()), kind)))
    return used


def get(session: Session, finding_id: int, *, rights: Rights) -> Finding:
    """The finding, if it is open to the person; else NotFound."""
    finding = session.scalar(select(Finding).where(Finding.id == finding_id, visible(rights)))
    if finding is None:
        raise NotFound("There is no such finding, or it is not yours to see.")
    return finding


def case_of(session: Session, finding: Finding) -> Case | None:
    """The case in which it arose."""
    return session.get(Case, finding.case_id) if finding.case_id else None


def person_of(session: Session, finding: Finding) -> User | None:
    """Whom it is about, beside the unit."""
    return session.get(User, finding.person_id) if finding.person_id else None


def settled_by(session: Session, finding: Finding) -> User | None:
    """Who established or cleared it; none: the clock, or evidence by itself."""
    return session.get(User, finding.settled_by) if finding.settled_by else None


def uses(session: Session, finding: Finding, *, rights: Rights) -> list[Use]:
    """What rests on the finding, as far as the person may know of it."""
    return [*_proposals(session, finding, rights), *_measures(session, finding, rights)]


def _proposals(session: Session, finding: Finding, rights: Rights) -> list[Use]:
    """Known to who decides or made them, never to whom they are about (proposals.get)."""
    me = rights.user.id
    wanted = select(Proposal).where(
        or_(
            Proposal.subject_unit_id == finding.unit_id,
            Proposal.subject_user_id == finding.person_id,
        ),
        or_(
            Proposal.principal.in_(rights.principals),
            Proposal.decided_by == me,
            Proposal.made_by == me,
        ),
        or_(Proposal.subject_user_id.is_(None), Proposal.subject_user_id != me),
    )
    return [
        Use(one.measure, one.status, one.decided_at or one.made_at, one.case_id, is_proposal=True)
        for one in session.scalars(wanted.order_by(Proposal.id))
        if str(finding.id) in one.findings
    ]


def _measures(session: Session, finding: Finding, rights: Rights) -> list[Use]:
    wanted = (
        select(Measure)
        .join(MeasureFact, MeasureFact.measure_id == Measure.id)
        .join(Case, Case.id == Measure.case_id)
        .where(MeasureFact.finding_id == finding.id, visible_cases(rights))
        .order_by(Measure.id)
    )
    return [
        Use(one.kind, one.state, one.decided_on, one.case_id, is_proposal=False)
        for one in session.scalars(wanted)
    ]
