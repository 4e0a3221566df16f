"""A plan year of all organs, with planted cases of two skins; one case under way, one finished.

The plans of most organs go in by the workbook that an organ would bring in; what was met and
checked since is put beside them. The two cases walk their diagram step by step.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from demo import plan_cases
from demo.acting import Scene
from demo.names import ORGANS
from demo.plan_texts import LOOP, MEETINGS, PAIRS, PARTY_GOAL, REWORDED, UNRELATED
from models import JointPlan, PlanCheckpoint, PlanEvidence, PlanItem, PlanMilestone, Unit
from workflows import imports as workbooks
from workflows import plan_books, plan_lights, plan_records, two_skins
from workflows.access import Rights
from workflows.deadlines import ZONE, day_of
from workflows.plan_lights import Ladder
from workflows.plan_records import SIDES, Dates

ITEMS = 5
RUNNING, FINISHED = 1, 2  # organs whose plan walks the diagram: this year's, last year's
LEFT = 27  # its full-time deputy secretary left, and the post is vacant
ALONE, SINGLE = 0, 99  # in a planted key: a measure of no item; an item added with one skin
LENT = {
    "rule": {"plan_check_months": 3, "plan_review_month": 12, "plan_review_day": 20},
    "days": {"check_items": 5},
}
# What lies apart on purpose: (rule, organ, item). The rules should find these and no others;
# those under HARD a person would call so, and no rule looks for them.
PLANTED: frozenset[tuple[str, int, int]] = frozenset(
    {
        ("one_skin", 3, SINGLE),
        ("one_skin", 11, SINGLE),
        ("one_skin", 18, 2),  # the measure says the goal again
        ("self_loop", 3, ALONE),
        ("self_loop", 9, ALONE),
        ("self_loop", 22, ALONE),
        ("self_loop", 14, 4),  # the goal is an activity of the party
        ("no_party_owner", 27, 1),  # he holds no party post any more
        ("no_party_owner", 8, 3),
        ("no_party_owner", 30, 5),
        ("one_sided_progress", 5, 2),
        ("one_sided_progress", 16, 1),
        ("one_sided_progress", 25, 3),
        ("one_sided_progress", 33, 4),
        ("one_sided_meeting", 6, 1),
        ("one_sided_meeting", 12, 2),
        ("one_sided_meeting", 28, 5),
    }
)
HARD: frozenset[tuple[str, int, int]] = frozenset(
    {
        ("self_loop", 20, 3),  # a measure tied to a goal that it does not serve
        ("one_skin", 35, 1),  # the goal said again in other words
    }
)
# What looks alike and is none: made good soon after, behind once, behind on both sides.
NEAR: frozenset[tuple[str, int, int]] = frozenset(
    {
        ("one_sided_meeting", 10, 1),
        ("one_sided_progress", 13, 2),
        ("one_sided_progress", 19, 3),
    }
)


@dataclass(frozen=True)
class Measured:
    """How the rules did on the planted cases."""

    found: frozenset[tuple[str, int, int]]

    @property
    def right(self) -> int:
        return len(self.found & (PLANTED | HARD))

    @property
    def precision(self) -> float:
        return self.right / len(self.found) if self.found else 1.0

    @property
    def recall(self) -> float:
        return self.right / len(PLANTED | HARD)


def measure(session: Session, rights: Rights, year: int, now: datetime) -> Measured:
    """What the rules find in that year's plans, as planted keys."""
    found = set()
    for one in two_skins.city(session, rights, year, now=now):
        numbers = {item.id: item.number for item in plan_records.live_items(session, one.plan)}
        organ = CODES.index(one.unit.code) + 1
        for hit in one.hits:
            place = numbers.get(hit.item_id or 0, ALONE)
            found.add((hit.rule, organ, SINGLE if place > ITEMS else place))
    return Measured(frozenset(found))


def play(scene: Scene) -> None:
    """Plans stand, were checked and met upon; two cases run."""
    year = day_of(scene.now).year
    plan_cases.finished(scene, FINISHED, year - 1)
    plan_cases.running(scene, RUNNING, year)
    data = workbooks.build([(plan_books.SHEET, list(_lines(year)))])
    report = plan_books.take(scene.session, data, rights=None, now=scene.now, existing=True)
    if not report.is_good:
        raise RuntimeError(f"the demo's plans are faulty: {report.faults[0]}")
    _begin(scene, year)


