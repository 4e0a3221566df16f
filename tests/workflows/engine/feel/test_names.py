"""Names: with spaces, in Chinese, beside keywords; where they are found, and where not."""

import pytest

from tests.workflows.engine.feel.showing import result
from workflows.engine.feel import FeelError, evaluate, parse

FOUND = [
    ("spaces", "monthly fee * 2", {"monthly fee": 3}, "6"),
    ("spaces are one", "monthly   \n fee", {"monthly fee": 3}, "3"),
    ("Chinese", '灯 = "红"', {"灯": "红"}, "true"),
    ("Chinese with a space", "剩余 工作日 < 3", {"剩余 工作日": 2}, "true"),
    ("Chinese keys", "督办.灯", {"督办": {"灯": "红"}}, '"红"'),
    ("underscore and digits", "a_1 + _b", {"a_1": 1, "_b": 2}, "3"),
    ("accents", "café", {"café": 1}, "1"),
    ("a name that begins like a keyword", "order + nothing", {"order": 1, "nothing": 2}, "3"),
    ("a name like a function", "count + date", {"count": 1, "date": 2}, "3"),
    ("a key of two words", "a.b c + 1", {"a": {"b c": 1}}, "2"),
    ("a key that is a keyword", "a.return", {"a": {"return": 1}}, "1"),
    ("a key before and", "a.date and b", {"a": {"date": True}, "b": True}, "true"),
    ("of is an ordinary word", "head of unit", {"head of unit": 1}, "1"),
    ("instance is an ordinary word", "instance + 1", {"instance": 1}, "2"),
    ("item outside a filter", "item.key", {"item": {"key": "u1"}}, '"u1"'),
    ("null beside a value", "a = null", {"a": None}, "true"),
]


@pytest.mark.parametrize(("what", "text", "names", "expected"), FOUND)
def test_a_name_is_found(what: str, text: str, names: dict[str, object], expected: str) -> None:
    assert result(text, names) == expected, what


def test_a_function_of_the_organisation_may_have_words_like_between() -> None:
    functions = {"working days between": lambda a, b: int(b) - int(a)}
    assert result("working days between(a, 5) > 3", {"a": 1}, functions) == "true"


def test_between_stays_an_operator_where_no_call_follows() -> None:
    assert result("working days between 1 and 5", {"working days": 3}) == "true"


def test_named_arguments_reach_a_function_of_the_organisation() -> None:
    functions = {"months_after": lambda day, of_months: f"{day}+{of_months}"}
    text = 'months_after(of months: 2, day: "d")'
    assert result(text, functions=functions) == '"d+2"'


def test_what_a_function_gives_becomes_feel() -> None:
    assert evaluate("f() = 0.1", {}, functions={"f": lambda: 0.1}) is True
    assert result("f().a[1]", functions={"f": lambda: {"a": (1, 2)}}) == "1"


def test_a_function_of_the_organisation_comes_before_one_of_the_standard() -> None:
    assert result("count(1)", functions={"count": lambda n: 7}) == "7"


def test_an_expression_tells_what_it_needs() -> None:
    text = "f(a.b, x) and (some r in rows satisfies r.ok = c) and rows[k = d][item.z] != {e: q}.e"
    expression = parse(text)
    assert expression.names == {"a", "x", "rows", "c", "q"}
    assert expression.filter_names == {"k", "d"}
    assert expression.functions == {"f"}
    assert expression.text == text


def test_the_names_of_a_test_are_told_too() -> None:
    assert parse("> limit, in_list(?)", unary=True).names == {"limit"}


def test_reading_is_remembered() -> None:
    assert parse("1 + remembered") is parse("1 + remembered")


@pytest.mark.parametrize("text", ["nobody", "a + nobody", "nobody.x", "for i in [1] return nobody"])
def test_an_unknown_name_is_refused_with_its_place(text: str) -> None:
    with pytest.raises(FeelError) as refused:
        evaluate(text, {"a": 1})
    assert refused.value.position == text.index("nobody")
    assert "unknown name “nobody”" in refused.value.en
    assert "未知的名称“nobody”" in refused.value.zh


def test_an_iteration_variable_is_gone_after_its_iteration() -> None:
    with pytest.raises(FeelError, match="unknown name “i”"):
        evaluate("[for i in [1] return i, i]", {})


def test_an_unknown_function_is_refused_with_its_place() -> None:
    with pytest.raises(FeelError) as refused:
        evaluate("1 +\n  nope(1)", {})
    assert (refused.value.line, refused.value.column) == (2, 3)
    assert str(refused.value) == refused.value.en == "line 2, column 3: unknown function “nope”"
    assert refused.value.zh == "第 2 行第 3 列：未知的函数“nope”"


def test_the_clock_is_not_a_function_of_the_language() -> None:
    for text in ("now()", "today()"):
        with pytest.raises(FeelError, match="unknown function"):
            evaluate(text, {})


@pytest.mark.parametrize(
    "text", ["count()", "count(1, 2)", 'substring("a")', "date(dei: 1)", "count(liste: [1])"]
)
def test_arguments_that_do_not_fit_are_refused(text: str) -> None:
    with pytest.raises(FeelError, match="arguments do not fit"):
        evaluate(text, {})


def test_what_a_function_refuses_is_told_at_its_place() -> None:
    def refuse(n: object) -> object:
        raise ValueError(f"{n} days are too many")

    with pytest.raises(FeelError) as refused:
        evaluate("1 + workdays(99)", {}, functions={"workdays": refuse})
    assert refused.value.position == 4
    assert "99 days are too many" in refused.value.en
    assert isinstance(refused.value.__cause__, ValueError)


def test_a_function_called_wrongly_is_told() -> None:
    with pytest.raises(FeelError, match="arguments do not fit"):
        evaluate("f(1, 2)", {}, functions={"f": lambda a: a})


def test_a_fault_outside_the_language_passes_through() -> None:
    class Refused(Exception):
        pass

    def refuse() -> object:
        raise Refused

    with pytest.raises(Refused):
        evaluate("f()", {}, functions={"f": refuse})
