"""述中: the session is recorded live and survives a killed server and a lost connection."""

from datetime import timedelta

from playwright.sync_api import expect
from sqlalchemy import select

from models import Debriefing, Pulse, Speech
from tests.e2e.acting import PAPER, Office
from tests.e2e.debriefing_city import (
    COMMITTEE,
    EVALUATORS,
    ORGANISER,
    SECRETARIES,
    debriefing_id,
    round_id,
)
from tests.e2e.process import Server
from webapp import clock

FIRST, SECOND, THIRD = SECRETARIES[0], SECRETARIES[2], SECRETARIES[3]
SPOKEN = "抓党建责任压实较好，但支部建设不平衡。"
ASKED = "上年清单第二项为何仍未销号？"


def the_record_is_opened(office: Office, path: str) -> None:
    """Who speaks before last year's problems are told is not called up at all."""
    page = office.go(ORGANISER, path, shot="session_before")
    assert office.outside.sees("planning_secretary", path) == 404
    page.fill("#f-place", "机关工委一楼会议室")
    page.get_by_role("button", name="开始记录").click()
    expect(page.locator(".speakers > li")).to_have_count(12)
    expect(page.get_by_role("button", name="请述职")).to_have_count(0)
    page.click('[data-tabs] a[href="#tab-told"]')
    office.shoot("session_last_year")
    page.get_by_role("button", name="已通报上年问题整改").click()
    page.click('[data-tabs] a[href="#tab-live"]')
    expect(page.locator(".speakers button", has_text="请述职").first).to_be_visible()


def everybody_is_noted(office: Office) -> None:
    page = office.page
    page.click('[data-tabs] a[href="#tab-there"]')
    names = [office.cast.users[who].name for who in EVALUATORS]
    page.fill("#f-roster", "\n".join([*names, "查无此人"]))
    page.locator("form", has=page.locator("#f-roster")).get_by_role("button").click()
    expect(page.locator("#notices")).to_contain_text("未找到：查无此人")
    page.click('[data-tabs] a[href="#tab-there"]')
    expect(page.locator("#tab-there .names label")).to_have_count(40)
    office.shoot("session_there")
    page.click('[data-tabs] a[href="#tab-live"]')


def call(office: Office, who: str) -> None:
    """The next is called up; the form that opens is his."""
    name = office.cast.users[who].name
    office.page.locator(".speakers > li", has_text=name).locator(
        ".acts .btn-outline-primary"
    ).click()
    expect(office.page.locator(".speakers > li.speaks")).to_contain_text(name)


def typed_while_the_server_is_killed(office: Office, server: Server) -> None:
    page = office.page
    call(office, FIRST)
    page.fill("#f-comment", SPOKEN)
    page.fill("#f-score", "95")
    expect(page.locator("[data-kept]")).to_contain_text("已保存")
    server.kill()
    page.fill("#f-question", ASKED)
    expect(page.locator("[data-kept]")).to_contain_text("服务器暂无响应")
    office.shoot("session_server_gone")
    server.start()
    expect(page.locator("[data-kept]")).to_contain_text("已保存")
    office.shoot("session_live")
    assert said_of(office, FIRST) == (SPOKEN, ASKED)


def typed_while_the_line_is_down(office: Office) -> None:
    """The page itself is closed meanwhile; what was typed comes when somebody opens it again."""
    page = office.page
    call(office, SECOND)
    page.context.set_offline(True)
    page.fill("#f-comment", "断网时记录的点评，一字不丢。")
    expect(page.locator("[data-kept]")).to_contain_text("服务器暂无响应")
    page.context.set_offline(False)
    page.goto(f"{office.base_url}/debriefings/rounds/{round_id(office)}/session")
    office.settle()
    assert said_of(office, SECOND)[0] == "断网时记录的点评，一字不丢。"


