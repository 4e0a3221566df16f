"""The audit area: read by one alone, each reading logged, the chain verified, nothing changed."""

import ast
import io
import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from openpyxl import load_workbook
from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from config import Config
from models import AuditHead, AuditLink, AuditRow, ReadRow, User
from tests.cast import Cast, install
from tests.webapp.conftest import PASSWORD, Visitor
from tests.webapp.town import acts, cast_in, town, visit
from tests.workflows import matter_paths as path
from webapp import db
from webapp.audit import words
from workflows import audit, trail

PAGES = ("/audit", "/audit/security", "/audit/reads", "/audit/chain")


@pytest.fixture
def app(settings: Config, now: datetime, monkeypatch: pytest.MonkeyPatch) -> Iterator[Flask]:
    with town(settings, now, monkeypatch) as app:
        yield app


def user(app: Flask, key: str) -> User:
    cast: Cast = app.extensions["cast"]
    return cast.users[key]


def write(app: Flask, now: datetime, *actions: str, by: str = "supervisor", **more: object) -> None:
    with db.of(app).write.begin() as session:
        for action in actions:
            line = {"subject": "calendar 2027", "actor": user(app, by), "now": now, **more}
            audit.record(session, action=action, **line)  # type: ignore[arg-type]


def empty(app: Flask) -> None:
    """Without what the town's own beginning left."""
    with db.of(app).write.begin() as session:
        session.execute(delete(AuditLink))
        session.execute(delete(AuditRow))


def chain(app: Flask, now: datetime) -> str:
    """Everything is sealed; the head."""
    with db.of(app).write.begin() as session:
        while audit.seal(session, now=now):
            pass
        return audit.verify(session).head


def lines(text: str) -> list[str]:
    """The acts on the page, in the order in which they stand there."""
    return re.findall(
        r"<td class=\"code\">[^<]*</td><td>[^<]*</td><td>([^<]*?)(?: <small|</td>)", text
    )


# ---- who reads it


@pytest.mark.parametrize(
    "who", ["system_admin", "security_admin", "process_admin", "supervisor", "city_secretary"]
)
def test_nobody_else_reads_it_and_each_attempt_is_noted(app: Flask, who: str) -> None:
    visitor = visit(app, who)
    for page in PAGES:
        assert visitor.get(page).status_code == 403
    for form in ("/audit/export", "/audit/chain"):
        assert visitor.send(form, list="trail").status_code == 403
    assert visitor.get("/audit/lines/1").status_code == 403
    with Session(db.of(app).engine) as session:
        refused = session.scalars(
            select(AuditRow.subject_id).where(AuditRow.action == "refused").order_by(AuditRow.id)
        ).all()
        assert refused[0] == "GET /audit"
        assert len(refused) == len(PAGES) + 3
        assert session.scalar(select(func.count(ReadRow.id))) == 0
    assert "/audit" not in visitor.get("/").text


def test_each_reading_is_logged_before_it_is_shown(app: Flask) -> None:
    visitor = visit(app, "audit_admin")
    for page in (*PAGES, "/audit?actor=supervisor"):
        assert visitor.get(page).status_code == 200
    with Session(db.of(app).engine) as session:
        logged = session.scalars(select(ReadRow.page).order_by(ReadRow.id)).all()
    assert logged == [
        "audit trail", "audit security", "audit reads", "audit chain",
        "audit trail: actor=supervisor",
    ]  # fmt: skip
    page = visitor.get("/audit/reads").text
    assert "操作记录 操作人 supervisor" in page
    assert 'href="/audit"' in visitor.get("/").text


def test_the_audit_administrator_changes_nothing(app: Flask, now: datetime) -> None:
    with db.of(app).write.begin() as session:
        install(session, now)
        case = path.opened(cast_in(session, app), now)
        one = case.id
    visitor = visit(app, "audit_admin")
    before, adapter = acts(app), app.url_map.bind("localhost")
    for rule in app.url_map.iter_rules():
        if "POST" not in (rule.methods or ()) or rule.endpoint.split(".")[0] in OWN:
            continue
        values = {name: _some(app, name, one) for name in rule.arguments}
        url = adapter.build(rule.endpoint, values, method="POST")
        visitor.send(url, reason="x", name="x", text="x", until="2026-03-02")
    assert set(acts(app)[len(before) :]) <= {"refused"}


OWN = {"auth", "i18n", "audit", "notices", "news"}


def _some(app: Flask, name: str, case_id: int) -> object:
    cast: Cast = app.extensions["cast"]
    known = {
        "case_id": case_id,
        "unit_id": cast.units["finance"].id,
        "user_id": cast.users["finance_head"].id,
        "year": 2026,
        "act": "give-up",
    }
    return known.get(name, 1)


# ---- filters and pages


