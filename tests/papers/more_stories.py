"""Stories of surveys and research, joint plans, lists of duties and the city's circular."""

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import select

from models import CityCircular, FieldNote, Research, UnitKind
from tests.cast import Cast
from tests.papers.story import Made, Story
from tests.workflows import (
    listing,
    planning,
    surveying,
    test_city_circulars,
    test_finding_lists,
    test_research,
)
from workflows import city_circulars, definitions, research, research_reports

REMARKS = "限期补办责任事项。\n举一反三，健全制度。"


def surveyed(cast: Cast, now: datetime) -> None:
    """问卷与访谈: asked, talked with, concluded on both, reported."""
    case, later = surveying.collected(cast, now)
    survey = surveying.survey_in(cast, case)
    note = cast.session.scalars(select(FieldNote)).one()
    basis = [f"survey:{survey.id}:q1", f"note:{note.id}"]
    cast.do(case, "analyse", "supervisor", later, surveying.analysis(basis))
    cast.do(case, "approve_conclusions", "work_deputy", later, {"verdict": "approve"})


def researched(cast: Cast, now: datetime) -> None:
    """调研: a problem and a suggestion on a survey and a visit, concluded."""
    case, later = surveying.collected(cast, now)
    survey = surveying.survey_in(cast, case)
    row = test_research.begun(cast, later, surveys=[survey.id])
    seen = test_research.noted(cast, row, later)
    test_research.claimed(cast, row, later, f"survey:{survey.id}:q1", seen)
    test_research.claimed(cast, row, later, seen, kind="suggestion")
    research.conclude(cast.session, row, rights=cast.rights("handler", later), now=later)


def research_report(cast: Cast, now: datetime) -> Sequence[Made]:
    row = cast.session.scalars(select(Research)).one()
    values = row.report or {}
    process = definitions.latest(cast.session, "survey", now=now)
    data = research_reports.paper(cast.session, row, now=now)
    return [Made("research_report", process.id, values, values["number"], data)]


def planned(cast: Cast, now: datetime) -> None:
    """五同计划: decided, checked three times, twice behind in the same item, assessed."""
    cast.unit("finance_office", UnitKind.DEPARTMENT, "finance")
    case = planning.running(cast, now)
    for day in ((4, 1), (7, 1)):
        at = planning.woken(cast, case, *day)
        planning.checked(cast, case, at, party="behind")
    planning.checked(cast, case, planning.woken(cast, case, 10, 9))
    planning.reviewed(cast, case, planning.woken(cast, case, 12, 18))


def circulated(cast: Cast, now: datetime) -> None:
    """月度通报: of January, and of February, when a fact of January has come to light."""
    for key, month in (("k:1", 202601), ("k:2", 202602)):
        happened = date(2026, 1, 10)
        found = test_finding_lists.found(cast, now, key, happened_on=happened)
        found.status = "established"
        cast.session.flush()
        row = test_city_circulars.draft(cast, month, now)
        test_city_circulars.change(cast, row, test_city_circulars.DRAFTER, REMARKS)
        test_city_circulars.issue(cast, row, now=now)


def city_circular(cast: Cast, now: datetime) -> Sequence[Made]:
    process = definitions.latest(cast.session, "supervision", now=now)
    rows = cast.session.scalars(select(CityCircular).order_by(CityCircular.month))
    return [
        Made(
            "city_circular",
            process.id,
            city_circulars.values(cast.session, row, now=now),
            row.number or "",
            city_circulars.paper(cast.session, row, now=now),
        )
        for row in rows
    ]


STORIES: dict[str, Story] = {
    "survey": Story(
        "survey",
        surveyed,
        frozenset({"survey_report"}),
        ("收回12份", "座谈记录 2026年3月2日 支部书记", "建立联合计划（转督办）", "66.7%"),
    ),
    "research": Story(
        "survey",
        researched,
        frozenset({"research_report"}),
        ("谋划与检查脱节", "三、主要问题", "四、对策建议", "走访记录 2026年3月10日 财政局支部"),
        research_report,
    ),
    "joint plan": Story(
        "joint_plan",
        planned,
        frozenset({"joint_plan_sheet", "checkpoint_note", "year_sheet"}),
        (
            "经2026年3月2日党组会审定（第1版），共1项",
            "党员先锋岗攻坚",
            "连续滞后，提请党组书记考虑列入督办",
            "两促进1项，共1项",
        ),
    ),
    "lists of duties": Story(
        "responsibility",
        listing.in_force,
        frozenset({"responsibility_list"}),
        ("【四个亲自】", "责任定位：首要责任", "责任岗位："),
    ),
    "city circular": Story(
        "supervision",
        circulated,
        frozenset({"city_circular"}),
        ("2026年2月机关党建责任落实情况通报", "六、前期通报数据变化", "原为1，现为2",
         "举一反三，健全制度。"),
        city_circular,
    ),
}  # fmt: skip
