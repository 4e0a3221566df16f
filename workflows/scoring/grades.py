"""Grades of a group: points first, then the quota for good, ties told and left to a person."""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal
from typing import TypeVar

from workflows.scoring.scheme import Scheme
from workflows.scoring.sheet import Sheet

Unit = TypeVar("Unit", bound=Hashable)


@dataclass(frozen=True)
class Placing:
    """The grade that is suggested for one unit, and why it is not what its points say."""

    grade: str
    by_points: str
    reason: str = ""  # "", "veto", "over_quota", "tie"
    tied_with: tuple[Hashable, ...] = ()


def quota_of(scheme: Scheme, size: int) -> int:
    """How many of a group of that size may be good."""
    return int((scheme.rules.quota * size).to_integral_value(rounding=ROUND_FLOOR))


def placings(scheme: Scheme, sheets: Mapping[Unit, Sheet]) -> dict[Unit, Placing]:
    """A placing for each unit; never more good than the quota, equal units never told apart."""
    room = quota_of(scheme, len(sheets))
    good = [unit for unit, sheet in sheets.items() if sheet.grade == "good"]
    steps: dict[tuple[Decimal, Decimal], list[Unit]] = {}
    for unit in good:
        steps.setdefault(_rank(scheme, sheets[unit]), []).append(unit)
    found = {unit: _plain(sheet) for unit, sheet in sheets.items()}
    for rank in sorted(steps, reverse=True):
        level = steps[rank]
        if len(level) <= room:
            room -= len(level)
            continue
        reason = "tie" if room else "over_quota"
        for unit in level:
            others = tuple(one for one in level if one != unit) if room else ()
            found[unit] = Placing("fair", "good", reason, others)
        room = 0
    return found


def _rank(scheme: Scheme, sheet: Sheet) -> tuple[Decimal, Decimal]:
    """Points, then 业务促进: the indicator that breaks ties before a person does."""
    tie = scheme.rules.tie_indicator
    breaker = next((line.points for line in sheet.lines if line.indicator == tie), Decimal(0))
    return sheet.total, breaker


def _plain(sheet: Sheet) -> Placing:
    return Placing(sheet.grade, sheet.grade, "veto" if sheet.vetoed else "")
