"""The pages of the responsibility lists: register, own duties, drafting, hand-over, templates."""

from datetime import UTC, date, datetime
from io import BytesIO

import pytest
from flask import Flask
from openpyxl import load_workbook
from sqlalchemy import select
from sqlalchemy.orm import Session

from models import (
    AuditRow,
    Case,
    Holding,
    JointPlan,
    PlanItem,
    PostHandover,
    ResponsibilityLine,
    ResponsibilityList,
    ResponsibilityTemplate,
    Role,
)
from tests.cast import Cast, assemble, install
from tests.webapp.conftest import HASH, visit
from tests.workflows.listing import HOLDERS, begun, decided, in_force, list_of, sign, template
from webapp import clock

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)


@pytest.fixture
def cast(session: Session, monkeypatch: pytest.MonkeyPatch) -> Cast:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    install(session, NOW)
    cast = assemble(session)
    cast.grant("organiser", Role.ORGANISER, "work")
    for user in cast.users.values():
        user.password_hash, user.session_key = HASH, "k"
    session.commit()
    return cast


@pytest.fixture
def case(cast: Cast) -> Case:
    case = in_force(cast, NOW)
    cast.session.commit()
    return case


def number_of(cast: Cast, who: str) -> int:
    found = list_of(cast, who).id
    cast.session.commit()  # SQLite has room for one writer
    return found


def row_of(cast: Cast, list_id: int) -> ResponsibilityList:
    found = cast.session.get_one(ResponsibilityList, list_id)
    cast.session.refresh(found)
    cast.session.commit()
    return found


def left(cast: Cast, who: str) -> Holding:
    """The person leaves the post on the day of the test."""
    holding = cast.session.scalars(
        select(Holding).where(Holding.user_id == cast.users[who].id, Holding.until.is_(None))
    ).one()
    holding.until = date(2026, 3, 2)
    cast.session.commit()
    return holding


def test_the_register_is_narrowed_and_exported(app: Flask, cast: Cast, case: Case) -> None:
    visitor = visit(app, cast, "supervisor")
    text = visitor.get("/responsibilities").text
    for who in HOLDERS:
        assert who in text
    assert "首要责任" in text
    assert "finance_head" not in visitor.get("/responsibilities?post=支部书记").text
    assert "没有符合条件" in visitor.get("/responsibilities?state=silent").text
    answer = visitor.get("/responsibilities?post=党组书记&export=xlsx")
    sheet = load_workbook(BytesIO(answer.data)).active
    assert sheet is not None
    lines = list(sheet.iter_rows(values_only=True))
    assert [line[3] for line in lines[1:]] == ["finance_head"]


def test_without_lists_the_register_says_what_to_do(app: Flask, cast: Cast) -> None:
    assert "签收" in visit(app, cast, "supervisor").get("/responsibilities").text


def test_a_holder_sees_each_line_and_how_it_stands(app: Flask, cast: Cast, case: Case) -> None:
    text = visit(app, cast, "finance_head").get("/responsibilities/mine").text
    assert "重要工作亲自部署" in text
    assert "专题研究" in text
    assert "责任田" not in text
    assert "没有" in visit(app, cast, "planning_head").get("/responsibilities/mine").text


def test_a_list_is_seen_in_its_organ_and_not_next_door(app: Flask, cast: Cast, case: Case) -> None:
    url = f"/responsibilities/{number_of(cast, 'finance_head')}"
    assert visit(app, cast, "finance_head").get(url).status_code == 200
    assert visit(app, cast, "supervisor").get(url).status_code == 200
    assert visit(app, cast, "planning_head").get(url).status_code == 404
    assert visit(app, cast, "finance_branch_secretary").get(url).status_code == 404
    paper = visit(app, cast, "finance_head").get(f"{url}.docx")
    assert paper.status_code == 200
    assert paper.data.startswith(b"PK")
    assert visit(app, cast, "planning_head").get(f"{url}.docx").status_code == 404


