"""A year's pages: list, sheet, pictures, fairness, the workbook of results; and who sees them."""

import io
import re
from datetime import UTC, datetime
from io import BytesIO

import pytest
from flask import Flask
from openpyxl import load_workbook
from sqlalchemy import delete, select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from models import Assessment, ReadRow, Recusal, ScoreLine, ScoreMedian, UnitSheet, YearFact
from tests import assessed
from tests.cast import Cast
from tests.webapp.conftest import HASH, Visitor, visit
from tests.workflows.test_business_books import GOOD, HEADS, book
from webapp import clock
from workflows import assessment_lists, scores

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
YEAR = "/assessments/2025"
JUDGES = ("assessor", "supervisor", "work_secretary")
OTHERS = ("finance_secretary", "organ_secretary", "handler", "system_admin")


@pytest.fixture
def cast(session: Session, monkeypatch: pytest.MonkeyPatch) -> Cast:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    cast = assessed.city(session, NOW)
    cast.holder("organ_secretary", "机关党委书记", "organ03")
    for user in cast.users.values():
        user.password_hash, user.session_key = HASH, "k"
    session.commit()
    return cast


def sheet(cast: Cast, unit: str = "organ03") -> str:
    return f"{YEAR}/{cast.units[unit].id}"


def units(text: str) -> list[str]:
    return re.findall(r"<td><a [^>]*>(市[^<]+)</a>", text)


def emptied(cast: Cast, *tables: type) -> None:
    for table in tables:
        cast.session.execute(delete(table))
    cast.session.commit()


# who sees what


@pytest.mark.parametrize("who", JUDGES)
def test_who_judges_sees_all_and_every_page(app: Flask, cast: Cast, who: str) -> None:
    visitor = visit(app, cast, who)
    assert len(units(visitor.get(YEAR).text)) == 12
    for page in ("pictures", "fairness"):
        assert visitor.get(f"{YEAR}/{page}").status_code == 200
    assert len(visitor.get(f"{YEAR}/scatter.json").get_json()["points"]) == 12


@pytest.mark.parametrize("who", OTHERS)
def test_nobody_else_sees_pictures_fairness_or_import(app: Flask, cast: Cast, who: str) -> None:
    visitor = visit(app, cast, who)
    for page in ("pictures", "fairness", "results", "results/template"):
        assert visitor.get(f"{YEAR}/{page}").status_code == 403
    assert visitor.send(f"{YEAR}/results", workbook=(BytesIO(b"x"), "a.xlsx")).status_code == 403
    assert visitor.send(f"{YEAR}/recusals", user="1", unit="1", ground="other").status_code == 403


def test_an_organ_sees_its_own_sheet_beside_the_medians_of_all(app: Flask, cast: Cast) -> None:
    visitor = visit(app, cast, "organ_secretary")
    text = visitor.get(YEAR).text
    assert units(text) == ["市科学技术局"]
    assert "12个单位的中位数" in text
    assert visitor.get(sheet(cast)).status_code == 200
    assert visitor.get(sheet(cast, "organ01")).status_code == 404
    points = visitor.get(f"{YEAR}/scatter.json").get_json()
    assert [one[2] for one in points["points"]] == ["市科学技术局"]


def test_the_medians_of_few_are_kept_from_an_organ(app: Flask, cast: Cast) -> None:
    made = cast.session.scalars(select(Assessment).where(Assessment.year == 2025)).one()
    emptied(cast, UnitSheet, ScoreLine)
    scores.compute(cast.session, made, [cast.units[f"organ0{n}"] for n in (2, 3)])
    cast.session.commit()
    visitor = visit(app, cast, "organ_secretary")
    assert "中位数" not in visitor.get(YEAR).text
    assert "中位数（百分比）" not in visitor.get(sheet(cast)).text
    assert visitor.get(f"{YEAR}/scatter.json").get_json()["middle"] is None
    assert "中位数（百分比）" in visit(app, cast, "assessor").get(sheet(cast)).text


def test_a_stranger_signs_in_first_and_an_unknown_year_is_no_page(app: Flask, cast: Cast) -> None:
    assert app.test_client().get(f"{YEAR}/pictures").status_code == 303
    visitor = visit(app, cast, "assessor")
    for page in ("", "/pictures", "/fairness", "/results", "/scatter.json", "/1"):
        assert visitor.get(f"/assessments/1999{page}").status_code == 404


# the list


