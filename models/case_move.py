"""Running cases on their way to another version of their process: the plan, and each case."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Code, Id, Name, refers_to


class PlanState(StrEnum):
    EXAMINING = "examining"  # each case is tried on a copy
    EXAMINED = "examined"  # a second person may approve
    GIVEN_UP = "given_up"
    MOVING = "moving"
    HALTED = "halted"  # by hand, half way: what has moved has moved
    CHECKING = "checking"  # each case is looked over
    MOVED = "moved"
    REVERTING = "reverting"
    REVERTED = "reverted"


class MoveState(StrEnum):
    WAITING = "waiting"  # it would move
    REFUSED = "refused"  # by a rule; it stays where it was
    ENDED = "ended"  # before its turn came
    FAILED = "failed"  # against expectation; it is as it was
    MOVED = "moved"
    REVERTED = "reverted"
    KEPT = "kept"  # it has gone on since: it is not moved back


class MovePlan(Base):
    """Which versions' cases go to which version, which steps were renamed, and who answers."""

    __tablename__ = "move_plan"

    id: Mapped[Id]
    process: Mapped[Code] = mapped_column(index=True)
    from_ids: Mapped[list[Any]]  # of the versions
    to_id: Mapped[int] = refers_to("definition.id")
    mapping: Mapped[dict[str, Any]]  # the old id of a step to its new one
    reason: Mapped[str] = mapped_column(String(2000))
    new_deadlines: Mapped[bool] = mapped_column(default=False)  # open steps take the new terms
    state: Mapped[Code] = mapped_column(default=PlanState.EXAMINING)
    total: Mapped[int] = mapped_column(default=0)  # cases when the dry run began
    made_by: Mapped[int] = refers_to("user.id")
    made_at: Mapped[datetime]
    examined_at: Mapped[datetime | None]
    approved_by: Mapped[int | None] = refers_to("user.id")
    approved_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]  # moved, given up or moved back
    reverted_by: Mapped[int | None] = refers_to("user.id")
    revert_reason: Mapped[str] = mapped_column(String(2000), default="")
    version: Mapped[int] = mapped_column()

    __mapper_args__ = {"version_id_col": version}


class CaseMove(Base):
    """One case of a plan: the verdict of the dry run, what became of it, and how it stood."""

    __tablename__ = "case_move"
    __table_args__ = (
        UniqueConstraint("plan_id", "case_id"),
        Index("ix_case_move_plan_id_state", "plan_id", "state", "id"),
    )

    id: Mapped[Id]
    plan_id: Mapped[int] = refers_to("move_plan.id")
    case_id: Mapped[int] = refers_to("case.id", index=True)
    from_id: Mapped[int] = refers_to("definition.id")
    state: Mapped[Code]
    reasons: Mapped[list[Any]]  # [{"rule", "node", "name"}]
    passed: Mapped[list[Any]]  # steps that are new where the case has been already
    told: Mapped[str] = mapped_column(String(2000), default="")  # of a failure, or why kept
    before: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)  # the engine's state
    tasks: Mapped[list[Any]] = mapped_column(default=list)  # the open tasks as they were
    case_version: Mapped[int | None]  # of the case when it had moved: nothing happened since
    moved_at: Mapped[datetime | None]
    reverted_at: Mapped[datetime | None]
    sound: Mapped[bool | None]  # looked over afterwards: each step has its task, each timer is set


class Restart(Base):
    """A case that is to begin anew at a step of another version; a second person decides."""

    __tablename__ = "restart"

    id: Mapped[Id]
    case_id: Mapped[int] = refers_to("case.id", index=True)
    from_id: Mapped[int] = refers_to("definition.id")
    to_id: Mapped[int] = refers_to("definition.id")
    node: Mapped[Code]
    name: Mapped[Name]  # of the step
    reason: Mapped[str] = mapped_column(String(2000))
    state: Mapped[Code] = mapped_column(default="asked")  # asked, done, declined
    made_by: Mapped[int] = refers_to("user.id")
    made_at: Mapped[datetime]
    decided_by: Mapped[int | None] = refers_to("user.id")
    decided_at: Mapped[datetime | None]
    remark: Mapped[Name] = mapped_column(default="")
    version: Mapped[int] = mapped_column()

    __mapper_args__ = {"version_id_col": version}
