"""查重: what a questionnaire asks that was asked lately, or that the system knows already."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import Questionnaire, Survey, Unit
from workflows.deadlines import day_of

LATELY = timedelta(days=365)
MOST = 200  # surveys looked at
# What is asked for although it is on record: nobody is to type it again.
KNOWN = {
    "单位名称": "组织机构",
    "所在单位": "组织机构",
    "所在支部": "组织机构",
    "职务": "职务任免记录",
    "党员人数": "组织机构",
    "换届时间": "组织机构",
    "三会一课次数": "义务台账",
    "党费": "义务台账",
}


def found(
    session: Session, questionnaire: Questionnaire, population: Mapping[str, Any], *, now: datetime
) -> list[str]:
    """A line for each question that repeats another, or asks what is known."""
    before = _asked_before(session, population, now)
    lines = []
    for number, one in enumerate(questionnaire.questions, 1):
        title = _plain(one["title"])
        if title in before:
            survey = before[title]
            lines.append(f"第{number}题曾于{day_of(survey.opens)}在“{survey.title}”中问过")
        known = next((where for word, where in KNOWN.items() if word in title), "")
        if known:
            lines.append(f"第{number}题所问内容系统已有（{known}）")
    return lines


def _plain(title: str) -> str:
    return "".join(one for one in title if one.isalnum()).casefold()


def _asked_before(
    session: Session, population: Mapping[str, Any], now: datetime
) -> dict[str, Survey]:
    """The questions asked of some of the same units within a year, by their bare wording."""
    recent = session.scalars(
        select(Survey)
        .where(Survey.opens >= now - LATELY, Survey.state != "draft")
        .order_by(Survey.opens)
        .limit(MOST)
    ).all()
    paths = _paths(session, [population, *(one.population for one in recent)])
    mine = [paths[str(one)] for one in population.get("units", ()) if str(one) in paths]
    asked: dict[str, Survey] = {}
    for survey in recent:
        theirs = [paths[str(one)] for one in survey.population["units"] if str(one) in paths]
        if not any(a.startswith(b) or b.startswith(a) for a in mine for b in theirs):
            continue
        row = session.get_one(Questionnaire, survey.questionnaire_id)
        asked |= {_plain(one["title"]): survey for one in row.questions}
    return asked


def _paths(session: Session, populations: list[Mapping[str, Any]]) -> dict[str, str]:
    ids = {int(unit) for one in populations for unit in one.get("units", ())}
    rows = session.execute(select(Unit.id, Unit.path).where(Unit.id.in_(ids)))
    return {str(unit_id): path for unit_id, path in rows}
