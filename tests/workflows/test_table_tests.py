"""Test cases of decision tables: kept, run, and what is told of those that do not pass."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from config import ROOT
from tests.workflows.engine.decision_tables import table
from workflows import table_files, table_tests
from workflows.definitions import faults_of
from workflows.engine import Bundle
from workflows.engine.decisions import Decision, parse_dmn
from workflows.engine.decisions.questions import Question, questions_of, value_of
from workflows.errors import Invalid
from workflows.table_tests import TableTest

REMINDER = Bundle.from_folder(Path(ROOT / "bpmn" / "reminder"))
ONE = b'{"name": "a", "inputs": {}, "expected": 1}'
ROWS = ['< rule.least | "a" => 1', '- | "b", "c" => n * 2', "- | - => 0"]


def decision(rows: list[str] = ROWS, policy: str = "FIRST") -> Decision:
    return parse_dmn(table("n:number; k:string", "g:number", rows, policy=policy))[0]


def bundle(*tests: TableTest, rows: list[str] = ROWS) -> Bundle:
    """A bundle of the one table with these cases; the diagrams are the reminder's."""
    data = table("n:number; k:string", "g:number", rows, policy="FIRST")
    return Bundle("x", {}, {"grade": data}, tests={"grade.json": table_tests.write(tests)})


def case(name: str, expected: Any, **inputs: Any) -> TableTest:
    return TableTest(name, {"n": 3, "k": "a", "rule.least": 5} | inputs, expected)


def test_what_is_kept_is_read_again() -> None:
    tests = [case("一", {"g": 1}), case("二", [1, None, True], n=None)]
    assert table_tests.read(table_tests.write(tests)) == tests
    assert table_tests.without(tests, "一") == table_tests.write(tests[1:])
    assert table_tests.without(tests[:1], "一") is None


@pytest.mark.parametrize(
    "data",
    [
        b"", b"[]", b"{}", b'{"tests": 3}', b'{"tests": [{}]}', b"\xff",
        b'{"tests": [{"name": "", "inputs": {}, "expected": 1}]}',
        b'{"tests": [{"name": 3, "inputs": {}, "expected": 1}]}',
        b'{"tests": [{"name": "a", "inputs": [], "expected": 1}]}',
        b'{"tests": [' + ONE + b"," + ONE + b"]}",
    ],
)  # fmt: skip
def test_what_is_no_file_of_test_cases_is_refused(data: bytes) -> None:
    with pytest.raises(Invalid):
        table_tests.read(data)


def test_a_case_needs_a_name_of_its_own_and_there_is_an_end_to_them() -> None:
    tests = [case(str(n), {"g": 1}) for n in range(table_tests.MOST_TESTS)]
    for name in ("", " ", "7", "n" * 201):
        with pytest.raises(Invalid) as refused:
            table_tests.kept(tests[:8], case(name, {"g": 1}))
        assert set(refused.value.fields) == {"name"}
    with pytest.raises(Invalid, match="200"):
        table_tests.kept(tests, case("one more", {"g": 1}))


def test_a_table_answers_by_the_names_that_it_asks_for() -> None:
    asked = questions_of(decision())
    assert [(one.name, one.type, one.choices) for one in asked] == [
        ("n", "number", ()),
        ("k", "string", ("a", "b", "c")),
        ("rule.least", "", ()),
    ]
    tried = table_tests.ask(decision(), {"n": 3, "k": "a", "rule.least": 5})
    assert (tried.answer, tried.rows) == ({"g": 1}, (1,))
    assert table_tests.ask(decision(), {"n": 3, "k": "b"}).answer == {"g": 6}
    assert table_tests.ask(decision(), {}).rows == (3,)  # what is not given is null
    unique = table_tests.ask(decision(policy="UNIQUE"), {"n": 3, "k": "b"})
    assert unique.fault is not None
    assert "rows 2, 3 apply at once" in unique.fault[1]


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        ("number", " 3 ", 3), ("number", "2.5", 2.5), ("boolean", "false", False),
        ("string", "true", "true"), ("string", "", None), ("date", "2026-03-02", "2026-03-02"),
        ("", "3", 3), ("", "[1, 2]", [1, 2]), ("", "yes, sir", "yes, sir"), ("", '"a"', "a"),
    ],
)  # fmt: skip
def test_what_is_typed_is_read_by_the_type_of_its_column(kind: str, text: str, value: Any) -> None:
    assert value_of(Question("x", "x", kind), text) == value


