"""Where each state of the escalation model (M0 to P9, A1, A2) stands in the drawings."""

from dataclasses import dataclass


@dataclass(frozen=True)
class State:
    """A state's process and the nodes that hold it, its deadlines and its ways out."""

    code: str
    process: str
    nodes: tuple[str, ...]
    deadlines: tuple[tuple[str, int], ...]  # parameter and its value in domain days or months
    exits: tuple[str, ...]


ESCALATION: tuple[State, ...] = (
    State(
        "M0 拟办·立项",
        "supervision",
        ("draft_matter", "check_matter", "approve_filing", "register_matter"),
        (("days.draft_matter", 1), ("days.approve_filing", 1)),
        ("not_filed", "merge_matter", "merged"),
    ),
    State(
        "M1 交办·签收",
        "supervision",
        ("acknowledge", "make_plan", "do_work"),
        (
            ("days.acknowledge", 1),
            ("days.make_plan", 3),
            ("days.result_urgent", 3),
            ("days.result_normal", 10),
            ("days.result_complex", 20),
        ),
        ("settle_objection", "withdrawn"),
    ),
    State(
        "M2 蓝",
        "supervision",
        ("judge_light", "record_light", "wait_change", "count_return"),
        (("days.blue_before", 3), ("rule.share_left_blue", 20), ("days.review_result", 3)),
        ("review_result", "close_matter", "closed"),
    ),
    State(
        "M3 黄",
        "supervision",
        ("urge",),
        (("days.urge_max", 5), ("rule.extensions_max", 1)),
        ("extension_asked", "extension_decide", "extension_settled"),
    ),
    State(
        "M4 红",
        "supervision",
        ("order_on_site", "match_matter", "propose_for_matter", "record_false_report"),
        (
            ("days.red_after", 5),
            ("days.red_over", 5),
            ("rule.unit_reds", 3),
            ("rule.unit_reds_months", 12),
        ),
        ("watch_over", "submitted"),
    ),
    State(
        "P1 提醒",
        "reminder",
        ("decide_reminder", "issue_letter", "hold_talk", "reply_reminder", "assess_reminder"),
        (("days.decide_reminder", 3), ("days.reply_reminder", 5), ("rule.reminded_months", 6)),
        ("reminder_closed", "not_reminded", "reply_lapsed", "propose_after_reminder"),
    ),
    State(
        "P2 约谈",
        "interview",
        (
            "approve_interview",
            "notify_interview",
            "hold_interview",
            "sign_minutes",
            "rectify_interview",
        ),
        (
            ("days.approve_interview", 3),
            ("days.interview_notice", 3),
            ("days.sign_minutes", 2),
            ("rule.talkers_min", 2),
        ),
        ("interview_closed", "interview_withdrawn", "propose_refusal"),
    ),
    State(
        "P2 整改",
        "rectification",
        ("rect_plan", "rect_work", "rect_verify", "rect_wait", "rect_revisit"),
        (
            ("days.rect_plan", 5),
            ("days.rect_interview", 20),
            ("days.revisit_wait", 5),
            ("days.rect_revisit", 5),
        ),
        ("rect_passed", "rect_failed", "rect_plan_late", "rect_work_late"),
    ),
    State(
        "P3 移送·启动审批",
        "accountability",
        ("enter_case", "level_start", "approve_start"),
        (("days.approve_start", 5),),
        ("not_started", "transferred", "already_under_review"),
    ),
    State(
        "P4 调查",
        "accountability",
        ("form_team", "investigate"),
        (("days.investigate", 30), ("days.inquiry_extension", 15), ("rule.team_min", 2)),
        ("cleared", "inquiry_extension_settled"),
    ),
    State(
        "P5 见面与申辩",
        "accountability",
        ("meet_subject", "subject_opinion", "answer_points"),
        (("days.subject_opinion", 5),),
        ("met", "opinion_lapsed"),
    ),
    State(
        "P6 报告与审批",
        "accountability",
        ("draft_report", "sign_report", "decide_collectively", "approve_decision"),
        (("days.draft_report", 5),),
        ("not_accountable", "set_effect"),
    ),
    State(
        "P7 决定·送达·宣布",
        "accountability",
        ("issue_decision", "serve_decision", "announce"),
        (("days.serve_decision", 3), ("days.announce", 5)),
        ("enter_in_force",),
    ),
    State(
        "P8 执行",
        "accountability",
        ("execute_item", "rectify_case", "confirm_execution"),
        (
            ("rule.formalities_months", 1),
            ("days.written_examination", 10),
            ("days.files", 10),
            ("days.rect_accountability", 30),
        ),
        ("executed", "execution_stopped"),
    ),
    State("P9 影响期", "accountability", ("set_effect", "close_case"), (), ("executed",)),
    State(
        "A1 申诉",
        "appeal",
        ("register_appeal", "appoint_reviewers", "review_appeal", "decide_appeal"),
        (("rule.appeal_file_months", 1), ("rule.appeal_decide_months", 1)),
        ("keep_measure", "change_measure", "revoke_measure", "inadmissible"),
    ),
    State(
        "A2 纠正",
        "appeal",
        ("decide_inadmissible", "change_measure", "revoke_measure", "tell_again"),
        (("days.correction", 10), ("days.tell_again", 10)),
        ("appeal_corrected", "appeal_reported"),
    ),
)

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
