"""A survey in a browser: built, approved, answered on a telephone, settled, concluded, reported."""

import io
import re
from datetime import timedelta
from typing import Any

import pytest
from docx import Document as Docx
from playwright.sync_api import Page, expect
from sqlalchemy import select

from models import Case, Document, Questionnaire, Survey
from tests.e2e.acting import Office
from tests.e2e.axe import can_be_walked, is_accessible
from tests.e2e.city import START
from webapp import clock
from workflows import cases, documents, survey_answers

TITLE = "党建与业务融合情况调研"
TOKEN = re.compile(r"/s/([a-z0-9]{28})")
ANSWERS = 7


def test_a_survey_from_building_to_report(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    questionnaire = building(office)
    case, survey = designing(office, questionnaire)
    answering(office, survey)
    collecting(office, case, survey, monkeypatch)
    concluding(office, case, survey)


def building(office: Office) -> str:
    """Three questions, one of them moved; published, it is frozen."""
    page = office.go("supervisor", "/questionnaires")
    page.fill("#f-title", f"{TITLE}问卷")
    page.get_by_role("button", name="新建问卷").click()
    adding(page, "single", title="结合得如何？", choices="融为一体\n两张皮")
    adding(page, "scale", title="督促整改的力度", low="1", high="5")
    adding(page, "text", title="请说明原因", show_if="两张皮")
    page.get_by_role("button", name="上移第3题").click()
    expect(page.locator("#question-2")).to_contain_text("请说明原因")
    office.shoot("questionnaire")
    is_accessible(page)
    can_be_walked(page)
    page.get_by_role("link", name="手机预览").click()
    office.shoot("questionnaire_preview")
    is_accessible(page)
    page.go_back()
    page.get_by_role("button", name="发布").click()
    expect(page.get_by_text("问卷已发布")).to_be_visible()
    with office.sessions() as session:
        return str(session.scalars(select(Questionnaire.id)).one())


def adding(page: Page, kind: str, **said: str) -> None:
    page.select_option("#f-kind", kind)
    page.get_by_role("button", name="添加题目").click()
    page.wait_for_selector("#form")
    if "show_if" in said:
        page.get_by_label(said.pop("show_if")).check()
    if kind == "single":
        page.check("[name=required]")
    for name, value in said.items():
        page.fill(f"[name={name}]", value)
    page.get_by_role("button", name="保存题目").click()
    page.wait_for_selector("#f-kind")


def designing(office: Office, questionnaire: str) -> tuple[int, int]:
    """The supervisor designs it, a leader approves: it is open."""
    page = office.go("supervisor", "/surveys", shot="surveys_empty")
    is_accessible(page)
    page.get_by_role("button", name="新建问卷调查").click()
    page.wait_for_selector("#form")
    office.fill(
        title=TITLE,
        purpose="弄清两张皮的表现和原因",
        methods=["ask", "visit"],
        team=office.ids("supervisor", "supervisor2"),
        asked=True,
        closes=clock.now() + timedelta(days=7),
    )
    page.wait_for_selector("[name=questionnaire]:visible")
    office.fill(
        questionnaire=questionnaire,
        anonymity="anonymous",
        population=[str(office.cast.units["finance"].id)],
        who="everyone",
        talks=[{"group": "支部书记", "number": "1"}],
    )
    office.settle()
    office.shoot("survey_design")
    office.hand_in()
    with office.sessions() as session:
        case = session.scalars(select(Case.id).where(Case.process == "survey")).one()
    office.do("work_deputy", case, "approve_survey", shot="survey_approval", verdict="approve")
    with office.sessions() as session:
        return case, session.scalars(select(Survey.id)).one()


def answering(office: Office, survey: int) -> None:
    """One answers on a telephone, by a link from a slip; it works once. Others answer as well."""
    page = office.go("supervisor", f"/surveys/{survey}")
    page.get_by_role("link", name="发放链接").click()
    page.get_by_role("button", name="打印").first.click()
    tokens = TOKEN.findall(page.inner_text("main"))
    tokens += giving_out_the_rest(page, survey, office)
    first, *others = tokens
    by_telephone(office, first)
    with office.sessions.begin() as session:
        for place, token in enumerate(others[: ANSWERS - 1]):
            said = {"q-q1": ["c2" if place % 2 else "c1"], "q-q2": ["3"]}
            survey_answers.hand_in(session, token, said, now=clock.now())
    page = office.go("supervisor", f"/surveys/{survey}", shot="survey_running")
    expect(page.locator("main")).to_contain_text(f"已答 {ANSWERS}")
    is_accessible(page)


def giving_out_the_rest(page: Page, survey: int, office: Office) -> list[str]:
    """The slips of the units that have none yet."""
    found: list[str] = []
    while True:
        page.goto(f"{office.base_url}/surveys/{survey}/links")
        buttons = page.get_by_role("button", name="打印")
        if not buttons.count():
            return found
        buttons.first.click()
        page.wait_for_selector(".slips")
        found += TOKEN.findall(page.inner_text("main"))


def by_telephone(office: Office, token: str) -> None:
    browser = office.page.context.browser
    assert browser is not None
    context = browser.new_context(viewport={"width": 390, "height": 844}, locale="zh-CN")
    page = context.new_page()
    page.goto(f"{office.base_url}/s/{token}")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    is_accessible(page)
    page.get_by_role("button", name="交卷").or_(page.get_by_role("button", name="提交")).click()
    expect(page.get_by_role("alert")).to_be_visible()  # the first question has to be answered
    page.get_by_label("两张皮").check()
    page.fill("textarea", "计划分头制定")
    if office.shots:
        page.screenshot(path=office.shots / "survey_telephone.png", full_page=True)
    page.locator("form button.btn-primary").click()
    page.wait_for_url("**/s/thanks/")
    again = page.goto(f"{office.base_url}/s/{token}")
    assert again is not None
    assert again.status == 409
    context.close()


def collecting(office: Office, case: int, survey: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """A talk is recorded on the survey's page; a week later the box is closed and counted."""
    page = office.go("supervisor2", f"/surveys/{survey}")
    page.get_by_role("link", name="安排或登记").first.click()
    page.wait_for_selector("#form")
    office.fill(method="forum", subject="支部书记", record="分头布置，缺少统筹")
    office.fill(held_at=clock.now() - timedelta(hours=1))
    office.shoot("field_note")
    is_accessible(page)
    office.hand_in()
    expect(page.locator("main")).to_contain_text("已记录")
    office.do("supervisor2", case, "hold_talks")
    later = START + timedelta(days=8)
    monkeypatch.setattr(clock._clock, "offset", later - clock.wall())
    office.signed_in.clear()
    with office.sessions.begin() as session:
        cases.wake(session, case, now=later)


def concluding(office: Office, case: int, survey: int) -> None:
    """A problem cites the survey and the talk; approved, the report stands in the case's file."""
    task = office.begin("supervisor", case, "analyse")
    office.fill(
        causes="同谋划不够",
        problems=[{"problem": "党建与业务两张皮", "share": "57"}],
        suggestions=[{"text": "建立联合计划"}],
    )
    for label in ("第1题", "座谈记录"):
        office.page.get_by_label(re.compile(label)).first.check()
    office.finish("supervisor", task, shot="survey_analysis")
    office.do(
        "work_deputy", case, "approve_conclusions", shot="survey_conclusions", verdict="approve"
    )
    page = office.go("supervisor", f"/surveys/{survey}", shot="survey_settled")
    page.get_by_role("link", name="结果", exact=True).click()
    office.shoot("survey_results")
    with office.sessions() as session:
        report = session.scalars(select(Document).where(Document.case_id == case)).one()
        text = "\n".join(one.text for one in _paragraphs(documents.render(session, report)))
    assert f"收回{ANSWERS}份" in text
    assert "依据：问卷" in text
    assert "座谈记录" in text


def _paragraphs(data: bytes) -> list[Any]:
    return list(Docx(io.BytesIO(data)).paragraphs)
