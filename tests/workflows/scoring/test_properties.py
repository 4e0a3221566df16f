"""What holds for every scheme, whatever the facts."""

import json
import random
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.workflows.scoring.schemes import VETOES, facts_for, schemes, stored_schemes
from workflows.scoring import Fact, Scheme, Sheet, faults_of, placings, quota_of, read, sheet_of

some = settings(max_examples=100, deadline=None, derandomize=True)
drawn = schemes().flatmap(lambda scheme: st.tuples(st.just(scheme), facts_for(scheme)))
vetoes = st.lists(st.sampled_from([*VETOES, "unknown"]), max_size=2)
chances = st.randoms(use_true_random=False)


def _group(scheme: Scheme) -> st.SearchStrategy[tuple[Scheme, dict[int, Sheet]]]:
    """Up to eight units with their facts, some of them vetoed."""
    unit = st.builds(
        lambda facts, against: sheet_of(scheme, facts, vetoes=against), facts_for(scheme), vetoes
    )
    group = st.lists(unit, min_size=1, max_size=8).map(lambda found: dict(enumerate(found)))
    return st.tuples(st.just(scheme), group)


groups = schemes().flatmap(_group)


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
    if scheme.rules.combine == "coefficient":
        assert sheet.total <= sheet.business
    else:
        least, most = sorted((sheet.party, sheet.business))
        assert (min(least, sheet.party) if scheme.rules.combine == "cap" else least) <= sheet.total
        assert sheet.total <= (sheet.party if scheme.rules.combine == "cap" else most)
    assert all(0 <= line.points <= line.most for line in sheet.lines)


@some
@given(drawn, chances)
def test_the_order_of_entry_is_irrelevant(
    case: tuple[Scheme, list[Fact]], chance: random.Random
) -> None:
    scheme, facts = case
    mixed = list(facts)
    chance.shuffle(mixed)
    assert sheet_of(scheme, mixed) == sheet_of(scheme, facts)


@some
@given(groups, chances)
def test_the_order_of_the_units_is_irrelevant(
    case: tuple[Scheme, dict[int, Sheet]], chance: random.Random
) -> None:
    scheme, sheets = case
    mixed = list(sheets.items())
    chance.shuffle(mixed)
    again, found = placings(scheme, dict(mixed)), placings(scheme, sheets)
    assert {unit: (one.grade, one.reason) for unit, one in again.items()} == {
        unit: (one.grade, one.reason) for unit, one in found.items()
    }


@some
@given(drawn, st.lists(st.sampled_from(VETOES), min_size=1, max_size=2))
def test_a_veto_dominates(case: tuple[Scheme, list[Fact]], against: list[str]) -> None:
    scheme, facts = case
    free, sheet = sheet_of(scheme, facts), sheet_of(scheme, facts, vetoes=against)
    assert (sheet.grade, set(sheet.vetoed)) == ("poor", set(against))
    assert sheet.total == free.total  # the points stand, for all to see
    assert placings(scheme, {"unit": sheet})["unit"].grade == "poor"


@some
@given(groups)
def test_a_veto_makes_room_and_takes_none(case: tuple[Scheme, dict[int, Sheet]]) -> None:
    """Who is vetoed is poor, and stands in nobody's way to a good."""
    scheme, sheets = case
    found = placings(scheme, sheets)
    for unit, sheet in sheets.items():
        if not sheet.vetoed:
            continue
        assert (found[unit].grade, found[unit].reason) == ("poor", "veto")
        worse = {**sheets, unit: replace(sheet, total=Decimal(0))}
        assert placings(scheme, worse) == found


@some
@given(drawn, st.data())
def test_a_better_fact_never_lowers_a_score(
    case: tuple[Scheme, list[Fact]], data: st.DataObject
) -> None:
    scheme, facts = case
    if not facts:
        return
    place = data.draw(st.integers(0, len(facts) - 1))
    more = data.draw(st.integers(1, 10).map(lambda tenths: Decimal(tenths) / 10))
    before = sheet_of(scheme, facts)
    after = sheet_of(scheme, _bettered(facts, place, more))
    assert after.total >= before.total
    assert after.party >= before.party
    assert after.business >= before.business


def _bettered(facts: list[Fact], place: int, more: Decimal) -> list[Fact]:
    """More of the share is reached, or what happened did not: then every trace of it is gone."""
    fact = facts[place]
    if not fact.adverse:
        share = min(fact.share + more, Decimal(1))
        return [*facts[:place], fact._replace(share=share), *facts[place + 1 :]]
    same = {id(one) for one in facts if one is fact or (fact.cause and one.cause == fact.cause)}
    # where nothing else is known of an indicator, having no facts is "no data", not "all well"
    return [one._replace(times=Decimal(0)) if id(one) in same else one for one in facts]


@some
@given(groups)
def test_the_quota_is_never_exceeded(case: tuple[Scheme, dict[int, Sheet]]) -> None:
    scheme, sheets = case
    found = placings(scheme, sheets)
    good = [unit for unit, placing in found.items() if placing.grade == "good"]
    assert len(good) <= quota_of(scheme, len(sheets)) <= scheme.rules.quota * len(sheets)
    lowest = min((sheets[unit].total for unit in good), default=None)
    for unit, placing in found.items():  # nobody with more points stands behind for the quota
        if placing.reason in ("over_quota", "tie") and lowest is not None:
            assert sheets[unit].total <= lowest
        if placing.reason == "":
            assert placing.grade == placing.by_points == sheets[unit].grade


@some
@given(drawn)
def test_equal_units_are_never_told_apart(case: tuple[Scheme, list[Fact]]) -> None:
    scheme, facts = case
    found = placings(scheme, dict.fromkeys(range(5), sheet_of(scheme, facts)))
    assert len({placing.grade for placing in found.values()}) == 1


@some
@given(
    stored_schemes().flatmap(lambda kept: st.tuples(st.just(kept), facts_for(read(kept)))), vetoes
)
def test_recomputed_from_what_is_stored_it_is_the_same(
    case: tuple[Mapping[str, object], list[Fact]], against: list[str]
) -> None:
    """The scheme and the facts kept as text and read again: every figure to the cent."""
    stored, facts = case
    first = sheet_of(read(stored), facts, vetoes=against)
    kept = json.loads(json.dumps([[str(part) for part in fact] for fact in facts]))
    again = [
        Fact(code, ref, Decimal(share), Decimal(weight), adverse == "True", Decimal(times), *words)
        for code, ref, share, weight, adverse, times, *words in kept
    ]
    assert sheet_of(read(json.loads(json.dumps(stored))), again, vetoes=against) == first
