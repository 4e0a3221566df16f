"""督办台账: what it shows to whom, narrowed down, page by page."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from models import Case
from tests.cast import Cast
from tests.workflows import matter_paths as path
from tests.workflows.matter_paths import the_matter
from workflows import ledger
from workflows.errors import NotFound
from workflows.ledger import Filter


@pytest.fixture
def cast(session: Session, now: datetime) -> Cast:
    return path.supervised_city(session, now)


def some(cast: Cast, now: datetime) -> list[Case]:
    """Three matters of finance: green, yellow, red."""
    return [
        path.working(
            cast, now, floor=floor, key=f"matter:other:{floor}:finance", title=f"事项{floor}"
        )
        for floor in ("green", "yellow", "red")
    ]


def titles(cast: Cast, who: str, now: datetime, **chosen: object) -> list[str]:
    rights = cast.rights(who, now)
    rows = ledger.page(cast.session, rights, Filter(**chosen)).rows  # type: ignore[arg-type]
    return [one.title for one in rows]


def test_it_shows_what_a_person_may_see(cast: Cast, now: datetime) -> None:
    some(cast, now)
    everything = ["事项red", "事项yellow", "事项green"]
    for who in ("supervisor", "work_deputy", "finance_head", "finance_handler"):
        assert titles(cast, who, now) == everything
    for who in ("planning_head", "planning_liaison", "finance_member", "audit_admin"):
        assert titles(cast, who, now) == []


def test_it_is_narrowed_down(cast: Cast, now: datetime) -> None:
    some(cast, now)
    assert titles(cast, "supervisor", now, light="red") == ["事项red"]
    assert titles(cast, "supervisor", now, words="yellow") == ["事项yellow"]
    assert titles(cast, "supervisor", now, words="2号") == ["事项yellow"]
    assert titles(cast, "supervisor", now, unit_id=cast.units["planning"].id) == []
    assert len(titles(cast, "supervisor", now, unit_id=cast.units["work"].id)) == 3
    assert titles(cast, "supervisor", now, source="survey") == []
    assert titles(cast, "supervisor", now, is_open=False) == []
    assert titles(cast, "supervisor", now, overdue_at=now) == []
    assert len(titles(cast, "supervisor", now, overdue_at=now + timedelta(days=30))) == 3


def test_lights_are_counted_whatever_light_is_chosen(cast: Cast, now: datetime) -> None:
    some(cast, now)
    rights = cast.rights("supervisor", now)
    found = ledger.counts(cast.session, rights, Filter(light="red"))
    assert found == {"green": 1, "blue": 0, "yellow": 1, "red": 1}
    stranger = cast.rights("planning_head", now)
    assert set(ledger.counts(cast.session, stranger, Filter()).values()) == {0}


def test_pages_meet_without_gap(cast: Cast, now: datetime) -> None:
    some(cast, now)
    rights = cast.rights("supervisor", now)
    first = ledger.page(cast.session, rights, Filter(), size=2)
    rest = ledger.page(cast.session, rights, Filter(), size=2, after=first.after)
    assert [one.title for one in [*first.rows, *rest.rows]] == titles(cast, "supervisor", now)
    assert rest.after is None


def test_the_state_is_asked_from_the_case(cast: Cast, now: datetime) -> None:
    case = path.filed(cast, now)
    matter = the_matter(cast, case)

    def state() -> str:
        return ledger.states(cast.session, [matter])[matter.id]

    assert state() == "filed"
    path.accept(cast, case, now)
    assert state() == "accepted"
    path.plan(cast, case, now)
    assert state() == "working"
    path.hand_in(cast, case, now)
    assert state() == "submitted"
    path.review(cast, case, now, "accept")
    assert state() == "archived"
    assert titles(cast, "supervisor", now, is_open=False) == [matter.title]


def test_a_restricted_matter_is_for_those_who_have_a_part(cast: Cast, now: datetime) -> None:
    case = path.working(cast, now, restricted=True)
    assert titles(cast, "finance_handler", now) == [case.title]
    assert titles(cast, "supervisor", now) == [case.title]  # drafted it
    assert titles(cast, "supervisor3", now) == []
    with pytest.raises(NotFound):
        ledger.for_case(cast.session, case.id, rights=cast.rights("supervisor3", now))


def test_why_names_the_row(cast: Cast, now: datetime) -> None:
    case = path.working(cast, now, floor="red")
    (event,) = ledger.why(cast.session, the_matter(cast, case))
    assert (event.before, event.after, event.why["rows"]) == ("green", "red", [2])
    assert event.why["inputs"]["floor"] == "red"
