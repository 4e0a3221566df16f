"""Surveys 问卷调查: prepared, opened to a population, closed by the clock, settled once.

An answer is never evidence against a person; of an anonymous one nobody can tell whose it is
(docs/adr/0010-unlinkable-answers.md). While a survey is open only the rate of response is shown.
"""

import secrets
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import combinations
from typing import Any

from sqlalchemy import ColumnElement, delete, exists, func, insert, or_, select, true
from sqlalchemy.orm import Session

from models import (
    Case,
    Invitation,
    Questionnaire,
    Role,
    Survey,
    SurveyAnswer,
    SurveyGroup,
    SurveyTicket,
    User,
)
from models.database import overwrite_deleted
from workflows import access, audit, notices, survey_links, survey_populations
from workflows.access import Rights
from workflows.deadlines import day_of
from workflows.errors import Conflict, Invalid, NotFound, Refused
from workflows.forms import Fault
from workflows.survey_populations import FEWEST, Asked, written


@dataclass(frozen=True)
class Draft:
    """A survey as it is designed; without `slices` each attribute and each pair is published."""

    questionnaire_id: int
    title: str
    opens: datetime
    closes: datetime
    population: Mapping[str, Any]
    anonymous: bool = True
    attributes: Sequence[str] = ()
    slices: Sequence[Sequence[str]] | None = None
    title_en: str = ""
    purpose: str = ""
    case_id: int | None = None


def usual_slices(attributes: Sequence[str]) -> list[list[str]]:
    """Each attribute alone, and each two of them crossed."""
    alone = [[one] for one in attributes]
    return alone + [list(pair) for pair in combinations(attributes, 2)]


def prepare(session: Session, draft: Draft, *, by: User, now: datetime) -> Survey:
    """The survey stands, with its version of the questionnaire; nobody is asked yet."""
    questionnaire = session.get(Questionnaire, draft.questionnaire_id)
    faults: dict[str, str] = {}
    if questionnaire is None or questionnaire.state != "published":
        faults["questionnaire"] = Fault("Please choose a published questionnaire.")
    if not draft.title.strip() or len(draft.title) > 200:
        faults["title"] = Fault("Please enter a title.")
    if draft.closes <= draft.opens:
        faults["closes"] = Fault("It closes before it opens.")
    slices = usual_slices(draft.attributes) if draft.slices is None else draft.slices
    told = survey_populations.faults_of(draft.population, draft.attributes, slices)
    if faults | told:
        raise Invalid("Please mend what is marked.", fields=faults | told)
    survey = Survey(
        code=survey_links.new_code(),
        seal=secrets.token_bytes(16),
        questionnaire_id=draft.questionnaire_id,
        case_id=draft.case_id,
        title=draft.title.strip(),
        title_en=draft.title_en,
        purpose=draft.purpose,
        anonymous=draft.anonymous,
        opens=draft.opens,
        closes=draft.closes,
        population=dict(draft.population),
        attributes=list(draft.attributes),
        slices=[list(one) for one in slices],
        state="draft",
        made_by=by.id,
        made_at=now,
    )
    session.add(survey)
    session.flush()
    _note(session, survey, "survey_prepared", by, now, anonymous=draft.anonymous)
    return survey


def open_to_all(session: Session, survey_id: int, *, by: User | None, now: datetime) -> Survey:
    """发放: whom the survey asks is counted, by unit and cell; named people have their news.

    An anonymous survey of fewer than five is Refused. Asked again, it is opened once.
    """
    survey = turn(session, survey_id)
    if survey.state == "open":
        return survey
    if survey.state != "draft":
        raise Conflict("The survey was closed already.")
    people = list(
        survey_populations.asked(session, survey.population, survey.attributes, day=day_of(now))
    )
    if not people or (survey.anonymous and len(people) < FEWEST):
        raise Refused(
            "{count} people would be asked: an anonymous survey needs five.",
            count=len(people),
            guard="survey_five",
        )
    _count_groups(session, survey, people)
    survey.asked, survey.state = len(people), "open"
    session.flush()
    if not survey.anonymous:
        _invite(session, survey, people, now)
    _note(session, survey, "survey_opened", by, now, asked=len(people))
    return survey


