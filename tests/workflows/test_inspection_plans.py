"""The yearly plan: filed, without a second look at a unit; rules in versions; as a workbook."""

from datetime import date, datetime, timedelta
from io import BytesIO
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from models import AuditRow, Institution, PlannedUnit, SupervisionPlanEntry
from tests.cast import Cast
from tests.inspecting import TOPIC, begun, city, filed, plan, planned, running, said
from tests.workflows.steps import refused
from workflows import (
    inspection_books,
    inspection_overlaps,
    inspection_plans,
    inspections,
    institutions,
)
from workflows.deadlines import day_of
from workflows.errors import Conflict, Invalid, NotAllowed, NotFound, Refused
from workflows.imports import build
from workflows.inspection_books import PLAN, REGISTER
from workflows.inspection_overlaps import Said, clash, likeness
from workflows.institutions import Said as Rule

DAYS = st.dates(date(2026, 1, 1), date(2026, 12, 31))
KINDS = st.sampled_from(("topical", "rules", "daily"))
TOPICS = st.text("党建业务检查督导调研支部", min_size=2, max_size=12)


@pytest.fixture
def cast(session: Session, now: datetime) -> Cast:
    return city(session, now)


@st.composite
def items(draw: st.DrawFn) -> Said:
    first, second = sorted((draw(DAYS), draw(DAYS)))
    return Said("x", draw(KINDS), comprehensive=False, topic=draw(TOPICS), from_day=first,
                to_day=second, units=())  # fmt: skip


@given(items(), items())
def test_a_clash_is_one_from_either_side(a: Said, b: Said) -> None:
    assert bool(clash(a, b, 60)) == bool(clash(b, a, 60))


@given(items(), items())
def test_what_does_not_meet_in_time_clashes_by_its_topic_alone(a: Said, b: Said) -> None:
    apart = a.to_day < b.from_day or b.to_day < a.from_day
    alike = likeness(a.topic, b.topic) >= 60
    daily = "daily" in (a.kind, b.kind)
    expected = (alike and not apart) if daily else (alike or not apart)
    assert bool(clash(a, b, 60)) == expected


@given(TOPICS, TOPICS)
def test_likeness_is_of_both_and_full_of_the_same(a: str, b: str) -> None:
    assert likeness(a, b) == likeness(b, a)
    assert 0 <= likeness(a, b) <= 100
    assert likeness(a, a) == 100


def test_topics_are_alike_whatever_the_year() -> None:
    assert likeness("2026年度机关党建督导", "2027年度机关党建督导") == 100
    assert likeness("破解两张皮集中督导调研", "破解“两张皮”集中督导") >= 60
    assert likeness("破解两张皮集中督导调研", "党费收缴使用检查") < 60


@pytest.mark.parametrize(
    ("days", "topic", "free"),
    [((0, 20), "党费检查", False), ((60, 70), TOPIC, False), ((60, 70), "党费检查", True)],
)
def test_a_second_look_at_a_unit_is_refused_by_name(
    cast: Cast, now: datetime, days: tuple[int, int], topic: str, *, free: bool
) -> None:
    planned(cast, now)
    start, end = (day_of(now) + timedelta(days=one) for one in days)
    given = {"code": "DJ-02", "topic": topic, "from_day": start, "to_day": end}
    if free:
        assert planned(cast, now, **given).topic == topic
        return
    with pytest.raises(Refused) as refusal:
        planned(cast, now, **given)
    assert (refusal.value.facts["name"], refusal.value.facts["unit"]) == (TOPIC, "finance")


def test_another_unit_may_be_looked_at_meanwhile(cast: Cast, now: datetime) -> None:
    planned(cast, now)
    other = (cast.units["planning"].id,)
    assert planned(cast, now, code="DJ-02", units=other).id


def test_what_was_taken_out_stands_in_nobodys_way(cast: Cast, now: datetime) -> None:
    entry, rights = planned(cast, now), cast.rights("supervisor", now)
    inspection_plans.withdraw(cast.session, entry, "并入其他检查", rights=rights, now=now)
    assert planned(cast, now, code="DJ-02").id
    with refused(cast, "withdrawn"):
        inspections.begin(cast.session, entry, rights=rights, now=now)


