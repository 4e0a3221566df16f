"""交接: what is open goes over with the post, the list is made out anew, both names are kept."""

from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from models import (
    AuditRow,
    Case,
    CaseStatus,
    Delivery,
    Holding,
    JointPlan,
    PlanItem,
    Post,
    PostHandover,
    ResponsibilityList,
    ResponsibilityRound,
)
from tests.cast import Cast, assemble, install
from tests.workflows.listing import begun, decided, in_force, list_of, sign
from workflows import posts, responsibility_handovers
from workflows.errors import Conflict, Invalid, NotAllowed, NotFound
from workflows.responsibility_handovers import Asked
from workflows.responsibility_rounds import lines_of

DAY = date(2026, 3, 2)


@pytest.fixture
def cast(session: Session, now: datetime) -> Cast:
    install(session, now)
    return assemble(session)


def post_of(cast: Cast, who: str) -> Post:
    return cast.session.scalars(
        select(Post).join(Holding, Holding.post_id == Post.id)
        .where(Holding.user_id == cast.users[who].id)
    ).one()  # fmt: skip


def hand_over(
    cast: Cast,
    now: datetime,
    who: str = "finance_secretary",
    to: str = "finance_member",
    by: str = "system_admin",
    since: date = DAY,
) -> PostHandover:
    return responsibility_handovers.hand_over(
        cast.session,
        post_of(cast, who).id,
        Asked(cast.users[to].id, since, "干部交流"),
        rights=cast.rights(by, now),
        now=now,
    )


def test_a_list_in_force_is_made_out_anew_signed_and_the_old_one_kept(
    cast: Cast, now: datetime
) -> None:
    in_force(cast, now)
    old = list_of(cast, "finance_secretary")
    made = hand_over(cast, now)
    new = list_of(cast, "finance_member")
    assert (old.state, new.state, new.number) == ("signed", "issued", 2)
    lines = lines_of(cast.session, [old.id, new.id])
    assert [one.text for one in lines[old.id]] == [one.text for one in lines[new.id]]
    round_ = cast.session.get_one(ResponsibilityRound, new.round_id)
    assert (round_.kind, round_.meeting) == ("handover", "党组会议")
    case = cast.session.get_one(Case, round_.case_id)
    sign(cast, case, "finance_member", now)
    assert case.status == CaseStatus.FINISHED
    assert (old.state, old.replaced_by, new.state) == ("replaced", new.id, "signed")
    assert (made.from_user_id, made.to_user_id) == (
        cast.users["finance_secretary"].id,
        cast.users["finance_member"].id,
    )
    assert made.moved["lists"][0]["made"] == str(new.id)
    told = cast.session.scalars(select(AuditRow).where(AuditRow.action == "handed_over")).one()
    assert (told.detail["from"], told.detail["to"]) == ("finance_secretary", "finance_member")
    held = cast.session.scalars(
        select(Holding).where(Holding.post_id == made.post_id).order_by(Holding.since)
    ).all()
    assert [(one.user_id, one.until) for one in held] == [
        (made.from_user_id, DAY),
        (made.to_user_id, None),
    ]


def test_a_list_not_signed_yet_takes_the_new_name_and_its_task_goes_over(
    cast: Cast, now: datetime
) -> None:
    case = begun(cast, now)
    decided(cast, case, now)
    row = list_of(cast, "finance_secretary")
    made = hand_over(cast, now)
    assert row.user_id == cast.users["finance_member"].id
    assert [one["name"] for one in made.moved["tasks"]] == [f"签收清单：{row.post_then}"]
    assert cast.session.scalars(select(ResponsibilityRound)).one().kind == "template"
    served = set(cast.session.scalars(select(Delivery.recipient_id)))
    assert cast.users["finance_member"].id in served
    sign(cast, case, "finance_member", now)
    assert row.state == "signed"


def test_open_drafting_goes_over_with_the_post(cast: Cast, now: datetime) -> None:
    case = begun(cast, now)
    made = hand_over(cast, now, who="finance_deputy")
    assert [one["name"] for one in made.moved["tasks"]] == ["拟订清单"]
    cast.do(case, "draft_lists", "finance_member", now, {"note": "接手拟订"})


def test_looking_changes_nothing(cast: Cast, now: datetime) -> None:
    in_force(cast, now)
    post = post_of(cast, "finance_secretary")
    before = cast.session.scalars(select(ResponsibilityList.id)).all()
    rights = cast.rights("system_admin", now)
    seen = responsibility_handovers.look(cast.session, post.id, rights=rights, now=now)
    assert seen.leaving.id == cast.users["finance_secretary"].id
    assert [one.state for one in seen.lists] == ["signed"]
    assert cast.session.scalars(select(ResponsibilityList.id)).all() == before
    assert not cast.session.new
    assert not cast.session.dirty


