"""Units, posts, people and accounts through HTTP: works, stranger, twice, bad form."""

import io
import re
from collections.abc import Iterator
from datetime import datetime

import pytest
from flask import Flask
from openpyxl import load_workbook
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from config import Config
from models import Holding, ReadRow, Unit, User
from tests.cast import Cast
from tests.webapp.conftest import Visitor
from tests.webapp.town import acts, town, visit
from webapp import db

URL = "/organisation"


@pytest.fixture
def app(settings: Config, now: datetime, monkeypatch: pytest.MonkeyPatch) -> Iterator[Flask]:
    with town(settings, now, monkeypatch) as app:
        yield app


def unit(app: Flask, key: str) -> str:
    cast: Cast = app.extensions["cast"]
    return f"{URL}/units/{cast.units[key].id}"


def person(app: Flask, key: str) -> str:
    return f"{URL}/people/{user(app, key).id}"


def user(app: Flask, key: str) -> User:
    cast: Cast = app.extensions["cast"]
    return cast.users[key]


def holding_of(app: Flask, key: str) -> int:
    with Session(db.of(app).engine) as session:
        query = select(Holding.id).where(Holding.user_id == user(app, key).id)
        return session.scalars(query).one()


def stored_unit(app: Flask, key: str) -> Unit:
    cast: Cast = app.extensions["cast"]
    with Session(db.of(app).engine) as session:
        return session.get_one(Unit, cast.units[key].id)


# ---- what is shown to whom


def test_the_tree_is_what_lies_under_ones_posts_and_roles(app: Flask) -> None:
    page = visit(app, "system_admin").get(URL).text
    assert "finance_branch" in page
    assert f"{URL}/import" in page
    page = visit(app, "finance_head").get(URL).text
    assert "finance_branch" in page
    assert "planning" not in page
    assert f"{URL}/import" not in page
    assert "finance" not in visit(app, "finance_member").get(URL).text.split("<main")[1]


def test_a_unit_shows_its_posts_and_who_is_below(app: Flask) -> None:
    page = visit(app, "finance_head").get(unit(app, "finance"))
    assert page.status_code == 200
    assert "finance_head" in page.text
    assert "finance_committee" in page.text
    assert "/appoint" not in page.text
    assert visit(app, "planning_head").get(unit(app, "finance")).status_code == 404
    assert visit(app, "finance_member").get(unit(app, "finance")).status_code == 404


def test_people_are_searched_within_ones_subtree(app: Flask) -> None:
    page = visit(app, "finance_head").get(f"{URL}/people?text=_member").text
    assert "finance_member" in page
    assert "planning_member" not in page
    assert "planning_member" in visit(app, "system_admin").get(f"{URL}/people?text=_member").text
    assert visit(app, "finance_head").get(person(app, "planning_head")).status_code == 404
    assert visit(app, "finance_member").get(person(app, "finance_member")).status_code == 200


def test_people_go_page_by_page(app: Flask) -> None:
    with db.of(app).write.begin() as session:
        session.add_all(User(login=f"many{n}", name=f"众多{n:03}") for n in range(120))
    visitor = visit(app, "system_admin")
    url, seen = f"{URL}/people?text=众多", []
    while url:
        page = visitor.get(url).text
        seen += re.findall(r">(众多\d+)<", page)
        following = re.search(r'rel="next" href="(.+?)"', page)
        url = following[1].replace("&amp;", "&") if following else ""
    assert seen == [f"众多{n:03}" for n in range(120)]


def test_an_export_is_the_list_and_is_logged(app: Flask) -> None:
    answer = visit(app, "finance_head").get(f"{URL}/people?export=xlsx&cadre=yes")
    rows = list(load_workbook(io.BytesIO(answer.data)).worksheets[0].values)
    assert {row[1] for row in rows[1:]} == {
        "finance_head", "finance_secretary", "finance_deputy", "finance_leader",
        "finance_branch_secretary",
    }  # fmt: skip
    with Session(db.of(app).engine) as session:
        assert session.scalars(select(ReadRow.page)).all() == ["people export"]


def test_what_is_amiss_is_for_administrators(app: Flask) -> None:
    cast: Cast = app.extensions["cast"]
    with db.of(app).write.begin() as session:
        session.get_one(User, cast.users["finance_head"].id).enabled = False
    page = visit(app, "system_admin").get(f"{URL}/concerns")
    assert "finance_head" in page.text
    assert visit(app, "supervisor").get(f"{URL}/concerns").status_code == 403


# ---- units


NEW = {"code": "F2", "name": "第二党支部", "kind": "branch", "managed_by": "party_group"}


def test_a_unit_is_added_renamed_and_abolished(app: Flask) -> None:
    visitor, parent = visit(app, "system_admin"), unit(app, "finance_committee")
    assert visitor.get(f"{parent}/add").status_code == 200
    added = visitor.send(f"{parent}/add", **NEW)
    assert added.status_code == 303
    assert "第二党支部" in visitor.get(added.location).text
    assert visitor.send(f"{added.location}/rename", name="第三党支部").status_code == 303
    assert visitor.send(f"{added.location}/rename", name="第三党支部").status_code == 422
    assert visitor.send(f"{added.location}/abolish", on="2026-03-02").status_code == 303
    assert visitor.send(f"{added.location}/abolish", on="2026-03-02").status_code == 422
    assert acts(app)[-3:] == ["unit_added", "unit_renamed", "unit_abolished"]


@pytest.mark.parametrize(
    "wrong", [{"kind": "committee"}, {"code": ""}, {"member_count": "-1"}, {"formed_on": "x"}]
)
def test_a_unit_that_does_not_hold_is_named(app: Flask, wrong: dict[str, str]) -> None:
    parent = unit(app, "finance_committee")
    answer = visit(app, "system_admin").send(f"{parent}/add", **{**NEW, **wrong})
    assert answer.status_code == 422
    assert "is-invalid" in answer.text
    assert "第二党支部" in answer.text  # what was typed stays