def test_a_running_inspection_is_in_the_way_of_a_daily_one(cast: Cast, now: datetime) -> None:
    running(cast, now)
    organ = cast.units["work"]
    daily = said(cast, now, kind="daily")
    found = inspection_overlaps.overlaps(cast.session, organ, daily, year=2026)
    assert {one.why for one in found} == {"topic"}
    other = said(cast, now, kind="daily", topic="党费收缴回头看")
    assert inspection_overlaps.overlaps(cast.session, organ, other, year=2026) == []


def test_one_comprehensive_item_a_year(cast: Cast, now: datetime) -> None:
    planned(cast, now, comprehensive=True)
    given = {"code": "DJ-02", "topic": "党费检查", "units": (cast.units["planning"].id,)}
    with refused(cast, "comprehensive"):
        planned(cast, now, comprehensive=True, **given)
    assert planned(cast, now, **given).comprehensive is False


def test_a_plan_is_filed_once_and_what_runs_is_not_taken_out(cast: Cast, now: datetime) -> None:
    entry, rights = filed(cast, now), cast.rights("supervisor", now)
    assert entry.register_no == "备〔2026〕7号"
    with pytest.raises(Conflict):
        inspection_plans.file(
            cast.session, cast.units["work"], 2026, "备〔2026〕8号", on=day_of(now),
            rights=rights, now=now,
        )  # fmt: skip
    case = inspections.begin(cast.session, entry, rights=rights, now=now)
    cast.do(case, "draft_inspection", "supervisor", now, plan(cast, now))
    with pytest.raises(Conflict):
        inspection_plans.withdraw(cast.session, entry, "x", rights=rights, now=now)


def test_a_code_stands_once_and_a_stranger_plans_nothing(cast: Cast, now: datetime) -> None:
    planned(cast, now)
    with pytest.raises(Conflict):
        planned(cast, now, topic="另一事项")
    with pytest.raises(NotAllowed):
        inspection_plans.enter(
            cast.session, cast.units["work"], said(cast, now, code="X"), year=2026,
            rights=cast.rights("finance_secretary", now), now=now,
        )  # fmt: skip
    entry = cast.session.scalars(select(SupervisionPlanEntry)).one()
    with pytest.raises(NotFound):
        inspection_plans.get(cast.session, entry.id, rights=cast.rights("planning_head", now))


def rule(**more: Any) -> Rule:
    given: dict[str, Any] = {
        "code": "YS-01",
        "kind": "deliberation",
        "name": "议事规则",
        "paper": "财党1号",
        "requirement": "集体讨论决定",
        "active_from": date(2026, 1, 1),
    }
    return Rule(**(given | more))


def test_a_version_holds_until_the_next(cast: Cast, now: datetime) -> None:
    unit, rights = cast.units["finance"], cast.rights("finance_secretary", now)
    first = institutions.enter(cast.session, unit, rule(), rights=rights, now=now)
    with pytest.raises(Conflict):
        institutions.enter(cast.session, unit, rule(), rights=rights, now=now)
    with pytest.raises(Invalid):
        institutions.enter(cast.session, unit, rule(name="新"), rights=rights, now=now)
    later = rule(name="新", active_from=date(2026, 2, 1))
    second = institutions.enter(cast.session, unit, later, rights=rights, now=now)
    assert (second.number, first.active_until) == (2, date(2026, 2, 1))
    for day, holds in ((date(2026, 1, 31), first), (date(2026, 2, 1), second)):
        assert institutions.in_force(cast.session, unit, day) == [holds]
    with pytest.raises(NotAllowed):
        institutions.enter(
            cast.session, unit, rule(code="Z"), rights=cast.rights("planning_secretary", now),
            now=now,
        )  # fmt: skip


def a_book(cast: Cast, now: datetime) -> bytes:
    """One rule in two versions and two items, as the system writes them."""
    rights = cast.rights("supervisor", now)
    unit = cast.units["finance"]
    institutions.enter(cast.session, unit, rule(), rights=rights, now=now)
    later = rule(name="+1 规则", active_from=date(2026, 2, 1))
    institutions.enter(cast.session, unit, later, rights=rights, now=now)
    filed(cast, now)
    planned(cast, now, code="DJ-02", units=(cast.units["planning"].id,), topic="党费检查")
    return inspection_books.write(cast.session, rights=rights)


