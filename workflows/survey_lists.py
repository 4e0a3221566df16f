"""调研: the surveys a person may look at, and the cases in which one is still being prepared."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, exists, func, select
from sqlalchemy.orm import Session

from models import Case, Participant, Questionnaire, Survey, SurveyAnswer, Unit
from workflows import surveys
from workflows.access import Rights, visible_cases
from workflows.field_notes import Holder

PAGE = 50
MOST_PREPARED = 50


@dataclass(frozen=True)
class Filter:
    """What narrows the list down."""

    words: str = ""
    state: str = ""
    anonymous: bool | None = None


@dataclass(frozen=True)
class Line:
    """A survey with how many have answered: all that is known of it while it runs."""

    row: Survey
    answered: int

    @property
    def rate(self) -> float | None:
        """Percent of those asked."""
        return 100 * self.answered / self.row.asked if self.row.asked else None


@dataclass(frozen=True)
class Page:
    rows: Sequence[Line]
    after: int | None  # the id to go on from; none: this was the last page


def page(
    session: Session, rights: Rights, chosen: Filter, *, after: int | None = None, size: int = PAGE
) -> Page:
    """The surveys this person may look at, the latest first."""
    conditions: list[ColumnElement[bool]] = [surveys.visible(rights)]
    if chosen.words:
        conditions.append(Survey.title.contains(chosen.words, autoescape=True))
    if chosen.state:
        conditions.append(Survey.state == chosen.state)
    if chosen.anonymous is not None:
        conditions.append(Survey.anonymous.is_(chosen.anonymous))
    if after is not None:
        conditions.append(Survey.id < after)
    wanted = select(Survey).where(*conditions).order_by(Survey.id.desc()).limit(size + 1)
    rows = session.scalars(wanted).all()
    answered = _answered(session, rows[:size])
    lines = [Line(row, answered.get(row.id, row.answered or 0)) for row in rows[:size]]
    return Page(lines, rows[size - 1].id if len(rows) > size else None)


def _answered(session: Session, rows: Sequence[Survey]) -> dict[int, int]:
    """Of those that run: how many answers lie in the box."""
    running = [one.id for one in rows if one.answered is None]
    counted = (
        select(SurveyAnswer.survey_id, func.count())
        .where(SurveyAnswer.survey_id.in_(running))
        .group_by(SurveyAnswer.survey_id)
    )
    return dict(session.execute(counted).all())


def prepared(session: Session, rights: Rights) -> Sequence[Case]:
    """The open cases in which nothing was sent out yet."""
    sent = exists().where(Survey.case_id == Case.id).correlate(Case)
    return session.scalars(
        select(Case)
        .where(Case.process == "survey", Case.finished_at.is_(None), visible_cases(rights), ~sent)
        .order_by(Case.id.desc())
        .limit(MOST_PREPARED)
    ).all()


def units_of(session: Session, survey: Survey) -> Sequence[Unit]:
    """The units whose people are asked, with all below them."""
    ids = [int(one) for one in survey.population.get("units", ())]
    return session.scalars(select(Unit).where(Unit.id.in_(ids)).order_by(Unit.code)).all()


def questionnaire_of(session: Session, survey: Survey) -> Questionnaire:
    return session.get_one(Questionnaire, survey.questionnaire_id)


def holder(session: Session, case: Case) -> Holder:
    """The case's talks and visits: its team records and reads them."""
    team = session.scalars(
        select(Participant.user_id).where(
            Participant.case_id == case.id, Participant.part == "team"
        )
    )
    return Holder(team=frozenset(team), case=case)


def case_of(session: Session, survey: Survey) -> Case | None:
    return session.get(Case, survey.case_id) if survey.case_id else None
