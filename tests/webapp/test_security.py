"""Headers, cookies, tokens, bounds, downloads, exports."""

import csv
import io
from datetime import UTC, date, datetime

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from config import Config
from models import Role
from tests.webapp.conftest import Visitor, kept_rows
from webapp import create_app, exports, security


@pytest.mark.parametrize(
    "path", ["/sign-in", "/frame/parts", "/nowhere", "/frame/fault", "/frame/file"]
)
def test_every_answer_carries_the_headers(signed_in: Visitor, path: str) -> None:
    answer = signed_in.get(path)
    answer.close()
    headers = answer.headers
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "no-store" in headers["Cache-Control"]


def test_a_download_is_saved_and_never_run(signed_in: Visitor) -> None:
    answer = signed_in.get("/frame/file")
    answer.close()
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.headers["Content-Security-Policy"] == security.SANDBOX


def test_the_cookie_is_out_of_reach_of_scripts(visitor: Visitor) -> None:
    cookie = visitor.get("/sign-in").headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


@pytest.mark.usefixtures("site")
def test_behind_tls_cookies_are_secure_and_the_browser_is_told(settings: Config) -> None:
    from dataclasses import replace

    site = create_app(replace(settings, secure_cookies=True, proxy_hops=1))
    answer = site.test_client().get("/sign-in", headers={"X-Forwarded-Proto": "https"})
    assert "; Secure" in answer.headers["Set-Cookie"]
    assert answer.headers["Set-Cookie"].startswith("__Host-")
    assert "max-age" in answer.headers["Strict-Transport-Security"]


def test_a_form_without_its_token_is_refused(signed_in: Visitor) -> None:
    answer = signed_in.post("/frame/form", data={"opinion": "x"})
    assert answer.status_code == 400
    assert "页面已过期" in answer.text


def test_a_page_older_than_its_session_gives_the_text_back(site: Flask, signed_in: Visitor) -> None:
    old = signed_in.token()
    with signed_in.session_transaction() as session:
        session.pop("csrf_token")
    data = {"csrf_token": old, "opinion": "另一页里写的"}
    foreign = signed_in.post("/frame/form", data=data, headers={"Origin": "http://evil.example"})
    assert (foreign.status_code, kept_rows(site)) == (400, [])
    answer = signed_in.post("/frame/form", data=data, headers={"Origin": "http://localhost"})
    assert answer.status_code == 400
    assert "/kept" in answer.text
    assert "另一页里写的" in signed_in.get("/kept").text


def test_a_form_of_too_many_parts_is_refused(signed_in: Visitor) -> None:
    fields = {f"f{n}": "x" for n in range(security.FORM_PARTS + 10)}
    data = {"csrf_token": signed_in.token(), **fields}
    answer = signed_in.post("/frame/form", data=data, content_type="multipart/form-data")
    assert answer.status_code == 413


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("application/x-www-form-urlencoded", "opinion={}"),
        (
            "multipart/form-data; boundary=b",
            '--b\r\nContent-Disposition: form-data; name="opinion"\r\n\r\n{}\r\n--b--\r\n',
        ),
    ],
)
def test_too_much_text_is_refused(signed_in: Visitor, kind: str, body: str) -> None:
    text = body.format("x" * (security.FORM_MEMORY + 10))
    headers = {"X-CSRFToken": signed_in.token()}
    answer = signed_in.post("/frame/form", data=text, content_type=kind, headers=headers)
    assert answer.status_code == 413


DANGEROUS = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\0=1", "＝1", "＋1", "－1", "＠x"]


@pytest.mark.parametrize("text", DANGEROUS)
def test_no_exported_text_is_a_formula(text: str) -> None:
    assert exports.neutral(text).startswith("'")
    rows = list(csv.reader(io.StringIO(exports.as_csv(["a"], [[text]]).decode("utf-8-sig"))))
    assert rows[1][0].startswith("'")
    book = load_workbook(io.BytesIO(exports.as_workbook("清单", ["a"], [[text]])))
    cell = book.active["A2"]  # type: ignore[index]
    assert cell.data_type in ("s", "inlineStr")


@given(st.text(max_size=60))
def test_whatever_is_exported_can_be_read_again(text: str) -> None:
    book = load_workbook(io.BytesIO(exports.as_workbook("清单", ["a"], [[text]])))
    assert book.active is not None
    assert all(cell.data_type != "f" for row in book.active.iter_rows() for cell in row)


def test_times_choices_and_numbers_are_exported_as_read(site: Flask) -> None:
    row = [datetime(2026, 3, 2, 1, 0, tzinfo=UTC), date(2026, 3, 2), Role.CLERK, -3, None]
    with site.test_request_context("/"):
        answer = exports.answer("督办 台账", ["a"] * 5, [row], kind="csv")
        answer.direct_passthrough = False
        lines = answer.get_data().decode("utf-8-sig").splitlines()
    assert lines[1] == "2026-03-02 09:00,2026-03-02,clerk,-3,"
    assert "filename*=UTF-8''" in answer.headers["Content-Disposition"]
