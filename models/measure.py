"""Proposals, and the measures against an organisation or a person that people decided on."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, BigId, Code, Id, Name, refers_to


class Proposal(Base):
    """提请: the system (or a person) proposes with facts, rule and version; somebody decides."""

    __tablename__ = "proposal"
    __table_args__ = (
        Index(
            "ix_proposal_open",
            "principal",
            "due_at",
            postgresql_where=text("status = 'proposed'"),
            sqlite_where=text("status = 'proposed'"),
        ),
    )

    id: Mapped[Id]
    key: Mapped[Name] = mapped_column(unique=True)  # proposal:{ground}:{origin}:{subject}:{n}
    measure: Mapped[Code]  # reminder, interview, accountability, lead
    ground: Mapped[Code]
    origin_case_id: Mapped[int | None] = refers_to("case.id", index=True)
    subject_kind: Mapped[Code]  # org, cadre, other
    subject_unit_id: Mapped[int | None] = refers_to("unit.id", index=True)
    subject_user_id: Mapped[int | None] = refers_to("user.id", index=True)
    findings: Mapped[list[Any]]  # ids as text
    why: Mapped[dict[str, Any]]  # inputs, table, version, rows hit, further grounds, calendar
    rule: Mapped[Name]
    principal: Mapped[int] = mapped_column(BigId)  # who decides
    status: Mapped[Code]  # proposed, accepted, declined, lapsed, merged
    made_at: Mapped[datetime]
    made_by: Mapped[int | None] = refers_to("user.id")
    due_at: Mapped[datetime]
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[int | None] = refers_to("user.id")
    reason: Mapped[str | None] = mapped_column(String(2000))
    case_id: Mapped[int | None] = refers_to("case.id")  # the case that accepting opened
    version: Mapped[int] = mapped_column()

    __mapper_args__ = {"version_id_col": version}


class Measure(Base):
    """提醒, 约谈 or a form of 问责 against one subject; corrected by a new one."""

    __tablename__ = "measure"

    id: Mapped[Id]
    key: Mapped[Name] = mapped_column(unique=True)  # measure:{case}:{subject}
    case_id: Mapped[int] = refers_to("case.id", index=True)
    kind: Mapped[Code]  # reminder, interview, accountability
    form: Mapped[Code | None]  # letter, talk, 通报, 诫勉 …
    subject_kind: Mapped[Code]
    subject_unit_id: Mapped[int | None] = refers_to("unit.id", index=True)
    subject_user_id: Mapped[int | None] = refers_to("user.id", index=True)
    subject_name: Mapped[Name]  # as it was then; history is never renamed
    post_then: Mapped[Name] = mapped_column(default="")
    duty_class: Mapped[Code | None]  # leading, main, important
    state: Mapped[Code]  # processes.md §15
    result: Mapped[Code | None]
    decided_on: Mapped[date | None]
    received_on: Mapped[date | None]
    appeal_until: Mapped[datetime | None]
    effect_from: Mapped[date | None]
    effect_until: Mapped[date | None]
    bars: Mapped[list[Any]]  # what he may not be or get until then
    formalities_due_at: Mapped[datetime | None]
    supersedes_id: Mapped[int | None] = refers_to("measure.id")
    version: Mapped[int] = mapped_column()

    __mapper_args__ = {"version_id_col": version}


class MeasureFact(Base):
    """Which finding a measure rests on: one fact, one open measure of a kind (guard 7)."""

    __tablename__ = "measure_fact"
    __table_args__ = (
        UniqueConstraint("measure_id", "finding_id"),
        Index(
            "uq_measure_fact_live",
            "kind",
            "subject_id",
            "finding_id",
            unique=True,
            postgresql_where=text("live"),
            sqlite_where=text("live"),
        ),
    )

    id: Mapped[Id]
    measure_id: Mapped[int] = refers_to("measure.id")
    finding_id: Mapped[int] = refers_to("finding.id", index=True)
    kind: Mapped[Code]
    subject_id: Mapped[int] = mapped_column(BigId)
    live: Mapped[bool] = mapped_column(default=True)


class MeasureEvent(Base):
    """Each state a measure went through, and by whose act."""

    __tablename__ = "measure_event"

    id: Mapped[Id]
    measure_id: Mapped[int] = refers_to("measure.id", index=True)
    at: Mapped[datetime]
    state: Mapped[Code]
    by: Mapped[int | None] = refers_to("user.id")
    note: Mapped[str] = mapped_column(String(2000), default="")


class ExecutionItem(Base):
    """One thing to be done after a decision: inform, file, circulate, formalities (Art 13)."""

    __tablename__ = "execution_item"

    id: Mapped[Id]
    key: Mapped[Name] = mapped_column(unique=True)  # item:{measure}:{kind}
    measure_id: Mapped[int] = refers_to("measure.id", index=True)
    kind: Mapped[Code]
    who: Mapped[Code]
    due_at: Mapped[datetime]
    law: Mapped[bool]
    done_on: Mapped[date | None]
    cancelled: Mapped[bool] = mapped_column(default=False)
    result: Mapped[str] = mapped_column(String(2000), default="")
