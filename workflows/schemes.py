"""Assessment schemes: drafted per group and year, checked, published, never edited afterwards."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models import Assessment, Role, Scheme, User
from workflows import audit, scoring
from workflows.access import Rights, require_role
from workflows.errors import Conflict, DomainError, Invalid, NotFound
from workflows.forms import Fault
from workflows.scoring import SchemeFault
from workflows.scoring.scheme import SchemeError
from workflows.year_facts import SOURCES

GROUP = "organs"


class UnfitScheme(DomainError):
    """The checks refuse a scheme; `faults` says where and why."""

    def __init__(self, faults: Sequence[SchemeFault]) -> None:
        said = Fault("The scheme cannot be published: {count} faults.")
        super().__init__(said, count=len(faults))
        self.faults = tuple(faults)


@dataclass(frozen=True)
class Draft:
    group: str
    year: int
    name: str
    content: Mapping[str, Any]


def draft(session: Session, said: Draft, *, rights: Rights, now: datetime) -> Scheme:
    """A new version of the year's scheme, not yet in force."""
    require_role(rights, Role.ASSESSOR)
    _readable(said.year, said.name, said.content)
    last = session.scalar(
        select(func.max(Scheme.number)).where(Scheme.group == said.group, Scheme.year == said.year)
    )
    scheme = Scheme(
        group=said.group,
        year=said.year,
        number=(last or 0) + 1,
        name=said.name.strip(),
        content=dict(said.content),
        status="draft",
        made_by=rights.user.id,
        made_at=now,
    )
    session.add(scheme)
    session.flush()
    _note(session, scheme, "scheme_drafted", rights.user, now)
    return scheme


def change(
    session: Session, scheme_id: int, said: Draft, *, version: int, rights: Rights, now: datetime
) -> Scheme:
    """The draft holds what was said; Conflict where somebody was faster or it is in force."""
    require_role(rights, Role.ASSESSOR)
    scheme = get(session, scheme_id)
    if scheme.status != "draft":
        raise Conflict("A published scheme is not changed; draft a new version.")
    if scheme.version != version:
        raise Conflict("Somebody changed this scheme meanwhile. Please look again.")
    _readable(said.year, said.name, said.content)
    scheme.name, scheme.content = said.name.strip(), dict(said.content)
    session.flush()
    _note(session, scheme, "scheme_changed", rights.user, now)
    return scheme


def _readable(year: int, name: str, content: Mapping[str, Any]) -> scoring.Scheme:
    if not name.strip():
        raise Invalid("Please mend what is marked.", fields={"name": "Please fill this in."})
    try:
        return scoring.read({**content, "year": year, "name": name})
    except SchemeError as error:
        raise Invalid("The scheme cannot be read: {fault}", fault=str(error)) from error


def plan_of(scheme: Scheme) -> scoring.Scheme:
    """The scheme as the scorer reads it."""
    return _readable(scheme.year, scheme.name, scheme.content)


def faults_of(scheme: Scheme) -> list[SchemeFault]:
    """Why the scheme cannot be published; none means that it can."""
    plan = plan_of(scheme)
    unknown = [
        SchemeFault(f"means.{one.code}", "source-unknown", {"source": one.source})
        for one in plan.indicators
        if one.means == "computed" and one.source.partition(":")[0] not in SOURCES
    ]
    return [*scoring.faults_of(plan), *unknown]


def publish(session: Session, scheme: Scheme, *, by: User | None, now: datetime) -> None:
    """The scheme is in force for its year; UnfitScheme with every fault the checks find.

    Mid-year it replaces an earlier version only while no assessment of the year has begun.
    """
    if scheme.status == "published":
        return
    if faults := faults_of(scheme):
        raise UnfitScheme(faults)
    _require_unused(session, scheme)
    for older in session.scalars(
        select(Scheme).where(
            Scheme.group == scheme.group,
            Scheme.year == scheme.year,
            Scheme.status == "published",
        )
    ):
        older.status = "retired"
    scheme.status, scheme.published_at = "published", now
    scheme.published_by = by.id if by else None
    session.flush()
    _note(session, scheme, "scheme_published", by, now)


def _require_unused(session: Session, scheme: Scheme) -> None:
    begun = session.scalar(
        select(Assessment.id).where(
            Assessment.group == scheme.group,
            Assessment.year == scheme.year,
            Assessment.frozen_at.is_not(None),
        )
    )
    if begun is not None:
        raise Conflict("The year's facts are frozen under the scheme in force; change next year's.")


def get(session: Session, scheme_id: int) -> Scheme:
    scheme = session.get(Scheme, scheme_id)
    if scheme is None:
        raise NotFound("There is no such scheme.")
    return scheme


def in_force(session: Session, group: str, year: int) -> Scheme | None:
    """The published scheme of the year."""
    return session.scalar(
        select(Scheme)
        .where(Scheme.group == group, Scheme.year == year, Scheme.status == "published")
        .order_by(Scheme.number.desc())
    )


def all_of(session: Session, group: str = GROUP) -> Sequence[Scheme]:
    """Every version, the newest year and number first."""
    return session.scalars(
        select(Scheme)
        .where(Scheme.group == group)
        .order_by(Scheme.year.desc(), Scheme.number.desc())
    ).all()


def _note(session: Session, scheme: Scheme, action: str, by: User | None, now: datetime) -> None:
    audit.record(
        session,
        actor=by,
        action=action,
        subject=scheme,
        now=now,
        detail={"year": scheme.year, "number": scheme.number, "name": scheme.name},
    )
