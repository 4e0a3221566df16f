"""How the system itself runs: the clock's jobs, the outbox, what stands still, the last backup."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models import Case, CaseStatus, Definition, Pulse, Role, Schedule, Unit
from models.database import describe
from workflows import access, audit, cases, deliveries, stuck
from workflows.access import Rights
from workflows.deliveries import Outbox
from workflows.errors import Conflict
from workflows.jobs import EVERY

SILENCE = timedelta(minutes=5)  # of the whole clock, or of a job beyond three of its intervals
UNSENT = timedelta(hours=1)
TIMER_LATE = timedelta(minutes=15)  # a timer that should have gone off
BACKUP_AGE = timedelta(hours=26)
BACKUP = "backup"
MOST_MAILS = 1000
# What failed waits for its next attempt: the small index of waiting cases finds it.
FAILED = (Case.wake_at.is_not(None), Case.status == CaseStatus.FAILED)


def require_operator(rights: Rights) -> None:
    access.require_role(rights, Role.SYSTEM_ADMIN)


@dataclass(frozen=True)
class Job:
    """One job of the clock as the operator sees it."""

    name: str
    every: timedelta
    pulse: Pulse | None

    def is_late(self, now: datetime) -> bool:
        return self.pulse is None or now - self.pulse.at > 3 * self.every + SILENCE

    @property
    def next_at(self) -> datetime | None:
        return self.pulse.at + self.every if self.pulse else None


def jobs(session: Session) -> list[Job]:
    """Each job with its last run; none: it never ran here."""
    return _jobs(_pulses(session))


def _pulses(session: Session) -> dict[str, Pulse]:
    """The last runs of the jobs, and what the search for stuck cases found, by name."""
    names = [*(job.__name__ for job, _every in EVERY), stuck.FINDING]
    found = session.scalars(select(Pulse).where(Pulse.name.in_(names)))
    return {pulse.name: pulse for pulse in found}


def _jobs(pulses: Mapping[str, Pulse]) -> list[Job]:
    return [Job(job.__name__, every, pulses.get(job.__name__)) for job, every in EVERY]


def troubles(session: Session, *, now: datetime, outbox: Outbox | None = None) -> list[str]:
    """The parts that do not do their work, by name; none: all is well. `outbox`: as just read."""
    pulses = _pulses(session)
    oldest, _ = stuck.overdue(session, now=now)
    parts = {
        "schema": describe(session.connection()).is_current,
        "clock": _ticks(_jobs(pulses), now),
        "timers": not _is_behind(oldest, now),
        "cases": not (stuck.FINDING in pulses and pulses[stuck.FINDING].seconds),
        "outbox": _leaves(outbox or deliveries.outbox(session, now=now), now),
    }
    return [name for name, well in parts.items() if not well]


@dataclass(frozen=True)
class Clock:
    """How the clock does: when it was heard last, and what it should have set off by now."""

    heard: datetime | None
    oldest_overdue: datetime | None
    overdue: int

    def is_behind(self, now: datetime) -> bool:
        return _is_behind(self.oldest_overdue, now)


def _is_behind(oldest_overdue: datetime | None, now: datetime) -> bool:
    return oldest_overdue is not None and now - oldest_overdue > TIMER_LATE


def clock(session: Session, *, now: datetime) -> Clock:
    """The latest pulse and the oldest overdue timer."""
    names = [job.__name__ for job, _every in EVERY]
    return Clock(stuck.heard(session, names), *stuck.overdue(session, now=now))


def _ticks(jobs: Sequence[Job], now: datetime) -> bool:
    """The clock was heard of lately and no job hangs; one that never ran is just starting."""
    run = [job for job in jobs if job.pulse is not None]
    heard = any(job.pulse and now - job.pulse.at <= SILENCE for job in run)
    return heard and not any(job.is_late(now) for job in run)


def _leaves(outbox: Outbox, now: datetime) -> bool:
    oldest = outbox.oldest_due
    return oldest is None or now - oldest <= UNSENT


def schedules(session: Session) -> Sequence[Schedule]:
    return session.scalars(select(Schedule).order_by(Schedule.name)).all()


@dataclass(frozen=True)
class Standing:
    """A case that stands still, told without what it is about."""

    case: Case
    process: str
    unit: str


def standing_still(session: Session, *, limit: int = 100) -> list[Standing]:
    """Cases whose automatic step failed, the longest ago first."""
    rows = session.execute(
        select(Case, Definition.name, Unit.name)
        .join(Definition, Definition.id == Case.definition_id)
        .join(Unit, Unit.id == Case.unit_id)
        .where(*FAILED)
        .order_by(Case.attempts.desc(), Case.id)
        .limit(limit)
    )
    return [Standing(case, process, unit) for case, process, unit in rows]


def count_standing(session: Session) -> int:
    return session.scalar(select(func.count(Case.id)).where(*FAILED)) or 0


def try_again(session: Session, case_id: int, *, rights: Rights, now: datetime) -> Case:
    """A case whose automatic step failed is due now, not at its next attempt."""
    require_operator(rights)
    case = cases.take(session, case_id)
    if case.status != CaseStatus.FAILED:
        raise Conflict("This case does not stand still any more.")
    case.wake_at = now
    session.flush()
    audit.record(
        session,
        actor=rights.user,
        action="case_retried",
        subject=case,
        now=now,
        case_id=case.id,
        unit_id=case.unit_id,
        detail={"reason": case.fault or ""},
    )
    return case


def send_again(session: Session, *, rights: Rights, now: datetime, one: int | None = None) -> int:
    """A mail that was given up is due again, or all of them; how many."""
    require_operator(rights)
    if one is not None:
        deliveries.retry(session, one, by=rights.user, now=now)
        return 1
    ids = [row.id for row, _user in deliveries.given_up(session, limit=MOST_MAILS)]
    for row_id in ids:
        deliveries.retry(session, row_id, by=rights.user, now=now)
    return len(ids)


def last_backup(session: Session) -> Pulse | None:
    """When the last backup was made, and how many bytes it has."""
    return session.get(Pulse, BACKUP)


def is_backup_old(pulse: Pulse | None, now: datetime) -> bool:
    return pulse is None or now - pulse.at > BACKUP_AGE