def test_the_organ_s_lists_are_begun_on_its_page(app: Flask, cast: Cast) -> None:
    url = f"/responsibilities/units/{cast.units['finance'].id}"
    chosen = str(template(cast).id)
    cast.session.commit()
    visitor = visit(app, cast, "finance_deputy")
    assert "拟订" in visitor.get(url).text
    wrong = visitor.send(url, year="26", template=chosen)
    assert wrong.status_code == 422
    assert 'value="26"' in wrong.text
    assert visitor.send(url, year="2026", template=chosen).status_code == 303
    again = visitor.send(url, year="2026", template=chosen)
    assert again.status_code == 422
    assert "finance_deputy" in again.text  # who was first


def test_who_does_not_draw_them_up_finds_no_form(app: Flask, cast: Cast) -> None:
    url = f"/responsibilities/units/{cast.units['finance'].id}"
    visitor = visit(app, cast, "supervisor")
    assert 'name="template"' not in visitor.get(url).text
    chosen = str(template(cast).id)
    cast.session.commit()
    refused = visitor.send(url, year="2026", template=chosen)
    assert refused.status_code == 422
    assert "不由您拟订" in refused.text
    assert cast.session.scalars(select(ResponsibilityList)).all() == []


def _fields(cast: Cast, list_id: int, **more: str) -> dict[str, str]:
    row = cast.session.get_one(ResponsibilityList, list_id)
    lines = cast.session.scalars(
        select(ResponsibilityLine)
        .where(ResponsibilityLine.list_id == list_id)
        .order_by(ResponsibilityLine.place)
    ).all()
    fields = {"version": str(row.version), "lines": str(len(lines) + 1)}
    for place, line in enumerate(lines):
        fields |= {
            f"area-{place}": line.area,
            f"text-{place}": line.text,
            f"personal-{place}": line.personal,
            f"duty-{place}": line.duty_code,
            f"source-{place}": line.source,
        }
    cast.session.commit()
    return fields | more


def texts(cast: Cast, list_id: int) -> list[str]:
    query = select(ResponsibilityLine.text).where(ResponsibilityLine.list_id == list_id)
    found = list(cast.session.scalars(query.order_by(ResponsibilityLine.place)))
    cast.session.commit()
    return found


def test_a_draft_is_edited_by_who_drafts_it(app: Flask, cast: Cast) -> None:
    begun(cast, NOW)
    number = number_of(cast, "finance_head")
    url = f"/responsibilities/{number}/edit"
    visitor = visit(app, cast, "finance_deputy")
    assert "重要工作亲自部署" in visitor.get(url).text
    before = texts(cast, number)
    added = {f"area-{len(before)}": "一岗双责", f"text-{len(before)}": "每季度听取一次汇报"}
    assert visitor.send(url, **_fields(cast, number, **added)).status_code == 303
    assert texts(cast, number) == [*before, "每季度听取一次汇报"]
    nothing = {f"{name}-0": "" for name in ("area", "text", "duty", "source")}
    emptied = _fields(cast, number, **nothing)
    assert visitor.send(url, **emptied).status_code == 303
    assert texts(cast, number) == [*before[1:], "每季度听取一次汇报"]
    assert visit(app, cast, "finance_head").get(url).status_code == 403


def test_a_line_carries_an_item_of_the_organ_s_plan(app: Flask, cast: Cast) -> None:
    begun(cast, NOW)
    ids = []
    for unit in ("finance", "planning"):
        plan = JointPlan(unit_id=cast.units[unit].id, year=2026, state="running")
        cast.session.add(plan)
        cast.session.flush()
        item = PlanItem(
            plan_id=plan.id, number=1, business_goal=f"{unit}目标", due_on=date(2026, 12, 31)
        )
        cast.session.add(item)
        cast.session.flush()
        ids.append(str(item.id))
    own, other = ids
    number = number_of(cast, "finance_head")
    url = f"/responsibilities/{number}/edit"
    visitor = visit(app, cast, "finance_deputy")
    assert "finance目标" in visitor.get(url).text
    assert visitor.send(url, **_fields(cast, number, **{"item-1": other})).status_code == 422
    assert visitor.send(url, **_fields(cast, number, **{"item-1": own})).status_code == 303
    assert "finance目标" in visitor.get(f"/responsibilities/{number}").text


