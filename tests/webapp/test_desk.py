"""The desk: each kind of user finds what is his, and nothing of what is not his to see."""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import Engine, select

from config import Config
from models import Acknowledgement, Case, Grant, Obligation, ObligationState, Role, Seat
from tests.cast import Cast
from tests.counting import counted
from tests.webapp.conftest import HASH, PASSWORD, Visitor
from tests.webapp.whole import application
from tests.workflows import matter_paths
from tests.workflows.owing import lay_down, period, rule
from webapp import clock, db
from workflows import audit, people

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
LATER = NOW + timedelta(days=40)
MOST = 13
TILE = re.compile(r'<a href="([^"]+)"[^>]*><span>([^<]+)</span><b[^>]*>([^<]*)</b>')
ENTRY = re.compile(r'<nav class="side".*?</nav>', re.DOTALL)


@pytest.fixture
def app(
    clean: Engine, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Flask]:
    """Two organs: finance has an overdue matter and a missed duty, planning a matter in time."""
    monkeypatch.setattr(clock, "now", lambda: LATER)
    app = application(
        Config(
            database_url=database_url,
            secret_key="a key for the tests at the desk 0123456789",
            sqlite_synchronous="NORMAL",
            audit_key="another key for its trail, 9876543210 abc",
            data_dir=tmp_path,
        )
    )
    app.test_client_class = Visitor
    with db.of(app).write.begin() as session:
        cast = matter_paths.supervised_city(session, NOW)
        matter_paths.working(cast, NOW)
        _planning_matter(cast)
        _missed(cast)
        cast.grant("finance_supervisor", Role.SUPERVISOR, "finance")
        cast.grant("planning_supervisor", Role.SUPERVISOR, "planning")
        for name, user in cast.users.items():
            user.login, user.password_hash = name, HASH
    yield app
    db.of(app).engine.dispose()


def _planning_matter(cast: Cast) -> None:
    draft = {
        "lead_unit": str(cast.units["planning"].id),
        "leader": str(cast.users["planning_leader"].id),
        "title": "规划系统事项",
    }
    matter_paths.filed(cast, LATER - timedelta(days=1), key="matter:meeting:2:planning", **draft)


def _missed(cast: Cast) -> None:
    session = cast.session
    cast.units["finance_branch"].member_count = 20
    session.flush()
    day = date(2026, 1, 1)
    lay_down(session, "DYDH", day, NOW)
    one = session.get(
        Obligation,
        (rule(session).id, period(session, "DYDH", day).key, cast.units["finance_branch"].id),
    )
    assert one is not None
    one.state = int(ObligationState.MISSED)


def desk(app: Flask, login: str) -> str:
    visitor = app.test_client()
    assert isinstance(visitor, Visitor)
    assert visitor.sign_in(login).status_code == 303
    with visitor.session_transaction() as session:
        session["language"] = "en"
    answer = visitor.get("/")
    assert answer.status_code == 200
    return answer.text


def tiles(page: str) -> dict[str, tuple[str, str]]:
    """Label → figure and link."""
    return {label: (figure, url) for url, label, figure in TILE.findall(page)}


def entries(page: str) -> list[str]:
    found = ENTRY.search(page)
    assert found
    return [text.strip() for text in re.findall(r'<a href="/[^"]*"[^>]*>([^<]+)', found[0])]


def work(page: str) -> str:
    return page.partition('<main id="main"')[2]


def test_a_supervisor_sees_the_lights_and_misses_of_his_own_organs(app: Flask) -> None:
    mine = desk(app, "finance_supervisor")
    assert tiles(mine)["Matters overdue"][0] == "1"
    assert tiles(mine)["Duties missed this year"][0] == "1"
    assert tiles(mine)["finance"][0] == "1"
    assert "planning" not in tiles(mine)
    other = desk(app, "planning_supervisor")
    assert tiles(other)["Matters overdue"][0] == "0"
    assert tiles(other)["Duties missed this year"][0] == "0"
    assert "finance" not in work(other)
    assert "None is overdue." in other
    assert "Nothing was missed this year." in other


def test_a_leader_sees_the_whole_and_what_is_to_be_decided(app: Flask) -> None:
    page = desk(app, "work_deputy")
    assert tiles(page)["Matters overdue"][0] == "1"
    assert {"To do", "To read", "Proposals to decide"} <= set(tiles(page))
    assert "finance" in tiles(page)


def test_who_answers_for_a_unit_sees_what_it_owes_and_no_other_organ(app: Flask) -> None:
    page = desk(app, "finance_branch_secretary")
    assert "Duties this month" in page
    assert "Duties missed this year" not in tiles(page)
    assert "Matters overdue" not in tiles(page)  # the organ's matters are above his branch
    leader = desk(app, "planning_leader")
    assert tiles(leader)["Matters overdue"][0] == "0"
    assert "finance" not in work(leader)


def test_a_member_without_post_or_role_sees_his_own_part_alone(app: Flask) -> None:
    page = desk(app, "finance_member")
    assert set(tiles(page)) == {"To do", "To read", "Proposals to decide"}
    assert "Nothing waits for you." in page


