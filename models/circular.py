"""通报 of a month: the figures of the city as they stood when it was issued, and the remarks."""

from datetime import datetime
from typing import Any

from sqlalchemy import String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Code, Id, refers_to


class CityCircular(Base):
    """One month's circular; issued, it is never changed: a later month says what became of it."""

    __tablename__ = "city_circular"
    __table_args__ = (UniqueConstraint("unit_id", "month"),)

    id: Mapped[Id]
    unit_id: Mapped[int] = refers_to("unit.id")  # who issues it
    month: Mapped[int]  # 202603
    state: Mapped[Code]  # draft, issued
    figures: Mapped[dict[str, Any]]  # month, year, and what the last one's figures are by now
    remarks: Mapped[str] = mapped_column(String(5000), default="")
    number: Mapped[Code | None] = mapped_column(unique=True)  # 文号, once issued
    drafted_by: Mapped[int] = refers_to("user.id")
    changed_by: Mapped[int] = refers_to("user.id")
    changed_at: Mapped[datetime]
    issued_by: Mapped[int | None] = refers_to("user.id")
    issued_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column()

    __mapper_args__ = {"version_id_col": version}
