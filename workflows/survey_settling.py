"""结卷: what was answered is counted once, and what may be published of it is frozen.

Of an anonymous survey nothing else is left: its answers and links are gone with the count, its open
answers lie under random ids, without unit and apart from one another.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from models import Survey, SurveyAnswer, SurveyGroup, SurveyTally, SurveyText, User
from workflows import audit, rows, survey_answers, survey_questions, surveys
from workflows.errors import Conflict, Refused
from workflows.survey_populations import FEWEST, Cell, read_cell
from workflows.survey_questions import Part, Question
from workflows.survey_suppression import Counts, Lattice, Mask, cells_of, publishable

AT_ONCE = 5_000


@dataclass
class PartCount:
    """Of one cell: how many answered a question, and how often each answer was given."""

    people: int = 0
    said: Counter[str] = field(default_factory=Counter)


@dataclass
class CellCount:
    people: int = 0
    parts: dict[str, PartCount] = field(default_factory=dict)


@dataclass(frozen=True)
class Box:
    """All answers counted by cell, and the open ones: (question, text, user id or none)."""

    cells: dict[Cell, CellCount]
    texts: list[tuple[str, str, int | None]]

    @property
    def people(self) -> int:
        return sum(one.people for one in self.cells.values())


def settle(session: Session, survey_id: int, *, by: User | None, now: datetime) -> Survey:
    """The survey is counted and its figures frozen; done again, it stays as it is.

    Refused before it closes; Conflict for one that was never open or was stopped.
    """
    survey = surveys.turn(session, survey_id)
    if survey.state == "settled":
        return survey
    if survey.state != "open":
        raise Conflict("The survey is not open.")
    if now < survey.closes:
        raise Refused("The survey is open until {when}.", when=survey.closes, guard="survey_state")
    questions = survey_answers.questions_of(session, survey.questionnaire_id)
    asked = _asked(session, survey)
    box = counted(session, survey, questions, asked)
    _freeze(session, survey, questions, asked, box)
    _keep_texts(session, survey, box)
    survey.answered, survey.state, survey.settled_at = box.people, "settled", now
    if survey.anonymous:
        surveys.empty(session, survey)
    session.flush()
    audit.record(
        session,
        actor=by,
        action="survey_settled",
        subject=survey,
        now=now,
        case_id=survey.case_id,
        detail={"asked": survey.asked, "answered": box.people},
    )
    return survey


def _asked(session: Session, survey: Survey) -> dict[Cell, int]:
    groups = session.execute(
        select(SurveyGroup.cell, func.sum(SurveyGroup.size))
        .where(SurveyGroup.survey_id == survey.id)
        .group_by(SurveyGroup.cell)
        .order_by(SurveyGroup.cell)
    )
    return {read_cell(cell): int(size) for cell, size in groups}


def counted(
    session: Session, survey: Survey, questions: Sequence[Question], asked: Iterable[Cell]
) -> Box:
    """Every answer of the survey, read once."""
    parts = survey_questions.parts(questions)
    open_ones = [one.code for one in questions if one.kind == "text"]
    keys = [part.key for part in parts]
    cells = {cell: CellCount(0, {key: PartCount() for key in keys}) for cell in asked}
    texts: list[tuple[str, str, int | None]] = []
    given = session.execute(
        select(SurveyAnswer.cell, SurveyAnswer.answers, SurveyAnswer.user_id)
        .where(SurveyAnswer.survey_id == survey.id)
        .execution_options(yield_per=AT_ONCE)
    )
    by_text = {"|".join(cell): one for cell, one in cells.items()}
    for cell, answers, user_id in given:
        count = by_text[cell]
        count.people += 1
        _add(count, parts, answers)
        texts += [(code, answers[code], user_id) for code in open_ones if code in answers]
    return Box(cells, texts)


def _add(count: CellCount, parts: Sequence[Part], answers: Mapping[str, Any]) -> None:
    for part in parts:
        if part.question.code in answers and (said := part.value_of(answers)) is not None:
            one = count.parts[part.key]
            one.people += 1
            for value in said:
                one.said[value] += 1


def _freeze(
    session: Session,
    survey: Survey,
    questions: Sequence[Question],
    asked: Mapping[Cell, int],
    box: Box,
) -> None:
    figures = tables(
        survey.attributes,
        survey.slices,
        questions,
        asked,
        box.cells,
        hide=survey.anonymous,
    )
    made = [
        {"survey_id": survey.id, "slice": name, "figures": table} for name, table in figures.items()
    ]
    session.execute(insert(SurveyTally), made)


def tables(
    attributes: Sequence[str],
    slices: Sequence[Sequence[str]],
    questions: Sequence[Question],
    asked: Mapping[Cell, int],
    counts: Mapping[Cell, CellCount],
    *,
    hide: bool,
) -> dict[str, dict[str, Any]]:
    """What is published, by slice: `groups` with their values, how many were asked and answered,
    and for each part how many answered it and what. A hidden figure is not there.

    Without `hide` all is shown, the finest cells as well: a named survey is sliced freely.
    """
    cells = list(asked)
    places = [[attributes.index(name) for name in attributes if name in one] for one in slices]
    if not hide:
        places.append(list(range(len(attributes))))
    lattice = Lattice.of(cells, places)
    shown = _Shown(lattice, questions, [counts[cell] for cell in cells], hide=hide)
    made: dict[str, dict[str, Any]] = {}
    for wanted in [[], *places]:
        name = "+".join(attributes[place] for place in wanted)
        groups: dict[Cell, Mask] = {}
        for number, cell in enumerate(cells):
            values = tuple(cell[place] for place in wanted)
            groups[values] = groups.get(values, 0) | 1 << number
        made[name] = {
            "groups": [
                {
                    "values": list(values),
                    "asked": sum(asked[cells[cell]] for cell in cells_of(group)),
                    **shown.of(group),
                }
                for values, group in sorted(groups.items())
            ]
        }
    return made


class _Shown:
    """Which figures of which group are published, worked out once for all of them."""

    def __init__(
        self,
        lattice: Lattice,
        questions: Sequence[Question],
        counts: Sequence[CellCount],
        *,
        hide: bool,
    ) -> None:
        self._counts, self._parts = counts, survey_questions.parts(questions)
        everything = lattice.published
        self._people = everything
        self._by_part = {part.key: everything for part in self._parts}
        if not hide:
            return
        self._people = publishable(lattice, Counts([one.people for one in counts]))
        self._by_part = self._publishable_parts(lattice)

    def _publishable_parts(self, lattice: Lattice) -> dict[str, frozenset[Mask]]:
        """A question that hangs on another shows no group that the other hides: how many were
        asked it says how many gave the answer that it hangs on."""
        found: dict[str, frozenset[Mask]] = {}
        for part in self._parts:
            among = self._people
            if part.question.show_if is not None:
                among &= found[part.question.show_if.question]
            of_part = [one.parts[part.key] for one in self._counts]
            counts = Counts([one.people for one in of_part], [one.said for one in of_part])
            found[part.key] = publishable(lattice, counts, among)
        return found

    def of(self, group: Mask) -> dict[str, Any]:
        """`n` and `parts` as far as they are published."""
        if group not in self._people:
            return {}
        cells = cells_of(group)
        return {
            "n": sum(self._counts[cell].people for cell in cells),
            "parts": {
                part.key: self._figures(part, cells)
                for part in self._parts
                if group in self._by_part[part.key]
            },
        }

    def _figures(self, part: Part, cells: Sequence[int]) -> dict[str, Any]:
        of_part = [self._counts[cell].parts[part.key] for cell in cells]
        said = sum((one.said for one in of_part), Counter[str]())
        return {
            "n": sum(one.people for one in of_part),
            "counts": {value: said[value] for value in part.question.values},
        }


def _keep_texts(session: Session, survey: Survey, box: Box) -> None:
    """Under random ids, so in no order; of an anonymous survey only where five have written."""
    written = Counter(question for question, _, _ in box.texts)
    lines = [
        {
            "survey_id": survey.id,
            "question": question,
            "id": survey_answers.random_id(),
            "text": text,
            "user_id": user_id,
        }
        for question, text, user_id in box.texts
        if not survey.anonymous or written[question] >= FEWEST
    ]
    lines.sort(key=lambda line: (str(line["question"]), str(line["id"])))
    for start in range(0, len(lines), AT_ONCE):
        rows.add(session, SurveyText, *lines[start : start + AT_ONCE])
