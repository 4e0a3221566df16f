"""A matter 督办事项: what is supervised, its light, and what moved it."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, Code, Id, Name, refers_to
from models.case import Case

LIGHTS = ("green", "blue", "yellow", "red")  # in rising order


class Matter(Base):
    """The ledger's row for one supervision case; state words are asked from the case's tasks."""

    __tablename__ = "matter"

    id: Mapped[Id]
    case_id: Mapped[int] = refers_to("case.id")
    key: Mapped[Name] = mapped_column(unique=True)  # the cause: "matter:<source>:<id>:<unit>"
    title: Mapped[Name]
    content: Mapped[str] = mapped_column(String(10000), default="")
    source: Mapped[Code] = mapped_column(default="other")
    lead_unit_id: Mapped[int] = refers_to("unit.id", index=True)
    grade: Mapped[Code] = mapped_column(default="normal")
    floor: Mapped[Code] = mapped_column(default="green")
    light: Mapped[Code] = mapped_column(default="green", index=True)
    light_since: Mapped[datetime | None]
    due_at: Mapped[datetime | None]  # as extended
    first_due_at: Mapped[datetime | None]  # the yardstick of assessment
    redo_at: Mapped[datetime | None]
    returns: Mapped[int] = mapped_column(default=0)
    yellow_count: Mapped[int] = mapped_column(default=0)
    urge_count: Mapped[int] = mapped_column(default=0)
    false_report: Mapped[bool] = mapped_column(default=False)
    watch_at: Mapped[datetime | None] = mapped_column(index=True)  # when the light may change next
    closed_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column()

    case: Mapped[Case] = relationship()

    __mapper_args__ = {"version_id_col": version}


class LightEvent(Base):
    __tablename__ = "light_event"

    id: Mapped[Id]
    matter_id: Mapped[int] = refers_to("matter.id", index=True)
    at: Mapped[datetime]
    before: Mapped[Code]
    after: Mapped[Code]
    decision_id: Mapped[int | None] = refers_to("decision_record.id")
    why: Mapped[dict[str, Any]]


class Urging(Base):
    """催办: by a person, counted, with a receipt; the next one waits for the cool-down."""

    __tablename__ = "urging"
    __table_args__ = (UniqueConstraint("case_id", "number"),)

    id: Mapped[Id]
    case_id: Mapped[int] = refers_to("case.id")
    task_id: Mapped[int | None] = refers_to("task.id")
    number: Mapped[int]
    by: Mapped[int] = refers_to("user.id")
    at: Mapped[datetime]
    text: Mapped[str] = mapped_column(String(2000))
    new_date: Mapped[date | None]
    met: Mapped[bool | None]  # whether the new date was kept
    read_at: Mapped[datetime | None]
    read_by: Mapped[int | None] = refers_to("user.id")


class Extension(Base):
    """延期: asked for before the due date, decided, the original kept."""

    __tablename__ = "extension"
    __table_args__ = (UniqueConstraint("case_id", "node"),)

    id: Mapped[Id]
    case_id: Mapped[int] = refers_to("case.id")
    node: Mapped[Code]
    asked_at: Mapped[datetime]
    asked_by: Mapped[int | None] = refers_to("user.id")
    reason: Mapped[str] = mapped_column(String(2000))
    first_due_at: Mapped[datetime]
    granted: Mapped[bool | None]
    new_due_at: Mapped[datetime | None]
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[int | None] = refers_to("user.id")
