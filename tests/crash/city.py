"""The city in which the story happens: the cast, and a second branch whose secretary is silent."""

from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy.orm import Session

from config import Config
from models import UnitKind
from tests.cast import Cast, assemble, install

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
ANSWERING, SILENT = "finance_branch_secretary", "finance_branch2_secretary"


def settings(url: str) -> Config:
    """As an operator has it: on SQLite each commit is on the disk before it counts (FULL)."""
    return Config(
        database_url=url,
        secret_key="a key for the tests of the kills, 0123456789",
        audit_key="another key for its trail, 9876543210 abc",
        data_dir=Path("var"),
    )


def found(session: Session) -> Cast:
    """What ships is in force; the branches are large enough to owe."""
    install(session, NOW)
    cast = assemble(session)
    cast.unit("finance_branch2", UnitKind.BRANCH, "finance_committee", managed_by="party_group")
    for branch in ("finance_branch", "finance_branch2", "planning_branch"):
        cast.units[branch].member_count = 20
    cast.holder(SILENT, "支部书记", "finance_branch2", cadre=True, managed_by="work_committee")
    for name, user in cast.users.items():
        user.login = name
    session.flush()
    return cast