def _lines(year: int) -> Iterator[list[Any]]:
    for number in range(1, len(ORGANS) + 1):
        if number != RUNNING:
            yield from _organ_lines(number, year)


def _organ_lines(number: int, year: int) -> Iterator[list[Any]]:
    short, organ = ORGANS[number - 1][0], f"A{number:02}"
    for place in range(1, ITEMS + 1):
        goal, measures, indicator = _pair(number, place)
        yield [
            organ, year, place, goal, "；".join(measures), indicator, f"{short}-bz{1 + place % 2}",
            _party_owner(number, place), f"{organ}{1 + place % 4:02}",
            f"{year}-06-30 过半；{year}-10-15 基本完成", date(year, 10 + place % 3, 28),
        ]  # fmt: skip
    if ("one_skin", number, SINGLE) in PLANTED:
        yield [organ, year, ITEMS + 1, "新建信息系统年内验收", "", "验收", f"{short}-bz1",
               f"{short}-jg", f"{organ}01", "", date(year, 11, 30)]  # fmt: skip
    if ("self_loop", number, ALONE) in PLANTED:
        yield [organ, year, None, "", LOOP[number % len(LOOP)], "", "", "", "", "", None]


def _pair(number: int, place: int) -> tuple[str, tuple[str, ...], str]:
    """The goal, its measures and the indicator, spoilt where that is planted."""
    goal, measures, indicator = PAIRS[(number + place) % len(PAIRS)]
    if ("self_loop", number, place) in PLANTED:
        return PARTY_GOAL, measures, "次数"
    if ("one_skin", number, place) in PLANTED:
        return goal, (f"{goal}。",), indicator
    if ("self_loop", number, place) in HARD:
        return goal, (UNRELATED,), indicator
    if ("one_skin", number, place) in HARD:
        return PAIRS[0][0], (REWORDED,), PAIRS[0][2]
    return goal, measures, indicator


def _party_owner(number: int, place: int) -> str:
    """A branch secretary; where that is planted nobody, or one who holds no post any more."""
    short = ORGANS[number - 1][0]
    if ("no_party_owner", number, place) in PLANTED:
        return f"{short}-zf" if number == LEFT else ""
    return f"{short}-zb{1 + place % 4}"


def _begin(scene: Scene, year: int) -> None:
    """The plans are under way since January: met upon, checked so far, the rest is due."""
    session, numbers = scene.session, _numbers(scene)
    today = day_of(scene.now)
    started = min(scene.calendar.roll(date(year, 1, 8)), today)
    by = plan_lights.ladder(session, now=scene.now, calendar=scene.calendar)
    when = plan_records.dates(scene.calendar, year, today, LENT)
    plans = session.scalars(select(JointPlan).where(JointPlan.state == "existing")).all()
    made: list[Any] = []
    for plan in plans:
        plan.deployed_on = plan.decided_on = started
        plan.meeting = "党组会"
        number = numbers[plan.unit_id]
        if not any(key[0] in ("one_skin", "self_loop") for key in PLANTED if key[1] == number):
            plan.state, plan.edition = "running", 1
        for item in plan_records.live_items(session, plan):
            made += _course(scene, item, number, started, when, by)
    session.add_all(made)
    session.flush()
    _no_milestone_after_its_item(session)


def _no_milestone_after_its_item(session: Session) -> None:
    rows = session.execute(
        select(PlanMilestone, PlanItem.due_on)
        .join(PlanItem, PlanItem.id == PlanMilestone.item_id)
        .where(PlanMilestone.due_on > PlanItem.due_on)
    )
    for stone, due in rows.all():
        stone.due_on = due
    session.flush()


def _numbers(scene: Scene) -> dict[int, int]:
    """By the organ's id, its number among the demo's organs."""
    units = scene.session.scalars(select(Unit).where(Unit.code.in_(CODES))).all()
    return {unit.id: CODES.index(unit.code) + 1 for unit in units}


CODES = [f"A{number:02}" for number in range(1, len(ORGANS) + 1)]


