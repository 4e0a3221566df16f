"""Trials: asked for, waited for by the clock's process, told how far they are, kept.

A trial holds the draft's files as they were when it was asked for: what it says, it says of them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import and_, or_, select, update
from sqlalchemy.orm import Session, undefer

from models import DefinitionDraft, Trial, TrialState, Unit, UnitKind, User
from workflows import audit, calendars, definitions, drafts, parameters, versions
from workflows.access import Rights
from workflows.deadlines import day_of, plus_months
from workflows.errors import Conflict, Invalid, NotFound
from workflows.forms import Fault
from workflows.what_if import ladders
from workflows.what_if.reading import Wanted

OPEN = (TrialState.WAITING, TrialState.RUNNING)
STALE = timedelta(minutes=10)  # a run not heard of for so long was broken off: begun again
MOST_MONTHS = 24
MOST_OPEN = 10
SHOWN = 50
TEST_FAILED = "table-test-failed"


@dataclass(frozen=True)
class Asked:
    """What somebody wants to know; days and figures as they were typed."""

    draft_id: int | None
    since: str
    until: str
    unit_id: int | None = None
    figures: Mapping[str, str] | None = None  # "value:days.urge": "2"


@dataclass(frozen=True)
class Line:
    """A trial in the list."""

    trial: Trial
    by: str
    unit: str
    stopped_by: str
    totals: tuple[Mapping[str, int], Mapping[str, int]] | None = None  # old and new


def ask(session: Session, asked: Asked, *, rights: Rights, now: datetime) -> Trial:
    """The trial waits for the clock. Raises Unfit where the draft would be refused, Invalid for
    what was typed, Conflict where too many wait already."""
    versions.require_admin(rights)
    since, until = _span(asked, now)
    draft = drafts.get(session, asked.draft_id, rights=rights) if asked.draft_id else None
    figures = _figures(session, asked.figures or {}, now=now)
    if draft is None and not figures:
        told = {"draft": Fault("Choose a draft, or change a figure.")}
        raise Invalid("Please mend what is marked.", fields=told)
    if asked.unit_id is not None and session.get(Unit, asked.unit_id) is None:
        raise Invalid("Please mend what is marked.", fields={"unit": Fault("Choose a unit.")})
    if draft is not None:
        _require_fit(draft)
    waiting = session.scalars(select(Trial.id).where(Trial.state.in_(OPEN))).all()
    if len(waiting) >= MOST_OPEN:
        raise Conflict("{count} trials are waiting already.", count=len(waiting))
    trial = Trial(
        process=draft.process if draft else "",
        draft_id=draft.id if draft else None,
        sha256=draft.sha256 if draft else "",
        files=draft.files if draft else b"",
        against={},
        figures=figures,
        since=since,
        until=until,
        unit_id=asked.unit_id,
        state=TrialState.WAITING,
        asked_by=rights.user.id,
        asked_at=now,
    )
    session.add(trial)
    session.flush()
    _record(session, "trial_asked", trial, by=rights.user, now=now)
    return trial


def _require_fit(draft: DefinitionDraft) -> None:
    """Test cases that do not pass stand in no trial's way: what differs is what it shows."""
    found = definitions.faults_of(drafts.bundle_of(draft))
    if faults := [one for one in found if one.rule != TEST_FAILED]:
        raise definitions.Unfit(draft.process, faults)


def _span(asked: Asked, now: datetime) -> tuple[date, date]:
    faults, days = {}, {}
    for name, text in (("since", asked.since), ("until", asked.until)):
        try:
            days[name] = date.fromisoformat(text)
        except ValueError:
            faults[name] = Fault("Please enter a date.")
    if not faults:
        if days["until"] > day_of(now):
            faults["until"] = Fault("What lies ahead has no facts: today at the latest.")
        elif days["since"] > days["until"]:
            faults["until"] = Fault("The end lies before the beginning.")
        elif days["since"] < plus_months(days["until"], -MOST_MONTHS):
            faults["since"] = Fault("At most {months} months.", months=MOST_MONTHS)
    if faults:
        raise Invalid("Please mend what is marked.", fields=faults)
    return days["since"], days["until"]


def _figures(session: Session, typed: Mapping[str, str], *, now: datetime) -> dict[str, Any]:
    """The figures that differ from those in force."""
    if not typed:
        return {}
    values = parameters.newest(session).values
    wanted = {key: values[key] for key in ladders.figures(session, now=now)}
    read = parameters.read(wanted, typed)
    return {
        key: entry["value"] for key, entry in read.items() if entry["value"] != values[key]["value"]
    }


def _record(session: Session, action: str, trial: Trial, *, by: User | None, now: datetime) -> None:
    detail = {"process": trial.process, "sha256": trial.sha256, "figures": trial.figures}
    audit.record(session, actor=by, action=action, subject=trial, now=now, detail=detail)


def get(session: Session, trial_id: int, *, rights: Rights, whole: bool = False) -> Trial:
    """A trial, for process administrators; `whole` with its result."""
    versions.require_admin(rights)
    options = [undefer(Trial.result)] if whole else []
    trial = session.get(Trial, trial_id, options=options)
    if trial is None:
        raise NotFound("There is no such trial.")
    return trial


