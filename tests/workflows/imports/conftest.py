"""A database with its calendar and the duties of the last two years."""

from collections.abc import Callable
from datetime import date, datetime

import pytest
from sqlalchemy.orm import Session

from tests.cast import lay_rules
from workflows.imports import Report, import_workbook

Take = Callable[..., Report]


@pytest.fixture
def take(session: Session, now: datetime) -> Take:
    lay_rules(session, now, since=date(2024, 1, 1))

    def take(data: bytes, *, dry_run: bool = False) -> Report:
        return import_workbook(session, data, by=None, now=now, dry_run=dry_run)

    return take
