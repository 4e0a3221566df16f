"""Guards 1 to 10 of the procedure, each attempted through the pages and refused by its rule.

The way to the state goes by the service; the attempt is a browser's. Beside each attempt stands
its valid twin. A refusal names the rule in the reader's language and changes no row.
"""

import re
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import partial
from itertools import count

import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from models import Document, Finding, Proposal, StoredFile
from tests.cast import Cast
from tests.webapp.desk import Desk, opened
from tests.workflows import matter_paths, steps
from tests.workflows.test_lights import ordered
from webapp import db
from workflows import cases, findings

WHO, SECOND = "finance_head", "finance_secretary"
TAG = [{"tag": "actively_remedied", "adopted": True, "reason": "主动补救属实"}]
FAULTS = re.compile(r'role="alert".*?</div>', re.DOTALL)
_numbers = count(1)


@pytest.fixture(scope="module")
def desk(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """One city for all: each test works on a case, and on facts, of its own."""
    with opened(database_url, tmp_path_factory.mktemp("files")) as desk:
        yield desk


def refused(
    desk: Desk, rule: int, who: str, attempt: Callable[[], TestResponse], status: int = 422
) -> str:
    """Refused in both languages by that rule; nothing has changed. The Chinese page."""
    desk.visit(who)
    before, told = desk.rows(), ""
    for language, name in (("en", f"Rule {rule}: "), ("zh", f"规则{rule}：")):
        desk.visit(who).send("/language", language=language)
        answer = attempt()
        told = answer.text
        assert (answer.status_code, language) == (status, language), FAULTS.findall(told)
        assert name in told, FAULTS.findall(told)
    assert desk.rows() == before
    return told


def passes(answer: TestResponse) -> None:
    assert answer.status_code == 303, answer.text


def a_fact(cast: Cast, now: datetime) -> Finding:
    return steps.fact(cast, now, f"meeting:{next(_numbers)}")


def proposed(desk: Desk, who: str = WHO, finding: Finding | None = None) -> int:
    """The case of a proposal that was accepted: its entry waits."""
    with desk.behind() as cast:
        finding = finding or a_fact(cast, desk.now)
        unit = "finance" if who == WHO else "finance_committee"
        return steps.proposed_case(cast, desk.now, "accountability", who, unit, finding).id


def entered(desk: Desk) -> int:
    case = proposed(desk)
    with desk.behind() as cast:
        steps.enter(cast, desk.case(case), desk.now)
    return case


def heard(desk: Desk) -> int:
    """Started, inquired into, and the subject heard: the report waits."""
    case, now = entered(desk), desk.now
    with desk.behind() as cast:
        steps.start(cast, desk.case(case), now)
        steps.team(cast, desk.case(case), now)
        steps.investigate(cast, desk.case(case), now, key_of(cast))
        steps.hear(cast, desk.case(case), now, WHO)
    return case


def key_of(cast: Cast, who: str = WHO) -> str:
    return f"user-{cast.users[who].id}"


def page(
    desk: Desk, act: Callable[..., object], case: int, *args: object, **more: object
) -> TestResponse:
    """One of the acts of steps.py, sent from the page; what came back."""
    with desk.by_page() as answers:
        act(desk.cast, desk.case(case), *args, **more)
    return answers[0]


def test_1_a_form_fits_its_kind_of_subject(desk: Desk) -> None:
    case, now = heard(desk), desk.now
    with desk.behind() as cast:
        steps.report(cast, desk.case(case), now, key_of(cast))
        steps.sign(cast, desk.case(case), now)
    key = key_of(desk.cast)

    def conclude(form: str) -> TestResponse:
        return page(desk, steps.conclude, case, now, key, form)

    told = refused(desk, 1, "clerk", lambda: conclude("examination"))
    assert "“检查”不适用于此类对象" in told
    assert "履行主体责任不力" in told  # what was typed is shown again
    passes(conclude("admonition"))


def test_1_who_is_no_leading_cadre_is_no_subject(desk: Desk) -> None:
    with desk.behind() as cast:
        cast.holder("finance_clerk", "组织员", "finance_branch")
    case, now = proposed(desk), desk.now
    told = refused(desk, 1, "handler", lambda: page(desk, steps.enter, case, now, "finance_clerk"))
    assert "finance_clerk 不是党的领导干部" in told
    passes(page(desk, steps.enter, case, now))


def test_2_who_started_it_does_not_investigate(desk: Desk) -> None:
    case, now = entered(desk), desk.now
    with desk.behind() as cast:
        steps.start(cast, desk.case(case), now)
    for members in (("supervisor", "city_secretary"), (WHO, "supervisor")):
        refused(desk, 2, "work_deputy", partial(page, desk, steps.team, case, now, *members))
    passes(page(desk, steps.team, case, now, "supervisor", "supervisor2"))


def test_2_a_lower_level_does_not_start_it(desk: Desk) -> None:
    case, now = entered(desk), desk.now
    for who in ("work_deputy", "handler"):
        refused(desk, 2, who, partial(page, desk, steps.start, case, now, who), status=403)
    passes(page(desk, steps.start, case, now, "city_secretary"))


def with_vars(desk: Desk, case: int, **changed: object) -> dict[str, object]:
    """The variables of the case are others, whatever the way to them; those that they were."""
    with desk.behind() as cast:
        run = cases.open_run(cast.session, cases.take(cast.session, case), by=None, now=desk.now)
        kept = {name: run.execution.vars.get(name) for name in changed}
        run.execution.vars.update(changed)
        run.save()
    return kept


# Who inquires is refused by the act itself; whom it is about is out of reach of the step already.
PARTIES = (("team", 422, "调查人员不得参与决定"), ("subject_users", 403, "规则2"))


@pytest.mark.parametrize("step", ["approve_start", "approve_decision"])
def test_2_who_is_a_party_decides_nothing(desk: Desk, step: str) -> None:
    """The task had come to him already when he was named as a subject, or sent to inquire."""
    who, now = "city_secretary", desk.now
    case = entered(desk) if step == "approve_start" else heard(desk)
    if step == "approve_decision":
        with desk.behind() as cast:
            steps.report(cast, desk.case(case), now, key_of(cast))
            steps.sign(cast, desk.case(case), now)
            steps.conclude(cast, desk.case(case), now, key_of(cast))
    me = str(desk.cast.users[who].id)
    said: dict[str, dict[str, object]] = {
        "approve_start": {"verdict": "start", "reason": "清楚", "basis": ["accountability_9"]},
        "approve_decision": {"verdict": "approve", "opinion": "同意", "signature": who},
    }
    answers = said[step]
    for name, status, sentence in PARTIES:
        kept = with_vars(desk, case, **{name: {me: {"member": me}} if name == "team" else [me]})
        attempt = partial(desk.attempt, who, case, step, answers)
        assert sentence in refused(desk, 2, who, attempt, status=status)
        with_vars(desk, case, **kept)
    passes(desk.attempt(who, case, step, answers))


def test_3_no_report_on_facts_he_was_not_heard_on(desk: Desk) -> None:
    case, now = heard(desk), desk.now
    with desk.behind() as cast:
        run = cases.open_run(cast.session, cases.take(cast.session, case), by=None, now=now)
        run.execution.vars["facts_version"] = 2
        run.save()
    key = key_of(desk.cast)
    told = refused(desk, 3, "supervisor", lambda: page(desk, steps.report, case, now, key))
    assert "finance_head 尚未就本版事实材料见面核对" in told
    with desk.behind() as cast:
        run = cases.open_run(cast.session, cases.take(cast.session, case), by=None, now=now)
        run.execution.vars["facts_version"] = 1
        run.save()
    passes(page(desk, steps.report, case, now, key))


def test_4_an_organisation_stands_beside_a_responsible_member(desk: Desk) -> None:
    case, now = proposed(desk), desk.now
    head = steps.row_of(desk.cast, WHO)
    organ = {**head, "kind": "org", "ref": f"unit-{desk.cast.units['finance'].id}"}

    def enter(*subjects: object) -> TestResponse:
        return page(desk, steps.enter, case, now, subjects=list(subjects))

    refused(desk, 4, "handler", lambda: enter(organ))
    passes(enter(organ, head))


def test_5_facts_that_fell_carry_no_measure(desk: Desk) -> None:
    """A proposal whose facts were settled as unfounded is accepted by nobody."""
    with desk.behind() as cast:
        fallen, stands = a_fact(cast, desk.now), a_fact(cast, desk.now)
        first, second = (
            steps.proposed(cast, desk.now, "accountability", WHO, "finance", one).id
            for one in (fallen, stands)
        )
        by = cast.users["supervisor"]
        findings.mark_unfounded(cast.session, fallen, "查无此事", by=by, now=desk.now)
    refused(desk, 5, "work_deputy", lambda: accept(desk, first), status=409)
    assert accept(desk, second).status_code == 200


def accept(desk: Desk, proposal: int) -> TestResponse:
    return desk.visit("work_deputy").send("/proposals", proposal=str(proposal))


def test_5_a_matter_that_was_red_by_mistake_is_not_counted(desk: Desk) -> None:
    """Three red matters propose an interview; one of them was no false report: two are too few."""
    first = three_reds(desk, 0)
    told = refused(desk, 5, "work_deputy", lambda: accept(desk, first))
    assert "只有 2 件，不足 3 件" in told
    assert accept(desk, three_reds(desk, 1, corrected=False)).status_code == 200


def three_reds(desk: Desk, day: int, *, corrected: bool = True) -> int:
    """The proposal that three red matters of the unit gave rise to on that day."""
    path, now = matter_paths, desk.now + timedelta(days=day)
    with desk.behind() as cast:
        first = path.working(cast, now, key=f"matter:reds:{day}:0", title="事项0")
        path.hand_in(cast, first, now)
        path.review(cast, first, now, "false_report", redo_by="2026-03-20")
        for number in (1, 2):
            key = f"matter:reds:{day}:{number}"
            case = path.working(cast, now, floor="red", key=key, title=f"事项{number}")
            ordered(cast, case, now)
        if corrected:
            found = [f"false_report:{path.the_matter(cast, first).id}"]
            report = findings.by_keys(cast.session, found)[found[0]]
            by = cast.users["supervisor"]
            findings.mark_unfounded(cast.session, report, "反馈属实", by=by, now=now)
            ordered(cast, first, now)
        reds = select(Proposal.id).where(Proposal.ground == "unit_reds")
        return cast.session.scalars(reds.order_by(Proposal.id.desc())).first() or 0


def test_6_each_circumstance_found_is_answered(desk: Desk) -> None:
    case, now = heard(desk), desk.now
    key = key_of(desk.cast)
    other = [{"tag": "repeated", "adopted": False, "reason": "未查实"}]
    refused(desk, 6, "supervisor", lambda: page(desk, steps.report, case, now, key, other))
    passes(page(desk, steps.report, case, now, key, TAG))


def test_6_each_article_is_looked_at_though_nobody_claims_it(desk: Desk) -> None:
    case, now = entered(desk), desk.now
    with desk.behind() as cast:
        steps.start(cast, desk.case(case), now)
        steps.team(cast, desk.case(case), now)
        facts = steps.facts_of(cast, desk.case(case))
    found = {
        "fact": "会议未召开",
        "evidence": facts,
        "execution": "weak",
        "subject": key_of(desk.cast),
    }

    def investigate(*articles: str) -> TestResponse:
        tags = [{"article": one, "tag": f"第{one}条情形", "found": False} for one in articles]
        answers = {"facts": [found], "circumstances": tags, "outcome": "established"}
        return desk.attempt("supervisor", case, "investigate", answers)

    told = refused(desk, 6, "supervisor", lambda: investigate("18", "19"))
    assert "第 17 条的情形未作说明" in told
    passes(investigate("17", "18", "19"))


def test_7_one_fact_carries_one_case_against_him(desk: Desk) -> None:
    with desk.behind() as cast:
        finding = a_fact(cast, desk.now)
    first, second = proposed(desk, WHO, finding), proposed(desk, SECOND, finding)
    passes(page(desk, steps.enter, first, desk.now))
    told = refused(desk, 7, "handler", lambda: page(desk, steps.enter, second, desk.now))
    assert "党的建设专题会议连续两个季度未召开" in told
    passes(page(desk, steps.enter, second, desk.now, SECOND))


def test_8_directly_only_when_serious_or_ordered(desk: Desk) -> None:
    """Neither reminded nor interviewed: a lesser fact comes in by no motion of one's own."""
    case, now = proposed(desk, SECOND), desk.now

    def enter(entry: str, **more: object) -> TestResponse:
        return page(desk, steps.enter, case, now, SECOND, entry=entry, **more)

    told = refused(desk, 8, "handler", lambda: enter("own"))
    assert "finance_secretary 近 6 个月内未被提醒或者约谈" in told
    assert enter("ordered").status_code == 422  # the order itself is missing
    passes(enter("ordered", order="a file"))


def test_8_another_case_s_order_is_none(desk: Desk) -> None:
    """What is cited must lie in the file of this case."""
    first, second = proposed(desk, SECOND), proposed(desk, SECOND)
    passes(page(desk, steps.enter, first, desk.now, SECOND, entry="ordered", order="a file"))
    with db.of(desk.app).read() as session:
        order = session.scalars(select(StoredFile.id).where(StoredFile.case_id == first)).one()
    more = {"entry": "ordered", "order": order}
    answer = page(desk, steps.enter, second, desk.now, SECOND, **more)
    assert answer.status_code == 422
    assert 'id="f-order-fault"' in answer.text


def test_9_time_stops_only_by_a_decision_on_record(desk: Desk) -> None:
    case = entered(desk)
    url = f"/cases/{case}/suspend"
    deputy, handler = desk.visit("work_deputy"), desk.visit("handler")
    decision = {"reason": "对象住院治疗", "until": "2026-03-31"}
    refused(desk, 9, "handler", lambda: handler.send(url, **decision), status=403)
    for lacking in ({"reason": ""}, {"until": ""}, {"until": "2026-03-02"}, {"until": "never"}):
        told = refused(desk, 9, "work_deputy", partial(deputy.send, url, **{**decision, **lacking}))
        assert "reason" in lacking or "对象住院治疗" in told
    passes(deputy.send(url, **decision))
    late = desk.attempt("city_secretary", case, "approve_start", {"verdict": "start"})
    assert late.status_code in (403, 422)
    assert "对象住院治疗" in deputy.get(f"/cases/{case}").text
    resume = f"/cases/{case}/resume"
    refused(desk, 9, "handler", lambda: handler.send(resume), status=403)
    passes(deputy.send(resume))
    passes(page(desk, steps.start, case, desk.now))


def test_10_a_case_is_open_to_its_own_people_only(desk: Desk) -> None:
    case = heard(desk)
    with db.of(desk.app).read() as session:
        papers = select(Document.id).where(Document.case_id == case)
        paper = session.scalars(papers).first()
    task = desk.task(case, "draft_report").id
    addresses = (
        f"/cases/{case}",
        f"/cases/{case}/diagram.bpmn",
        f"/cases/{case}/papers/{paper}.docx",
        f"/tasks/{task}",
    )
    strangers = ("planning_head", "supervisor3", "audit_admin", "system_admin")
    for who in strangers:
        for listing in ("/cases", "/started", "/supervised", "/tasks"):
            answer = desk.visit(who).get(listing)
            assert (answer.status_code, "问责：" in answer.text) == (200, False), (who, listing)
    for who in ("supervisor3", "audit_admin"):
        for address in addresses:
            answer = desk.visit(who).get(address)
            assert (answer.status_code, "规则10：" in answer.text) == (404, True), address
        refused(desk, 10, who, partial(desk.attempt, who, case, "draft_report", {}), status=404)
    for who, open_to_him in (("supervisor", addresses), ("city_secretary", addresses[:3])):
        for address in open_to_him:
            assert desk.visit(who).get(address).status_code == 200


def test_10_what_is_not_there_is_refused_alike(desk: Desk) -> None:
    """Nobody learns from the refusal whether there is such a case."""
    there = desk.visit("planning_head").get(f"/cases/{entered(desk)}").text
    nowhere = desk.visit("planning_head").get("/cases/12345").text
    main = "<main"
    assert there[there.index(main) :] == nowhere[nowhere.index(main) :]


def test_an_execution_is_stopped_by_nobody_s_hand(desk: Desk) -> None:
    """What revokes a decision is the case of an appeal: its message is no act of a page."""
    with desk.behind() as cast:
        case = steps.in_force(cast, desk.now, SECOND, by="work_secretary").id
        measure = steps.the_measure(cast, desk.case(case)).id
    address = f"/tasks/{desk.task(case, 'execute_item').id}"
    handler = desk.visit("handler")
    assert "decision_revoked" not in handler.get(address).text
    before = desk.rows()
    assert handler.get(f"{address}/acts/decision_revoked").status_code == 409
    sent = {"_form": "1", "measures-0-measure": str(measure)}
    assert handler.send(f"{address}/acts/decision_revoked", **sent).status_code == 409
    assert desk.rows() == before
