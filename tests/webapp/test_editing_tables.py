"""Decision tables edited over HTTP: opened, checked while one types, saved, tried out, tested."""

import json
import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from config import Config
from tests.webapp.conftest import Visitor
from tests.webapp.packaging import approve, folder, office
from tests.webapp.town import visit

LIGHT = folder().decisions["light"].decode()


@pytest.fixture
def app(settings: Config, now: datetime, monkeypatch: pytest.MonkeyPatch) -> Iterator[Flask]:
    with office(settings, now, monkeypatch) as app:
        yield app


def begin(visitor: Visitor) -> str:
    """A draft of the reminder, whose pen the visitor holds; its address."""
    answer = visitor.send("/processes/reminder/draft")
    assert answer.status_code == 303, answer.text
    return str(answer.location)


def opened(visitor: Visitor, url: str) -> Any:
    """What the editor's script is told."""
    page = visitor.get(url).text
    assert "dist/decisions-" in page
    return json.loads(page.split('id="settings">')[1].split("</script>")[0])


def seen_at(visitor: Visitor, url: str) -> int:
    page = visitor.get(url).text
    found = re.search(r'"seen": ?(\d+)', page) or re.search('name="seen" value="(\\d+)"', page)
    assert found
    return int(found[1])


def ask(visitor: Visitor, url: str, **body: object) -> TestResponse:
    headers = {"X-CSRFToken": visitor.token(), "Accept": "application/json"}
    return visitor.post(url, json=body, headers=headers)


def said(answer: TestResponse) -> Any:
    """What a script is answered."""
    assert answer.is_json, answer.text
    return answer.json


def save(visitor: Visitor, draft: str, content: str, name: str = "light") -> TestResponse:
    url = f"{draft}/edit/decisions/{name}"
    return ask(visitor, url, content=content, seen=seen_at(visitor, url))


def changed(**texts: str) -> str:
    content = LIGHT
    for old, new in texts.items():
        assert old in content
        content = content.replace(old, new)
    return content


def with_cell(cell: str, text: str) -> str:
    """The shipped table with another text in that cell."""
    made, count = re.subn(
        rf'(<(?:in|out)putEntry id="{cell}">\s*<text>)[^<]*', lambda m: m[1] + text, LIGHT
    )
    assert count == 1
    return made


# ---- the editor


def test_a_table_is_opened_saved_and_its_faults_are_told_with_row_and_column(app: Flask) -> None:
    admin = visit(app, "process_admin")
    draft = begin(admin)
    given = opened(admin, f"{draft}/edit/decisions/light")
    assert given["mine"] is True
    assert given["xml"] == LIGHT
    saved = save(admin, draft, with_cell("light_rule_4_days_left", "&lt; “5”"))
    assert saved.status_code == 200
    (fault,) = [one for one in said(saved)["faults"] if one["file"] == "light.dmn"]
    assert "第 4 行“剩余工作日（超期为负）”列" in fault["text"]
    assert said(save(admin, draft, LIGHT))["faults"] == []


def test_what_is_no_table_is_refused_and_another_is_told_who_was_faster(app: Flask) -> None:
    admin, other = visit(app, "process_admin"), visit(app, "process_admin2")
    draft = begin(admin)
    url = f"{draft}/edit/decisions/light"
    for content in ("<a", LIGHT.replace('id="light"', 'id="darkness"')):
        refused = save(admin, draft, content)
        assert (refused.status_code, refused.is_json) == (422, True)
        assert said(refused)["told"]
    assert opened(other, url)["mine"] is False
    told = ask(other, url, content=LIGHT, seen=seen_at(other, url))
    assert told.status_code == 409
    assert "process_admin" in said(told)["told"]
    assert admin.get(f"{draft}/edit/decisions/nothing").status_code == 404


def test_strangers_find_no_editor(app: Flask) -> None:
    admin = visit(app, "process_admin")
    draft = begin(admin)
    stranger = visit(app, "system_admin")
    for path in ("decisions/light", "tests/light"):
        assert stranger.get(f"{draft}/edit/{path}").status_code == 404
        assert ask(stranger, f"{draft}/edit/{path}", content="x", seen=1).status_code == 404
    for path in ("cells", "check"):
        answer = ask(stranger, f"{draft}/edit/decisions/light/{path}", cells=[], content=LIGHT)
        assert answer.status_code == 404


def cell(text: str, **more: str) -> dict[str, str]:
    return {
        "id": "c1", "text": text, "part": "test", "type": "number", "allowed": "", "column": "得分"
    } | more  # fmt: skip


def test_a_cell_is_checked_as_it_is_typed(app: Flask) -> None:
    admin = visit(app, "process_admin")
    url = f"{begin(admin)}/edit/decisions/light/cells"

    def told(*cells: object) -> Mapping[str, Any]:
        answer = ask(admin, url, cells=list(cells))
        assert answer.status_code == 200
        return dict(said(answer)["faults"])

    assert told(cell("< 3"), cell("[1..5)", id="c2")) == {}
    faults = told(cell('"a"'), cell("< 3", id="c2"), cell("[1..", id="c3"))
    assert faults["c1"] == '“得分”列："a" 是文本，本列应为数值'
    assert "第 1 行第 3 列" in faults["c3"]
    assert set(faults) == {"c1", "c3"}
    assert "4000" in told(cell("1" * 4001))["c1"]
    assert told({"id": "c1"}, 3, cell("x", part="script")) == {}  # no cells of ours
    assert ask(admin, url, cells="all").status_code == 422
    assert ask(admin, url, cells=[cell("1")] * 2001).status_code == 422