def cells(data: bytes) -> list[list[Any]]:
    book = load_workbook(BytesIO(data))
    return [[cell.value for cell in row] for sheet in book for row in sheet]


def test_what_goes_out_comes_in_again_the_same(cast: Cast, now: datetime) -> None:
    rights, data = cast.rights("supervisor", now), a_book(cast, now)
    report = inspection_books.take(cast.session, data, rights=rights, now=now)
    assert (report.faults, report.changes) == ([], 0)
    for table in (PlannedUnit, SupervisionPlanEntry, Institution):
        cast.session.execute(delete(table))
    cast.session.expire_all()
    trial = inspection_books.take(cast.session, data, rights=rights, now=now, dry_run=True)
    assert (trial.faults, trial.changes) == ([], 4)
    assert cast.session.scalars(select(Institution)).all() == []
    report = inspection_books.take(cast.session, data, rights=rights, now=now)
    assert (report.faults, report.changes) == ([], 4)
    assert cells(inspection_books.write(cast.session, rights=rights)) == cells(data)
    actions = cast.session.scalars(select(AuditRow.action)).all()
    assert actions.count("inspection_book_taken") == 1


def a_row(**more: Any) -> list[Any]:
    given: dict[str, Any] = {
        "year": 2026, "code": "A-1", "kind": "集中督导调研", "comprehensive": "否",
        "topic": "党费检查", "from": date(2026, 5, 1), "to": date(2026, 5, 9), "units": "finance",
        "number": None, "filed": None,
    }  # fmt: skip
    return list((given | more).values())


@pytest.mark.parametrize(
    ("rows", "column", "row"),
    [
        ([a_row(units="finance、nowhere")], "单位编码（以、分隔）", 2),
        ([a_row(to=date(2026, 4, 1))], "结束日期", 2),
        ([a_row(kind="突击检查")], "类别", 2),
        ([a_row(topic="=HYPERLINK()")], "主题", 2),
        ([a_row(), a_row(code="A-2", topic="换届检查")], "开始日期", 3),
        ([a_row(comprehensive="是"),
          a_row(code="A-2", topic="换届", units="planning", comprehensive="是")], "综合性", 3),
    ],
)  # fmt: skip
def test_a_faulty_row_is_told_and_nothing_changes(
    cast: Cast, now: datetime, rows: list[list[Any]], column: str, row: int
) -> None:
    report = inspection_books.take(
        cast.session, build([(PLAN, rows)]), rights=cast.rights("supervisor", now), now=now
    )
    assert [(one.row, one.column) for one in report.faults] == [(row, column)]
    assert cast.session.scalars(select(SupervisionPlanEntry)).all() == []


def test_a_version_on_file_is_not_rewritten(cast: Cast, now: datetime) -> None:
    rights = cast.rights("supervisor", now)
    institutions.enter(cast.session, cast.units["finance"], rule(), rights=rights, now=now)
    line: list[Any] = [
        "finance",
        "YS-01",
        "议事决策",
        "另一名称",
        "",
        "另一内容",
        date(2026, 1, 1),
        None,
    ]
    earlier: list[Any] = [*line[:6], date(2025, 1, 1), None]
    for one, column in ((line, "施行日期"), (earlier, "施行日期")):
        data = build([(REGISTER, [one])])
        report = inspection_books.take(cast.session, data, rights=rights, now=now)
        assert [fault.column for fault in report.faults] == [column]


def test_only_who_keeps_the_plan_brings_it_in(cast: Cast, now: datetime) -> None:
    data = build([(PLAN, [a_row()])])
    with pytest.raises(NotAllowed):
        inspection_books.take(
            cast.session, data, rights=cast.rights("finance_secretary", now), now=now
        )
    with pytest.raises(Invalid):
        inspection_books.take(
            cast.session, b"nonsense", rights=cast.rights("supervisor", now), now=now
        )
    assert begun(cast, now).key.startswith("inspection:")