def test_the_list_is_paged_and_keeps_what_was_asked(
    app: Flask, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(assessment_lists, "PAGE", 2)
    visitor = visit(app, cast, "assessor")
    first = visitor.get(f"{YEAR}?reason=tie")
    assert units(first.text) == ["市财政局", "市工业和信息化局"]
    after = re.search(r'rel="next" href="([^"]+)"', first.text)
    assert after
    second = visitor.get(after[1].replace("&amp;", "&"))
    assert units(second.text) == ["市司法局", "市自然资源局"]
    before = re.search(r'rel="prev" href="([^"]+)"', second.text)
    assert before
    assert units(visitor.get(before[1].replace("&amp;", "&")).text) == units(first.text)


def test_what_nothing_is_like_says_so_and_nonsense_is_not_asked(app: Flask, cast: Cast) -> None:
    visitor = visit(app, cast, "assessor")
    assert "没有符合条件的考核表" in visitor.get(f"{YEAR}?words=水利").text
    for odd in ("gap=abc", "gap=-3", "grade=gold", "reason=x", "gap=1e9", "after=zzz"):
        assert visitor.get(f"{YEAR}?{odd}").status_code == 200
    assert len(units(visitor.get(f"{YEAR}?gap=15").text)) == 3


def test_the_list_and_every_score_are_exported(app: Flask, cast: Cast) -> None:
    visitor = visit(app, cast, "assessor")
    plain = visitor.get(f"{YEAR}?export=csv&gap=15").text.splitlines()
    assert len(plain) == 1 + 3
    book = load_workbook(io.BytesIO(visitor.get(f"{YEAR}?export=scores").data))
    rows = list(book.worksheets[0].iter_rows(values_only=True))
    assert len(rows) == 1 + 12 * len(assessed.CONTENT)
    assert ("organ03", "市科学技术局", "duty", "按期履责", "党建", 27.6, 40, None) in rows
    own = visit(app, cast, "organ_secretary").get(f"{YEAR}?export=scores-csv").text
    assert "organ03" in own
    assert "organ01" not in own


# the sheet


def test_the_sheet_explains_its_gap_and_says_where_facts_are(app: Flask, cast: Cast) -> None:
    text = visit(app, cast, "assessor").get(sheet(cast)).text
    assert "党建得分低18.80分" in text
    assert "按期履责 −12.40、党建品牌实效 −7.00、督办事项办结 −6.20" in text
    assert 'href="/duties/findings/7"' in text
    assert "同一事项已在其他指标扣分" in text
    assert text.count("data-chart=") == 2
    assert "69.00" in text  # per cent beside the picture
    assert 'data-chart="trend"' in text


def test_a_first_year_has_no_line_yet(app: Flask, cast: Cast) -> None:
    cast.session.execute(
        delete(UnitSheet).where(
            UnitSheet.assessment_id.in_(select(Assessment.id).where(Assessment.year < 2025))
        )
    )
    cast.session.commit()
    text = visit(app, cast, "assessor").get(sheet(cast)).text
    assert "有两个以上考核年度时" in text
    assert 'data-chart="trend"' not in text


# pictures


def test_pictures_have_the_same_figures_as_tables(app: Flask, cast: Cast) -> None:
    visitor = visit(app, cast, "assessor")
    text = visitor.get(f"{YEAR}/pictures").text
    assert re.findall(r'data-chart="(\w+)"', text) == ["scatter", "trend", "flow"]
    assert "unsafe-inline" not in visitor.get(f"{YEAR}/pictures").headers["Content-Security-Policy"]
    assert re.search(r"2024 较好</td><td>2025 差</td><td class=\"num\">1<", text)
    assert "charts-" in text
    assert "charts-" not in visitor.get(YEAR).text  # only where a picture is
    point = visitor.get(f"{YEAR}/scatter.json").get_json()["points"][3]
    assert point == [70.8, 89.6, "市科学技术局", sheet(cast)]


def test_pictures_of_nothing_say_so(app: Flask, cast: Cast) -> None:
    emptied(cast, UnitSheet, ScoreLine, ScoreMedian)
    text = visit(app, cast, "assessor").get(f"{YEAR}/pictures").text
    assert "得分尚未计算" in text
    assert "data-chart=" not in text


# fairness


def test_fairness_is_told_in_words_and_its_reading_is_logged(app: Flask, cast: Cast) -> None:
    text = visit(app, cast, "work_secretary").get(f"{YEAR}/fairness").text
    for words in (
        "偏宽", "偏严", "12个单位中，“好”不超过4个（35%，舍去尾数）；达到85分的有9个",
        "剩余4个名额，而总分与同分比较指标均完全相同的有5个单位", "一票否决",
        "同一事项不重复扣分",
    ):  # fmt: skip
        assert words in text
    read = cast.session.scalars(select(ReadRow.page)).all()
    cast.session.commit()
    assert "panel scores" in read
    assert "申报回避" not in text  # the committee reads; assessors declare


def test_named_scores_are_exported_with_what_was_noted(app: Flask, cast: Cast) -> None:
    lines = visit(app, cast, "assessor").get(f"{YEAR}/fairness?export=csv").text.splitlines()
    assert len(lines) == 1 + 12 * 5 - 1
    assert [line for line in lines if "离群" in line] == [
        "assessor5,市教育局,党建品牌实效,6.0,20.0,30.0,离群"
    ]


def test_a_year_without_a_panel_score_says_what_brings_one(app: Flask, cast: Cast) -> None:
    cast.session.execute(delete(YearFact).where(YearFact.indicator == "brand"))
    cast.session.commit()
    assert "尚无实名评分" in visit(app, cast, "assessor").get(f"{YEAR}/fairness").text


def test_a_conflict_is_declared_and_taken_back(app: Flask, cast: Cast) -> None:
    visitor = visit(app, cast, "assessor")
    said = {
        "user": cast.users["assessor2"].id, "unit": "市发展和改革委员会", "ground": "relative",
    }  # fmt: skip
    assert visitor.send(f"{YEAR}/recusals", **said).status_code == 303
    assert visitor.send(f"{YEAR}/recusals", **said).status_code == 409
    assert "已申报回避，仍对" in visitor.get(f"{YEAR}/fairness").text
    row = cast.session.scalars(select(Recusal)).one()
    cast.session.commit()
    url = f"{YEAR}/recusals/{row.id}/withdraw"
    assert visitor.send(url, reason="").status_code == 422
    assert visit(app, cast, "work_secretary").send(url, reason="误报").status_code == 403
    assert visitor.send(url, reason="误报").status_code == 303
    assert "误报" in visitor.get(f"{YEAR}/fairness").text
    for bad in ({"user": "x"}, {"ground": "rumour"}, {"unit": "水利局"}, {"unit": ""}):
        assert visitor.send(f"{YEAR}/recusals", **(said | bad)).status_code == 422


# the workbook


def send(visitor: Visitor, data: bytes, act: str = "take", name: str = "结果.xlsx") -> TestResponse:
    return visitor.send(f"{YEAR}/results", workbook=(BytesIO(data), name), act=act)


def business(cast: Cast) -> str:
    found = cast.session.execute(
        select(UnitSheet.business)
        .join(Assessment, Assessment.id == UnitSheet.assessment_id)
        .where(Assessment.year == 2025, UnitSheet.unit_id == cast.units["organ00"].id)
    ).scalar_one()
    cast.session.commit()
    return f"{found:.2f}"


def test_a_workbook_is_tried_then_taken_in(app: Flask, cast: Cast) -> None:
    visitor = visit(app, cast, "assessor")
    before = business(cast)
    tried = send(visitor, book(GOOD), act="check")
    assert tried.status_code == 200
    assert "未作任何更改" in tried.text or "仅检查" in tried.text
    assert business(cast) == before
    assert send(visitor, book(GOOD)).status_code == 200
    assert business(cast) == "55.50"
    text = visitor.get(sheet(cast, "organ00")).text
    assert "业务考核结果：55.5分；按年度任务书" in text
    assert "业务考核结果更正导入" in text  # what stood before stays readable
    address = re.search(r'href="(/assessments/results/\d+)"', text)
    assert address
    with visitor.get(address[1]) as original:  # the workbook itself, for assessors
        assert load_workbook(io.BytesIO(original.data)).sheetnames == ["结果"]
    assert visit(app, cast, "organ_secretary").get(address[1]).status_code == 403


def test_a_bad_workbook_is_answered_row_by_row_and_changes_nothing(app: Flask, cast: Cast) -> None:
    visitor = visit(app, cast, "assessor")
    before = business(cast)
    answer = send(visitor, book([*GOOD, ("organ01", "core", 99, ""), ("无此单位", "core", 1, "")]))
    assert answer.status_code == 422
    assert "应在 0 与 60 之间" in answer.text
    assert "不是本年度的被考核单位" in answer.text
    shifted = send(visitor, book([("", *row[:3]) for row in GOOD]))
    assert shifted.status_code == 422
    assert "“指标”列下是“单位”的内容，列已错位（向右1列）" in shifted.text
    for data in (b"", b"no workbook"):
        assert send(visitor, data).status_code == 422
    assert send(visitor, book(GOOD), name="结果.exe").status_code == 422
    assert business(cast) == before


def test_the_form_to_fill_in_is_one_that_can_be_taken_in(app: Flask, cast: Cast) -> None:
    visitor = visit(app, cast, "assessor")
    form = load_workbook(io.BytesIO(visitor.get(f"{YEAR}/results/template").data))
    rows = list(form.worksheets[0].iter_rows(values_only=True))
    assert rows[0] == HEADS
    assert len(rows) == 1 + 12 * 2
    filled = [(unit, indicator, 30, note) for unit, indicator, _, note in rows[1:]]
    assert send(visitor, book(filled)).status_code == 200
    assert business(cast) == "60.00"


def test_published_results_take_no_workbook(app: Flask, cast: Cast) -> None:
    cast.session.execute(
        Assessment.__table__.update().values(published_at=NOW)  # type: ignore[attr-defined]
    )
    cast.session.commit()
    visitor = visit(app, cast, "assessor")
    assert send(visitor, book(GOOD)).status_code == 409
    assert "已公布并锁定" in visitor.get(f"{YEAR}/results").text
    assert "导入业务考核结果" not in visitor.get(YEAR).text
