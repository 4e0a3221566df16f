"""Replays of a span's facts against a draft: who asked for what, how far it is, what came out."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, BigId, Code, Id, Name, refers_to


class TrialState(StrEnum):
    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    CANCELLED = "cancelled"
    FAILED = "failed"


class Trial(Base):
    """One replay. It holds the draft's files as they were, so that it says for which it holds."""

    __tablename__ = "trial"

    id: Mapped[Id]
    process: Mapped[Code]  # whose draft it is; empty: only figures are tried
    draft_id: Mapped[int | None] = mapped_column(BigId)  # a draft may be given up: no reference
    sha256: Mapped[str] = mapped_column(String(64), default="")  # of the draft's files, as run
    files: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    against: Mapped[dict[str, Any]]  # the published side: {"versions": {process: n}, "set": n}
    figures: Mapped[dict[str, Any]]  # figures tried: {key: value}
    since: Mapped[date]
    until: Mapped[date]  # the last day
    unit_id: Mapped[int | None] = refers_to("unit.id")  # none: everywhere
    state: Mapped[Code] = mapped_column(default=TrialState.WAITING, index=True)
    done: Mapped[int] = mapped_column(default=0)
    total: Mapped[int] = mapped_column(default=0)
    asked_by: Mapped[int] = refers_to("user.id")
    asked_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    seen_at: Mapped[datetime | None]  # when it last told how far it is
    finished_at: Mapped[datetime | None]
    stopped_by: Mapped[int | None] = refers_to("user.id")
    fault: Mapped[Name] = mapped_column(default="")
    totals: Mapped[dict[str, Any] | None]  # of the result, for the list
    result: Mapped[dict[str, Any] | None] = mapped_column(JSON, deferred=True)
    version: Mapped[int] = mapped_column()

    __mapper_args__ = {"version_id_col": version}
