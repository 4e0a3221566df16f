"""Research 调研: talks, visits and records looked at, and claims that rest on them."""

from datetime import datetime
from typing import Any

from sqlalchemy import Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, BigId, Code, Id, Name, refers_to


class Research(Base):
    """A question 重大问题 that a team looks into; it ends in a report."""

    __tablename__ = "research"

    id: Mapped[Id]
    title: Mapped[Name]
    question: Mapped[str] = mapped_column(Text)  # what is to be found out
    unit_id: Mapped[int] = refers_to("unit.id", index=True)  # who does the research
    state: Mapped[Code]  # running, concluded
    opened_by: Mapped[int] = refers_to("user.id")
    opened_at: Mapped[datetime]
    changed_by: Mapped[int] = refers_to("user.id")
    changed_at: Mapped[datetime]
    concluded_by: Mapped[int | None] = refers_to("user.id")
    concluded_at: Mapped[datetime | None]
    report: Mapped[dict[str, Any] | None]  # what the report says, frozen when concluded
    version: Mapped[int] = mapped_column()

    __mapper_args__ = {"version_id_col": version}


class Researcher(Base):
    """A member of a research's team."""

    __tablename__ = "researcher"

    research_id: Mapped[int] = refers_to("research.id", primary_key=True)
    user_id: Mapped[int] = refers_to("user.id", primary_key=True, index=True)


class ResearchSource(Base):
    """A survey or an inspection that a research takes in."""

    __tablename__ = "research_source"

    research_id: Mapped[int] = refers_to("research.id", primary_key=True)
    kind: Mapped[Code] = mapped_column(primary_key=True)  # survey, inspection
    source_id: Mapped[int] = mapped_column(BigId, primary_key=True)


class FieldNote(Base):
    """座谈, 访谈, 走访 or 查阅 (forum, talk, visit, reading): planned, then recorded."""

    __tablename__ = "field_note"
    __table_args__ = (UniqueConstraint("case_id", "row"),)

    id: Mapped[Id]
    research_id: Mapped[int | None] = refers_to("research.id", index=True)
    case_id: Mapped[int | None] = refers_to("case.id", index=True)  # the survey it belongs to
    row: Mapped[Code | None]  # where it stands in a step's form, if it came from there
    method: Mapped[Code]  # forum, talk, visit, reading
    subject: Mapped[Name]  # with whom, or what was looked at
    planned_at: Mapped[datetime | None]
    place: Mapped[Name] = mapped_column(default="")
    outline: Mapped[str] = mapped_column(Text, default="")
    held_at: Mapped[datetime | None]
    record: Mapped[str] = mapped_column(Text, default="")
    looked: Mapped[int | None]  # how many records were looked at
    confidential: Mapped[bool] = mapped_column(default=False)  # the team and named readers only
    readers: Mapped[list[Any]] = mapped_column(default=list)  # user ids as text
    made_by: Mapped[int] = refers_to("user.id")
    made_at: Mapped[datetime]
    changed_by: Mapped[int] = refers_to("user.id")
    changed_at: Mapped[datetime]
    version: Mapped[int] = mapped_column()

    __mapper_args__ = {"version_id_col": version}


class Claim(Base):
    """What a research says: a problem, a cause or a suggestion, on at least one piece of evidence.

    A piece is written as workflows.citations says.
    """

    __tablename__ = "research_claim"

    id: Mapped[Id]
    research_id: Mapped[int] = refers_to("research.id", index=True)
    kind: Mapped[Code]  # problem, cause, suggestion
    text: Mapped[str] = mapped_column(Text)
    evidence: Mapped[list[Any]]
    made_by: Mapped[int] = refers_to("user.id")
    changed_by: Mapped[int] = refers_to("user.id")
    changed_at: Mapped[datetime]
    version: Mapped[int] = mapped_column()

    __mapper_args__ = {"version_id_col": version}
