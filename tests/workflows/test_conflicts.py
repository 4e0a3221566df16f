"""Whom the file proposes for 回避: of the unit concerned, or declared to be close to it."""

from datetime import datetime

import pytest
from sqlalchemy import delete
from sqlalchemy.orm import Session

from models import Assessment, Case, Recusal, Scheme
from tests.cast import Cast, assemble, install
from tests.workflows import matter_paths as path
from tests.workflows.test_suspensions import investigating
from tests.workflows.test_withdrawals import ask, decide
from workflows import conflicts
from workflows.conflicts import DECLARED, SAME_UNIT


@pytest.fixture
def cast(session: Session, now: datetime) -> Cast:
    install(session, now)
    return assemble(session)


@pytest.fixture
def case(cast: Cast, now: datetime) -> Case:
    """Against the head of the finance bureau; supervisor and supervisor2 investigate."""
    return investigating(cast, now)


def proposed(cast: Cast, case: Case, now: datetime) -> list[tuple[str, str]]:
    return [(one.user.name, one.ground) for one in conflicts.of_case(cast.session, case, now=now)]


def declare(cast: Cast, who: str, unit: str, now: datetime, **more: object) -> None:
    scheme = Scheme(
        group="organs",
        year=2025,
        number=1,
        name="方案",
        content={},
        status="published",
        made_at=now,
    )
    cast.session.add(scheme)
    cast.session.flush()
    year = Assessment(group="organs", year=2025, scheme_id=scheme.id, cutoff=now.date())
    cast.session.add(year)
    cast.session.flush()
    cast.session.add(
        Recusal(
            assessment_id=year.id, user_id=cast.users[who].id, unit_id=cast.units[unit].id,
            ground="relative", declared_by=cast.users[who].id, declared_at=now, **more,
        )
    )  # fmt: skip
    cast.session.flush()


def test_nobody_is_named_without_a_ground(cast: Cast, case: Case, now: datetime) -> None:
    assert proposed(cast, case, now) == []


def test_who_belongs_to_the_unit_of_the_subject(cast: Cast, case: Case, now: datetime) -> None:
    cast.users["supervisor2"].unit_id = cast.units["finance"].id
    cast.users["supervisor3"].unit_id = cast.units["finance"].id  # has nothing to do with it
    cast.session.flush()
    assert proposed(cast, case, now) == [("supervisor2", SAME_UNIT)]


def test_who_has_declared_to_be_close(cast: Cast, case: Case, now: datetime) -> None:
    declare(cast, "supervisor", "finance", now)
    assert proposed(cast, case, now) == [("supervisor", DECLARED)]


@pytest.mark.parametrize("unit", ["planning", "finance"])
def test_a_declaration_elsewhere_or_taken_back_says_nothing(
    cast: Cast, case: Case, now: datetime, unit: str
) -> None:
    declare(cast, "supervisor", unit, now, withdrawn_at=now if unit == "finance" else None)
    assert proposed(cast, case, now) == []


def test_who_keeps_out_is_not_proposed_again(cast: Cast, case: Case, now: datetime) -> None:
    cast.users["supervisor"].unit_id = cast.units["finance"].id
    cast.session.flush()
    assert proposed(cast, case, now) == [("supervisor", SAME_UNIT)]
    decide(cast, ask(cast, case, now), now, "work_deputy")
    assert proposed(cast, case, now) == []


def test_a_matter_is_done_by_the_unit_it_concerns(session: Session, now: datetime) -> None:
    cast = path.supervised_city(session, now)
    session.execute(delete(Recusal))
    assert proposed(cast, path.working(cast, now), now) == []
