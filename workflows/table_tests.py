"""Test cases of decision tables: kept with the process (tests/<decision>.json), run on publish.

    {"tests": [{"name": "…", "inputs": {"days_left": -1, "days.red_after": 5}, "expected": {…}}]}

Inputs go by the names that the table asks for (engine/decisions/questions.py); a figure that the
case does not give is null, so that the same files always come out the same.
"""

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from workflows import found_before
from workflows.engine import Bundle, to_json, validation
from workflows.engine.decisions import Decision, DecisionFault, parse_dmn
from workflows.engine.decisions.questions import Question, names_of, questions_of
from workflows.engine.feel import FeelError
from workflows.engine.validation.table_cases import FAILED, ORPHANED, TOO_LONG, UNREADABLE
from workflows.errors import Invalid
from workflows.forms import Fault

MOST_TESTS = 200  # of one table
MOST_NAMES = 100  # of one case
LONGEST_NAME = 200
MOST_SECONDS = 10.0  # for all tables of a process; one case takes well below a millisecond
LONGEST_SHOWN = 160
Texts = tuple[str, str]


@dataclass(frozen=True)
class TableTest:
    """Inputs by dotted name and the answer that they must have, both as JSON."""

    name: str
    inputs: Mapping[str, Any]
    expected: Any


@dataclass(frozen=True)
class Tried:
    """What a table answered to inputs, by which rows; or why it has no answer."""

    answer: Any = None
    rows: tuple[int, ...] = ()
    fault: Texts | None = None


@dataclass(frozen=True)
class Result:
    test: TableTest
    tried: Tried

    @property
    def passed(self) -> bool:
        return self.tried.fault is None and _is_as(self.tried.answer, self.test.expected)


def _is_as(answer: Any, expected: Any) -> bool:
    """The same; outputs that the case does not name may be anything."""
    if isinstance(expected, dict) and isinstance(answer, dict):
        return all(name in answer and answer[name] == value for name, value in expected.items())
    if isinstance(expected, list) and isinstance(answer, list):
        return len(answer) == len(expected) and all(map(_is_as, answer, expected))
    return bool(answer == expected)


@dataclass(frozen=True)
class Coverage:
    """Which rows of a table answered in one of its cases, and which in none."""

    hit: frozenset[int]
    missed: tuple[int, ...]


def read(data: bytes) -> list[TableTest]:
    """The cases of a file, in their order; raises Invalid where it is none."""
    try:
        found = orjson.loads(data)
        cases = [_case(one) for one in found["tests"]]
    except (orjson.JSONDecodeError, KeyError, TypeError, ValueError) as error:
        raise Invalid("The file with the test cases of this table cannot be read.") from error
    if len(cases) > MOST_TESTS or len({one.name for one in cases}) < len(cases):
        raise Invalid(
            "A table has at most {most} test cases, each by its own name.", most=MOST_TESTS
        )
    return cases


def _case(one: Any) -> TableTest:
    name, inputs = one["name"], one["inputs"]
    fits = isinstance(name, str) and 0 < len(name.strip()) <= LONGEST_NAME
    if not fits or not isinstance(inputs, dict) or len(inputs) > MOST_NAMES:
        raise ValueError(name)
    return TableTest(name, inputs, one["expected"])