def two_who_write_at_once_are_told_apart(office: Office) -> None:
    page = office.page
    call(office, THIRD)
    page.fill("#f-comment", "先记的内容")
    office.settle()
    entries = [[name, "另一页所记" if name == "comment" else value]
               for name, value in office.entries("#speech")]  # fmt: skip
    office.outside.sends(ORGANISER, keep_path(office, THIRD), entries)
    page.fill("#f-comment", "后记的内容")
    expect(page.locator("[data-kept]")).to_contain_text("其他人刚刚记录了")
    expect(page.locator("#f-comment")).to_have_value("后记的内容")
    assert said_of(office, THIRD)[0] == "另一页所记"
    page.fill("#f-comment", "两页合并后的内容")
    office.settle()
    assert said_of(office, THIRD)[0] == "两页合并后的内容"


def said_of(office: Office, who: str) -> tuple[str, str]:
    with office.sessions() as session:
        wanted = select(Speech).where(Speech.debriefing_id == debriefing_id(office, who))
        one = session.scalars(wanted).one()
        return one.comment, one.question


def keep_path(office: Office, who: str) -> str:
    return f"/debriefings/rounds/{round_id(office)}/session/{debriefing_id(office, who)}"


def the_others_speak(office: Office) -> None:
    """As fast as it goes: the form is sent for each as the page sends it."""
    by = office.id(COMMITTEE)
    editions = editions_of(office)
    for number, who in enumerate(SECRETARIES):
        entries = [
            ["csrf_token", ""],
            ["_drafted", str(editions[who])],
            ["spoke", "oral"],
            ["comment", said_of(office, who)[0] or "工作有部署，落实要再实一些。"],
            ["question", said_of(office, who)[1]],
            ["by", by],
            ["score", str(96 - number)],
            ["answer", "已制定措施，三个月内完成。"],
        ]
        office.outside.sends(ORGANISER, keep_path(office, who), entries)


def editions_of(office: Office) -> dict[str, int]:
    with office.sessions() as session:
        rows = session.execute(
            select(Debriefing.user_id, Speech.edition).join(
                Speech, Speech.debriefing_id == Debriefing.id
            )
        )
        known = {row[0]: row[1] for row in rows}
    return {who: known[office.cast.users[who].id] for who in SECRETARIES}


def the_screen_shows_who_speaks(office: Office) -> None:
    page = office.go(ORGANISER, f"/debriefings/rounds/{round_id(office)}/screen", shot="wall")
    expect(page.locator(".wall .now")).to_contain_text(office.cast.users[THIRD].name)


def the_record_is_handed_in(office: Office, case: int) -> None:
    page = office.go(ORGANISER, f"/debriefings/rounds/{round_id(office)}/session")
    page.get_by_role("button", name="结束述职，提交会议记录").click()
    page.wait_for_selector("#form")
    expect(page.locator('[name="items-0-comment"]')).to_have_value(SPOKEN)
    page.check('[name="inspection_told"]')
    page.set_input_files('[name="minutes-upload"]', PAPER)
    office.settle()
    office.shoot("hold_session")
    task = office.open_task(case, "hold_session")
    office.hand_in()
    assert page.url == f"{office.base_url}/tasks", page.inner_text("main")
    office.done.append((task, office.cast.users[ORGANISER].id))


def the_day_comes(office: Office) -> None:
    """The server's clock is moved; ours follows."""
    office.forward(ORGANISER, 5, 5)
    with office.sessions() as session:
        clock.set_offset(timedelta(seconds=session.get_one(Pulse, "demo_offset").seconds))


def sitting(office: Office, case: int, server: Server) -> None:
    the_day_comes(office)
    path = f"/debriefings/rounds/{round_id(office)}/session"
    the_record_is_opened(office, path)
    everybody_is_noted(office)
    typed_while_the_server_is_killed(office, server)
    typed_while_the_line_is_down(office)
    two_who_write_at_once_are_told_apart(office)
    the_screen_shows_who_speaks(office)
    the_others_speak(office)
    the_record_is_handed_in(office, case)