def test_what_a_table_leaves_open_is_told_of_what_stands_in_the_editor(app: Flask) -> None:
    admin = visit(app, "process_admin")
    url = f"{begin(admin)}/edit/decisions/light/check"
    answer = ask(admin, url, content=LIGHT)
    assert said(answer)["faults"] == []
    assert "每一种输入都有结果" in said(answer)["found"]
    assert "全部 17 个测试用例通过" in said(answer)["found"]
    gap = said(ask(admin, url, content=with_cell("light_rule_11_days_left", "&gt; 10")))
    assert "剩余工作日（超期为负） &gt; 3 且 ≤ 10" in gap["found"]
    assert "17 个测试用例中有 3 个未通过" in gap["found"]
    behind = said(ask(admin, url, content=with_cell("light_rule_1_false_report", "-")))
    assert "第 2、3、4、5、6、7、8、9、10、11、12 行" in behind["found"]
    faulty = said(ask(admin, url, content=with_cell("light_rule_4_days_left", '"a"')))
    assert [(one["row"], one["column"]) for one in faulty["faults"]] == [
        (4, "剩余工作日（超期为负）")
    ]
    assert ask(admin, url, content="<a").status_code == 422


# ---- test cases


CALM = {
    "in.days_left": "-1", "in.share_left": "80", "in.missed_urges": "0", "in.yellow_count": "0",
    "in.returns": "0", "in.false_report": "false", "in.grade": "normal", "in.floor": "green",
    "in.days.red_after": "5", "in.rule.share_left_blue": "20", "in.days.blue_before": "3",
}  # fmt: skip


def test_a_table_is_tried_out_and_the_try_kept_as_a_test_case(app: Flask) -> None:
    admin = visit(app, "process_admin")
    draft = begin(admin)
    url = f"{draft}/edit/tests/light"
    page = admin.get(url).text
    assert "全部 17 个测试用例通过" in page
    assert "覆盖每一行" in page
    assert 'name="in.days.red_after" value="5"' in page  # the parameter in force
    tried = admin.send(url, act="try", **CALM).text
    assert "light = &#34;yellow&#34;" in tried
    assert "适用第 7 行" in tried
    keep = {"act": "keep", "out.light": "yellow", **CALM}
    for name, told in (("", "请填写测试用例的名称"), ("反馈不实 → 红。[D]", "已有同名")):
        refused = admin.send(url, name=name, seen=seen_at(admin, url), **keep)
        assert refused.status_code == 422
        assert told in refused.text
        assert "适用第 7 行" in refused.text
    kept = admin.send(url, name="超期一天", seen=seen_at(admin, url), **keep)
    assert kept.status_code == 303
    page = admin.get(url).text
    assert "全部 18 个测试用例通过" in page
    gone = admin.send(url, remove="超期一天", seen=seen_at(admin, url))
    assert gone.status_code == 303
    assert "全部 17 个测试用例通过" in admin.get(url).text


def test_what_does_not_fit_its_column_is_told_at_its_field(app: Flask) -> None:
    admin = visit(app, "process_admin")
    url = f"{begin(admin)}/edit/tests/light"
    refused = admin.send(url, act="try", **CALM | {"in.days_left": "soon", "in.floor": "<b>"})
    assert refused.status_code == 422
    assert 'value="soon"' in refused.text
    assert "与本列的类型不符" in refused.text
    assert "<b>" not in refused.text
    strange = admin.send(url, act="try", **CALM | {"in.floor": "violet"})
    assert "不在允许的取值之内" in strange.text


def test_a_version_whose_test_cases_fail_is_not_published(app: Flask) -> None:
    admin, reviewer = visit(app, "process_admin"), visit(app, "process_admin2")
    draft = begin(admin)
    saved = save(admin, draft, with_cell("light_rule_7_out_light", '"blue"'))
    failing = [one for one in said(saved)["faults"] if one["rule"] == "table-test-failed"]
    assert failing
    assert {one["file"] for one in failing} == {"tests/light.json"}
    assert '应为 {"light":"yellow"}，实为 {"light":"blue"}' in failing[0]["text"]
    assert admin.send(f"{draft}/hand-in", note="颜色").status_code == 422
    assert said(save(admin, draft, with_cell("light_rule_7_days_left", "&lt;= -1")))["faults"] == []
    approve(draft, by=admin, reviewer=reviewer)
    published = reviewer.send(f"{draft}/publish")
    assert published.status_code == 303
    page = admin.get("/processes/reminder/2/decisions/light").text
    assert "全部 17 个测试用例通过" in page
    assert "每一种输入都有结果" in page
