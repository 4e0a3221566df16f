"""What each paper is told when it is issued: the fields that its template may show.

A paper that is given a new field gets it here too; at publish a template that shows anything else
is refused, for it would print a blank.
"""

import re
from collections.abc import Iterator, Mapping
from difflib import get_close_matches

# Every paper has the first line; the second is for those that are addressed, annexed or copied.
COMMON = (
    "number title case_title issuer signed_on "
    "subject addressee attachments copy_to"
)  # fmt: skip
FIELDS: Mapping[str, str] = {
    # 督办
    "supervision_notice": "light source lead_unit co_units leader requirement due feedback contact "
    "issued_by acknowledged_by acknowledged_at",
    "urge_notice": "original_due urge_number text new_date",
    "red_card": "lead_unit original_due days_late mode visit_on text issued_by",
    "extension_reply": "granted new_due original_due opinion",
    "completion_report": "lead_unit result evidence self_check opinion on_time_original "
    "on_time_extended",
    # 整改
    "rectification_list": "problems(problem basis requirement due responsible) due",
    "rectification_closure": "items(item verdict basis) opinion evidence reviewer",
    # 提醒、约谈
    "reminder_letter": "post ground basis request reply_due facts",
    "talk_record": "post talker at place record statement",
    "interview_notice": "post ground basis planned_at place talkers attendees bring",
    "interview_minutes": "post approved_by talkers recorder at place problems statement attitude "
    "requirements(requirement due) signature remarks unsigned_note",
    # 问责
    "transfer_letter": "kind to items(item) facts",
    "fact_material": "material(subject text facts) version",
    "meeting_record": "at place present heard opinion defence(point) "
    "points(point adopted reason) note version",
    "investigation_report": "basics basis course discussion attitude "
    "circumstances(tag adopted reason) proposals(subject duty_class form article effect) team",
    "accountability_decision": "post facts article reason form duty_class "
    "circumstances(tag adopted reason) effect_months bars only_proposed approved_by appeal",
    "admonition_letter": "post facts article reason form duty_class "
    "circumstances(tag adopted reason) effect_months bars only_proposed approved_by appeal",
    "exemption_notice": "article reason",
    "clearance_notice": "article reason",
    "circular": "form facts scope",
    # 申诉
    "appeal_receipt": "received_on decide_until",
    "inadmissible_notice": "reason further",
    "appeal_decision": "request grounds tests(test ok reason) verdict reason",
    "correction_circular": "verdict reason scope(who how done_on)",
    # 述职
    "round_plan": "year secretaries contents report_due session_at daily session ballot",
    "report_form": "post year last_year facts results problems causes next_year last_list "
    "integration",
    "session_minutes": "at place present items(name comment by question answer)",
    "feedback_letter": "year grade comment problems requests days",
    "round_circular": "year grades(grade names) problems",
    # 考核
    "assessment_plan": "year name combine quota content(name points means)",
    "result_publicity": "year from_day until_day grades(grade names)",
    "assessment_letter": "year party business total grade reason {scored}",
    "score_sheet": "year party business total grade reason {scored}",
    "assessment_circular": "year grades(grade names)",
    # 结果运用
    "publicity_notice": "year names awards(award names) from_day until_day",
    "use_letter": "year items(name post use grade reason until)",
    "post_record": "year items",
    # 五同计划
    "joint_plan_sheet": "year meeting held_on edition items(number business_goal measures "
    "indicator owner_business owner_party branch due)",
    "checkpoint_note": "year check held_on items(number goal business party note help) behind",
    "year_sheet": "year items(number goal business party judgement) both",
    # 集中督导调研
    "inspection_notice": "basis kind topic from_day to_day methods team register_no",
    "sample_list": "kind from_day to_day total size seed algorithm digest drawn_at drawn_by "
    "picks(place id name day)",
    "inspection_feedback": "topic from_day to_day head clean "
    "problems(problem basis requirement evidence)",
    "inspection_report": "from_day to_day topic kind register_no methods common good suggestions "
    "units(name problems)",
    # 问卷与访谈、调研
    "survey_report": "purpose methods closed asked answered rate anonymous who talks "
    "results(number title n hidden mark) problems(problem share basis) causes "
    "suggestions(text follow_up)",
    "research_report": "question team from_day until_day sources parts(head claims) "
    "results(title n mark)",
    # 全市概览
    "city_circular": "month duties plan skins matters findings rectified organs changes remarks",
    # 责任清单
    "responsibility_list": "unit post year charge duty_title meeting held_on groups(name rows) "
    "signed_by received_on",
}
SCORED = " ".join(
    f"{side}_lines(name points most has_data)"
    for side in ("party", "business", "bonus", "deduction")
)
FIELD = re.compile(r"(\w+)(?:\(([^)]*)\))?")

Fields = Mapping[str, frozenset[str]]  # of each field the parts of its rows


def read(said: str) -> Fields:
    """`subject items(name due)`: two fields, one of them with rows of two parts."""
    found = FIELD.findall(said.replace("{scored}", SCORED))
    return {name: frozenset(parts.split()) for name, parts in found}


def of(template: str) -> Fields | None:
    """All that the paper may show; None where nothing issues a paper of that name."""
    said = FIELDS.get(template)
    return None if said is None else {**read(COMMON), **read(said)}


def unknown(template: str, shown: set[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """Of the fields and parts shown those that are not told, each with the nearest one that is."""
    known = of(template)
    if known is None:
        known = read(COMMON)
    for name, part in sorted(shown):
        if name not in known:
            if not part:
                yield name, _nearest(name, known)
        elif part and part not in known[name]:
            near = _nearest(part, known[name])
            yield f"{name}.{part}", f"{name}.{near}" if near else ""


def _nearest(name: str, known: Mapping[str, object] | frozenset[str]) -> str:
    return next(iter(get_close_matches(name, sorted(known), 1, 0.6)), "")
