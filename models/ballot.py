"""The sealed urn 封存票箱: who may vote and has voted, apart from what was voted.

No column here holds a time, a session or a reference from a ballot to a person: that is the point.
"""

from typing import Any

from sqlalchemy import Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, BigId, Code, Id, Name, refers_to


class Box(Base):
    """One ballot: its question, its state, and what it takes to open it."""

    __tablename__ = "ballot_box"

    id: Mapped[Id]
    case_id: Mapped[int] = refers_to("case.id", index=True)
    title: Mapped[Name]
    items: Mapped[list[Any]]  # {"key": user id as text, "name": …}
    choices: Mapped[list[Any]]  # codes: good, fair, average, poor
    categories: Mapped[dict[str, Any]]  # category → the one it is counted with
    state: Mapped[Code]  # collecting keys, open, counted, not_held
    public_key: Mapped[bytes | None] = mapped_column(LargeBinary)
    sealed_key: Mapped[bytes | None] = mapped_column(LargeBinary)  # destroyed when counted
    result: Mapped[dict[str, Any] | None]
    version: Mapped[int] = mapped_column()

    __mapper_args__ = {"version_id_col": version}


class Scrutineer(Base):
    """监票人: two of the three together open the box; nobody else, the server included, can."""

    __tablename__ = "ballot_scrutineer"
    __table_args__ = (UniqueConstraint("box_id", "user_id"),)

    id: Mapped[Id]
    box_id: Mapped[int] = refers_to("ballot_box.id")
    user_id: Mapped[int] = refers_to("user.id", index=True)
    public_key: Mapped[bytes | None] = mapped_column(LargeBinary)  # none: not collected yet
    shares: Mapped[dict[str, Any]]  # the other scrutineer's id → his half of the secret


class Elector(Base):
    """The roll: who may vote, in which category, and that he has; never when or what."""

    __tablename__ = "ballot_roll"
    __table_args__ = (Index("ix_ballot_roll_voter", "user_id", "box_id"),)

    box_id: Mapped[int] = refers_to("ballot_box.id", primary_key=True)
    user_id: Mapped[int] = refers_to("user.id", primary_key=True)
    category: Mapped[Code]
    except_item: Mapped[Code | None]  # nobody votes on himself
    voted: Mapped[bool] = mapped_column(default=False)


class SealedBallot(Base):
    """The urn, while the box is open: one mark each, sealed in the browser, all of one length."""

    __tablename__ = "ballot_urn"

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=False)  # random
    box_id: Mapped[int] = refers_to("ballot_box.id", index=True)
    category: Mapped[Code]  # five electors or more share it
    item: Mapped[Code]
    sealed: Mapped[bytes] = mapped_column(LargeBinary)


class OpenedBallot(Base):
    """A mark once the box is counted, shuffled; nothing leads back to the urn."""

    __tablename__ = "ballot"

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=False)  # random
    box_id: Mapped[int] = refers_to("ballot_box.id", index=True)
    category: Mapped[Code]
    item: Mapped[Code]
    choice: Mapped[str] = mapped_column(String(40))