def test_a_unit_with_others_below_is_not_abolished(app: Flask) -> None:
    answer = visit(app, "system_admin").send(f"{unit(app, 'finance')}/abolish", on="2026-03-02")
    assert answer.status_code == 422
    assert stored_unit(app, "finance").abolished_on is None


@pytest.mark.parametrize(
    ("who", "status"), [("security_admin", 403), ("finance_head", 403), ("planning_head", 404)]
)
def test_a_stranger_changes_no_unit(app: Flask, who: str, status: int) -> None:
    visitor, at = visit(app, who), unit(app, "finance_branch")
    assert visitor.send(f"{at}/rename", name="某").status_code == status
    assert visitor.send(f"{at}/abolish", on="2026-03-02").status_code == status
    assert visitor.send(f"{at}/add", **NEW).status_code == 403
    assert visitor.send(f"{at}/appoint", kind="支部书记").status_code == 403
    relieve = f"{URL}/holdings/{holding_of(app, 'finance_branch_secretary')}/relieve"
    assert visitor.send(relieve, until="2026-03-02").status_code == status
    assert stored_unit(app, "finance_branch").name == "finance_branch"


# ---- posts


def test_a_post_passes_from_one_to_the_next(app: Flask) -> None:
    visitor, at = visit(app, "system_admin"), unit(app, "finance_branch")
    form = {
        "kind": "支部书记",
        "title": "finance_branch支部书记",
        "login": user(app, "finance_member").login,
        "since": "2026-03-02",
    }
    taken = visitor.send(f"{at}/appoint", **form)
    assert taken.status_code == 422
    assert "finance_branch_secretary" in taken.text  # who holds it
    relieve = f"{URL}/holdings/{holding_of(app, 'finance_branch_secretary')}/relieve"
    assert visitor.send(relieve, until="1999-01-01").status_code == 422
    assert visitor.send(relieve, until="2026-03-02").status_code == 303
    assert visitor.send(relieve, until="2026-03-02").status_code == 422
    assert visitor.get(f"{at}/appoint").status_code == 200
    assert visitor.send(f"{at}/appoint", **{**form, "login": "nobody"}).status_code == 422
    assert visitor.send(f"{at}/appoint", **{**form, "kind": "党组书记"}).status_code == 422
    assert visitor.send(f"{at}/appoint", **form).status_code == 303
    page = visitor.get(at).text
    assert "finance_branch_secretary" in page  # the history stays
    assert "finance_member" in page
    assert acts(app)[-2:] == ["relieved", "appointed"]


# ---- accounts


ENROL = {"login": "xin.ren", "name": "新人", "unit": "finance_branch", "membership": "full"}


def test_who_is_enrolled_gets_a_code_that_opens_the_account(app: Flask) -> None:
    visitor = visit(app, "system_admin")
    assert visitor.get(f"{URL}/people/new?unit=finance_branch").status_code == 200
    page = visitor.send(f"{URL}/people/new", **ENROL)
    assert page.status_code == 200
    code = re.search(r"[A-Z2-9]{4}(-[A-Z2-9]{4}){3}", page.text)
    assert code
    assert visitor.send(f"{URL}/people/new", **ENROL).status_code == 422
    newcomer = app.test_client()
    assert isinstance(newcomer, Visitor)
    fresh = {"password": "Bright morning 7", "password_again": "Bright morning 7"}
    answer = newcomer.send("/activate", login="xin.ren", code=code[0], **fresh)
    assert answer.status_code == 303


@pytest.mark.parametrize("wrong", [{"login": "新"}, {"name": ""}, {"unit": "nowhere"}])
def test_a_faulty_enrolment_is_named(app: Flask, wrong: dict[str, str]) -> None:
    answer = visit(app, "system_admin").send(f"{URL}/people/new", **{**ENROL, **wrong})
    assert answer.status_code == 422
    assert "is-invalid" in answer.text


def test_an_account_is_closed_and_opened(app: Flask) -> None:
    visitor, who = visit(app, "system_admin"), person(app, "finance_member")
    member = visit(app, "finance_member")
    assert visitor.send(f"{who}/disable", reason=" ").status_code == 422
    assert visitor.send(f"{who}/disable", reason="调离").status_code == 303
    assert visitor.send(f"{who}/disable", reason="调离").status_code == 422
    assert member.get(URL).status_code == 303  # out at once
    assert visitor.send(f"{who}/enable", reason="调回").status_code == 303
    assert member.sign_in(user(app, "finance_member").login).status_code == 303
    assert visitor.send(f"{who}/code").status_code == 200
    assert member.get(URL).status_code == 303
    assert acts(app)[-1] == "code_renewed"


def test_nobody_disables_himself(app: Flask) -> None:
    visitor = visit(app, "system_admin")
    assert visitor.send(f"{person(app, 'system_admin')}/disable", reason="x").status_code == 422


@pytest.mark.parametrize("who", ["security_admin", "finance_head", "supervisor"])
def test_a_stranger_keeps_no_accounts(app: Flask, who: str) -> None:
    visitor, whom = visit(app, who), person(app, "finance_member")
    assert visitor.send(f"{URL}/people/new", **ENROL).status_code == 403
    for act in ("disable", "enable", "code"):
        assert visitor.send(f"{whom}/{act}", reason="x").status_code == 403
    with Session(db.of(app).engine) as session:
        assert session.get_one(User, user(app, "finance_member").id).enabled
        assert session.scalar(select(func.count(User.id)).where(User.login == "xin.ren")) == 0
