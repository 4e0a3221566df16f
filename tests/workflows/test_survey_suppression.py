"""No figure of fewer than five, and none that all agree on, can be worked out from what a survey
publishes: an exact rank audit over random surveys, with an attacker of its own (tests/rank_audit).
"""

import os
import random
from collections import Counter
from collections.abc import Sequence
from typing import Any

import pytest

from tests import rank_audit
from workflows import survey_questions
from workflows.survey_populations import Cell, coarsened
from workflows.survey_questions import Question
from workflows.survey_settling import CellCount, PartCount, _add, tables
from workflows.survey_suppression import Counts, Lattice, Span, publishable
from workflows.surveys import usual_slices

SURVEYS = int(os.environ.get("TONGZE_RANK_AUDITS", "100"))
QUESTIONS: list[dict[str, Any]] = [
    {
        "code": "use",
        "kind": "single",
        "required": True,
        "choices": [{"code": one, "title": one} for one in ("yes", "no", "so")],
    },
    {
        "code": "why",
        "kind": "single",
        "required": True,
        "choices": [{"code": one, "title": one} for one in ("time", "form")],
        "show_if": {"question": "use", "is": ["no"]},
    },
    {
        "code": "what",
        "kind": "multiple",
        "choices": [{"code": one, "title": one} for one in ("a", "b")],
    },
    {"code": "mark", "kind": "scale", "low": 1, "high": 3, "required": True},
]


def questions() -> tuple[Question, ...]:
    return survey_questions.read([{"title": "问", **one} for one in QUESTIONS])


class Made:
    """A random survey: whom it asked, what they said, and what is published of it."""

    def __init__(self, seed: int) -> None:
        lot = random.Random(seed)  # noqa: S311
        self.attributes = ["organ", "level", "post"][: lot.choice((1, 2, 2, 3))]
        values = [[f"{name}{n}" for n in range(lot.randint(2, 4))] for name in self.attributes]
        pull = [[lot.random() ** 3 + 0.02 for _ in one] for one in values]
        people = [
            tuple(lot.choices(one, weight)[0] for one, weight in zip(values, pull, strict=True))
            for _ in range(lot.choice((6, 15, 40, 120, 300, 900)))
        ]
        names = coarsened(Counter(people))
        self.asked = Counter(names[one] for one in people)
        self.cells = sorted(self.asked)
        self.questions = questions()
        self.counts = {cell: _nothing(self.questions) for cell in self.cells}
        share, mind = lot.choice((0.4, 0.8, 1)), lot.choice((0.2, 0.5, 0.9))
        for one in people:
            if lot.random() < share:
                self._answer(lot, names[one], mind)
        self.slices = usual_slices(self.attributes)
        if lot.random() < 0.3:
            self.slices.append(list(self.attributes))
        self.tables = tables(
            self.attributes,
            self.slices,
            self.questions,
            {cell: self.asked[cell] for cell in self.cells},
            self.counts,
            hide=True,
        )

    def _answer(self, lot: random.Random, cell: Cell, mind: float) -> None:
        """All of a cell tend to one answer, the more so the higher `mind` is."""
        typed = {}
        for one in self.questions:
            liked = one.values[sum(map(ord, "".join(cell))) % len(one.values)]
            value = liked if lot.random() < mind else lot.choice(one.values)
            typed[one.field] = [value] if one.required or lot.random() < 0.7 else []
        answers, faults = survey_questions.answers_of(self.questions, typed)
        assert not faults
        self.counts[cell].people += 1
        _add(self.counts[cell], survey_questions.parts(self.questions), answers)

    def tells(self, part: str | None, cells: Sequence[Cell]) -> bool:
        """True where a figure over these cells would tell of somebody."""
        if part is None:
            return sum(self.counts[cell].people for cell in cells) < 5
        of_part = [self.counts[cell].parts[part] for cell in cells]
        people = sum(one.people for one in of_part)
        said = sum((one.said for one in of_part), Counter[str]())
        return people < 5 or people in said.values()


def _nothing(asked: Sequence[Question]) -> CellCount:
    return CellCount(0, {part.key: PartCount() for part in survey_questions.parts(asked)})


def audit(made: Made) -> tuple[int, int]:
    """How many figures are hidden, and how many of them can be recovered."""
    shown, hidden = rank_audit.known_of(made.tables, made.questions, made.attributes, made.cells)
    for group in rank_audit.groups_of(made.cells):
        if made.tells(None, group):
            hidden.append(rank_audit.total(rank_audit.PEOPLE, group, rank_audit.ANY))
        for part in survey_questions.parts(made.questions):
            if made.tells(part.key, group):
                hidden += [
                    rank_audit.total(part.key, group, value) for value in part.question.values
                ]
    attacker = rank_audit.Knowledge()
    attacker.learn([*rank_audit.rules(made.questions, made.cells), *shown])
    return len(hidden), sum(attacker.knows(one) for one in hidden)


