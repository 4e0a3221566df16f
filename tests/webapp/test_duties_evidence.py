"""One obligation and its findings through HTTP: handing in, correcting, excusing, looking."""

import io
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select, update
from werkzeug.test import TestResponse

from config import Config
from models import DutyRule, Evidence, Finding, Obligation, ObligationState, ReadRow, Unit
from tests.cast import Cast
from tests.webapp.conftest import Visitor
from tests.webapp.town import acts, town, visit
from webapp import clock, db
from workflows import definitions, evidence, missed, obligations
from workflows.evidence import Paper
from workflows.findings import Key

PDF = b"%PDF-1.4\n%%EOF\n"
TYPED = {"held_on": "2026-02-10", "present": "15", "expected": "20", "note": "集体学习"}
SECRETARY = "finance_branch_secretary"


@pytest.fixture
def app(settings: Config, now: datetime, monkeypatch: pytest.MonkeyPatch) -> Iterator[Flask]:
    """The branches owe their meeting of the first quarter."""
    with town(settings, now, monkeypatch) as app:
        with db.of(app).write.begin() as session:
            session.execute(update(Unit).where(Unit.kind == "branch").values(member_count=20))
            obligations.generate_due(session, now)
        yield app


@pytest.fixture
def later(app: Flask, now: datetime, monkeypatch: pytest.MonkeyPatch) -> datetime:
    """Sixty days on, the clock has found what was missed."""
    later = now + timedelta(days=60)
    with db.of(app).write.begin() as session:
        obligations.settle_missed(session, now=later)
    monkeypatch.setattr(clock, "now", lambda: later)
    return later


def cast(app: Flask) -> Cast:
    found: Cast = app.extensions["cast"]
    return found


def key(app: Flask, code: str = "DYDH", who: str = "finance_branch") -> Key:
    with db.of(app).read() as session:
        rule = session.scalars(select(DutyRule).where(DutyRule.code == code)).one()
    return Key(rule.id, 20260101, cast(app).units[who].id)


def page(app: Flask, code: str = "DYDH") -> str:
    return f"/duties/obligations/{key(app, code)}"


def state(app: Flask, code: str = "DYDH") -> int:
    with db.of(app).read() as session:
        return session.get_one(Obligation, key(app, code)).state


def on_file(app: Flask) -> list[Evidence]:
    with db.of(app).read() as session:
        return list(session.scalars(select(Evidence).order_by(Evidence.id)))


def readings(app: Flask) -> list[tuple[str, str]]:
    with db.of(app).read() as session:
        rows = session.execute(select(ReadRow.user_name, ReadRow.page).order_by(ReadRow.id))
        return [(name, where) for name, where in rows]


def hand_in(visitor: Visitor, url: str, **more: object) -> TestResponse:
    return visitor.send(url, **{**TYPED, **more})


def upload(data: bytes = PDF, name: str = "会议记录.pdf") -> tuple[io.BytesIO, str]:
    return io.BytesIO(data), name


def test_the_page_says_what_is_asked_and_why(app: Flask) -> None:
    text = visit(app, SECRETARY).get(page(app)).text
    for said in (
        "支部党员大会",
        "第十一条",
        "2026-03-31",
        "2026-04-08",
        "2026r1",
        "清明",
        "2026-04-06",
    ):
        assert said in text, said
    assert 'name="held_on"' in text
    assert "/excuse" not in text  # nobody excuses himself
    seen = visit(app, "supervisor").get(page(app)).text
    assert 'name="held_on"' not in seen
    assert "/excuse" in seen
    assert readings(app) == []  # there is nothing to read yet


def test_evidence_is_handed_in_with_its_paper(app: Flask) -> None:
    visitor = visit(app, SECRETARY)
    answer = hand_in(visitor, page(app), file=upload())
    assert (answer.status_code, answer.location) == (303, page(app))
    assert state(app) == ObligationState.ON_TIME
    (one,) = on_file(app)
    assert (one.held_on, one.present, one.expected, one.note) == (
        date(2026, 2, 10),
        15,
        20,
        "集体学习",
    )
    text = visitor.get(page(app)).text
    assert "会议记录.pdf" in text
    assert "SHA-256" in text
    assert acts(app)[-2:] == ["file_stored", "evidence_handed_in"]


def test_looking_at_evidence_and_fetching_it_is_on_record(app: Flask) -> None:
    hand_in(visit(app, SECRETARY), page(app), file=upload())
    (one,) = on_file(app)
    url = f"{page(app)}/files/{one.file_id}"
    supervisor = visit(app, "supervisor")
    assert url in supervisor.get(page(app)).text
    answer = supervisor.get(url)
    assert answer.data == PDF
    answer.close()
    assert "attachment" in answer.headers["Content-Disposition"]
    assert readings(app) == [("supervisor", "obligation"), ("supervisor", "evidence_file")]
    assert visit(app, "planning_secretary").get(url).status_code == 404
    assert supervisor.get(f"{page(app)}/files/1").status_code == 404
    other = f"/duties/obligations/{key(app, 'DK')}/files/{one.file_id}"
    assert supervisor.get(other).status_code == 404  # of another obligation
    assert len(readings(app)) == 2


