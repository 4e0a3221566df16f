"""Signing in and out, and how a session ends."""

from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask

from models import User
from tests.webapp.conftest import PASSWORD, Visitor, enrol, kept_rows, now_stored
from webapp import auth, clock, db


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> "Later":
    return Later(monkeypatch)


class Later:
    """The sessions' clock, moved by hand."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.at = datetime.now(UTC)
        monkeypatch.setattr(clock, "wall", lambda: self.at)

    def by(self, **span: float) -> None:
        self.at += timedelta(**span)


def test_every_page_but_the_public_ones_asks_who_you_are(site: Flask, visitor: Visitor) -> None:
    asked = 0
    for rule in site.url_map.iter_rules():
        if rule.endpoint in auth.PUBLIC or rule.arguments:
            continue
        for method in (rule.methods or set()) & {"GET", "POST", "PUT", "DELETE"}:
            answer = visitor.open(rule.rule, method=method)
            assert (answer.status_code, rule.rule) == (303, rule.rule)
            assert answer.location.startswith("/sign-in")
            asked += 1
    assert asked > 10


@pytest.mark.parametrize("path", ["/frame/parts;x", "//frame/parts", "/FRAME/parts", "/frame/%2e/"])
def test_no_odd_path_goes_round_the_guard(visitor: Visitor, path: str) -> None:
    assert visitor.get(path).status_code in (303, 308, 404)
    assert "督〔2026〕" not in visitor.get(path, follow_redirects=True).text


def test_a_stranger_comes_back_to_the_page_asked_for(visitor: Visitor) -> None:
    away = visitor.get("/frame/parts?words=1")
    assert away.location == "/sign-in?next=/frame/parts?words%3D1"
    page = visitor.get(away.location)
    assert 'name="next" value="/frame/parts?words=1"' in page.text
    answer = visitor.send("/sign-in", login="ducha", password=PASSWORD, next="/frame/parts?words=1")
    assert (answer.status_code, answer.location) == (303, "/frame/parts?words=1")
    assert visitor.get("/frame/parts").status_code == 200


@pytest.mark.parametrize(
    "target",
    [
        "//evil.example/x",
        "https://evil.example/frame/parts",
        "/\\evil.example",
        "\\\\evil.example",
        "javascript:alert(1)",
        "/frame/parts\n//evil",
        "/nowhere",
        "/sign-out",  # no page to be opened by GET
        "frame/parts",
        "",
    ],
)
def test_no_address_leads_out_of_the_house(visitor: Visitor, target: str) -> None:
    answer = visitor.send("/sign-in", login="ducha", password=PASSWORD, next=target)
    assert (answer.status_code, answer.location) == (303, "/")


def test_a_wrong_password_is_refused_and_counted(
    site: Flask, visitor: Visitor, member: User
) -> None:
    answer = visitor.sign_in(password="wrong")
    assert answer.status_code == 422
    assert "用户名或密码不正确" in answer.text
    assert 'value="ducha"' in answer.text
    assert now_stored(site, member).failed_sign_ins == 1
    assert visitor.get("/frame/parts").status_code == 303


def test_too_many_wrong_passwords_lock_even_the_right_one_out(
    site: Flask, visitor: Visitor, member: User
) -> None:
    for _ in range(12):
        visitor.sign_in(password="wrong")
    assert visitor.sign_in().status_code == 422
    assert now_stored(site, member).locked_until is not None


def test_an_unknown_name_is_answered_as_a_wrong_password(visitor: Visitor) -> None:
    unknown, wrong = visitor.sign_in("nobody"), visitor.sign_in(password="wrong")
    assert unknown.status_code == wrong.status_code == 422
    assert "用户名或密码不正确" in unknown.text


def test_missing_fields_are_no_fault_of_the_server(visitor: Visitor) -> None:
    assert visitor.send("/sign-in").status_code == 422
    assert visitor.send("/activate").status_code == 422


def test_the_session_is_a_new_one_after_signing_in(visitor: Visitor) -> None:
    visitor.get("/sign-in")
    with visitor.session_transaction() as before:
        before["planted"] = "by somebody else"
        token = before["csrf_token"]
    visitor.sign_in()
    with visitor.session_transaction() as after:
        assert "planted" not in after
        assert after.get("csrf_token") != token


def test_signing_out_ends_the_session_also_in_a_copy_of_the_cookie(signed_in: Visitor) -> None:
    cookie = signed_in.get_cookie("tongze")
    assert cookie is not None
    assert signed_in.send("/sign-out").status_code == 303
    assert signed_in.get("/frame/parts").status_code == 303
    signed_in.set_cookie("tongze", cookie.value)
    assert signed_in.get("/frame/parts").status_code == 303


def test_signing_out_is_no_link(signed_in: Visitor) -> None:
    assert signed_in.get("/sign-out").status_code == 405


def test_a_disabled_person_is_out_at_once(site: Flask, signed_in: Visitor, member: User) -> None:
    with db.of(site).write.begin() as session:
        session.get_one(User, member.id).enabled = False
    assert signed_in.get("/frame/parts").status_code == 303
    assert signed_in.sign_in().status_code == 422


def test_a_session_ends_when_its_key_changes(site: Flask, signed_in: Visitor, member: User) -> None:
    with db.of(site).write.begin() as session:
        session.get_one(User, member.id).session_key = "another"
    assert signed_in.get("/frame/parts").status_code == 303


def test_a_new_password_ends_every_other_session(site: Flask, signed_in: Visitor) -> None:
    other = site.test_client()
    assert isinstance(other, Visitor)
    other.sign_in()
    fresh = "Quite new 2 words"
    wrong = signed_in.send("/password", old_password="wrong", password=fresh, password_again=fresh)
    assert wrong.status_code == 422
    answer = signed_in.send(
        "/password", old_password=PASSWORD, password=fresh, password_again=fresh
    )
    assert answer.status_code == 303
    assert signed_in.get("/frame/parts").status_code == 200
    assert other.get("/frame/parts").status_code == 303
    assert other.sign_in(password=fresh).status_code == 303


def test_the_two_new_passwords_must_be_one(signed_in: Visitor) -> None:
    answer = signed_in.send(
        "/password", old_password=PASSWORD, password="Quite new 2", password_again="Quite new 3"
    )
    assert answer.status_code == 422
    assert "两次输入的密码不一致" in answer.text


def test_an_idle_session_ends(signed_in: Visitor, later: Later) -> None:
    later.by(minutes=29)
    assert signed_in.get("/frame/parts").status_code == 200
    later.by(minutes=29)
    assert signed_in.get("/frame/parts").status_code == 200
    later.by(minutes=31)
    assert signed_in.get("/frame/parts").status_code == 303


def test_a_poll_does_not_keep_a_session_awake(signed_in: Visitor, later: Later) -> None:
    for _ in range(31):
        signed_in.get("/frame/parts", headers={"HX-Request": "true", "X-Background": "1"})
        later.by(minutes=1)
    answer = signed_in.get("/frame/parts", headers={"HX-Request": "true", "X-Background": "1"})
    assert answer.status_code == 401
    assert "HX-Redirect" not in answer.headers  # somebody may be typing there


def test_a_part_of_a_page_sends_the_whole_page_to_sign_in(signed_in: Visitor, later: Later) -> None:
    later.by(minutes=31)
    answer = signed_in.get("/frame/parts", headers={"HX-Request": "true"})
    assert answer.status_code == 401
    assert answer.headers["HX-Redirect"].startswith("/sign-in")


def test_no_session_lasts_longer_than_a_day_of_work(signed_in: Visitor, later: Later) -> None:
    for _ in range(26):
        later.by(minutes=28)
        if signed_in.get("/frame/parts").status_code == 303:
            break
    else:
        pytest.fail("it goes on for ever")


def test_what_was_typed_comes_back_to_the_same_person(
    site: Flask, signed_in: Visitor, later: Later
) -> None:
    token = signed_in.token()
    later.by(minutes=40)
    typed = {
        "csrf_token": token,
        "_form": "1",
        "opinion": "写了半天的意见",
        "password": "no",
        "verdict": "return",
    }
    away = signed_in.post("/frame/form", data=typed)
    assert away.location == "/sign-in?next=/frame/form"
    assert "保留一小时" in signed_in.get(away.location).text
    (row,) = kept_rows(site)
    assert "写了半天" not in row.sealed.decode("latin-1")
    assert signed_in.sign_in().location == "/kept?next=/"
    page = signed_in.get("/kept")
    assert "写了半天的意见" in page.text
    assert 'name="_rerender"' in page.text
    assert 'name="password"' not in page.text
    again = signed_in.send(
        "/frame/form", _kept=str(row.id), _rerender="1", opinion="写了半天的意见", verdict="return"
    )
    assert again.status_code == 200
    assert "写了半天的意见" in again.text
    assert kept_rows(site) == []


def test_files_of_a_lost_form_are_named_as_not_kept(signed_in: Visitor, later: Later) -> None:
    from io import BytesIO

    token = signed_in.token()
    later.by(minutes=40)
    data = {"csrf_token": token, "opinion": "意见", "paper-upload": (BytesIO(b"x"), "方案.docx")}
    signed_in.post("/frame/form", data=data)
    signed_in.sign_in()
    page = signed_in.get("/kept")
    assert "附件不予保留" in page.text
    assert "方案.docx" in page.text


def test_nobody_else_gets_what_was_typed(site: Flask, signed_in: Visitor, later: Later) -> None:
    enrol(site, "li", "李敏")
    token = signed_in.token()
    later.by(minutes=40)
    signed_in.post("/frame/form", data={"csrf_token": token, "opinion": "机密"})
    assert len(kept_rows(site)) == 1
    assert signed_in.sign_in("li").location == "/"
    assert signed_in.get("/kept").status_code == 303
    kept = kept_rows(site)[0].id
    signed_in.send(f"/kept/{kept}/discard")
    assert len(kept_rows(site)) == 1


def test_it_is_kept_for_an_hour_only(signed_in: Visitor, later: Later) -> None:
    token = signed_in.token()
    later.by(minutes=40)
    signed_in.post("/frame/form", data={"csrf_token": token, "opinion": "意见"})
    later.by(minutes=61)
    assert signed_in.sign_in().location == "/"


def test_what_was_kept_can_be_discarded(site: Flask, signed_in: Visitor, later: Later) -> None:
    token = signed_in.token()
    later.by(minutes=40)
    signed_in.post("/frame/form", data={"csrf_token": token, "opinion": "意见"})
    signed_in.sign_in()
    signed_in.send(f"/kept/{kept_rows(site)[0].id}/discard", next="/frame/parts")
    assert kept_rows(site) == []


def test_a_stranger_fills_nobodys_drawer(site: Flask, visitor: Visitor, signed_in: Visitor) -> None:
    stranger = site.test_client()
    stranger.post("/frame/form", data={"opinion": "x"})
    assert kept_rows(site) == []


def test_a_page_of_somebody_else_is_not_kept(site: Flask, signed_in: Visitor, later: Later) -> None:
    later.by(minutes=40)
    signed_in.post("/frame/form", data={"csrf_token": "forged", "opinion": "x"})
    assert kept_rows(site) == []


def test_a_refused_sending_leaves_what_was_kept(
    site: Flask, signed_in: Visitor, later: Later
) -> None:
    token = signed_in.token()
    later.by(minutes=40)
    signed_in.post("/frame/form", data={"csrf_token": token, "opinion": "意见"})
    signed_in.sign_in()
    kept = kept_rows(site)[0].id
    assert signed_in.send("/frame/form", _kept=str(kept)).status_code == 422
    assert len(kept_rows(site)) == 1
