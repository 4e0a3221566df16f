"""What happens by the clock. Each item is its own transaction; every job may run twice.

With this file's `begin` the clock is an edge, as the web's db.py is: nothing below commits.
"""

import logging
import time
from collections.abc import Callable, Iterable
from contextlib import closing
from datetime import UTC, datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session, sessionmaker
from sqlalchemy.orm.exc import StaleDataError

from models import Case, Matter, Measure, Obligation, PlanCheckpoint, Pulse, Task
from workflows import (
    audit,
    calendars,
    case_moves,
    cases,
    deliveries,
    effects,
    heads,
    lights,
    missed,
    move_plans,
    notices,
    obligations,
    plan_lights,
    rows,
    stuck,
    suspensions,
)
from workflows.deliveries import Letter, Undeliverable, Unreachable
from workflows.errors import kept
from workflows.what_if import crowd, reading, results, trials

logger = logging.getLogger(__name__)
Sessions = sessionmaker[Session]
Post = Callable[[Letter], None]
CHUNK = 1000
TOLD = 1  # seconds between two words on how far a trial is


def wake_cases(sessions: Sessions, *, now: datetime) -> int:
    """Timers due by `now` have fired, case by case."""
    done = 0
    while ids := _ids(sessions, lambda session: cases.due_ids(session, now=now)):
        woken = _each(sessions, ids, lambda session, one: cases.wake(session, one, now=now), now)
        done += woken
        if not woken:  # nothing moves any more: what is left has been put off
            break
    return done


def watch_lights(sessions: Sessions, *, now: datetime) -> int:
    """Lights whose moment has come are judged, even while an urging waits to be written."""
    ids = _ids(sessions, lambda session: lights.due_ids(session, now=now))
    return _each(sessions, ids, lambda session, one: lights.look_again(session, one, now=now), now)


def watch_plans(sessions: Sessions, *, now: datetime) -> int:
    """The lights of what is due of plans are judged, a bunch at a time."""
    done = 0
    while ids := _ids(sessions, lambda session: plan_lights.due_ids(session, now=now)):
        with sessions.begin() as session:
            judged = plan_lights.look_again(session, ids, now=now)
        done += judged
        if not judged:  # somebody else was faster
            break
    return done


def give_notices(sessions: Sessions, *, now: datetime) -> int:
    """到期提示: whoever has a task that is near its due date hears of it."""

    def give(session: Session, task_id: int) -> int:
        return notices.give(session, task_id, calendar=calendars.load(session), now=now)

    ids = _ids(sessions, lambda session: notices.due_task_ids(session, now=now))
    return _each(sessions, ids, give, now)


def lay_down_obligations(sessions: Sessions, *, now: datetime) -> int:
    """Every unit has its obligations for the periods that have begun."""
    with sessions.begin() as session:
        return obligations.generate_due(session, now)


def settle_missed(sessions: Sessions, *, now: datetime) -> int:
    """Obligations past due are missed, each with its finding; the rule proposes what follows."""
    settled = 0
    while True:
        with sessions.begin() as session:
            batch = obligations.settle_missed(session, now=now, limit=CHUNK)
            missed.propose(session, batch, now=now)
        settled += len(batch)
        if len(batch) < CHUNK:
            return settled


def end_suspensions(sessions: Sessions, *, now: datetime) -> int:
    """Suspended cases go on when the last day that was named is over."""
    ids = _ids(sessions, lambda session: suspensions.ended_ids(session, now=now))
    return _each(sessions, ids, lambda session, one: suspensions.end(session, one, now=now), now)


def end_effects(sessions: Sessions, *, now: datetime) -> int:
    """期满: measures whose effect period is over are expired, and it is said."""
    ids = _ids(sessions, lambda session: effects.ended_ids(session, now=now))
    return _each(sessions, ids, lambda session, one: effects.end(session, one, now=now), now)


def move_cases(sessions: Sessions, *, now: datetime) -> int:
    """Plans that are under way have gone on: each case tried, moved, looked over, or moved back."""
    return sum(_move_cases(sessions, one, now) for one in _ids(sessions, move_plans.under_way))


def _move_cases(sessions: Sessions, plan_id: int, now: datetime) -> int:
    done = _try_cases(sessions, plan_id, now)
    while True:
        ids = _ids(sessions, lambda session: move_plans.next_moves(session, plan_id))
        turned = sum(_turn_of(sessions, one, now) for one in ids)
        done += turned
        if ids and not turned:  # somebody is faster all the time, or the database is away
            return done
        if not ids:
            with sessions.begin() as session:
                if not move_plans.close(session, plan_id, now=now):
                    return done