IMPOSSIBLE = [
    ("held_on", ""),
    ("held_on", "2026-02-30"),
    ("held_on", "2026-03-03"),  # tomorrow
    ("held_on", "2025-12-31"),
    ("present", ""),
    ("present", "二十"),
    ("present", "21"),
    ("expected", "99999999999"),
]


def test_what_cannot_be_is_named_and_what_was_typed_stays(app: Flask) -> None:
    visitor = visit(app, SECRETARY)
    for field, value in IMPOSSIBLE:
        answer = hand_in(visitor, page(app), **{field: value})
        assert answer.status_code == 422, (field, value)
        assert "is-invalid" in answer.text
        assert "集体学习" in answer.text
    assert on_file(app) == []
    assert state(app) == ObligationState.OPEN


def test_a_file_that_is_none_is_named(app: Flask) -> None:
    answer = hand_in(visit(app, SECRETARY), page(app), file=upload(b"MZ", "x.pdf"))
    assert answer.status_code == 422
    assert 'id="f-file-told" class="fault"' in answer.text
    assert "集体学习" in answer.text
    assert on_file(app) == []


def test_the_second_is_told_who_was_first_and_keeps_what_he_typed(app: Flask) -> None:
    hand_in(visit(app, SECRETARY), page(app))
    visitor = visit(app, "finance_secretary")
    answer = hand_in(visitor, page(app), note="我写的说明", present="18")
    assert answer.status_code == 409
    assert SECRETARY in answer.text
    assert "2026-03-02 09:00" in answer.text
    assert "我写的说明" in answer.text
    assert 'value="18"' in answer.text
    (one,) = on_file(app)
    assert one.note == "集体学习"
    assert f'name="replaces" value="{one.id}"' in answer.text  # sent again, it corrects


def test_a_correction_keeps_the_paper_unless_told_otherwise(app: Flask) -> None:
    visitor = visit(app, SECRETARY)
    hand_in(visitor, page(app), file=upload())
    first = on_file(app)[0]
    assert 'name="keep_file"' in visitor.get(page(app)).text
    more = {"replaces": str(first.id), "present": "16"}
    assert hand_in(visitor, page(app), keep_file="1", **more).status_code == 303
    second = on_file(app)[1]
    assert (second.present, second.file_id) == (16, first.file_id)
    more = {"replaces": str(second.id), "present": "17"}
    assert hand_in(visitor, page(app), **more).status_code == 303
    assert on_file(app)[2].file_id is None
    text = visitor.get(page(app)).text
    assert ">15<" in text  # what stood before stays in the file
    assert hand_in(visitor, page(app), replaces=str(first.id)).status_code == 409


def test_a_stranger_hands_nothing_in(app: Flask, tmp_path: Path) -> None:
    refused = {
        "supervisor": 403,
        "finance_head": 403,
        "finance_member": 404,
        "planning_branch_secretary": 404,
        "system_admin": 404,
    }
    for who, status in refused.items():
        answer = hand_in(visit(app, who), page(app), file=upload())
        assert answer.status_code == status, who
    assert on_file(app) == []
    assert state(app) == ObligationState.OPEN
    assert [one for one in tmp_path.rglob("*") if one.is_file()] == []  # nor is the upload kept


def test_the_superior_excuses_with_a_reason(app: Flask, later: datetime) -> None:
    supervisor = visit(app, "supervisor")
    answer = supervisor.send(f"{page(app)}/excuse", reason=" ")
    assert answer.status_code == 422
    assert "is-invalid" in answer.text
    long = "汛" * 201
    answer = supervisor.send(f"{page(app)}/excuse", reason=long)
    assert (answer.status_code, long in answer.text) == (422, True)
    assert supervisor.send(f"{page(app)}/excuse", reason="汛期抢险").status_code == 303
    assert state(app) == ObligationState.EXCUSED
    assert "汛期抢险" in supervisor.get(page(app)).text
    assert supervisor.send(f"{page(app)}/excuse", reason="再次").status_code == 409
    with db.of(app).read() as session:
        finding = session.scalars(select(Finding).where(Finding.unit_id == key(app).unit_id)).all()
    assert "unfounded" in {one.status for one in finding}


def test_a_stranger_excuses_nothing(app: Flask) -> None:
    refused = {SECRETARY: 403, "finance_head": 403, "planning_secretary": 404, "audit_admin": 404}
    for who, status in refused.items():
        answer = visit(app, who).send(f"{page(app)}/excuse", reason="忙")
        assert answer.status_code == status, who
    assert state(app) == ObligationState.OPEN


def test_a_rule_without_exception_is_not_excused(app: Flask) -> None:
    supervisor = visit(app, "supervisor")
    assert "/excuse" not in supervisor.get(page(app, "ZZSH")).text
    assert supervisor.send(f"{page(app, 'ZZSH')}/excuse", reason="忙").status_code == 422
    assert state(app, "ZZSH") == ObligationState.OPEN


