"""月度通报: figures frozen, a second person, two at once, what a later month says of an earlier."""

import copy
import io
from datetime import UTC, date, datetime

import pytest
from docx import Document as Docx
from sqlalchemy import select
from sqlalchemy.orm import Session

from models import CityCircular, Notification
from tests.cast import Cast
from tests.workflows import matter_paths
from tests.workflows.test_finding_lists import found
from workflows import city_circulars
from workflows.errors import Conflict, Invalid, NotAllowed, NotFound, Refused

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
APRIL = datetime(2026, 4, 2, 1, 0, tzinfo=UTC)
READERS = ("head", "secretary", "deputy")
DRAFTER, LEADER = "supervisor", "work_deputy"


@pytest.fixture
def cast(session: Session) -> Cast:
    cast = matter_paths.supervised_city(session, NOW)
    establish(cast, "k:1")
    return cast


def establish(cast: Cast, key: str, day: date = date(2026, 2, 10)) -> None:
    found(cast, NOW, key, happened_on=day).status = "established"
    cast.session.flush()


def draft(cast: Cast, month: int = 202602, now: datetime = NOW, who: str = DRAFTER) -> CityCircular:
    return city_circulars.draft(cast.session, month, rights=cast.rights(who, now), now=now)


def issue(cast: Cast, row: CityCircular, who: str = LEADER, now: datetime = NOW) -> None:
    rights, version = cast.rights(who, now), row.version
    city_circulars.issue(cast.session, row, version=version, rights=rights, now=now)


def change(
    cast: Cast, row: CityCircular, who: str, remarks: str, version: int | None = None
) -> None:
    city_circulars.change(
        cast.session,
        row,
        remarks,
        version=version or row.version,
        anew=False,
        rights=cast.rights(who, NOW),
        now=NOW,
    )


def test_issued_it_is_numbered_frozen_and_told_to_the_organs(cast: Cast) -> None:
    row = draft(cast)
    change(cast, row, DRAFTER, "限期补办。")
    issue(cast, row)
    assert (row.state, row.number) == ("issued", "市直工通报〔2026〕1号")
    kept = copy.deepcopy(row.figures)
    establish(cast, "k:2")
    cast.session.expire_all()
    assert row.figures == kept
    assert row.figures["month"]["findings"] == {"missed_duty": 1}
    with pytest.raises(Conflict):
        change(cast, row, DRAFTER, "x")
    with pytest.raises(Conflict):
        issue(cast, row)
    told = cast.session.scalars(
        select(Notification.recipient_id).where(Notification.kind == "city_circular")
    )
    names = ("head", "secretary", "deputy")
    readers = {
        cast.users[f"{organ}_{one}"].id for organ in ("finance", "planning") for one in names
    }
    assert set(told) == readers
    text = "\n".join(
        one.text
        for one in Docx(io.BytesIO(city_circulars.paper(cast.session, row, now=NOW))).paragraphs
    )
    assert "市直工通报〔2026〕1号" in text
    assert "认定问题1个" in text
    assert "限期补办。" in text


def test_a_later_month_says_what_became_different(cast: Cast) -> None:
    issue(cast, draft(cast))
    assert draft(cast, 202603, APRIL).figures["changes"] == []
    establish(cast, "k:2")
    row = cast.session.scalars(select(CityCircular).where(CityCircular.month == 202603)).one()
    rights = cast.rights(DRAFTER, APRIL)
    city_circulars.change(
        cast.session, row, "", version=row.version, anew=True, rights=rights, now=APRIL
    )
    assert row.figures["changes"] == [
        {
            "number": "市直工通报〔2026〕1号",
            "figure": "missed_duty",
            "kind": "findings",
            "was": 1,
            "is": 2,
        }
    ]


def test_who_drafts_or_changed_it_last_does_not_issue_it(cast: Cast) -> None:
    row = draft(cast)
    with pytest.raises(NotAllowed):
        issue(cast, row, DRAFTER)
    change(cast, row, LEADER, "补充要求")
    with pytest.raises(Refused):
        issue(cast, row, LEADER)
    issue(cast, row, "work_secretary")
    assert row.issued_by == cast.users["work_secretary"].id


def test_a_month_is_over_before_it_is_issued(cast: Cast) -> None:
    with pytest.raises(Refused):
        draft(cast, 202604)
    row = draft(cast, 202603)
    with pytest.raises(Refused):
        issue(cast, row, now=APRIL)
    rights = cast.rights(DRAFTER, APRIL)
    city_circulars.change(
        cast.session, row, "", version=row.version, anew=True, rights=rights, now=APRIL
    )
    issue(cast, row, now=APRIL)
    assert row.state == "issued"


def test_bad_input_is_refused(cast: Cast) -> None:
    for month in (0, 202613, 199912, 999901):
        with pytest.raises(Invalid):
            draft(cast, month)
    row = draft(cast)
    with pytest.raises(Conflict, match="drafted"):
        draft(cast, who="supervisor2")
    with pytest.raises(Invalid):
        change(cast, row, DRAFTER, "长" * 5001)
    with pytest.raises(NotAllowed):
        draft(cast, 202601, who="finance_head")
    with pytest.raises(NotAllowed):
        change(cast, row, "finance_head", "x")


def test_two_at_once_one_changes_and_the_other_is_told(cast: Cast) -> None:
    row = draft(cast)
    seen = row.version
    change(cast, row, DRAFTER, "先改", seen)
    with pytest.raises(Conflict) as told:
        city_circulars.issue(
            cast.session, row, version=seen, rights=cast.rights(LEADER, NOW), now=NOW
        )
    assert told.value.facts["who"] == DRAFTER
    assert row.state == "draft"


def test_drafts_are_for_who_works_on_them(cast: Cast) -> None:
    row = draft(cast)

    def sees(who: str) -> bool:
        try:
            city_circulars.get(cast.session, row.id, rights=cast.rights(who, NOW))
        except NotFound:
            return False
        return True

    assert [sees(who) for who in (DRAFTER, LEADER, "finance_head", "system_admin")] == [
        True,
        True,
        False,
        False,
    ]
    issue(cast, row)
    assert sees("finance_head")
    assert not sees("finance_member")
    rights = cast.rights("finance_head", NOW)
    assert len(city_circulars.page(cast.session, rights).rows) == 1