def write(tests: Sequence[TableTest]) -> bytes:
    """The file that `read` takes back."""
    cases = [
        {"name": one.name, "inputs": dict(one.inputs), "expected": one.expected} for one in tests
    ]
    return orjson.dumps({"tests": cases}, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def of_table(bundle: Bundle, decision: str) -> list[TableTest]:
    """The cases of a table; none where it has no file. Raises Invalid as `read` does."""
    data = bundle.tests.get(f"{decision}.json")
    return [] if data is None else read(data)


def kept(tests: Sequence[TableTest], one: TableTest) -> bytes:
    """The file with one case more; raises Invalid where its name is missing or taken."""
    told = None
    if not one.name.strip():
        told = Fault("Please give the test case a name.")
    elif len(one.name) > LONGEST_NAME:
        told = Fault("At most {most} characters.", most=LONGEST_NAME)
    elif any(other.name == one.name for other in tests):
        told = Fault("There is a test case of this name already.")
    if told is not None:
        raise Invalid("Please mend what is marked.", fields={"name": told})
    if len(tests) >= MOST_TESTS:
        raise Invalid(
            "A table has at most {most} test cases, each by its own name.", most=MOST_TESTS
        )
    return write([*tests, one])


def without(tests: Sequence[TableTest], name: str) -> bytes | None:
    """The file without the case of that name; None: there is none left."""
    rest = [one for one in tests if one.name != name]
    return write(rest) if rest else None


# ---- running them


def ask(decision: Decision, inputs: Mapping[str, Any]) -> Tried:
    """What a table answers to inputs by dotted name, or why it does not."""
    return _ask(decision, questions_of(decision), inputs)


def _ask(decision: Decision, asked: list[Question], inputs: Mapping[str, Any]) -> Tried:
    try:
        outcome = decision.decide(names_of(asked, inputs))
        return Tried(to_json(outcome.value), outcome.rows)
    except (DecisionFault, FeelError) as fault:
        return Tried(fault=(fault.zh, fault.en))


def run(decision: Decision, tests: Iterable[TableTest]) -> Iterator[Result]:
    """One result after the other, so that who asks may stop."""
    asked = questions_of(decision)
    for test in tests:
        yield Result(test, _ask(decision, asked, test.inputs))


def coverage(decision: Decision, results: Iterable[Result]) -> Coverage:
    hit = frozenset(row for one in results for row in one.tried.rows)
    every = range(1, len(decision.rules) + 1)
    return Coverage(hit, tuple(row for row in every if row not in hit))


MOST_KEPT = 100
_passed: dict[tuple[bytes, bytes], None] = {}  # tables with the cases that they pass


def faults_in(bundle: Bundle) -> list[validation.Fault]:
    """Every case that does not pass, with what was expected and what came out."""
    ends = time.monotonic() + MOST_SECONDS
    found: list[validation.Fault] = []
    for file, data in sorted(bundle.tests.items()):
        key = file.removesuffix(".json")
        table = bundle.decisions.get(key)
        if table is None:
            found.append(_fault(file, ORPHANED, None))
        elif (table, data) not in _passed:
            faults = _faults_of(file, data, decision_in(table, key), ends)
            if not faults:
                found_before.keep(_passed, (table, data), None, most=MOST_KEPT)
            found += faults
    return found


def decision_in(table: bytes, key: str) -> Decision | None:
    """The decision of that id; none where the file is refused, which is told elsewhere."""
    try:
        return next((one for one in parse_dmn(table) if one.id == key), None)
    except DecisionFault:
        return None


def _faults_of(
    file: str, data: bytes, decision: Decision | None, ends: float
) -> list[validation.Fault]:
    found: list[validation.Fault] = []
    try:
        tests = read(data)
    except Invalid:
        return [_fault(file, UNREADABLE, None)]
    for result in run(decision, tests) if decision is not None else ():
        if not result.passed:
            found.append(_fault(file, FAILED, result.test.name, why(result)))
        if time.monotonic() > ends:
            return [*found, _fault(file, TOO_LONG, None)]
    return found


def why(result: Result) -> Texts:
    """What was expected of a case and what came out."""
    if result.tried.fault is not None:
        return result.tried.fault
    wanted, got = shown(result.test.expected), shown(result.tried.answer)
    rows = ", ".join(map(str, result.tried.rows)) or "—"
    return (
        f"应为 {wanted}，实为 {got}，适用第 {rows} 行",
        f"expected {wanted}, came out as {got} by row {rows}",
    )


def shown(answer: Any) -> str:
    text = orjson.dumps(answer).decode()
    return text if len(text) <= LONGEST_SHOWN else text[:LONGEST_SHOWN] + "…"


def _fault(file: str, rule: str, name: str | None, detail: Texts | None = None) -> validation.Fault:
    zh, en = validation.RULES[rule]
    if detail is not None:
        zh, en = f"{zh}（{name}：{detail[0]}）", f"{en} ({name}: {detail[1]})"
    return validation.Fault(f"tests/{file}", None, name, rule, zh, en)
