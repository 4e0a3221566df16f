"""Answering by a one-time link: the ticket is used up and the answer lies in the box, both or none.

Nothing here keeps or logs a time, an address or a token beside an anonymous answer.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import TypeVar, cast

import orjson
from sqlalchemy import Table, bindparam, delete, exists, select, update
from sqlalchemy.orm import Session

from models import Invitation, Questionnaire, Survey, SurveyAnswer, SurveyTicket
from models.database import overwrite_deleted
from workflows import rows, survey_links, survey_questions
from workflows.errors import Invalid, Refused
from workflows.forms import Fault
from workflows.survey_links import Brief
from workflows.survey_questions import Question, Typed

Known = TypeVar("Known", Survey, Brief)

WHY: Mapping[str, str] = {
    "unknown": Fault("This link leads to no survey. Please check that it is complete."),
    "early": Fault("The survey opens on {when}."),
    "used": Fault("This link was used already. Each link can be used once."),
    "closed": Fault("The survey is closed. Nothing more can be handed in."),
}


# Built once: five thousand come within a minute (docs/adr/0006-core-on-the-hot-path.md).
_tickets, _roll = cast(Table, SurveyTicket.__table__), cast(Table, Invitation.__table__)
_TEAR_OFF = (
    delete(_tickets)
    .where(_tickets.c.survey_id == bindparam("survey"), _tickets.c.token_hash == bindparam("mark"))
    .returning(_tickets.c.cell)
)
_TICK = (
    update(_roll)
    .where(
        _roll.c.survey_id == bindparam("survey"),
        _roll.c.token_hash == bindparam("mark"),
        _roll.c.answered_at.is_(None),
    )
    .values(answered_at=bindparam("now"))
    .returning(_roll.c.cell, _roll.c.user_id)
)


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
    survey = survey_links.survey_of(session, token)
    told = _require_open(survey, now)
    if not _is_unused(session, told, token):
        raise TurnedAway("used")
    return Sheet(told, questions_of(session, told.questionnaire_id))


def _require_open(survey: Known | None, now: datetime) -> Known:
    if survey is None or survey.state == "draft":
        raise TurnedAway("unknown")
    if survey.state != "open" or survey.closes <= now:
        raise TurnedAway("closed")
    if now < survey.opens:
        raise TurnedAway("early", when=survey.opens)
    return survey


def _is_unused(session: Session, survey: Survey | Brief, token: str) -> bool:
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


def hand_in(session: Session, token: str, typed: Typed, *, now: datetime) -> None:
    """The answer is in the box and the link used up.

    Raises TurnedAway where the link leads nowhere now, of two at once for the slower one; Invalid,
    by field, where the answer does not hold: then the link can still be used.
    """
    survey = _taking_part(session, token, now)
    answers, faults = survey_questions.answers_of(
        questions_of(session, survey.questionnaire_id), typed
    )
    if faults:
        if not _is_unused(session, survey, token):
            raise TurnedAway("used")
        raise Invalid("Please mend what is marked.", fields=faults)
    cell, user_id = _use_up(session, survey, token, now)
    answer = {"survey_id": survey.id, "id": random_id(), "cell": cell, "user_id": user_id}
    rows.add(session, SurveyAnswer, {**answer, "answers": answers})


def _taking_part(session: Session, token: str, now: datetime) -> Brief:
    return _require_open(survey_links.brief_of(session, token), now)


def _use_up(session: Session, survey: Brief, token: str, now: datetime) -> tuple[str, int | None]:
    """The cell that the answer counts in, and in a named survey whose it is.

    An anonymous ticket is gone with its use: no row is left that was written with the answer.
    """
    connection = session.connection()
    wanted = {"survey": survey.id, "mark": survey_links.digest(token)}
    if survey.anonymous:
        overwrite_deleted(connection)
        line = connection.execute(_TEAR_OFF, wanted).first()
        if line is not None:
            return line[0], None
    else:
        line = connection.execute(_TICK, {**wanted, "now": now}).first()
        if line is not None:
            return line[0], line[1]
    raise TurnedAway("used")


def random_id() -> int:
    return secrets.randbits(62)