def _course(
    scene: Scene, item: PlanItem, number: int, started: date, when: Dates, by: Ladder
) -> list[Any]:
    key = (number, item.number)
    held = _held(started, day_of(scene.now), by)
    states = _states(key)
    item.business_state, item.party_state = states[-1]
    item.behind = sum(1 for one in states[-2:] if {"behind"} & set(one))
    made: list[Any] = [_done(item, stage, 1, started, by) for stage in ("plan", "deploy")]
    for place, (day, state) in enumerate(zip(held, states, strict=True), 1):
        one = _done(item, "check", place, day, by)
        one.business_state, one.party_state = state
        made.append(one)
    left = [day for day in when.checks if day > held[-1]]
    for place, day in enumerate(left, len(held) + 1):
        made.append(_open(item, "check", place, started, by.calendar.add_workdays(day, 5), by))
    made.append(_open(item, "carry_out", 1, started, _carried_by(item, key, held, by), by))
    made.append(_open(item, "assess", 1, started, when.review, by))
    return [*made, *_met(item, key, started, held)]


def _held(started: date, today: date, by: Ladder) -> list[date]:
    """Two checks, evenly between the start and today."""
    third = (today - started) // 3
    return [by.calendar.roll(started + third), by.calendar.roll(started + 2 * third)]


def _states(key: tuple[int, int]) -> list[tuple[str, str]]:
    """How the two sides stood at each check."""
    if ("one_sided_progress", *key) in PLANTED:
        return [("on_track", "behind")] * 2 if key[0] % 2 else [("behind", "on_track")] * 2
    if ("one_sided_progress", *key) in NEAR:
        return [("on_track", "behind"), ("on_track", "on_track")] if key[0] == 13 else [
            ("behind", "behind")
        ] * 2  # fmt: skip
    return [("on_track", "on_track")] * 2


def _carried_by(item: PlanItem, key: tuple[int, int], held: Sequence[date], by: Ladder) -> date:
    """Every seventh item was due some weeks ago and is still open: its light is red."""
    if (key[0] * 3 + key[1]) % 7 == 0:
        item.due_on = max(by.calendar.add_workdays(day_of(by.now), -12), held[0])
    elif (key[0] * 3 + key[1]) % 7 == 3:
        item.due_on = by.calendar.add_workdays(day_of(by.now), 2)
    return item.due_on


def _done(item: PlanItem, stage: str, number: int, day: date, by: Ladder) -> PlanCheckpoint:
    at = by.calendar.end_of_day(day)
    return PlanCheckpoint(
        item_id=item.id, stage=stage, number=number, since=day, due_at=at, light="green",
        done_at=min(at, by.now),
    )  # fmt: skip


def _open(
    item: PlanItem, stage: str, number: int, since: date, until: date, by: Ladder
) -> PlanCheckpoint:
    due = by.calendar.end_of_day(until)
    one = PlanCheckpoint(
        item_id=item.id, stage=stage, number=number, since=since, due_at=due, light="green"
    )
    plan_lights.judge(one, by)
    return one


def _met(
    item: PlanItem, key: tuple[int, int], started: date, held: Sequence[date]
) -> Iterator[PlanEvidence]:
    """A meeting for each stage so far; where planted, one that touched one side alone."""
    for stage, day in (("plan", started), ("deploy", started), ("carry_out", held[0])):
        sides = SIDES["both"]
        if stage == "deploy" and ("one_sided_meeting", *key) in PLANTED | NEAR:
            sides = SIDES["business" if key[0] % 2 == 0 else "party"]
        yield _evidence(item, stage, day, sides)
    if ("one_sided_meeting", *key) in NEAR:
        soon = min(started + timedelta(days=10), held[-1])
        yield _evidence(item, "deploy", soon, SIDES["both"])


def _evidence(item: PlanItem, stage: str, day: date, sides: frozenset[str]) -> PlanEvidence:
    return PlanEvidence(
        item_id=item.id, stage=stage, kind="meeting", held_on=day, text=MEETINGS[stage],
        business="business" in sides, party="party" in sides,
        at=datetime.combine(day, time(17), ZONE),
    )  # fmt: skip
