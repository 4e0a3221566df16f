"""What a claim may cite: a survey's question, a talk or visit on record, what an inspection saw.

A citation is text: `survey:{id}:{question}`, `note:{id}`, `sample:{id}`, `seen:{id}`.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import (
    FieldEvidence,
    FieldNote,
    Inspection,
    Questionnaire,
    ResearchSource,
    Sample,
    Survey,
    SurveyTally,
    Unit,
    Visit,
)
from workflows import survey_questions
from workflows.deadlines import day_of
from workflows.survey_questions import Question

SEEN = {"listen": "听", "look": "看", "ask": "问", "visit": "访", "check": "查"}
DRAWN = {"meeting": "会议记录", "study": "学习记录"}
DAY = re.compile(r"(?<!\d)(\d{4})-(\d\d)-(\d\d)(?!\d)")
METHODS = {"forum": "座谈", "talk": "访谈", "visit": "走访", "reading": "查阅"}


@dataclass(frozen=True)
class Source:
    """One thing that can be cited: by which text, and in words."""

    ref: str
    label: str


def of_case(session: Session, case_id: int) -> list[Source]:
    """What the conclusions of a survey's case may rest on."""
    surveys = session.scalars(select(Survey).where(Survey.case_id == case_id)).all()
    notes = session.scalars(
        select(FieldNote)
        .where(FieldNote.case_id == case_id, FieldNote.held_at.is_not(None))
        .order_by(FieldNote.held_at, FieldNote.id)
    ).all()
    return [*_of_surveys(session, surveys), *map(_of_note, notes)]


def of_research(session: Session, research_id: int) -> list[Source]:
    """What the claims of a research may rest on: its surveys once settled, its notes once held."""
    of_kind: dict[str, list[int]] = {}
    for kind, source_id in session.execute(
        select(ResearchSource.kind, ResearchSource.source_id).where(
            ResearchSource.research_id == research_id
        )
    ):
        of_kind.setdefault(kind, []).append(source_id)
    surveys = session.scalars(
        select(Survey)
        .where(Survey.id.in_(of_kind.get("survey", ())), Survey.state == "settled")
        .order_by(Survey.id)
    ).all()
    cases = [one.case_id for one in surveys if one.case_id is not None]
    notes = session.scalars(
        select(FieldNote)
        .where(
            (FieldNote.research_id == research_id) | FieldNote.case_id.in_(cases),
            FieldNote.held_at.is_not(None),
        )
        .order_by(FieldNote.held_at, FieldNote.id)
    ).all()
    inspected = _of_inspections(session, of_kind.get("inspection", ()))
    return [*_of_surveys(session, surveys), *map(_of_note, notes), *inspected]


def _of_inspections(session: Session, ids: Sequence[int]) -> Iterable[Source]:
    """The samples that were drawn, by their numbers, and what was seen at each unit."""
    visits = (
        select(Visit.id, Unit.name, Inspection.topic)
        .join(Unit, Unit.id == Visit.unit_id)
        .join(Inspection, Inspection.id == Visit.inspection_id)
        .where(Visit.inspection_id.in_(ids))
    )
    where = {row.id: f"“{row.topic}”{row.name}" for row in session.execute(visits)}
    samples = session.scalars(select(Sample).where(Sample.visit_id.in_(where)).order_by(Sample.id))
    for one in samples:
        told = f"抽样第{one.number}号 {where[one.visit_id]} {DRAWN.get(one.kind, one.kind)}"
        yield Source(f"sample:{one.id}", f"{told}（抽取{len(one.picks)}份）"[:200])
    seen = session.scalars(
        select(FieldEvidence).where(FieldEvidence.visit_id.in_(where)).order_by(FieldEvidence.id)
    )
    for record in seen:
        told = f"{where[record.visit_id]} {SEEN.get(record.method, record.method)} {record.held_on}"
        yield Source(f"seen:{record.id}", f"{told}：{record.text}"[:200])


