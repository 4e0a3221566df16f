"""党务 against 业务: people, moves, promotions and awards by line and year, as counted by hand."""

from datetime import date, datetime

import pytest
from sqlalchemy.orm import Session

from models import CareerEntry, Case, Holding, Post, Role
from tests.cast import Cast, assemble, install
from tests.workflows.using import begun
from workflows import growth
from workflows.errors import NotAllowed
from workflows.growth import Count, Term

PARTY, BUSINESS = "party", "business"


@pytest.fixture
def cast(session: Session, now: datetime) -> Cast:
    install(session, now)
    cast = assemble(session)
    cast.grant("organiser", Role.ORGANISER, "work")
    return cast


def term(line: str, since: int, until: int | None = None) -> Term:
    return Term(line, date(since, 6, 1), date(until, 6, 1) if until else None)


def test_a_move_leaves_one_post_for_another() -> None:
    assert growth.moves([term(PARTY, 2020, 2024), term(BUSINESS, 2024)], 2024) == [
        (PARTY, BUSINESS)
    ]
    assert growth.moves([term(PARTY, 2020, 2024), term(BUSINESS, 2024)], 2023) == []


def test_a_post_taken_on_beside_one_that_is_kept_is_no_move() -> None:
    assert growth.moves([term(BUSINESS, 2020), term(PARTY, 2024)], 2024) == []
    assert growth.moves([term(BUSINESS, 2024)], 2024) == []  # the first post of all


def test_who_holds_a_party_post_is_counted_as_party() -> None:
    both = [term(BUSINESS, 2020), term(PARTY, 2022, 2024)]
    assert growth.line_on(both, date(2023, 1, 1)) == PARTY
    assert growth.line_on(both, date(2025, 1, 1)) == BUSINESS
    assert growth.line_on(both, date(2019, 1, 1)) is None


def test_the_years_hold_what_the_record_holds(cast: Cast, now: datetime) -> None:
    case = begun(cast, now)
    _moved(cast, "finance_deputy", "业务处长", date(2025, 5, 1))
    for place, (line, kind) in enumerate(
        [(PARTY, "award_priority"), (PARTY, "award_priority"), (BUSINESS, "promotion_reference")]
    ):
        _entered(cast, case, line, kind, place)
    years = {
        one.year: one for one in growth.of(cast.session, cast.rights("organiser", now), now=now)
    }
    assert sorted(years) == [2022, 2023, 2024, 2025, 2026]
    assert years[2023].lines[PARTY] == Count()
    assert years[2024].lines[PARTY] == Count(people=6)
    assert years[2025].lines[PARTY] == Count(people=5, moves=1, crossed=1, awards=2)
    assert years[2025].lines[BUSINESS] == Count(people=5, promotions=1)
    assert years[2025].lines[PARTY].share("awards") == 40.0
    assert Count().share("awards") is None


def _moved(cast: Cast, who: str, kind: str, on: date) -> None:
    user = cast.users[who]
    held = cast.session.query(Holding).filter_by(user_id=user.id).one()
    held.until = on
    post = Post(unit_id=cast.units["finance"].id, kind=kind, title=kind)
    cast.session.add(post)
    cast.session.flush()
    cast.session.add(Holding(post_id=post.id, user_id=user.id, since=on))
    cast.session.flush()


def _entered(cast: Cast, case: Case, line: str, kind: str, place: int) -> None:
    cast.session.add(
        CareerEntry(
            key=f"test:{place}",
            user_id=cast.users["finance_head"].id,
            unit_id=cast.units["finance"].id,
            kind=kind,
            line=line,
            title="",
            happened_on=date(2025, 9, 1),
            case_id=case.id,
            entered_at=case.opened_at,
        )
    )
    cast.session.flush()


def test_strangers_see_no_trend(cast: Cast, now: datetime) -> None:
    with pytest.raises(NotAllowed):
        growth.of(cast.session, cast.rights("supervisor", now), now=now)
