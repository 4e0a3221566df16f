"""The debriefing pages: a secretary's own, the organiser's round, nothing for strangers."""

from datetime import UTC, datetime

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from models import DebriefingRound, Role
from tests.cast import Cast, assemble, install
from tests.webapp.conftest import HASH, visit
from tests.workflows.test_debriefings import checked, of, planned
from workflows import debriefings

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)


@pytest.fixture
def cast(session: Session) -> Cast:
    install(session, NOW)
    cast = assemble(session)
    cast.grant("organiser", Role.ORGANISER, "work")
    case = debriefings.begin(
        session, cast.units["work"], 2026, rights=cast.rights("organiser", NOW), now=NOW
    )
    planned(cast, case, NOW)
    checked(cast, case, NOW)
    for user in cast.users.values():
        user.password_hash, user.session_key = HASH, "k"
    session.commit()
    return cast


def test_a_secretary_sees_where_the_own_debriefing_stands(app: Flask, cast: Cast) -> None:
    visitor = visit(app, cast, "finance_secretary")
    text = visitor.get("/debriefings").text
    assert "撰写述职报告" in text
    own = visitor.get(f"/debriefings/{of(cast, 'finance_secretary').id}")
    assert own.status_code == 200
    assert "92.00" not in own.text  # no score before the grades are out


def test_the_organiser_sees_the_round_and_exports_it(app: Flask, cast: Cast) -> None:
    visitor = visit(app, cast, "organiser")
    round_ = cast.session.scalars(select(DebriefingRound)).one()
    cast.session.commit()  # SQLite has room for one writer, and the page is written down
    assert "92.00" in visitor.get(f"/debriefings/rounds/{round_.id}").text
    answer = visitor.get(f"/debriefings/rounds/{round_.id}?export=csv")
    assert answer.mimetype == "text/csv"


def test_others_see_neither_the_round_nor_anybody_else_s(app: Flask, cast: Cast) -> None:
    visitor = visit(app, cast, "planning_secretary")
    round_ = cast.session.scalars(select(DebriefingRound)).one()
    assert visitor.get(f"/debriefings/rounds/{round_.id}").status_code == 404
    foreign = of(cast, "finance_secretary").id
    assert visitor.get(f"/debriefings/{foreign}").status_code == 404
    assert visitor.get(f"/debriefings/{2**62}").status_code == 404


def test_an_organiser_begins_a_round_and_nobody_else(app: Flask, cast: Cast) -> None:
    assert visit(app, cast, "organiser").send("/debriefings", year="2027").status_code == 303
    assert visit(app, cast, "organiser").send("/debriefings", year="").status_code == 422
    assert visit(app, cast, "supervisor").send("/debriefings", year="2027").status_code == 403
