"""考核结果: shown to the public for its days, published and frozen, and what follows from it."""

from collections.abc import Mapping
from typing import Any

from models import Assessment, Scheme, Unit, UnitSheet
from workflows import (
    assignment,
    documents,
    gradings,
    rectifications,
    registry,
    schemes,
    score_sheets,
)
from workflows.assessment_rounds import WORDS, committee_of, of_case
from workflows.deadlines import day_of
from workflows.documents import Paper, chinese_date
from workflows.parties import posts_people
from workflows.registry import Act, operation
from workflows.scoring.scheme import SIDES
from workflows.subjects import organisation
from workflows.weak_grades import Weak, answer_of, propose


@operation("start_result_publicity", takes=(registry.WORKING_DAYS,))
def start_publicity(act: Act) -> None:
    """公示: from today for its working days; an objection goes to the assessors meanwhile."""
    assessment = of_case(act)
    days = act.whole("days", act.days("result_publicity"))
    assessment.publicity_from = day_of(act.now)
    assessment.publicity_until = act.calendar.add_workdays(day_of(act.now), days)
    documents.issue(
        act,
        Paper(
            "result_publicity",
            {
                "addressee": "各单位",
                "year": assessment.year,
                "from_day": chinese_date(assessment.publicity_from),
                "until_day": chinese_date(assessment.publicity_until),
                "grades": _by_grade(act),
            },
        ),
    )


def _by_grade(act: Act) -> list[dict[str, str]]:
    found: dict[str, list[str]] = {}
    for sheet in score_sheets.sheets(act.session, of_case(act)):
        name = act.session.get_one(Unit, sheet.unit_id).name
        found.setdefault(sheet.grade or "", []).append(name)
    return [
        {"grade": word, "names": "、".join(found[code])}
        for code, word in WORDS.items()
        if code in found
    ]


def _tell_unit(act: Act, assessment: Assessment, sheet: UnitSheet) -> None:
    """通知书 with the sheet behind it as its annex, both served on the unit's secretary."""
    unit = act.session.get_one(Unit, sheet.unit_id)
    values = {
        "subject": unit.name,
        "addressee": unit.name,
        "year": assessment.year,
        "party": f"{sheet.party:.2f}",
        "business": f"{sheet.business:.2f}",
        "total": f"{sheet.total:.2f}",
        "grade": WORDS[sheet.grade or "poor"],
        "reason": sheet.grade_reason,
        **_scored(act, assessment, sheet),
    }
    about, serve = f"unit-{unit.id}", _secretary(act, unit)
    annexed = values | {"attachments": ["考核评分表"]}
    documents.issue(act, Paper("assessment_letter", annexed, about=about, serve=serve))
    documents.issue(act, Paper("score_sheet", values, about=about, serve=serve))


def _scored(act: Act, assessment: Assessment, sheet: UnitSheet) -> dict[str, Any]:
    """What each indicator of either side gave, in the scheme's order."""
    plan = schemes.plan_of(act.session.get_one(Scheme, assessment.scheme_id))
    lines = score_sheets.lines_of(act.session, assessment, sheet.unit_id)
    found = {line.indicator: line for line in lines}
    told: dict[str, Any] = {f"{side}_lines": [] for side in SIDES}
    for one in plan.indicators:
        if (line := found.get(one.code)) is not None:
            told[f"{line.side}_lines"].append(
                {
                    "name": one.name,
                    "points": f"{line.points:.2f}",
                    "most": f"{line.most:.2f}",
                    "has_data": line.has_data,
                }
            )
    return told


@operation("publish_results")
def publish_results(act: Act) -> None:
    """The results are frozen, each unit gets its own in writing, the circular has no ranks."""
    assessment = of_case(act)
    gradings.publish(act.session, assessment, by=act.by, now=act.now)
    for sheet in score_sheets.sheets(act.session, assessment):
        _tell_unit(act, assessment, sheet)
    circular = {"addressee": "各单位", "year": assessment.year, "grades": _by_grade(act)}
    documents.issue(act, Paper("assessment_circular", circular))
    act.vars["weak"] = {
        str(sheet.unit_id): {
            "unit": str(sheet.unit_id),
            "grade": WORDS[sheet.grade or ""],
            "subject": organisation(act.session, sheet.unit_id).as_vars(),
        }
        for sheet in score_sheets.sheets(act.session, assessment)
        if sheet.grade in ("average", "poor")
    }


@operation("assessment_follow_up")
def follow_up(act: Act) -> None:
    """A rectification for who is weak, and a proposal through the ladder; nobody is moved by it."""
    for key, item in act.vars["weak"].items():
        _list_for(act, item)
        propose(act, _weak(act, item), answer_of(act, "match_results", key))


def _secretary(act: Act, unit: Unit) -> list[int]:
    return posts_people(act, committee_of(act.session, unit), "机关党委书记")


def _list_for(act: Act, item: Mapping[str, Any]) -> None:
    unit = act.session.get_one(Unit, int(item["unit"]))
    owner = _secretary(act, unit)
    reviewers = sorted(set(assignment.people(act, "role(supervisor)")) - set(owner))
    weak = score_sheets.weakest(act.session, of_case(act), unit.id)
    if owner and reviewers:
        rectifications.begin(
            act.session,
            rectifications.Listed(
                origin="assessment",
                key=f"rectification:assessment:{of_case(act).id}:{unit.id}",
                unit=unit,
                owner=owner,
                reviewer=reviewers,
                problems=[
                    {"problem": text, "basis": "年度考核结果", "requirement": "限期整改"}
                    for text in weak
                ],
                days=act.days("debriefing_list"),
                parent=act.case,
            ),
            by=act.by,
            now=act.now,
        )


def _weak(act: Act, item: Mapping[str, Any]) -> Weak:
    subject = organisation(act.session, int(item["unit"]))
    year, grade = act.vars["year"], item["grade"]
    return Weak(
        ground="assessment",
        key=f"assessment:{of_case(act).id}:{item['unit']}",
        subject=subject,
        grade=grade,
        fact=f"{subject.name}：{year}年度考核等次为“{grade}”",
    )
