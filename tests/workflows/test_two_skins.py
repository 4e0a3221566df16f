"""两张皮检测: a clean plan has no hit; spoilt in one way, exactly that rule fires and says so."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from models import Holding, PlanCheckpoint, PlanEvidence, PlanItem, PlanMeasure
from tests.cast import Cast
from tests.workflows import planning
from tests.workflows.planning import BRANCH, items, pair, plan, running
from workflows import skin_rules, two_skins
from workflows.skin_rules import Item, Measure, Meeting, Plan

DAY = date(2026, 3, 2)
GOOD = ("on_track", "on_track")
LAGS = ("on_track", "behind")


def meeting(
    number: int, stage: str = "deploy", *, business: bool = True, party: bool = True, after: int = 0
) -> Meeting:
    return Meeting(number, stage, DAY + timedelta(days=after), business, party)


def item(number: int = 1) -> Item:
    return Item(
        id=number,
        number=number,
        goal=f"办件平均用时压减三成（{number}）",
        measures=(Measure(number * 10, "设党员示范岗"), Measure(number * 10 + 1, "支部联学共建")),
        party_owner="支部书记",
        checks=(GOOD, GOOD),
        meetings=tuple(meeting(number * 10 + at, s) for at, s in enumerate(("plan", "deploy"))),
    )


CLEAN = Plan((item(1), item(2)))


def fired(plan: Plan) -> list[str]:
    return [hit.rule for hit in skin_rules.find(plan)]


def spoilt(**changes: object) -> Plan:
    """The clean plan with its first item changed."""
    return replace(CLEAN, items=(replace(item(1), **changes), item(2)))  # type: ignore[arg-type]


ONE_SIDE = meeting(5, business=True, party=False)
PARTY_SIDE = meeting(5, business=False, party=True)
SPOILT = {
    "no measure": ("one_skin", spoilt(measures=())),
    "the goal again": (
        "one_skin",
        spoilt(measures=(Measure(10, "办件平均用时压减三成（1）。"),)),
    ),
    "alone": ("self_loop", replace(CLEAN, alone=(Measure(3, "制作党建展板"),))),
    "party goal": (
        "self_loop",
        spoilt(goal="全年开展主题党日十二次", measures=(Measure(10, "设党员示范岗"),)),
    ),
    "no goal": ("self_loop", spoilt(goal=" ", measures=(Measure(10, "设党员示范岗"),))),
    "nobody": ("no_party_owner", spoilt(party_owner="")),
    "left": ("no_party_owner", spoilt(owner_left=True)),
    "party lags": ("one_sided_progress", spoilt(checks=(GOOD, LAGS, LAGS))),
    "business lags": (
        "one_sided_progress",
        spoilt(checks=(("blocked", "done"), ("behind", "on_track"))),
    ),
    "business only": ("one_sided_meeting", spoilt(meetings=(ONE_SIDE,))),
    "party only": ("one_sided_meeting", spoilt(meetings=(PARTY_SIDE,))),
    "made good too late": (
        "one_sided_meeting",
        spoilt(meetings=(ONE_SIDE, meeting(6, after=31))),
    ),
    "made good elsewhere": (
        "one_sided_meeting",
        spoilt(meetings=(ONE_SIDE, meeting(6, "plan", after=3))),
    ),
}  # fmt: skip
SOUND = {
    "clean": CLEAN,
    "empty": Plan(()),
    "one measure": spoilt(measures=(Measure(10, "设党员示范岗"),)),
    "one of two repeats": spoilt(
        measures=(Measure(10, "办件平均用时压减三成（1）"), Measure(11, "设党员示范岗"))
    ),
    "led by party building": spoilt(goal="以党建引领项目落地"),
    "behind once": spoilt(checks=(LAGS, GOOD)),
    "behind at the last one": spoilt(checks=(GOOD, LAGS)),
    "one check only": spoilt(checks=(LAGS,)),
    "sides in turn": spoilt(checks=(LAGS, ("behind", "on_track"))),
    "both behind": spoilt(checks=(("behind", "behind"), ("blocked", "behind"))),
    "made good": spoilt(meetings=(ONE_SIDE, meeting(6, after=30))),
    "another stage": spoilt(meetings=(replace(ONE_SIDE, stage="assess"),)),
}


@pytest.mark.parametrize("name", SPOILT)
def test_spoilt_in_one_way_exactly_that_rule_fires(name: str) -> None:
    rule, plan = SPOILT[name]
    [hit] = skin_rules.find(plan)
    assert hit.rule == rule
    for english in (False, True):
        said = two_skins.sentence(hit, english=english)
        assert "{" not in said
        assert said == said.strip()


@pytest.mark.parametrize("name", SOUND)
def test_what_is_sound_is_left_alone(name: str) -> None:
    assert fired(SOUND[name]) == []


def test_every_rule_is_spoilt_and_left_alone_here() -> None:
    assert {rule for rule, _ in SPOILT.values()} == {rule.code for rule in skin_rules.rules()}
    assert set(skin_rules.LOOKS) == {rule.code for rule in skin_rules.rules()}
    assert sum(rule.weight for rule in skin_rules.rules()) == 100


@given(st.lists(st.sampled_from(sorted(SPOILT)), max_size=4, unique=True), st.integers(0, 5))
def test_the_index_lies_between_nought_and_a_hundred(names: list[str], clean: int) -> None:
    """More sound items never raise it; each hit counts in its own rule alone."""
    spoilt_items = [one for name in names for one in SPOILT[name][1].items[:1]]
    alone = [one for name in names for one in SPOILT[name][1].alone]
    few = Plan(tuple(spoilt_items), tuple(alone))
    more = Plan((*spoilt_items, *(item(50 + n) for n in range(clean))), tuple(alone))
    assert 0 <= index(more) <= index(few) <= 100
    assert sorted(fired(few)) == sorted(fired(more))


def index(plan: Plan) -> Decimal:
    hits = skin_rules.find(plan)
    parts = [
        two_skins.Part(rule, sum(hit.rule == rule.code for hit in hits), plan.base(rule.of))
        for rule in skin_rules.rules()
    ]
    return sum((part.points for part in parts), Decimal(0))


# on the record


@pytest.fixture
def cast(session: Session, now: datetime) -> Cast:
    return planning.stage(session, now)


Spoil = Callable[[Cast, PlanItem, datetime], object]


def no_measures(cast: Cast, one: PlanItem, now: datetime) -> None:
    for row in cast.session.scalars(select(PlanMeasure).where(PlanMeasure.item_id == one.id)):
        row.dropped_at = now


def a_measure_alone(cast: Cast, one: PlanItem, now: datetime) -> None:
    cast.session.add(PlanMeasure(plan_id=one.plan_id, text="制作党建展板"))


def no_owner(cast: Cast, one: PlanItem, now: datetime) -> None:
    one.owner_party_id = None


def owner_left(cast: Cast, one: PlanItem, now: datetime) -> None:
    held = select(Holding).where(Holding.user_id == cast.users[BRANCH].id)
    cast.session.scalars(held).one().until = date(2026, 3, 1)


def one_sided_checks(cast: Cast, one: PlanItem, now: datetime) -> None:
    rows = select(PlanCheckpoint).where(
        PlanCheckpoint.item_id == one.id, PlanCheckpoint.stage == "check"
    )
    for row in cast.session.scalars(rows.order_by(PlanCheckpoint.number).limit(2)):
        row.business_state, row.party_state, row.done_at = *LAGS, now


def one_sided_meeting(cast: Cast, one: PlanItem, now: datetime) -> None:
    rows = select(PlanEvidence).where(
        PlanEvidence.item_id == one.id, PlanEvidence.stage == "deploy"
    )
    cast.session.scalars(rows).one().party = False


@pytest.mark.parametrize(
    ("rule", "spoil"),
    [
        ("one_skin", no_measures),
        ("self_loop", a_measure_alone),
        ("no_party_owner", no_owner),
        ("no_party_owner", owner_left),
        ("one_sided_progress", one_sided_checks),
        ("one_sided_meeting", one_sided_meeting),
    ],
)
def test_a_record_spoilt_in_one_way_is_found_and_adds_to_the_index(
    cast: Cast, now: datetime, rule: str, spoil: Spoil
) -> None:
    case = running(cast, now, pair(cast, "甲类事项提速"))
    organ = cast.units["finance"].id
    clean = two_skins.contribution(cast.session, organ, 2026, now=now)
    assert clean is not None
    assert not clean.hits
    assert clean.index == 0
    spoil(cast, items(cast, case)[0], now)
    cast.session.flush()
    found = two_skins.contribution(cast.session, organ, 2026, now=now)
    assert found is not None
    assert [hit.rule for hit in found.hits] == [rule]
    assert [part.rule.code for part in found.telling] == [rule]
    assert found.index > 0


def test_a_draft_says_nothing_and_a_stranger_sees_nothing(cast: Cast, now: datetime) -> None:
    case = planning.begun(cast, now)
    organ = cast.units["finance"].id
    assert two_skins.contribution(cast.session, organ, 2026, now=now) is None
    planning.drafted(cast, case, now)
    planning.decided(cast, case, now)
    assert plan(cast, case).state == "filed"
    for who, seen in (("supervisor", 1), ("finance_head", 1), (BRANCH, 1), ("planning_head", 0)):
        assert len(two_skins.city(cast.session, cast.rights(who, now), 2026, now=now)) == seen
    assert two_skins.over_the_years(cast.session, organ, now=now).keys() == {2026}
