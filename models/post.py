"""Posts and who held them when (终身问责 needs the history), and roles granted over a subtree.

A principal is whoever a task can wait for: a user, a post, or a seat (a role at a unit). All three
take their ids from the same source, so one column names any of them.
"""

from datetime import date
from enum import StrEnum

from sqlalchemy import UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, Code, Id, Name, refers_to
from models.unit import Unit
from models.user import User


class Role(StrEnum):
    SUPERVISOR = "supervisor"  # 督导员
    HANDLER = "handler"  # 承办人
    ORGANISER = "organiser"  # 组织员
    ASSESSOR = "assessor"  # 考核组员
    CLERK = "clerk"  # 会议秘书
    PROCESS_ADMIN = "process_admin"  # 流程管理员
    SYSTEM_ADMIN = "system_admin"  # 系统管理员
    SECURITY_ADMIN = "security_admin"  # 安全管理员
    AUDIT_ADMIN = "audit_admin"  # 审计管理员


SEPARATED = frozenset({Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.AUDIT_ADMIN})


class Post(Base):
    __tablename__ = "post"
    __table_args__ = (UniqueConstraint("unit_id", "kind", "title"),)

    id: Mapped[Id]
    unit_id: Mapped[int] = refers_to("unit.id", index=True)
    kind: Mapped[Code] = mapped_column(index=True)  # 党组书记, 机关党委书记, 联络员 …
    title: Mapped[Name]
    oversees: Mapped[str] = mapped_column(default="")  # unit codes he oversees, "A01,A02"

    unit: Mapped[Unit] = relationship()


class Holding(Base):
    """One person in one post from a day until a day (exclusive; none: still)."""

    __tablename__ = "holding"

    id: Mapped[Id]
    post_id: Mapped[int] = refers_to("post.id", index=True)
    user_id: Mapped[int] = refers_to("user.id", index=True)
    since: Mapped[date]
    until: Mapped[date | None]
    full_time: Mapped[bool] = mapped_column(default=False)

    post: Mapped[Post] = relationship()
    user: Mapped[User] = relationship()

    def holds_on(self, day: date) -> bool:
        return self.since <= day and (self.until is None or day < self.until)


class Seat(Base):
    """A role at a unit: holds for the unit's whole subtree."""

    __tablename__ = "seat"
    __table_args__ = (UniqueConstraint("role", "unit_id"),)

    id: Mapped[Id]
    role: Mapped[Code]
    unit_id: Mapped[int] = refers_to("unit.id", index=True)

    unit: Mapped[Unit] = relationship()


class Grant(Base):
    """One person in a seat from a day until a day (exclusive; none: still)."""

    __tablename__ = "grant"

    id: Mapped[Id]
    seat_id: Mapped[int] = refers_to("seat.id", index=True)
    user_id: Mapped[int] = refers_to("user.id", index=True)
    since: Mapped[date]
    until: Mapped[date | None]
    granted_by: Mapped[int | None] = refers_to("user.id")

    seat: Mapped[Seat] = relationship()
