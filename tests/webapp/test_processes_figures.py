"""The parameters through HTTP: shown with their basis, set anew with a reason."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from threading import Barrier

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from config import Config
from models import AuditRow, Case, ParameterSet
from tests.webapp.conftest import Visitor
from tests.webapp.packaging import count, office, rows_of, run_case
from tests.webapp.town import acts, visit
from webapp import db
from workflows import definitions

URL = "/parameters"
URGE = {"value:days.urge": "2", "article:days.urge": "本市办法第三条"}


@pytest.fixture
def app(settings: Config, now: datetime, monkeypatch: pytest.MonkeyPatch) -> Iterator[Flask]:
    with office(settings, now, monkeypatch) as app:
        yield app


@pytest.fixture
def admin(app: Flask) -> Visitor:
    return visit(app, "process_admin")


def in_force(app: Flask) -> ParameterSet:
    with Session(db.of(app).engine) as session:
        newest = select(ParameterSet).order_by(ParameterSet.number.desc()).limit(1)
        return session.scalars(newest).one()


def test_each_figure_stands_with_its_unit_and_basis(admin: Visitor) -> None:
    page = admin.get(URL).text
    row = page.split("rule.team_min")[0].rpartition("<tr>")[2]
    assert "<b>2</b>" in row
    assert "问责条例 第十条" in row
    rows = rows_of(admin.get(f"{URL}?export=xlsx"))
    assert any(row[0] == "days.urge" and row[2] == "1" for row in rows)


def test_figures_are_set_anew_after_a_look_and_with_a_reason(
    app: Flask, admin: Visitor, now: datetime
) -> None:
    case = run_case(app, now)
    assert 'name="value:days.urge"' in admin.get(f"{URL}/edit").text
    look = admin.send(URL, base="1", **URGE)
    assert look.status_code == 200
    assert "本市办法第三条" in look.text
    assert count(app, ParameterSet) == 1  # a look changes nothing
    told = admin.send(URL, base="1", sure="1", **URGE)
    assert told.status_code == 422
    assert "本市办法第三条" in told.text
    done = admin.send(URL, base="1", sure="1", reason="市里的规定", **URGE)
    assert done.status_code == 303
    made = in_force(app)
    assert made.number == 2
    assert made.values["days.urge"]["value"] == 2
    assert made.values["days.urge"]["status"] == "set"
    assert made.values["days.urge_max"]["value"] == 5
    page = admin.get(URL).text
    assert "市里的规定" in page
    assert "process_admin" in page
    assert "本市办法第三条" not in admin.get(f"{URL}/1").text
    with Session(db.of(app).engine) as session:
        pinned = session.get_one(Case, case).parameters_id
        assert definitions.parameters_of(session, pinned).days["urge"] == 1
        row = session.scalars(select(AuditRow).order_by(AuditRow.id.desc()).limit(1)).one()
    assert (row.action, row.detail) == ("set_parameters", {"number": 2, "changed": ["days.urge"]})


WRONG = [
    {"value:days.urge": ""},
    {"value:days.urge": "0"},
    {"value:days.urge": "501"},
    {"value:days.urge": "-1"},
    {"value:days.urge": "1.5"},
    {"value:days.urge": "\u0663"},
    {"value:days.urge": "x" * 5000},
    {"value:rule.appeal_no_heavier": "maybe"},
    {"value:rule.place": "No Place"},
    {"value:rule.share_left_blue": "101"},
    {"value:rule.debriefing_quota": "1.01"},
    {"value:rule.debriefing_quota": "0,3"},
    {"article:days.urge": "条" * 201},
]


def test_what_does_not_hold_is_named_and_stays_typed(app: Flask, admin: Visitor) -> None:
    for wrong in WRONG:
        form = {"base": "1", "sure": "1", "reason": "x", "value:days.files": "77", **wrong}
        told = admin.send(URL, **form)
        assert told.status_code == 422, wrong
        assert "is-invalid" in told.text, wrong
        assert 'value="77"' in told.text
    assert count(app, ParameterSet) == 1


@pytest.mark.parametrize(
    ("key", "looser", "stricter"),
    [("rule.team_min", "1", "3"), ("rule.appeal_file_months", "2", None)],
)
def test_what_a_rule_fixes_is_made_stricter_never_looser(
    app: Flask, admin: Visitor, key: str, looser: str, stricter: str | None
) -> None:
    form = {"base": "1", "sure": "1", "reason": "x"}
    assert admin.send(URL, **form, **{f"value:{key}": looser}).status_code == 422
    if stricter is None:
        return
    assert admin.send(URL, **form, **{f"value:{key}": stricter}).status_code == 303
    form["base"] = "2"
    assert admin.send(URL, **form, **{f"value:{key}": looser}).status_code == 422
    back = in_force(app).values[key]["legal"]
    assert admin.send(URL, **form, **{f"value:{key}": str(back)}).status_code == 303
    assert in_force(app).values[key]["status"] == "law"


def test_a_share_is_a_number_that_need_not_be_whole(app: Flask, admin: Visitor) -> None:
    form = {"base": "1", "sure": "1", "reason": "x", "value:rule.debriefing_quota": "0.4"}
    assert admin.send(URL, **form).status_code == 303
    assert in_force(app).values["rule.debriefing_quota"]["value"] == 0.4


def test_nothing_changed_is_no_new_set(app: Flask, admin: Visitor) -> None:
    assert admin.send(URL, base="1", **{"value:days.urge": "1"}).status_code == 422
    assert admin.send(URL, base="1", sure="1", reason="x", unknown="9").status_code == 422
    assert count(app, ParameterSet) == 1


def test_who_was_first_is_named(app: Flask, admin: Visitor) -> None:
    second = visit(app, "process_admin2")
    assert second.send(URL, base="1", sure="1", reason="先", **URGE).status_code == 303
    for form in ({}, {"sure": "1", "reason": "后"}):
        told = admin.send(URL, base="1", **form, **{"value:days.urge": "3"})
        assert told.status_code == 409
        assert "process_admin2" in told.text
        assert "2026-03-02 09:00" in told.text
    assert in_force(app).values["days.urge"]["value"] == 2


def test_of_two_who_set_at_the_same_moment_one_is_refused(app: Flask) -> None:
    visitors = [visit(app, name) for name in ("process_admin", "process_admin2")]
    tokens, start = [visitor.token() for visitor in visitors], Barrier(2)

    def put(place: int) -> int:
        start.wait()
        form = {"base": "1", "sure": "1", "reason": "x", "value:days.urge": str(place + 2)}
        return visitors[place].post(URL, data={"csrf_token": tokens[place], **form}).status_code

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(put, range(2))) == [303, 409]
    assert count(app, ParameterSet) == 2


def test_a_set_that_is_not_there_is_not_found(admin: Visitor) -> None:
    for number in ("2", "0", "99999999999999999999", "x"):
        assert admin.get(f"{URL}/{number}").status_code == 404


def test_cases_are_counted_by_the_set_they_run_by(
    app: Flask, admin: Visitor, now: datetime
) -> None:
    run_case(app, now)
    admin.send(URL, base="1", sure="1", reason="x", **URGE)
    run_case(app, now, status="failed")
    run_case(app, now, status="finished")
    page = admin.get(URL).text
    rows = page.split("</thead>")[1].split("</tr>")
    assert "<td>1</td>" in rows[0]
    assert "<td>1</td>" in rows[1]
    assert acts(app)[-1] == "set_parameters"
