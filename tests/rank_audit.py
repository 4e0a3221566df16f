"""An attacker with paper and pencil: all that follows from what a survey publishes, exactly.

Unknown are, in each cell, how many answered and how often each answer was given. Known are the
published figures, and what the questionnaire itself says: answers add up, a question that must be
answered was, one that hangs on another was asked of those who gave that answer. A figure is
recovered if it is a combination of what is known, over the fractions. Shares no code with
workflows.survey_suppression.
"""

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from itertools import combinations, product
from typing import Any

from workflows.survey_questions import Part, Question, parts

Unknown = tuple[str, Any, str]
Sum = dict[Unknown, Fraction]
PEOPLE, NOBODY, ANY = "people", "none", "any"


class Knowledge:
    """Sums that are known, in echelon form."""

    def __init__(self) -> None:
        self._rows: dict[Unknown, Sum] = {}

    def learn(self, known: Iterable[Sum]) -> None:
        for one in sorted(known, key=len):
            if left := self._reduce(one):
                pivot = min(left)
                self._rows[pivot] = {key: value / left[pivot] for key, value in left.items()}

    def knows(self, wanted: Sum) -> bool:
        return not self._reduce(wanted)

    def _reduce(self, one: Sum) -> Sum:
        left = dict(one)
        while pivot := min((key for key in left if key in self._rows), default=None):
            times = left[pivot]
            for key, value in self._rows[pivot].items():
                rest = left.get(key, 0) - times * value
                if rest:
                    left[key] = Fraction(rest)
                else:
                    left.pop(key, None)
        return left


def total(part: str, cells: Iterable[Any], *answers: str, times: int = 1) -> Sum:
    return {(part, cell, one): Fraction(times) for cell in cells for one in answers}


def rules(questions: Sequence[Question], cells: Sequence[Any]) -> Iterable[Sum]:
    """What follows from the questionnaire: each sum is nought."""
    for part, cell in product(parts(questions), cells):
        one = part.question
        answered = (ANY,) if one.kind == "multiple" else one.values
        people = total(part.key, [cell], *answered)
        yield people | total(part.key, [cell], NOBODY) | total(PEOPLE, [cell], ANY, times=-1)
        if one.required and one.show_if is None:
            yield total(part.key, [cell], NOBODY)
        elif one.required and one.show_if is not None:
            asked = total(one.show_if.question, [cell], *one.show_if.values, times=-1)
            yield people | asked


def known_of(
    tables: Mapping[str, Any], questions: Sequence[Question], attributes: Sequence[str], cells: Any
) -> tuple[list[Sum], list[Sum]]:
    """The sums that are published, and those of the published tables that are not."""
    shown: list[Sum] = []
    hidden: list[Sum] = []
    for name, table in tables.items():
        places = [attributes.index(one) for one in name.split("+") if one]
        for group in table["groups"]:
            inside = [
                cell for cell in cells if [cell[place] for place in places] == list(group["values"])
            ]
            (shown if "n" in group else hidden).append(total(PEOPLE, inside, ANY))
            for part in parts(questions):
                figures = group.get("parts", {}).get(part.key)
                (shown if figures else hidden).extend(_sums(part, inside, answered=bool(figures)))
    return shown, hidden


def _sums(part: Part, inside: Sequence[Any], *, answered: bool) -> Iterable[Sum]:
    for value in part.question.values:
        yield total(part.key, inside, value)
    if answered and part.question.kind == "multiple":
        yield total(part.key, inside, ANY)


def groups_of(cells: Sequence[Any]) -> list[list[Any]]:
    """Every group that values of some attributes make, the finest cells among them."""
    found = []
    width = len(cells[0]) if cells else 0
    for count in range(width + 1):
        for places in combinations(range(width), count):
            keys = {tuple(cell[place] for place in places) for cell in cells}
            found += [
                [cell for cell in cells if tuple(cell[place] for place in places) == key]
                for key in sorted(keys)
            ]
    return found
