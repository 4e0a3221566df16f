"""Task forms through HTTP: what is shown, what comes back, what gets through."""

import re
from io import BytesIO

import pytest

from tests.webapp import frame
from tests.webapp.conftest import Visitor
from tests.webapp.frame import SCHEMA
from webapp.form_files import file_fields

WHOLE = {
    "verdict": "approve",
    "opinion": "属实",
    "items-0-problem": "无方案",
    "items-0-due": "2026-03-02",
    "signature": "督导员",
    "signature-confirmed": "on",
}


def field(page: str, name: str) -> str:
    found = re.search(rf'<(input|select|textarea)[^>]*name="{name}"[^>]*>', page)
    assert found, name
    return found[0]


def test_the_form_shows_each_field_with_its_label(signed_in: Visitor) -> None:
    page = signed_in.get("/frame/form").text
    for name in ("opinion", "held_on", "at", "amount", "urgent", "handler", "signature"):
        assert f'for="f-{name}"' in page
        assert f'id="f-{name}"' in field(page, name)
    assert page.count('type="radio"') == 2
    assert 'type="date"' in field(page, "held_on")
    assert 'type="datetime-local"' in field(page, "at")
    assert 'type="file"' in field(page, "paper-upload")


def test_rights_by_field_hold(signed_in: Visitor) -> None:
    page = signed_in.get("/frame/form").text
    assert "较好" in page
    assert 'name="grade"' not in page
    assert "secret" not in page
    signed_in.send("/frame/form", **WHOLE, grade="好", inner="x", evil="1")
    assert not {"grade", "inner", "evil"} & frame.received[0].keys()


def test_a_whole_form_gets_through_typed(signed_in: Visitor) -> None:
    more = {"at": "2026-03-02T09:00", "amount": "1,200", "urgent": "true", "handler": "101"}
    answer = signed_in.send("/frame/form", **WHOLE, **more, basis="art5")
    assert (answer.status_code, answer.location) == (303, "/frame/parts")
    assert frame.received == [
        {
            "verdict": "approve",
            "opinion": "属实",
            "items": [{"problem": "无方案", "due": "2026-03-02"}],
            "signature": "督导员",
            "at": "2026-03-02T01:00:00+00:00",
            "amount": 1200,
            "urgent": True,
            "handler": "101",
            "basis": ["art5"],
        }
    ]


def test_what_is_wrong_is_said_and_all_that_was_typed_stays(signed_in: Visitor) -> None:
    answer = signed_in.send(
        "/frame/form", verdict="return", reason="理由写好了", amount="很多", handler="105"
    )
    page = answer.text
    assert answer.status_code == 422
    assert frame.received == []
    assert "理由写好了" in page
    assert 'value="很多"' in field(page, "amount")
    assert 'aria-invalid="true"' in field(page, "amount")
    assert 'aria-describedby="f-amount-fault"' in field(page, "amount")
    assert '<option value="105" selected>' in page
    summary = page[page.index('id="faults"') : page.index("</ul>", page.index('id="faults"'))]
    for name in ("amount", "opinion", "items", "signature"):
        assert f'href="#f-{name}"' in summary
        assert f'id="f-{name}"' in page
    assert "请输入数字" in summary


def test_a_fault_in_a_row_leads_to_its_cell(signed_in: Visitor) -> None:
    rows = {"items-0-problem": "甲", "items-0-due": "2026-03-02", "items-3-problem": "乙"}
    page = signed_in.send("/frame/form", verdict="approve", opinion="x", **rows).text
    assert 'href="#f-items-1-due"' in page
    assert "整改清单 2 时限" in page


