"""责任清单: templates of levels and posts, rounds of an organ, each post's list, its hand-over."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, Code, Id, Name, refers_to
from models.post import Post
from models.unit import Unit
from models.user import User


class ResponsibilityTemplate(Base):
    """三级四岗, 四级四岗 or a place's own, as one version."""

    __tablename__ = "responsibility_template"
    __table_args__ = (UniqueConstraint("code", "number"),)

    id: Mapped[Id]
    code: Mapped[Code]
    number: Mapped[int]
    name: Mapped[Name]
    name_en: Mapped[Name] = mapped_column(default="")
    content: Mapped[dict[str, Any]]  # levels, posts, duties
    status: Mapped[Code]  # seen, partly, unconfirmed (the marks of domain.md)
    origin: Mapped[Code] = mapped_column(default="shipped")  # or local: put in by the organ
    in_force: Mapped[bool] = mapped_column(default=True)
    made_by: Mapped[int | None] = refers_to("user.id")
    made_at: Mapped[datetime]


class ResponsibilityRound(Base):
    """One drawing up of an organ's lists for a year: drafted, decided, issued, signed for."""

    __tablename__ = "responsibility_round"
    __table_args__ = (UniqueConstraint("organ_id", "year", "number"),)

    id: Mapped[Id]
    organ_id: Mapped[int] = refers_to("unit.id")
    year: Mapped[int]
    number: Mapped[int]  # within organ and year
    case_id: Mapped[int | None] = refers_to("case.id", index=True)  # none only while it is begun
    template_id: Mapped[int | None] = refers_to("responsibility_template.id")
    kind: Mapped[Code]  # template, adjustment, handover
    state: Mapped[Code]  # drafting, issued, in_force, stopped
    meeting: Mapped[Name] = mapped_column(default="")
    held_on: Mapped[date | None]
    begun_by: Mapped[int | None] = refers_to("user.id")
    begun_at: Mapped[datetime]
    in_force_at: Mapped[datetime | None]


class ResponsibilityList(Base):
    """What one post answers for in one year, made out to its holder; an edition is never edited."""

    __tablename__ = "responsibility_list"
    __table_args__ = (
        UniqueConstraint("post_id", "year", "number"),
        Index("ix_responsibility_list_unit", "unit_id", "year"),
    )

    id: Mapped[Id]
    round_id: Mapped[int | None] = refers_to("responsibility_round.id", index=True)  # none: import
    unit_id: Mapped[int] = refers_to("unit.id")
    post_id: Mapped[int] = refers_to("post.id")
    year: Mapped[int]
    number: Mapped[int]  # edition
    user_id: Mapped[int] = refers_to("user.id", index=True)
    post_then: Mapped[Name]
    charge: Mapped[Name]  # 首要责任, 主业责任, 主角责任
    title: Mapped[Name] = mapped_column(default="")  # 第一责任人 …
    state: Mapped[Code] = mapped_column(index=True)  # draft, issued, signed, silent, replaced …
    issued_on: Mapped[date | None]
    signed_on: Mapped[date | None]
    remark: Mapped[str] = mapped_column(String(10_000), default="")  # of who signed
    replaced_by: Mapped[int | None] = refers_to("responsibility_list.id")
    version: Mapped[int] = mapped_column()

    unit: Mapped[Unit] = relationship()
    post: Mapped[Post] = relationship()
    user: Mapped[User] = relationship()

    __mapper_args__ = {"version_id_col": version}


class ResponsibilityLine(Base):
    """One duty of a list; its duty rule or plan item tells how it stands."""

    __tablename__ = "responsibility_line"
    __table_args__ = (UniqueConstraint("list_id", "place"),)

    id: Mapped[Id]
    list_id: Mapped[int] = refers_to("responsibility_list.id")
    place: Mapped[int]  # from 1
    area: Mapped[Name]  # 第一责任人, 一岗双责, 四个亲自 …
    text: Mapped[str] = mapped_column(String(1000))
    personal: Mapped[Code] = mapped_column(default="")  # deploy, inquire, coordinate, oversee
    duty_code: Mapped[Code] = mapped_column(default="")  # of a DutyRule, whatever its version
    plan_item_id: Mapped[int | None] = refers_to("plan_item.id", index=True)
    source: Mapped[Name] = mapped_column(default="")


class PostHandover(Base):
    """交接: the post went from one person to another, with what was open; both names stay."""

    __tablename__ = "post_handover"
    __table_args__ = (UniqueConstraint("post_id", "from_user_id", "to_user_id", "since"),)

    id: Mapped[Id]
    post_id: Mapped[int] = refers_to("post.id")
    from_user_id: Mapped[int] = refers_to("user.id", index=True)
    to_user_id: Mapped[int] = refers_to("user.id", index=True)
    since: Mapped[date]
    moved: Mapped[dict[str, Any]]  # tasks, lists: what went over, by id and name
    note: Mapped[str] = mapped_column(String(2000), default="")
    done_by: Mapped[int | None] = refers_to("user.id")
    done_at: Mapped[datetime]
