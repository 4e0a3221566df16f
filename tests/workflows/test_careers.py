"""党务工作经历: posts and entries on record; open to the person and to who manages cadres."""

from datetime import date, datetime

import pytest
from sqlalchemy.orm import Session

from models import Role
from tests.cast import Cast, assemble, install
from tests.workflows.using import begun, entered
from workflows import careers
from workflows.errors import NotFound


@pytest.fixture
def cast(session: Session, now: datetime) -> Cast:
    install(session, now)
    cast = assemble(session)
    cast.grant("organiser", Role.ORGANISER, "work")
    entered(cast, begun(cast, now), now)
    return cast


def test_a_record_is_open_to_the_person_and_to_who_manages_cadres(
    cast: Cast, now: datetime
) -> None:
    who = cast.users["finance_secretary"].id
    for reader in ("finance_secretary", "organiser", "work_secretary", "finance_head"):
        record = careers.of(cast.session, who, rights=cast.rights(reader, now))
        assert [(one.post.kind, one.is_party) for one in record.terms] == [("机关党委书记", True)]
        assert [entry.kind for entry, _ in record.entries] == ["training"]
    for stranger in (
        "planning_head",
        "finance_deputy",
        "finance_member",
        "supervisor",
        "audit_admin",
    ):
        with pytest.raises(NotFound):
            careers.of(cast.session, who, rights=cast.rights(stranger, now))


def test_the_list_of_records_is_paged_within_the_reader_s_reach(cast: Cast, now: datetime) -> None:
    first, after = careers.search(cast.session, cast.rights("organiser", now), limit=4)
    rest, end = careers.search(cast.session, cast.rights("organiser", now), after=after, limit=4)
    names = [one.user.name for one in (*first, *rest)]
    assert sorted(names) == sorted(
        f"{organ}_{post}"
        for organ in ("finance", "planning")
        for post in ("secretary", "deputy", "branch_secretary")
    )
    assert (len(first), end) == (4, 0)
    deputy = next(one for one in (*first, *rest) if one.user.name == "finance_deputy")
    assert (deputy.full_time, deputy.since) == (True, date(2024, 1, 1))
    own, _ = careers.search(cast.session, cast.rights("finance_head", now), words="secretary")
    assert {one.user.name for one in own} == {"finance_secretary", "finance_branch_secretary"}
    assert careers.search(cast.session, cast.rights("supervisor", now)) == ([], 0)
