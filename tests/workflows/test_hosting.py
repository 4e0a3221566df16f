"""What expressions may call of ours: what the checks know is what there is when a case runs."""

from datetime import date, datetime

import pytest

from workflows.deadlines import Calendar
from workflows.engine import feel
from workflows.engine.validation import OWN_FUNCTIONS
from workflows.hosting import calendar_functions


def test_the_checks_know_the_functions_that_there_are(now: datetime) -> None:
    assert {*calendar_functions(Calendar(), now), "values"} == OWN_FUNCTIONS


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("workdays(1)", "2026-03-03T23:59:59+08:00"),
        ('workdays_after(date("2026-03-06"), 1)', "2026-03-09T23:59:59+08:00"),
        ("workdays_after(begun, 5)", "2026-03-09T23:59:59+08:00"),
        ('months_after("2026-01-31", 1)', "2026-03-02T23:59:59+08:00"),  # from a Saturday on
        ('end_of_day(date("2026-03-08"))', "2026-03-08T23:59:59+08:00"),
        ('from_now("PT2H")', "2026-03-02T03:00:00+00:00"),
    ],
)
def test_moments_are_counted_on_the_calendar(now: datetime, text: str, told: str) -> None:
    value = feel.evaluate(text, {"begun": now}, functions=calendar_functions(Calendar(), now))
    assert value == datetime.fromisoformat(told)


def test_working_days_are_counted_between_two_days(now: datetime) -> None:
    """Friday to Tuesday: two working days; back again: two fewer than none."""
    functions = calendar_functions(Calendar(), now)
    names = {"friday": date(2026, 3, 6), "tuesday": date(2026, 3, 10)}
    for text in (
        "working days between(friday, tuesday) = 2",
        "working days between(tuesday, friday) = -2",
        'working days between("2026-03-06", tuesday) = 2',
    ):
        assert feel.evaluate(text, names, functions=functions) is True, text
