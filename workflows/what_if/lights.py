"""A matter's light through its days, judged by a ladder's own table from the dates on record."""

from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from typing import Any

from models import LIGHTS
from workflows.deadlines import day_of, plus_months
from workflows.what_if.cases import World
from workflows.what_if.facts import MatterFact

SECOND = timedelta(seconds=1)
Turn = tuple[datetime, str, str]  # when, from, to


class Watch:
    """One matter under one ladder: the same questions at the same moments as `lights` asks."""

    def __init__(self, matter: MatterFact, world: World, count_reds: Callable[[date], int]) -> None:
        self._matter, self._world, self._calendar = matter, world, world.calendar
        self._count_reds = count_reds
        self._light = LIGHTS[0]
        self._red_since = date.min
        self._yellows = 0
        self._proposed: set[str] = set()

    def moments(self, until: datetime) -> list[datetime]:
        """Each working day's start and the second after each date that can be missed."""
        matter = self._matter
        end = min(matter.ended_at or until, until)
        days, day = [], day_of(matter.begun)
        while day <= day_of(end):
            if self._calendar.is_workday(day):
                days.append(self._calendar.start_of_day(day))
            day += timedelta(days=1)
        ends = [due + SECOND for _, due, _ in matter.targets]
        ends += [self._calendar.end_of_day(new) + SECOND for _, new in matter.urgings]
        facts = [matter.begun, *matter.returned, *(known for known, _, _ in matter.targets)]
        facts += [one for one in (matter.false_at, matter.cleared_at) if one is not None]
        every = {*days, *ends, *facts}
        return sorted(one for one in every if matter.begun <= one <= end)

    def at(self, now: datetime) -> Iterator[Turn | str]:
        """The light's turn at that moment, and the ground it gives rise to, each once."""
        if self._stands_still(now) and not self._is_false(now):
            return
        turned = self._judge(now)
        if turned is not None:
            yield turned
        ground = self._ground(now)
        if ground is not None:
            self._proposed.add(ground)
            yield ground

    def _stands_still(self, now: datetime) -> bool:
        return any(start <= now and (end is None or now < end) for start, end in self._matter.still)

    def _is_false(self, now: datetime) -> bool:
        matter = self._matter
        said = matter.false_at is not None and matter.false_at <= now
        return said and not (matter.cleared_at is not None and matter.cleared_at <= now)

    def _judge(self, now: datetime) -> Turn | None:
        table = self._world.specs["supervision"].decision("light")
        ruled = table.decide({**self._variables(), **self.inputs(now)})
        value: Any = ruled.value
        light = str(value["light"] if isinstance(value, dict) else value)
        if not self._may_fall(now):
            light = max(light, self._light, key=LIGHTS.index)
        if light == self._light:
            return None
        before, self._light = self._light, light
        if light == "yellow" and LIGHTS.index(before) < LIGHTS.index(light):
            self._yellows += 1
        if light == LIGHTS[-1]:
            self._red_since = day_of(now)
        return now, before, light

    def _variables(self) -> dict[str, Any]:
        return {"days": dict(self._world.days), "rule": dict(self._world.rule)}

    def _may_fall(self, now: datetime) -> bool:
        known = [one for one, _, _ in self._matter.targets[1:]]
        return now in known or now == self._matter.cleared_at

    def inputs(self, now: datetime) -> dict[str, Any]:
        """The table's inputs at that moment, as the record has them."""
        matter = self._matter
        left, total = self._days(now)
        return {
            "days_left": left,
            "share_left": round(100 * max(left, 0) / total) if total > 0 else 0,
            "missed_urges": sum(
                at <= now and now > self._calendar.end_of_day(new) for at, new in matter.urgings
            ),
            "yellow_count": self._yellows,
            "returns": sum(one <= now for one in matter.returned),
            "false_report": self._is_false(now),
            "grade": matter.grade,
            "floor": matter.floor,
        }

    def _days(self, now: datetime) -> tuple[int, int]:
        since, target = self._matter.since, None
        for known, due, anew in self._matter.targets:
            if known <= now:
                target, since = due, day_of(known) if anew else since
        if target is None:
            return 0, 0
        left = self._calendar.workdays_between(day_of(now), day_of(target))
        total = self._calendar.workdays_between(since, day_of(target))
        return (min(left, -1) if now > target else left), total

    def _ground(self, now: datetime) -> str | None:
        if self._is_false(now) and "false_report" not in self._proposed:
            return "false_report"
        if self._light != LIGHTS[-1]:
            return None
        if "unit_reds" not in self._proposed:
            months = int(self._world.rule["unit_reds_months"])
            since = plus_months(day_of(now), -months)
            if self._count_reds(since) >= int(self._world.rule["unit_reds"]):
                return "unit_reds"
        days = int(self._world.days["red_over"]) + 1
        over = self._calendar.start_of_day(self._calendar.add_workdays(self._red_since, days))
        return "red_over" if "red_over" not in self._proposed and over <= now else None


def is_red(turn: Turn) -> bool:
    return turn[2] == LIGHTS[-1]
