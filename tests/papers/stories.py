"""Whole cases of every process, walked by the cast, and the papers that each must leave."""

from datetime import datetime, timedelta

from sqlalchemy import select

from models import Measure, Role
from tests import inspecting
from tests.cast import Cast
from tests.papers import more_stories
from tests.papers.story import Story
from tests.workflows import (
    matter_paths,
    steps,
    test_appeals,
    test_assessment_rounds,
    test_debriefings,
    test_interviews,
    test_lights,
    test_rectifications,
    test_reminders,
    using,
)
from tests.workflows.steps import do
from workflows import assessment_rounds, cases, debriefings, tasks
from workflows.schemes import GROUP

HEAD = "finance_head"


def _handlers(cast: Cast) -> None:
    for organ in ("finance", "planning"):
        cast.person(f"{organ}_handler", unit=organ)


def matter_done(cast: Cast, now: datetime) -> None:
    """督办: filed, the date extended, handed in with its facts, closed."""
    _handlers(cast)
    case = matter_paths.working(cast, now, co_units=[str(cast.units["planning"].id)])
    test_lights.ask(cast, case, now)
    test_lights.decide(cast, case, now, granted=True, new_due="2026-03-25")
    fact = steps.fact(cast, now)
    report = {"kind": "final", "progress": "完成", "result": "已核拨", "self_check": "已自查"}
    do(cast, case, "do_work", "finance_handler", now, **report, evidence=[str(fact.id)])
    signed = {"verdict": "submit", "opinion": "同意报送", "signature": "finance_leader"}
    do(cast, case, "unit_sign", "finance_leader", now, **signed)
    matter_paths.review(cast, case, now, "accept")


def matter_urged(cast: Cast, now: datetime) -> None:
    """督办: urged while yellow, ordered on site when red."""
    _handlers(cast)
    case = matter_paths.working(cast, now, floor="yellow")
    do(cast, case, "urge", "supervisor", now, new_date="2026-03-04", text="请速办")
    matter_paths.wake(cast, case)
    test_lights.ordered(cast, case, now)


def reminded(cast: Cast, now: datetime) -> None:
    case = test_reminders.accepted(cast, now)
    do(cast, case, "decide_reminder", "finance_secretary", now, **test_reminders.letter(case, cast))


def reminded_in_a_talk(cast: Cast, now: datetime) -> None:
    case = test_reminders.accepted(cast, now)
    said = test_reminders.letter(case, cast) | {"form": "talk"}
    said.pop("reply_due")
    do(cast, case, "decide_reminder", "finance_secretary", now, **said)
    talk = {
        "at": "2026-03-03T09:00:00+08:00",
        "place": "支部活动室",
        "record": "指出问题，提出要求",
        "statement": "认识到不足",
        "reply_needed": False,
        "signature": "finance_secretary",
    }
    do(cast, case, "hold_talk", "finance_secretary", now, **talk)


def interviewed(cast: Cast, now: datetime) -> None:
    """约谈 with its rectification, to the closing slip; a copy goes to 纪检监察机关."""
    who = test_interviews.WHO
    case = steps.proposed_case(cast, now, "interview", who, "finance_committee")
    test_interviews.prepare(cast, case, now, bring="会议记录原件", copy_to="discipline")
    do(cast, case, "approve_interview", "work_deputy", now, verdict="approve")
    do(cast, case, "confirm_interview", who, now, answer="attend")
    day = now + timedelta(days=4)
    test_interviews.talked(cast, case, day)
    do(cast, case, "sign_minutes", who, day, sign="with_remarks", remarks="已开始整改")
    do(cast, case, "finish_minutes", "supervisor3", day, signature="supervisor3")
    steps.rectify(cast, case, day, owner=who, reviewer="supervisor")
    matter_paths.wake(cast, case)
    do(cast, case, "rect_revisit", "supervisor", day, state="held", record="已回访")


def held_to_account(cast: Cast, now: datetime) -> None:
    """问责: an admonition in force."""
    steps.in_force(cast, now)


def criticised(cast: Cast, now: datetime) -> None:
    """问责: a circular of criticism, executed."""
    case = steps.in_force(cast, now, form="circular")
    steps.execute(cast, case, now, HEAD)


def exempted(cast: Cast, now: datetime) -> None:
    key = f"user-{cast.users[HEAD].id}"
    case = steps.heard(cast, now)
    steps.report(cast, case, now, key)
    steps.sign(cast, case, now)
    steps.conclude(cast, case, now, key, kind="exempt")
    answers = {"verdict": "approve", "opinion": "同意", "signature": "city_secretary"}
    do(cast, case, "approve_decision", "city_secretary", now, **answers)


