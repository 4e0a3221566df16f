"""JSON into FEEL and out of it."""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType
from typing import Any
from uuid import uuid4

import pytest

from workflows.engine.feel import FeelError, Months, evaluate, from_feel, to_feel


class Grade(StrEnum):
    URGENT = "urgent"


@pytest.mark.parametrize(
    ("json", "value"),
    [
        (None, None),
        (True, True),
        ("a", "a"),
        (1, Decimal(1)),
        (0.1, Decimal("0.1")),
        (float("nan"), None),
        (float("inf"), None),
        ([1, (2, "x")], [Decimal(1), [Decimal(2), "x"]]),
        ({"a": {"b": 1}}, {"a": {"b": Decimal(1)}}),
        ({1: "x"}, {"1": "x"}),
        (Grade.URGENT, "urgent"),
        (MappingProxyType({"a": 1}), {"a": Decimal(1)}),
        (date(2026, 1, 1), date(2026, 1, 1)),
    ],
)
def test_json_becomes_feel(json: object, value: object) -> None:
    lifted = to_feel(json)
    assert lifted == value
    assert type(lifted) is type(value)


@pytest.mark.parametrize(
    ("value", "json"),
    [
        (None, None),
        (True, True),
        (Decimal("1.00"), 1),
        (Decimal("1E+2"), 100),
        (Decimal("0.5"), 0.5),
        (date(2026, 1, 2), "2026-01-02"),
        (time(10, 0), "10:00:00"),
        (datetime(2026, 1, 2, 3, tzinfo=UTC), "2026-01-02T03:00:00Z"),
        (datetime(2026, 1, 2, 3), "2026-01-02T03:00:00+08:00"),  # noqa: DTZ001 a local one
        (timedelta(hours=26), "P1DT2H"),
        (Months(14), "P1Y2M"),
        ([Decimal(1), {"a": date(2026, 1, 2)}], [1, {"a": "2026-01-02"}]),
    ],
)
def test_feel_becomes_json(value: object, json: object) -> None:
    lowered = from_feel(value)
    assert lowered == json
    assert type(lowered) is type(json)


def test_a_named_zone_leaves_as_an_offset() -> None:
    moment = evaluate('date and time("2026-01-02T03:00:00@Asia/Shanghai")', {})
    assert from_feel(moment) == "2026-01-02T03:00:00+08:00"


def test_a_schema_types_what_json_cannot() -> None:
    schema = {
        "properties": {
            "held_on": {"type": "string", "format": "date"},
            "at": {"type": "string", "format": "date-time"},
            "note": {"type": "string"},
            "steps": {"items": {"properties": {"due": {"format": "date"}}}},
        },
    }
    answers = {
        "held_on": "2026-03-02",
        "at": "2026-03-02T10:00:00+08:00",
        "note": "2026-03-02",
        "steps": [{"due": "2026-04-01"}],
        "left_out": 1,
    }
    typed = to_feel(answers, schema)
    assert typed["held_on"] == date(2026, 3, 2)
    assert typed["at"].hour == 10
    assert typed["note"] == "2026-03-02"
    assert typed["steps"] == [{"due": date(2026, 4, 1)}]
    assert to_feel({"held_on": "soon"}, schema) == {"held_on": "soon"}


@pytest.mark.parametrize(
    "value", [object(), uuid4(), {1.5: 1}, b"x", {1, 2}, len, [lambda: 1], int]
)
def test_what_is_no_json_is_refused(value: Any) -> None:
    with pytest.raises(FeelError, match="not supported"):
        to_feel(value)
    with pytest.raises(FeelError, match="not supported"):
        evaluate("x", {"x": value})


def test_a_refused_variable_that_nobody_reads_does_no_harm() -> None:
    assert evaluate("a", {"a": 1, "x": object()}) == 1


def test_only_the_part_asked_for_is_looked_at() -> None:
    assert evaluate("node.a", {"node": {"a": 1, "x": object()}}) == 1


def test_values_given_stay_what_they_were() -> None:
    rows = [{"a": 1}]
    evaluate("append(rows, 1)", {"rows": rows})
    evaluate('[for r in rows return context put(r, "a", 2)]', {"rows": rows})
    assert rows == [{"a": 1}]