def test_rows_come_and_go_by_buttons_alone(signed_in: Visitor) -> None:
    page = signed_in.get("/frame/form").text
    assert 'name="items-0-problem"' in page
    typed = {"opinion": "写了", "items-0-problem": "甲"}
    more = signed_in.send("/frame/form", **typed, _add="items")
    assert more.status_code == 200
    assert 'name="items-1-problem"' in more.text
    assert "写了" in more.text
    typed["items-1-problem"] = "乙"
    fewer = signed_in.send("/frame/form", **typed, _remove="items-0").text
    assert "乙" in fewer
    assert "甲" not in fewer
    assert 'name="items-1-problem"' not in fewer
    assert frame.received == []


def test_rows_end_where_the_schema_says(signed_in: Visitor) -> None:
    rows = {f"items-{n}-problem": str(n) for n in range(3)}
    page = signed_in.send("/frame/form", **rows, _add="items").text
    assert 'name="items-3-problem"' in page
    assert 'name="_add"' not in page


@pytest.mark.parametrize("button", ["_add", "_remove", "_find"])
def test_forged_buttons_do_no_harm(signed_in: Visitor, button: str) -> None:
    for value in ("opinion", "nosuch", "items-99", "items-x", "../.."):
        assert signed_in.send("/frame/form", **{button: value}).status_code == 200


def test_a_condition_shows_its_field(signed_in: Visitor) -> None:
    def off(page: str) -> bool:
        place = page.index('id="f-reason"')
        return "data-off" in page[page.rindex('<div class="field', 0, place) : place]

    assert off(signed_in.get("/frame/form").text)
    again = signed_in.send("/frame/form", verdict="return", _rerender="1")
    assert again.status_code == 200
    assert not off(again.text)


def test_without_javascript_the_field_is_there_with_a_note(signed_in: Visitor) -> None:
    page = signed_in.get("/frame/form").text
    assert 'name="reason"' in page
    assert "仅在上方作其他选择时填写" in page


def test_what_no_longer_applies_does_not_get_through(signed_in: Visitor) -> None:
    signed_in.send("/frame/form", **WHOLE, reason="不再适用")
    assert "reason" not in frame.received[0]


def test_long_lists_are_searched_and_keep_the_choice(signed_in: Visitor) -> None:
    typed = {"handler": "101", "handler-find": "人员3", "_find": "handler"}
    page = signed_in.send("/frame/form", **typed).text
    options = re.findall(r'<option value="(\d+)"', page)
    assert options == ["101", *map(str, range(130, 140))]
    assert '<option value="101" selected>' in page


def test_a_signature_is_ones_own_and_confirmed(signed_in: Visitor) -> None:
    for bad in ({"signature": "李敏"}, {"signature-confirmed": ""}):
        answer = signed_in.send("/frame/form", **{**WHOLE, **bad})
        assert answer.status_code == 422
        assert 'href="#f-signature"' in answer.text


def test_a_file_is_stored_and_named_by_its_id(signed_in: Visitor) -> None:
    answer = signed_in.send(
        "/frame/form", **WHOLE, **{"paper-upload": (BytesIO(b"x"), "方案.docx")}
    )
    assert answer.status_code == 303
    assert frame.received[0]["paper"] == "77"


def test_a_file_comes_only_where_the_form_asks_for_one(signed_in: Visitor) -> None:
    signed_in.send("/frame/form", **WHOLE, **{"opinion-upload": (BytesIO(b"x"), "x.docx")})
    assert frame.received[0]["opinion"] == "属实"
    assert file_fields(SCHEMA) == {"paper"}


def test_what_is_typed_is_never_markup(signed_in: Visitor) -> None:
    page = signed_in.send("/frame/form", opinion='</textarea><script>alert("x")</script>').text
    assert "<script>alert" not in page


def test_the_form_is_complete_in_english(signed_in: Visitor) -> None:
    signed_in.send("/language", language="en")
    page = signed_in.send("/frame/form", verdict="return").text
    body = page[page.index('<form id="form"') :]
    assert "Please fill this in." in body
    for zh in ("意见", "退回", "请", "整改"):
        assert zh not in body.replace("提交", "").replace("暂存", "")
