"""What a plan to move cases may ask for, told by field where it does not hold."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from models import Definition
from tests.moving import V1, Office, Version
from workflows import registry
from workflows.errors import Invalid

V2 = Version(steps=("write", "check", "confirm", "sign"))


@pytest.fixture
def office(session: Session, now: datetime) -> Office:
    return Office(session, now, V1, V2)


@pytest.mark.parametrize(
    ("wish", "field"),
    [
        ({"to": 2, "reason": " "}, "reason"),
        ({"to": 9}, "to"),
        ({"to": 1}, "from"),
        ({"to": 2, "mapping": {"write": "confirm"}}, "map-write"),
        ({"to": 2, "mapping": {"nothing": "confirm"}}, "map-nothing"),
        ({"to": 3, "mapping": {"check": "nothing"}}, "map-check"),
        ({"to": 3, "mapping": {"check": "x", "write": "x"}}, "map-write"),
    ],
)
def test_a_wish_that_does_not_hold_is_refused_by_field(
    office: Office, wish: dict[str, object], field: str
) -> None:
    office.publish(Version(steps=("x", "sign")))
    with pytest.raises(Invalid) as told:
        office.plan(**wish)  # type: ignore[arg-type]
    assert field in told.value.fields


def test_a_version_that_is_not_in_force_yet_is_refused(office: Office) -> None:
    office.publish()
    newest = office.session.scalars(select(Definition).where(Definition.number == 2)).one()
    newest.effective_from = office.now + timedelta(days=1)
    with pytest.raises(Invalid):
        office.plan(2)


def test_a_step_on_which_rules_of_the_house_hang_keeps_its_id(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.publish(Version(steps=("draft", "check", "sign")))
    monkeypatch.setitem(registry.GUARDS, ("trial", "write"), [])
    with pytest.raises(Invalid) as told:
        office.plan(3, mapping={"write": "draft"})
    assert set(told.value.fields) == {"map-write"}
