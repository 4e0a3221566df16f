"""Published versions of a process: diagram, forms, decisions and templates pinned together."""

from datetime import datetime
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
    version: Mapped[int] = mapped_column()

    __mapper_args__ = {"version_id_col": version}


class DefinitionFile(Base):
    """One file of a version: "reminder.bpmn", "forms/decide_reminder.schema.json" …"""

    __tablename__ = "definition_file"

    definition_id: Mapped[int] = refers_to("definition.id", primary_key=True)
    path: Mapped[str] = mapped_column(String(200), primary_key=True)
    content: Mapped[bytes] = mapped_column(LargeBinary)


class DefinitionDraft(Base):
    """A version that has passed the checks and waits for its note and to be published."""

    __tablename__ = "definition_draft"
    __table_args__ = (UniqueConstraint("process", "made_by"),)

    id: Mapped[Id]
    process: Mapped[Code]
    base: Mapped[int]  # the number of the version it was made from; 0: the process is new
    name: Mapped[Name]
    name_en: Mapped[Name] = mapped_column(default="")
    package: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)  # the files, as a zip
    sha256: Mapped[str] = mapped_column(String(64))  # of the files
    source: Mapped[Name]  # the file that was handed in
    kept: Mapped[list[Any]]  # the files it takes over from the version before
    made_by: Mapped[int] = refers_to("user.id")
    made_at: Mapped[datetime]
    version: Mapped[int] = mapped_column()

    __mapper_args__ = {"version_id_col": version}


class ParameterSet(Base):
    """Every figure that a place may set (days.*, rule.*), as one version; pinned by each case."""

    __tablename__ = "parameter_set"

    id: Mapped[Id]
    number: Mapped[int] = mapped_column(unique=True)
    values: Mapped[dict[str, Any]]  # "days.decide_reminder": {"value": 3, "status": …}
    note: Mapped[str] = mapped_column(default="")
    made_at: Mapped[datetime]
    made_by: Mapped[int | None] = refers_to("user.id")
