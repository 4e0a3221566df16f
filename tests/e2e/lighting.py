"""Beside it a supervised matter: its light moves by itself, what follows is proposed, not done."""

from playwright.sync_api import expect
from sqlalchemy import select

from models import LightEvent, Matter, Measure, Proposal
from tests.e2e.acting import Office

SUPERVISOR, LEADER, LIAISON, WORKS = (
    "supervisor",
    "work_deputy",
    "finance_liaison",
    "finance_leader",
)


def a_matter_is_opened(office: Office) -> int:
    """The supervisor asks for what was missed; the leader files it; the unit signs for it."""
    office.go(SUPERVISOR, "/supervision").get_by_role("button", name="拟办新事项").click()
    office.page.wait_for_url("**/tasks/*")
    with office.sessions() as session:
        case = session.scalars(select(Matter.case_id)).one()
    office.do(
        SUPERVISOR,
        case,
        "draft_matter",
        wrong=(LEADER, LIAISON),
        shot="draft_matter",
        title="补开第一季度支部党员大会",
        content="第一季度支部党员大会未召开",
        source="deployment",
        source_date=office.day(),
        lead_unit=str(office.cast.units["finance"].id),
        leader=office.id(WORKS),
        requirement="三日内补开并报送会议记录",
        grade="urgent",
        feedback="once",
        disposition="file",
    )
    office.do(
        LEADER, case, "approve_filing", wrong=(SUPERVISOR, LIAISON), verdict="file", floor="green"
    )
    office.do(
        LIAISON,
        case,
        "acknowledge",
        wrong=("planning_liaison", SUPERVISOR),
        answer="accept",
        handler=office.id(WORKS),
    )
    assert lights(office) == ["green"]
    return case


def lights(office: Office) -> list[str]:
    with office.sessions() as session:
        now = session.scalars(select(Matter.light)).one()
        events = session.scalars(select(LightEvent).order_by(LightEvent.id)).all()
    return [*(one.before for one in events), now]


def it_turned_red_by_itself(office: Office, case: int) -> None:
    """Nobody worked, nobody touched the light; it explains itself, and no measure was taken."""
    assert lights(office) == ["green", "blue", "yellow", "red"]
    assert taken(office) == []
    page = office.go(SUPERVISOR, f"/supervision/{case}")
    page.locator("main summary", has_text="为什么").first.click()
    for word in ("规则", "工作日历", "还可以怎么办"):
        expect(page.get_by_text(word).first).to_be_visible()
    office.shoot("matter_light")
    office.do(
        SUPERVISOR,
        case,
        "urge",
        wrong=(LIAISON, LEADER),
        new_date=office.day(3),
        text="请立即补开并报送会议记录",
    )
    office.do(
        LEADER,
        case,
        "order_on_site",
        wrong=(SUPERVISOR, WORKS),
        shot="order_on_site",
        mode="on_site",
        text="现场督办",
        visit_on=office.day(1),
    )


def taken(office: Office) -> list[int]:
    """Measures against the organisation whose matter it is."""
    unit = office.cast.units["finance"].id
    with office.sessions() as session:
        wanted = select(Measure.id).where(Measure.subject_unit_id == unit)
        return list(session.scalars(wanted))


def a_red_too_long_is_only_proposed(office: Office) -> None:
    with office.sessions() as session:
        proposal = session.scalars(select(Proposal).where(Proposal.ground == "red_over")).one()
    assert (taken(office), proposal.status) == ([], "proposed")
    the_proposal_is_declined(office, proposal)


def the_proposal_is_declined(office: Office, proposal: Proposal) -> None:
    """What the rule proposed is a person's to refuse, with a reason that stands on record."""
    page = office.go(LEADER, "/proposals?measure=reminder")
    page.locator("main summary", has_text="不采纳").click()
    page.fill("textarea[name=reason]", "已对责任人采取约谈措施")
    path = f"/proposals/{proposal.id}/decline"
    form = office.entries(f'form[action="{path}"]')
    office.outside.are_refused((SUPERVISOR, "work_secretary"), path, form)
    office.shoot("proposal_declined")
    with page.expect_navigation(wait_until="domcontentloaded"):
        page.get_by_role("button", name="确定").click()
    with office.sessions() as session:
        assert session.get_one(Proposal, proposal.id).status == "declined"
