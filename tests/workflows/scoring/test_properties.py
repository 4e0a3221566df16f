"""What holds for every scheme, whatever the facts."""

from dataclasses import replace
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.workflows.scoring.schemes import facts_for, schemes
from workflows.scoring import Fact, Scheme, faults_of, placings, quota_of, sheet_of

some = settings(max_examples=60, deadline=None, derandomize=True)
drawn = schemes().flatmap(lambda scheme: st.tuples(st.just(scheme), facts_for(scheme)))
groups = schemes().flatmap(
    lambda scheme: st.tuples(st.just(scheme), st.lists(facts_for(scheme), min_size=1, max_size=8))
)


@some
@given(schemes())
def test_a_drawn_scheme_can_be_published(scheme: Scheme) -> None:
    assert faults_of(scheme) == []


@some
@given(drawn)
def test_the_total_lies_within_bounds(case: tuple[Scheme, list[Fact]]) -> None:
    scheme, facts = case
    sheet = sheet_of(scheme, facts)
    assert scheme.rules.floor <= sheet.party <= 100 + scheme.rules.bonus_max
    assert 0 <= sheet.business <= 100
    assert 0 <= sheet.total <= 100 + scheme.rules.bonus_max
    assert all(0 <= line.points <= line.most for line in sheet.lines)


@some
@given(drawn, st.randoms(use_true_random=False))
def test_the_order_of_entry_is_irrelevant(case: tuple[Scheme, list[Fact]], random: object) -> None:
    scheme, facts = case
    mixed = list(facts)
    random.shuffle(mixed)  # type: ignore[attr-defined]
    assert sheet_of(scheme, mixed) == sheet_of(scheme, facts)


@some
@given(drawn)
def test_a_veto_dominates(case: tuple[Scheme, list[Fact]]) -> None:
    scheme, facts = case
    sheet = sheet_of(scheme, facts, vetoes=["serious"])
    assert (sheet.grade, sheet.vetoed) == ("poor", ("serious",))
    assert placings(scheme, {"unit": sheet})["unit"].grade == "poor"


@some
@given(drawn, st.data())
def test_a_better_fact_never_lowers_a_score(
    case: tuple[Scheme, list[Fact]], data: st.DataObject
) -> None:
    scheme, facts = case
    if not facts:
        return
    place = data.draw(st.integers(0, len(facts) - 1))
    before = sheet_of(scheme, facts)
    after = sheet_of(scheme, _bettered(facts, place))
    assert after.total >= before.total
    assert after.party >= before.party
    assert after.business >= before.business


def _bettered(facts: list[Fact], place: int) -> list[Fact]:
    """The share is full, or what happened did not happen: then every trace of it is gone."""
    fact = facts[place]
    if not fact.adverse:
        return [*facts[:place], replace(fact, share=Decimal(1)), *facts[place + 1 :]]
    same = {id(one) for one in facts if one is fact or (fact.cause and one.cause == fact.cause)}
    # where nothing else is known of an indicator, having no facts is "no data", not "all well"
    return [replace(one, times=Decimal(0)) if id(one) in same else one for one in facts]


@some
@given(groups)
def test_the_quota_is_never_exceeded(case: tuple[Scheme, list[list[Fact]]]) -> None:
    scheme, of_units = case
    sheets = {number: sheet_of(scheme, facts) for number, facts in enumerate(of_units)}
    found = placings(scheme, sheets)
    good = [unit for unit, placing in found.items() if placing.grade == "good"]
    assert len(good) <= quota_of(scheme, len(sheets))
    lowest = min((sheets[unit].total for unit in good), default=None)
    for unit, placing in found.items():  # nobody with more points stands behind for the quota
        if placing.reason in ("over_quota", "tie") and lowest is not None:
            assert sheets[unit].total <= lowest


@some
@given(groups)
def test_equal_units_are_never_told_apart(case: tuple[Scheme, list[list[Fact]]]) -> None:
    scheme, of_units = case
    sheet = sheet_of(scheme, of_units[0])
    found = placings(scheme, dict.fromkeys(range(5), sheet))
    assert len({placing.grade for placing in found.values()}) == 1


@some
@given(drawn)
def test_asked_again_it_gives_the_same(case: tuple[Scheme, list[Fact]]) -> None:
    scheme, facts = case
    assert sheet_of(scheme, facts) == sheet_of(scheme, [replace(fact) for fact in facts])
