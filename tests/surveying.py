"""A questionnaire with a question of each kind, and surveys held with it."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import Questionnaire, Survey, SurveyGroup, User
from tests.cast import Cast
from workflows import survey_links, surveys

YES_NO: list[dict[str, str]] = [
    {"code": "yes", "title": "是", "title_en": "Yes"},
    {"code": "no", "title": "否", "title_en": "No"},
]
QUESTIONS: list[dict[str, Any]] = [
    {
        "code": "planned",
        "kind": "single",
        "title": "本单位党建与业务是否同谋划?",
        "title_en": "Are party and business work planned together?",
        "required": True,
        "choices": YES_NO,
    },
    {
        "code": "why",
        "kind": "multiple",
        "title": "未同谋划的原因",
        "title_en": "Why not?",
        "choices": [
            {"code": "time", "title": "时间冲突"},
            {"code": "form", "title": "流于形式"},
            {"code": "duty", "title": "职责不清"},
        ],
        "most": 2,
        "show_if": {"question": "planned", "is": ["no"]},
    },
    {
        "code": "mark",
        "kind": "scale",
        "title": "对同落实的满意度",
        "low": 1,
        "high": 5,
        "low_title": "不满意",
        "high_title": "满意",
        "required": True,
    },
    {
        "code": "parts",
        "kind": "matrix",
        "title": "各环节做得如何?",
        "rows": [{"code": "plan", "title": "同部署"}, {"code": "check", "title": "同检查"}],
        "choices": [{"code": "good", "title": "好"}, {"code": "poor", "title": "差"}],
    },
    {"code": "say", "kind": "text", "title": "意见建议", "longest": 200},
]
GOOD: Mapping[str, str] = {"q-planned": "yes", "q-mark": "4"}
WHOLE = {**GOOD, "q-parts-plan": "good", "q-parts-check": "poor", "q-say": "多到基层"}


def questionnaire(
    session: Session,
    now: datetime,
    questions: Sequence[Mapping[str, Any]] = QUESTIONS,
    *,
    code: str = "two_skins",
) -> Questionnaire:
    """A published version."""
    row = Questionnaire(
        code=code,
        number=1,
        title="党建业务融合问卷",
        questions=[dict(one) for one in questions],
        state="published",
        made_at=now,
        published_at=now,
    )
    session.add(row)
    session.flush()
    return row


def draft(cast: Cast, now: datetime, **more: Any) -> surveys.Draft:
    given: dict[str, Any] = {
        "title": "党建业务融合问卷调查",
        "opens": now,
        "closes": now + timedelta(days=7),
        "population": {"units": [str(cast.units["work"].id)], "who": "everyone"},
        "attributes": ("organ", "post"),
        **more,
    }
    if "questionnaire_id" not in given:
        given["questionnaire_id"] = questionnaire(cast.session, now).id
    return surveys.Draft(**given)


def opened(cast: Cast, now: datetime, **more: Any) -> Survey:
    by = cast.users["supervisor"]
    survey = surveys.prepare(cast.session, draft(cast, now, **more), by=by, now=now)
    return surveys.open_to_all(cast.session, survey.id, by=by, now=now)


def links(cast: Cast, survey: Survey, now: datetime) -> list[str]:
    """Every link of an anonymous survey."""
    sheets = survey_links.issue(cast.session, survey, by=cast.users["supervisor"], now=now)
    return [token for sheet in sheets for token in sheet.tokens]


def of_size(session: Session, survey: Survey, unit_id: int, cells: Mapping[str, int]) -> None:
    """The survey asks as many people in these cells, whoever they are."""
    for row in session.scalars(select(SurveyGroup).where(SurveyGroup.survey_id == survey.id)):
        session.delete(row)
    session.flush()
    for cell, size in cells.items():
        session.add(SurveyGroup(survey_id=survey.id, unit_id=unit_id, cell=cell, size=size))
    survey.asked = sum(cells.values())
    session.flush()


def crowd(cast: Cast, unit: str, size: int) -> list[User]:
    return [cast.person(f"{unit}.{number}", unit=unit) for number in range(size)]
