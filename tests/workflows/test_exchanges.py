"""干部交流: who has long been in one line is listed with the facts; a tick is a line in a draft."""

from datetime import date, datetime

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from models import Case, Draft, Holding, Post, Role
from tests.cast import Cast, assemble, install
from tests.workflows.steps import do
from tests.workflows.using import begun, the_measure
from workflows import exchanges
from workflows.errors import Conflict, NotAllowed, NotFound


@pytest.fixture
def cast(session: Session, now: datetime) -> Cast:
    install(session, now)
    cast = assemble(session)
    cast.grant("organiser", Role.ORGANISER, "work")
    for holding in session.scalars(select(Holding)):
        holding.since = date(2020, 1, 1)
    session.flush()
    return cast


@pytest.fixture
def case(cast: Cast, now: datetime) -> Case:
    return begun(cast, now)


def names(cast: Cast, line: str, now: datetime, who: str = "organiser") -> list[str]:
    found, _ = exchanges.candidates(cast.session, cast.rights(who, now), line, now=now)
    return sorted(one.user.name for one in found)


PARTY = [
    f"{organ}_{post}"
    for organ in ("finance", "planning")
    for post in ("branch_secretary", "deputy", "secretary")
]


def test_cadres_long_in_one_line_alone_are_listed_for_the_other(cast: Cast, now: datetime) -> None:
    assert names(cast, "party", now) == PARTY
    business = ["finance_head", "finance_leader", "planning_head", "planning_leader"]
    assert names(cast, "business", now) == business
    cast.holder("finance_secretary", "班子成员", "finance")  # both lines: neither list
    assert "finance_secretary" not in names(cast, "party", now) + names(cast, "business", now)


def test_the_years_are_a_parameter_counted_to_the_day(cast: Cast, now: datetime) -> None:
    years = exchanges.years_needed(cast.session)
    held = _holding(cast, "finance_deputy")
    held.since = exchanges.years_before(date(2026, 3, 2), years)
    cast.session.flush()
    assert "finance_deputy" in names(cast, "party", now)
    held.since = date(2026 - years, 3, 3)
    cast.session.flush()
    assert "finance_deputy" not in names(cast, "party", now)
    assert exchanges.years_before(date(2024, 2, 29), 3) == date(2021, 2, 28)


def _holding(cast: Cast, who: str) -> Holding:
    return cast.session.scalars(
        select(Holding).join(Post).where(Holding.user_id == cast.users[who].id)
    ).one()


def test_grade_effect_period_and_what_is_proposed_stand_beside_the_person(
    cast: Cast, case: Case, now: datetime
) -> None:
    found, _ = exchanges.candidates(cast.session, cast.rights("organiser", now), "party", now=now)
    by_name = {one.user.name: one for one in found}
    flagged = by_name["planning_secretary"]
    assert (flagged.grade, flagged.graded_in, flagged.to) == ("good", 2026, "business")
    assert [one.id for one in flagged.measures] == [the_measure(cast).id]  # shown, not dropped
    assert by_name["finance_deputy"].grade == ""


def test_the_list_is_paged(cast: Cast, now: datetime) -> None:
    rights = cast.rights("organiser", now)
    first, after = exchanges.candidates(cast.session, rights, "party", now=now, limit=4)
    rest, end = exchanges.candidates(cast.session, rights, "party", now=now, after=after, limit=4)
    assert (len(first), len(rest), end) == (4, 2, 0)
    assert sorted(one.user.name for one in (*first, *rest)) == PARTY


def test_the_chosen_stand_in_the_draft_once_and_can_be_handed_in(
    cast: Cast, case: Case, now: datetime
) -> None:
    rights = cast.rights("organiser", now)
    ids = [cast.users[who].id for who in ("finance_secretary", "finance_deputy")]
    added, task = exchanges.take(cast.session, "party", ids, rights=rights, now=now)
    again, _ = exchanges.take(cast.session, "party", ids, rights=rights, now=now)
    assert (added, again) == (2, 0)
    draft = cast.session.get_one(Draft, (task.id, cast.users["organiser"].id))
    rows = draft.answers["items"]
    graded = next(row for row in rows if "subject" in row)
    assert graded["subject"] == f"user-{ids[0]}"
    assert "2026年度等次为好" in graded["reason"]
    assert "建议交流到业务岗位" in graded["reason"]
    do(cast, case, "draft_uses", "organiser", now, **draft.answers)


def test_who_is_no_candidate_is_not_taken(cast: Cast, case: Case, now: datetime) -> None:
    rights = cast.rights("organiser", now)
    stranger = cast.users["finance_member"].id
    with pytest.raises(NotFound):
        exchanges.take(cast.session, "party", [stranger], rights=rights, now=now)


def test_without_a_draft_nothing_is_taken(cast: Cast, now: datetime) -> None:
    rights = cast.rights("organiser", now)
    with pytest.raises(Conflict):
        exchanges.take(
            cast.session, "party", [cast.users["finance_deputy"].id], rights=rights, now=now
        )


@pytest.mark.parametrize("stranger", ["supervisor", "finance_head", "audit_admin"])
def test_the_list_is_for_who_prepares_and_decides(cast: Cast, now: datetime, stranger: str) -> None:
    with pytest.raises(NotAllowed):
        names(cast, "party", now, stranger)
    assert names(cast, "party", now, "work_secretary") == PARTY
