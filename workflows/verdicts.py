"""问责, the decision: 集体研究, approval, 决定书, service, 生效 (条例 12, 13)."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from models import Measure
from workflows import definitions, documents, findings, levels, measures, subjects
from workflows.accountability import all_subjects, measure_of, refuse_party
from workflows.deadlines import day_of, plus_months
from workflows.documents import Paper
from workflows.engine import to_feel
from workflows.errors import Code, Refused
from workflows.hearings import require_heard, require_tags_answered
from workflows.parties import ids_of, live_findings, names
from workflows.registry import Act, effect, guard, inputs, operation
from workflows.subjects import Subject

# Which forms fit which subject (条例 8).
FORMS = {
    "org": frozenset({"examination", "circular", "reorganization"}),
    "cadre": frozenset(
        {
            "circular",
            "admonition",
            "suspension",
            "reassignment",
            "demotion",
            "ordered_resignation",
            "removal",
            "discipline",
        }
    ),
}
# What a work committee may only propose (条例 12).
ONLY_PROPOSED = frozenset(
    {
        "reorganization",
        "suspension",
        "reassignment",
        "demotion",
        "ordered_resignation",
        "removal",
        "discipline",
    }
)
# From the lightest to the heaviest: the heaviest asks for the highest approval.
WEIGHT = (
    "unfounded",
    "other",
    "exempt",
    "examination",
    "circular",
    "admonition",
    "suspension",
    "reassignment",
    "ordered_resignation",
    "removal",
    "demotion",
    "discipline",
    "reorganization",
)
HOW_TO_APPEAL = "收到本决定之日起1个月内，可以向作出决定的党组织提出书面申诉；申诉期间不停止执行。"


@guard("accountability", "decide_collectively")
def conclusions_hold(act: Act) -> None:
    """Guards 1, 4 and 6 on what was concluded."""
    if act.answers["next"] != "approve":
        return
    concluded = {row["subject"]: row for row in act.answers["conclusions"]}
    for one in all_subjects(act):
        row = concluded.get(one.key)
        if row is None:
            raise Refused("{name} is without a conclusion.", guard="G4", name=one.name)
        require_form(one, row)
    require_tags_answered(act, tags_answered(act))


def require_form(subject: Subject, conclusion: Mapping[str, Any]) -> None:
    """Guard 1: the form fits the kind of subject."""
    if conclusion["kind"] != "account":
        return
    if conclusion.get("form") not in FORMS[subject.kind]:
        raise Refused(
            "“{form}” is no form for this kind of subject (Art 8).",
            guard="G1",
            form=Code(conclusion.get("form")),
        )


def tags_answered(act: Act) -> list[dict[str, Any]]:
    """The circumstances as the report answered them."""
    return list((act.vars.get("draft_report") or {}).get("circumstances", []))


@effect("accountability", "decide_collectively")
def concluded(act: Act) -> None:
    """The heaviest conclusion says which level approves."""
    if act.answers["next"] != "approve":
        return
    rows = act.answers["conclusions"]
    by_key = {one.key: one for one in all_subjects(act)}

    def weight(row: Mapping[str, Any]) -> tuple[int, int, tuple[int, bool]]:
        form = str(row.get("form") or row["kind"])
        subject = by_key[row["subject"]]
        return (int(row["kind"] == "account"), WEIGHT.index(form), levels.weight(subject))

    heaviest = max(rows, key=weight)
    act.vars["form"] = heaviest.get("form") or heaviest["kind"]
    act.vars["weightiest"] = by_key[heaviest["subject"]].as_vars()


@guard("accountability", "approve_decision")
def decision_may_be_approved(act: Act) -> None:
    refuse_party(act)
    if act.answers["verdict"] == "approve":
        require_heard(act)


@effect("accountability", "approve_decision")
def decision_approved(act: Act) -> None:
    """The facts are established; each measure is decided, or nobody is held to account."""
    if act.answers["verdict"] != "approve":
        return
    act.vars["approved_by"] = str(act.by.id) if act.by else ""
    act.vars["decided_min"] = act.vars.get("min")
    for finding in live_findings(act):
        findings.establish(act.session, finding, by=act.by, now=act.now)
    for row in act.vars["decide_collectively"]["conclusions"]:
        measure = measure_of(act, row["subject"])
        measure.decided_on = day_of(act.now)
        if row["kind"] == "account":
            measure.form = row["form"]
            measures.move(act, measure, "decided", note=row["reason"])
        else:
            measures.move(act, measure, "not_accountable", result=row["kind"], note=row["reason"])


@operation("record_not_accountable")
def record_not_accountable(act: Act) -> None:
    """不予问责 (条例 17), or other tools, recorded as no accountability; each subject is told."""
    _tell_exempted(act)


def _tell_exempted(act: Act) -> None:
    for row in act.vars["decide_collectively"]["conclusions"]:
        if row["kind"] == "account":
            continue
        subject = act.vars["subjects"][row["subject"]]
        template = "clearance_notice" if row["kind"] == "unfounded" else "exemption_notice"
        documents.issue(
            act,
            Paper(
                template,
                {"subject": subject["name"], **{k: row.get(k, "") for k in ("article", "reason")}},
                about=row["subject"],
                serve=ids_of(subject["subject"]),
            ),
        )


@inputs("effect_period")
def effect_inputs(act: Act) -> Mapping[str, Any]:
    return {"form": act.vars.get("form"), "place": act.vars["rule"].get("place"), "running": False}


@operation("issue_decision")
def issue_decision(act: Act) -> None:
    """决定书 for each subject held to account. Guards 1, 2, 3, 4 and 6 hold here once more,
    whatever the diagram before it says."""
    require_heard(act)
    require_tags_answered(act, tags_answered(act))
    if act.vars.get("approved_by") in [*act.vars["subject_users"], *act.vars["team"]]:
        raise Refused("Approver, subject and investigator are different people.", guard="G2")
    for row in _accounted(act):
        subject = next(one for one in all_subjects(act) if one.key == row["subject"])
        require_form(subject, row)
        _issue_for(act, subject, row)
    _tell_exempted(act)


def _accounted(act: Act) -> list[dict[str, Any]]:
    rows = act.vars["decide_collectively"]["conclusions"]
    return [row for row in rows if row["kind"] == "account"]


def _issue_for(act: Act, subject: Subject, row: Mapping[str, Any]) -> None:
    effect_months, bars = effect_of(act, str(row["form"]))
    values = {
        "subject": subject.name,
        "post": act.vars["subjects"][subject.key]["post"],
        "facts": [one.fact for one in live_findings(act)],
        "article": row["article"],
        "reason": row["reason"],
        "form": row["form"],
        "duty_class": act.vars["subjects"][subject.key].get("duty_class", ""),
        "circumstances": tags_answered(act),
        "effect_months": effect_months,
        "bars": bars,
        "only_proposed": row["form"] in ONLY_PROPOSED,
        "approved_by": "、".join(names(act, act.vars.get("approved_by"))),
        "appeal": HOW_TO_APPEAL,
    }
    receipt = {"attachments": ["送达回证"]}
    documents.issue(act, Paper("accountability_decision", values | receipt, about=subject.key))
    if row["form"] == "admonition":
        more = {"attachments": ["诫勉谈话记录"], "copy_to": "党委主要负责同志"}
        documents.issue(act, Paper("admonition_letter", values | more, about=subject.key))


def effect_of(act: Act, form: str) -> tuple[int, list[str]]:
    """Months and bars of a form, from the table pinned with the case."""
    spec = definitions.spec_of(act.session, act.case.definition_id)
    asked = {"form": form, "place": act.vars["rule"].get("place"), "running": False}
    answer = spec.decision("effect_period").decide({k: to_feel(v) for k, v in asked.items()})
    value = answer.value
    bars = [part.strip() for part in str(value["bars"] or "").split(",") if part.strip()]
    return int(value["months"] or 0), bars


@guard("accountability", "serve_decision")
def everybody_was_served(act: Act) -> None:
    """A receipt for each subject held to account; nobody received it before it was decided."""
    received = {row["subject"]: row["received_on"] for row in act.answers["receipts"]}
    for row in _accounted(act):
        day = received.get(row["subject"])
        if day is None:
            name = act.vars["subjects"][row["subject"]]["name"]
            raise Refused("The receipt of {name} is missing.", guard="service", name=name)
        decided_on = measure_of(act, row["subject"]).decided_on
        if decided_on and not decided_on <= date.fromisoformat(day) <= day_of(act.now):
            raise Refused(
                "Served between the decision and today, not on {day}.", guard="service", day=day
            )


@operation("enter_in_force")
def enter_in_force(act: Act) -> None:
    """生效: appeal time, effect, bars, formalities count from the recorded days."""
    for receipt in act.vars["serve_decision"]["receipts"]:
        measure = measure_of(act, receipt["subject"])
        if measure.state != "decided" or measure.decided_on is None or measure.form is None:
            continue
        received = date.fromisoformat(receipt["received_on"])
        measure.received_on = received
        measure.appeal_until = act.calendar.end_of_day(
            act.calendar.add_months(received, act.rule("appeal_file_months"))
        )
        if measure.form not in ONLY_PROPOSED:
            take_effect(act, measure, measure.decided_on)
        measure.formalities_due_at = act.calendar.end_of_day(
            act.calendar.add_months(measure.decided_on, act.rule("formalities_months"))
        )
        measures.move(act, measure, "in_force")
        _serve(act, receipt["subject"], receipt["mode"])


def take_effect(act: Act, measure: Measure, day: date) -> None:
    """影响期: from the day of the decision of the organ that has the power to decide.

    What a work committee only proposes (条例 12) has no effect before that organ has decided.
    """
    months, bars = effect_of(act, measure.form or "")
    measure.effect_from = day
    measure.effect_until = plus_months(day, months) if months else None
    measure.bars = bars if months else []


def _serve(act: Act, subject_key: str, mode: str) -> None:
    users = ids_of(act.vars["subjects"][subject_key]["subject"])
    for paper in documents.of_case(act.session, act.case):
        if paper.subject != subject_key or paper.template not in (
            "accountability_decision",
            "admonition_letter",
        ):
            continue
        for user_id in users:
            documents.serve(act, paper, user_id, mode=mode)


@effect("accountability", "announce")
def announced(act: Act) -> None:
    """宣布: the party organisations named have the decision, so a correction reaches them too."""
    decisions = {
        one.subject: one
        for one in documents.of_case(act.session, act.case)
        if one.template == "accountability_decision"
    }
    for row in act.answers["to"]:
        head = subjects.head_of(act.session, int(row["organisation"]), now=act.now)
        paper = decisions.get(row["subject"])
        if paper is not None and head is not None and head.user_id is not None:
            documents.serve(act, paper, head.user_id, mode="announced")
