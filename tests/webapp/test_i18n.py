"""Chinese first, English complete; times on the organisation's clocks."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from flask import Flask

from models import User
from tests.webapp.conftest import Visitor, now_stored
from webapp import i18n

CATALOGUE = Path("webapp/translations/zh/LC_MESSAGES/messages.po")


def test_chinese_comes_first(visitor: Visitor) -> None:
    assert "登录" in visitor.get("/sign-in").text


def test_a_browser_may_ask_for_english(visitor: Visitor) -> None:
    assert "Password" in visitor.get("/sign-in", headers={"Accept-Language": "en"}).text


def test_the_choice_stays_with_the_person(site: Flask, signed_in: Visitor, member: User) -> None:
    answer = signed_in.send("/language", language="en", next="/frame/parts")
    assert (answer.status_code, answer.location) == (303, "/frame/parts")
    assert "Sign out" in signed_in.get("/frame/parts").text
    assert now_stored(site, member).language == "en"


def test_a_language_we_do_not_speak_changes_nothing(site: Flask, signed_in: Visitor) -> None:
    assert signed_in.send("/language", language="xx", next="//evil").location == "/"
    assert "退出" in signed_in.get("/frame/parts").text


@pytest.mark.parametrize(
    ("zh", "en", "told"), [("督办", "Supervision", "督办"), ("督办", "", "督办"), (None, "X", "X")]
)
def test_names_fall_back_to_what_there_is(site: Flask, zh: str | None, en: str, told: str) -> None:
    with site.test_request_context("/"):
        assert i18n.named(zh, en) == told


def test_times_are_shown_in_beijing(site: Flask) -> None:
    late = datetime(2026, 3, 1, 16, 30, tzinfo=UTC)
    with site.test_request_context("/"):
        assert i18n.moment(late) == "2026-03-02 00:30"
        assert i18n.day(late) == "2026-03-02"
        assert i18n.day(date(2026, 3, 2)) == "2026-03-02"
        assert i18n.moment(None) == ""


def test_placeholders_survive_translation() -> None:
    import re

    with CATALOGUE.open(encoding="utf-8") as file:
        for message in read_po(file):
            if message.id and message.string:
                places = [
                    sorted(re.findall(r"{\w+}|%\(\w+\)s", str(text)))
                    for text in (message.id, message.string)
                ]
                assert places[0] == places[1], message.id