def test_no_hidden_figure_of_a_hundred_surveys_can_be_worked_out(
    record_property: Any,
) -> None:
    seen = hidden = published = 0
    for seed in range(SURVEYS):
        made = Made(seed)
        number, recovered = audit(made)
        assert recovered == 0, f"seed {seed}: {recovered} of {number}"
        hidden += number
        seen += 1
        published += sum(
            len(group.get("parts", ()))
            for table in made.tables.values()
            for group in table["groups"]
        )
    assert hidden > 10 * SURVEYS
    assert published > 10 * SURVEYS  # nor is all hidden
    record_property("surveys audited", seen)
    record_property("hidden figures, none recovered", hidden)


@pytest.mark.parametrize("seed", range(8))
def test_no_published_figure_tells_of_somebody(seed: int) -> None:
    """n is five or more, the rest of all is nought or five or more, and not all are of one mind."""
    made = Made(seed)
    for name, table in made.tables.items():
        places = [made.attributes.index(one) for one in name.split("+") if one]
        for group in table["groups"]:
            inside = [cell for cell in made.cells if [cell[at] for at in places] == group["values"]]
            others = [cell for cell in made.cells if cell not in inside]
            if "n" not in group:
                continue
            assert not made.tells(None, inside)
            for part, figures in group["parts"].items():
                assert not made.tells(part, inside)
                assert figures["n"] >= 5
                rest = sum(made.counts[cell].parts[part].people for cell in others)
                assert rest == 0 or rest >= 5


@pytest.mark.parametrize("seed", range(0, 40, 5))
def test_what_a_shown_group_has_besides_its_shown_parts_tells_nothing(seed: int) -> None:
    made = Made(seed)
    groups = [
        (name, [cell for cell in made.cells if _is_in(made, name, cell, group)], group)
        for name, table in made.tables.items()
        for group in table["groups"]
    ]
    for name, inside, group in groups:
        for part in group.get("parts", ()):
            for finer in {other for other, _, _ in groups} - {name}:
                shown = {
                    cell
                    for other, cells, one in groups
                    if other == finer and set(cells) <= set(inside) and part in one.get("parts", ())
                    for cell in cells
                }
                rest = [cell for cell in inside if cell not in shown]
                if sum(made.counts[cell].parts[part].people for cell in rest):
                    assert not made.tells(part, rest), (name, group["values"], finer, part)


def _is_in(made: Made, name: str, cell: Cell, group: dict[str, Any]) -> bool:
    places = [made.attributes.index(one) for one in name.split("+") if one]
    values: list[Any] = group["values"]
    return [cell[place] for place in places] == values


def test_the_audit_finds_what_plain_hiding_leaves_open(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hiding what is under five alone lets the same attacker recover figures."""

    def plain(lattice: Lattice, counts: Counts, among: Any = None) -> Any:
        groups = lattice.published if among is None else among
        return frozenset(one for one in groups if not counts.tells(one))

    monkeypatch.setattr("workflows.survey_settling.publishable", plain)
    assert sum(audit(Made(seed))[1] for seed in range(20)) > 100


def test_a_group_is_hidden_with_the_one_that_would_give_it_away() -> None:
    cells = [("a", "yes"), ("a", "no"), ("b", "yes"), ("b", "no")]
    lattice = Lattice.of(cells, [[0], [1], [0, 1]])
    shown = publishable(lattice, Counts([2, 20, 30, 40]))
    hidden = [lattice.published - shown]
    assert 0b0001 not in shown  # two people
    assert 0b0010 not in shown  # a is shown: the others of a would give the two away
    assert not shown >= {0b0100, 0b0101}  # nor may the column
    assert 0b1111 in shown
    assert hidden


def test_nothing_of_four_answers_is_published() -> None:
    lattice = Lattice.of([("a",), ("b",)], [[0]])
    assert publishable(lattice, Counts([4, 0])) == frozenset()
    assert publishable(lattice, Counts([5, 5])) == {0b01, 0b10, 0b11}


def test_those_of_one_mind_are_hidden() -> None:
    lattice = Lattice.of([("a",), ("b",), ("c",)], [[0]])
    said = [{"x": 9}, {"x": 5, "y": 5}, {"x": 3, "y": 6}]
    assert 0b001 not in publishable(lattice, Counts([9, 10, 9], said))


def test_a_sum_is_made_of_what_makes_it() -> None:
    span = Span([0b0011, 0b1100, 0b0110])
    assert span.made_of(0b1111) == {0b0011, 0b1100}
    assert span.made_of(0b1001) == {0b0011, 0b1100, 0b0110}
    assert span.made_of(0b0001) == set()