@pytest.mark.parametrize("login", ["system_admin", "security_admin", "audit_admin"])
def test_who_only_administers_sees_no_case_and_no_entry_for_cases(app: Flask, login: str) -> None:
    page = desk(app, login)
    hidden = {"To do", "To read", "Ballots", "Done", "Started by me", "Supervised by me"}
    hidden |= {"Supervision register", "Proposals", "Duty calendar", "Debriefings", "Assessment"}
    assert hidden.isdisjoint(entries(page))
    assert {"Desk", "News", "Units and people", "Working days"} <= set(entries(page))
    assert "落实党建经费" not in page
    assert "finance" not in work(page)


def test_an_administrator_for_whom_something_waits_finds_it(app: Flask) -> None:
    """The menu hides what is empty, not what is his."""
    with db.of(app).write.begin() as session:
        admin = people.by_login(session, "system_admin")
        case = session.scalars(select(Case).limit(1)).one()
        assert admin is not None
        told = {"kind": "news", "subject": "通报", "text": "通报", "made_at": NOW}
        session.add(Acknowledgement(user_id=admin.id, case_id=case.id, **told))
    assert "To read" in entries(desk(app, "system_admin"))


def test_the_process_administrator_sees_versions_and_cases(app: Flask) -> None:
    page = desk(app, "process_admin")
    assert "Processes in force" in page
    row = re.search(r'href="(/cases\?process=supervision[^"]*)">(\d+)<', page)
    assert row
    assert row[2] == "2"
    assert "Processes in force" not in desk(app, "supervisor")


def test_the_system_administrator_sees_how_the_system_runs(app: Flask) -> None:
    found = tiles(desk(app, "system_admin"))
    assert {"Cases standing still", "Mails waiting", "Mails given up", "Last backup"} == set(found)
    assert found["Last backup"][0] == "never"


def test_the_security_administrator_sees_refusals_locks_and_roles_that_end(app: Flask) -> None:
    before = tiles(desk(app, "security_admin"))
    assert [figure for figure, _ in before.values()] == ["0", "0", "0"]
    with db.of(app).write.begin() as session:
        seat = select(Seat.id).where(Seat.role == Role.CLERK)
        grant = session.scalars(select(Grant).where(Grant.seat_id.in_(seat))).one()
        grant.until = LATER.date() + timedelta(days=30)
        for _ in range(3):
            people.recognise(session, "clerk", "wrong", now=LATER, failures=3)
    page = desk(app, "security_admin")
    assert [figure for figure, _ in tiles(page).values()] == ["3", "1", "1"]
    assert "Clerk" in work(page)


def test_the_audit_administrator_sees_seal_verification_refusals_and_reads(app: Flask) -> None:
    with db.of(app).write.begin() as session:
        people.recognise(session, "clerk", "wrong", now=LATER)
        reader = people.by_login(session, "supervisor")
        assert reader is not None
        for _ in range(2):
            audit.read(session, user=reader, subject="audit", page="case", now=LATER)
        audit.seal(session, now=LATER)
    page = desk(app, "audit_admin")
    found = tiles(page)
    assert found["Refusals in 7 days"][0] == "1"
    assert found["Sensitive reads in 7 days"][0] == "2"
    assert int(found["Last link of the chain"][0]) > 0
    assert "The trail was never verified here." in page
    with db.of(app).write.begin() as session:
        audit.record(
            session,
            actor=None,
            action="chain_verified",
            subject="audit",
            now=LATER,
            outcome="failed",
        )
    assert "the chain did not hold" in desk(app, "audit_admin")


EVERYBODY = [
    *("supervisor", "finance_supervisor", "work_deputy", "work_secretary", "city_secretary"),
    *("handler", "clerk", "process_admin", "system_admin", "security_admin", "audit_admin"),
    *("finance_head", "finance_secretary", "finance_liaison", "finance_leader"),
    *("finance_branch_secretary", "finance_member", "finance_handler"),
]


@pytest.mark.parametrize("login", EVERYBODY)
def test_every_figure_leads_to_a_list_in_few_statements(app: Flask, login: str) -> None:
    page = desk(app, login)
    visitor = app.test_client()
    assert isinstance(visitor, Visitor)
    assert visitor.sign_in(login, PASSWORD).status_code == 303
    for _figure, url in tiles(page).values():
        assert url.startswith(("/", "#"))
        assert visitor.get(url.replace("&amp;", "&").partition("#")[0] or "/").status_code == 200
    with counted(db.of(app).engine) as count:
        assert visitor.get("/").status_code == 200
    assert len(count.statements) <= MOST, count.statements


def test_a_figure_says_what_its_list_holds(app: Flask) -> None:
    page = desk(app, "finance_supervisor")
    visitor = app.test_client()
    assert isinstance(visitor, Visitor)
    visitor.sign_in("finance_supervisor")
    overdue = visitor.get(tiles(page)["Matters overdue"][1].replace("&amp;", "&")).text
    assert overdue.count("落实党建经费专题会议纪要") == 1
    missed = visitor.get(tiles(page)["Duties missed this year"][1].replace("&amp;", "&")).text
    assert missed.count('href="/duties/') >= 1
