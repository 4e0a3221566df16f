"""One unit's sheet: a line per indicator, both sides, and how they combine."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple

from workflows.scoring.facts import Fact, doubled
from workflows.scoring.scheme import FULL, GRADES, SIDES, Indicator, Rules, Scheme

CENT = Decimal("0.01")
NONE, WHOLE = Decimal(0), Decimal(1)


class Line(NamedTuple):
    """What one indicator gave: points of points, and the facts behind it."""

    indicator: str
    side: str
    points: Decimal
    most: Decimal
    facts: tuple[Fact, ...]
    has_data: bool


@dataclass(frozen=True)
class Sheet:
    """All that a unit's result rests on. `total` is what the way of combining made of both."""

    party: Decimal
    business: Decimal
    total: Decimal
    grade: str  # by points alone; quota and people come after
    vetoed: tuple[str, ...]
    lines: tuple[Line, ...]
    spared: tuple[Fact, ...]  # adverse facts that another of the same cause stands for

    @property
    def gap(self) -> Decimal:
        """The two-skins index of one unit: how far both sides are apart, in points."""
        return abs(self.party - self.business)

    @property
    def missing(self) -> tuple[str, ...]:
        """Indicators without data: shown, never guessed."""
        return tuple(line.indicator for line in self.lines if not line.has_data)


def sheet_of(scheme: Scheme, facts: Iterable[Fact], *, vetoes: Iterable[str] = ()) -> Sheet:
    """The unit's sheet; the order of the facts plays no part."""
    ordered = sorted(facts, key=lambda fact: (fact.indicator, fact.ref, fact.cause))
    held_back = spared(scheme.indicators, ordered)
    by_indicator: dict[str, list[Fact]] = {}
    for fact in ordered:
        if fact not in held_back:
            by_indicator.setdefault(fact.indicator, []).append(fact)
    lines = _lines(scheme, by_indicator)
    sums = _by_side(lines)
    party = _party(scheme.rules, sums)
    business = _rounded(sums["business"])
    total = combined(scheme.rules, party, business)
    vetoed = tuple(code for code in scheme.rules.veto if code in set(vetoes))
    grade = "poor" if vetoed else grade_of(scheme.rules, total)
    return Sheet(party, business, total, grade, vetoed, lines, tuple(held_back))


def spared(indicators: Iterable[Indicator], facts: Iterable[Fact]) -> list[Fact]:
    """Adverse facts that a heavier one of the same cause stands for: they take nothing off."""
    weight = {one.code: one.per_fact for one in indicators}

    def heaviness(fact: Fact) -> tuple[Decimal, str, str]:
        return (weight.get(fact.indicator, NONE) * fact.times, fact.indicator, fact.ref)

    found: list[Fact] = []
    for several in doubled(facts).values():
        heaviest = max(several, key=heaviness)
        found += [fact for fact in several if fact is not heaviest]
    return found


def _lines(scheme: Scheme, facts: Mapping[str, Sequence[Fact]]) -> tuple[Line, ...]:
    lines = {
        one.code: _line(one, facts.get(one.code, ()))
        for one in scheme.indicators
        if one.means != "effect"
    }
    for one in scheme.indicators:
        if one.means == "effect":
            lines[one.code] = _effect(one, lines.get(one.promotes), facts.get(one.code, ()))
    return tuple(lines[one.code] for one in scheme.indicators)


def _line(indicator: Indicator, facts: Sequence[Fact]) -> Line:
    share, off = _reached(facts), indicator.per_fact * _times(facts)
    if indicator.side == "deduction":
        return _made(indicator, off, facts, True)
    if indicator.side == "bonus":
        return _made(indicator, indicator.points * (share or NONE), facts, True)
    by_deduction = indicator.per_fact > 0
    if not facts and not by_deduction:
        return _made(indicator, NONE, facts, False)
    reached = indicator.points if share is None else indicator.points * share
    return _made(indicator, reached - off, facts, True)


def _effect(indicator: Indicator, target: Line | None, facts: Sequence[Fact]) -> Line:
    """用业务成效评价党建: what the promoted business indicator reached counts here."""
    if target is None or not target.has_data:
        return _made(indicator, NONE, facts, False)
    return _made(indicator, indicator.points * target.points / target.most, target.facts, True)


def _made(indicator: Indicator, points: Decimal, facts: Sequence[Fact], has_data: bool) -> Line:
    code, side, most = indicator.code, indicator.side, indicator.points
    return Line(code, side, _rounded(_between(points, most)), most, tuple(facts), has_data)


def _reached(facts: Sequence[Fact]) -> Decimal | None:
    """The share that the good facts reached together, by weight; none where no fact says."""
    good = [(_between(fact.share, WHOLE), fact.weight) for fact in facts if not fact.adverse]
    if not good:
        return None
    weight = sum((weight for _, weight in good), NONE)
    return sum((share * weight for share, weight in good), NONE) / weight if weight else NONE


def _times(facts: Sequence[Fact]) -> Decimal:
    """How often the adverse facts take something off."""
    return sum((fact.times for fact in facts if fact.adverse), NONE)


def _between(number: Decimal, most: Decimal) -> Decimal:
    """The number, or the nearest from 0 to the most."""
    return NONE if number < NONE else most if number > most else number


def _by_side(lines: Sequence[Line]) -> dict[str, Decimal]:
    found = dict.fromkeys(SIDES, NONE)
    for line in lines:
        found[line.side] += line.points
    return found


def _party(rules: Rules, sums: Mapping[str, Decimal]) -> Decimal:
    points = sums["party"] + min(sums["bonus"], rules.bonus_max) - sums["deduction"]
    return _rounded(min(max(points, rules.floor), FULL + rules.bonus_max))


def combined(rules: Rules, party: Decimal, business: Decimal) -> Decimal:
    """The total by the scheme's way: equal, coefficient or cap (domain reference §8.3)."""
    if rules.combine == "coefficient":
        return _rounded(business * rules.coefficients[grade_of(rules, party)])
    weighted = rules.party_weight * party + rules.business_weight * business
    return _rounded(min(weighted, party) if rules.combine == "cap" else weighted)


def grade_of(rules: Rules, points: Decimal) -> str:
    """The grade by points alone."""
    for grade in GRADES[:-1]:
        if points >= rules.thresholds[grade]:
            return grade
    return GRADES[-1]


def _rounded(points: Decimal) -> Decimal:
    return points.quantize(CENT, rounding=ROUND_HALF_UP)