def test_the_trail_is_narrowed_down(app: Flask, now: datetime) -> None:
    finance = app.extensions["cast"].units["finance"]
    empty(app)
    write(app, now, "urged", "stopped", by="supervisor", unit_id=finance.id)
    write(app, now - timedelta(days=3), "merged", by="handler", case_id=77)
    write(app, now, "duty_revised", by="handler", outcome="failed")
    visitor = visit(app, "audit_admin")

    def shown(query: str) -> set[str]:
        return set(lines(visitor.get(f"/audit?{query}").text)) - {"登录"}

    assert shown("") == {"催办", "办件终止", "事项合并", "职责修订"}
    assert shown("until=2026-02-27") == {"事项合并"}
    assert shown("since=2026-02-28") == {"催办", "办件终止", "职责修订"}
    assert shown("since=2026-02-27&until=2026-02-27") == {"事项合并"}
    assert shown("actor=handler") == {"事项合并", "职责修订"}
    assert shown(f"actor={user(app, 'handler').login}") == {"事项合并", "职责修订"}
    assert shown("action=stopped") == {"办件终止"}
    assert shown("case=77") == {"事项合并"}
    assert shown("case=无此号") == set()
    assert shown("unit=finance&action=urged") == {"催办"}
    assert shown("unit=planning") == set()
    assert shown("outcome=failed") == {"职责修订"}
    assert shown("subject=str&subject_id=calendar+2027") == shown("")
    assert shown("subject=unit") == set()
    assert shown("since=yesterday&older=x-y&newer=-") == shown("")  # nonsense narrows nothing


def test_the_pages_go_both_ways_without_a_gap(app: Flask, now: datetime) -> None:
    empty(app)
    for number in range(4):  # several lines at the same moment
        moment = now + timedelta(seconds=number)
        write(app, moment, *["urged"] * 30, subject=f"line {number}")
    visitor = visit(app, "audit_admin")
    forward, url = [], "/audit?action=urged"
    while url:
        text = visitor.get(url).text
        forward.append(re.findall(r"/audit/lines/(\d+)", text))
        last, url = url, _beside(text, "next")
    assert [len(page) for page in forward] == [50, 50, 20]
    flat = [one for page in forward for one in page]
    assert flat == sorted(set(flat), key=int, reverse=True)
    back, url = [], last
    while url:
        text = visitor.get(url).text
        back.append(re.findall(r"/audit/lines/(\d+)", text))
        url = _beside(text, "prev")
    assert back == list(reversed(forward))


def _beside(text: str, which: str) -> str:
    found = re.search(rf'rel="{which}" href="(.+?)"', text)
    return found[1].replace("&amp;", "&") if found else ""


def test_security_events_are_apart(app: Flask, now: datetime) -> None:
    write(app, now, "urged")
    stranger = app.test_client()
    assert isinstance(stranger, Visitor)
    for _round in range(6):
        stranger.sign_in(user(app, "handler").login, "wrong")
    stranger.sign_in("Nobody I know", PASSWORD)
    visit(app, "supervisor").get("/audit")
    text = visit(app, "audit_admin").get("/audit/security").text
    assert lines(text).count("登录被拒") == 7
    assert "越权操作被拒" in lines(text)
    assert "催办" not in lines(text)
    assert "Nobody I know" not in text
    for reason in ("口令或激活码错误；账号已锁定", "账号已锁定", "用户名不存在"):
        assert reason in text


def test_a_line_is_told_in_full(app: Flask, now: datetime) -> None:
    with db.of(app).write.begin() as session:
        install(session, now)
        cast = cast_in(session, app)
        for organ in ("finance", "planning"):
            cast.person(f"{organ}_handler", unit=organ)
        case = path.opened(cast, now)
        path.do(cast, case, "draft_matter", "supervisor", now, **path.draft(cast))
        case.title = "不可外传的标题"
        one = case.id
    with Session(db.of(app).engine) as session:
        row = session.scalars(select(AuditRow.id).where(AuditRow.action == "completed")).one()
    visitor = visit(app, "audit_admin")
    text = visitor.get(f"/audit/lines/{row}").text
    for told in ("办结步骤", "supervisor", "责任领导", "finance_leader", "会议议定", "尚未封存"):
        assert told in text, told
    assert "不可外传的标题" not in text  # the audit reads acts, not cases
    assert f"/cases/{one}" not in text
    assert visitor.get("/audit/lines/1").status_code == 404
    assert f"/organisation/people/{user(app, 'audit_admin').id}" in visitor.get("/audit").text


def test_every_act_in_the_code_has_its_word() -> None:
    used = {
        code
        for file in Path("workflows").rglob("*.py")
        if file.name != "audit.py"
        for code in _actions(file)
    }
    used |= {code for file in Path("webapp").rglob("*.py") for code in _actions(file)}
    assert {"urged", "unit_added", "appointed", "refused"} <= used
    assert {code for code in used if code not in words.ACTIONS} == set()


CODE = re.compile("[a-z]+(_[a-z]+)*")


