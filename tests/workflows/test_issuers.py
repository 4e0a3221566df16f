"""In whose name a paper goes out."""

from datetime import datetime

import pytest
from sqlalchemy.orm import Session

from models import Unit, UnitKind
from tests.cast import Cast, assemble
from workflows import issuers


@pytest.fixture
def cast(session: Session) -> Cast:
    return assemble(session)


def test_who_acts_issues_for_his_own_organ(cast: Cast, now: datetime) -> None:
    def issuer(who: str) -> str:
        return issuers.issuer_of(cast.session, cast.users[who], now=now)

    work, finance = cast.units["work"].name, cast.units["finance"].name
    assert issuer("work_secretary") == issuer("supervisor") == work
    assert issuer("finance_leader") == f"中共{finance}党组"
    assert issuer("finance_secretary") == f"中共{finance}党组"  # a post below the organ


def test_the_clock_issues_for_the_work_committee(cast: Cast, now: datetime) -> None:
    assert issuers.issuer_of(cast.session, None, now=now) == cast.units["work"].name


def test_an_organ_that_is_called_a_party_group_keeps_its_name() -> None:
    assert issuers.name_of(Unit(kind=UnitKind.PARTY_GROUP, name="市财政局党组")) == "市财政局党组"
