"""全市概览 and 月度通报 through HTTP: who gets in, each figure's list, two leaders at one paper."""

import re
from collections.abc import Iterator

import pytest
from sqlalchemy import select

from models import CityCircular
from tests.webapp.desk import Desk, opened
from tests.workflows import matter_paths


@pytest.fixture(scope="module")
def desk(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    with opened(database_url, tmp_path_factory.mktemp("files")) as desk:
        with desk.behind() as cast:
            matter_paths.working(cast, desk.now)
        yield desk


@pytest.mark.parametrize(
    ("who", "status"),
    [
        ("city_secretary", 200),
        ("work_deputy", 200),
        ("supervisor", 200),
        ("finance_head", 200),
        ("finance_member", 403),
        ("system_admin", 403),
        ("process_admin", 403),
    ],
)
def test_who_gets_in(desk: Desk, who: str, status: int) -> None:
    for url in ("/city", "/city/items", "/city/circulars", "/city?export=xlsx"):
        assert desk.visit(who).get(url).status_code == status


def test_each_figure_opens_a_list_that_opens(desk: Desk) -> None:
    for who in ("work_deputy", "finance_head"):
        visitor = desk.visit(who)
        page = visitor.get("/city?span=2026").text.partition("<main")[2]
        links = {one.replace("&amp;", "&") for one in re.findall('href="(/[^"]+)"', page)}
        assert any("/supervision" in one for one in links)
        for link in links:
            assert visitor.get(link).status_code == 200, link


def test_an_organ_sees_nothing_of_another(desk: Desk) -> None:
    page = desk.visit("planning_head").get("/city").text
    assert "finance" not in page.partition("<main")[2]


def test_cases_are_found_by_how_they_ended_and_when(desk: Desk) -> None:
    visitor = desk.visit("work_deputy")
    all_of = "/cases?process=supervision"
    assert "/cases/" in visitor.get(f"{all_of}&since=2026-03-02&until=2026-03-02").text
    for narrowed in ("outcome=closed", "until=2026-03-01", "since=2026-03-03"):
        assert not re.search(r"/cases/\d", visitor.get(f"{all_of}&{narrowed}").text)
    assert desk.visit("planning_head").get("/cases?unit=1").status_code == 404


def test_a_circular_is_drafted_edited_and_issued_once(desk: Desk) -> None:
    drafter, leader = desk.visit("supervisor"), desk.visit("work_deputy")
    assert leader.send("/city/circulars", month="202602").status_code == 403
    assert drafter.send("/city/circulars", month="soon").status_code == 422
    url = drafter.send("/city/circulars", month="202602").headers["Location"]
    assert drafter.send("/city/circulars", month="202602").status_code == 409
    assert desk.visit("finance_head").get(url).status_code == 404
    assert drafter.send(url, _version="1", remarks="长" * 5001).status_code == 422
    assert drafter.send(url, _version="1", remarks="限期补办").status_code == 303
    stale = drafter.send(url, _version="1", remarks="<b>再改</b>")
    assert stale.status_code == 409
    assert "&lt;b&gt;再改&lt;/b&gt;" in stale.text
    assert drafter.send(f"{url}/issue", _version="2").status_code == 403
    assert leader.send(f"{url}/issue", _version="1").status_code == 409
    assert leader.send(f"{url}/issue", _version="2").status_code == 303
    late = desk.visit("work_secretary").send(f"{url}/issue", _version="2")
    assert late.status_code == 409
    assert "work_deputy" in late.text
    for who in ("finance_head", "work_deputy", "city_secretary"):
        assert "限期补办" in desk.visit(who).get(url).text
        paper = desk.visit(who).get(f"{url}/circular.docx")
        assert paper.data.startswith(b"PK")
    with desk.behind() as cast:
        assert cast.session.scalars(select(CityCircular.state)).all() == ["issued"]
