"""制度 on file, the yearly plan of 督查检查考核, and what an inspection saw, drew and found."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, BigId, Code, Id, Name, refers_to


class Institution(Base):
    """制度: one version of an organ's own rule; a changed rule is a new version."""

    __tablename__ = "institution"
    __table_args__ = (UniqueConstraint("unit_id", "code", "number"),)

    id: Mapped[Id]
    unit_id: Mapped[int] = refers_to("unit.id")
    code: Mapped[Code]  # the organ's own, the same through all versions
    number: Mapped[int]
    kind: Mapped[Code]  # operation, deliberation, division, other
    name: Mapped[Name]
    paper: Mapped[Name] = mapped_column(default="")  # 文号
    requirement: Mapped[str] = mapped_column(String(2000))  # what is checked
    active_from: Mapped[date]
    active_until: Mapped[date | None]  # the first day on which it holds no more
    made_by: Mapped[int | None] = refers_to("user.id")
    made_at: Mapped[datetime]


class SupervisionPlanEntry(Base):
    """One item of an organ's yearly plan of 督查检查考核; it runs once it is filed 备案."""

    __tablename__ = "supervision_plan_entry"
    __table_args__ = (UniqueConstraint("organ_id", "year", "code"),)

    id: Mapped[Id]
    organ_id: Mapped[int] = refers_to("unit.id")  # who inspects
    year: Mapped[int]
    code: Mapped[Code]
    kind: Mapped[Code]  # topical, rules, daily
    comprehensive: Mapped[bool] = mapped_column(default=False)  # 综合性
    topic: Mapped[Name]
    from_day: Mapped[date]
    to_day: Mapped[date]
    register_no: Mapped[Name] = mapped_column(default="")  # 备案号; empty: not yet filed
    filed_on: Mapped[date | None]
    filed_by: Mapped[int | None] = refers_to("user.id")
    withdrawn_for: Mapped[str] = mapped_column(String(2000), default="")
    withdrawn_at: Mapped[datetime | None]
    made_by: Mapped[int | None] = refers_to("user.id")
    made_at: Mapped[datetime]
    version: Mapped[int] = mapped_column()

    __mapper_args__ = {"version_id_col": version}


class PlannedUnit(Base):
    """A unit that an entry of the plan is to visit."""

    __tablename__ = "planned_unit"

    entry_id: Mapped[int] = refers_to("supervision_plan_entry.id", primary_key=True)
    unit_id: Mapped[int] = mapped_column(
        BigId, ForeignKey("unit.id"), primary_key=True, autoincrement=False, index=True
    )


class Inspection(Base):
    """One run of it: its case, what it looks at, and how it ended."""

    __tablename__ = "inspection"

    id: Mapped[Id]
    case_id: Mapped[int] = mapped_column(BigId, ForeignKey("case.id"), unique=True)
    entry_id: Mapped[int | None] = refers_to("supervision_plan_entry.id", index=True)
    organ_id: Mapped[int] = refers_to("unit.id")
    kind: Mapped[Code]
    topic: Mapped[Name]
    register_no: Mapped[Name] = mapped_column(default="")
    from_day: Mapped[date]
    to_day: Mapped[date]
    methods: Mapped[list[Any]]  # listen, look, ask, visit, check
    state: Mapped[Code]  # drafted, running, established, closed
    version: Mapped[int] = mapped_column()

    __mapper_args__ = {"version_id_col": version}


class Visit(Base):
    """One unit of an inspection: who went there, who headed it then, what came of it."""

    __tablename__ = "visit"
    __table_args__ = (UniqueConstraint("inspection_id", "unit_id"),)

    id: Mapped[Id]
    inspection_id: Mapped[int] = refers_to("inspection.id")
    unit_id: Mapped[int] = refers_to("unit.id", index=True)
    team: Mapped[list[Any]]  # user ids as text
    visited_on: Mapped[date | None]
    head_then: Mapped[Name] = mapped_column(default="")  # who headed the unit on that day
    answered_at: Mapped[datetime | None]
    settled_at: Mapped[datetime | None]
    rectification_id: Mapped[int | None] = refers_to("case.id")


class Sample(Base):
    """随机抽样: drawn once and kept with all that is needed to draw it again."""

    __tablename__ = "sample"
    __table_args__ = (UniqueConstraint("visit_id", "number"),)

    id: Mapped[Id]
    visit_id: Mapped[int] = refers_to("visit.id")
    number: Mapped[int]
    kind: Mapped[Code]  # meeting, study
    from_day: Mapped[date]
    to_day: Mapped[date]
    algorithm: Mapped[Code]
    seed: Mapped[Code]
    frame: Mapped[list[Any]]  # ids of all that could be drawn, as text
    picks: Mapped[list[Any]]  # ids of what was drawn, in the order of the draw
    drawn_by: Mapped[int] = refers_to("user.id")
    drawn_at: Mapped[datetime]


class FieldEvidence(Base):
    """One piece of what was heard, seen, asked, visited or looked up 听看问访查."""

    __tablename__ = "field_evidence"

    id: Mapped[Id]
    visit_id: Mapped[int] = refers_to("visit.id", index=True)
    method: Mapped[Code]
    held_on: Mapped[date]
    text: Mapped[str] = mapped_column(String(2000))
    sample_id: Mapped[int | None] = refers_to("sample.id")
    record_id: Mapped[int | None] = refers_to("evidence.id")  # the record that was drawn
    file_id: Mapped[int | None] = refers_to("stored_file.id")  # a photograph, a paper
    made_by: Mapped[int] = refers_to("user.id")
    made_at: Mapped[datetime]


class FieldFinding(Base):
    """A problem as the team put it, what the unit says, and what the team then kept."""

    __tablename__ = "field_finding"

    id: Mapped[Id]
    visit_id: Mapped[int] = refers_to("visit.id", index=True)
    fact: Mapped[str] = mapped_column(String(2000))
    severity: Mapped[Code]  # sign, general, serious, violation
    rule: Mapped[Name]  # code and version: "ZD-01/2", "DYDH/1"
    basis: Mapped[Name]  # the rule by its name
    evidence: Mapped[list[Any]]  # ids of field evidence, as text, at least one
    requirement: Mapped[str] = mapped_column(String(2000))  # what the unit is to do
    made_by: Mapped[int] = refers_to("user.id")
    made_at: Mapped[datetime]
    answer: Mapped[Code] = mapped_column(default="")  # agree, explain, silent
    explanation: Mapped[str] = mapped_column(String(2000), default="")
    verdict: Mapped[Code] = mapped_column(default="")  # keep, revise, drop
    reason: Mapped[str] = mapped_column(String(2000), default="")
    fact_before: Mapped[str] = mapped_column(String(2000), default="")  # where it was revised
    finding_id: Mapped[int | None] = refers_to("finding.id")  # once established
    version: Mapped[int] = mapped_column()

    __mapper_args__ = {"version_id_col": version}
