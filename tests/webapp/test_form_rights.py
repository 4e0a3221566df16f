"""One form at three steps: what is only read there or hidden never gets lost, in, or out."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from config import Config
from models import Draft, Task
from tests.cast import Cast
from tests.webapp.conftest import Visitor
from tests.webapp.town import cast_in, town, visit
from tests.workflows.engine.validation.sketch import bundle, line, user
from webapp import db
from workflows import access, cases, definitions, entry_rights, field_rights, forms, tasks

SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["grade", "note", "items"],
    "additionalProperties": False,
    "properties": {
        "grade": {"type": "string", "title": "等次", "enum": ["good", "low"]},
        "reason": {"type": "string", "title": "理由", "minLength": 1},
        "opinion": {"type": "string", "title": "初评意见"},
        "note": {"type": "string", "title": "说明", "minLength": 1},
        "items": {
            "type": "array",
            "title": "问题清单",
            "items": {
                "type": "object",
                "required": ["problem", "weight"],
                "additionalProperties": False,
                "properties": {
                    "problem": {"type": "string", "title": "问题"},
                    "weight": {"type": "integer", "title": "权重"},
                    "done": {"type": "string", "title": "整改情况"},
                },
            },
        },
    },
    "allOf": [
        {
            "if": {"properties": {"grade": {"const": "low"}}, "required": ["grade"]},
            "then": {"required": ["reason"]},
        }
    ],
}
UI: dict[str, Any] = {
    "order": ["grade", "reason", "opinion", "note", "items"],
    "fields": {
        "grade": {"heading": "评定", "labels": {"good": "较好", "low": "较差"}},
        "reason": {"show_if": 'grade = "low"'},
        "items": {"order": ["problem", "weight", "done"]},
    },
    "nodes": {
        "second": {
            "grade": "read",
            "opinion": "hide",
            "items.problem": "read",
            "items.weight": "hide",
        },
        "third": {"grade": "hide", "reason": "read", "opinion": "read", "items": "read"},
    },
}
FIRST = {
    "grade": "low",
    "reason": "进展迟缓",
    "opinion": "初评不合格",
    "note": "第一次",
    "items-0-problem": "无方案",
    "items-0-weight": "7731",
    "items-1-problem": "无台账",
    "items-1-weight": "7732",
}


@pytest.fixture
def app(settings: Config, now: datetime, monkeypatch: pytest.MonkeyPatch) -> Iterator[Flask]:
    steps = line(
        user("first", formKey="own"),
        user("second", formKey="own", who="role(supervisor)"),
        user("third", formKey="own"),
    )
    files = {"own.schema.json": SCHEMA, "own.ui.json": UI}
    made = bundle(steps, forms={name: json.dumps(part).encode() for name, part in files.items()})
    made = replace(made, documents={})
    with town(settings, now, monkeypatch) as app:
        with db.of(app).write.begin() as session:
            definitions.install_parameters(session, {}, by=None, now=now)
            definitions.publish(session, made, by=None, now=now)
            cast = cast_in(session, app)
            unit = cast.units["finance"].id
            opening = cases.Opening(process="demo", key="demo:1", title="办件", unit_id=unit)
            cases.begin(session, opening, by=cast.users["handler"], now=now)
        yield app


def address(app: Flask, node: str) -> str:
    with Session(db.of(app).engine) as session:
        return f"/tasks/{session.scalars(select(Task.id).where(Task.node == node)).one()}"


def answers(app: Flask, node: str) -> Any:
    with Session(db.of(app).engine) as session:
        return session.scalars(select(Task.answers).where(Task.node == node)).one()


def form_on(page: str) -> str:
    return page.partition('<form id="form"')[2].partition("</form>")[0]


def told(page: str) -> set[str]:
    return set(re.findall(r'href="#f-([\w-]+)"', page))


def at_second(app: Flask) -> tuple[Visitor, str]:
    handler = visit(app, "handler")
    assert handler.send(address(app, "first"), **FIRST).status_code == 303
    return visit(app, "supervisor"), address(app, "second")


def test_a_step_shows_what_it_may_and_keeps_what_it_may_not(app: Flask) -> None:
    second, url = at_second(app)
    page = second.get(url).text
    shown = form_on(page)
    assert "较差" in shown
    assert "无方案" in shown
    assert '<h3 class="form-section">评定</h3>' in shown
    assert "_remove" not in shown  # the rows there are stay where they are
    assert 'name="items-0-done"' in shown
    assert not re.search(r'name="(grade|opinion|items-\d-(problem|weight))"', shown)
    assert "进展迟缓" in shown  # asked for by the grade, and known: not typed twice
    for hidden in ("初评不合格", "7731", "7732"):
        assert hidden not in page  # nor in the record and the timeline beside the form
        assert hidden not in second.get(f"/cases/{case_of(app)}").text
    assert "初评不合格" in visit(app, "handler").get(f"/cases/{case_of(app)}").text
    typed = {"reason": "两次催办未果", "note": "第二次", "items-1-done": "已建台账"}
    assert second.send(url, **typed, **{"items-2-done": "另一条"}).status_code == 303
    assert answers(app, "second") == {
        "grade": "low",
        "reason": "两次催办未果",
        "opinion": "初评不合格",
        "note": "第二次",
        "items": [
            {"problem": "无方案", "weight": 7731},
            {"problem": "无台账", "weight": 7732, "done": "已建台账"},
            {"done": "另一条"},
        ],
    }
    # now that he has nothing more to judge the record is whole, and says of his step what he wrote
    record = second.get(f"/cases/{case_of(app)}").text
    assert record.count("初评不合格") == visit(app, "handler2").get(
        f"/cases/{case_of(app)}"
    ).text.count("初评不合格")
    handler = visit(app, "handler")
    third = address(app, "third")
    assert "两次催办未果" in form_on(handler.get(third).text)
    assert handler.send(third, note="第三次").status_code == 303
    assert answers(app, "third") == {**answers(app, "second"), "note": "第三次"}


def case_of(app: Flask) -> int:
    with Session(db.of(app).engine) as session:
        return session.scalars(select(Task.case_id).limit(1)).one()


@pytest.mark.parametrize("forged", ["grade", "opinion", "items-0-problem", "items-0-weight"])
def test_a_forged_field_is_refused_by_its_name(app: Flask, forged: str) -> None:
    second, url = at_second(app)
    answer = second.send(url, reason="好", note="第二次", **{forged: "1"})
    assert (answer.status_code, answers(app, "second")) == (422, None)
    assert forged in told(answer.text)
    assert "初评不合格" not in answer.text
    # kept as a draft it is not
    assert second.send(url, note="第二次", _draft="1", **{forged: "1"}).status_code == 303
    with Session(db.of(app).engine) as session:
        kept = session.scalars(select(Draft.answers)).one()
    assert kept == {"note": "第二次"}


def test_rows_and_conditions_count_with_what_is_not_written(app: Flask) -> None:
    """The grade is only read: as it is low the reason is asked for. Rows given up do not go."""
    second, url = at_second(app)
    answer = second.send(url, note="第二次", reason="")
    assert (answer.status_code, told(answer.text)) == (422, {"reason"})
    again = form_on(second.send(url, note="第二次", reason="好", _remove="items-0").text)
    assert "无方案" in again
    more = form_on(second.send(url, note="第二次", reason="好", _add="items").text)
    assert 'name="items-2-done"' in more
    assert more.count('name="_remove"') == 1
    assert second.send(url, note="第二次", reason="好").status_code == 303
    kept = [{"problem": "无方案", "weight": 7731}, {"problem": "无台账", "weight": 7732}]
    assert answers(app, "second")["items"] == kept


def test_the_domain_holds_it_without_a_page(app: Flask, now: datetime) -> None:
    at_second(app)
    with db.of(app).write() as session:
        cast: Cast = cast_in(session, app)
        rights = access.rights_of(session, cast.users["supervisor"], now=now)
        task = session.scalars(select(Task.id).where(Task.node == "second")).one()
        opened = tasks.turn(session, task, rights=rights, now=now)
        for said in ({"opinion": "改"}, {"items": [{"problem": "改"}]}):
            faults = forms.check(
                opened.form.schema,
                opened.form.ui,
                {"note": "x", "reason": "x", **said},
                given=opened.standing,
            )
            assert set(faults) in ({"opinion"}, {"items-0-problem"})


def test_who_wrote_a_field_last_has_the_word(app: Flask, now: datetime) -> None:
    """Emptied by a step that may write it, a field does not come back from an earlier one."""
    second, url = at_second(app)
    assert second.send(url, reason="两次催办未果", note="第二次").status_code == 303
    with db.of(app).write() as session:
        cast = cast_in(session, app)
        rights = access.rights_of(session, cast.users["handler"], now=now)
        task = session.scalars(select(Task).where(Task.node == "third")).one()
        opened = tasks.get(session, task.id, rights=rights, now=now)
        variables, waiting = opened.run.execution.vars, opened.run.waiting(task)

        def reason() -> Any:
            found = field_rights.standing(session, opened.case, variables, waiting)
            return found.get("reason")

        assert reason() == "两次催办未果"
        first = session.scalars(select(Task).where(Task.node == "first")).one()
        first.done_at = now + timedelta(hours=1)  # the first step once more, after the second
        assert reason() == "进展迟缓"
        variables["first"].pop("reason")
        assert reason() is None


def test_a_layout_without_rights_by_step_is_the_same_everywhere() -> None:
    ui = {"fields": {"a": {"access": "read"}}}
    assert entry_rights.at(ui, "first") is ui
    closed = entry_rights.closed({"properties": {"a": {}, "b": {}}}, ui)
    assert closed == {"a"}