def _count_groups(session: Session, survey: Survey, people: Sequence[Asked]) -> None:
    sizes = Counter(one.cell for one in people)
    names = survey_populations.coarsened(sizes) if survey.anonymous else {one: one for one in sizes}
    counted = Counter((one.unit_id, written(names[one.cell])) for one in people)
    session.execute(
        insert(SurveyGroup),
        [
            {"survey_id": survey.id, "unit_id": unit, "cell": cell, "size": size, "issued": False}
            for (unit, cell), size in sorted(counted.items())
        ],
    )


def _invite(session: Session, survey: Survey, people: Sequence[Asked], now: datetime) -> None:
    session.execute(
        insert(Invitation),
        [
            {
                "survey_id": survey.id,
                "user_id": one.user_id,
                "unit_id": one.unit_id,
                "cell": written(one.cell),
            }
            for one in people
        ],
    )
    for one in people:
        notices.notify(
            session,
            key=f"survey:{survey.id}:{one.user_id}",
            recipient_id=one.user_id,
            kind="survey",
            facts={
                "survey": str(survey.id),
                "title": survey.title,
                "closes": survey.closes.isoformat(),
            },
            now=now,
        )


def stop(session: Session, survey_id: int, *, by: User | None, now: datetime) -> None:
    """The survey ends without a result: what was answered is gone, its links lead nowhere."""
    survey = turn(session, survey_id)
    if survey.state not in ("draft", "open"):
        raise Conflict("The survey was closed already.")
    survey.state = "stopped"
    empty(session, survey)
    session.flush()
    _note(session, survey, "survey_stopped", by, now)


def empty(session: Session, survey: Survey) -> None:
    """No link and no answer is left, in the file neither on SQLite."""
    overwrite_deleted(session.connection())
    for model in (SurveyTicket, SurveyAnswer):
        session.execute(
            delete(model).where(model.survey_id == survey.id),
            execution_options={"synchronize_session": False},
        )


def turn(session: Session, survey_id: int) -> Survey:
    """The survey as whoever was faster left it; nobody else acts on it until we are through."""
    survey = session.scalar(
        select(Survey)
        .where(Survey.id == survey_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if survey is None:
        raise NotFound("There is no such survey, or it is not yours to see.")
    return survey


def visible(rights: Rights) -> ColumnElement[bool]:
    """A condition on Survey: who made it, the supervisors, and who sees the case it was held in."""
    by_case = exists().where(Case.id == Survey.case_id, access.visible_cases(rights))
    own = Survey.made_by == rights.user.id
    whose = true() if rights.has_role(Role.SUPERVISOR) else own
    return or_(whose, by_case.correlate(Survey))


def get(session: Session, survey_id: int, *, rights: Rights) -> Survey:
    """The survey, if the person may look at it; else NotFound."""
    survey = session.scalar(select(Survey).where(Survey.id == survey_id, visible(rights)))
    if survey is None:
        raise NotFound("There is no such survey, or it is not yours to see.")
    return survey


def held(session: Session, survey_id: int, *, rights: Rights) -> Survey:
    """The survey, for a supervisor: he gives its links out; NotAllowed for others who see it."""
    survey = get(session, survey_id, rights=rights)
    access.require_role(rights, Role.SUPERVISOR)
    return survey


def answered(session: Session, survey: Survey) -> int:
    """How many have answered: all that is shown while the survey is open."""
    if survey.answered is not None:
        return survey.answered
    counted = select(func.count()).where(SurveyAnswer.survey_id == survey.id)
    return session.scalar(counted) or 0


def asking(session: Session, survey_id: int, *, user: User) -> tuple[Survey, datetime | None]:
    """The survey that asks the person by name, and when he answered; NotFound for anybody else."""
    row = session.execute(
        select(Survey, Invitation.answered_at)
        .join(Invitation, Invitation.survey_id == Survey.id)
        .where(Survey.id == survey_id, Invitation.user_id == user.id)
    ).first()
    if row is None:
        raise NotFound("There is no such survey, or you are not asked.")
    return row[0], row[1]


def _note(
    session: Session, survey: Survey, action: str, by: User | None, now: datetime, **detail: object
) -> None:
    audit.record(
        session,
        actor=by,
        action=action,
        subject=survey,
        now=now,
        case_id=survey.case_id,
        detail=detail,
    )
