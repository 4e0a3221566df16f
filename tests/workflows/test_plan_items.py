"""An item of a plan: its lights, its evidence, the matter offered, owners who leave."""

from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker

from models import AuditRow, Case, Holding, Matter, PlanCheckpoint, PlanItem, Post
from tests.cast import Cast
from tests.conftest import AUDIT_KEY
from tests.workflows import planning
from tests.workflows.planning import BRANCH, DEPUTY, HEAD, LEADER, checked, items, running, woken
from tests.workflows.steps import refused
from workflows import jobs, plan_items, plan_lights, plan_lists, plan_owners
from workflows.deadlines import day_of
from workflows.errors import Conflict, Invalid, NotAllowed, NotFound
from workflows.plan_lists import Filter
from workflows.plan_records import SIDES, Shown


@pytest.fixture
def cast(session: Session, now: datetime) -> Cast:
    return planning.stage(session, now)


@pytest.fixture
def item(cast: Cast, now: datetime) -> PlanItem:
    return items(cast, running(cast, now))[0]


def opened(cast: Cast, item: PlanItem, who: str, now: datetime) -> plan_items.Opened:
    return plan_items.get(cast.session, item.id, rights=cast.rights(who, now))


def carry_out(cast: Cast, item: PlanItem) -> PlanCheckpoint:
    wanted = select(PlanCheckpoint).where(
        PlanCheckpoint.item_id == item.id, PlanCheckpoint.stage == "carry_out"
    )
    return cast.session.scalars(wanted).one()


def show(cast: Cast, item: PlanItem, now: datetime, sides: str, who: str = LEADER) -> None:
    shown = Shown("carry_out", "result", day_of(now), SIDES[sides], "推进情况")
    rights = cast.rights(who, now)
    plan_items.hand_in(cast.session, opened(cast, item, who, now), shown, rights=rights, now=now)


# lights


def test_a_light_climbs_the_citys_ladder_rung_by_rung(cast: Cast, item: PlanItem) -> None:
    """Each change comes at the moment that was foretold, and at no other."""
    one, seen = carry_out(cast, item), []
    while one.watch_at is not None:
        at = one.watch_at
        assert plan_lights.look_again(cast.session, [one.id], now=at - timedelta(seconds=1)) == 0
        assert plan_lights.look_again(cast.session, [one.id], now=at) == 1
        seen.append((one.light, day_of(at)))
    lights = [light for light, _ in seen]
    assert lights == ["blue", "yellow", "red"]
    assert seen[1][1] == date(2026, 12, 1)  # the day after it was due
    assert seen[2][1] == date(2026, 12, 8)  # more than five working days late
    assert one.red_at is not None


def test_the_clock_judges_what_is_due_once(cast: Cast, item: PlanItem) -> None:
    cast.session.commit()
    engine = cast.session.get_bind()
    sessions = sessionmaker(engine, expire_on_commit=False, info={"audit_key": AUDIT_KEY})
    late = datetime.fromisoformat("2026-12-10T01:00:00+00:00")
    assert jobs.watch_plans(sessions, now=late) > 0
    assert jobs.watch_plans(sessions, now=late) == 0
    cast.session.expire_all()
    assert carry_out(cast, item).light == "red"


def test_done_it_stands_still(cast: Cast, item: PlanItem, now: datetime) -> None:
    show(cast, item, now, "both")
    rights = cast.rights(BRANCH, now)
    plan_items.report_done(cast.session, opened(cast, item, BRANCH, now), rights=rights, now=now)
    one = carry_out(cast, item)
    assert (one.done_by, one.watch_at, one.light) == (cast.users[BRANCH].id, None, "green")
    assert plan_lights.due_ids(cast.session, now=now + timedelta(days=400)).count(one.id) == 0


# evidence


