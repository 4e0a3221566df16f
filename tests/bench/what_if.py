"""What-if: obligations through the decisions, and whole cases through the engine, a second.

The floor of a decision is the table alone, asked with the same names; the floor of a case is its
diagram in memory with answers at hand, no clock to wait for and nothing counted.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from time import perf_counter
from typing import Any

from config import ROOT
from tests.bench.figures import Figure, beside
from workflows import definitions, operations
from workflows.deadlines import Calendar
from workflows.engine import Bundle, Execution, compile_bundle, load_spec, to_feel
from workflows.hosting import calendar_functions
from workflows.what_if import crowd
from workflows.what_if.facts import (
    AnswerFact,
    Common,
    DecidedFact,
    Ladder,
    Organ,
    PersonFact,
    PostFact,
    UnitFact,
)

SINCE = datetime(2025, 3, 2, 16, tzinfo=UTC)
UNTIL = datetime(2026, 3, 2, 16, tzinfo=UTC)
DAY = date(2024, 1, 1)
ORGANS, BRANCHES = {False: 200, True: 20}, 100
PROCESSES = ("supervision", "reminder", "interview", "rectification")
SAID: dict[str, tuple[int, dict[str, Any] | None]] = {
    "decide_reminder": (2, {"form": "letter", "reply_due": "2025-06-20", "request": "请说明"}),
    "reply_reminder": (3, {"reply": "已说明"}),
    "assess_reminder": (1, {"facts_found": "true", "verdict": "corrected", "note": "属实"}),
}
ROUNDS = 5


def run() -> Iterator[Figure]:
    assert operations.names()
    ladder = _ladder()
    for cases, least in ((False, 1_000), (True, 200)):
        name = "whole cases" if cases else "obligations through the decisions"
        common = _common(cases=cases)
        organs = [_organ(number, cases=cases) for number in range(ORGANS[cases])]
        floor = _case_floor(ladder) if cases else _decision_floor(ladder)
        for processes in (1, 2):
            figure = _measure(
                f"what-if: {name}, {processes} process", organs, common, ladder, processes, floor
            )
            yield figure.at_least(least) if processes == 2 else figure


def _measure(
    name: str, organs: list[Organ], common: Common, ladder: Ladder, processes: int, floor: float
) -> Figure:
    """Both ladders are lived through: each fact counts twice."""
    rounds = []
    for _ in range(ROUNDS if processes == 1 else 2):
        begun = perf_counter()
        parts = list(crowd.replayed(organs, common, ladder, ladder, processes=processes))
        spent = perf_counter() - begun
        sides = [side for part in parts for side in part[1:]]
        done = sum(one["cases"] or one["asked"] for one in sides)
        assert done == 2 * len(organs) * BRANCHES
        assert not any(one["stood"] for one in sides)
        rounds.append((done / spent, floor))
    return beside(name, "/s", rounds)


def _ladder() -> Ladder:
    bundles = {name: Bundle.from_folder(ROOT / "bpmn" / name) for name in PROCESSES}
    values = definitions.read_parameters(ROOT / "bpmn" / "_parameters.json")
    figures = {key: entry["value"] for key, entry in values.items()}
    return Ladder(
        {name: compile_bundle(one) for name, one in bundles.items()},
        {name: dict(one.forms) for name, one in bundles.items()},
        {key[5:]: value for key, value in figures.items() if key.startswith("days.")},
        {key[5:]: value for key, value in figures.items() if key.startswith("rule.")},
    )


def _common(*, cases: bool) -> Common:
    answers = {
        node: (AnswerFact(node, 0, 0, days, 600, date(2025, 6, 10), said),)
        for node, (days, said) in SAID.items()
    }
    fate = DecidedFact("reminder", "accepted" if cases else "declined", 1, None)
    return Common(SINCE, UNTIL, {}, {2025: 1, 2026: 1}, answers, {"reminder": (fate,)})


def _organ(number: int, *, cases: bool) -> Organ:
    """An organ with its branches, each with a secretary, each with one duty missed."""
    base = number * 1_000 + 1
    top = UnitFact(base, f"机关{number}", "party_group", f"/{base}/", "work_committee")
    branches = [
        UnitFact(base + n, f"支部{n}", "branch", f"/{base}/{base + n}/", "work_committee")
        for n in range(1, BRANCHES + 1)
    ]
    posts = [PostFact(base + 900, "机关党委书记", "", base, ((base + 901, DAY, None),))]
    posts += [
        PostFact(one.id + 300, "支部书记", "", one.id, ((one.id + 500, DAY, None),))
        for one in branches
    ]
    people = [
        PersonFact(
            one.id + 500, f"书记{one.id}", cadre=True, managed_by="work_committee", unit_id=one.id
        )
        for one in branches
    ]
    days = [SINCE + timedelta(days=30 + n, hours=23, minutes=59) for n in range(BRANCHES)]
    return Organ(
        id=base,
        name=top.name,
        units={one.id: one for one in (top, *branches)},
        people={one.id: one for one in people},
        posts=tuple(posts),
        seats=(),
        overdue=tuple(
            (one.id, int(at.timestamp())) for one, at in zip(branches, days, strict=True)
        ),
    )


def _decision_floor(ladder: Ladder) -> float:
    """The table alone, a second."""
    table = load_spec(ladder.specs["reminder"]).decision("measure_proposal")
    asked = {"ground": "missed_duty", "origin": "duties", "kind": "cadre", "serious": False,
             "reminded_6m": False, "grade": None, "severity": "sign"}  # fmt: skip
    begun = perf_counter()
    for _ in range(2_000):
        table.decide({name: to_feel(value) for name, value in asked.items()})
    return 2_000 / (perf_counter() - begun)


def _case_floor(ladder: Ladder) -> float:
    """The diagram alone, a second: begun, answered three times, ended."""
    spec = load_spec(ladder.specs["reminder"])
    begun = perf_counter()
    for _ in range(200):
        run = Execution.start(
            spec,
            vars={"due": {"reply": "2025-06-20T16:00:00+00:00"}, "subject": {},
                  "days": dict(ladder.days), "rule": dict(ladder.rule)},
            host=Nobody(), now=SINCE,
        )  # fmt: skip
        for _, (_, said) in SAID.items():
            run.complete(run.ready_tasks()[0].id, dict(said or {}))
        assert run.is_finished
    return 200 / (perf_counter() - begun)


class Nobody:
    """A host that does nothing."""

    functions = calendar_functions(Calendar(), SINCE)

    def call(self, operation: str, call: object) -> None: ...
    def decision_inputs(self, decision: str, call: object) -> dict[str, object]:
        return {}

    def decided(self, decision: str, call: object, outcome: object) -> None: ...
