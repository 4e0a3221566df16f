"""Two years of duty records of the demo city: most in time, some late, excused or missed.

How well a unit does differs by organ and by season. What fell due last and was not done is left
to the clock, which finds it missed and proposes what follows.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from demo.town import STORY, Body
from models import DutyRule
from workflows import duties
from workflows.deadlines import Calendar, day_of
from workflows.imports.records import write_period
from workflows.imports.units import KINDS
from workflows.periods import Period, next_period, period_of

BUSY = {1: 0.02, 2: 0.02, 7: 0.015, 8: 0.02, 12: 0.01}  # months in which more is put off
LATE_BECAUSE = ("与业务会议时间冲突", "集中迎检", "参会人数不足改期", "书记外出培训", None, None)
EXCUSED_BECAUSE = ("全员参加抗洪抢险", "机构改革期间", "统一安排合并召开", "驻点集中办公")
FRESH = timedelta(days=45)  # due since then: the clock's to find
Line = list[Any]


@dataclass(frozen=True)
class Setting:
    """What every record is drawn from."""

    rules: Sequence[DutyRule]
    calendar: Calendar
    now: datetime
    random: random.Random

    @property
    def today(self) -> date:
        return day_of(self.now)


def build(bodies: Sequence[Body], setting: Setting) -> list[Line]:
    """The rows of the sheet, rule by rule and period by period."""
    lines: list[Line] = []
    for rule in setting.rules:
        for period in _begun(rule, setting.today):
            due = duties.due_at(rule, period, setting.calendar)
            for body in bodies:
                if _owes(rule, period, body):
                    lines.append(_line(rule, period, body, due, setting))
    return lines


def _begun(rule: DutyRule, today: date) -> Iterator[Period]:
    if rule.rhythm == "term":  # elections are laid down by the unit's own dates
        return
    period = period_of(rule.rhythm, rule.active_from)
    while period.first <= today:
        yield period
        period = next_period(period)


def _owes(rule: DutyRule, period: Period, body: Body) -> bool:
    return (
        KINDS[body.kind] in rule.unit_kind.split()
        and body.members >= rule.min_members
        and (rule.max_members is None or body.members <= rule.max_members)
        and body.formed_on <= period.half
    )


def _line(rule: DutyRule, period: Period, body: Body, due: datetime, setting: Setting) -> Line:
    """The record of one duty for one period."""
    closed = due < setting.now
    last = closed and due > setting.now - FRESH and _is_newest(rule, period, setting)
    waits = body.code in STORY and (last or not closed)
    already = 0.6 if period.last < setting.today else 0.3
    if waits or (not closed and setting.random.random() > already):
        return _waiting(rule, period, body)
    roll = setting.random.random()
    good = body.quality - BUSY.get(period.last.month, 0)
    if roll < good or not closed:
        return _done(rule, period, body, setting)
    if roll < good + (1 - good) * 0.45:
        return _late(rule, period, body, due, setting)
    if roll < good + (1 - good) * 0.6 and rule.generally:
        why = setting.random.choice(EXCUSED_BECAUSE)
        return [body.code, rule.code, write_period(period), None, None, None, "免予", why]
    if last:
        return _waiting(rule, period, body)
    return [body.code, rule.code, write_period(period), None, None, None, "未完成", None]


def _waiting(rule: DutyRule, period: Period, body: Body) -> Line:
    """Still to be done, or for the clock to find missed."""
    return [body.code, rule.code, write_period(period), None, None, None, "待完成", None]


def _is_newest(rule: DutyRule, period: Period, setting: Setting) -> bool:
    """True for the last period of the rule that has fallen due."""
    return duties.due_at(rule, next_period(period), setting.calendar) >= setting.now


def _done(rule: DutyRule, period: Period, body: Body, setting: Setting) -> Line:
    """In time: a working day of the period, towards its end for the yearly ones."""
    last = min(duties.closes_on(rule, period), setting.today)
    first = max(period.first, last - timedelta(days=75))
    span = (last - first).days
    held = first + timedelta(days=setting.random.randint(0, span)) if span > 0 else first
    while not setting.calendar.is_workday(held) and held > first:
        held -= timedelta(days=1)
    return _with_people(rule, period, body, held, ("按时", None), setting)


def _late(rule: DutyRule, period: Period, body: Body, due: datetime, setting: Setting) -> Line:
    held = setting.calendar.add_workdays(day_of(due), setting.random.randint(1, 8))
    if held > setting.today:
        return _done(rule, period, body, setting)
    why = setting.random.choice(LATE_BECAUSE)
    return _with_people(rule, period, body, held, ("逾期", why), setting)


def _with_people(
    rule: DutyRule,
    period: Period,
    body: Body,
    held: date,
    outcome: tuple[str, str | None],
    setting: Setting,
) -> Line:
    present: int | None = None
    expected: int | None = None
    if "attendance" in rule.evidence:
        expected = body.members if body.kind in ("党支部", "机关党委") else 7
        if rule.code == "ZWH":
            expected = 5
        present = expected - setting.random.randint(0, max(1, expected // 6))
    return [body.code, rule.code, write_period(period), held, present, expected, *outcome]
