"""Whatever is written: a value of the language or a FeelError, within bounds, touching nothing.

TONGZE_FUZZ_SECONDS says for how long expressions are written (30); the seed is fixed.
"""

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from datetime import time as clock_time
from decimal import Decimal

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.workflows.engine.feel.authoring import NAMES, Author
from workflows.engine.feel import (
    BOUNDS,
    Expression,
    FeelError,
    Months,
    Range,
    Value,
    evaluate,
    from_feel,
)

SECONDS = float(os.environ.get("TONGZE_FUZZ_SECONDS", "30"))
SEED = 20260302
# An expression takes a moment; where no bound held it would be hours.
pytestmark = pytest.mark.timeout(SECONDS + 120)
HARMLESS = frozenset({"builtins.id"})
SCALARS = (str, bool, type(None), Decimal, date, datetime, clock_time, timedelta, Months)

_watching = False
_touched: list[str] = []


def _watch(event: str, _: tuple[object, ...]) -> None:
    if _watching and event not in HARMLESS:
        _touched.append(event)


sys.addaudithook(_watch)  # hooks stay for good; this one sleeps outside of watched()


@contextmanager
def watched() -> Iterator[None]:
    """Nothing may be opened, connected, imported, compiled or executed meanwhile."""
    global _watching
    _touched.clear()
    _watching = True
    try:
        yield
    finally:
        _watching = False
    assert not _touched, _touched


@pytest.fixture(autouse=True, scope="module")
def _warm() -> None:
    """The grammar is read once, from its file, before anything is watched."""
    evaluate("1 = 1", {})
    evaluate('matches("a", "a")', {})


def attempt(text: str, *, unary: bool = False) -> Value | FeelError:
    """What a text comes to; all that is promised of it is checked."""
    outcome: Value | FeelError
    with watched():
        try:
            outcome = _computed(text, unary=unary)
        except FeelError as fault:
            outcome = fault
    if isinstance(outcome, FeelError):
        assert outcome.zh
        assert outcome.en
        assert 0 <= outcome.position <= len(text)
    return outcome


def _computed(text: str, *, unary: bool) -> Value:
    expression = Expression(text, unary=unary)
    value = expression(NAMES, {}, "given") if unary else expression(NAMES)
    _check(value, {})
    from_feel(value)
    return value


def _check(value: Value, seen: dict[int, Value], depth: int = 0) -> None:
    """A value is of the language and within its bounds, in every part."""
    assert type(value) in (*SCALARS, list, dict, Range)
    assert depth <= 2 * BOUNDS.depth
    if type(value) is str:
        assert len(value) <= BOUNDS.string
    if type(value) is Decimal:
        assert value.is_finite()
        assert len(value.as_tuple().digits) <= BOUNDS.digits
    if type(value) in (list, dict) and id(value) not in seen:
        seen[id(value)] = value
        assert len(value) <= BOUNDS.items
        for part in value.values() if type(value) is dict else value:
            _check(part, seen, depth + 1)


def test_expressions_written_at_random_do_no_harm(
    record_property: Callable[[str, object], None],
) -> None:
    author = Author(SEED)
    end = time.monotonic() + SECONDS
    written = understood = 0
    while time.monotonic() < end:
        text = author.write(author.random.randint(1, 5))[: BOUNDS.source]
        understood += not isinstance(attempt(text), FeelError)
        attempt(author.damaged(text), unary=author.random.random() < 0.3)
        written += 1
    record_property("expressions", 2 * written)
    record_property("expressions with a value", understood)
    assert understood > written / 20  # else it would test the refusals alone


@settings(max_examples=400, derandomize=True, deadline=None, database=None)
@given(st.text(max_size=200), st.booleans())
@example("\ud800", False)
@example("\x00", True)
def test_any_text_does_no_harm(text: str, unary: bool) -> None:
    attempt(text, unary=unary)


WORDS = r"""
    ( ) [ ] { } , : . .. - + * / ** = != < <= > >= ? @ "a" 1 x item some in satisfies for return if
    then else and or not null true between instance of date and time // /* \ " ' 督 ，
"""
_PIECES = st.sampled_from(WORDS.split())


@settings(max_examples=600, derandomize=True, deadline=None, database=None)
@given(st.lists(_PIECES, max_size=60).map(" ".join), st.booleans())
def test_any_order_of_words_does_no_harm(text: str, unary: bool) -> None:
    attempt(text, unary=unary)


def test_the_watch_sees_what_is_touched() -> None:
    with pytest.raises(AssertionError), watched():
        open(__file__).close()
