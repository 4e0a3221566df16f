"""A survey on its way: the acts of the cast, named once for the tests of its process and pages."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from models import Case, Questionnaire, Survey
from tests.cast import Cast
from workflows import cases, questionnaires, survey_answers, survey_links, survey_steps

SETTLED = timedelta(days=8)
ASKED: list[dict[str, Any]] = [
    {
        "code": "q1",
        "kind": "single",
        "title": "党建与业务结合得如何",
        "required": True,
        "choices": [{"code": "a", "title": "紧密"}, {"code": "b", "title": "两张皮"}],
    },
    {"code": "q2", "kind": "scale", "title": "督促整改的力度", "low": 1, "high": 5},
    {"code": "q3", "kind": "text", "title": "意见建议"},
]


def published(cast: Cast, now: datetime) -> Questionnaire:
    rights = cast.rights("supervisor", now)
    row = questionnaires.draft(
        cast.session, "党建工作问卷", rights=rights, now=now, questions=ASKED
    )
    questionnaires.publish(cast.session, row, by=rights.user, now=now)
    return row


def design(cast: Cast, row: Questionnaire | None, now: datetime, **more: object) -> dict[str, Any]:
    asking: dict[str, Any] = {"asked": False}
    if row is not None:
        asking = {
            "asked": True,
            "questionnaire": str(row.id),
            "anonymity": "anonymous",
            "population": [str(cast.units["work"].id)],
            "who": "everyone",
        }
    return {
        "title": "党建与业务融合情况调研",
        "purpose": "弄清两张皮的表现和原因",
        "methods": ["ask", "visit"],
        "team": [str(cast.users["supervisor"].id), str(cast.users["supervisor2"].id)],
        "closes": (now + timedelta(days=7)).isoformat(),
        "talks": [{"group": "支部书记", "number": 2}],
        **asking,
        **more,
    }


def begun(cast: Cast, now: datetime) -> Case:
    task = survey_steps.begin(cast.session, rights=cast.rights("supervisor", now), now=now)
    return task.case


def opened(cast: Cast, now: datetime, **more: object) -> Case:
    """Designed, approved and sent out."""
    case = begun(cast, now)
    said = design(cast, published(cast, now), now, **more)
    cast.do(case, "design_survey", "supervisor", now, said)
    cast.do(case, "approve_survey", "work_deputy", now, {"verdict": "approve"})
    return case


def survey_in(cast: Cast, case: Case) -> Survey:
    return cast.session.scalars(select(Survey).where(Survey.case_id == case.id)).one()


def answered(cast: Cast, case: Case, now: datetime, count: int = 12) -> Survey:
    """Some of those asked have answered by their links."""
    survey = survey_in(cast, case)
    sheets = survey_links.issue(cast.session, survey, by=cast.users["supervisor"], now=now)
    tokens = [token for sheet in sheets for token in sheet.tokens][:count]
    for place, token in enumerate(tokens):
        typed = {"q-q1": ["b" if place % 3 else "a"], "q-q2": [str(1 + place % 5)]}
        survey_answers.hand_in(cast.session, token, typed, now=now)
    return survey


TALK = {
    "method": "forum",
    "date": "2026-03-02",
    "group": "支部书记",
    "notes": "任务分头布置，缺少统筹",
    "confidential": False,
}


def collected(cast: Cast, now: datetime, **more: object) -> tuple[Case, datetime]:
    """The box is closed and the talks are on record; the analysis waits."""
    case = opened(cast, now, **more)
    answered(cast, case, now)
    cast.do(case, "hold_talks", "supervisor2", now, {"talks": [TALK]})
    later = now + SETTLED
    cases.wake(cast.session, case.id, now=later)
    return case, later


def analysis(basis: list[str]) -> dict[str, Any]:
    return {
        "problems": [{"problem": "党建与业务两张皮", "basis": basis, "share": 66.7}],
        "causes": "同谋划不够",
        "suggestions": [
            {"text": "建立联合计划", "follow_up": True},
            {"text": "加强培训", "follow_up": False},
        ],
    }