def cleared(cast: Cast, now: datetime) -> None:
    """问责: the inquiry finds nothing, the subject is cleared."""
    case = steps.proposed_case(cast, now, "accountability", HEAD, "finance")
    steps.enter(cast, case, now)
    steps.start(cast, case, now)
    steps.team(cast, case, now)
    doubted = {"fact": "会议未召开", "evidence": ["会议记录"], "execution": "none",
               "subject": f"user-{cast.users[HEAD].id}"}  # fmt: skip
    tags = [{"article": "17", "tag": "无", "found": False}]
    answers = {"facts": [doubted], "circumstances": tags, "outcome": "not_established"}
    do(cast, case, "investigate", "supervisor", now, **answers)
    do(cast, case, "settle_inquiry", "city_secretary", now, verdict="clear", reason="会议已经补开")


def transferred(cast: Cast, now: datetime) -> None:
    """问责: another organ manages the cadre, the lead goes there with two annexes."""
    case = steps.proposed_case(cast, now, "accountability", HEAD, "finance")
    steps.enter(cast, case, now)
    verdict = {"verdict": "transfer", "reason": "属他单位管理", "basis": ["accountability_9"]}
    do(cast, case, "approve_start", "city_secretary", now, **verdict)
    handed = {
        "kind": "lead",
        "to": str(cast.units["city"].id),
        "items": [{"item": "情况报告"}, {"item": "会议记录复印件"}],
        "handed_on": "2026-03-02",
        "receipt": "1",
    }
    do(cast, case, "transfer_lead", "handler", now, **handed)


def appealed(cast: Cast, now: datetime) -> None:
    """申诉: revoked, and the circle told before is told again."""
    _, _, case = test_appeals.waiting(cast, now)
    test_appeals.discussed(cast, case, now, "revoke")
    test_appeals.decide(cast, case, now, "revoke")
    test_appeals.reply(cast, case, now)
    test_appeals.tell_again(cast, case, now)


def appealed_too_late(cast: Cast, now: datetime) -> None:
    case, at = test_appeals.late_appeal(cast, now)
    do(cast, case, "decide_inadmissible", "city_secretary", at, verdict="refuse", reason="逾期")


def rectified(cast: Cast, now: datetime) -> None:
    case = test_rectifications.working(cast, now)
    fact = steps.fact(cast, now)
    progress = [{"item": "学习流于形式", "done": True}]
    owner, reviewer = test_rectifications.OWNER, test_rectifications.REVIEWER
    work = {"progress": progress, "self_check": "已整改", "signature": owner}
    do(cast, case, "rect_work", owner, now, **work, evidence=[str(fact.id)])
    checked = [{"item": "学习流于形式", "verdict": "pass", "basis": "会议记录"}]
    verdict = {"items": checked, "overall": "pass", "opinion": "属实"}
    do(cast, case, "rect_verify", reviewer, now, **verdict)


def debriefed(cast: Cast, now: datetime) -> None:
    """述职: from the plan to the circular; who was weak has a list."""
    cast.grant("organiser", Role.ORGANISER, "work")
    rights = cast.rights("organiser", now)
    case = debriefings.begin(cast.session, cast.units["work"], 2026, rights=rights, now=now)
    at = test_debriefings.to_proposal(cast, case, now)
    grades = {"finance_secretary": "good", "planning_secretary": "poor"}
    items = test_debriefings.proposals_of(cast, **grades)
    do(cast, case, "propose_grades", "organiser", at, items=items)
    decided = test_debriefings.decisions(cast, **grades)
    do(cast, case, "decide_grades", "work_secretary", at, **decided)
    for who in test_debriefings.SECRETARIES:
        task = test_debriefings.their_task(cast, case, "confirm_feedback", who)
        mine = cast.rights(who, at)
        tasks.complete(cast.session, task.id, {"answer": "accept"}, rights=mine, now=at)
    do(cast, case, "report_results", "organiser", at, sent_on="2026-04-10")


def assessed(cast: Cast, now: datetime) -> None:
    """网上考核: from the scheme to the frozen result."""
    for who in (*test_assessment_rounds.TEAM, "assessor3"):
        cast.grant(who, Role.ASSESSOR, "work")
    rights = cast.rights("assessor", now)
    case = assessment_rounds.begin(
        cast.session, cast.units["work"], 2025, group=GROUP, rights=rights, now=now
    )
    at = test_assessment_rounds.frozen(cast, case, now)
    for step in ("reviewed", "entered", "moderated", "heard", "decided"):
        getattr(test_assessment_rounds, step)(cast, case, at)
    cases.wake(cast.session, case.id, now=at + timedelta(days=10))