def _actions(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.attr if isinstance(node.func, ast.Attribute) else ""
        name = name or (node.func.id if isinstance(node.func, ast.Name) else "")
        if name == "record":
            found = [one.value for one in node.keywords if one.arg == "action"]
        elif name in ("_note", "note_act"):
            found = list(node.args)
        else:
            continue
        for one in found:
            for part in ast.walk(one):
                if isinstance(part, ast.Constant) and CODE.fullmatch(str(part.value)):
                    yield str(part.value)


# ---- export and chain


@pytest.mark.parametrize("kind", ["xlsx", "csv"])
def test_an_export_is_the_list_and_stands_in_the_trail(
    app: Flask, now: datetime, kind: str
) -> None:
    write(app, now, "urged", detail={"text": "=1+1"}, subject="=cmd")
    write(app, now, "stopped")
    visitor = visit(app, "audit_admin")
    answer = visitor.send("/audit/export", list="trail", action="urged", kind=kind)
    assert answer.status_code == 200
    if kind == "xlsx":
        rows = list(load_workbook(io.BytesIO(answer.data)).worksheets[0].values)
        assert [row[2] for row in rows[1:]] == ["催办"]
        assert rows[1][4] == "'=cmd"
        assert "=1+1" in str(rows[1][8])
    else:
        text = answer.data.decode("utf-8-sig")
        assert "'=cmd" in text
        assert "办件终止" not in text
    with Session(db.of(app).engine) as session:
        line = session.scalars(select(AuditRow).where(AuditRow.action == "audit_exported")).one()
    assert line.actor_name == "audit_admin"
    assert line.detail == {
        "list": "trail", "filter": {"action": "urged"}, "count": 1, "kind": kind,
    }  # fmt: skip


def test_the_read_log_goes_out_too(app: Flask) -> None:
    visitor = visit(app, "audit_admin")
    visitor.get("/audit")
    answer = visitor.send("/audit/export", list="reads")
    rows = list(load_workbook(io.BytesIO(answer.data)).worksheets[0].values)
    assert rows[1][4] == "操作记录"


def test_too_long_an_export_is_refused(
    app: Flask, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trail, "MOST_EXPORTED", 3)
    write(app, now, *["urged"] * 4)
    answer = visit(app, "audit_admin").send("/audit/export", list="trail")
    assert answer.status_code == 422
    assert "audit_exported" not in acts(app)


def test_the_chain_is_verified_and_the_first_fault_named(app: Flask, now: datetime) -> None:
    write(app, now, "urged", "urged")
    write(app, now + timedelta(days=3), "stopped", "merged")
    chain(app, now + timedelta(days=3))
    visitor = visit(app, "audit_admin")
    sound = visitor.send("/audit/chain")
    assert sound.status_code == 200
    assert "审计记录完整" in sound.text
    with Session(db.of(app).engine) as session:
        changed = session.scalars(select(AuditRow.id).where(AuditRow.action == "urged")).first()
        seq = session.scalar(select(AuditLink.seq).where(AuditLink.audit_id == changed))
    with db.of(app).engine.begin() as connection:
        connection.execute(
            update(AuditRow).where(AuditRow.id == changed).values(actor_name="somebody")
        )
    torn = visitor.send("/audit/chain")
    assert f"第{seq}环的记录被改动" in torn.text
    later = visitor.send("/audit/chain", since="2026-03-05")  # the change lies before
    assert "审计记录完整" in later.text
    with Session(db.of(app).engine) as session:
        verified = session.scalars(
            select(AuditRow.outcome)
            .where(AuditRow.action == "chain_verified")
            .order_by(AuditRow.id)
        ).all()
    assert verified == ["done", "failed", "done"]


def test_an_end_cut_off_shows_against_a_head_kept_elsewhere(app: Flask, now: datetime) -> None:
    write(app, now, "urged", "stopped")
    head = chain(app, now)
    seq = int(head.partition(":")[0])
    visitor = visit(app, "audit_admin")
    assert "审计记录完整" in visitor.send("/audit/chain", heads=f" {head} \n").text
    with db.of(app).engine.begin() as connection:
        gone = select(AuditLink.audit_id).where(AuditLink.seq == seq).scalar_subquery()
        last = connection.scalar(select(gone))
        connection.execute(delete(AuditLink).where(AuditLink.seq == seq))
        connection.execute(delete(AuditRow).where(AuditRow.id == last))
        before = select(AuditLink.mac).where(AuditLink.seq == seq - 1).scalar_subquery()
        connection.execute(update(AuditHead).values(seq=seq - 1, mac=before))
    assert "审计记录完整" in visitor.send("/audit/chain").text  # from inside it cannot be seen
    assert "结尾被截去" in visitor.send("/audit/chain", heads=head).text
    wrong = visitor.send("/audit/chain", heads="no head")
    assert wrong.status_code == 422
    assert "no head" in wrong.text
