"""Questionnaires and surveys 问卷: what is asked, of whom, and what was answered.

An anonymous survey keeps tickets and answers apart: neither has a column for a person, a time or
the other, and a ticket is gone once it is used (docs/adr/0010-unlinkable-answers.md).
"""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, LargeBinary, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, BigId, Code, Id, Name, refers_to

CLUSTERED = {"sqlite_with_rowid": False}  # no row number that would tell the order of coming


class Questionnaire(Base):
    """One version of a questionnaire; published, it is never edited: a new version is made."""

    __tablename__ = "questionnaire"
    __table_args__ = (UniqueConstraint("code", "number"),)

    id: Mapped[Id]
    code: Mapped[Code]
    number: Mapped[int]
    title: Mapped[Name]
    title_en: Mapped[Name] = mapped_column(default="")
    questions: Mapped[list[Any]]  # as workflows.survey_questions says
    state: Mapped[Code]  # draft, published
    made_by: Mapped[int | None] = refers_to("user.id")
    made_at: Mapped[datetime]
    changed_by: Mapped[int | None] = refers_to("user.id")
    changed_at: Mapped[datetime | None]
    published_by: Mapped[int | None] = refers_to("user.id")
    published_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column()

    __mapper_args__ = {"version_id_col": version}


class Survey(Base):
    """One version of a questionnaire put to a population for a time."""

    __tablename__ = "survey"

    id: Mapped[Id]
    code: Mapped[Code] = mapped_column(unique=True)  # what its links begin with
    seal: Mapped[bytes] = mapped_column(LargeBinary)  # tells its own links from made-up ones
    questionnaire_id: Mapped[int] = refers_to("questionnaire.id", index=True)
    case_id: Mapped[int | None] = refers_to("case.id", index=True)
    title: Mapped[Name]
    title_en: Mapped[Name] = mapped_column(default="")
    purpose: Mapped[str] = mapped_column(Text, default="")  # shown to who answers
    anonymous: Mapped[bool]
    opens: Mapped[datetime]
    closes: Mapped[datetime]
    population: Mapped[dict[str, Any]]  # as workflows.survey_populations says
    attributes: Mapped[list[Any]]  # at most three; a cell holds their values in this order
    slices: Mapped[list[Any]]  # lists of attributes: the tables that are published, no others
    state: Mapped[Code]  # draft, open, settled, stopped
    asked: Mapped[int] = mapped_column(default=0)
    answered: Mapped[int | None]  # as settled
    settled_at: Mapped[datetime | None]
    made_by: Mapped[int | None] = refers_to("user.id")
    made_at: Mapped[datetime]
    version: Mapped[int] = mapped_column()

    __mapper_args__ = {"version_id_col": version}


class SurveyGroup(Base):
    """How many of a unit are asked in one cell: all that an anonymous survey knows of whom."""

    __tablename__ = "survey_group"

    survey_id: Mapped[int] = refers_to("survey.id", primary_key=True)
    unit_id: Mapped[int] = refers_to("unit.id", primary_key=True)
    cell: Mapped[Name] = mapped_column(primary_key=True)  # "party_group|yes"
    size: Mapped[int]
    issued: Mapped[bool] = mapped_column(default=False)  # its links were given out


class SurveyTicket(Base):
    """A link of an anonymous survey that was not used yet; used, it is gone."""

    __tablename__ = "survey_ticket"
    __table_args__ = (Index("ix_survey_ticket_group", "survey_id", "unit_id", "cell"), CLUSTERED)

    survey_id: Mapped[int] = refers_to("survey.id", primary_key=True)
    token_hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    unit_id: Mapped[int] = refers_to("unit.id")
    cell: Mapped[Name]


class Invitation(Base):
    """The roll of a named survey: who is asked, by which link, and whether he has answered."""

    __tablename__ = "survey_invitation"
    __table_args__ = (
        UniqueConstraint("survey_id", "token_hash"),
        Index("ix_survey_invitation_user", "user_id", "survey_id"),
    )

    survey_id: Mapped[int] = refers_to("survey.id", primary_key=True)
    user_id: Mapped[int] = refers_to("user.id", primary_key=True)
    unit_id: Mapped[int] = refers_to("unit.id")
    cell: Mapped[Name]
    token_hash: Mapped[bytes | None] = mapped_column(LargeBinary)  # none: no link was made yet
    answered_at: Mapped[datetime | None]


class SurveyAnswer(Base):
    """One answered questionnaire; of an anonymous survey only until it is settled."""

    __tablename__ = "survey_answer"
    __table_args__ = (CLUSTERED,)

    survey_id: Mapped[int] = refers_to("survey.id", primary_key=True)
    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=False)  # random
    cell: Mapped[Name]
    user_id: Mapped[int | None] = refers_to("user.id")  # named surveys only
    answers: Mapped[dict[str, Any]]


class SurveyTally(Base):
    """What a settled survey publishes of one slice, frozen; hidden figures are in no row."""

    __tablename__ = "survey_tally"

    survey_id: Mapped[int] = refers_to("survey.id", primary_key=True)
    slice: Mapped[Name] = mapped_column(primary_key=True)  # "organ+post"; "": all together
    figures: Mapped[dict[str, Any]]


class SurveyText(Base):
    """One open answer of a settled survey, under a random id: its place says nothing."""

    __tablename__ = "survey_text"
    __table_args__ = (CLUSTERED,)

    survey_id: Mapped[int] = refers_to("survey.id", primary_key=True)
    question: Mapped[Code] = mapped_column(primary_key=True)
    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=False)  # random
    text: Mapped[str] = mapped_column(Text)
    user_id: Mapped[int | None] = refers_to("user.id")  # named surveys only