def test_it_is_done_when_both_sides_have_shown_something(
    cast: Cast, item: PlanItem, now: datetime
) -> None:
    rights = cast.rights(LEADER, now)
    for sides in ("business", "party"):
        with refused(cast, "evidence"):
            plan_items.report_done(
                cast.session, opened(cast, item, LEADER, now), rights=rights, now=now
            )
        show(cast, item, now, sides)
    plan_items.report_done(cast.session, opened(cast, item, LEADER, now), rights=rights, now=now)
    with pytest.raises(Conflict) as again:
        plan_items.report_done(
            cast.session, opened(cast, item, LEADER, now), rights=rights, now=now
        )
    assert again.value.facts["who"] == LEADER
    assert again.value.facts["when"] == now


def test_only_owners_report_and_only_the_organ_shows(
    cast: Cast, item: PlanItem, now: datetime
) -> None:
    show(cast, item, now, "both", DEPUTY)
    for who in (DEPUTY, HEAD):
        with pytest.raises(NotAllowed):
            plan_items.report_done(
                cast.session, opened(cast, item, who, now), rights=cast.rights(who, now), now=now
            )
    with pytest.raises(NotAllowed):
        show(cast, item, now, "both", "finance_liaison")
    with pytest.raises(NotAllowed):
        show(cast, item, now, "both", "supervisor")
    with pytest.raises(NotFound):
        show(cast, item, now, "both", "planning_head")


def test_evidence_is_checked_by_field(cast: Cast, item: PlanItem, now: datetime) -> None:
    shown = Shown("never", "rumour", day_of(now) + timedelta(days=1), frozenset(), " ")
    with pytest.raises(Invalid) as refusal:
        plan_items.hand_in(
            cast.session,
            opened(cast, item, DEPUTY, now),
            shown,
            rights=cast.rights(DEPUTY, now),
            now=now,
        )
    assert set(refusal.value.fields) == {"stage", "kind", "held_on", "sides", "text"}


def test_a_milestone_is_reached(cast: Cast, item: PlanItem, now: datetime) -> None:
    [stone] = plan_items.milestones(cast.session, item)
    rights, here = cast.rights(LEADER, now), opened(cast, item, LEADER, now)
    with pytest.raises(Invalid):
        plan_items.reach(cast.session, here, stone.id, date(2026, 3, 3), rights=rights, now=now)
    with pytest.raises(NotFound):
        plan_items.reach(cast.session, here, 5, day_of(now), rights=rights, now=now)
    plan_items.reach(cast.session, here, stone.id, day_of(now), rights=rights, now=now)
    assert stone.reached_on == date(2026, 3, 2)


# behind twice


def behind(cast: Cast, case: Case, times: int) -> datetime:
    days = ((4, 1), (7, 1), (10, 9))[:times]
    for day in days:
        at = woken(cast, case, *day)
        checked(cast, case, at, party="behind")
    return at


def test_behind_twice_a_matter_is_offered_to_the_party_groups_secretary(
    cast: Cast, now: datetime
) -> None:
    case = running(cast, now)
    [item] = items(cast, case)
    behind(cast, case, 1)
    assert (item.behind, item.offer) == (1, "")
    at = woken(cast, case, 7, 1)
    checked(cast, case, at, party="behind")
    assert (item.behind, item.offer) == (2, "open")
    assert cast.session.scalar(select(func.count(Matter.id))) == 0  # nobody was moved
    for who in (DEPUTY, LEADER, "work_secretary"):
        with pytest.raises(NotAllowed):
            plan_items.take_offer(
                cast.session, opened(cast, item, who, at), rights=cast.rights(who, at), now=at
            )
    rights = cast.rights(HEAD, at)
    made = plan_items.take_offer(cast.session, opened(cast, item, HEAD, at), rights=rights, now=at)
    assert made.key == f"matter:plan:{item.id}:{cast.units['finance'].id}"
    assert (item.offer, item.matter_case_id) == ("taken", made.id)
    with pytest.raises(Conflict):
        plan_items.take_offer(cast.session, opened(cast, item, HEAD, at), rights=rights, now=at)


def test_an_offer_is_declined_with_a_reason(cast: Cast, now: datetime) -> None:
    case = running(cast, now)
    [item] = items(cast, case)
    at = behind(cast, case, 2)
    rights, here = cast.rights(HEAD, at), opened(cast, item, HEAD, at)
    with pytest.raises(Invalid):
        plan_items.decline_offer(cast.session, here, " ", rights=rights, now=at)
    plan_items.decline_offer(cast.session, here, "党组自行督促", rights=rights, now=at)
    assert (item.offer, item.offer_reason) == ("declined", "党组自行督促")


