"""五同计划: a year's plan of an organ, its items, their measures, dates, evidence and checks.

An owner is kept as the person and as the post that he held then: what waits follows the post when
it is handed over, what was done stays in his name.
"""

from datetime import date, datetime
from typing import Any

from sqlalchemy import Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Code, Id, Name, refers_to

STAGES = ("plan", "deploy", "carry_out", "check", "assess")  # 同谋划 同部署 同落实 同检查 同考核


class JointPlan(Base):
    """One organ's plan of a year; what was filed changes only by a decided change."""

    __tablename__ = "joint_plan"
    __table_args__ = (UniqueConstraint("unit_id", "year"),)

    id: Mapped[Id]
    unit_id: Mapped[int] = refers_to("unit.id")
    year: Mapped[int] = mapped_column(index=True)
    case_id: Mapped[int | None] = refers_to("case.id", index=True)  # none: an existing plan
    state: Mapped[Code]  # draft, existing (brought in as it was), filed, running, closed
    edition: Mapped[int] = mapped_column(default=0)  # one more with each decision on it
    meeting: Mapped[Name] = mapped_column(default="")
    decided_on: Mapped[date | None]
    decided_by: Mapped[int | None] = refers_to("user.id")
    deployed_on: Mapped[date | None]
    closed_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column()

    __mapper_args__ = {"version_id_col": version}


class PlanItem(Base):
    """One business goal and what pairs with it; dropped by a decided change, never deleted."""

    __tablename__ = "plan_item"
    __table_args__ = (UniqueConstraint("plan_id", "number"),)

    id: Mapped[Id]
    plan_id: Mapped[int] = refers_to("joint_plan.id")
    number: Mapped[int]
    business_goal: Mapped[str] = mapped_column(String(1000))
    indicator: Mapped[Name] = mapped_column(default="")
    owner_business_id: Mapped[int | None] = refers_to("user.id", index=True)
    owner_business_post_id: Mapped[int | None] = refers_to("post.id")
    owner_party_id: Mapped[int | None] = refers_to("user.id", index=True)
    owner_party_post_id: Mapped[int | None] = refers_to("post.id")
    branch_id: Mapped[int | None] = refers_to("unit.id")  # linked, never in command
    department_id: Mapped[int | None] = refers_to("unit.id")  # who does the business work
    due_on: Mapped[date]
    business_state: Mapped[Code] = mapped_column(default="")  # on_track, behind, blocked, done
    party_state: Mapped[Code] = mapped_column(default="")
    behind: Mapped[int] = mapped_column(default=0)  # checks in a row at which a side was behind
    offered_at: Mapped[datetime | None]  # behind twice: a matter is offered to the 党组书记
    offer: Mapped[Code] = mapped_column(default="")  # open, taken, declined
    offer_reason: Mapped[str] = mapped_column(String(1000), default="")
    matter_case_id: Mapped[int | None] = refers_to("case.id")
    business_result: Mapped[str] = mapped_column(String(2000), default="")
    party_result: Mapped[str] = mapped_column(String(2000), default="")
    judgement: Mapped[Code] = mapped_column(default="")  # both, business_only, party_only, neither
    dropped_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column()

    __mapper_args__ = {"version_id_col": version}


class PlanMeasure(Base):
    """One party-building measure; with no item it points to no business goal."""

    __tablename__ = "plan_measure"

    id: Mapped[Id]
    plan_id: Mapped[int] = refers_to("joint_plan.id", index=True)
    item_id: Mapped[int | None] = refers_to("plan_item.id", index=True)
    text: Mapped[str] = mapped_column(String(1000))
    dropped_at: Mapped[datetime | None]


class PlanMilestone(Base):
    """A date on the way to the goal, set when the plan is deployed or brought in."""

    __tablename__ = "plan_milestone"

    id: Mapped[Id]
    item_id: Mapped[int] = refers_to("plan_item.id", index=True)
    name: Mapped[Name]
    due_on: Mapped[date]
    reached_on: Mapped[date | None]


class PlanCheckpoint(Base):
    """What is due of an item at one of the five stages, with its light."""

    __tablename__ = "plan_checkpoint"
    __table_args__ = (
        UniqueConstraint("item_id", "stage", "number"),
        Index("ix_plan_checkpoint_watch_at", "watch_at"),
    )

    id: Mapped[Id]
    item_id: Mapped[int] = refers_to("plan_item.id")
    stage: Mapped[Code]
    number: Mapped[int] = mapped_column(default=1)  # checks are held every quarter
    since: Mapped[date]  # from when its time is counted
    due_at: Mapped[datetime]
    light: Mapped[Code] = mapped_column(default="green")
    light_since: Mapped[datetime | None]
    watch_at: Mapped[datetime | None]  # when the light may change next; none: it stands still
    red_at: Mapped[datetime | None]  # it was red once: that stays
    business_state: Mapped[Code] = mapped_column(default="")
    party_state: Mapped[Code] = mapped_column(default="")
    note: Mapped[str] = mapped_column(String(2000), default="")
    done_at: Mapped[datetime | None]
    done_by: Mapped[int | None] = refers_to("user.id")


class PlanEvidence(Base):
    """What shows that a stage was done, and which side it touched; corrected by a new one."""

    __tablename__ = "plan_evidence"

    id: Mapped[Id]
    item_id: Mapped[int] = refers_to("plan_item.id", index=True)
    stage: Mapped[Code]
    kind: Mapped[Code]  # meeting, paper, visit, result
    held_on: Mapped[date]
    business: Mapped[bool]  # what it touched
    party: Mapped[bool]
    text: Mapped[str] = mapped_column(String(2000), default="")
    file_id: Mapped[int | None] = refers_to("stored_file.id")
    by: Mapped[int | None] = refers_to("user.id")
    at: Mapped[datetime]


class PlanChange(Base):
    """A change asked for: what it was to be, how it was decided, and what stood before."""

    __tablename__ = "plan_change"

    id: Mapped[Id]
    plan_id: Mapped[int] = refers_to("joint_plan.id", index=True)
    reason: Mapped[str] = mapped_column(String(2000))
    asked_by: Mapped[int | None] = refers_to("user.id")
    asked_at: Mapped[datetime]
    changes: Mapped[list[Any]]
    meeting: Mapped[Name] = mapped_column(default="")
    granted: Mapped[bool | None]
    decided_by: Mapped[int | None] = refers_to("user.id")
    decided_at: Mapped[datetime | None]
    before: Mapped[list[Any]]  # the items as they stood