def _of_surveys(session: Session, surveys: Sequence[Survey]) -> Iterable[Source]:
    for survey in surveys:
        for number, one in enumerate(questions_of(session, survey), 1):
            label = f"问卷“{survey.title}”第{number}题：{one.title}"
            yield Source(f"survey:{survey.id}:{one.code}", label[:200])


def questions_of(session: Session, survey: Survey) -> tuple[Question, ...]:
    row = session.get_one(Questionnaire, survey.questionnaire_id)
    return survey_questions.read(row.questions)


def _of_note(note: FieldNote) -> Source:
    """A confidential talk is cited by its day alone: with whom it was is not told."""
    day = day_of(note.held_at).isoformat() if note.held_at else ""
    told = f"{METHODS[note.method]}记录 {day}"
    if not note.confidential:
        told += f" {note.subject}"
    if note.looked:
        told += f"（查阅{note.looked}份）"
    return Source(f"note:{note.id}", told[:200])


def named(session: Session, refs: Iterable[str]) -> list[Source]:
    """These citations in words, whosever they are: for a record that its reader may see."""
    parts = [ref.split(":") for ref in refs]
    ids = {
        kind: [int(one[1]) for one in parts if one[0] == kind and one[1].isdecimal()]
        for kind in ("survey", "note")
    }
    surveys = session.scalars(select(Survey).where(Survey.id.in_(ids["survey"]))).all()
    notes = session.scalars(select(FieldNote).where(FieldNote.id.in_(ids["note"]))).all()
    return [*_of_surveys(session, surveys), *map(_of_note, notes)]


def unknown(refs: Iterable[str], sources: Iterable[Source]) -> list[str]:
    """The citations that cite nothing there is."""
    known = {one.ref for one in sources}
    return [ref for ref in refs if ref not in known]


def told(refs: Iterable[str], sources: Iterable[Source]) -> str:
    """The citations in words and their days as GB/T 9704 writes them, as a paper prints them."""
    labels = {one.ref: one.label for one in sources}
    return DAY.sub(_day, "；".join(labels.get(ref, ref) for ref in refs))


def _day(found: re.Match[str]) -> str:
    year, month, day = map(int, found.groups())
    return f"{year}年{month}月{day}日"


@dataclass(frozen=True)
class Result:
    """One question of a settled survey with what was answered; `n` none: it is not published."""

    number: int
    question: Question
    row: str  # of a matrix
    key: str
    n: int | None
    counts: Mapping[str, int]

    @property
    def title(self) -> str:
        return f"{self.question.title}：{self.row}" if self.row else self.question.title

    def share(self, value: str) -> float | None:
        """Percent of those who answered the question."""
        return 100 * self.counts.get(value, 0) / self.n if self.n else None

    @property
    def lines(self) -> list[tuple[str, int, float | None]]:
        """Each answer in words, how often it was given, and its share in percent."""
        words = {entry.code: entry.title for entry in self.question.choices}
        return [
            (words.get(value, value), self.counts.get(value, 0), self.share(value))
            for value in self.question.values
        ]


def results_of(session: Session, survey: Survey) -> list[Result]:
    """What a settled survey publishes of all together, question by question."""
    table = session.get(SurveyTally, (survey.id, ""))
    groups: list[dict[str, Any]] = table.figures["groups"] if table else []
    whole = groups[0] if groups else {}
    numbers = {one.code: at for at, one in enumerate(questions_of(session, survey), 1)}
    found = []
    for part in survey_questions.parts(questions_of(session, survey)):
        figures = whole.get("parts", {}).get(part.key)
        found.append(
            Result(
                number=numbers[part.question.code],
                question=part.question,
                row=part.row.title if part.row else "",
                key=part.key,
                n=figures["n"] if figures else None,
                counts=figures["counts"] if figures else {},
            )
        )
    return found


def as_figure(result: Result) -> dict[str, Any]:
    """The result as a paper draws it."""
    return {
        "title": result.title,
        "heads": ["选项", "人数"],
        "lines": [list(line) for line in result.lines],
    }
