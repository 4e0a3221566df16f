"""Decision tables answer as the DMN standard says: 1.3, clauses 8.2 and 10.3.2.10."""

from decimal import Decimal
from typing import Any

import pytest

from tests.workflows.engine.decision_tables import table
from workflows.engine.decisions import Decision, DecisionFault, parse_dmn
from workflows.engine.feel import from_feel

GRADES = "n:number; kind:string"
LADDER = ["< 10 | - => 1", "[10..20] | - => 2", '> 20 | "a", "b" => 3', '> 20 | not("a", "b") => 4']
ORDER = 'g:string{"high","mid","low"}'


def read(*columns: Any, **options: Any) -> Decision:
    (decision,) = parse_dmn(table(*columns, **options))
    return decision


def answer(decision: Decision, **names: object) -> Any:
    return from_feel(decision.decide(names).value)


@pytest.mark.parametrize(
    ("n", "kind", "grade"),
    [
        (9, "a", 1),
        (10, "x", 2),
        (20, None, 2),
        (21, "a", 3),
        (21, "b", 3),
        (21, "c", 4),
        (21, None, 4),
    ],
)
def test_a_unique_table_answers_by_its_one_row(n: int, kind: str | None, grade: int) -> None:
    assert answer(read(GRADES, "g:number", LADDER), n=n, kind=kind) == {"g": grade}


def test_an_outcome_names_the_rules_and_rows_that_applied() -> None:
    outcome = read(GRADES, "g:number", LADDER).decide({"n": 15, "kind": "a"})
    assert (outcome.hits, outcome.rows) == (("r2",), (2,))
    assert outcome.value == {"g": Decimal(2)}


def test_unique_is_the_default_and_two_rows_are_a_fault() -> None:
    decision = read("n:number", "g:number", ["< 10 => 1", "> 5 => 2", "> 100 => 3"])
    with pytest.raises(DecisionFault) as refused:
        decision.decide({"n": 7})
    assert (
        refused.value.en == "table “定级”, row 2: rows 1, 2 apply at once, but the table is UNIQUE"
    )
    assert "第 1、2 行同时适用" in refused.value.zh
    assert (refused.value.table, refused.value.row, refused.value.element) == ("定级", 2, "r2")


def test_no_row_is_a_fault() -> None:
    with pytest.raises(DecisionFault, match="no rule applies") as refused:
        read("n:number", "g:number", ["< 10 => 1"]).decide({"n": 10})
    assert "没有规则适用" in refused.value.zh


def test_no_row_gives_the_default_output() -> None:
    decision = read("n:number", 'g:string => "none"; m:number', ['< 10 => "a" | 1'])
    assert answer(decision, n=10) == {"g": "none", "m": None}
    assert decision.decide({"n": 10}).hits == ()


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        ("FIRST", {"g": "mid"}),
        ("PRIORITY", {"g": "high"}),
        ("RULE ORDER", [{"g": "mid"}, {"g": "low"}, {"g": "high"}, {"g": "mid"}]),
        ("OUTPUT ORDER", [{"g": "high"}, {"g": "mid"}, {"g": "mid"}, {"g": "low"}]),
        ("COLLECT", [{"g": "mid"}, {"g": "low"}, {"g": "high"}, {"g": "mid"}]),
        ("COLLECT+COUNT", {"g": 4}),
    ],
)
def test_every_policy_chooses_its_rows(policy: str, expected: object) -> None:
    rows = ['> 0 => "mid"', '> 1 => "low"', '> 2 => "high"', '- => "mid"', '> 9 => "high"']
    assert answer(read("n:number", ORDER, rows, policy=policy), n=5) == expected


@pytest.mark.parametrize(
    ("policy", "row"), [("FIRST", (1,)), ("PRIORITY", (3,)), ("OUTPUT ORDER", (3, 1, 2))]
)
def test_rows_are_named_in_the_order_of_the_answer(policy: str, row: tuple[int, ...]) -> None:
    rows = ['> 0 => "mid"', '> 1 => "low"', '> 2 => "high"']
    assert read("n:number", ORDER, rows, policy=policy).decide({"n": 5}).rows == row


def test_priority_goes_by_the_first_output_then_the_next() -> None:
    outputs = 'g:string{"high","low"}; m:string{"x","y"}'
    rows = ['- => "low" | "x"', '- => "high" | "y"', '- => "high" | "x"']
    assert answer(read("n:number", outputs, rows, policy="PRIORITY"), n=1) == {
        "g": "high",
        "m": "x",
    }


def test_an_answer_outside_the_output_values_comes_last() -> None:
    rows = ['- => "other"', '- => "low"']
    assert answer(read("n:number", ORDER, rows, policy="PRIORITY"), n=1) == {"g": "low"}


def test_any_accepts_rows_that_agree() -> None:
    rows = ["> 0 => 1 | 2.0", "> 1 => 1 | 2", "> 9 => 5 | 5"]
    outcome = read("n:number", "g:number; m:number", rows, policy="ANY").decide({"n": 5})
    assert outcome.value == {"g": 1, "m": 2}
    assert outcome.rows == (1, 2)


def test_any_refuses_rows_that_differ() -> None:
    decision = read(
        "n:number", "g:number; m:number", ["> 0 => 1 | 2", "> 1 => 1 | 3"], policy="ANY"
    )
    with pytest.raises(DecisionFault, match="answers differently") as refused:
        decision.decide({"n": 5})
    assert (refused.value.row, refused.value.column) == (2, "m")
    assert "第 2 行“m”列" in refused.value.zh


