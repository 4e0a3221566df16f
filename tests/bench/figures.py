"""What a measurement says: a value, the floor it was taken beside, and what it should be."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from statistics import median

import orjson


@dataclass(frozen=True)
class Figure:
    """One line of the table. `floor` is what the same run took without us; `better` says whether
    more or less of the value is wanted; `limit` is the least, or the most, that will do."""

    name: str
    value: float
    unit: str
    floor: float | None = None
    ratio: float | None = None
    target: str = ""
    met: bool | None = None
    profile: str = ""  # where the time went, if the target was missed

    def at_least(self, limit: float, *, of_floor: bool = False) -> "Figure":
        value = self.ratio if of_floor else self.value
        what = f"≥ {limit:,g}" + (" of the floor" if of_floor else f" {self.unit}")
        return replace(self, target=what, met=value is not None and value >= limit)

    def at_most(self, limit: float, *, of_floor: bool = False) -> "Figure":
        value = self.ratio if of_floor else self.value
        what = f"≤ {limit:,g}" + (" × the floor" if of_floor else f" {self.unit}")
        return replace(self, target=what, met=value is not None and value <= limit)

    def cells(self) -> list[str]:
        """As the table shows it."""
        return [
            self.name,
            f"{_short(self.value)} {self.unit}",
            _short(self.floor),
            _short(self.ratio, 2),
            self.target,
            {None: "", True: "met", False: "**missed**"}[self.met],
        ]

    def as_json(self) -> bytes:
        return orjson.dumps(self)

    @classmethod
    def from_json(cls, text: bytes | str) -> "Figure":
        return cls(**orjson.loads(text))


def _short(value: float | None, digits: int | None = None) -> str:
    if value is None:
        return ""
    if digits is None:
        digits = 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2
    return f"{value:,.{digits}f}"


def beside(
    name: str, unit: str, rounds: Iterable[tuple[float, float]], *, digits: int = 3
) -> Figure:
    """The figure of rounds that were taken in turns with their floor: medians, and the median of
    the ratios, since the machine drifts from one round to the next."""
    pairs = list(rounds)
    return Figure(
        name,
        median(value for value, _ in pairs),
        unit,
        floor=median(floor for _, floor in pairs),
        ratio=round(median(value / floor for value, floor in pairs), digits),
    )


Bench = Callable[[], Iterable[Figure]]
