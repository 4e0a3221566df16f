"""What is no FEEL is refused: Python's ways out, foreign expressions, broken texts."""

import pytest

from workflows.engine.feel import FeelError, evaluate, parse

VECTORS = [
    "__import__('os').system('id')",
    '__import__("os").system("id")',
    "().__class__.__bases__[0].__subclasses__()",
    '"".__class__.__mro__[1].__subclasses__()',
    "[].__class__",
    "{}.__class__.__base__",
    "x.__class__.__init__.__globals__",
    "x.__dict__",
    "f.__globals__",
    "f.__call__",
    "f",
    "count.__self__",
    'open("/etc/passwd").read()',
    'eval("1")',
    'exec("import os")',
    'compile("1", "x", "eval")',
    'getattr(x, "__class__")',
    "globals()",
    "locals()",
    "vars()",
    "breakpoint()",
    "lambda: 1",
    "(lambda: 1)()",
    "[i for i in [1]]",
    "{i: 1 for i in [1]}",
    'f"{x.__class__}"',
    "'{0.__class__}'.format(x)",
    '"{0.__class__}".format(x)',
    '"%s" % x',
    "x := 1",
    "import os",
    "raise SystemExit",
    "print(1)",
    "x if x else y",
    "not x",
    "x == 1",
    "x != 1 != ",
    "x && y",
    "x || y",
    "!x",
    "x ? 1 : 2",
    "${x > 1}",
    "#{x > 1}",
    "x is None",
    "x; y",
    "x = 1;",
    "`id`",
    "$(id)",
    "function(x) x + 1",
    'function() external {java: {class: "java.lang.System", method signature: "exit(int)"}}',
]


@pytest.mark.parametrize("text", VECTORS)
def test_a_way_out_leads_nowhere(text: str) -> None:
    names = {"x": {"a": 1}, "y": "text"}
    try:
        value = evaluate(text, names, functions={"f": lambda: 1})
    except FeelError:
        return
    assert value is None or value == [], f"{text} came to {value!r}"


@pytest.mark.parametrize(
    ("text", "position", "english"),
    [
        ("", 0, "the expression is empty"),
        ("   ", 0, "the expression is empty"),
        ("1 +", 3, "ends too early"),
        ("(1", 2, "ends too early"),
        ("1 + * 2", 4, "unexpected “*”"),
        ("1)", 1, "unexpected “)”"),
        ("[1, 2", 5, "ends too early"),
        ("[1,]", 3, "unexpected “]”"),
        ('"abc', 0, "no closing quote"),
        ('1 + "abc', 4, "no closing quote"),
        (r'"a\q"', 2, "invalid escape"),
        (r'"\uD83D"', 0, "invalid escape"),
        (r'"\UFFFFFF"', 1, "invalid escape"),
        ("1 /* 2", 2, "the comment has no end"),
        ("/* 2", 0, "the comment has no end"),
        ("a # b", 2, "unexpected character “#”"),
        ("1abc", 0, "unexpected character “1abc”"),
        ("a（1）", 1, "use “(” instead of the full-width “（”"),
        ("a，b", 1, "use “,” instead of the full-width “，”"),
        ("“a”", 0, "full-width"),
        ('@"soon"', 0, "is not a date, a time or a duration"),
        ("x instance of text", 14, "unknown type “text”"),
        ("if a then b", 11, "ends too early"),
        ("for i in a", 10, "ends too early"),
        ("{a: 1, a: 2}", 7, "given twice"),
        ("f(a: 1, a: 2)", 8, "given twice"),
        ("for i in a, i in b return 1", 12, "given twice"),
        ("1 .. 2", 2, "unexpected “..”"),
        ("a.1", 1, "unexpected “.1”"),
        ("1e99999", 0, "out of range"),
    ],
)
def test_a_broken_text_is_refused_with_its_place(text: str, position: int, english: str) -> None:
    with pytest.raises(FeelError) as refused:
        parse(text)
    assert refused.value.position == position
    assert english in refused.value.en
    assert refused.value.zh.startswith("第 ")


def test_a_fault_of_reading_is_told_each_time_with_its_own_text() -> None:
    for _ in range(2):
        with pytest.raises(FeelError) as refused:
            parse("1 +\n  +")
        assert (refused.value.line, refused.value.column) == (2, 3)
