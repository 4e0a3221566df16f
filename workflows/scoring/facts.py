"""What a score rests on: facts with a reference to where each comes from."""

from collections.abc import Iterable
from decimal import Decimal
from typing import NamedTuple


class Fact(NamedTuple):
    """One thing established about a unit, as frozen on the cutoff day.

    `share` is what was reached of the indicator's points, 0 to 1, weighted by `weight` among the
    indicator's facts; an `adverse` fact takes the indicator's `per_fact` off, `times` over.
    """

    indicator: str
    ref: str  # "obligation:…", "finding:…": what a reader opens to check
    share: Decimal = Decimal(1)
    weight: Decimal = Decimal(1)
    adverse: bool = False
    times: Decimal = Decimal(1)
    cause: str = ""  # adverse facts of one cause are one: 同一事项不重复扣分
    text: str = ""


def doubled(facts: Iterable[Fact]) -> dict[str, list[Fact]]:
    """Causes that more than one adverse fact would punish; the heaviest alone counts."""
    found: dict[str, list[Fact]] = {}
    for fact in facts:
        if fact.adverse and fact.cause:
            found.setdefault(fact.cause, []).append(fact)
    return {cause: several for cause, several in found.items() if len(several) > 1}
