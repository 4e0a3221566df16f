"""The vectors of the reference were checked against the 2026 notice by hand."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workflows.deadlines import Calendar, day_of, plus_months

OFF_2026 = [
    ((1, 1), (1, 3)),
    ((2, 15), (2, 23)),
    ((4, 4), (4, 6)),
    ((5, 1), (5, 5)),
    ((6, 19), (6, 21)),
    ((9, 25), (9, 27)),
    ((10, 1), (10, 7)),
]
MAKE_UP_2026 = [(1, 4), (2, 14), (2, 28), (5, 9), (9, 20), (10, 10)]


def _notice_of_2026() -> Calendar:
    days = {date(2026, m, d): True for m, d in MAKE_UP_2026}
    for first, last in OFF_2026:
        day = date(2026, *first)
        while day <= date(2026, *last):
            days[day] = False
            day += timedelta(days=1)
    return Calendar(days, {2026: 1})


NOTICE = _notice_of_2026()


def test_the_notice_of_2026_leaves_248_working_days() -> None:
    year = [date(2026, 1, 1) + timedelta(days=i) for i in range(365)]
    assert sum(NOTICE.is_workday(day) for day in year) == 248


@pytest.mark.parametrize(
    ("start", "n", "due"),
    [
        (date(2026, 2, 11), 5, date(2026, 2, 25)),
        (date(2026, 9, 23), 10, date(2026, 10, 14)),
        (date(2026, 9, 30), 3, date(2026, 10, 10)),  # a Saturday that is worked
        (date(2026, 3, 2), 1, date(2026, 3, 3)),
        (date(2026, 3, 6), 1, date(2026, 3, 9)),
        (date(2026, 2, 24), -1, date(2026, 2, 14)),
        (date(2026, 2, 17), 0, date(2026, 2, 24)),
        (date(2026, 2, 25), 0, date(2026, 2, 25)),
    ],
)
def test_working_days_are_counted_from_the_day_after(start: date, n: int, due: date) -> None:
    assert NOTICE.add_workdays(start, n) == due


@pytest.mark.parametrize(
    ("start", "n", "due"),
    [
        (date(2026, 1, 15), 1, date(2026, 2, 24)),  # 02-15 is within the holiday
        (date(2026, 1, 31), 1, date(2026, 2, 28)),  # a Saturday that is worked
        (date(2026, 9, 1), 1, date(2026, 10, 8)),
        (date(2026, 3, 16), 1, date(2026, 4, 16)),
        (date(2025, 12, 31), 2, date(2026, 2, 28)),
    ],
)
def test_months_end_on_the_corresponding_day_and_roll(start: date, n: int, due: date) -> None:
    assert NOTICE.add_months(start, n) == due


def test_a_month_of_a_leap_year_ends_on_its_last_day() -> None:
    assert plus_months(date(2028, 1, 31), 1) == date(2028, 2, 29)
    assert plus_months(date(2026, 3, 31), -1) == date(2026, 2, 28)


def test_the_organisations_day_is_shanghais() -> None:
    assert day_of(datetime(2026, 3, 2, 15, 59, 59, tzinfo=UTC)) == date(2026, 3, 2)
    assert day_of(datetime(2026, 3, 2, 16, 0, tzinfo=UTC)) == date(2026, 3, 3)


def test_a_day_begins_and_ends_in_shanghai() -> None:
    day = date(2026, 3, 2)
    assert NOTICE.end_of_day(day) == datetime(2026, 3, 2, 15, 59, 59, tzinfo=UTC)
    assert NOTICE.start_of_day(day) == datetime(2026, 3, 1, 16, 0, tzinfo=UTC)


def test_a_year_without_its_notice_is_provisional_and_says_so() -> None:
    assert NOTICE.label(date(2026, 5, 6)) == "2026r1"
    assert not NOTICE.is_provisional(date(2026, 5, 6))
    assert NOTICE.label(date(2027, 5, 6)) == "2027p"
    assert NOTICE.is_provisional(date(2027, 5, 6))
    assert NOTICE.add_workdays(date(2026, 12, 31), 1) == date(2027, 1, 1)  # Friday, as yet


def test_an_endless_deadline_is_refused() -> None:
    with pytest.raises(ValueError, match="working days"):
        NOTICE.add_workdays(date(2026, 1, 1), 10**9)
    with pytest.raises(ValueError, match="months"):
        NOTICE.add_months(date(2026, 1, 1), 10**9)


DAYS = st.dates(date(2025, 1, 1), date(2027, 12, 31))


@settings(max_examples=200, deadline=None, derandomize=True)
@given(DAYS, st.integers(1, 60))
def test_counting_back_what_was_added_gives_the_number(start: date, n: int) -> None:
    due = NOTICE.add_workdays(start, n)
    assert NOTICE.is_workday(due)
    assert NOTICE.workdays_between(start, due) == n
    assert NOTICE.workdays_between(due, start) == -n
    assert NOTICE.add_workdays(due, -n) <= due


@settings(max_examples=200, deadline=None, derandomize=True)
@given(DAYS, st.integers(0, 24))
def test_a_month_never_ends_early_and_never_on_a_day_off(start: date, n: int) -> None:
    due = NOTICE.add_months(start, n)
    assert NOTICE.is_workday(due)
    assert due >= plus_months(start, n)
