"""The tree of units: what may stand where, and what is left when one goes."""

from datetime import date, datetime

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from models import AuditRow, Holding, Post, Role, Unit, UnitKind, User
from tests.cast import assemble
from tests.workflows.test_people import holder
from workflows import access, posts, staffing, units
from workflows.deadlines import day_of
from workflows.errors import Conflict, Invalid, NotAllowed, NotFound, Refused
from workflows.units import Draft

TODAY = date(2026, 3, 2)


@pytest.fixture
def city(session: Session, now: datetime) -> dict[str, Unit]:
    """市委 > 工委 > 财政局 > 机关党委 > two branches."""
    kinds = {
        "SW": ("committee", None),
        "GW": ("work_committee", "SW"),
        "CZ": ("party_group", "GW"),
        "CZJG": ("organ_committee", "CZ"),
        "CZ1": ("branch", "CZJG"),
        "CZ2": ("branch", "CZJG"),
    }
    made: dict[str, Unit] = {}
    for code, (kind, parent) in kinds.items():
        above = made[parent].id if parent else None
        draft = Draft(code, f"单位{code}", kind, above, member_count=10)
        made[code] = units.add(session, draft, by=None, now=now)
    return made


def test_a_subtree_is_a_prefix(city: dict[str, Unit]) -> None:
    assert city["CZ1"].is_under(city["GW"])
    assert not city["CZ1"].is_under(city["CZ2"])
    assert city["CZ1"].path.endswith(f"/{city['CZJG'].id}/{city['CZ1'].id}/")


def test_the_tree_counts_what_hangs_on_a_unit(
    session: Session, city: dict[str, Unit], now: datetime
) -> None:
    session.add_all(User(login=f"p{n}", name="某", unit_id=city["CZ1"].id) for n in range(3))
    admin = posts_holder(session, city["GW"], now)
    tree = units.tree(session, rights=access.rights_of(session, admin, now=now), today=TODAY)
    told = [(one.unit.code, one.depth, one.units, one.people) for one in tree]
    assert told == [
        ("GW", 0, 4, 3), ("CZ", 1, 3, 3), ("CZJG", 2, 2, 3), ("CZ1", 3, 0, 3), ("CZ2", 3, 0, 0)
    ]  # fmt: skip
    assert [one.code for one in units.ancestors(session, city["CZ"])] == ["SW", "GW", "CZ"]


def posts_holder(session: Session, unit: Unit, now: datetime) -> User:
    user = User(login=f"l{unit.code}", name="某")
    session.add(user)
    session.flush()
    posts.grant(session, Role.SYSTEM_ADMIN, unit, user, since=TODAY, reason="", by=None, now=now)
    return user


def test_a_stranger_sees_no_unit(session: Session, city: dict[str, Unit], now: datetime) -> None:
    mine = posts_holder(session, city["CZ1"], now)
    rights = access.rights_of(session, mine, now=now)
    assert units.readable(session, city["CZ1"].id, rights=rights) is city["CZ1"]
    with pytest.raises(NotFound):
        units.readable(session, city["CZ2"].id, rights=rights)


@pytest.mark.parametrize(
    ("code", "kind", "parent", "field"),
    [("X", "branch", "SW", "kind"), (" ", "branch", "CZJG", "code"), ("X", "club", "GW", "kind")],
)
def test_what_may_not_stand_there_is_refused(
    session: Session, city: dict[str, Unit], now: datetime, code: str, kind: str, parent: str,
    field: str,
) -> None:  # fmt: skip
    with pytest.raises(Invalid) as refused:
        units.add(session, Draft(code, "某", kind, city[parent].id), by=None, now=now)
    assert set(refused.value.fields) == {field}


def test_a_code_is_given_once(session: Session, city: dict[str, Unit], now: datetime) -> None:
    with pytest.raises(Conflict):
        units.add(session, Draft("CZ1", "某", "branch", city["CZJG"].id), by=None, now=now)


