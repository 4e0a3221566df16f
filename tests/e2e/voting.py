"""民主测评: fifty-two may vote, across a killed server; no second ballot, none that is late."""

import base64
import re

from playwright.sync_api import expect
from sqlalchemy import func, select

from models import Box, Debriefing, Elector, SealedBallot
from tests.e2e.acting import Office
from tests.e2e.debriefing_city import (
    EVALUATORS,
    ORGANISER,
    SCRUTINEERS,
    SECRETARIES,
    round_id,
)
from tests.e2e.process import Server
from workflows import sealing

LATE = EVALUATORS[-1]  # comes when the box is closed
BY_BROWSER = (SECRETARIES[1], EVALUATORS[0], EVALUATORS[20])
GOOD = SECRETARIES[:5]
TOKEN = [["csrf_token", ""]]


def box_id(office: Office) -> int:
    with office.sessions() as session:
        return session.scalars(select(Box.id)).one()


def codes_are_collected(office: Office) -> dict[str, str]:
    codes = {}
    for who in SCRUTINEERS:
        page = office.go(who, "/ballots")
        page.locator("summary", has_text="领取密钥").click()
        page.locator("details[open] button").click()
        codes[who] = page.locator("p.font-monospace").inner_text()
        office.shoot("ballot_code")
    assert (
        office.outside.sends(SCRUTINEERS[0], f"/ballots/{box_id(office)}/key", TOKEN).status == 409
    )
    return codes


def votes_at_the_browser(office: Office, who: str) -> None:
    page = office.go(who, f"/ballots/{box_id(office)}")
    for row in page.locator("tr[data-item]").all():
        row.locator(
            f"input[value={choice_on(office, row.get_attribute('data-item') or '')}]"
        ).check()
    office.shoot("ballot_paper")
    with page.expect_navigation():
        page.get_by_role("button", name="密封投票").click()
    expect(page.locator("#notices")).to_contain_text("选票已投入票箱")


def votes(office: Office, who: str) -> int:
    """The same from his own desk: the paper is read, each mark sealed, all are sent."""
    return office.outside.sends(who, f"/ballots/{box_id(office)}", paper_of(office, who)).status


def paper_of(office: Office, who: str) -> list[list[str]]:
    text = office.outside.reads(who, f"/ballots/{box_id(office)}")
    found = re.search('data-ballot="(.+?)"', text)
    assert found, who
    key = base64.b64decode(found[1])
    items = re.findall('data-item="(.+?)"', text)
    assert len(items) == (11 if who in SECRETARIES else 12)  # nobody on himself
    sealed = [[f"ballot-{one}", seal(key, choice_on(office, one))] for one in items]
    return [["csrf_token", ""], *sealed]


def seal(key: bytes, choice: str) -> str:
    return base64.b64encode(sealing.seal(key, choice)).decode()


def choice_on(office: Office, item: str) -> str:
    """The first five are well thought of."""
    return "good" if item in office.ids(*GOOD) else "fair"


def all_but_one_vote(office: Office, server: Server) -> None:
    everybody = [who for who in (*SECRETARIES, *EVALUATORS) if who not in (*BY_BROWSER, LATE)]
    votes_at_the_browser(office, BY_BROWSER[0])
    assert [votes(office, who) for who in everybody[:20]] == [303] * 20
    server.kill()
    server.start()
    own = len([who for who in (BY_BROWSER[0], *everybody[:20]) if who in SECRETARIES])
    assert counted(office) == (21, 21 * 12 - own)  # every ballot whole, nobody on himself
    votes_at_the_browser(office, BY_BROWSER[1])
    assert [votes(office, who) for who in everybody[20:]] == [303] * len(everybody[20:])
    votes_at_the_browser(office, BY_BROWSER[2])


def counted(office: Office) -> tuple[int, int]:
    """How many are ticked off, and how many marks lie in the urn."""
    with office.sessions() as session:
        ticked = session.scalar(select(func.count()).where(Elector.voted.is_(True)))
        return ticked or 0, session.scalar(select(func.count(SealedBallot.id))) or 0


def a_second_ballot_is_refused(office: Office) -> None:
    who = EVALUATORS[1]
    before = counted(office)
    entries = paper_without_form(office)
    answer = office.outside.sends(who, f"/ballots/{box_id(office)}", entries)
    assert (answer.status, "您已投票" in answer.text()) == (409, True), answer.text()[:3000]
    assert counted(office) == before
    page = office.go(BY_BROWSER[2], f"/ballots/{box_id(office)}", shot="ballot_again")
    expect(page.locator("main")).to_contain_text("您已投票")


def paper_without_form(office: Office) -> list[list[str]]:
    """A whole ballot made without the page: its key is no secret."""
    with office.sessions() as session:
        key = session.scalars(select(Box.public_key)).one()
    assert key is not None
    return [
        ["csrf_token", ""],
        *([f"ballot-{one}", seal(key, "good")] for one in office.ids(*SECRETARIES)),
    ]


def only_the_turnout_is_shown(office: Office) -> None:
    page = office.go(ORGANISER, f"/debriefings/rounds/{round_id(office)}/session")
    page.click('[data-tabs] a[href="#tab-ballot"]')
    expect(page.locator("#tab-ballot")).to_contain_text("51 / 52")
    office.shoot("session_ballot")
    page = office.go(
        ORGANISER, f"/debriefings/rounds/{round_id(office)}/screen", shot="wall_ballot"
    )
    expect(page.locator(".wall")).to_contain_text("51 / 52")
    with office.sessions() as session:
        assert session.scalars(select(Box.result)).one() is None


def it_is_closed_and_counted(office: Office, codes: dict[str, str]) -> None:
    page = office.go(SCRUTINEERS[0], f"/ballots/{box_id(office)}/count", shot="ballot_count")
    for place, who in (("1", SCRUTINEERS[0]), ("2", SCRUTINEERS[1])):
        page.select_option(f"#who-{place}", office.id(who))
        page.fill(f"#code-{place}", codes[who])
    with page.expect_navigation():
        page.get_by_role("button", name="结票计票").click()
    assert counted(office) == (51, 0)
    with office.sessions() as session:
        result = session.scalars(select(Box.result)).one() or {}
    for who in SECRETARIES:
        marks = sum(sum(one.values()) for one in result[office.id(who)].values())
        assert marks == 50  # fifty-one voted, nobody on himself


def a_late_ballot_is_refused(office: Office) -> None:
    entries = paper_without_form(office)
    answer = office.outside.sends(LATE, f"/ballots/{box_id(office)}", entries)
    assert (answer.status, "测评已结束" in answer.text()) == (409, True), answer.text()[:3000]
    assert counted(office) == (51, 0)
    page = office.go(LATE, f"/ballots/{box_id(office)}", shot="ballot_late")
    expect(page.locator("main")).to_contain_text("测评已结束")


def voting(office: Office, case: int, server: Server) -> None:
    codes = codes_are_collected(office)
    all_but_one_vote(office, server)
    a_second_ballot_is_refused(office)
    only_the_turnout_is_shown(office)
    it_is_closed_and_counted(office, codes)
    a_late_ballot_is_refused(office)
    office.do(SCRUTINEERS[0], case, "close_ballot", wrong=(ORGANISER,), closed=True)
    with office.sessions() as session:
        totals = session.scalars(select(Debriefing.total)).all()
    assert len(totals) == 12
    assert None not in totals
