"""What is done to a case whose automatic step failed: asked for by one, decided by another."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, String
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Code, Id, Name, refers_to


class CaseRepair(Base):
    __tablename__ = "case_repair"

    id: Mapped[Id]
    case_id: Mapped[int] = refers_to("case.id", index=True)
    kind: Mapped[Code]  # retry, skip, data
    node: Mapped[Code] = mapped_column(default="")  # the step that failed
    path: Mapped[Name] = mapped_column(default="")  # of the data: "due.reply"
    before: Mapped[Any] = mapped_column(JSON, nullable=True)
    after: Mapped[Any] = mapped_column(JSON, nullable=True)
    fault: Mapped[str] = mapped_column(String(2000), default="")  # as the case told it then
    reason: Mapped[str] = mapped_column(String(2000))
    state: Mapped[Code] = mapped_column(default="asked", index=True)  # asked, done, declined
    made_by: Mapped[int] = refers_to("user.id")
    made_at: Mapped[datetime]
    decided_by: Mapped[int | None] = refers_to("user.id")
    decided_at: Mapped[datetime | None]
    remark: Mapped[Name] = mapped_column(default="")
    version: Mapped[int] = mapped_column()

    __mapper_args__ = {"version_id_col": version}
