"""催办 by hand: by a supervisor above the unit, not too often, with a receipt."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from models import Acknowledgement, Document, Notification, Urging
from tests.cast import Cast
from tests.workflows import matter_paths as path
from tests.workflows.matter_paths import do, hand_in, the_matter
from workflows import urgings
from workflows.errors import Conflict, Invalid, NotAllowed, NotFound


@pytest.fixture
def cast(session: Session, now: datetime) -> Cast:
    return path.supervised_city(session, now)


def urge(cast: Cast, case_id: int, who: str, now: datetime, text: str = "请速办") -> Urging:
    return urgings.urge(cast.session, case_id, text=text, rights=cast.rights(who, now), now=now)


def test_who_is_waited_for_hears_of_it_and_signs(cast: Cast, now: datetime) -> None:
    case = path.working(cast, now)
    urging = urge(cast, case.id, "supervisor", now)
    handler = cast.users["finance_handler"]
    told = cast.session.scalars(
        select(Notification.recipient_id).where(Notification.kind == "urged")
    )
    assert list(told) == [handler.id]
    with pytest.raises(NotFound):
        urgings.sign_for(cast.session, urging.id, user=cast.users["planning_handler"], now=now)
    urgings.sign_for(cast.session, urging.id, user=handler, now=now)
    assert (urging.number, urging.read_by, urging.read_at) == (1, handler.id, now)
    assert the_matter(cast, case).urge_count == 1


def test_the_next_urging_waits_a_day(cast: Cast, now: datetime) -> None:
    case = path.working(cast, now)
    urge(cast, case.id, "supervisor", now)
    with pytest.raises(Conflict):
        urge(cast, case.id, "supervisor2", now + timedelta(hours=23))
    assert urge(cast, case.id, "supervisor2", now + timedelta(hours=24)).number == 2


def test_strangers_do_not_urge(cast: Cast, now: datetime) -> None:
    case = path.working(cast, now)
    for who in ("planning_head", "finance_member", "audit_admin"):
        with pytest.raises(NotFound):
            urge(cast, case.id, who, now)
    for who in ("finance_head", "finance_handler", "handler"):
        with pytest.raises(NotAllowed):
            urge(cast, case.id, who, now)
    with pytest.raises(Invalid):
        urge(cast, case.id, "supervisor", now, " ")
    assert cast.session.scalars(select(Urging)).all() == []


def test_a_finished_case_is_not_urged(cast: Cast, now: datetime) -> None:
    case = path.working(cast, now)
    hand_in(cast, case, now)
    path.review(cast, case, now, "accept")
    with pytest.raises(Conflict):
        urge(cast, case.id, "supervisor", now)


def test_a_drawn_urging_is_served_and_kept_by_handing_in(cast: Cast, now: datetime) -> None:
    case = path.working(cast, now, floor="yellow")
    with pytest.raises(Invalid) as refusal, cast.session.begin_nested():
        do(cast, case, "urge", "supervisor", now, new_date="2026-03-10", text="请速办")
    assert "new_date" in refusal.value.fields
    do(cast, case, "urge", "supervisor", now, new_date="2026-03-09", text="请速办")
    paper = cast.session.scalars(select(Document).where(Document.template == "urge_notice")).one()
    assert paper.values["urge_number"] == 1
    served = set(
        cast.session.scalars(
            select(Acknowledgement.user_id).where(Acknowledgement.subject == "催办单")
        )
    )
    assert served == {cast.users["finance_handler"].id, cast.users["finance_leader"].id}
    hand_in(cast, case, now)
    assert cast.session.scalars(select(Urging.met)).one() is True


def test_doing_what_was_urged_is_a_receipt(cast: Cast, now: datetime) -> None:
    case = path.working(cast, now)
    urging = urgings.urge(
        cast.session, case.id, text="请速办", rights=cast.rights("supervisor", now), now=now
    )
    assert urging.read_at is None
    path.hand_in(cast, case, now)
    cast.session.refresh(urging)
    assert urging.read_at == now
    assert urging.read_by == cast.users["finance_handler"].id
