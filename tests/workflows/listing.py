"""责任清单 on their way: the acts of the cast, named once for processes, pages and hand-overs."""

from datetime import datetime

from sqlalchemy import select

from models import Case, ResponsibilityList, ResponsibilityTemplate, Unit
from tests.cast import Cast
from tests.workflows.steps import do
from workflows import responsibility_rounds
from workflows.responsibility_rounds import Start

HOLDERS = {
    "finance_head": "党组书记",
    "finance_secretary": "机关党委书记",
    "finance_deputy": "专职副书记",
    "finance_branch_secretary": "支部书记",
}


def template(cast: Cast, code: str = "three_levels") -> ResponsibilityTemplate:
    return cast.session.scalars(
        select(ResponsibilityTemplate).where(
            ResponsibilityTemplate.code == code, ResponsibilityTemplate.in_force.is_(True)
        )
    ).one()


def start(cast: Cast, *, year: int = 2026, carry: bool = False, unit: str = "finance") -> Start:
    organ: Unit = cast.units[unit]
    return Start(organ, year, template(cast).id, carry=carry)


def begun(
    cast: Cast, now: datetime, *, by: str = "finance_deputy", year: int = 2026, carry: bool = False
) -> Case:
    """The finance organ's lists wait to be drafted."""
    return responsibility_rounds.begin(
        cast.session,
        start(cast, year=year, carry=carry),
        rights=cast.rights(by, now),
        now=now,
    )


def decided(cast: Cast, case: Case, now: datetime, **more: object) -> None:
    """Drafted and approved: each holder has his list to sign for."""
    do(cast, case, "draft_lists", "finance_deputy", now, note="依据三级四岗模板拟订")
    answers = {
        "verdict": "approve",
        "meeting": "党组会议",
        "held_on": "2026-03-02",
        "minutes": "1",
    } | more
    do(cast, case, "decide_lists", "finance_head", now, **answers)


def list_of(cast: Cast, who: str, *, year: int = 2026) -> ResponsibilityList:
    """The newest list that is made out to this person."""
    return cast.session.scalars(
        select(ResponsibilityList)
        .where(ResponsibilityList.user_id == cast.users[who].id, ResponsibilityList.year == year)
        .order_by(ResponsibilityList.number.desc())
        .limit(1)
    ).one()


def sign(cast: Cast, case: Case, who: str, now: datetime, *, year: int = 2026) -> None:
    row = list_of(cast, who, year=year)
    answers = {"signature": who, "remark": ""}
    cast.do(case, "sign_list", who, now, answers, item=str(row.id))


def in_force(cast: Cast, now: datetime) -> Case:
    """The finance organ's lists of 2026 are signed for by everybody."""
    case = begun(cast, now)
    decided(cast, case, now)
    for who in HOLDERS:
        sign(cast, case, who, now)
    return case
