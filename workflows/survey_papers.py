"""调研报告: method, sample, results, problems, causes, suggestions, each with its evidence."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import func, select

from models import Document, FieldNote, Survey
from workflows import citations, codes, documents
from workflows.citations import Source
from workflows.documents import Paper
from workflows.parties import local
from workflows.registry import Act

WHO = {"everyone": "全体人员", "posts": "有职务的人员", "members": "党员", "cadres": "领导干部"}


def issue_report(act: Act, survey: Survey | None) -> Document:
    """The report stands in the case's file with what was approved."""
    said = act.vars["design_survey"]
    sources = citations.of_case(act.session, act.case.id)
    values: dict[str, Any] = {
        "addressee": "市委机关工委",
        "subject": said["title"],
        "purpose": said["purpose"],
        "methods": codes.named("survey_method", said["methods"]),
        "closed": local(said["closes"]),
        "asked": "",
        **_of_survey(act, survey),
        **_of_notes(act),
        **_of_analysis(act.vars["analyse"], sources),
    }
    return documents.issue(act, Paper("survey_report", values))


def _of_survey(act: Act, survey: Survey | None) -> dict[str, Any]:
    if survey is None:
        return {"results": [], "figures": {}}
    answered = survey.answered or 0
    results = citations.results_of(act.session, survey)
    return {
        "asked": survey.asked,
        "answered": answered,
        "rate": f"{100 * answered / survey.asked:.1f}" if survey.asked else "0",
        "anonymous": survey.anonymous,
        "who": WHO[survey.population.get("who", "everyone")],
        "results": [
            {
                "number": one.number,
                "title": one.title,
                "n": one.n if one.n is not None else "",
                "hidden": one.n is None,
                "mark": f"[[figure {one.key}]]",
            }
            for one in results
        ],
        "figures": {one.key: citations.as_figure(one) for one in results if one.n is not None},
    }


def _of_notes(act: Act) -> dict[str, Any]:
    held = act.session.execute(
        select(FieldNote.method, func.count(), func.sum(FieldNote.looked))
        .where(FieldNote.case_id == act.case.id, FieldNote.held_at.is_not(None))
        .group_by(FieldNote.method)
    )
    lines = []
    for method, number, looked in held:
        more = f"，查阅{looked}份" if looked else ""
        lines.append(f"{citations.METHODS[method]}{number}次{more}")
    return {"talks": "；".join(lines)}


def _of_analysis(said: Mapping[str, Any], sources: list[Source]) -> dict[str, Any]:
    return {
        "problems": [
            {
                "problem": row["problem"],
                "share": "" if row.get("share") is None else f"{row['share']:g}",
                "basis": citations.told(row["basis"], sources),
            }
            for row in said["problems"]
        ],
        "causes": said["causes"],
        "suggestions": [
            {"text": row["text"], "follow_up": row["follow_up"]} for row in said["suggestions"]
        ],
    }
