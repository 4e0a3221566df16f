"""How the system itself runs: schedules, long work, nodes, the demo's clock."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, BigId, Code, Id, Name, refers_to


class Schedule(Base):
    """A recurring job; whoever moves `next_at` by compare-and-set runs it."""

    __tablename__ = "schedule"

    name: Mapped[Code] = mapped_column(primary_key=True)
    job: Mapped[Code]
    every_minutes: Mapped[int | None]
    daily_at: Mapped[Code | None]  # "06:30" in the organisation's zone
    next_at: Mapped[datetime]
    enabled: Mapped[bool] = mapped_column(default=True)
    last_at: Mapped[datetime | None]


class Batch(Base):
    """Long work: progress, cancel and resume after a kill come from this row."""

    __tablename__ = "batch"
    __table_args__ = (
        Index(
            "ix_batch_open",
            "id",
            postgresql_where=text("status = 'running'"),
            sqlite_where=text("status = 'running'"),
        ),
    )

    id: Mapped[Id]
    kind: Mapped[Code]
    arguments: Mapped[dict[str, Any]]
    total: Mapped[int]
    done: Mapped[int] = mapped_column(default=0)
    results: Mapped[list[Any]]
    status: Mapped[Code]  # running, finished, cancelled, failed
    lease_until: Mapped[datetime | None]
    made_by: Mapped[int | None] = refers_to("user.id")
    made_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column()

    __mapper_args__ = {"version_id_col": version}


class Node(Base):
    """A running process that makes ids; the number is leased, so two never share it."""

    __tablename__ = "node"

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    owner: Mapped[Name]
    lease_until: Mapped[datetime]


class Pulse(Base):
    """A job's last run, for the health page; also the last backup and the demo's offset."""

    __tablename__ = "pulse"

    name: Mapped[Code] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    seconds: Mapped[int] = mapped_column(BigId, default=0)
    failures: Mapped[int] = mapped_column(default=0)  # in a row; a run without fault ends the row
    fault: Mapped[str | None] = mapped_column(String(500))  # of the last run that failed
    failed_at: Mapped[datetime | None]


class KeptForm(Base):
    """What was typed when a session ended: encrypted, an hour long, for the same person only."""

    __tablename__ = "kept_form"

    id: Mapped[Id]
    user_id: Mapped[int] = refers_to("user.id", index=True)
    path: Mapped[Name]
    sealed: Mapped[bytes]
    kept_until: Mapped[datetime]
