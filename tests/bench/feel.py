"""What an expression and a decision cost: process time in microseconds, a median of rounds."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import median
from time import process_time

import orjson

from tests.bench.figures import Figure
from workflows.engine.decisions import parse_dmn
from workflows.engine.feel import Expression, evaluate, parse

ROUNDS, TIMES = 9, 2_000
BPMN = Path(__file__).parents[2] / "bpmn"
LIGHT = BPMN / "_decisions" / "light.dmn"
PARAMETERS = orjson.loads((BPMN / "_parameters.json").read_bytes())
CASE: dict[str, object] = {
    "verdict": "approve",
    "light": "yellow",
    "watch": {"urged": False, "ground": None},
    "origin": "interview",
    "ground": "failed",
    "decide_collectively": {"conclusions": [{"kind": "exempt"}, {"kind": "account"}]},
    "meeting": {f"u{n}": {"answer_points": {"recheck": n == 4}} for n in range(5)},
}
CONDITIONS = {
    "FEEL: a verdict": 'verdict = "approve"',
    "FEEL: a light and a path": 'light = "yellow" and not(watch.urged)',
    "FEEL: two memberships": (
        'origin in ("interview", "accountability") '
        'and ground in ("plan_late", "work_late", "failed")'
    ),
    "FEEL: some of a list": (
        'verdict = "approve" and '
        '(some c in decide_collectively.conclusions satisfies c.kind = "account")'
    ),
    "FEEL: some of a collection": (
        "some m in values(meeting) satisfies m.answer_points.recheck = true"
    ),
}
FACTS: dict[str, object] = {
    "days_left": 30,
    "share_left": 90,
    "missed_urges": 0,
    "yellow_count": 0,
    "returns": 0,
    "false_report": False,
    "grade": "normal",
    "floor": None,
}


def run() -> list[Figure]:
    """Each usual condition, reading one, and one answer of the table of lights."""
    figures = [
        Figure(name, _microseconds(partial(evaluate, parse(text), CASE)), "µs")
        for name, text in CONDITIONS.items()
    ]
    longest = max(CONDITIONS.values(), key=len)
    reading = _microseconds(lambda: Expression(longest, unary=False), times=100)
    (light,) = parse_dmn(LIGHT.read_bytes())
    facts = FACTS | _lent()
    return [
        *figures,
        Figure("FEEL: reading the longest of these", reading, "µs"),
        Figure("DMN: one answer of light", _microseconds(lambda: light.decide(facts)), "µs"),
    ]


def _lent() -> dict[str, object]:
    """The figures that a place sets, as expressions read them: `days` and `rule`."""
    lent: dict[str, dict[str, object]] = {"days": {}, "rule": {}}
    for one in PARAMETERS:
        group, _, name = one["key"].partition(".")
        lent[group][name] = one["value"]
    return dict(lent)


def _microseconds(act: Callable[[], object], times: int = TIMES) -> float:
    rounds = []
    for _ in range(ROUNDS):
        began = process_time()
        for _ in range(times):
            act()
        rounds.append((process_time() - began) / times * 1e6)
    return median(rounds)
