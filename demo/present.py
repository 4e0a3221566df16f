"""What is under way in the demo city today, so that everybody who signs in finds his part in it."""

from datetime import datetime

from sqlalchemy import select

from demo import errands, inspections, polls
from demo.acting import Scene
from demo.inquiries import appealed, entered, executed, started
from demo.ladder import (
    Acts,
    Climb,
    branches,
    escalated,
    facts_of,
    letter,
    mended,
    minuted,
    missed_by,
    planned,
    rectified,
    reminded,
)
from demo.stories import Story, ago, before_long, do, tell
from models import Acknowledgement, Case, User
from workflows import documents

PROPOSED = (2, 3, 7, 8, 13, 14)  # organs whose secretary has a proposal to decide
PROCESSES = ("supervision", "reminder", "interview", "accountability", "appeal")


def play(scene: Scene) -> None:
    """Matters, reminders, talks, inquiries and an appeal stand where people find them today."""
    others = [*errands.stories(scene), *_reminders(scene), *_ladders(scene), _days(scene)]
    tell(scene, [*others, *polls.stories(scene), *inspections.stories(scene)])


def _reminders(scene: Scene) -> list[Story]:
    return [
        _to_decide(scene, branches(9, 10)),
        _to_answer(scene, branches(1, 2)),
        _to_assess(scene, branches(9, 10)[1:]),
        _answered(scene, branches(1, 2)[1:]),
        _to_talk(scene, branches(2, 3)),
        *(_proposed(scene, branches(organ, organ % 36 + 1)) for organ in PROPOSED),
    ]


def _ladders(scene: Scene) -> list[Story]:
    """Each rung of the ladder with somebody on it."""
    inquired = Climb(5, 44, ("ducha1", "ducha2"))
    in_force, contested = Climb(14, 64), Climb(20, 72)
    return [
        escalated(scene, Climb(4, 10, of_branch=True)),
        planned(scene, Climb(10, 11, of_branch=True)),
        planned(scene, Climb(16, 11)),
        minuted(scene, Climb(22, 17)),
        rectified(scene, Climb(11, 26)),
        entered(scene, Climb(21, 27, answers="dz")),
        started(scene, inquired),
        executed(scene, in_force),
        appealed(scene, contested),
        *(mended(scene, one) for one in (inquired, in_force, contested)),
    ]


def _days(scene: Scene) -> Story:
    """Each morning the clock looks for what fell due and was not done, and papers are read."""
    for number in range(80, 0, -1):
        at = ago(scene, number).replace(hour=0, minute=30)
        yield at
        if number > 3:
            _read(scene, at)


def _read(scene: Scene, at: datetime) -> None:
    """What was served by then is read by whom it was served on."""
    rows = scene.session.scalars(
        select(Acknowledgement)
        .join(Case, Case.id == Acknowledgement.case_id)
        .where(Acknowledgement.read_at.is_(None), Case.process.in_(PROCESSES))
    )
    for row in rows.all():
        reader = scene.session.get_one(User, row.user_id)
        documents.mark_read(scene.session, row.id, user=reader, now=at)


def _to_decide(scene: Scene, units: list[str]) -> Story:
    yield from reminded(scene, units, 2)


def _proposed(scene: Scene, units: list[str]) -> Story:
    at = ago(scene, 1)
    yield at
    missed_by(scene, units, at)


def _to_answer(scene: Scene, units: list[str]) -> Story:
    case = yield from reminded(scene, units, 4)
    at = ago(scene, 2)
    yield at
    letter(scene, case, at, before_long(scene, 3))


def _to_assess(scene: Scene, units: list[str]) -> Story:
    yield from _replied(scene, units, 8)


def _replied(scene: Scene, units: list[str], begun: int) -> Acts:
    case = yield from reminded(scene, units, begun)
    at = ago(scene, begun - 2)
    yield at
    letter(scene, case, at, before_long(scene, 7 - begun))
    at = ago(scene, begun - 4)
    yield at
    said = {
        "facts_true": "yes",
        "explanation": "支部书记外出培训，会议改期后未及时补开。",
        "correction": "已于本周补开，并安排副书记负责日常提醒。",
    }
    do(scene, case, "reply_reminder", at, signed=True, **said)
    return case


def _answered(scene: Scene, units: list[str]) -> Story:
    """Answered, put right, closed."""
    case = yield from _replied(scene, units, 15)
    at = ago(scene, 10)
    yield at
    note = "已补开会议，台账齐全。"
    do(scene, case, "assess_reminder", at, facts_found="true", verdict="corrected", note=note)


def _to_talk(scene: Scene, units: list[str]) -> Story:
    """提醒谈话 was chosen and is to be held."""
    case = yield from reminded(scene, units, 5)
    at = ago(scene, 3)
    yield at

    said = {
        "form": "talk",
        "ground": "支部党员大会未按期召开。",
        "basis": ["discipline_21"],
        "facts": facts_of(scene, case, at),
        "request": "说明情况，限期补开。",
    }
    do(scene, case, "decide_reminder", at, **said)