def test_who_was_appointed_already_is_handed_the_rest_by_the_organ(
    cast: Cast, now: datetime
) -> None:
    in_force(cast, now)
    post = post_of(cast, "finance_secretary")
    admin = cast.users["system_admin"]
    holding = cast.session.scalars(select(Holding).where(Holding.post_id == post.id)).one()
    posts.relieve(cast.session, holding, until=DAY, by=admin, now=now)
    follower = cast.users["finance_member"]
    posts.appoint(cast.session, post, follower, since=DAY, by=admin, now=now)
    made = responsibility_handovers.hand_over(
        cast.session,
        post.id,
        Asked(follower.id, DAY),
        rights=cast.rights("finance_deputy", now),
        now=now,
    )
    assert made.from_user_id == cast.users["finance_secretary"].id
    assert list_of(cast, "finance_member").state == "issued"


def test_only_the_keeper_of_posts_appoints(cast: Cast, now: datetime) -> None:
    in_force(cast, now)
    with pytest.raises(NotAllowed), cast.session.begin_nested():
        hand_over(cast, now, by="finance_deputy")
    hand_over(cast, now)


def test_twice_the_second_is_told_of_the_first(cast: Cast, now: datetime) -> None:
    in_force(cast, now)
    hand_over(cast, now)
    post = list_of(cast, "finance_member").post_id
    with pytest.raises(Conflict) as told:
        responsibility_handovers.hand_over(
            cast.session,
            post,
            Asked(cast.users["finance_member"].id, DAY),
            rights=cast.rights("system_admin", now),
            now=now + timedelta(minutes=5),
        )
    assert (told.value.facts["who"], told.value.facts["when"]) == ("system_admin", now)


@pytest.mark.parametrize(
    ("to", "since", "field"),
    [
        ("finance_secretary", DAY, "to"),
        ("finance_member", DAY + timedelta(days=1), "since"),
        ("finance_member", date(2020, 1, 1), "since"),
    ],
)
def test_a_wrong_hand_over_is_told_by_field(
    cast: Cast, now: datetime, to: str, since: date, field: str
) -> None:
    in_force(cast, now)
    with pytest.raises(Invalid) as told, cast.session.begin_nested():
        hand_over(cast, now, to=to, since=since)
    assert list(told.value.fields) == [field]


def test_a_disabled_person_takes_nothing_over(cast: Cast, now: datetime) -> None:
    in_force(cast, now)
    cast.users["finance_member"].enabled = False
    with pytest.raises(Invalid):
        hand_over(cast, now)


def test_a_post_next_door_cannot_be_looked_at(cast: Cast, now: datetime) -> None:
    post = post_of(cast, "finance_secretary")
    with pytest.raises(NotFound):
        responsibility_handovers.look(
            cast.session, post.id, rights=cast.rights("planning_deputy", now), now=now
        )


def test_the_history_names_both_and_stays_in_reach(cast: Cast, now: datetime) -> None:
    in_force(cast, now)
    hand_over(cast, now)

    def names(who: str) -> list[tuple[str, str, str]]:
        rights = cast.rights(who, now)
        done = responsibility_handovers.history(cast.session, rights)
        return [(one.leaving, one.coming, one.by) for one in done]

    told = [("finance_secretary", "finance_member", "system_admin")]
    assert names("supervisor") == told
    assert names("system_admin") == told
    assert names("planning_head") == []


def test_of_two_editions_the_one_to_be_signed_goes_over_alone(cast: Cast, now: datetime) -> None:
    in_force(cast, now)
    old = list_of(cast, "finance_secretary")
    case = begun(cast, now, carry=True)
    decided(cast, case, now)
    made = hand_over(cast, now)
    assert [one["edition"] for one in made.moved["lists"]] == ["2"]
    assert list_of(cast, "finance_member").number == 2
    assert (old.state, old.user_id) == ("signed", cast.users["finance_secretary"].id)
    assert len(cast.session.scalars(select(ResponsibilityRound)).all()) == 2  # none for the rest


def planned(cast: Cast, post: Post) -> PlanItem:
    """An item of the organ's joint plan, owned by the secretary for the party side."""
    plan = JointPlan(unit_id=cast.units["finance"].id, year=2026, state="running")
    cast.session.add(plan)
    cast.session.flush()
    item = PlanItem(
        plan_id=plan.id,
        number=1,
        business_goal="预算执行率达到95%",
        owner_business_id=cast.users["finance_leader"].id,
        owner_party_id=cast.users["finance_secretary"].id,
        owner_party_post_id=post.id,
        due_on=date(2026, 12, 31),
    )
    cast.session.add(item)
    cast.session.flush()
    return item


def test_items_of_the_joint_plan_go_over_with_the_post(cast: Cast, now: datetime) -> None:
    post = post_of(cast, "finance_secretary")
    item = planned(cast, post)
    rights = cast.rights("system_admin", now)
    seen = responsibility_handovers.look(cast.session, post.id, rights=rights, now=now)
    assert [one.id for one in seen.items] == [item.id]
    assert item.owner_party_id == cast.users["finance_secretary"].id
    made = hand_over(cast, now)
    assert item.owner_party_id == cast.users["finance_member"].id
    assert item.owner_business_id == cast.users["finance_leader"].id
    assert [one["name"] for one in made.moved["items"]] == ["预算执行率达到95%"]