def _try_cases(sessions: Sessions, plan_id: int, now: datetime) -> int:
    tried = 0
    while True:
        with sessions.begin() as session:
            some = move_plans.examine_some(session, plan_id, now=now)
        tried += some
        if not some:
            return tried


def _turn_of(sessions: Sessions, move_id: int, now: datetime) -> int:
    """One case is wholly as before or wholly moved, in its own transaction."""
    try:
        with sessions.begin() as session:
            return move_plans.step(session, move_id, now=now)
    except (StaleDataError, OperationalError):  # its turn comes again at the next pulse
        logger.info("a case waits for its next turn to move: %s", move_id, exc_info=True)
        return 0
    except Exception as error:  # one case must not keep the others
        logger.exception("a case did not move: %s", move_id)
        with sessions.begin() as session:
            case_moves.fail(session, move_id, error)
        return 1


def send_head(sessions: Sessions, *, now: datetime) -> int:
    """The audit admins hold where the trail ended today."""
    with sessions.begin() as session:
        return heads.send(session, now=now)


def deliver(sessions: Sessions, *, now: datetime, post: Post | None) -> int:
    """Mail that is due has left; with no `post` all news stays in the app. How many left.

    Each letter: claimed, committed; sent, outside any transaction; marked, committed.
    """
    ids = _ids(sessions, lambda session: deliveries.due_ids(session, now=now))
    return sum(_deliver(sessions, one, post, now) for one in ids)


def _deliver(sessions: Sessions, one: int, post: Post | None, now: datetime) -> int:
    with sessions.begin() as session:
        letter = deliveries.claim(session, one, by_mail=post is not None, now=now)
    if letter is None or post is None:
        return 0
    try:
        post(letter)
    except Undeliverable as fault:
        with sessions.begin() as session:
            deliveries.mark_failed(session, letter, fault, now=now)
        return 0
    except Unreachable:
        with sessions.begin() as session:
            deliveries.release(session, letter)
        raise  # the others wait as well
    with sessions.begin() as session:
        deliveries.mark_sent(session, letter, now=now)
    return 1


def seal_audit(sessions: Sessions, *, now: datetime) -> int:
    """The rows written since the last time are chained."""
    with sessions.begin() as session:
        return audit.seal(session, now=now)


def run_trials(sessions: Sessions, *, now: datetime) -> int:
    """What-if trials that wait have run, one after the other; how many came to their end."""
    begun, done = time.monotonic(), 0
    while True:
        at = now + timedelta(seconds=time.monotonic() - begun)
        with sessions.begin() as session:
            trial_id = trials.claim(session, now=at)
        if trial_id is None:
            return done
        try:
            done += _run_trial(sessions, trial_id, at)
        except Exception as error:  # the next one may be well
            logger.exception("a trial failed: %s", trial_id)
            with sessions.begin() as session:
                trials.fail(session, trial_id, kept(error, 200), now=at)


def _run_trial(sessions: Sessions, trial_id: int, now: datetime) -> bool:
    """The facts are read at once; then nothing of the database is held but to tell how far."""
    with sessions.begin() as session:
        work = trials.prepare(session, trial_id, now=now)
    with sessions() as session:
        common, organs = reading.read(session, work.wanted)
    total, done, parts, begun = sum(one.weight for one in organs), 0, [], time.monotonic()
    told = begun - TOLD
    coming = crowd.replayed(organs, common, work.pair.old, work.pair.new)
    with closing(coming):
        for part in coming:
            parts.append(part)
            done += part[0]
            if time.monotonic() - told < TOLD and done < total:
                continue
            told = time.monotonic()
            at = now + timedelta(seconds=told - begun)
            with sessions.begin() as session:
                if not trials.tell(session, work.id, done, total, now=at):
                    return False
            beat(sessions, "run_trials", now=at)
    at = now + timedelta(seconds=time.monotonic() - begun)
    with sessions.begin() as session:
        made = results.made(session, parts, organs, now=at)
        return trials.finish(session, work.id, made, now=at)


def look_for_stuck(sessions: Sessions, *, now: datetime) -> int:
    """Cases that run and wait for nothing, and steps that wait for nobody, are found and told."""
    with sessions.begin() as session:
        return stuck.look(session, now=now)


