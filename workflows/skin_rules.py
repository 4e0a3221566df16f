"""两张皮 as rules: each looks at a plan as it stands and says what lies apart, with the facts.

The rules' figures and sentences stand in bpmn/_two_skins.json; what each looks for stands here.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from difflib import SequenceMatcher
from functools import cache
from pathlib import Path
from typing import Any

FILE = Path(__file__).parents[1] / "bpmn" / "_two_skins.json"
FORWARD, BACK = frozenset({"on_track", "done"}), frozenset({"behind", "blocked"})
SIDES = {"business": ("业务", "business"), "party": ("党建", "party work")}
STAGES = {
    "plan": ("同谋划", "planning"),
    "deploy": ("同部署", "deployment"),
    "carry_out": ("同落实", "carrying out"),
    "check": ("同检查", "check"),
    "assess": ("同考核", "assessment"),
}


@dataclass(frozen=True)
class Rule:
    """One rule: what of a plan it is measured against, its weight, its words."""

    code: str
    weight: int
    of: str  # items, measures, meetings
    article: str
    name: str
    name_en: str
    says: str
    says_en: str
    mend: str
    mend_en: str
    figures: Mapping[str, Any]


@cache
def rules() -> tuple[Rule, ...]:
    """The rules that ship, in the order of the file; their weights make a hundred."""
    return tuple(Rule(**row) for row in json.loads(FILE.read_text(encoding="utf-8")))


@dataclass(frozen=True)
class Measure:
    id: int
    text: str


@dataclass(frozen=True)
class Meeting:
    """A meeting on record, and what it touched."""

    id: int
    stage: str
    day: date
    business: bool
    party: bool


@dataclass(frozen=True)
class Item:
    """An item as the rules look at it; `checks` are (business, party), the oldest first."""

    id: int
    number: int
    goal: str
    measures: Sequence[Measure] = ()
    party_owner: str = ""  # by name; empty: none was named
    owner_left: bool = False  # he holds no party post of the organ any more
    checks: Sequence[tuple[str, str]] = ()
    meetings: Sequence[Meeting] = ()


@dataclass(frozen=True)
class Plan:
    """One organ's plan of a year; `alone` are measures that belong to no item."""

    items: Sequence[Item]
    alone: Sequence[Measure] = ()

    def base(self, of: str) -> int:
        """How many of what a rule is measured against."""
        if of == "items":
            return len(self.items)
        if of == "measures":
            return len(self.alone) + sum(len(item.measures) for item in self.items)
        return sum(len(item.meetings) for item in self.items)


@dataclass(frozen=True)
class Hit:
    """One case of a rule: which item, and the facts that its sentence names."""

    rule: str
    key: str  # what it is about: item:…, measure:…, meeting:…
    item_id: int | None
    facts: Mapping[str, Any] = field(default_factory=dict)


def find(plan: Plan) -> list[Hit]:
    """Every hit of every rule, by rule and item."""
    return [hit for rule in rules() for hit in LOOKS[rule.code](plan, rule.figures)]


def _of_item(rule: str, item: Item, **facts: Any) -> Hit:
    return Hit(
        rule, f"item:{item.id}", item.id, {"number": item.number, "goal": item.goal, **facts}
    )


def _one_skin(plan: Plan, figures: Mapping[str, Any]) -> Iterator[Hit]:
    """A goal with no measure, or with none but the goal said again."""
    for item in plan.items:
        if not item.goal.strip():
            continue
        own = [m for m in item.measures if not _is_alike(m.text, item.goal, figures["similar"])]
        if not own:
            alike = bool(item.measures)
            yield _of_item(
                "one_skin",
                item,
                alike="（所列举措只是重复业务目标）" if alike else "",
                alike_en=" (those listed say the goal again)" if alike else "",
            )


def _is_alike(one: str, other: str, similar: float) -> bool:
    a, b = "".join(one.split()), "".join(other.split())
    return SequenceMatcher(None, a, b).ratio() >= similar


def _self_loop(plan: Plan, figures: Mapping[str, Any]) -> Iterator[Hit]:
    """A measure of no item, or of one whose goal is itself an activity of the party."""
    for measure in plan.alone:
        yield _loop(measure, None, "", "")
    for item in plan.items:
        word = next((word for word in figures["words"] if word in item.goal), None)
        if item.goal.strip() and word is None:
            continue
        why = f"（第{item.number}项的目标“{item.goal}”本身是党务活动）" if word else ""
        why_en = f" (the goal of item {item.number} is itself an activity of the party)"
        for measure in item.measures:
            yield _loop(measure, item, why, why_en if word else "")


def _loop(measure: Measure, item: Item | None, why: str, why_en: str) -> Hit:
    facts = {"measure": measure.text, "why": why, "why_en": why_en}
    return Hit("self_loop", f"measure:{measure.id}", item.id if item else None, facts)


def _no_party_owner(plan: Plan, _: Mapping[str, Any]) -> Iterator[Hit]:
    for item in plan.items:
        if item.goal.strip() and (not item.party_owner or item.owner_left):
            left = item.party_owner if item.owner_left else ""
            yield _of_item(
                "no_party_owner",
                item,
                who=f"（{left}已不在党务岗位）" if left else "",
                who_en=f" ({left} holds no party post any more)" if left else "",
            )


def _one_sided_progress(plan: Plan, figures: Mapping[str, Any]) -> Iterator[Hit]:
    """At the last checks in a row the same side went forward and the other lagged."""
    wanted = int(figures["checks"])
    for item in plan.items:
        last = item.checks[-wanted:]
        if len(last) < wanted:
            continue
        for ahead, behind, at in (("business", "party", 0), ("party", "business", 1)):
            if all(one[at] in FORWARD and one[1 - at] in BACK for one in last):
                yield _of_item(
                    "one_sided_progress",
                    item,
                    checks=wanted,
                    ahead=SIDES[ahead][0],
                    behind=SIDES[behind][0],
                    ahead_en=SIDES[ahead][1],
                    behind_en=SIDES[behind][1],
                )


def _one_sided_meeting(plan: Plan, figures: Mapping[str, Any]) -> Iterator[Hit]:
    """A meeting that touched one side, unless one of the stage soon before or after took both."""
    for item in plan.items:
        for one in item.meetings:
            if one.stage not in figures["stages"] or one.business == one.party:
                continue
            if not any(_makes_good(one, other, int(figures["within"])) for other in item.meetings):
                yield _meeting(item, one, int(figures["within"]))


def _makes_good(one: Meeting, other: Meeting, within: int) -> bool:
    near = other.stage == one.stage and abs((other.day - one.day).days) <= within
    return near and other.business and other.party


def _meeting(item: Item, one: Meeting, within: int) -> Hit:
    side = SIDES["business" if one.business else "party"]
    stage = STAGES[one.stage]
    facts = {
        "number": item.number,
        "goal": item.goal,
        "day": one.day.isoformat(),
        "stage": stage[0],
        "stage_en": stage[1],
        "side": side[0],
        "side_en": side[1],
        "within": within,
    }
    return Hit("one_sided_meeting", f"meeting:{one.id}", item.id, facts)


LOOKS: Mapping[str, Callable[[Plan, Mapping[str, Any]], Iterator[Hit]]] = {
    "one_skin": _one_skin,
    "self_loop": _self_loop,
    "no_party_owner": _no_party_owner,
    "one_sided_progress": _one_sided_progress,
    "one_sided_meeting": _one_sided_meeting,
}
