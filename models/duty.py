"""Duties laid down by rule, and one organisation's obligation for one period."""

from datetime import date, datetime
from enum import IntEnum
from typing import Any

from sqlalchemy import (
    BigInteger,
    Index,
    PrimaryKeyConstraint,
    SmallInteger,
    String,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, BigId, Code, Id, Name, refers_to


class DutyRule(Base):
    """One line of the catalogue (domain.md §5), as a version."""

    __tablename__ = "duty_rule"
    __table_args__ = (UniqueConstraint("code", "number"),)

    id: Mapped[Id]
    code: Mapped[Code]  # DYDH, ZWH …
    number: Mapped[int]
    name: Mapped[Name]
    name_en: Mapped[Name]
    who: Mapped[Name]
    who_en: Mapped[Name]
    unit_kind: Mapped[Code]  # the kinds of unit, separated by spaces
    min_members: Mapped[int] = mapped_column(default=0)
    max_members: Mapped[int | None]
    rhythm: Mapped[Code]  # month, quarter, half_year, year, term
    due_month: Mapped[int | None]  # yearly rules: the month whose end is the due day
    grace_days: Mapped[int]  # working days after the period's end
    evidence: Mapped[list[Any]]  # which of date, attendance, file are asked for
    quorum: Mapped[Code] = mapped_column(default="")  # "> 1/2", ">= 2/3"
    source: Mapped[Name]  # the article
    note: Mapped[str] = mapped_column(String(1000), default="")
    note_en: Mapped[str] = mapped_column(String(1000), default="")
    status: Mapped[Code]  # seen, partly, unconfirmed (the marks of domain.md)
    generally: Mapped[bool]  # 一般: exceptions may be excused
    origin: Mapped[Code] = mapped_column(default="catalogue")  # or local: changed by the organ
    active_from: Mapped[date]
    active_until: Mapped[date | None]
    laid_until: Mapped[int | None]  # the last period laid down by the clock, as obligations name it


class ObligationState(IntEnum):
    OPEN = 0
    ON_TIME = 1
    LATE = 2
    EXCUSED = 3
    MISSED = 4


class Obligation(Base):
    """What a unit owes for a period; its natural key makes generation repeatable."""

    __tablename__ = "obligation"
    # Each further index costs a fifth of the speed at which a period is laid down.
    __table_args__ = (
        # One unit's calendar and the counts of a subtree: what belongs together lies together.
        PrimaryKeyConstraint("unit_id", "period", "rule_id"),
        # What is open past due, and every list, the longest overdue first.
        Index("ix_obligation_state", "state", "due_at", "unit_id", "rule_id", "period"),
        {"sqlite_with_rowid": False},
    )

    # No references: checking two per row costs more than laying it down, and its only writer takes
    # both from their tables, where rules and units are never deleted.
    rule_id: Mapped[int] = mapped_column(BigId, autoincrement=False)
    period: Mapped[int] = mapped_column(
        autoincrement=False
    )  # first day, yyyymmdd; for a term the day it ends
    unit_id: Mapped[int] = mapped_column(BigId, autoincrement=False)
    due_at: Mapped[int] = mapped_column(
        BigInteger
    )  # epoch seconds: bulk SQL writes and compares it
    state: Mapped[int] = mapped_column(SmallInteger, default=0)
    done_on: Mapped[date | None]
    evidence_id: Mapped[int | None] = mapped_column(BigId)
    reason: Mapped[Name | None]
    settled_by: Mapped[int | None] = mapped_column(BigId)

    __mapper_args__ = {"primary_key": [rule_id, period, unit_id]}  # the order that keys are told in


class Evidence(Base):
    """Handed in once for an obligation: when it was held, who came, the paper."""

    __tablename__ = "evidence"
    __table_args__ = (Index("ix_evidence_obligation", "unit_id", "rule_id", "period"),)

    id: Mapped[Id]
    rule_id: Mapped[int] = refers_to("duty_rule.id")
    period: Mapped[int]
    unit_id: Mapped[int] = refers_to("unit.id")
    held_on: Mapped[date]
    present: Mapped[int | None]
    expected: Mapped[int | None]
    note: Mapped[str] = mapped_column(String(2000), default="")
    file_id: Mapped[int | None] = refers_to("stored_file.id")
    handed_in_by: Mapped[int | None] = refers_to("user.id")
    handed_in_at: Mapped[datetime]
    replaced_by: Mapped[int | None] = refers_to(
        "evidence.id"
    )  # corrected by a new one, never changed


class Finding(Base):
    """A fact established with evidence; measures rest on findings alone."""

    __tablename__ = "finding"

    id: Mapped[Id]
    key: Mapped[Name] = mapped_column(unique=True)  # "missed:<rule>:<period>:<unit>"
    fact: Mapped[str] = mapped_column(String(2000))
    unit_id: Mapped[int] = refers_to("unit.id", index=True)
    person_id: Mapped[int | None] = refers_to("user.id", index=True)
    kind: Mapped[Code]  # missed_duty, late_duty, overdue_matter, false_report …
    severity: Mapped[Code] = mapped_column(default="general")  # sign, general, serious, violation
    evidence: Mapped[list[Any]]  # references: {"type": "obligation", "id": "…"} at least one
    rule: Mapped[Name]  # code and version of the rule it offends
    basis: Mapped[Name] = mapped_column(default="")  # the article
    calendar: Mapped[Code] = mapped_column(default="")
    status: Mapped[Code]  # draft, established, unfounded
    case_id: Mapped[int | None] = refers_to("case.id", index=True)  # where it arose
    happened_on: Mapped[date]
    made_at: Mapped[datetime]
    settled_at: Mapped[datetime | None]
    settled_by: Mapped[int | None] = refers_to("user.id")  # none: the clock
    reason: Mapped[str] = mapped_column(String(2000), default="")  # why it is unfounded
    version: Mapped[int] = mapped_column()

    __mapper_args__ = {"version_id_col": version}
