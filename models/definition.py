"""Published versions of a process: diagram, forms, decisions and templates pinned together."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Code, Id, Name, refers_to


class Definition(Base):
    """One version of a process. Never edited in place: a running case keeps its own."""

    __tablename__ = "definition"
    __table_args__ = (UniqueConstraint("process", "number"),)

    id: Mapped[Id]
    process: Mapped[Code]
    number: Mapped[int]  # 1, 2, 3 … as the screens say "v3"
    name: Mapped[Name]
    name_en: Mapped[Name] = mapped_column(default="")
    spec: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    sha256: Mapped[str] = mapped_column(String(64))  # of the files
    note: Mapped[str] = mapped_column(default="")
    published_at: Mapped[datetime]
    published_by: Mapped[int | None] = refers_to("user.id")
    effective_from: Mapped[datetime]
    retired_at: Mapped[datetime | None]
    retired_by: Mapped[int | None] = refers_to("user.id")
    retire_reason: Mapped[str] = mapped_column(default="")
    version: Mapped[int] = mapped_column()

    __mapper_args__ = {"version_id_col": version}

    @property
    def is_withdrawn(self) -> bool:
        """It was taken back before it ever took effect."""
        return self.retired_at is not None and self.retired_at < self.effective_from

    def has_begun(self, now: datetime) -> bool:
        return self.effective_from <= now


class DefinitionFile(Base):
    """One file of a version: "reminder.bpmn", "forms/decide_reminder.schema.json" …"""

    __tablename__ = "definition_file"

    definition_id: Mapped[int] = refers_to("definition.id", primary_key=True)
    path: Mapped[str] = mapped_column(String(200), primary_key=True)
    content: Mapped[bytes] = mapped_column(LargeBinary)


class DraftState(StrEnum):
    DRAFTING = "drafting"
    HANDED_IN = "handed in"
    RETURNED = "returned"
    APPROVED = "approved"


class DefinitionDraft(Base):
    """The next version of a process on its way; one per process, one person writes at a time."""

    __tablename__ = "definition_draft"

    id: Mapped[Id]
    process: Mapped[Code] = mapped_column(unique=True)
    base: Mapped[int]  # the number of the version it was made from; 0: the process is new
    name: Mapped[Name]
    name_en: Mapped[Name] = mapped_column(default="")
    files: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)  # see draft_files
    sha256: Mapped[str] = mapped_column(String(64))  # of the files
    changed_in: Mapped[dict[str, Any]]  # by path: the `version` in which it was last written
    source: Mapped[Name] = mapped_column(default="")  # the file that was handed in, if one was
    kept: Mapped[list[Any]]  # the files it takes over from the version before
    made_by: Mapped[int] = refers_to("user.id")
    made_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(String(20), default=DraftState.DRAFTING)
    edited_by: Mapped[int] = refers_to("user.id")  # who holds the pen
    edited_at: Mapped[datetime]
    writers: Mapped[list[Any]]  # ids of all who wrote in it: none of them may review it
    note: Mapped[str] = mapped_column(default="")  # what changes and why
    handed_in_by: Mapped[int | None] = refers_to("user.id")
    handed_in_at: Mapped[datetime | None]
    reviewed_by: Mapped[int | None] = refers_to("user.id")
    reviewed_at: Mapped[datetime | None]
    remark: Mapped[str] = mapped_column(default="")  # the reviewer's
    effective_from: Mapped[datetime | None]  # wished for; none: at once
    version: Mapped[int] = mapped_column()

    __mapper_args__ = {"version_id_col": version}

    def may_review(self, user_id: int) -> bool:
        """Only a second person: nobody who wrote in it or handed it in."""
        return user_id not in {*self.writers, self.handed_in_by, self.edited_by}


class ParameterSet(Base):
    """Every figure that a place may set (days.*, rule.*), as one version; pinned by each case."""

    __tablename__ = "parameter_set"

    id: Mapped[Id]
    number: Mapped[int] = mapped_column(unique=True)
    values: Mapped[dict[str, Any]]  # "days.decide_reminder": {"value": 3, "status": …}
    note: Mapped[str] = mapped_column(default="")
    made_at: Mapped[datetime]
    made_by: Mapped[int | None] = refers_to("user.id")
