"""Answering by a one-time link: the ticket is used up and the answer lies in the box, both or none.

Nothing here keeps or logs a time, an address or a token beside an anonymous answer.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

import orjson
from sqlalchemy import delete, exists, insert, select, update
from sqlalchemy.orm import Session

from models import Invitation, Questionnaire, Survey, SurveyAnswer, SurveyTicket
from models.database import overwrite_deleted
from workflows import survey_links, survey_questions
from workflows.errors import Invalid, Refused
from workflows.forms import Fault
from workflows.survey_questions import Question, Typed

WHY: Mapping[str, str] = {
    "unknown": Fault("This link leads to no survey. Please check that it is complete."),
    "early": Fault("The survey opens on {when}."),
    "used": Fault("This link was used already. Each link can be used once."),
    "closed": Fault("The survey is closed. Nothing more can be handed in."),
}


class TurnedAway(Refused):
    """The link leads nowhere now: `why` is unknown, early, used or closed."""

    def __init__(self, why: str, **facts: object) -> None:
        super().__init__(WHY[why], fields=None, **facts)
        self.why = why


@dataclass(frozen=True)
class Sheet:
    """What somebody with a link is asked."""

    survey: Survey
    questions: tuple[Question, ...]


def questions_of(session: Session, questionnaire_id: int) -> tuple[Question, ...]:
    """The questions of a published version: it is never edited, so it is read once."""
    if (found := _read_before.get(questionnaire_id)) is None:
        row = session.get_one(Questionnaire, questionnaire_id)
        found = _questions(orjson.dumps(row.questions))
        if row.state == "published":
            _read_before[questionnaire_id] = found
    return found


_read_before: dict[int, tuple[Question, ...]] = {}


@lru_cache(maxsize=64)
def _questions(written: bytes) -> tuple[Question, ...]:
    return survey_questions.read(orjson.loads(written))


def sheet_for(session: Session, token: str, *, now: datetime) -> Sheet:
    """What the link asks; raises TurnedAway where it leads nowhere now."""
    survey = _open_survey(session, token, now=now, alone=False)
    if not _is_unused(session, survey, token):
        raise TurnedAway("used")
    return Sheet(survey, questions_of(session, survey.questionnaire_id))


def _open_survey(session: Session, token: str, *, now: datetime, alone: bool) -> Survey:
    survey = survey_links.survey_of(session, token, alone=alone)
    if survey is None or survey.state == "draft":
        raise TurnedAway("unknown")
    if survey.state != "open" or survey.closes <= now:
        raise TurnedAway("closed")
    if now < survey.opens:
        raise TurnedAway("early", when=survey.opens)
    return survey


def _is_unused(session: Session, survey: Survey, token: str) -> bool:
    mark = survey_links.digest(token)
    if survey.anonymous:
        found = exists().where(SurveyTicket.survey_id == survey.id, SurveyTicket.token_hash == mark)
    else:
        found = exists().where(
            Invitation.survey_id == survey.id,
            Invitation.token_hash == mark,
            Invitation.answered_at.is_(None),
        )
    return bool(session.scalar(select(found)))


def hand_in(session: Session, token: str, typed: Typed, *, now: datetime) -> Survey:
    """The answer is in the box and the link used up.

    Raises TurnedAway where the link leads nowhere now, of two at once for the slower one; Invalid,
    by field, where the answer does not hold: then the link can still be used.
    """
    survey = _open_survey(session, token, now=now, alone=True)
    answers, faults = survey_questions.answers_of(
        questions_of(session, survey.questionnaire_id), typed
    )
    if faults:
        if not _is_unused(session, survey, token):
            raise TurnedAway("used")
        raise Invalid("Please mend what is marked.", fields=faults)
    cell, user_id = _use_up(session, survey, token, now)
    row = {"survey_id": survey.id, "id": random_id(), "cell": cell, "user_id": user_id}
    session.execute(insert(SurveyAnswer), [{**row, "answers": answers}])
    return survey


def _use_up(session: Session, survey: Survey, token: str, now: datetime) -> tuple[str, int | None]:
    """The cell that the answer counts in, and in a named survey whose it is.

    An anonymous ticket is gone with its use: no row is left that was written with the answer.
    """
    mark = survey_links.digest(token)
    used: Any
    if survey.anonymous:
        overwrite_deleted(session.connection())
        used = (
            delete(SurveyTicket)
            .where(SurveyTicket.survey_id == survey.id, SurveyTicket.token_hash == mark)
            .returning(SurveyTicket.cell)
        )
    else:
        used = (
            update(Invitation)
            .where(
                Invitation.survey_id == survey.id,
                Invitation.token_hash == mark,
                Invitation.answered_at.is_(None),
            )
            .values(answered_at=now)
            .returning(Invitation.cell, Invitation.user_id)
        )
    line = session.execute(used, execution_options={"synchronize_session": False}).first()
    if line is None:
        raise TurnedAway("used")
    return line[0], None if survey.anonymous else line[1]


def random_id() -> int:
    return secrets.randbits(62)
