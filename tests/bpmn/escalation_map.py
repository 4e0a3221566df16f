"""Where each row of the escalation model (M0 to P9, A1, A2) stands in the drawings.

A place is a node, or what is chosen on a node's form: "assess_reminder.verdict=corrected". Law
and default figures are parameters, each with the node at which it runs.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

Places = tuple[str, ...]


@dataclass(frozen=True)
class State:
    """A row of the model: where it is held, its deadlines, how it moves up, its ways out."""

    code: str
    process: str
    nodes: Places
    deadlines: tuple[tuple[str, int, str], ...]  # parameter, its value, the node where it runs
    exits: Mapping[str, Places]
    rises: Mapping[str, Places] = field(default_factory=dict)
    clock: Places = ()  # what no token waits for: functions that the clock calls
    guards: Mapping[str, Places] = field(
        default_factory=dict
    )  # what says so: (process, node, guard)


ESCALATION: tuple[State, ...] = (
    State(
        "M0 拟办·立项",
        "supervision",
        ("draft_matter", "check_matter", "approve_filing"),
        (("days.draft_matter", 1, "draft_matter"), ("days.approve_filing", 1, "approve_filing")),
        exits={
            "不立项（阅知）": ("approve_filing.verdict=note_only", "not_filed"),
            "并入已有": ("approve_filing.verdict=merge", "merge_matter", "merged"),
        },
        rises={"批准": ("approve_filing.verdict=file", "register_matter")},
    ),
    State(
        "M1 交办·签收",
        "supervision",
        ("acknowledge", "make_plan", "do_work"),
        (
            ("days.acknowledge", 1, "acknowledge"),
            ("days.make_plan", 3, "make_plan"),
            ("days.result_urgent", 3, "do_work"),
            ("days.result_normal", 10, "do_work"),
            ("days.result_complex", 20, "do_work"),
            ("days.settle_objection", 2, "settle_objection"),
        ),
        exits={
            "异议退回": (
                "acknowledge.answer=object",
                "settle_objection.verdict=cancel",
                "withdraw_matter",
                "withdrawn",
            )
        },
    ),
    State(
        "M2 蓝",
        "supervision",
        ("judge_light", "record_light", "wait_change", "count_return"),
        (
            ("days.blue_before", 3, "judge_light"),
            ("rule.share_left_blue", 20, "judge_light"),
            ("days.review_result", 3, "review_result"),
        ),
        exits={
            "审核销号": ("review_result.verdict=accept", "close_matter", "archive_matter", "closed")
        },
        rises={"超期": ("judge_light",), "第二次退办": ("review_result.verdict=return",)},
    ),
    State(
        "M3 黄",
        "supervision",
        ("judge_light", "urge"),
        (("days.urge_max", 5, "urge"),),
        exits={
            "办结": ("unit_sign.verdict=submit", "submitted"),
            "延期": (
                "extension_asked",
                "extension_opinion",
                "extension_check",
                "extension_decide",
                "apply_extension",
                "extension_settled",
            ),
        },
        rises={
            "超期次日": ("wait_change", "judge_light"),
            "新时限未办结": ("wait_change", "judge_light"),
            "两次黄灯": ("judge_light",),
        },
        guards={"延期不超过原时限": ("supervision", "extension_decide", "extension_within_bounds")},
    ),
    State(
        "M4 红",
        "supervision",
        ("judge_light", "order_on_site"),
        (
            ("days.red_after", 5, "judge_light"),
            ("days.red_over", 5, "record_light"),
            ("rule.unit_reds", 3, "record_light"),
            ("rule.unit_reds_months", 12, "record_light"),
        ),
        exits={"办结，红灯留痕": ("submitted", "watch_over", "needs_leader", "close_by_leader")},
        rises={
            "红灯超过五日": ("record_light", "match_matter", "propose_for_matter"),
            "一单位十二个月内三红": ("record_light", "match_matter", "propose_for_matter"),
            "反馈不实": ("review_result.verdict=false_report", "record_false_report"),
        },
    ),
    State(
        "P1 提醒",
        "reminder",
        ("decide_reminder", "issue_letter", "hold_talk", "reply_reminder", "assess_reminder"),
        (
            ("days.decide_reminder", 3, "decide_reminder"),
            ("days.hold_talk", 5, "hold_talk"),
            ("days.reply_reminder", 5, "hold_talk"),
            ("days.assess_reminder", 3, "assess_reminder"),
            ("rule.reminded_months", 6, "match_after_reminder"),
        ),
        exits={
            "情况说明": ("assess_reminder.verdict=explained", "record_reminder", "reminder_closed"),
            "情况不属实": ("assess_reminder.facts_found=untrue", "record_reminder"),
            "已改正": ("assess_reminder.verdict=corrected", "record_reminder", "reminder_closed"),
            "不提醒": ("decide_reminder.form=none", "record_no_reminder", "not_reminded"),
        },
        rises={
            "逾期未复": ("reply_lapsed", "assess_reminder.verdict=escalate"),
            "六个月内再犯": ("match_after_reminder", "propose_after_reminder"),
        },
    ),
    State(
        "P2 约谈",
        "interview",
        ("prepare_interview", "approve_interview", "notify_interview", "hold_interview"),
        (
            ("days.approve_interview", 3, "approve_interview"),
            ("days.interview_notice", 3, "prepare_interview"),
            ("days.sign_minutes", 2, "sign_minutes"),
            ("rule.talkers_min", 2, "prepare_interview"),
        ),
        exits={
            "整改合格": ("rectify_interview", "close_interview", "interview_closed"),
            "撤回": ("review_target.verdict=withdraw", "withdraw_interview", "interview_withdrawn"),
            "不予约谈": ("approve_interview.verdict=decline", "interview_declined"),
        },
        rises={
            "拒谈": (
                "hold_interview.outcome=refused",
                "record_refusal",
                "match_refusal",
                "propose_refusal",
            )
        },
        guards={"后果严重，直接启动": ("accountability", "enter_case", "may_be_entered")},
    ),
    State(
        "P2 整改",
        "rectification",
        ("rect_plan", "rect_work", "rect_verify", "rect_wait", "rect_revisit"),
        (
            ("days.rect_plan", 5, "rect_plan"),
            ("days.rect_interview", 20, "rect_work"),
            ("days.revisit_wait", 5, "rect_wait"),
            ("days.rect_revisit", 5, "rect_revisit"),
        ),
        exits={
            "整改合格": ("rect_verify.overall=pass", "rect_pass", "rect_passed"),
            "延期一次": ("rect_extension_asked", "rect_extension_decide", "rect_extension_settled"),
        },
        rises={
            "方案未交": ("rect_plan_late", "rect_match_late", "rect_propose_late"),
            "整改逾期": ("rect_work_late", "rect_match_work", "rect_propose_work"),
            "整改不合格": ("rect_verify.overall=fail", "rect_fail", "rect_failed"),
            "回潮": ("rect_revisit.state=relapsed", "rect_match_fail", "rect_propose_fail"),
        },
        guards={
            "延期不超过原时限": (
                "rectification",
                "rect_extension_decide",
                "extension_within_bounds",
            )
        },
    ),
    State(
        "P3 移送·启动审批",
        "accountability",
        ("enter_case", "check_case", "level_start", "approve_start"),
        (("days.approve_start", 5, "approve_start"),),
        exits={
            "不启动": ("approve_start.verdict=decline", "record_not_started", "not_started"),
            "转纪检": ("approve_start.verdict=transfer", "transfer_lead", "transferred"),
            "已立案": ("approve_start.verdict=filed", "record_filed", "already_under_review"),
        },
        rises={"批准": ("approve_start.verdict=start", "form_team")},
    ),
    State(
        "P4 调查",
        "accountability",
        ("form_team", "inquiry", "investigate"),
        (
            ("days.investigate", 30, "investigate"),
            ("days.inquiry_extension", 15, "inquiry_extension_decide"),
            ("rule.team_min", 2, "form_team"),
        ),
        exits={
            "不成立，澄清正名": (
                "investigate.outcome=not_established",
                "settle_inquiry.verdict=clear",
                "clear_subject",
                "cleared",
            ),
            "延长一次": ("inquiry_extension_asked", "inquiry_extension_settled"),
        },
        rises={"查实": ("investigate.outcome=established", "write_facts")},
    ),
    State(
        "P5 见面与申辩",
        "accountability",
        ("meeting", "meet_subject", "subject_opinion", "answer_points"),
        (("days.subject_opinion", 5, "subject_opinion"),),
        exits={"拒签注明，继续": ("opinion_lapsed", "answer_points.signature=refused", "met")},
        rises={"意见已处理": ("answer_points", "draft_report")},
    ),
    State(
        "P6 报告与审批",
        "accountability",
        ("draft_report", "sign_report", "decide_collectively", "approve_decision"),
        (
            ("days.draft_report", 5, "draft_report"),
            ("days.decide_collectively", 10, "decide_collectively"),
        ),
        exits={
            "十七条不予免予": (
                "investigate.circumstances.article=17",
                "decide_collectively.conclusions.kind=exempt",
                "record_not_accountable",
                "not_accountable",
            ),
            "十八条从轻": ("investigate.circumstances.article=18", "decide_collectively"),
            "十九条从重": ("investigate.circumstances.article=19", "decide_collectively"),
            "批评教育、责令检查": (
                "decide_collectively.conclusions.kind=other",
                "record_not_accountable",
                "not_accountable",
            ),
        },
        rises={"决定": ("approve_decision.verdict=approve", "set_effect", "issue_decision")},
    ),
    State(
        "P7 决定·送达·宣布",
        "accountability",
        ("issue_decision", "serve_decision", "enter_in_force", "announce"),
        (("days.serve_decision", 3, "serve_decision"), ("days.announce", 5, "announce")),
        exits={},
        rises={"送达": ("serve_decision", "enter_in_force")},
    ),
    State(
        "P8 执行",
        "accountability",
        ("execution", "execute_item", "rectify_case", "confirm_execution"),
        (
            ("rule.formalities_months", 1, "enter_in_force"),
            ("days.written_examination", 10, "build_execution"),
            ("days.files", 10, "build_execution"),
            ("days.rect_accountability", 30, "build_execution"),
        ),
        exits={"执行完毕": ("confirm_execution", "all_executed", "close_case", "executed")},
        rises={"全部办结": ("join_execution", "confirm_execution")},
    ),
    State(
        "P9 影响期",
        "accountability",
        ("set_effect", "enter_in_force", "close_case"),
        (),
        exits={"期满": ("executed",)},
        clock=("workflows.effects.ended_ids", "workflows.effects.end"),
    ),
    State(
        "A1 申诉",
        "appeal",
        ("register_appeal", "appoint_reviewers", "review_appeal", "decide_appeal"),
        (
            ("rule.appeal_file_months", 1, "register_appeal"),
            ("rule.appeal_decide_months", 1, "decide_appeal"),
            ("rule.reviewers_min", 2, "appoint_reviewers"),
        ),
        exits={
            "维持": ("decide_appeal.verdict=maintain", "keep_measure", "appeal_closed"),
            "变更": ("decide_appeal.verdict=change", "change_measure", "appeal_corrected"),
            "撤销": ("decide_appeal.verdict=revoke", "revoke_measure", "appeal_corrected"),
            "不予受理": ("decide_inadmissible.verdict=refuse", "inadmissible"),
        },
    ),
    State(
        "A2 纠正",
        "appeal",
        ("register_appeal", "decide_inadmissible", "change_measure", "revoke_measure"),
        (
            ("days.correction", 10, "register_appeal"),
            ("days.tell_again", 10, "tell_again"),
        ),
        exits={
            "自行纠正": ("register_appeal.kind=own_correction", "appoint_reviewers"),
            "上级纠正": ("register_appeal.kind=superior_correction", "level_appeal"),
            "逾期申诉转纠正": ("decide_inadmissible.verdict=as_correction", "appoint_reviewers"),
            "恢复资格": ("revoke_measure",),
            "同范围告知，两件存档": ("tell_again.filed_both", "appeal_corrected"),
            "滥用问责报上级": ("match_abuse", "propose_abuse", "appeal_reported"),
        },
    ),
)
# The rows of the model, in its order; P2 is drawn in two processes.
CODES = ("M0", "M1", "M2", "M3", "M4", "P1", "P2", "P2", *(f"P{n}" for n in range(3, 10)))
CODES += ("A1", "A2")

# Ends and timers of the process book with their Chinese names.
NAMES: dict[str, dict[str, str]] = {
    "supervision": {
        "closed": "已归档",
        "not_filed": "不立项",
        "merged": "已并入",
        "withdrawn": "已撤销",
        "submitted": "已报送",
        "watch_over": "灯观察毕",
        "extension_settled": "延期了结",
    },
    "rectification": {
        "rect_extension_settled": "延期了结",
        "rect_handed_in": "已交核验",
        "rect_plan_reported": "逾期已提请",
        "rect_work_reported": "逾期已提请",
        "rect_passed": "整改合格",
        "rect_failed": "整改不合格",
        "rect_plan_late": "方案逾期",
        "rect_work_late": "整改逾期",
    },
    "reminder": {
        "not_reminded": "不提醒",
        "reminder_closed": "提醒办结",
        "reply_lapsed": "逾期未复",
    },
    "interview": {
        "interview_declined": "不予约谈",
        "interview_withdrawn": "约谈撤回",
        "interview_closed": "约谈办结",
        "confirm_lapsed": "逾期未签收",
        "sign_lapsed": "逾期未签署",
    },
    "accountability": {
        "not_started": "不启动",
        "already_under_review": "已立案审查",
        "transferred": "已移送",
        "inquiry_done": "调查完成",
        "inquiry_extension_settled": "延长了结",
        "cleared": "已澄清",
        "met": "见面完成",
        "not_accountable": "不予问责",
        "all_executed": "事项齐备",
        "execution_stopped": "停止执行",
        "executed": "问责办结",
        "opinion_lapsed": "逾期未签署",
    },
    "appeal": {
        "inadmissible": "不予受理",
        "appeal_closed": "维持办结",
        "appeal_corrected": "纠正办结",
        "appeal_reported": "纠正并报上级",
        "additions_lapsed": "逾期未补正",
    },
}