def line(session: Session, trial: Trial) -> Line:
    """The same with the names of who asked for it, who stopped it, and where."""
    unit = session.get(Unit, trial.unit_id) if trial.unit_id else None
    by = session.get(User, trial.asked_by)
    stopped = session.get(User, trial.stopped_by) if trial.stopped_by else None
    return Line(
        trial,
        by.name if by else "",
        unit.name if unit else "",
        stopped.name if stopped else "",
        (trial.totals["old"], trial.totals["new"]) if trial.totals else None,
    )


def newest(session: Session, *, rights: Rights) -> list[Line]:
    """The last trials, newest first."""
    versions.require_admin(rights)
    rows = session.scalars(select(Trial).order_by(Trial.id.desc()).limit(SHOWN))
    return [line(session, one) for one in rows]


def organs(session: Session) -> Sequence[Unit]:
    """The organs that a trial may be about, in their official order."""
    day_open = Unit.abolished_on.is_(None)
    return session.scalars(
        select(Unit).where(Unit.kind == UnitKind.PARTY_GROUP, day_open).order_by(Unit.code)
    ).all()


def drafts_to_try(session: Session) -> Sequence[DefinitionDraft]:
    """Drafts of the processes that a replay asks."""
    return session.scalars(
        select(DefinitionDraft)
        .where(DefinitionDraft.process.in_(ladders.PROCESSES))
        .order_by(DefinitionDraft.process)
    ).all()


def holds_still(session: Session, trial: Trial) -> bool:
    """Whether the draft is still as it was when it was tried."""
    if trial.draft_id is None:
        return True
    now = session.scalar(select(DefinitionDraft.sha256).where(DefinitionDraft.id == trial.draft_id))
    return now == trial.sha256


def draft_is_there(session: Session, trial: Trial) -> bool:
    return trial.draft_id is not None and (session.get(DefinitionDraft, trial.draft_id) is not None)


def cancel(session: Session, trial_id: int, *, rights: Rights, now: datetime) -> Trial:
    """The trial stops where it is; nothing of it is kept. Conflict where it has ended."""
    trial = get(session, trial_id, rights=rights)
    session.refresh(trial, with_for_update=True)
    if trial.state not in OPEN:
        raise Conflict("This trial has ended already.")
    trial.state, trial.finished_at = TrialState.CANCELLED, now
    trial.stopped_by = rights.user.id
    session.flush()
    _record(session, "trial_cancelled", trial, by=rights.user, now=now)
    return trial


# --- the clock's side -----------------------------------------------------------------------------


@dataclass(frozen=True)
class Work:
    """A trial that this process runs."""

    id: int
    wanted: Wanted
    pair: ladders.Pair


def claim(session: Session, *, now: datetime) -> int | None:
    """The trial that has waited longest is this process's to run; None where none waits."""
    stale = and_(Trial.state == TrialState.RUNNING, Trial.seen_at < now - STALE)
    trial = session.scalars(
        select(Trial)
        .where(or_(Trial.state == TrialState.WAITING, stale))
        .order_by(Trial.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    ).one_or_none()
    if trial is None:
        return None
    trial.state, trial.started_at, trial.seen_at, trial.done = TrialState.RUNNING, now, now, 0
    session.flush()
    return trial.id


def prepare(session: Session, trial_id: int, *, now: datetime) -> Work:
    """What the trial compares, as it is now; against which versions is kept with it."""
    trial = session.get_one(Trial, trial_id, options=[undefer(Trial.files)])
    calendar, pair = calendars.load(session), ladders.pair(session, trial, now=now)
    unit = session.get(Unit, trial.unit_id) if trial.unit_id else None
    trial.against = dict(pair.against)
    session.flush()
    end = min(calendar.end_of_day(trial.until), now)
    wanted = Wanted(calendar.start_of_day(trial.since), end, unit.path if unit else "/")
    return Work(trial.id, wanted, pair)


def tell(session: Session, trial_id: int, done: int, total: int, *, now: datetime) -> bool:
    """How far it is; False where it was cancelled, or somebody else runs it."""
    told = session.execute(
        update(Trial)
        .where(Trial.id == trial_id, Trial.state == TrialState.RUNNING)
        .values(done=done, total=total, seen_at=now, version=Trial.version + 1)
        .returning(Trial.id)
        .execution_options(synchronize_session=False)
    )
    return told.first() is not None


def finish(session: Session, trial_id: int, result: dict[str, Any], *, now: datetime) -> bool:
    """The result is kept; False where it was cancelled meanwhile."""
    sides = {side: result[side]["totals"] for side in ("old", "new")}
    return _end(session, trial_id, TrialState.DONE, now, result=result, totals=sides)


def fail(session: Session, trial_id: int, fault: str, *, now: datetime) -> bool:
    """It broke: why is kept."""
    return _end(session, trial_id, TrialState.FAILED, now, fault=fault[:200])


def _end(session: Session, trial_id: int, state: TrialState, now: datetime, **values: Any) -> bool:
    trial = session.get_one(Trial, trial_id, with_for_update=True, populate_existing=True)
    if trial.state != TrialState.RUNNING:
        return False
    trial.state, trial.finished_at, trial.seen_at = state, now, now
    for name, value in values.items():
        setattr(trial, name, value)
    if state == TrialState.DONE:
        trial.done = trial.total
    session.flush()
    return True
