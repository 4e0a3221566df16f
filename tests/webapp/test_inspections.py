"""The pages of inspections: plan, rules, visits; each part for who has one, reads on record."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from io import BytesIO

import pytest
from docx import Document as Word
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from models import (
    Case,
    FieldEvidence,
    FieldFinding,
    Institution,
    ReadRow,
    Sample,
    SupervisionPlanEntry,
)
from tests.cast import Cast
from tests.inspecting import (
    FACT,
    TEAM,
    TOPIC,
    city,
    concluded,
    drawn,
    filed,
    found,
    hand_in,
    heard,
    paper,
    planned,
    records,
    running,
    visit_of,
)
from tests.webapp.conftest import HASH, Visitor, visit
from tests.workflows.test_files import png
from workflows import sampling
from workflows.deadlines import day_of

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
PAGE = "/inspections"


@pytest.fixture
def cast(session: Session) -> Cast:
    cast = city(session, NOW)
    for user in cast.users.values():
        user.password_hash, user.session_key = HASH, "k"
    session.commit()
    return cast


def sent(visitor: Visitor, url: str, form: Mapping[str, object]) -> TestResponse:
    """A form of the page is sent with its token."""
    return visitor.post(url, data={"csrf_token": visitor.token(), **form})


def entry_form(cast: Cast, **more: object) -> dict[str, object]:
    given = {
        "year": "2026",
        "code": "DJ-02",
        "kind": "topical",
        "topic": "支部规范化建设督导",
        "from": "2026-03-10",
        "to": "2026-03-20",
        "units": [str(cast.units["finance"].id)],
    }
    return given | more


def test_a_plan_is_made_filed_and_begun(app: Flask, cast: Cast) -> None:
    supervisor = visit(app, cast, "supervisor")
    assert "还没有项目" in supervisor.get(f"{PAGE}/plan").text
    assert sent(supervisor, f"{PAGE}/plan", entry_form(cast)).status_code == 303
    entry = cast.session.scalars(select(SupervisionPlanEntry)).one()
    cast.session.commit()
    refused = sent(supervisor, f"{PAGE}/plan/{entry.id}/begin", {})
    assert refused.status_code == 422
    assert "尚未备案" in refused.text
    number = {"year": "2026", "number": "备〔2026〕7号", "on": "2026-03-02"}
    assert sent(supervisor, f"{PAGE}/plan/file", number).status_code == 303
    assert sent(supervisor, f"{PAGE}/plan/{entry.id}/begin", {}).status_code == 303
    assert "备〔2026〕7号" in supervisor.get(f"{PAGE}/plan").text
    case = cast.session.scalars(select(Case)).one()
    assert case.key == f"inspection:{entry.id}"


def test_an_item_that_overlaps_is_refused_and_the_other_named(app: Flask, cast: Cast) -> None:
    planned(cast, NOW)
    cast.session.commit()
    supervisor = visit(app, cast, "supervisor")
    refused = sent(supervisor, f"{PAGE}/plan", entry_form(cast))
    assert refused.status_code == 422
    assert TOPIC in refused.text
    assert "支部规范化建设督导" in refused.text  # what was typed is kept
    later = entry_form(cast, **{"from": "2026-06-01", "to": "2026-06-10"})
    assert sent(supervisor, f"{PAGE}/plan", later).status_code == 303


def test_a_faulty_item_is_told_by_field(app: Flask, cast: Cast) -> None:
    supervisor = visit(app, cast, "supervisor")
    for form, field in (
        ({"to": ""}, "f-to"),
        ({"topic": ""}, "f-topic"),
        ({"units": []}, "units"),
        ({"from": "2025-03-10", "to": "2025-03-12"}, "f-to"),
    ):
        answer = sent(supervisor, f"{PAGE}/plan", entry_form(cast, **form))
        assert answer.status_code == 422, field
        assert 'class="fault"' in answer.text


def test_the_plan_is_for_who_keeps_it(app: Flask, cast: Cast) -> None:
    entry = filed(cast, NOW)
    cast.session.commit()
    stranger = visit(app, cast, "finance_secretary")
    assert TOPIC not in stranger.get(f"{PAGE}/plan").text
    assert sent(stranger, f"{PAGE}/plan", entry_form(cast)).status_code == 403
    assert sent(stranger, f"{PAGE}/plan/{entry.id}/begin", {}).status_code == 404
    assert sent(stranger, f"{PAGE}/plan/{entry.id}/withdraw", {"reason": "x"}).status_code == 404
    supervisor = visit(app, cast, "supervisor")
    assert sent(supervisor, f"{PAGE}/plan/{entry.id}/withdraw", {"reason": ""}).status_code == 422
    assert (
        sent(supervisor, f"{PAGE}/plan/{entry.id}/withdraw", {"reason": "并入"}).status_code == 303
    )
    again = sent(supervisor, f"{PAGE}/plan/{entry.id}/withdraw", {"reason": "并入"})
    assert again.status_code == 422


def test_the_team_works_on_the_page_of_the_visit(app: Flask, cast: Cast) -> None:
    case = running(cast, NOW)
    ids = records(cast, 9, NOW)
    page = f"{PAGE}/visits/{visit_of(cast, case).id}"
    cast.session.commit()
    member = visit(app, cast, TEAM[0])
    start = (day_of(NOW) - timedelta(days=60)).isoformat()
    drawing = {"kind": "meeting", "from": start, "to": day_of(NOW).isoformat(), "size": "3"}
    assert sent(member, f"{page}/samples", {**drawing, "size": "0"}).status_code == 422
    assert sent(member, f"{page}/samples", drawing).status_code == 303
    sample = cast.session.scalars(select(Sample)).one()
    assert sample.picks == sampling.draw(ids, sample.seed, 3)
    seed = sample.seed
    cast.session.commit()
    told = member.get(f"{page}/samples/1").text
    assert seed in told
    assert "结果一致" in told


def test_a_record_that_was_drawn_becomes_the_evidence_of_a_problem(app: Flask, cast: Cast) -> None:
    case = running(cast, NOW)
    records(cast, 9, NOW)
    one = visit_of(cast, case)
    sample, page = drawn(cast, one, NOW), f"{PAGE}/visits/{one.id}"
    evidence = {
        "method": "check",
        "held_on": "2026-03-02",
        "text": "无签到",
        "sample": str(sample.id),
        "record": sample.picks[0],
    }
    cast.session.commit()
    member = visit(app, cast, TEAM[0])
    assert sent(member, f"{page}/evidence", {**evidence, "text": ""}).status_code == 422
    assert sent(member, f"{page}/evidence", evidence).status_code == 303
    piece = cast.session.scalars(select(FieldEvidence)).one().id
    cast.session.commit()
    problem = {"fact": FACT, "severity": "general", "rule": "DYDH/1", "requirement": "补正"}
    refused = sent(member, f"{page}/problems", problem)
    assert refused.status_code == 422
    assert "至少引用一条" in refused.text
    assert FACT in refused.text
    assert sent(member, f"{page}/problems", {**problem, "cites": [str(piece)]}).status_code == 303
    assert "党员大会" in member.get(page).text


def test_a_photograph_goes_with_the_evidence_and_the_unit_does_not_see_it(
    app: Flask, cast: Cast
) -> None:
    case = running(cast, NOW)
    page = f"{PAGE}/visits/{visit_of(cast, case).id}"
    cast.session.commit()
    member = visit(app, cast, TEAM[0])
    typed = {"method": "look", "held_on": "2026-03-02", "text": "公开栏已过期"}
    bad = sent(member, f"{page}/evidence", {**typed, "file": (BytesIO(b"MZ"), "a.exe")})
    assert bad.status_code == 422
    assert "公开栏已过期" in bad.text  # what was typed stays
    photo = (BytesIO(png()), "公开栏.png")
    assert sent(member, f"{page}/evidence", {**typed, "file": photo}).status_code == 303
    piece = cast.session.scalars(select(FieldEvidence)).one()
    file = f"{page}/evidence/{piece.id}"
    cast.session.commit()
    assert file in member.get(page).text
    with member.get(file) as answer:
        assert (answer.status_code, answer.data) == (200, png())
    unit = visit(app, cast, "finance_secretary")
    assert unit.get(file).status_code == 404
    assert visit(app, cast, "planning_secretary").get(file).status_code == 404
    assert unit.get(f"/files/{piece.file_id}").status_code == 404
    assert unit.get(page).text.count("公开栏") == 0


def test_the_printed_sample_says_how_to_draw_it_again(app: Flask, cast: Cast) -> None:
    case = running(cast, NOW)
    records(cast, 9, NOW)
    page = f"{PAGE}/visits/{visit_of(cast, case).id}"
    cast.session.commit()
    member = visit(app, cast, TEAM[0])
    drawing = {"kind": "meeting", "from": "2026-01-01", "to": "2026-03-02", "size": "4"}
    sent(member, f"{page}/samples", drawing)
    sample = cast.session.scalars(select(Sample)).one()
    seed, picks, frame = sample.seed, list(sample.picks), list(sample.frame)
    cast.session.commit()
    answer = member.get(f"{page}/samples/1.docx")
    text = "\n".join(one.text for one in Word(BytesIO(answer.data)).paragraphs)
    assert all(part in text for part in (seed, sampling.digest(frame), *picks))


def test_the_unit_answers_and_sees_nobody_elses(app: Flask, cast: Cast) -> None:
    case = running(cast, NOW, "finance", "planning")
    row = found(cast, visit_of(cast, case), NOW)
    page = f"{PAGE}/visits/{visit_of(cast, case).id}"
    cast.session.commit()
    secretary = visit(app, cast, "finance_secretary")
    assert FACT not in secretary.get(page).text
    hand_in(cast, case, NOW, "problems")
    cast.session.commit()
    told = secretary.get(page).text
    assert FACT in told
    assert "抽取样本" not in told
    assert secretary.get(f"{page}/samples/1").status_code == 404
    url = f"{PAGE}/problems/{row.id}/answer"
    assert sent(secretary, url, {"answer": "explain", "explanation": ""}).status_code == 422
    assert sent(secretary, url, {"answer": "agree"}).status_code == 303
    for who in ("planning_secretary", "planning_head", "finance_member"):
        stranger = visit(app, cast, who)
        assert stranger.get(page).status_code == 404
        assert sent(stranger, url, {"answer": "agree"}).status_code == 404
    assert "planning" not in secretary.get(f"{PAGE}").text


def test_a_lead_cannot_be_reached_by_the_unit(app: Flask, cast: Cast) -> None:
    case = running(cast, NOW)
    lead = found(cast, visit_of(cast, case), NOW, "violation", fact="涉嫌套取经费")
    found(cast, visit_of(cast, case), NOW)
    hand_in(cast, case, NOW, "problems")
    page = f"{PAGE}/visits/{visit_of(cast, case).id}"
    cast.session.commit()
    secretary = visit(app, cast, "finance_secretary")
    assert "涉嫌套取经费" not in secretary.get(page).text
    url = f"{PAGE}/problems/{lead.id}/answer"
    assert sent(secretary, url, {"answer": "agree"}).status_code == 404
    assert "涉嫌套取经费" in visit(app, cast, TEAM[0]).get(page).text


def test_every_reading_of_a_visit_is_on_record(app: Flask, cast: Cast) -> None:
    case = running(cast, NOW)
    one = visit_of(cast, case)
    page, overview = f"{PAGE}/visits/{one.id}", f"{PAGE}/{one.inspection_id}"
    cast.session.commit()
    supervisor = visit(app, cast, "supervisor")
    for url in (page, overview, f"{PAGE}?export=xlsx"):
        assert supervisor.get(url).status_code == 200
    pages = set(cast.session.scalars(select(ReadRow.page)))
    assert {"inspection visit", "inspection", "inspections export"} <= pages


def test_the_page_leads_to_the_rectification_and_its_revisit(app: Flask, cast: Cast) -> None:
    case = running(cast, NOW)
    row = found(cast, visit_of(cast, case), NOW)
    hand_in(cast, case, NOW, "problems")
    heard(cast, case, row, NOW)
    concluded(cast, case, NOW, paper(cast, case, NOW))
    one = visit_of(cast, case)
    urls = (f"{PAGE}/visits/{one.id}", f"{PAGE}/{one.inspection_id}")
    link = f"/cases/{one.rectification_id}"
    assert cast.session.get_one(FieldFinding, row.id).finding_id is not None
    cast.session.commit()
    for url in urls:
        assert link in visit(app, cast, "supervisor").get(url).text
        assert link in visit(app, cast, "finance_secretary").get(url).text


def test_a_settled_problem_is_told_in_words(app: Flask, cast: Cast) -> None:
    case = running(cast, NOW)
    row = found(cast, visit_of(cast, case), NOW)
    hand_in(cast, case, NOW, "problems")
    cast.session.commit()
    member = visit(app, cast, TEAM[0])
    early = sent(member, f"{PAGE}/problems/{row.id}/settle", {"verdict": "keep", "reason": "x"})
    assert early.status_code == 409
    secretary = visit(app, cast, "finance_secretary")
    sent(
        secretary, f"{PAGE}/problems/{row.id}/answer", {"answer": "explain", "explanation": "已补"}
    )
    assert "已补" in member.get(f"{PAGE}/visits/{row.visit_id}").text


def test_lists_filter_export_and_say_what_to_do(app: Flask, cast: Cast) -> None:
    supervisor = visit(app, cast, "supervisor")
    assert "年度计划" in supervisor.get(PAGE).text
    assert "没有登记制度" in supervisor.get(f"{PAGE}/rules").text
    running(cast, NOW)
    cast.session.commit()
    assert TOPIC in supervisor.get(f"{PAGE}?kind=topical&state=running&words=两张皮").text
    assert TOPIC not in supervisor.get(f"{PAGE}?kind=daily").text
    for url in (PAGE, f"{PAGE}/plan", f"{PAGE}/rules"):
        assert supervisor.get(f"{url}?export=xlsx").data[:2] == b"PK"
    assert supervisor.get(f"{PAGE}?before=9x&unit=7&since=not").status_code == 200
    assert TOPIC not in visit(app, cast, "planning_secretary").get(PAGE).text


def test_a_daily_follow_up_is_begun_with_its_topic(app: Flask, cast: Cast) -> None:
    supervisor = visit(app, cast, "supervisor")
    assert sent(supervisor, f"{PAGE}/daily", {"topic": " "}).status_code == 422
    assert sent(supervisor, f"{PAGE}/daily", {"topic": "整改回头看"}).status_code == 303
    stranger = visit(app, cast, "finance_secretary")
    assert sent(stranger, f"{PAGE}/daily", {"topic": "整改回头看"}).status_code == 403


def rule_form(cast: Cast, **more: object) -> dict[str, object]:
    given = {
        "unit": str(cast.units["finance"].id),
        "code": "YS-01",
        "kind": "deliberation",
        "name": "党组议事规则",
        "paper": "财党〔2026〕1号",
        "requirement": "三重一大事项集体讨论决定",
        "active_from": "2026-01-01",
    }
    return given | more


def test_an_organ_keeps_its_rules_in_versions(app: Flask, cast: Cast) -> None:
    office = visit(app, cast, "finance_deputy")
    assert sent(office, f"{PAGE}/rules/new", rule_form(cast, name="")).status_code == 422
    assert sent(office, f"{PAGE}/rules/new", rule_form(cast)).status_code == 303
    assert sent(office, f"{PAGE}/rules/new", rule_form(cast)).status_code == 422  # the same again
    first = cast.session.scalars(select(Institution)).one().id
    cast.session.commit()
    assert "财党〔2026〕1号" in office.get(f"{PAGE}/rules/new?of={first}").text
    second = rule_form(cast, requirement="增加末位表态", active_from="2026-02-01")
    assert sent(office, f"{PAGE}/rules/new", second).status_code == 303
    rows = cast.session.scalars(select(Institution).order_by(Institution.number)).all()
    assert [(one.number, one.active_until) for one in rows] == [
        (1, rows[1].active_from), (2, None),
    ]  # fmt: skip
    newest = rows[1].id
    cast.session.commit()
    assert sent(office, f"{PAGE}/rules/{newest}/end", {"on": "2026-01-01"}).status_code == 422
    assert sent(office, f"{PAGE}/rules/{newest}/end", {"on": "2026-03-02"}).status_code == 303
    assert sent(office, f"{PAGE}/rules/{newest}/end", {"on": "2026-03-02"}).status_code == 422
    for who in ("planning_deputy", "finance_member"):
        stranger = visit(app, cast, who)
        assert sent(stranger, f"{PAGE}/rules/new", rule_form(cast)).status_code in (403, 422)
        assert sent(stranger, f"{PAGE}/rules/{newest}/end", {"on": "2026-03-05"}).status_code in (
            403, 404,
        )  # fmt: skip