def test_bad_lines_come_back_as_they_were_typed(app: Flask, cast: Cast) -> None:
    begun(cast, NOW)
    number = number_of(cast, "finance_head")
    visitor = visit(app, cast, "finance_deputy")
    url = f"/responsibilities/{number}/edit"
    before = texts(cast, number)
    bad = _fields(cast, number, **{"duty-0": "XXXX", "text-1": "", "text-2": "改" * 1001})
    answer = visitor.send(url, **bad)
    assert answer.status_code == 422
    assert answer.text.count("is-invalid") >= 2
    assert texts(cast, number) == before


def test_of_two_who_edit_the_second_is_told(app: Flask, cast: Cast) -> None:
    begun(cast, NOW)
    number = number_of(cast, "finance_head")
    visitor = visit(app, cast, "finance_deputy")
    url = f"/responsibilities/{number}/edit"
    first = _fields(cast, number, **{"text-0": "甲改"})
    assert visitor.send(url, **first).status_code == 303
    second = visitor.send(url, **{**first, "text-0": "乙改"})
    assert second.status_code == 422
    assert "乙改" in second.text
    assert texts(cast, number)[0] == "甲改"


def test_a_list_that_is_issued_is_no_longer_edited(app: Flask, cast: Cast, case: Case) -> None:
    number = number_of(cast, "finance_head")
    url = f"/responsibilities/{number}/edit"
    visitor = visit(app, cast, "finance_deputy")
    assert visitor.get(url).status_code == 403
    answer = visitor.send(url, **_fields(cast, number, **{"text-0": "改"}))
    assert answer.status_code == 422
    assert "改" not in texts(cast, number)


def test_a_post_is_handed_over_after_a_dry_run(app: Flask, cast: Cast, case: Case) -> None:
    old = number_of(cast, "finance_secretary")
    url = f"/responsibilities/handovers/{row_of(cast, old).post_id}"
    visitor = visit(app, cast, "system_admin")
    assert "finance_secretary" in visitor.get(url).text
    asked = {"to": cast.users["finance_member"].login, "since": "2026-03-02", "note": "换届"}
    looked = visitor.send(url, **asked, act="check")
    assert looked.status_code == 200
    assert "未作任何更改" in looked.text
    assert row_of(cast, old).state == "signed"
    assert cast.session.scalars(select(PostHandover)).all() == []
    cast.session.commit()
    assert visitor.send(url, **asked, act="take").status_code == 303
    new = number_of(cast, "finance_member")
    assert row_of(cast, new).state == "issued"
    page = visit(app, cast, "finance_member").get("/responsibilities/mine").text
    assert "签收" in page
    told = visitor.get("/responsibilities/handovers").text
    assert "finance_secretary" in told
    assert "finance_member" in told
    actions = set(cast.session.scalars(select(AuditRow.action)))
    cast.session.commit()
    assert {"handed_over", "relieved", "appointed"} <= actions


def test_who_left_is_shown_and_offered_for_hand_over(app: Flask, cast: Cast, case: Case) -> None:
    left(cast, "finance_secretary")
    visitor = visit(app, cast, "finance_deputy")
    text = visitor.get("/responsibilities/handovers").text
    assert "finance_secretary" in text
    assert "已离任" in text
    number = number_of(cast, "finance_secretary")
    assert "已离任" in visitor.get(f"/responsibilities/{number}").text
    narrowed = visitor.get("/responsibilities?gone=yes").text
    assert "finance_secretary" in narrowed
    assert "finance_head" not in narrowed


@pytest.mark.parametrize(
    ("typed", "fault"),
    [
        ({"to": "nobody"}, "没有"),
        ({"since": "2026-13-01"}, "日期"),
        ({"since": "2026-03-03"}, "当日"),
    ],
)
def test_a_wrong_hand_over_changes_nothing(
    app: Flask, cast: Cast, case: Case, typed: dict[str, str], fault: str
) -> None:
    old = number_of(cast, "finance_secretary")
    url = f"/responsibilities/handovers/{row_of(cast, old).post_id}"
    asked = {"to": cast.users["finance_member"].login, "since": "2026-03-02", "act": "take"}
    answer = visit(app, cast, "system_admin").send(url, **{**asked, **typed})
    assert answer.status_code == 422
    assert fault in answer.text
    assert row_of(cast, old).state == "signed"


