"""Which figures of an anonymous survey are published: none that tells of fewer than five people,
directly or by any sum and difference of those that are.

People lie in cells (the values of the attributes that tell them apart); a published group is a set
of cells, written as bits. What a reader can work out from the published groups is exactly what lies
in the span of their vectors; the check is exact (fractions), not an estimate. Method: primary
suppression by n and complement, complementary suppression by linear algebra (trust.md, small
cells).
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations

FEWEST = 5

Mask = int  # a set of cells: bit n is cell n
Number = int | Fraction


@dataclass(frozen=True)
class Lattice:
    """All groups that the attributes can make; `published`: those of the fixed slices."""

    published: frozenset[Mask]
    every: frozenset[Mask]
    within: Mapping[Mask, frozenset[Mask]]  # the groups that hold it, attributes dropped
    tables: tuple[tuple[Mask, tuple[Mask, ...]], ...]  # a published group, parted by a slice

    @classmethod
    def of(cls, cells: Sequence[Sequence[str]], slices: Iterable[Sequence[int]]) -> "Lattice":
        """`slices` are sets of places in a cell; all together () is always published."""
        width = len(cells[0]) if cells else 0
        levels = [set(one) for n in range(width + 1) for one in combinations(range(width), n)]
        groups = {frozenset(one): masks_of(cells, sorted(one)) for one in levels}
        shown = {frozenset(), *(frozenset(one) for one in slices)}
        within: dict[Mask, set[Mask]] = {}
        for fine, parts in groups.items():
            for coarse in groups:
                if coarse < fine:
                    for part in parts:
                        whole = next(one for one in groups[coarse] if one & part)
                        within.setdefault(part, set()).add(whole)
        return cls(
            frozenset(mask for one in shown for mask in groups[one]),
            frozenset(mask for masks in groups.values() for mask in masks),
            {part: frozenset(wholes - {part}) for part, wholes in within.items()},
            tuple(
                (whole, tuple(part for part in groups[fine] if part & whole))
                for fine in shown
                for coarse in shown
                if coarse < fine
                for whole in groups[coarse]
            ),
        )


def masks_of(cells: Sequence[Sequence[str]], places: Sequence[int]) -> tuple[Mask, ...]:
    """The groups of a slice: the cells that share the values at these places."""
    found: dict[tuple[str, ...], Mask] = {}
    for number, cell in enumerate(cells):
        key = tuple(cell[place] for place in places)
        found[key] = found.get(key, 0) | 1 << number
    return tuple(found.values())


class Counts:
    """Who answered one question, by cell: the number of people and what they said.

    Several answers of one person are told apart by value only; without values people are counted.
    """

    def __init__(self, people: Sequence[int], said: Sequence[Mapping[str, int]] = ()) -> None:
        self._people, self._said = people, said
        self._known: dict[Mask, tuple[int, bool]] = {}

    def people(self, group: Mask) -> int:
        return self._of(group)[0]

    def tells(self, group: Mask) -> bool:
        """True where the figures of the group would say something of somebody: under five people,
        or all of them of one mind."""
        return self._of(group)[1]

    def _of(self, group: Mask) -> tuple[int, bool]:
        if (known := self._known.get(group)) is None:
            cells = cells_of(group)
            people = sum(self._people[cell] for cell in cells)
            said: Counter[str] = Counter()
            for cell in cells if self._said else ():
                said.update(self._said[cell])
            alike = people in said.values()
            known = self._known[group] = (people, people < FEWEST or alike)
        return known


def cells_of(group: Mask) -> list[int]:
    return [number for number in range(group.bit_length()) if group >> number & 1]


def publishable(
    lattice: Lattice, counts: Counts, among: frozenset[Mask] | None = None
) -> frozenset[Mask]:
    """The groups whose figures are shown; `among` those only.

    No hidden group, no group of the lattice that would tell of somebody, and nothing that is left
    of a shown group when its shown parts are taken away, can be worked out from them.
    """
    telling = frozenset(one for one in lattice.every if _tells(lattice, counts, one))
    shown = set(lattice.published if among is None else among) - telling
    guarded = (lattice.published | telling) - shown
    while drop := _left_over(lattice, counts, shown) or _worked_out(counts, shown, guarded):
        shown -= drop
        guarded |= drop
    return frozenset(shown)


def _tells(lattice: Lattice, counts: Counts, group: Mask) -> bool:
    """The group itself, or what a group around it has besides (complement 0 or at least five)."""
    if counts.tells(group):
        return True
    rests = (whole & ~group for whole in lattice.within.get(group, ()))
    return any(counts.people(rest) and counts.tells(rest) for rest in rests)


def _left_over(lattice: Lattice, counts: Counts, shown: set[Mask]) -> set[Mask]:
    """Parts to hide as well: what a shown group has besides its shown parts would tell."""
    drop = set()
    for whole, parts in lattice.tables:
        if whole not in shown:
            continue
        hidden = sum(part for part in parts if part not in shown)
        others = [part for part in parts if part in shown and part != whole]
        if hidden and others and counts.people(hidden) and counts.tells(hidden):
            drop.add(min(others, key=lambda part: (counts.people(part), part)))
    return drop


def _worked_out(counts: Counts, shown: set[Mask], guarded: Iterable[Mask]) -> set[Mask]:
    """Shown groups to hide as well: by them a guarded one could be worked out."""
    span = Span(sorted(shown, key=lambda one: (one.bit_count(), one)))
    drop: set[Mask] = set()
    for group in guarded:
        used = span.made_of(group)
        if used and not drop & used:
            drop.add(min(used, key=lambda one: (counts.people(one), one)))
    return drop


class Span:
    """All that can be worked out from some groups by adding and subtracting their figures."""

    def __init__(self, groups: Iterable[Mask]) -> None:
        self._rows: dict[int, tuple[dict[int, Number], dict[Mask, Number]]] = {}
        for group in groups:
            row, made = self._reduce(group)
            if row:
                self._keep(row, {**made, group: made.get(group, 0) + 1})

    def _keep(self, row: dict[int, Number], made: dict[Mask, Number]) -> None:
        pivot = min(row)
        by = row[pivot]
        if by != 1:
            row = {cell: Fraction(value) / by for cell, value in row.items()}
            made = {group: Fraction(value) / by for group, value in made.items()}
        self._rows[pivot] = row, made

    def made_of(self, group: Mask) -> set[Mask]:
        """The groups that it is worked out from; none: it cannot be."""
        row, made = self._reduce(group)
        return set() if row else set(made)

    def _reduce(self, group: Mask) -> tuple[dict[int, Number], dict[Mask, Number]]:
        """What is left of the group, and which multiples of the groups were added to it."""
        row: dict[int, Number] = dict.fromkeys(cells_of(group), 1)
        made: dict[Mask, Number] = {}
        for cell in sorted(self._rows):
            if times := row.get(cell):
                other, other_made = self._rows[cell]
                _subtract(row, other, times)
                _subtract(made, other_made, times)
        return row, made


def _subtract(row: dict[int, Number], other: Mapping[int, Number], times: Number) -> None:
    for key, value in other.items():
        left = row.get(key, 0) - times * value
        if left:
            row[key] = left
        else:
            row.pop(key, None)