def test_caught_up_the_count_begins_anew(cast: Cast, now: datetime) -> None:
    case = running(cast, now)
    [item] = items(cast, case)
    for day, party in (((4, 1), "behind"), ((7, 1), "on_track"), ((10, 9), "behind")):
        checked(cast, case, woken(cast, case, *day), party=party)
    assert (item.behind, item.offer) == (1, "")


# owners who leave


def test_who_left_is_shown_and_his_items_pass_on(cast: Cast, item: PlanItem, now: datetime) -> None:
    new = cast.person("finance_new", unit="finance_branch", cadre=True)
    post = cast.session.scalars(select(Post).where(Post.title == "finance_branch支部书记")).one()
    old = cast.session.scalars(select(Holding).where(Holding.post_id == post.id)).one()
    old.until = date(2026, 3, 1)
    cast.session.add(Holding(post_id=post.id, user_id=new.id, since=date(2026, 3, 1)))
    cast.session.flush()
    organ = cast.units["finance"]
    [card] = plan_lists.cards_of(cast.session, [item], organ, now=now)
    assert (card.owners["party"].left, card.owners["business"].left) == (True, False)
    before = cast.users[BRANCH]

    def hand(**more: object) -> list[PlanItem]:
        by = cast.users[DEPUTY]
        return plan_owners.handed_over(cast.session, before, new, by=by, now=now, **more)  # type: ignore[arg-type]

    assert hand(dry_run=True) == [item]
    assert item.owner_party_id == before.id
    assert hand(post_id=5) == []
    assert hand(post_id=post.id) == [item]
    assert (item.owner_party_id, item.owner_party_post_id) == (new.id, post.id)
    assert hand() == []
    [card] = plan_lists.cards_of(cast.session, [item], organ, now=now)
    assert not card.owners["party"].left
    noted = select(AuditRow.detail).where(AuditRow.action == "plan_item_handed_over")
    assert cast.session.scalars(noted).one() == {
        "from": before.name,
        "to": "finance_new",
        "sides": ["party"],
    }


# the list


def test_the_list_is_narrowed_and_paged(cast: Cast, item: PlanItem, now: datetime) -> None:
    planning.begun(cast, now, year=2027)
    rights = cast.rights("supervisor", now)
    first = plan_lists.page(cast.session, rights, Filter(), size=1)
    assert [line.plan.year for line in first.rows] == [2027]
    then = plan_lists.page(cast.session, rights, Filter(), after=first.after, size=1)
    assert [(line.plan.year, line.items, line.light) for line in then.rows] == [(2026, 1, "green")]
    assert then.after is None
    for chosen, number in (
        (Filter(year=2026), 1),
        (Filter(words="fin"), 2),
        (Filter(words="无"), 0),
        (Filter(state="draft"), 1),
        (Filter(light="red"), 0),
        (Filter(light="green"), 2),
    ):
        assert len(plan_lists.page(cast.session, rights, chosen).rows) == number, chosen
    assert plan_lists.page(cast.session, cast.rights("planning_head", now), Filter()).rows == []
    assert plan_lists.years(cast.session, rights) == [2027, 2026]


def test_a_card_stands_at_its_stage_and_on_the_years_line(
    cast: Cast, item: PlanItem, now: datetime
) -> None:
    plan, organ = plan_lists.get(
        cast.session, item.plan_id, rights=cast.rights("finance_liaison", now)
    )
    [card] = plan_lists.cards(cast.session, plan, organ, now=now)
    assert (card.stage, card.light, card.is_done) == ("check", "green", False)
    line = plan_lists.timeline([card], plan, now=now)
    assert (line.days, line.today, line.bars[0].start) == (365, 60, 60)
    assert len(line.bars[0].checks) == 7
    assert [at for at, _ in line.bars[0].stones] == [180]
