"""五同计划 through HTTP: who sees what, the board and its table, evidence, offers, workbooks."""

import io
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from openpyxl import load_workbook
from sqlalchemy import select

from models import JointPlan, PlanEvidence, PlanItem, PlanMilestone, UnitKind
from tests.webapp.desk import Desk, opened
from tests.workflows import planning
from tests.workflows.planning import BRANCH, DEPUTY, HEAD, LEADER

STRANGER, READER = "planning_head", "supervisor"


@dataclass(frozen=True)
class Ids:
    plan: int
    item: int
    stone: int
    unit: int
    case: int


@pytest.fixture(scope="module")
def desk(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    with opened(database_url, tmp_path_factory.mktemp("files")) as desk:
        with desk.behind() as cast:
            cast.unit("finance_office", UnitKind.DEPARTMENT, "finance")
            planning.running(cast, desk.now, planning.pair(cast, "预算执行率达到九成"))
        yield desk


@pytest.fixture(scope="module")
def ids(desk: Desk) -> Ids:
    with desk.behind() as cast:
        plan = cast.session.scalars(select(JointPlan).where(JointPlan.year == 2026)).one()
        item = cast.session.scalars(select(PlanItem)).one()
        stone = cast.session.scalars(select(PlanMilestone)).one()
        assert plan.case_id
        return Ids(plan.id, item.id, stone.id, plan.unit_id, plan.case_id)


def pages(ids: Ids) -> list[str]:
    return [
        f"/plans/{ids.plan}",
        f"/plans/{ids.plan}?view=timeline",
        f"/plans/{ids.plan}?view=table",
        f"/plans/items/{ids.item}",
        f"/plans/skins/{ids.unit}?year=2026",
        f"/plans/{ids.plan}/book",
        f"/plans/{ids.plan}?export=xlsx",
    ]


def test_a_reader_sees_every_page_and_a_stranger_none(desk: Desk, ids: Ids) -> None:
    for url in pages(ids):
        assert desk.visit(READER).get(url).status_code == 200, url
        assert desk.visit(STRANGER).get(url).status_code == 404, url
    assert "预算执行率达到九成" in desk.visit(READER).get(pages(ids)[0]).text
    assert desk.visit(READER).get(f"/plans/cases/{ids.case}").status_code == 302
    assert desk.visit(STRANGER).get(f"/plans/cases/{ids.case}").status_code == 404


def test_the_lists_show_what_is_open_to_the_reader(desk: Desk, ids: Ids) -> None:
    for url in ("/plans", "/plans/skins?year=2026"):
        assert "finance" in desk.visit(READER).get(url).text
        assert "finance" not in main(desk.visit(STRANGER).get(url).text)
    for chosen in ("?light=red", "?state=closed", "?year=1999", "?words=none", "?after=9"):
        assert desk.visit(READER).get(f"/plans{chosen}").status_code == 200


def main(page: str) -> str:
    return page.partition("<main")[2]


def test_the_timeline_has_its_table(desk: Desk, ids: Ids) -> None:
    page = desk.visit(READER).get(f"/plans/{ids.plan}?view=timeline").text
    assert 'role="img"' in page
    assert "<table" in page
    assert "style=" not in main(page)


def test_evidence_is_handed_in_and_refused_with_what_was_typed(desk: Desk, ids: Ids) -> None:
    url, deputy = f"/plans/items/{ids.item}/evidence", desk.visit(DEPUTY)
    said = {"stage": "carry_out", "kind": "visit", "held_on": "2026-03-01", "sides": "both"}
    bad = deputy.send(url, **said | {"sides": "", "text": "走访记录如下"})
    assert bad.status_code == 422
    assert "走访记录如下" in bad.text
    assert deputy.send(url, **said | {"held_on": "someday", "text": "甲"}).status_code == 422
    paper = (io.BytesIO(b"%PDF-1.4\n%%EOF\n"), "note.pdf")
    assert deputy.send(url, **said, text="走访", file=paper).status_code == 303
    assert desk.visit(STRANGER).send(url, **said, text="走访").status_code == 404
    assert desk.visit(READER).send(url, **said, text="走访").status_code == 403
    with desk.behind() as cast:
        made = cast.session.scalars(select(PlanEvidence).where(PlanEvidence.text == "走访")).one()
        file = f"/plans/items/{ids.item}/papers/{made.id}"
    for who, status in ((READER, 200), (BRANCH, 200), (STRANGER, 404)):
        with desk.visit(who).get(file) as answer:
            assert answer.status_code == status
    assert deputy.get(f"/plans/items/{ids.item}/papers/5").status_code == 404


def test_an_item_is_reported_done_once(desk: Desk, ids: Ids) -> None:
    owner, url = desk.visit(LEADER), f"/plans/items/{ids.item}"
    assert desk.visit(DEPUTY).send(f"{url}/done").status_code == 403
    stone = f"{url}/milestones/{ids.stone}"
    assert owner.send(stone, on="2099-01-01").status_code == 422
    assert owner.send(stone, on="2026-03-02").status_code == 303
    said = {"stage": "carry_out", "kind": "result", "held_on": "2026-03-01", "sides": "both"}
    assert owner.send(f"{url}/evidence", **said, text="完成").status_code == 303
    assert owner.send(f"{url}/done").status_code == 303
    assert owner.send(f"{url}/done").status_code == 409


def test_an_offer_is_the_party_groups_secretarys(desk: Desk, ids: Ids) -> None:
    url = f"/plans/items/{ids.item}/offer"
    head = desk.visit(HEAD)
    assert head.send(url, answer="take").status_code == 409  # nothing is offered
    with desk.behind() as cast:
        cast.session.get_one(PlanItem, ids.item).offer = "open"
    assert desk.visit(DEPUTY).send(url, answer="take").status_code == 403
    assert head.send(url, answer="decline", reason="").status_code == 422
    assert head.send(url, answer="take").status_code == 303
    assert head.send(url, answer="decline", reason="自行督促").status_code == 409


def test_a_plan_is_begun_by_its_organ(desk: Desk, ids: Ids) -> None:
    deputy = desk.visit(DEPUTY)
    assert deputy.send("/plans", unit=str(ids.unit), year="soon").status_code == 422
    assert deputy.send("/plans", unit="x", year="2027").status_code == 404
    assert desk.visit(STRANGER).send("/plans", unit=str(ids.unit), year="2027").status_code == 404
    assert desk.visit(READER).send("/plans", unit=str(ids.unit), year="2027").status_code == 403
    assert deputy.send("/plans", unit=str(ids.unit), year="2027").status_code == 303


def test_a_workbook_is_looked_at_and_refused_row_by_row(desk: Desk, ids: Ids) -> None:
    deputy = desk.visit(DEPUTY)
    kept = deputy.get(f"/plans/{ids.plan}/book").data
    assert len(list(load_workbook(io.BytesIO(kept)).worksheets[0].values)) == 2
    good = deputy.send("/plans/import", act="check", workbook=(io.BytesIO(kept), "a.xlsx"))
    assert good.status_code == 200
    book = load_workbook(io.BytesIO(kept))
    book.worksheets[0]["D2"] = "别的目标"
    out = io.BytesIO()
    book.save(out)
    bad = deputy.send("/plans/import", act="take", workbook=(io.BytesIO(out.getvalue()), "a.xlsx"))
    assert bad.status_code == 422
    assert "五同计划" in bad.text
    assert (
        deputy.send("/plans/import", act="take", workbook=(io.BytesIO(b"x"), "a")).status_code
        == 422
    )
    assert desk.visit(READER).send("/plans/import", act="check").status_code == 403
    assert desk.visit(BRANCH).get("/plans/import").status_code == 200
    for url in (
        "/plans/import/template",
        "/plans/book",
        "/plans?export=xlsx",
        "/plans/skins?export=csv",
    ):
        assert deputy.get(url).status_code == 200, url
