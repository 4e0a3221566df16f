"""Gaps and overlaps of a table: what no row answers, what several answer, rows never reached.

Exact where each column can be cut into pieces (columns.py): two rows overlap when they share a
piece in every column; a gap is a choice of pieces that no row takes. What depends on functions,
or on names whose value is not known, is left open and said to be. The work is bounded; an
analysis that was cut short says so. Which overlap is a fault depends on the hit policy (DMN 1.3,
8.2.8): UNIQUE allows none, ANY none that answers differently, FIRST makes rows unreachable.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import TypeVar

from workflows.engine.decisions.columns import (
    NO_FIGURES,
    Column,
    Figures,
    Trials,
    column_of,
    constant,
    groups_of,
)
from workflows.engine.decisions.regions import Region, region_of
from workflows.engine.decisions.table import Decision, Rule

_T = TypeVar("_T")
SINGLE_HIT = frozenset({"U", "A", "F", "P"})
MOST_TOLD = 10  # of gaps, and of overlaps
MOST_TRIALS = 400_000  # cells tried on a value; a few microseconds each
MOST_STEPS = 100_000  # of the search, and of pairs of rows
MOST_COLUMNS = 60


@dataclass(frozen=True)
class Overlap:
    """Two rows that one input satisfies; not `certain` where their answers cannot be compared."""

    rows: tuple[int, int]
    region: Region
    certain: bool = True


@dataclass(frozen=True)
class Analysis:
    gaps: tuple[Region, ...] = ()
    overlaps: tuple[Overlap, ...] = ()  # those that the hit policy does not allow
    unreached: tuple[int, ...] = ()  # rows that never count
    undecided: tuple[str, ...] = ()  # columns that were left open
    more: bool = False  # there is more of that kind than is told
    gave_up: bool = False  # the work was cut short

    @property
    def is_clean(self) -> bool:
        return not (self.gaps or self.overlaps or self.unreached)


class _Enough(Exception):
    """The work is more than was allowed."""


@dataclass
class _Work:
    """What is known of the columns, and what may still be done."""

    decision: Decision
    columns: dict[int, Column]  # by number of the group, those that could be cut
    open: dict[int, tuple[int, ...]]  # the places of those that could not
    steps: int = MOST_STEPS
    taking: list[list[int]] = field(default_factory=list)

    def step(self, count: int = 1) -> None:
        self.steps -= count
        if self.steps < 0:
            raise _Enough


def analyse(
    decision: Decision, figures: Figures = NO_FIGURES, *, trials: int = MOST_TRIALS
) -> Analysis:
    """What there is of gaps, overlaps and rows never reached, the first few of each.

    `figures` are names whose values are known, such as the parameters in force.
    """
    groups = groups_of(decision)
    if len(groups) > MOST_COLUMNS:
        return Analysis(gave_up=True)
    left = Trials(trials)
    cut = {at: column_of(decision, places, figures, left) for at, places in enumerate(groups)}
    work = _Work(
        decision,
        {at: column for at, column in cut.items() if column is not None},
        {at: groups[at] for at, column in cut.items() if column is None},
    )
    gaps, gap_more, gap_cut = _first(_gaps(work) if _must_answer(decision) else iter(()))
    work.steps = MOST_STEPS
    overlaps, over_more, over_cut = _first(_overlaps(work, figures))
    work.steps = MOST_STEPS
    unreached, _, reach_cut = _first(_unreached(work), most=len(decision.rules))
    return Analysis(
        gaps=tuple(gaps),
        overlaps=tuple(overlaps),
        unreached=tuple(unreached),
        undecided=tuple(decision.inputs[places[0]].label for places in work.open.values()),
        more=gap_more or over_more,
        gave_up=left.left < 0 or gap_cut or over_cut or reach_cut,
    )


def _must_answer(decision: Decision) -> bool:
    """A table that gathers may gather nothing, and a default answers for all other inputs."""
    return decision.hit_policy in SINGLE_HIT and all(o.default is None for o in decision.outputs)


def _first(found: Iterator[_T], most: int = MOST_TOLD) -> tuple[list[_T], bool, bool]:
    """The first few, whether there were more, and whether the work was cut short."""
    kept: list[_T] = []
    try:
        for one in found:
            if len(kept) == most:
                return kept, True, False
            kept.append(one)
    except _Enough:
        return kept, False, True
    return kept, False, False


# ---- gaps


def _gaps(work: _Work) -> Iterator[Region]:
    """What no row takes, whatever the columns that were left open hold, each as wide as it is."""
    told: set[tuple[int, ...]] = set()
    rows = (1 << len(work.decision.rules)) - 1
    places = list(work.columns)
    search = _Search(work, [(work.columns[at], work.columns[at].whole) for at in places])
    for box in search.uncovered(0, rows):
        wide = _widened(work, [work.columns[at] for at in places], box)
        if wide not in told:
            told.add(wide)
            yield region_of(work.decision, work.columns, dict(zip(places, wide, strict=True)))


class _Search:
    """Goes through the columns; the same rows left at the same column are looked at once.

    Pieces that leave the same rows are taken together, so that each box is a choice of several.
    """

    def __init__(self, work: _Work, columns: Sequence[tuple[Column, int]]) -> None:
        self.work = work
        self.columns = columns
        self.taking = [_rows_by_piece(column) for column, _ in columns]
        self.covered: set[tuple[int, int]] = set()

    def uncovered(self, at: int, rows: int) -> Iterator[tuple[int, ...]]:
        if not rows:
            yield tuple(allowed for _, allowed in self.columns[at:])
            return
        if at == len(self.columns) or (at, rows) in self.covered:
            return
        is_covered = True
        for rest, bits in self.choices(at, rows).items():
            for box in self.uncovered(at + 1, rest):
                is_covered = False
                yield (bits, *box)
        if is_covered:
            self.covered.add((at, rows))

    def choices(self, at: int, rows: int) -> dict[int, int]:
        """The pieces of a column by the rows that they leave."""
        found: dict[int, int] = {}
        allowed = self.columns[at][1]
        for number, taking in enumerate(self.taking[at]):
            if allowed >> number & 1:
                self.work.step()
                found[rows & taking] = found.get(rows & taking, 0) | 1 << number
        return found


def _rows_by_piece(column: Column) -> list[int]:
    return [
        sum(1 << row for row, bits in enumerate(column.taken) if bits >> at & 1)
        for at in range(len(column.pieces))
    ]


def _widened(work: _Work, columns: Sequence[Column], box: Sequence[int]) -> tuple[int, ...]:
    """The same gap with every piece added that keeps it one, column by column."""
    wide = list(box)
    for at, column in enumerate(columns):
        work.step(len(column.taken))
        reached = [
            row
            for row in range(len(column.taken))
            if all(other.taken[row] & wide[n] for n, other in enumerate(columns) if n != at)
        ]
        closed = 0
        for row in reached:
            closed |= column.taken[row]
        wide[at] = column.whole & ~closed
    return tuple(wide)


# ---- overlaps


def _overlaps(work: _Work, figures: Figures) -> Iterator[Overlap]:
    """Pairs of rows that the hit policy does not allow to apply at once."""
    decision = work.decision
    if decision.hit_policy not in ("U", "A", "P"):
        return
    for one, other in combinations(range(len(decision.rules)), 2):
        work.step()
        if not all(_is_any(work, places, one, other) for places in work.open.values()):
            continue
        shared = {at: c.taken[one] & c.taken[other] for at, c in work.columns.items()}
        if not all(shared.values()):
            continue
        differs = _differs(decision, (decision.rules[one], decision.rules[other]), figures)
        if decision.hit_policy == "U" or differs is not False:
            region = region_of(decision, work.columns, shared)
            certain = decision.hit_policy == "U" or differs is True
            yield Overlap((one + 1, other + 1), region, certain)


def _is_any(work: _Work, places: Sequence[int], one: int, other: int) -> bool:
    """Whether two rows surely share an input in columns that were left open: both take all."""
    rules = work.decision.rules
    return all(rules[row].tests[place] is None for row in (one, other) for place in places)


def _differs(decision: Decision, rules: tuple[Rule, Rule], figures: Figures) -> bool | None:
    """Whether two rows answer differently where the hit policy leaves it open; none: unknown."""
    unknown = False
    ranks = []
    for place, output in enumerate(decision.outputs):
        one, other = (rule.answers[place] for rule in rules)
        if one.text == other.text:
            continue
        left, right = constant(one.tree, figures), constant(other.tree, figures)
        if left is None or right is None:
            unknown = True
        elif left != right:
            ranks.append((output.place(left), output.place(right)))
    if decision.hit_policy == "P":  # an answer of higher rank counts, whichever row gives it
        return False if unknown or any(a != b for a, b in ranks) else bool(ranks)
    return True if ranks else (None if unknown else False)


# ---- rows never reached


def _unreached(work: _Work) -> Iterator[int]:
    """Rows that take no input at all, and where the first row counts, those behind others."""
    for row in range(len(work.decision.rules)):
        own = [(column, column.taken[row]) for column in work.columns.values()]
        if not all(bits for _, bits in own):
            yield row + 1
        elif work.decision.hit_policy == "F" and row:
            before = _surely_before(work, row)
            search = _Search(work, own)
            if before and next(search.uncovered(0, before), None) is None:
                yield row + 1


def _surely_before(work: _Work, row: int) -> int:
    """The earlier rows that take whatever this one takes in the columns that were left open."""
    rules = work.decision.rules
    found = 0
    for earlier in range(row):
        work.step()
        if all(
            _takes_all(rules[earlier], rules[row], place)
            for places in work.open.values()
            for place in places
        ):
            found |= 1 << earlier
    return found


def _takes_all(earlier: Rule, later: Rule, place: int) -> bool:
    one, other = earlier.tests[place], later.tests[place]
    return one is None or (other is not None and one.text == other.text)


def words_of(figures: Mapping[str, object]) -> Figures:
    """Figures by their dotted names ("days.urge") as expressions know them."""
    found: dict[str, dict[str, object]] = {}
    for name, value in figures.items():
        group, _, key = name.partition(".")
        found.setdefault(group, {})[key] = value
    return found
