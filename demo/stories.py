"""How the demo's cases are told side by side, in the order of time, the clock between the acts.

A story is a generator: it yields the moment at which it goes on, and acts once it is that moment.
"""

from collections.abc import Generator, Iterable
from datetime import datetime, timedelta
from heapq import heapify, heappop, heappush
from typing import Any

from sqlalchemy import or_, select

from demo.acting import Scene
from models import Case, Matter, Task
from workflows import cases, lights, missed, obligations
from workflows.deadlines import day_of

Story = Generator[datetime, None, Any]
OFFICE, MINUTE = timedelta(hours=9), timedelta(minutes=1)


def tell(scene: Scene, stories: Iterable[Story]) -> None:
    """All stories are told up to now, whichever is next going on first."""
    waiting = [(next(story), number, story) for number, story in enumerate(stories)]
    heapify(waiting)
    while waiting:
        at, number, story = heappop(waiting)
        if at >= scene.now:
            continue
        clock(scene, at)
        try:
            heappush(waiting, (next(story), number, story))
        except StopIteration:
            continue
    clock(scene, scene.now)


def clock(scene: Scene, until: datetime) -> None:
    """What the clock has done by then: duties found missed, timers fired, lights judged."""
    settled = obligations.settle_missed(scene.session, now=until)
    missed.propose(scene.session, settled, now=until)
    while (due := _next(scene, until)) is not None:
        case_id, at = due
        if not cases.wake(scene.session, case_id, now=at):
            lights.look_again(scene.session, case_id, now=at)


def _next(scene: Scene, until: datetime) -> tuple[int, datetime] | None:
    """The case whose timer or light is due first, and when."""
    rows = scene.session.execute(
        select(Case.id, Case.wake_at, Matter.watch_at)
        .outerjoin(Matter, Matter.case_id == Case.id)
        .where(
            or_(Case.wake_at <= until, Matter.watch_at <= until),
            Case.status.in_(cases.MOVING),
        )
    )
    due = [(min(at for at in moments if at is not None), one) for one, *moments in rows]
    return (min(due)[1], min(due)[0]) if due else None


def ago(scene: Scene, workdays: float) -> datetime:
    """Office hours so many working days before today; the fraction says how late on that day.

    Today is left out: none ago is the next working day.
    """
    whole = int(-(-workdays // 1))
    number = -whole if whole > 0 else 1 - whole
    day = scene.calendar.add_workdays(day_of(scene.now), number)
    minutes = int((whole - workdays) * 7 * 60) + scene.random.randrange(30)
    return scene.calendar.start_of_day(day) + OFFICE + minutes * MINUTE


def before_long(scene: Scene, workdays: int) -> str:
    """The day so many working days after today, as forms write it; negative: before."""
    return scene.calendar.add_workdays(day_of(scene.now), workdays).isoformat()


def do(scene: Scene, case: Case, node: str, at: datetime, /, **said: Any) -> Task:
    """The case's step is done by the person it waits for; `by`: by that one; `signed`: his name."""
    task = scene.open_task(case, node, said.pop("item", None))
    login = said.pop("by", "")
    if said.pop("signed", False):
        who = scene.user(login) if login else scene.awaited(task, at)
        said["signature"] = who.name
    scene.do(task, at, said, by=login)
    return task
