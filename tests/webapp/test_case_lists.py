"""Lists of cases through the pages: searched, narrowed, exported; within the rights, always."""

import io
from collections.abc import Iterator

import pytest
from openpyxl import load_workbook

from models import Case
from tests.webapp.desk import Desk, opened
from tests.workflows import matter_paths as path
from tests.workflows import steps

URL = "/cases"


@pytest.fixture(scope="module")
def desk(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """A matter of the finance bureau under way, and one against its head."""
    with opened(database_url, tmp_path_factory.mktemp("files")) as desk:
        with desk.behind() as cast:
            path.working(cast, desk.now).title = "=HYPERLINK(1)督办件"
            steps.proposed_case(cast, desk.now, "accountability", "finance_head", "finance")
        yield desk


def lines(data: bytes) -> list[tuple[object, ...]]:
    rows = list(load_workbook(io.BytesIO(data)).worksheets[0].values)
    return [tuple(row) for row in rows[1:]]


def titles(desk: Desk, who: str, query: str = "") -> set[str]:
    """What the list shows; its export holds the same."""
    page = desk.visit(who).get(f"{URL}?{query}").text
    exported = {
        str(row[1]).lstrip("'")
        for row in lines(desk.visit(who).get(f"{URL}?{query}&export=xlsx").data)
    }
    assert {one for one in exported if one in page} == exported
    return exported


def test_the_search_is_in_the_menu_of_who_reads_cases(desk: Desk) -> None:
    assert f'href="{URL}"' in desk.visit("supervisor").get("/").text
    assert f'href="{URL}"' not in desk.visit("audit_admin").get("/").text


def test_it_is_narrowed_by_words_process_and_state(desk: Desk) -> None:
    everything = titles(desk, "work_deputy")
    assert len(everything) == 2
    assert titles(desk, "work_deputy", "process=supervision") == {"=HYPERLINK(1)督办件"}
    assert titles(desk, "work_deputy", "words=HYPER") == {"=HYPERLINK(1)督办件"}
    assert titles(desk, "work_deputy", "status=open") == everything
    assert titles(desk, "work_deputy", "status=finished") == set()
    page = desk.visit("work_deputy").get(f"{URL}?process=supervision").text
    assert '<option value="supervision" selected>' in page


def test_an_export_brings_no_formula_to_life(desk: Desk) -> None:
    data = desk.visit("work_deputy").get(f"{URL}?words=HYPER&export=xlsx").data
    sheet = load_workbook(io.BytesIO(data)).worksheets[0]
    assert [cell.data_type for cell in sheet[2]].count("f") == 0


def test_nobody_finds_what_is_not_his_to_see(desk: Desk) -> None:
    assert titles(desk, "planning_secretary") == set()
    with desk.behind() as cast:
        restricted = {one.title for one in cast.session.query(Case).filter_by(restricted=True)}
    assert restricted
    assert not titles(desk, "supervisor3") & restricted


@pytest.mark.parametrize(
    ("who", "list_"), [("supervisor", "/started"), ("supervisor", "/supervised")]
)
def test_the_own_lists_are_exported(desk: Desk, who: str, list_: str) -> None:
    page = desk.visit(who).get(list_).text
    rows = lines(desk.visit(who).get(f"{list_}?export=xlsx").data)
    assert rows
    assert all(str(row[2]) in page for row in rows)


def test_what_was_done_is_exported(desk: Desk) -> None:
    page = desk.visit("supervisor").get("/done")
    rows = lines(desk.visit("supervisor").get("/done?export=xlsx").data)
    assert rows
    assert all(str(row[2]) in page.text for row in rows)
    assert lines(desk.visit("planning_head").get("/done?export=xlsx").data) == []