def test_a_unit_moves_with_all_below_it(
    session: Session, city: dict[str, Unit], now: datetime
) -> None:
    other = units.add(
        session, Draft("FG", "发改委", "party_group", city["GW"].id), by=None, now=now
    )
    units.move(session, city["CZJG"], other, by=None, now=now)
    assert city["CZ1"].is_under(other)
    assert not city["CZ1"].is_under(city["CZ"])
    with pytest.raises(Refused):
        units.move(session, city["CZJG"], city["CZ1"], by=None, now=now)


def test_only_an_empty_unit_is_abolished(
    session: Session, city: dict[str, Unit], now: datetime
) -> None:
    with pytest.raises(Refused):
        units.abolish(session, city["CZJG"], on=TODAY, by=None, now=now)
    units.abolish(session, city["CZ1"], on=TODAY, by=None, now=now)
    assert units.children(session, city["CZJG"], today=TODAY) == [city["CZ2"]]
    with pytest.raises(Conflict):
        units.abolish(session, city["CZ1"], on=TODAY, by=None, now=now)


def test_a_new_name_is_on_file_with_the_old(
    session: Session, city: dict[str, Unit], now: datetime
) -> None:
    units.rename(session, city["CZ1"], "第一党支部", by=None, now=now)
    line = session.scalars(select(AuditRow).where(AuditRow.action == "unit_renamed")).one()
    assert line.detail == {"before": "单位CZ1", "after": "第一党支部"}
    with pytest.raises(Invalid):
        units.rename(session, city["CZ1"], "第一党支部", by=None, now=now)


def test_the_secretary_of_a_committee_is_one_of_the_organs_leaders(
    session: Session, now: datetime
) -> None:
    cast = assemble(session)

    def warned() -> set[str]:
        found = staffing.concerns(session, today=day_of(now))
        return {one.user.name for one in found if one.user and "leads nothing" in one.message}

    assert warned() == {"finance_secretary", "planning_secretary"}
    cast.holder("finance_secretary", "班子成员", "finance")
    cast.holder("planning_secretary", "党委书记", "finance")  # of another organ
    assert warned() == {"planning_secretary"}
    held = (
        select(Holding).join(Post).where(Post.kind == "班子成员", Post.title == "finance班子成员")
    )
    for one in session.scalars(held):
        one.until = day_of(now)
    session.flush()
    assert warned() == {"finance_secretary", "planning_secretary"}


def test_units_are_kept_by_the_system_admin(
    session: Session, city: dict[str, Unit], now: datetime
) -> None:
    stranger = holder(session, Role.SECURITY_ADMIN)
    with pytest.raises(NotAllowed):
        units.rename(session, city["CZ1"], "某", by=stranger, now=now)
    with pytest.raises(NotAllowed):
        units.abolish(session, city["CZ1"], on=TODAY, by=stranger, now=now)
    with pytest.raises(NotAllowed):
        units.add(session, Draft("X", "某", "branch", city["CZJG"].id), by=stranger, now=now)
    with pytest.raises(NotAllowed):
        units.move(session, city["CZ1"], city["CZ"], by=stranger, now=now)


def test_what_is_amiss_is_said(session: Session, city: dict[str, Unit], now: datetime) -> None:
    user = posts_holder(session, city["GW"], now)
    secretary = posts.at(session, city["CZ1"], "支部书记")
    posts.appoint(session, secretary, user, since=TODAY, by=None, now=now)
    user.enabled = False
    city["CZ2"].member_count, city["CZ2"].term_ends_on = 51, date(2026, 1, 1)
    session.flush()
    said = {
        (one.message, one.unit.code if one.unit else "")
        for one in staffing.concerns(session, today=TODAY)
    }
    assert ("Nobody holds the post {post}.", "CZ2") in said
    assert ("Nobody holds the post {post}.", "CZ1") not in said
    assert ("{who} holds {post}, but the account is disabled.", "CZ1") in said
    assert ("{count} full members: a branch normally has up to 50.", "CZ2") in said
    assert ("Its term ended on {day}.", "CZ2") in said
    assert ("Nobody is {role}.", "") in said
    only = staffing.concerns(session, today=TODAY, unit=city["CZ2"])
    assert {one.unit.code for one in only if one.unit} == {"CZ2"}
    assert session.scalars(select(Post.kind)).all() == ["支部书记"]
    assert UnitKind(city["CZ1"].kind) is UnitKind.BRANCH
