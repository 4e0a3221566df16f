"""What the desk tells at a glance: lights, duties missed, refusals, seals. Figures, never contents.

One or two statements each, within the rights of who asks; each figure has its list elsewhere.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from sqlalchemy import case as when
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models import (
    LIGHTS,
    AuditHead,
    AuditLink,
    AuditRow,
    Case,
    Grant,
    Matter,
    Obligation,
    ObligationState,
    ReadRow,
    Role,
    Seat,
    Unit,
    UnitKind,
    User,
)
from workflows.access import READS_CASES, Rights, require_role, visible_cases, within
from workflows.audit import HEAD
from workflows.deadlines import day_of
from workflows.periods import as_number

LATELY = timedelta(days=7)
SOON = timedelta(days=30)
FEW = 8  # lines of a tile
# Who leads or works for the whole of what lies below; a secretary answers for his own unit.
OVERSEES = READS_CASES - {Role.PROCESS_ADMIN}
LEADS = ("党委书记", "工委书记", "工委分管领导")


def oversees(rights: Rights) -> bool:
    """True for who is to see how the organs below stand: leaders, and those who work for them."""
    return rights.has_role(*OVERSEES) or rights.holds(*LEADS)


@dataclass(frozen=True)
class OfOrgan:
    """An organ and a number about it."""

    unit: Unit
    number: int


@dataclass(frozen=True)
class Matters:
    """Open matters that a person may see, by light; and organs with overdue ones, most first."""

    lights: dict[str, int] = field(default_factory=dict)
    overdue: Sequence[OfOrgan] = ()

    @property
    def number(self) -> int:
        return sum(self.lights.values())

    @property
    def number_overdue(self) -> int:
        return sum(one.number for one in self.overdue)


def matters(session: Session, rights: Rights, *, now: datetime) -> Matters:
    """The open matters of the ledger as this person sees it."""
    late = func.sum(when((Matter.due_at < now, 1), else_=0))
    rows = session.execute(
        select(Unit, Matter.light, func.count(), late)
        .join(Matter, Matter.lead_unit_id == Unit.id)
        .join(Case, Case.id == Matter.case_id)
        .where(Case.finished_at.is_(None), visible_cases(rights))
        .group_by(Unit.id, Matter.light)
    ).all()
    lights = dict.fromkeys(LIGHTS, 0)
    overdue: dict[int, OfOrgan] = {}
    for unit, light, number, late_ones in rows:
        lights[light] += number
        if late_ones:
            before = overdue[unit.id].number if unit.id in overdue else 0
            overdue[unit.id] = OfOrgan(unit, before + int(late_ones))
    return Matters(lights, sorted(overdue.values(), key=lambda one: (-one.number, one.unit.code)))


def missed(session: Session, rights: Rights, *, now: datetime) -> tuple[int, list[OfOrgan]]:
    """Duties missed this year below the person, in all and by organ: those that missed most."""
    rows = session.execute(
        select(Unit.path, func.count())
        .join(Obligation, Obligation.unit_id == Unit.id)
        .where(
            Obligation.state == int(ObligationState.MISSED),
            Obligation.period >= as_number(date(day_of(now).year, 1, 1)),
            within(rights.paths()),
        )
        .group_by(Unit.id)
    ).all()
    above: dict[int, int] = {}
    for path, number in rows:
        for one in path.strip("/").split("/"):
            above[int(one)] = above.get(int(one), 0) + number
    organs = session.scalars(
        select(Unit).where(Unit.id.in_(above), Unit.kind == UnitKind.PARTY_GROUP)
    )
    found = [OfOrgan(unit, above[unit.id]) for unit in organs]
    found.sort(key=lambda one: (-one.number, one.unit.code))
    return sum(number for _, number in rows), found[:FEW]


@dataclass(frozen=True)
class Ending:
    """A role that ends soon."""

    grant: Grant
    role: str
    user: str
    unit: str


@dataclass(frozen=True)
class Security:
    """What the security administrator looks at first."""

    refused: Sequence[AuditRow]  # the last refusals to let somebody in
    number_refused: int
    locked: Sequence[User]
    ending: Sequence[Ending]


def security(session: Session, rights: Rights, *, now: datetime) -> Security:
    """Refusals of the last seven days, accounts locked now, roles that end within thirty days."""
    require_role(rights, Role.SECURITY_ADMIN)
    lately = (AuditRow.action == "sign_in_refused", AuditRow.at >= now - LATELY)
    refused = session.execute(
        select(AuditRow, func.count().over()).where(*lately).order_by(AuditRow.at.desc()).limit(FEW)
    ).all()
    locked = session.scalars(
        select(User).where(User.locked_until > now).order_by(User.locked_until.desc())
    ).all()
    today = day_of(now)
    ending = session.execute(
        select(Grant, Seat.role, User.name, Unit.name)
        .join(Seat, Seat.id == Grant.seat_id)
        .join(User, User.id == Grant.user_id)
        .join(Unit, Unit.id == Seat.unit_id)
        .where(Grant.until > today, Grant.until <= today + SOON)
        .order_by(Grant.until, Grant.id)
    ).all()
    number = refused[0][1] if refused else 0
    return Security([row for row, _ in refused], number, locked, [Ending(*row) for row in ending])


@dataclass(frozen=True)
class Trail:
    """How the trail stands, and what was read and refused of late."""

    head: AuditHead | None
    unsealed: int
    verified: AuditRow | None  # the last verification
    refused: int
    reads: int
    most_by_one: int  # reads of the person who read most
    since: date


def trail(session: Session, rights: Rights, *, now: datetime) -> Trail:
    """The seal, the last verification, and the last seven days: refusals, sensitive reads."""
    require_role(rights, Role.AUDIT_ADMIN)
    since = now - LATELY
    unsealed, refused = session.execute(
        select(
            select(func.count(AuditRow.id))
            .outerjoin(AuditLink, AuditLink.audit_id == AuditRow.id)
            .where(AuditLink.seq.is_(None), AuditRow.at >= since)
            .scalar_subquery(),
            select(func.count(AuditRow.id))
            .where(AuditRow.at >= since, AuditRow.outcome == "refused")
            .scalar_subquery(),
        )
    ).one()
    verified = session.scalar(
        select(AuditRow)
        .where(AuditRow.action == "chain_verified")
        .order_by(AuditRow.at.desc(), AuditRow.id.desc())
        .limit(1)
    )
    each = (
        select(func.count().label("number"))
        .where(ReadRow.at >= since)
        .group_by(ReadRow.user_id)
        .subquery()
    )
    reads, most = session.execute(select(func.sum(each.c.number), func.max(each.c.number))).one()
    head = session.get(AuditHead, HEAD, populate_existing=True)
    return Trail(head, unsealed, verified, refused, int(reads or 0), most or 0, day_of(since))