def test_a_post_next_door_is_not_handed_over(app: Flask, cast: Cast, case: Case) -> None:
    post = row_of(cast, number_of(cast, "finance_secretary")).post_id
    url = f"/responsibilities/handovers/{post}"
    assert visit(app, cast, "planning_deputy").get(url).status_code == 404
    assert visit(app, cast, "finance_deputy").get(url).status_code == 200


def test_a_template_goes_out_and_comes_in_as_the_next_version(app: Flask, cast: Cast) -> None:
    row = template(cast)
    before, number = row.content, row.id
    cast.session.commit()
    visitor = visit(app, cast, "security_admin")
    assert "三级四岗" in visitor.get("/responsibilities/templates").text
    data = visitor.get(f"/responsibilities/templates/{number}.xlsx").data
    book = load_workbook(BytesIO(data))
    book["责任"]["C2"] = "每季度至少专题研究一次党建工作。"
    changed = BytesIO()
    book.save(changed)

    def sent(act: str, content: bytes) -> object:
        return visitor.send(
            "/responsibilities/templates",
            code="three_levels",
            name="三级四岗",
            act=act,
            workbook=(BytesIO(content), "t.xlsx"),
        )

    assert sent("check", changed.getvalue()).status_code == 200  # type: ignore[attr-defined]
    assert template(cast).number == 1
    cast.session.commit()
    assert sent("take", changed.getvalue()).status_code == 303  # type: ignore[attr-defined]
    now = template(cast)
    cast.session.refresh(now)
    assert (now.number, now.origin) == (2, "local")
    duties = now.content["duties"]
    assert duties[0]["text"] == "每季度至少专题研究一次党建工作。"
    assert duties[1:] == before["duties"][1:]
    cast.session.commit()
    assert sent("take", changed.getvalue()).status_code == 422  # type: ignore[attr-defined]


def test_a_faulty_template_is_told_row_by_row(app: Flask, cast: Cast) -> None:
    number = template(cast).id
    cast.session.commit()
    visitor = visit(app, cast, "security_admin")
    data = visitor.get(f"/responsibilities/templates/{number}.xlsx").data
    book = load_workbook(BytesIO(data))
    book["责任"]["E2"], book["岗位"]["B3"], book["责任"]["C3"] = "XXXX", "党支部", "=1+1"
    changed = BytesIO()
    book.save(changed)
    answer = visitor.send(
        "/responsibilities/templates",
        code="three_levels",
        name="三级四岗",
        act="take",
        workbook=(BytesIO(changed.getvalue()), "t.xlsx"),
    )
    assert answer.status_code == 422
    for told in ("没有此职责", "此层级没有此岗位", "是公式"):
        assert told in answer.text
    assert len(cast.session.scalars(select(ResponsibilityTemplate)).all()) == 2
    cast.session.commit()


@pytest.mark.parametrize("who", ["process_admin", "finance_deputy", "system_admin"])
def test_others_put_in_no_template(app: Flask, cast: Cast, who: str) -> None:
    visitor = visit(app, cast, who)
    answer = visitor.send("/responsibilities/templates", code="three_levels", name="三级四岗")
    assert answer.status_code == 403


def test_the_task_of_signing_leads_from_the_list(app: Flask, cast: Cast) -> None:
    case = begun(cast, NOW)
    decided(cast, case, NOW)
    number = number_of(cast, "finance_head")
    page = visit(app, cast, "finance_head").get(f"/responsibilities/{number}").text
    assert "/tasks/" in page
    other = visit(app, cast, "finance_deputy").get(f"/responsibilities/{number}").text
    assert "/tasks/" not in other
    sign(cast, case, "finance_head", NOW)
    cast.session.commit()
    assert "/tasks/" not in visit(app, cast, "finance_head").get(f"/responsibilities/{number}").text
