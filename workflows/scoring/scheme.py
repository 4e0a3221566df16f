"""A scheme of one year: what it holds, and what is wrong with a draft of it.

Sources: domain reference §8 (三种同权重方式, bonus, floor, veto, quota) and its red lines §8.5.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from itertools import pairwise
from typing import Any

from workflows.scoring.redlines import red_line

COMBINE = ("equal", "coefficient", "cap")
GRADES = ("good", "fair", "average", "poor")
SIDES = ("party", "business", "bonus", "deduction")
MEANS = ("computed", "self_report", "panel", "survey", "import", "effect")
FULL = Decimal(100)
ONE = Decimal(1)


class SchemeError(ValueError):
    """The scheme cannot be read at all."""


@dataclass(frozen=True)
class SchemeFault:
    """One thing that keeps a scheme from being published: where, which rule, with what figures."""

    path: str
    rule: str
    facts: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Indicator:
    """One leaf of the content: what is looked at, for how many points, and by which means."""

    code: str
    name: str
    name_en: str
    side: str
    points: Decimal
    means: str
    parent: str = ""
    owner: str = ""
    source: str = ""
    evidence: str = ""
    per_fact: Decimal = Decimal(0)  # taken off for each adverse fact
    promotes: str = ""  # 用业务成效评价党建: the business indicator whose result counts here


@dataclass(frozen=True)
class Rules:
    combine: str
    party_weight: Decimal
    business_weight: Decimal
    coefficients: Mapping[str, Decimal]
    bonus_max: Decimal
    floor: Decimal
    thresholds: Mapping[str, Decimal]  # grade → least points; poor has none
    quota: Decimal  # the largest share of the group that may be good
    tie_indicator: str
    veto: tuple[str, ...]


@dataclass(frozen=True)
class Scheme:
    year: int
    name: str
    rules: Rules
    indicators: tuple[Indicator, ...]

    def of_side(self, side: str) -> tuple[Indicator, ...]:
        return tuple(one for one in self.indicators if one.side == side)


def read(stored: Mapping[str, Any]) -> Scheme:
    """The scheme as stored; raises SchemeError with what cannot be read."""
    try:
        return Scheme(
            year=int(stored["year"]),
            name=str(stored["name"]),
            rules=_rules(stored["rules"]),
            indicators=tuple(_indicator(one, stored["means"]) for one in stored["content"]),
        )
    except (KeyError, TypeError, ValueError, InvalidOperation) as error:
        raise SchemeError(str(error)) from error


def _rules(said: Mapping[str, Any]) -> Rules:
    return Rules(
        combine=str(said["combine"]),
        party_weight=_number(said["weights"]["party"]),
        business_weight=_number(said["weights"]["business"]),
        coefficients={grade: _number(x) for grade, x in said.get("coefficients", {}).items()},
        bonus_max=_number(said["bonus_max"]),
        floor=_number(said["floor"]),
        thresholds={grade: _number(x) for grade, x in said["grades"].items()},
        quota=_number(said["quota"]),
        tie_indicator=str(said.get("tie_indicator", "")),
        veto=tuple(said.get("veto", ())),
    )


def _indicator(said: Mapping[str, Any], means: Mapping[str, Any]) -> Indicator:
    how = means.get(said["code"], {})
    return Indicator(
        code=str(said["code"]),
        name=str(said["name"]),
        name_en=str(said.get("name_en", "")),
        side=str(said["side"]),
        points=_number(said["points"]),
        means=str(how.get("by", "")),
        parent=str(said.get("parent", "")),
        owner=str(said.get("owner", "")),
        source=str(how.get("source", "")),
        evidence=str(said.get("evidence", "")),
        per_fact=_number(how.get("per_fact", 0)),
        promotes=str(how.get("promotes", "")),
    )


def _number(value: Any) -> Decimal:
    number = Decimal(str(value))
    if not number.is_finite():
        raise ValueError(f"{value!r} is no number")
    return number


def faults_of(scheme: Scheme) -> list[SchemeFault]:
    """Every reason why the scheme cannot be published; none means that it can."""
    return [
        *_weights(scheme.rules),
        *_bounds(scheme.rules),
        *_combination(scheme.rules),
        *_thresholds(scheme.rules.thresholds),
        *_content(scheme),
        *_means(scheme),
    ]


def _weights(rules: Rules) -> Iterator[SchemeFault]:
    total = rules.party_weight + rules.business_weight
    if total != ONE or min(rules.party_weight, rules.business_weight) < 0:
        yield SchemeFault("rules.weights", "weights-sum", {"total": total})
    elif rules.party_weight != rules.business_weight and rules.combine == "equal":
        # 同考核、同权重: the literal way gives both the same
        yield SchemeFault("rules.weights", "weights-differ", {"party": rules.party_weight})


def _bounds(rules: Rules) -> Iterator[SchemeFault]:
    if not 0 <= rules.bonus_max <= FULL:
        yield SchemeFault("rules.bonus_max", "bonus-bounds", {"most": rules.bonus_max})
    if not 0 <= rules.floor <= FULL:
        yield SchemeFault("rules.floor", "floor-bounds", {"floor": rules.floor})
    if not 0 <= rules.quota <= ONE:
        yield SchemeFault("rules.quota", "quota-bounds", {"quota": rules.quota})


def _combination(rules: Rules) -> Iterator[SchemeFault]:
    if rules.combine not in COMBINE:
        yield SchemeFault("rules.combine", "combine-unknown", {"way": rules.combine})
    if rules.combine != "coefficient":
        return
    known = [rules.coefficients.get(grade) for grade in GRADES]
    numbers = [one for one in known if one is not None]
    if len(numbers) < len(GRADES):
        yield SchemeFault("rules.coefficients", "coefficient-missing", {})
    elif not all(0 <= one <= ONE for one in numbers):
        yield SchemeFault("rules.coefficients", "coefficient-bounds", {})
    elif numbers != sorted(numbers, reverse=True):
        yield SchemeFault("rules.coefficients", "coefficient-order", {})


def _thresholds(thresholds: Mapping[str, Decimal]) -> Iterator[SchemeFault]:
    least = [thresholds.get(grade) for grade in GRADES[:-1]]
    numbers = [one for one in least if one is not None]
    if len(numbers) < len(least):
        yield SchemeFault("rules.grades", "threshold-missing", {})
    elif not all(above > below for above, below in pairwise(numbers)):
        yield SchemeFault("rules.grades", "threshold-order", {})


def _content(scheme: Scheme) -> Iterator[SchemeFault]:
    for code, times in Counter(one.code for one in scheme.indicators).items():
        if times > 1:
            yield SchemeFault(f"content.{code}", "code-twice", {"code": code})
    for one in scheme.indicators:
        yield from _indicator_faults(one)
    for side in ("party", "business"):
        total = sum((one.points for one in scheme.of_side(side)), Decimal(0))
        if total != FULL:
            yield SchemeFault(f"content.{side}", "points-sum", {"side": side, "total": total})


def _indicator_faults(one: Indicator) -> Iterator[SchemeFault]:
    path = f"content.{one.code}"
    if one.side not in SIDES:
        yield SchemeFault(path, "side-unknown", {"side": one.side})
    if one.points <= 0:
        yield SchemeFault(path, "points-positive", {"name": one.name})
    if counted := red_line(one.name, one.name_en, one.source):
        yield SchemeFault(path, "red-line", {"name": one.name, "counted": counted})


def _means(scheme: Scheme) -> Iterator[SchemeFault]:
    codes = {one.code: one for one in scheme.indicators}
    for one in scheme.indicators:
        path = f"means.{one.code}"
        if one.means not in MEANS:
            yield SchemeFault(path, "means-missing", {"name": one.name})
        elif one.means == "computed" and not one.source:
            yield SchemeFault(path, "source-missing", {"name": one.name})
        elif one.means == "effect":
            target = codes.get(one.promotes)
            if target is None or target.side != "business" or one.side != "party":
                yield SchemeFault(path, "effect-target", {"name": one.name})
    tie = scheme.rules.tie_indicator
    if tie and tie not in codes:
        yield SchemeFault("rules.tie_indicator", "tie-unknown", {"code": tie})


def by_parent(indicators: Sequence[Indicator]) -> dict[str, list[Indicator]]:
    """The leaves under each heading of the tree, in the order of the scheme."""
    found: dict[str, list[Indicator]] = {}
    for one in indicators:
        found.setdefault(one.parent, []).append(one)
    return found
