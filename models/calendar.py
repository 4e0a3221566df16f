"""Holidays and make-up working days 调休, as the yearly notice sets them."""

from datetime import date, datetime

from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Code, Name, refers_to


class CalendarYear(Base):
    """One year of the working calendar. Provisional: the notice is not entered yet."""

    __tablename__ = "calendar_year"

    year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    confirmed: Mapped[bool] = mapped_column(default=False)
    notice: Mapped[Name] = mapped_column(default="")  # document number of the notice
    revision: Mapped[int] = mapped_column(default=1)  # counts edits; stored with every deadline
    fingerprint: Mapped[Code] = mapped_column(default="")  # of the year's days: caches go by it
    edited_at: Mapped[datetime | None]
    edited_by: Mapped[int | None] = refers_to("user.id")
    version: Mapped[int] = mapped_column()

    __mapper_args__ = {"version_id_col": version}


class CalendarDay(Base):
    """A day that differs from Monday-to-Friday: a holiday or a make-up working day."""

    __tablename__ = "calendar_day"

    day: Mapped[date] = mapped_column(primary_key=True)
    is_workday: Mapped[bool]
    name: Mapped[Name] = mapped_column(default="")
    source: Mapped[Code] = mapped_column(default="notice")
