"""义务日历 through HTTP: whose calendar is shown to whom, counts, lists, exports."""

import io
from collections.abc import Iterator
from datetime import date, datetime, timedelta

import pytest
from flask import Flask, render_template
from flask_login import login_user
from openpyxl import load_workbook
from sqlalchemy import update

from config import Config
from models import DutyRule, Obligation, Unit
from tests.cast import Cast
from tests.webapp.town import town, visit
from webapp import clock, db
from workflows import (
    calendar_lines,
    calendars,
    duties,
    duty_lists,
    evidence,
    obligations,
)
from workflows.evidence import Paper
from workflows.findings import Key

PAGES = ("", "/calendar", "/overview", "/overview?by=duty", "/list", "/findings", "/catalogue")


@pytest.fixture
def app(settings: Config, now: datetime, monkeypatch: pytest.MonkeyPatch) -> Iterator[Flask]:
    """The branches have 20 members each and owe what has begun."""
    with town(settings, now, monkeypatch) as app:
        with db.of(app).write.begin() as session:
            session.execute(update(Unit).where(Unit.kind == "branch").values(member_count=20))
            obligations.generate_due(session, now)
        yield app


def unit(app: Flask, key: str) -> int:
    cast: Cast = app.extensions["cast"]
    return cast.units[key].id


def key(app: Flask, code: str = "DYDH", who: str = "finance_branch", period: int = 20260101) -> Key:
    with db.of(app).read() as session:
        rule = session.query(DutyRule).filter_by(code=code).one()
    return Key(rule.id, period, unit(app, who))


def cells(data: bytes) -> list[tuple[object, ...]]:
    return list(load_workbook(io.BytesIO(data)).worksheets[0].values)


def settle(app: Flask, monkeypatch: pytest.MonkeyPatch, now: datetime) -> datetime:
    """Sixty days on, the clock has come by."""
    later = now + timedelta(days=60)
    with db.of(app).write.begin() as session:
        obligations.settle_missed(session, now=later)
        obligations.generate_due(session, later)
    monkeypatch.setattr(clock, "now", lambda: later)
    return later


def test_a_secretary_lands_on_his_own_unit(app: Flask) -> None:
    text = visit(app, "finance_branch_secretary").get("/duties").text
    assert "finance_branch" in text
    assert f"/duties/obligations/{key(app)}" in text
    assert "2026-04-08" in text  # when the first quarter's evidence is due
    assert "2026-07-07" in text  # and what is to come
    own = visit(app, "finance_secretary").get("/duties").text
    assert f"/duties/overview?unit={unit(app, 'finance_committee')}" in own


def test_who_looks_from_above_lands_on_the_counts(app: Flask) -> None:
    for who in ("supervisor", "work_deputy", "finance_head"):
        text = visit(app, who).get("/duties").text
        assert "finance_committee" in text
        assert ("planning" in text) is (who != "finance_head")


@pytest.mark.parametrize("who", ["finance_member", "system_admin"])
def test_a_stranger_sees_no_unit_and_may_read_the_catalogue(app: Flask, who: str) -> None:
    visitor = visit(app, who)
    for page in PAGES:
        answer = visitor.get(f"/duties{page}")
        assert answer.status_code == 200, page
        assert "finance_branch" not in answer.text
        assert "/duties/obligations/" not in answer.text
    assert "支部党员大会" in visitor.get("/duties/catalogue").text
    branch = unit(app, "finance_branch")
    for page in ("calendar", "overview", "list", "findings"):
        assert visitor.get(f"/duties/{page}?unit={branch}").status_code == 404
    assert visitor.get(f"/duties/obligations/{key(app)}").status_code == 404
    assert len(cells(visitor.get("/duties/list?export=xlsx").data)) == 1


def test_another_unit_is_none_of_ones_business(app: Flask) -> None:
    visitor = visit(app, "planning_branch_secretary")
    branch = unit(app, "finance_branch")
    for page in ("calendar", "overview", "list", "findings"):
        assert visitor.get(f"/duties/{page}?unit={branch}").status_code == 404
    assert visitor.get(f"/duties/obligations/{key(app)}").status_code == 404
    assert "finance" not in visitor.get("/duties/list?state=all").text


def test_a_unit_is_found_by_a_word(app: Flask) -> None:
    visitor = visit(app, "supervisor")
    several = visitor.get("/duties/calendar?words=branch").text
    assert f"/duties/calendar?unit={unit(app, 'planning_branch')}" in several
    one = visitor.get("/duties/calendar?words=planning_branch").text
    assert f"/duties/obligations/{key(app, who='planning_branch')}" in one
    assert "/duties/obligations/" not in visitor.get("/duties/calendar?words=nowhere").text


def test_the_calendar_of_another_year_and_what_makes_no_sense(app: Flask) -> None:
    visitor = visit(app, "finance_branch_secretary")
    assert "/duties/obligations/" not in visitor.get("/duties/calendar?year=2025").text
    for query in ("year=x", "year=99999", "unit=x", "unit=99999999999999999999", "year=２026"):
        assert visitor.get(f"/duties/calendar?{query}").status_code == 200, query


def test_the_calendar_is_exported(app: Flask) -> None:
    rows = cells(visit(app, "finance_branch_secretary").get("/duties/calendar?export=xlsx").data)
    assert ("finance_branch", "支部党员大会") in {row[:2] for row in rows}
    quarters = [row for row in rows if row[1] == "支部党员大会"]
    assert len(quarters) == 4


