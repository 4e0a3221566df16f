"""Patterns: what they match, what they refuse, and that none is slow."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workflows.engine.feel import FeelError, evaluate
from workflows.engine.feel.operators import Meter
from workflows.engine.feel.regex import compile_pattern


@pytest.mark.parametrize(
    ("pattern", "text", "found"),
    [
        ("a", "bab", (1, 2)),
        ("ab|a", "ab", (0, 2)),
        ("a|ab", "ab", (0, 1)),
        ("a*", "aaa", (0, 3)),
        ("a*?", "aaa", (0, 0)),
        ("a+?b", "aab", (0, 3)),
        ("a{2}", "aaa", (0, 2)),
        ("a{2,}", "aaaa", (0, 4)),
        ("a{1,2}", "aaa", (0, 2)),
        ("a{0}b", "ab", (1, 2)),
        ("[a-c]+", "xabcx", (1, 4)),
        ("[^a-c]+", "abxyc", (2, 4)),
        ("[-a]+", "a-", (0, 2)),
        ("[\\]x]", "]", (0, 1)),
        ("[\\d_]+", "a1_2", (1, 4)),
        ("\\.", "a.b", (1, 2)),
        ("^a", "ba", None),
        ("a$", "ab", None),
        ("^$", "", (0, 0)),
        (".", "\n", None),
        ("(a)(b)?", "a", (0, 1)),
        ("(?:ab)+", "ababa", (0, 4)),
        ("督导.", "我督导员", (1, 4)),
        ("((a*)*)*", "aaa", (0, 3)),
    ],
)
def test_a_pattern_finds(pattern: str, text: str, found: tuple[int, int] | None) -> None:
    match = compile_pattern(pattern, "").search(text, 0, Meter())
    assert (match[:2] if match else None) == found


@pytest.mark.parametrize(
    ("flags", "pattern", "text", "matches"),
    [
        ("i", "ABC", "abc", True),
        ("i", "[A-C]+", "abc", True),
        ("s", "a.b", "a\nb", True),
        ("m", "^b", "a\nb", True),
        ("x", "a b", "ab", True),
        ("", "a b", "ab", False),
    ],
)
def test_a_flag_changes_a_pattern(flags: str, pattern: str, text: str, matches: bool) -> None:
    names = {"text": text, "pattern": pattern, "flags": flags}
    assert evaluate("matches(text, pattern, flags)", names) is matches


@pytest.mark.parametrize(
    "pattern",
    ["(", ")", "[", "[]", "a**", "*a", "a{2", "a{3,2}", "a{9999}", "\\", "\\1", "(?=a)", "(?<n>a)",
     "\\p{L}", "\\b", "[z-a]", "[a[b]]", "(" * 30 + "a" + ")" * 30, "((a{50}){50}){50}", "a" * 201],
)  # fmt: skip
def test_a_pattern_that_is_not_understood_is_refused(pattern: str) -> None:
    with pytest.raises(FeelError, match="unsupported pattern"):
        evaluate("matches(text, pattern)", {"text": "a", "pattern": pattern})


@pytest.mark.parametrize(
    "pattern",
    [
        "(a+)+$",
        "(a|a)*$",
        "(a|aa)+$",
        "(.*a){20}$",
        "(a?){50}a{50}$",
        "a*a*a*a*a*a*b",
        "([a-z]+)*x",
    ],
)
@pytest.mark.parametrize("size", [30, 3_000, 100_000])
@pytest.mark.timeout(120)
def test_no_pattern_is_slow(pattern: str, size: int) -> None:
    try:
        evaluate("matches(text, pattern)", {"text": "a" * (size - 1) + "!", "pattern": pattern})
    except FeelError as fault:
        assert fault.code == "steps"  # noqa: PT017 the steps may run out, and quickly


_PATTERNS = st.recursive(
    st.sampled_from(["a", "b", ".", "[ab]", "[^a]", "\\d", "c"]),
    lambda inner: st.one_of(
        st.tuples(inner, inner).map("".join),
        st.tuples(inner, inner).map(lambda pair: f"(?:{pair[0]}|{pair[1]})"),
        st.tuples(inner, st.sampled_from(["*", "+", "?", "*?", "+?", "??", "{2}", "{1,2}"])).map(
            lambda pair: f"({pair[0]}){pair[1]}"
        ),
    ),
    max_leaves=6,
)


@settings(max_examples=300, derandomize=True, deadline=None)
@given(_PATTERNS, st.text("abc1", max_size=8))
def test_a_match_is_where_python_finds_it(pattern: str, text: str) -> None:
    ours = compile_pattern(pattern, "").search(text, 0, Meter())
    theirs = re.search(pattern, text)
    assert (ours[:2] if ours else None) == (theirs.span() if theirs else None)
