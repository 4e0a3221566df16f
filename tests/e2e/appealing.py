"""The last chapter: 申诉 within a month, a lighter decision, and the same circle told again."""

from sqlalchemy import select

from models import Acknowledgement, Case, Delivery, Document, Measure
from tests.e2e.acting import SIGN, Each, Office
from webapp import clock
from workflows import effects

SUBJECT = "finance_branch2_secretary"
DECIDER, BELOW = "city_secretary", "work_secretary"
FIRST_TEAM, REVIEWS, JOINS = "supervisor2", "supervisor4", "supervisor5"
HANDLER, CLERK = "handler2", "clerk"
TESTS = ("facts", "evidence", "basis", "responsibility", "procedure", "handling")


def he_appeals(office: Office, measure: Measure) -> int:
    """From his own page of the case; execution is not suspended."""
    page = office.go(SUBJECT, f"/cases/{measure.case_id}")
    page.get_by_role("link", name="申诉").click()
    office.fill(grounds="责任认定过重", request="请求变更为通报", signature=SIGN)
    office.shoot("appeal_request")
    path = f"/measures/{measure.id}/appeal"
    office.outside.are_refused(("finance_secretary", HANDLER), path, office.entries("#form"))
    page.get_by_role("button", name="提交申诉").click()
    page.wait_for_url("**/cases/*")
    with office.sessions() as session:
        wanted = select(Case.id).where(Case.parent_case_id == measure.case_id)
        return session.scalars(wanted.where(Case.process == "appeal")).one()


def it_is_admitted(office: Office, case: int) -> None:
    office.do(
        HANDLER,
        case,
        "register_appeal",
        wrong=("supervisor", SUBJECT),
        shot="register_appeal",
        kind="appeal",
        received_on=office.day(),
        in_time=True,
        verdict="admit",
    )
    task = office.begin(DECIDER, case, "appoint_reviewers")
    office.try_in_vain(
        "不得复查",
        reviewers=office.ids(FIRST_TEAM, REVIEWS),
        recusal_asked=True,
    )
    office.page.uncheck(f'[name="reviewers"][value="{office.id(FIRST_TEAM)}"]')
    office.finish(DECIDER, task, wrong=(BELOW, SUBJECT), reviewers=office.ids(JOINS))


def it_is_reviewed(office: Office, case: int) -> None:
    tests = [{"test": one, "ok": one != "handling", "reason": "已核"} for one in TESTS]
    office.do(
        REVIEWS,
        case,
        "review_appeal",
        wrong=(FIRST_TEAM, SUBJECT),
        shot="review_appeal",
        heard="听取申诉人意见",
        tests=tests,
        proposal="change",
        abuse_suspected=False,
    )
    office.do(
        CLERK,
        case,
        "discuss_appeal",
        wrong=(HANDLER, BELOW),
        meeting="市委常委会会议",
        held_on=office.day(),
        minutes="1",
        conclusion="change",
        new_form=["circular"],
        reason="处理偏重",
    )


def it_is_changed(office: Office, case: int, old: Measure) -> Measure:
    """A new act takes the old one's place; he may be promoted and honoured again."""
    assert bars(office) == ["promotion", "award", "candidate"]
    office.do(
        DECIDER,
        case,
        "decide_appeal",
        wrong=(REVIEWS, BELOW, SUBJECT),
        shot="decide_appeal",
        verdict="change",
        reason="处理偏重，予以变更",
        signature=SIGN,
    )
    with office.sessions() as session:
        before = session.get_one(Measure, old.id)
        new = session.scalars(select(Measure).where(Measure.supersedes_id == old.id)).one()
    assert (before.state, before.form) == ("superseded", "admonition")
    assert (new.state, new.form, new.effect_until) == ("executed", "circular", None)
    assert bars(office) == []
    return new


def bars(office: Office) -> list[str]:
    with office.sessions() as session:
        user = office.cast.users[SUBJECT].id
        return [bar for bar, _ in effects.bars_of(session, user, now=clock.now())]


def the_same_circle_is_told(office: Office, case: int, old: Measure) -> None:
    name = office.cast.users[SUBJECT].name
    office.do(
        HANDLER,
        case,
        "serve_reply",
        wrong=(CLERK, SUBJECT),
        served=[{"who": name, "received_on": office.day(), "receipt": "1"}],
    )
    circle = served(office, old.case_id)
    office.do(
        HANDLER,
        case,
        "tell_again",
        wrong=(SUBJECT, FIRST_TEAM),
        shot="tell_again",
        scope=Each({"how": "书面", "done_on": office.day()}),
        filed_both=True,
    )
    assert served(office, case, "correction_circular") == circle
    with office.sessions() as session:
        told = select(Acknowledgement.user_id).where(Acknowledgement.subject == "更正通报")
        assert set(session.scalars(told)) == circle
        assert session.get_one(Case, case).outcome == "appeal_corrected"
    for who in (SUBJECT, "finance_head"):
        page = office.go(who, "/reading", shot="reading")
        assert page.get_by_text("更正通报").count() > 0
    office.go(SUBJECT, f"/cases/{old.case_id}", shot="corrected_case")


def served(office: Office, case: int, template: str = "") -> set[int | None]:
    with office.sessions() as session:
        rows = select(Delivery.recipient_id).join(Document, Document.id == Delivery.document_id)
        rows = rows.where(Document.case_id == case)
        if template:
            rows = rows.where(Document.template == template)
        return set(session.scalars(rows))


def appealing(office: Office, measure: Measure) -> None:
    office.forward("supervisor", 5)
    case = he_appeals(office, measure)
    it_is_admitted(office, case)
    it_is_reviewed(office, case)
    it_is_changed(office, case, measure)
    the_same_circle_is_told(office, case, measure)
