"""Files kept by their hash, papers made from templates, and proof that they were served."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Code, Id, Name, refers_to


class StoredFile(Base):
    """One upload or produced paper; its bytes lie outside the web root under their hash."""

    __tablename__ = "stored_file"

    id: Mapped[Id]
    sha256: Mapped[str] = mapped_column(String(64), index=True)
    size: Mapped[int]
    media_type: Mapped[Code]
    name: Mapped[Name]
    case_id: Mapped[int | None] = refers_to("case.id", index=True)
    unit_id: Mapped[int | None] = refers_to("unit.id", index=True)
    stored_at: Mapped[datetime]
    stored_by: Mapped[int | None] = refers_to("user.id")


class Document(Base):
    """A paper 文书 of a case, as one version."""

    __tablename__ = "document"
    __table_args__ = (UniqueConstraint("case_id", "template", "subject", "number"),)

    id: Mapped[Id]
    case_id: Mapped[int] = refers_to("case.id")
    template: Mapped[Code]
    title: Mapped[Name]
    subject: Mapped[Code] = mapped_column(default="")  # user or unit id it is about
    number: Mapped[int]  # 1, 2 …: a corrected paper is a new version
    code: Mapped[Code] = mapped_column(default="")  # 发文字号
    values: Mapped[dict[str, Any]]
    file_id: Mapped[int | None] = refers_to("stored_file.id")
    made_at: Mapped[datetime]
    made_by: Mapped[int | None] = refers_to("user.id")


class Delivery(Base):
    """送达: to whom, how, and when it was received; an appeal counts from then."""

    __tablename__ = "delivery"
    __table_args__ = (UniqueConstraint("document_id", "recipient_id", "recipient_name"),)

    id: Mapped[Id]
    document_id: Mapped[int] = refers_to("document.id")
    recipient_id: Mapped[int | None] = refers_to("user.id", index=True)
    recipient_name: Mapped[Name]
    mode: Mapped[Code]
    served_at: Mapped[datetime]
    received_on: Mapped[date | None]
    receipt_id: Mapped[int | None] = refers_to("stored_file.id")


class NumberSeries(Base):
    """The last number given in a series and year: 督〔2026〕12号."""

    __tablename__ = "number_series"

    series: Mapped[Code] = mapped_column(primary_key=True)
    year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    last: Mapped[int]