def test_any_tells_numbers_from_booleans() -> None:
    decision = read("n:number", "g", ["- => 1", "- => true"], policy="ANY")
    with pytest.raises(DecisionFault):
        decision.decide({"n": 5})


@pytest.mark.parametrize(
    ("aggregation", "expected"), [("SUM", 60.3), ("MIN", 10.1), ("MAX", 30.1), ("COUNT", 3)]
)
def test_an_aggregation_is_the_function_of_its_name(aggregation: str, expected: float) -> None:
    rows = ["> 0 => 10.1", "- => 20.1", "< 5 => 30.1", "> 9 => 99"]
    decision = read("n:number", "g:number", rows, policy=f"COLLECT+{aggregation}")
    assert answer(decision, n=1) == {"g": expected}


@pytest.mark.parametrize("aggregation", ["SUM", "MIN", "MAX"])
def test_what_cannot_be_aggregated_is_a_fault(aggregation: str) -> None:
    decision = read("n:number", "g", ['- => "a"', "- => 1"], policy=f"COLLECT+{aggregation}")
    with pytest.raises(DecisionFault, match="cannot be aggregated"):
        decision.decide({"n": 1})


@pytest.mark.parametrize(
    ("policy", "expected"),
    [("RULE ORDER", []), ("COLLECT", []), ("COLLECT+SUM", {"g": 0}), ("COLLECT+COUNT", {"g": 0}),
     ("COLLECT+MIN", {"g": None})],
)  # fmt: skip
def test_a_table_that_gathers_may_gather_nothing(policy: str, expected: object) -> None:
    assert answer(read("n:number", "g:number", ["< 0 => 1"], policy=policy), n=1) == expected


def test_cells_and_answers_see_the_other_names() -> None:
    decision = read("n:number", "g:number", ["< limit => n + limit", ">= limit => f(n)"])
    outcome = decision.decide({"n": 1, "limit": 5}, {"f": lambda n: n * 100})
    assert outcome.value == {"g": 6}
    assert decision.decide({"n": 5, "limit": 5}, {"f": lambda n: n * 100}).value == {"g": 500}


def test_a_table_without_inputs_always_applies() -> None:
    assert answer(read("", "g:number", [" => 7"])) == {"g": 7}


def test_a_null_input_meets_only_what_takes_null() -> None:
    rows = ["< 10 => 1", "null => 2", "not(null) => 3"]
    assert answer(read("n:number", "g:number", rows), n=None) == {"g": 2}
    assert answer(read("n:number", "g:number", ["- => 1"]), n=None) == {"g": 1}


def test_an_input_outside_its_values_is_a_fault() -> None:
    decision = read('k:string{"a","b"}', "g:number", ["- => 1"])
    assert answer(decision, k="a") == {"g": 1}
    with pytest.raises(DecisionFault, match="not among the allowed values") as refused:
        decision.decide({"k": "c"})
    assert refused.value.column == "k"


def test_the_first_policy_does_not_ask_further() -> None:
    decision = read("n:number", "g:number", ["> 0 => 1", "> nobody => 2"], policy="FIRST")
    assert answer(decision, n=1) == {"g": 1}
    with pytest.raises(DecisionFault, match="unknown name “nobody”") as refused:
        decision.decide({"n": 0})
    assert (refused.value.row, refused.value.column) == (2, "n")
    assert "未知的名称“nobody”" in refused.value.zh


def test_a_fault_in_an_answer_names_its_cell() -> None:
    with pytest.raises(DecisionFault) as refused:
        read("n:number", "g:number", ["- => 1e5000 * 1e5000"]).decide({"n": 1})
    assert (refused.value.row, refused.value.column) == (1, "g")


def test_a_file_may_hold_several_decisions() -> None:
    first = table("n:number", "g:number", ["- => 1"]).decode()
    inner = first[first.index("<decision ") : first.index("</definitions>")]
    second = inner.replace('id="grade"', 'id="light"').replace("<text>1<", "<text>2<")
    found = parse_dmn(first.replace("</definitions>", f"{second}</definitions>").encode())
    assert {one.id: answer(one, n=1) for one in found} == {"grade": {"g": 1}, "light": {"g": 2}}


def test_annotations_are_kept_and_change_nothing() -> None:
    xml = table("n:number", "g:number", ["- => 1"], extra='<annotation name="basis"/>')
    note = "<annotationEntry><text>第九条</text></annotationEntry></rule>".encode()
    (decision,) = parse_dmn(xml.replace(b"</rule>", note))
    assert decision.rules[0].annotations == ("第九条",)
    assert decision.rules[0].description == "row 1"
    assert answer(decision, n=1) == {"g": 1}


@pytest.mark.parametrize(
    "namespace",
    [
        "http://www.omg.org/spec/DMN/20151101/dmn.xsd",
        "http://www.omg.org/spec/DMN/20180521/MODEL/",
        "https://www.omg.org/spec/DMN/20191111/MODEL/",
        "https://www.omg.org/spec/DMN/20211108/MODEL/",
    ],
)
def test_every_version_of_the_format_is_read(namespace: str) -> None:
    assert answer(read("n:number", "g:number", ["- => 1"], namespace=namespace), n=1) == {"g": 1}
