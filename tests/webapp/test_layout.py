"""The frame of every page."""

import pytest
from flask import Flask

from models import Grant, Role, Seat, Unit, UnitKind, User
from tests.webapp.conftest import Visitor
from webapp import db, menu
from webapp.menu import Entry


@pytest.fixture
def full_menu(site: Flask) -> None:
    for entry in menu.ENTRIES:
        if entry.endpoint not in site.view_functions:
            site.add_url_rule(f"/menu/{entry.endpoint}", entry.endpoint, lambda: "")


def seat(site: Flask, user: User, role: Role) -> None:
    from datetime import date

    with db.of(site).write.begin() as session:
        unit = Unit(code=role, name="机关工委", kind=UnitKind.WORK_COMMITTEE, path="/1/")
        session.add(unit)
        session.flush()
        place = Seat(role=role, unit_id=unit.id)
        session.add(place)
        session.flush()
        session.add(Grant(seat_id=place.id, user_id=user.id, since=date(2020, 1, 1)))


@pytest.mark.usefixtures("full_menu")
def test_the_menu_follows_ones_rights(site: Flask, signed_in: Visitor, member: User) -> None:
    page = signed_in.get("/frame/parts").text
    assert "我的工作" in page
    assert "督办台账" in page
    assert "流程管理" not in page
    assert "审计" not in page
    seat(site, member, Role.PROCESS_ADMIN)
    assert "流程管理" in signed_in.get("/frame/parts").text


@pytest.mark.usefixtures("full_menu")
def test_an_administrator_has_no_register(site: Flask, signed_in: Visitor, member: User) -> None:
    seat(site, member, Role.AUDIT_ADMIN)
    page = signed_in.get("/frame/parts").text
    assert "督办台账" not in page
    assert "审计" in page


def test_an_entry_without_its_page_is_not_shown(site: Flask, signed_in: Visitor) -> None:
    missing = [e for e in menu.ENTRIES if e.endpoint not in site.view_functions]
    page = signed_in.get("/frame/parts").text
    with site.test_request_context("/", headers={"Accept-Language": "zh"}):
        assert all(f"<a>{entry.label}" not in page for entry in missing)


@pytest.mark.usefixtures("full_menu")
def test_counts_stand_beside_their_entry(
    signed_in: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(menu.COUNTS, "inbox.index", lambda: 1000)
    monkeypatch.setitem(menu.COUNTS, "inbox.done", lambda: 0)
    page = signed_in.get("/frame/parts").text
    assert "999+" in page
    assert page.count("text-bg-danger") == 1


def test_groups_of_the_menu_stay_together() -> None:
    groups = [str(entry.group) for entry in menu.ENTRIES if isinstance(entry, Entry)]
    assert groups == sorted(groups, key=groups.index)


def test_lights_differ_by_word_and_shape(signed_in: Visitor) -> None:
    page = signed_in.get("/frame/parts").text
    for light, word in (("green", "正常"), ("blue", "关注"), ("yellow", "临期"), ("red", "超期")):
        assert f'<span class="light light-{light}">{word}</span>' in page


def test_a_due_date_tells_that_it_moved_and_is_provisional(signed_in: Visitor) -> None:
    page = signed_in.get("/frame/parts").text
    assert "2026-03-01 （超期）" in page
    assert "已延期" in page
    assert "原定期限: 2026-02-20" in page
    assert "暂定" in page


def test_the_page_names_its_language(signed_in: Visitor) -> None:
    assert '<html lang="zh-CN">' in signed_in.get("/frame/parts").text


def test_nothing_on_a_page_needs_inline_script_or_style(signed_in: Visitor) -> None:
    for path in ("/frame/parts", "/frame/form", "/sign-in", "/password", "/nowhere"):
        page = signed_in.get(path).text
        assert " style=" not in page
        assert " on" + "click=" not in page
        assert "<style" not in page
