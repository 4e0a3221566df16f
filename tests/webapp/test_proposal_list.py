"""The list of proposals: exported as it stands, a fact that fell is told as such."""

import io
from collections.abc import Iterator

import pytest
from openpyxl import load_workbook

from tests.webapp.desk import Desk, opened
from tests.workflows import steps
from workflows import findings, proposals


@pytest.fixture
def desk(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """A proposal on two facts, of which one was found not to stand."""
    with opened(database_url, tmp_path_factory.mktemp("files")) as desk:
        with desk.behind() as cast:
            first = steps.fact(cast, desk.now, "meeting:1")
            second = steps.fact(cast, desk.now, "meeting:2")
            second.fact = "查无此事的一项"
            one = steps.proposed(cast, desk.now, "interview", "finance_head", "finance", first)
            proposals.rest_also_on(cast.session, one, [second.id])
            findings.mark_unfounded(cast.session, second, "查无此事", by=None, now=desk.now)
        yield desk


def test_the_export_holds_what_still_stands(desk: Desk) -> None:
    answer = desk.visit("work_deputy").get("/proposals?export=xlsx")
    rows = list(load_workbook(io.BytesIO(answer.data)).worksheets[0].values)
    assert len(rows) == 2
    assert rows[1][0] == "finance_head"
    assert rows[1][3]
    assert "查无此事的一项" not in str(rows[1][3])
    other = desk.visit("work_deputy").get("/proposals?export=xlsx&measure=reminder")
    assert len(list(load_workbook(io.BytesIO(other.data)).worksheets[0].values)) == 1
    stranger = desk.visit("planning_secretary").get("/proposals?export=xlsx")
    assert len(list(load_workbook(io.BytesIO(stranger.data)).worksheets[0].values)) == 1


def test_a_fact_that_fell_is_told_as_such(desk: Desk) -> None:
    page = desk.visit("work_deputy").get("/proposals").text
    line = page[page.index("查无此事的一项") :]
    assert '<span class="tag">' in line[:120]
    assert page.count('<span class="tag">') == 1