def test_a_supervisor_lifts_what_was_asked_by_mistake(app: Flask, later: datetime) -> None:
    supervisor = visit(app, "supervisor")
    assert f"{page(app)}/lift" in supervisor.get(page(app)).text
    long = "误" * 181
    answer = supervisor.send(f"{page(app)}/lift", why=long)
    assert (answer.status_code, long in answer.text) == (422, True)
    assert supervisor.send(f"{page(app)}/lift", why="列错单位").status_code == 303
    assert state(app) == ObligationState.EXCUSED
    text = supervisor.get(page(app)).text
    assert "列错单位" in text
    assert "/lift" not in text
    assert supervisor.send(f"{page(app)}/lift", why="再次").status_code == 409


def test_a_stranger_lifts_nothing(app: Flask) -> None:
    refused = {
        SECRETARY: 403,
        "finance_secretary": 403,
        "finance_head": 403,
        "planning_secretary": 404,
        "audit_admin": 404,
    }
    for who, status in refused.items():
        answer = visit(app, who).send(f"{page(app)}/lift", why="忙")
        assert answer.status_code == status, who
        if status == 403:
            assert "/lift" not in visit(app, who).get(page(app)).text
    assert state(app) == ObligationState.OPEN


def the_finding(app: Flask) -> str:
    with db.of(app).read() as session:
        wanted = select(Finding.id).where(Finding.key == obligations.missed_key(key(app)))
        return f"/duties/findings/{session.scalars(wanted).one()}"


def test_what_was_missed_is_a_finding_with_its_reasons(app: Flask, later: datetime) -> None:
    visitor = visit(app, SECRETARY)
    assert the_finding(app) in visitor.get("/duties/findings").text
    text = visitor.get(the_finding(app)).text
    for said in ("DYDH/1", "第十一条", "2026r1", page(app), "2026-04-08"):
        assert said in text, said
    assert the_finding(app) in visitor.get(page(app)).text
    for who in ("planning_secretary", "finance_member", "system_admin"):
        assert visit(app, who).get(the_finding(app)).status_code == 404
        assert the_finding(app) not in visit(app, who).get("/duties/findings").text


def test_proof_clears_the_finding(app: Flask, later: datetime) -> None:
    visitor = visit(app, SECRETARY)
    assert hand_in(visitor, page(app)).status_code == 303
    text = visitor.get(the_finding(app)).text
    assert "佐证表明于2026-02-10按期完成" in text
    assert the_finding(app) in visitor.get("/duties/findings?status=unfounded").text
    assert the_finding(app) not in visitor.get("/duties/findings?status=established").text


def test_the_findings_are_narrowed_and_exported(app: Flask, later: datetime) -> None:
    visitor = visit(app, "supervisor")
    branch = cast(app).units["planning_branch"].id
    assert the_finding(app) not in visitor.get(f"/duties/findings?unit={branch}").text
    assert the_finding(app) in visitor.get("/duties/findings?kind=missed_duty").text
    assert the_finding(app) not in visitor.get("/duties/findings?since=2026-04-30").text
    for query in ("since=x", "after=x", "after=2026-01-01_" + "9" * 20, "status=x", "kind=x"):
        assert visitor.get(f"/duties/findings?{query}").status_code == 200, query
    answer = visitor.get("/duties/findings?export=xlsx")
    assert answer.headers["Content-Disposition"].startswith("attachment")


def test_the_proposal_is_known_to_who_decides_it_and_not_to_whom_it_is_about(
    app: Flask, settings: Config, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    later = now + timedelta(days=60)
    with db.of(app).write.begin() as session:
        definitions.publish_folder(session, settings.bpmn_folder / "reminder", by=None, now=now)
        missed.propose(session, obligations.settle_missed(session, now=later), now=later)
    monkeypatch.setattr(clock, "now", lambda: later)
    seen = {
        who: "/proposals" in visit(app, who).get(page(app)).text.partition("<main")[2]
        for who in ("finance_secretary", SECRETARY, "supervisor", "work_deputy")
    }
    assert not seen[SECRETARY]
    assert sum(seen.values()) == 1


def test_evidence_that_somebody_else_brought_is_shown_as_it_came(app: Flask, now: datetime) -> None:
    with db.of(app).write.begin() as session:
        by = cast(app).users["finance_secretary"]
        few = Paper(date(2026, 2, 10), present=3, expected=20)
        evidence.hand_in(session, key(app), few, by=by, now=now)
    text = visit(app, SECRETARY).get(page(app)).text
    assert "finance_secretary" in text
    assert "超过半数" in text  # too few came: said, and no bar


def test_what_names_no_obligation_is_not_found(app: Flask) -> None:
    visitor = visit(app, "supervisor")
    for text in ("x", "1-2-3", "9999999999999999999-20260101-1", "1-2", "0-0-0"):
        url = f"/duties/obligations/{text}"
        assert visitor.get(url).status_code == 404, text
        assert visitor.send(url, **TYPED).status_code == 404, text
        assert visitor.send(f"{url}/excuse", reason="x").status_code == 404, text