@pytest.mark.parametrize(
    ("kind", "text"),
    [("number", "soon"), ("number", "nan"), ("number", "1e999"), ("boolean", "yes"), ("date", "3")],
)
def test_what_cannot_be_of_the_type_is_refused(kind: str, text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        value_of(Question("x", "x", kind), text)


def test_a_date_comes_to_its_column_as_a_date() -> None:
    rows = ['< date("2026-03-02") => 1', "- => 2"]
    (dated,) = parse_dmn(table("d:date", "g:number", rows, policy="FIRST"))
    assert table_tests.ask(dated, {"d": "2026-03-01"}).answer == {"g": 1}
    assert table_tests.ask(dated, {"d": "2026-03-02"}).answer == {"g": 2}


def test_only_the_outputs_that_a_case_names_are_compared() -> None:
    (two,) = parse_dmn(table("n", "g; h", ["- => 1 | 2"], policy="RULE ORDER"))
    expected: tuple[tuple[Any, bool], ...] = (
        ([{"g": 1}], True), ([{"g": 1, "h": 2}], True), ([{"g": 2}], False), ([], False),
        ([{"i": 1}], False), ({"g": 1}, False),
    )  # fmt: skip
    results = table_tests.run(
        two, [TableTest(str(n), {}, one) for n, (one, _) in enumerate(expected)]
    )
    assert [result.passed for result in results] == [passes for _, passes in expected]


def test_rows_that_no_case_reaches_are_named() -> None:
    results = table_tests.run(decision(), [case("一", {"g": 1}), case("二", {"g": 9}, k="b")])
    found = table_tests.coverage(decision(), results)
    assert (found.hit, found.missed) == (frozenset({1, 2}), (3,))


def test_a_case_that_does_not_pass_says_what_came_out_by_which_row() -> None:
    faults = table_tests.faults_in(bundle(case("一", {"g": 1}), case("二", {"g": 5}, k="b")))
    (fault,) = faults
    assert (fault.file, fault.name, fault.rule) == ("tests/grade.json", "二", "table-test-failed")
    assert fault.zh == '判定表的测试用例未通过。（二：应为 {"g":5}，实为 {"g":6}，适用第 2 行）'
    assert '(二: expected {"g":5}, came out as {"g":6} by row 2)' in fault.en


def test_files_that_cannot_be_run_are_told_and_a_refused_table_is_told_elsewhere() -> None:
    whole = bundle(case("一", {"g": 1}))
    rules = [one.rule for one in table_tests.faults_in(replace(whole, tests={"grade.json": b"x"}))]
    assert rules == ["table-tests-unreadable"]
    rules = [one.rule for one in table_tests.faults_in(replace(whole, decisions={}))]
    assert rules == ["table-tests-without-table"]
    assert table_tests.faults_in(bundle(case("一", {"g": 2}), rows=["- | - => 1 +"])) == []


def test_cases_end_with_their_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(table_tests, "MOST_SECONDS", -1.0)
    faults = table_tests.faults_in(bundle(case("无时", {"g": 1}), case("二", {"g": 0}, k="z")))
    assert [one.rule for one in faults] == ["table-tests-too-long"]


def test_the_shipped_tables_pass_theirs_which_reach_every_row() -> None:
    assert len(REMINDER.tests) == 6
    for file, data in REMINDER.tests.items():
        key = file.removesuffix(".json")
        shipped = table_files.decision_in(REMINDER.decisions[key], key)
        results = list(table_tests.run(shipped, table_tests.read(data)))
        assert [one.test.name for one in results if not one.passed] == []
        assert table_tests.coverage(shipped, results).missed == ()


def test_publishing_runs_them() -> None:
    tests = table_tests.read(REMINDER.tests["light.json"])
    wrong = [replace(tests[0], expected={"light": "green"}), *tests[1:]]
    changed = {**REMINDER.tests, "light.json": table_tests.write(wrong)}
    faults = faults_of(replace(REMINDER, tests=changed))
    told = [one.name for one in faults if one.rule == "table-test-failed"]
    assert told == [tests[0].name]


@pytest.mark.parametrize(
    "version",
    [
        "http://www.omg.org/spec/DMN/20151101/dmn.xsd",
        "http://www.omg.org/spec/DMN/20180521/MODEL/",
        "https://www.omg.org/spec/DMN/20211108/MODEL/",
    ],
)
def test_the_editor_is_given_the_version_of_the_format_that_it_reads(version: str) -> None:
    data = table("n", "g", ["- => 1"], namespace=version)
    given = table_files.for_editor(data)
    assert given == table("n", "g", ["- => 1"]).decode()
    assert table_files.title_in(data, "grade") == "定级"
