"""Who has everything but the codes and wants to know who voted what.

Linking: within one item and one category, the opened marks are put in some order in which they
lie, the people in some order in which they or their sealed marks lie, and the n-th mark is said to
be the n-th person's. Whose sealed marks are whose is granted to him, whatever they lie in.

Chance: a pairing drawn at random. The number of right links under it has the mean and variance of
Hoeffding's combinatorial statistic (exact, given how often each choice stands there) and is as good
as normal at these numbers. A score is told apart from chance when it lies above the 95 % interval.

Reading: a mark is foretold from what can be counted in the sealed bytes or the id, by the choice
that most often went with it in the training half.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import sqrt
from statistics import NormalDist
from typing import Any

from tests.security.elections import Lying, Round

Pair = tuple[str, str]  # the choice foretold, the choice made
Group = list[Pair]
SINGLE = 0.95


@dataclass(frozen=True)
class Score:
    """How often a strategy was right, and how often chance would be."""

    strategy: str
    right: float
    of: int
    mean: float
    sd: float

    def beyond(self, level: float) -> bool:
        """True above the interval that holds chance with this level."""
        return self.right > self.mean + NormalDist().inv_cdf((1 + level) / 2) * self.sd

    def __str__(self) -> str:
        low, high = self.mean - 1.96 * self.sd, self.mean + 1.96 * self.sd
        return (
            f"{self.strategy}: {self.right:.0f} of {self.of}, "
            f"chance {self.mean:.0f} [{low:.0f}, {high:.0f}]"
        )


def score(strategy: str, groups: Iterable[Group]) -> Score:
    right = of = 0
    mean = variance = 0.0
    for group in groups:
        right += sum(foretold == made for foretold, made in group)
        of += len(group)
        of_chance = by_chance(Counter(one for one, _ in group), Counter(one for _, one in group))
        mean, variance = mean + of_chance[0], variance + of_chance[1]
    return Score(strategy, right, of, mean, sqrt(variance))


def by_chance(foretold: Mapping[str, int], made: Mapping[str, int]) -> tuple[float, float]:
    """Mean and variance of the right links when people and marks are paired at random."""
    n = sum(made.values())
    mean = sum(count * made.get(choice, 0) for choice, count in foretold.items()) / n
    if n == 1:
        return mean, 0.0
    squares = sum(
        count
        * other
        * ((one == two) - made.get(one, 0) / n - foretold.get(two, 0) / n + mean / n) ** 2
        for one, count in foretold.items()
        for two, other in made.items()
    )
    return mean, squares / (n - 1)


Strategy = Callable[[Sequence[Round]], Iterator[Group]]


def strategies(rounds: Sequence[Round]) -> dict[str, Strategy]:
    """Every order of people against every order of opened marks, from the front and the back."""
    of_people = ["came", "person", *(f"roll: {name}" for name in _orders(rounds[0].roll.values()))]
    of_people += [f"his sealed mark: {name}" for name in _orders(rounds[0].urn.values())]
    of_people += ["his sealed mark: the bytes", "his sealed mark: the length"]
    return {
        f"{people} × {marks}{' backwards' if back else ''}": _linking(people, marks, back)
        for people in of_people
        for marks in _orders(rounds[0].opened)
        for back in (False, True)
    }


def _orders(lying: Iterable[Lying]) -> list[str]:
    return list(next(iter(lying)).orders)


@dataclass(frozen=True, eq=False)
class Heap:
    """The opened marks of one item and category, and who cast them, in the order of coming."""

    round: Round
    item: str
    opened: tuple[Lying, ...]
    voters: tuple[int, ...]


def _linking(people: str, marks: str, back: bool) -> Strategy:
    def link(rounds: Sequence[Round]) -> Iterator[Group]:
        for one in rounds:
            for heap in _heaps(one):
                yield list(zip(_said(heap, marks, back), _made(heap, people), strict=True))

    return link


@lru_cache(maxsize=100)
def _heaps(one: Round) -> list[Heap]:
    opened: dict[tuple[str, str], list[Lying]] = defaultdict(list)
    for row in one.opened:
        opened[row.said["item"], row.said["category"]].append(row)
    return [
        Heap(one, item, tuple(rows), tuple(_voters(one, item, category)))
        for (item, category), rows in opened.items()
    ]


def _voters(one: Round, item: str, category: str) -> list[int]:
    """Who cast a mark that is counted there, in the order in which they came."""
    named = category.split("+")
    return [
        person
        for person in one.came
        if (person, item) in one.truth and one.roll[person].said["category"] in named
    ]


@lru_cache(maxsize=10_000)
def _said(heap: Heap, marks: str, back: bool) -> list[str]:
    """What the marks say, in the order in which they lie."""
    rows = sorted(heap.opened, key=lambda row: row.orders[marks], reverse=back)
    return [row.said["choice"] for row in rows]


@lru_cache(maxsize=10_000)
def _made(heap: Heap, people: str) -> list[str]:
    """What the people chose, in the order in which they stand."""
    one, item = heap.round, heap.item
    voters = sorted(heap.voters, key=lambda person: _standing(one, people, person, item))
    return [one.truth[person, item] for person in voters]


def _standing(one: Round, people: str, person: int, item: str) -> Any:
    kind, _, name = people.partition(": ")
    if kind == "roll":
        return one.roll[person].orders[name]
    if kind == "his sealed mark":
        sealed = one.sent[person, item]
        told = {"the bytes": sealed, "the length": len(sealed)}
        return told[name] if name in told else one.urn[sealed].orders[name]
    return one.came.index(person) if kind == "came" else person


def readings() -> dict[str, Callable[[bytes, Lying], int]]:
    """What can be counted in a sealed mark."""
    return {
        "length": lambda sealed, _: len(sealed),
        **{f"byte {n} mod 4": lambda sealed, _, n=n: sealed[n] % 4 for n in (0, 1, -2, -1)},  # type: ignore[misc]
        "sum of bytes mod 4": lambda sealed, _: sum(sealed) % 4,
        "first bits": lambda sealed, _: sealed[0] >> 6,
        "id mod 4": lambda _, row: int(row.said["id"]) % 4,
        "id's first bits": lambda _, row: int(row.said["id"]) >> 60,
    }


def read(known: Sequence[Round], asked: Sequence[Round]) -> Iterator[Score]:
    """Each way of reading, learnt from the known half and tried on the other."""
    for name, count in readings().items():
        learnt: dict[int, Counter[str]] = defaultdict(Counter)
        for one in known:
            for (person, item), choice in one.truth.items():
                learnt[_counted(one, count, person, item)][choice] += 1
        groups = []
        for one in asked:
            groups.append(
                [
                    (learnt[value].most_common(1)[0][0] if value in learnt else "", choice)
                    for (person, item), choice in one.truth.items()
                    for value in [_counted(one, count, person, item)]
                ]
            )
        yield score(f"reading: {name}", groups)


def _counted(one: Round, count: Callable[[bytes, Lying], int], person: int, item: str) -> int:
    sealed = one.sent[person, item]
    return count(sealed, one.urn[sealed])


def attack(rounds: Sequence[Round]) -> list[Score]:
    """What stands out. Of the links: the best of the training half, if it is beyond chance in the
    other; any beyond the interval of all of them together. Of the readings the same interval."""
    known, asked = rounds[::2], rounds[1::2]
    ways = strategies(rounds)
    best = max(ways, key=lambda name: _excess(score(name, ways[name](known))))
    found = [one for one in [score(best, ways[best](asked))] if one.beyond(SINGLE)]
    readers = list(read(known, asked))
    together = SINGLE ** (1 / (len(ways) + len(readers)))  # Šidák
    all_scores = [score(name, way(rounds)) for name, way in ways.items()] + readers
    return found + [one for one in all_scores if one.beyond(together)]


def _excess(one: Score) -> float:
    return (one.right - one.mean) / one.sd


def again(suspects: Iterable[Score], rounds: Sequence[Round]) -> list[Score]:
    """Which of them are beyond chance on fresh votes as well: one in twenty stands out by luck."""
    names = {one.strategy for one in suspects}
    ways = strategies(rounds)
    links = [score(name, ways[name](rounds)) for name in names if name in ways]
    readers = [one for one in read(rounds[::2], rounds[1::2]) if one.strategy in names]
    return [one for one in links + readers if one.beyond(SINGLE)]


def order_of_coming(rounds: Sequence[Round]) -> list[Score]:
    """How far each order of the sealed marks tells the order in which people came: Spearman's ρ,
    summed over the rounds; at chance its mean is 0 and its variance 1/(n−1) a round.

    Of what is seen at one moment: SQLite's log and the file beside it are states of several
    moments, and who can compare two of them sees which sealed marks came in between.
    """
    found = []
    for name in _orders(rounds[0].urn.values()):
        if name.endswith(("in the file", "in the WAL")):
            continue
        total, variance = 0.0, 0.0
        for one in rounds:
            place = {person: number for number, person in enumerate(one.came)}
            came = {sealed: place[person] for (person, _), sealed in one.sent.items()}
            lying = sorted(one.urn, key=lambda sealed: (one.urn[sealed].orders[name], sealed))
            total += _spearman([came[sealed] for sealed in lying])
            variance += 2 / (len(lying) - 1)  # a person's marks come together
        found.append(Score(f"order of the sealed marks: {name}", abs(total), len(rounds), 0,
                           sqrt(variance)))  # fmt: skip
    return found


def _spearman(values: Sequence[int]) -> float:
    n = len(values)
    by_value = sorted(range(n), key=lambda at: values[at])
    ranks = {at: rank for rank, at in enumerate(by_value)}
    return 1 - 6 * sum((ranks[at] - at) ** 2 for at in range(n)) / (n * (n * n - 1))
