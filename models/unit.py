"""A unit: the work committee, an organ, its party committee, a branch, a department."""

from datetime import date
from enum import StrEnum

from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Code, Id, Name, refers_to


class UnitKind(StrEnum):
    COMMITTEE = "committee"  # 同级党委
    WORK_COMMITTEE = "work_committee"  # 机关工委
    PARTY_GROUP = "party_group"  # 党组/党委: the organ itself
    ORGAN_COMMITTEE = "organ_committee"  # 机关党委/总支
    BRANCH = "branch"  # 党支部
    DEPARTMENT = "department"  # business department


class Unit(Base):
    __tablename__ = "unit"

    id: Mapped[Id]
    code: Mapped[Code] = mapped_column(unique=True)
    name: Mapped[Name]
    name_en: Mapped[Name] = mapped_column(default="")
    kind: Mapped[Code] = mapped_column(index=True)
    parent_id: Mapped[int | None] = refers_to("unit.id", index=True)
    path: Mapped[str] = mapped_column(index=True)  # "/root/…/id/": a subtree is a prefix
    managed_by: Mapped[Code] = mapped_column(
        default="work_committee"
    )  # who leads it, for approvals
    member_count: Mapped[int] = mapped_column(default=0)  # full members, as last reported
    formed_on: Mapped[date | None]
    term_ends_on: Mapped[date | None]  # 换届
    abolished_on: Mapped[date | None]
    version: Mapped[int] = mapped_column()

    __mapper_args__ = {"version_id_col": version}

    def is_under(self, other: "Unit") -> bool:
        """True for the unit itself and for all below it."""
        return self.path.startswith(other.path)