def results_used(cast: Cast, now: datetime) -> None:
    """结果运用: a flagged line kept, an award shown to the public, both adopted."""
    cast.grant("organiser", Role.ORGANISER, "work")
    case = using.begun(cast, now)
    award = using.line(cast, "finance_secretary", "award_priority", "excellent_worker")
    training = using.line(cast, "planning_secretary", "training")
    do(cast, case, "draft_uses", "organiser", now, items=[award, training])
    measure = cast.session.scalars(select(Measure)).one()
    keep = {"flag": f"{training['subject']}:training:{measure.id}", "verdict": "keep",
            "reason": "培训不受影响"}  # fmt: skip
    do(cast, case, "answer_flags", "organiser", now, flags=[keep])
    using.consulted(cast, case, now)
    do(cast, case, "decide_uses", "work_secretary", now, **using.decision(cast, award, training))
    later = now + timedelta(days=10)
    cases.wake(cast.session, case.id, now=later)
    stands = [{"subject": award["subject"], "stands": True}]
    do(cast, case, "settle_publicity", "organiser", later, items=stands)
    outcome = [using.outcome_of(one, "yes") for one in (award, training)]
    do(cast, case, "record_outcome", "handler", later, items=outcome)


def inspected(cast: Cast, now: datetime) -> None:
    """督导检查: noticed, one problem heard and kept, summed up and fed back."""
    case = inspecting.running(cast, now)
    row = inspecting.found(cast, inspecting.visit_of(cast, case), now)
    inspecting.hand_in(cast, case, now, "problems")
    inspecting.heard(cast, case, row, now)
    inspecting.concluded(cast, case, now, inspecting.paper(cast, case, now))


STORIES: dict[str, Story] = {
    "matter done": Story(
        "supervision",
        matter_done,
        frozenset({"supervision_notice", "extension_reply", "completion_report"}),
        ("planning", "同意办理时限延至2026年3月25日", "党的建设专题会议连续两个季度未召开"),
    ),
    "matter urged": Story(
        "supervision", matter_urged, frozenset({"urge_notice", "red_card"}), ("现场督办",)
    ),
    "reminder": Story("reminder", reminded, frozenset({"reminder_letter"}), ("2026年3月9日前",)),
    "talk": Story("reminder", reminded_in_a_talk, frozenset({"talk_record"}), ("支部活动室",)),
    "interview": Story(
        "interview",
        interviewed,
        frozenset(
            {"interview_notice", "interview_minutes", "rectification_list", "rectification_closure"}
        ),
        ("四、需带材料：会议记录原件", "抄送：纪检监察机关。", "签字并附意见", "2026年3月20日"),
    ),
    "accountability": Story(
        "accountability",
        held_to_account,
        frozenset(
            {
                "fact_material",
                "meeting_record",
                "investigation_report",
                "accountability_decision",
                "admonition_letter",
            }
        ),
        ("批准：city_secretary", "给予诫勉", "附件：送达回证", "抄送：党委主要负责同志。"),
    ),
    "circular": Story(
        "accountability",
        criticised,
        frozenset({"accountability_decision", "circular"}),
        ("各有关单位：", "问责方式：通报", "1．党的建设专题会议连续两个季度未召开"),
    ),
    "exemption": Story("accountability", exempted, frozenset({"exemption_notice"})),
    "clearance": Story(
        "accountability", cleared, frozenset({"clearance_notice"}), ("会议已经补开",)
    ),
    "transfer": Story(
        "accountability",
        transferred,
        frozenset({"transfer_letter"}),
        ("city：", "附件：1. 情况报告", "2. 会议记录复印件"),
    ),
    "appeal": Story(
        "appeal",
        appealed,
        frozenset({"appeal_receipt", "appeal_decision", "correction_circular"}),
        ("撤销原决定", "2026年3月2日"),
    ),
    "late appeal": Story("appeal", appealed_too_late, frozenset({"inadmissible_notice"})),
    "rectification": Story(
        "rectification",
        rectified,
        frozenset({"rectification_list", "rectification_closure"}),
        ("党的建设专题会议连续两个季度未召开", "核验：合格"),
    ),
    "debriefing": Story(
        "debriefing",
        debriefed,
        frozenset({"round_plan", "session_minutes", "feedback_letter", "round_circular"}),
        ("综合评价等次为“好”",),
    ),
    "assessment": Story(
        "assessment",
        assessed,
        frozenset(
            {
                "assessment_plan",
                "result_publicity",
                "assessment_letter",
                "score_sheet",
                "assessment_circular",
            }
        ),
        ("党建得分93.00分", "附件：考核评分表", "问题通报：40.00分（满分40.00分）"),
    ),
    "results": Story(
        "result_use",
        results_used,
        frozenset({"publicity_notice", "use_letter", "post_record"}),
        ("优秀党务干部：finance_secretary", "影响期至2026年12月31日", "考核等次为好"),
    ),
    "inspection": Story(
        "inspection",
        inspected,
        frozenset({"inspection_notice", "inspection_feedback", "inspection_report"}),
        (inspecting.FACT, "备〔2026〕7号", "党和国家机关基层组织工作条例（2019年修订）"),
    ),
    **more_stories.STORIES,
}
NOT_ISSUED = {
    ("debriefing", "report_form"),  # filled in by hand, and handed in as a form
    ("inspection", "sample_list"),  # printed when it is asked for
}