EVERY: tuple[tuple[Callable[..., int], timedelta], ...] = (
    (wake_cases, timedelta(seconds=15)),
    (watch_lights, timedelta(minutes=1)),
    (watch_plans, timedelta(minutes=5)),
    (settle_missed, timedelta(minutes=5)),
    (lay_down_obligations, timedelta(hours=1)),
    (give_notices, timedelta(minutes=1)),
    (end_suspensions, timedelta(minutes=5)),
    (end_effects, timedelta(minutes=30)),
    (move_cases, timedelta(seconds=5)),
    (look_for_stuck, timedelta(minutes=10)),
    (seal_audit, timedelta(seconds=30)),
    (send_head, timedelta(minutes=30)),
    (deliver, timedelta(seconds=10)),
    (run_trials, timedelta(seconds=3)),
)
# In this order at one instant: a timer that fires may open the task that a notice tells of.
TICK = (
    lay_down_obligations,
    settle_missed,
    end_suspensions,
    wake_cases,
    watch_lights,
    watch_plans,
    end_effects,
    move_cases,
    give_notices,
    seal_audit,
)


def tick(sessions: Sessions, *, now: datetime) -> dict[str, int]:
    """Everything that is due at this instant has been done; how much of each."""
    done = {job.__name__: job(sessions, now=now) for job in TICK}
    beat(sessions, "tick", now=now)
    return done


def beat(sessions: Sessions, name: str, *, now: datetime, fault: str | None = None) -> None:
    """The job ran at this moment, well or not; the sentence of a fault stays to be read."""
    with sessions.begin() as session:
        pulse = session.get(Pulse, name) or _first_pulse(session, name, now)
        pulse.at = now
        pulse.failures = pulse.failures + 1 if fault else 0
        if fault:
            pulse.fault, pulse.failed_at = fault[:500], now


def _first_pulse(session: Session, name: str, now: datetime) -> Pulse:
    """Of two clocks that start together one stores the row."""
    rows.once(session, Pulse, {"name": name, "at": now, "seconds": 0, "failures": 0})
    return session.get_one(Pulse, name)


def keep_offset(sessions: Sessions, offset: timedelta, *, now: datetime) -> None:
    """The demo's clock goes on from here after a restart."""
    with sessions.begin() as session:
        session.merge(Pulse(name="demo_offset", at=now, seconds=int(offset.total_seconds())))


def next_instant(session: Session, *, after: datetime, until: datetime) -> datetime | None:
    """The next moment at which something is due; none before `until`."""
    moments = [
        session.scalar(select(func.min(column)).where(column > after, column <= until))
        for column in (Case.wake_at, Matter.watch_at, PlanCheckpoint.watch_at, Task.notice_at)
    ]
    due = session.scalar(
        select(func.min(Obligation.due_at)).where(
            Obligation.state == 0,
            Obligation.due_at > int(after.timestamp()),
            Obligation.due_at <= int(until.timestamp()),
        )
    )
    if due is not None:
        moments.append(datetime.fromtimestamp(due, UTC) + timedelta(seconds=1))
    ends = session.scalar(select(func.min(Measure.effect_until)).where(Measure.state == "executed"))
    if ends is not None:
        moments.append(calendars.load(session).start_of_day(ends + timedelta(days=1)))
    found = [one for one in moments if one is not None and after < one <= until]
    return min(found) if found else None


def run_until(sessions: Sessions, *, since: datetime, until: datetime) -> int:
    """The clock has gone forward through every due instant in order; how many there were.

    A ladder skips no rung because the clock jumped (engine.md §11).
    """
    instants = 0
    now = since
    while now < until:
        with sessions() as session:
            due = next_instant(session, after=now, until=until)
        now = due or until
        tick(sessions, now=now)
        instants += 1
    return instants


def _ids(sessions: Sessions, ask: Callable[[Session], Iterable[int]]) -> list[int]:
    with sessions() as session:
        return list(ask(session))


def _each(
    sessions: Sessions, ids: Iterable[int], act: Callable[[Session, int], int], now: datetime
) -> int:
    done = 0
    for one in ids:
        try:
            with sessions.begin() as session:
                done += act(session, one)
        except StaleDataError:  # what is still due is found at the next pulse
            logger.info("somebody was faster at an item: %s", one)
        except OperationalError:  # the database is away or full: no fault of the item
            logger.warning("an item waits for the next pulse: %s", one, exc_info=True)
        except Exception as error:  # one bad item must not silence the others
            logger.exception("an item failed: %s", one)
            _note_failure(sessions, one, error, now)
    return done


def _note_failure(sessions: Sessions, one: int, error: Exception, now: datetime) -> None:
    """A case that could not be woken is put off and shows its fault; anything else is logged."""
    with sessions.begin() as session:
        if session.get(Case, one) is not None:
            cases.put_off(session, one, fault=kept(error, 2000), now=now)