def test_counts_open_their_lists(
    app: Flask, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    settle(app, monkeypatch, now)
    visitor = visit(app, "supervisor")
    organ = unit(app, "finance")
    text = visitor.get("/duties/overview?sort=missed").text
    link = f"/duties/list?state=missed&amp;unit={organ}&amp;year=2026"
    assert link in text
    listed = visitor.get(link.replace("&amp;", "&")).text
    assert f"/duties/obligations/{key(app)}" in listed
    assert "planning_branch" not in listed.partition("<tbody>")[2]
    by_duty = visitor.get("/duties/overview?by=duty").text
    assert "/duties/list?state=missed&amp;year=2026&amp;duty=DYDH" in by_duty
    exported = cells(visitor.get("/duties/overview?by=duty&export=xlsx").data)
    assert next(row for row in exported if row[0] == "支部党员大会")[1:7] == (0, 0, 0, 2, 2, 4)


def test_counts_are_sorted_by_a_figure(app: Flask, now: datetime) -> None:
    with db.of(app).write.begin() as session:
        by = app.extensions["cast"].users["planning_branch_secretary"]
        paper = Paper(date(2026, 2, 10), present=15, expected=20)
        evidence.hand_in(session, key(app, who="planning_branch"), paper, by=by, now=now)
    visitor = visit(app, "supervisor")

    def order(sort: str) -> bool:
        text = visitor.get(f"/duties/overview?sort={sort}&part=Q1&duty=DYDH").text
        body = text.partition("<tbody>")[2]
        return body.index("finance") < body.index("planning")

    assert order("")
    assert order("open")
    assert order("nonsense")
    assert not order("on_time")


def test_the_list_goes_on_page_by_page(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(duty_lists, "PAGE", 3)
    visitor = visit(app, "supervisor")
    seen: list[str] = []
    url = "/duties/list?state=all"
    while url:
        text = visitor.get(url).text
        seen += [part.split('"')[0] for part in text.split("/duties/obligations/")[1:]]
        _, _, rest = text.partition('rel="next" href="')
        url = rest.partition('"')[0].replace("&amp;", "&")
    with db.of(app).read() as session:
        assert sorted(seen) == sorted(
            str(Key(one.rule_id, one.period, one.unit_id))
            for one in session.query(Obligation)
            if one.unit_id != unit(app, "city")
        )
    assert len(seen) == len(set(seen))


def test_a_page_that_makes_no_sense_is_the_first(app: Flask) -> None:
    visitor = visit(app, "supervisor")
    for after in ("x", "1-2-3", "1-2-3-4-5", "9" * 20 + "-1-1-1", "1-1-1-99999999999", "-1-1-1-1"):
        answer = visitor.get(f"/duties/list?after={after}")
        assert answer.status_code == 200, after
        assert str(key(app)) in answer.text, after


def test_what_is_overdue_comes_first(
    app: Flask, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    settle(app, monkeypatch, now)
    text = visit(app, "supervisor").get("/duties/list").text
    march, april = (str(key(app, "ZWH", period=period)) for period in (20260301, 20260401))
    assert 0 < text.index(march) < text.index(april)
    rows = cells(visit(app, "supervisor").get("/duties/list?state=missed&export=xlsx").data)
    assert len(rows) > 2
    assert {row[3] for row in rows[1:]} <= {"missed", "缺失"}


def test_the_catalogue_shows_each_duty_with_its_versions(app: Flask) -> None:
    visitor = visit(app, "finance_member")
    page = visitor.get("/duties/catalogue").text
    assert page.count("/duties/catalogue/") == 17
    assert "第十一条" in visitor.get("/duties/catalogue/DYDH").text
    assert visitor.get("/duties/catalogue/NONE").status_code == 404
    assert len(cells(visitor.get("/duties/catalogue?export=xlsx").data)) == 18


def test_a_version_says_what_it_changed(app: Flask, now: datetime) -> None:
    cast: Cast = app.extensions["cast"]
    with db.of(app).write.begin() as session:
        changes = {"grace_days": 9, "evidence": ["date"]}
        duties.revise(session, "DYDH", changes, by=cast.users["security_admin"], now=now)
    page = visit(app, "finance_member").get("/duties/catalogue/DYDH").text
    assert "2026-04-01" in page
    assert "<td>9</td>" in page


def test_a_calendar_entered_anew_moves_what_is_open(app: Flask) -> None:
    """The 8th of April becomes a day off: the first quarter's evidence is due a day later."""
    with db.of(app).read() as session:
        days = calendars.days_of(session, 2026)
    days[date(2026, 4, 8)] = (False, "临时放假")
    typed = {
        "notice": "更正",
        "off": calendar_lines.write(days, is_workday=False),
        "work": calendar_lines.write(days, is_workday=True),
    }
    admin = visit(app, "security_admin")
    assert admin.send("/calendar/2026", sure="1", **typed).status_code == 303
    text = visit(app, "finance_branch_secretary").get(f"/duties/obligations/{key(app)}").text
    assert "2026-04-09" in text
    assert "2026r2" in text
    assert "临时放假" in text  # named among the days on the way


def desk_part(app: Flask, who: str) -> str:
    """The part of the desk, as whoever includes it shows it to this person."""
    cast: Cast = app.extensions["cast"]
    with app.test_request_context("/"):
        login_user(cast.users[who])
        return render_template("duties/_owed.html")


def test_the_desk_tells_a_secretary_what_is_owed(app: Flask) -> None:
    text = desk_part(app, "finance_branch_secretary")
    assert f"/duties/obligations/{key(app)}" in text
    assert "2026-04-08" in text
    for who in ("finance_member", "system_admin"):
        assert desk_part(app, who).strip() == ""
