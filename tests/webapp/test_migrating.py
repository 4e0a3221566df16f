"""The pages of moving cases: a plan from its form to the way back, and a new beginning."""

from collections.abc import Iterator

import pytest
from sqlalchemy import select
from werkzeug.datastructures import MultiDict

from models import Case, CaseMove, MovePlan, Restart, Task
from tests.moving import V1, Office, Version
from tests.webapp.conftest import HASH
from tests.webapp.desk import Desk, opened
from tests.webapp.packaging import rows_of
from webapp import db
from workflows import jobs

V2 = Version(steps=("draft", "check", "confirm", "sign"))
V3 = Version(steps=("draft", "sign"))
ADMIN, SECOND, STRANGER = "process_admin", "process_admin2", "supervisor"
NEW, RESTART = "/case-moves/new", "/case-moves/restarts/new"


@pytest.fixture(scope="module")
def desk(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    with opened(database_url, tmp_path_factory.mktemp("files")) as desk:
        with desk.behind() as cast:
            office = Office(cast.session, desk.now, V1, V2, V3, cast=cast)
            second = cast.users[SECOND]
            second.password_hash, second.session_key = HASH, f"key of {second.login}"
            first = office.begin(3)
            for number, case in enumerate(first):
                for step in ("write", "check")[:number]:
                    office.do(case, step, text="一")
            office.publish()
        yield desk


def tick(desk: Desk) -> None:
    jobs.move_cases(db.of(desk.app).write, now=desk.now)


def wish(desk: Desk, to: str, **more: str) -> MultiDict[str, str]:
    token = desk.visit(ADMIN).token()
    given = {"csrf_token": token, "process": "trial", "from": "1", "to": to, "reason": "规定修订"}
    return MultiDict({**given, **more})


def planned(desk: Desk, to: str, **more: str) -> str:
    answer = desk.visit(ADMIN).post(NEW, data=wish(desk, to, **more))
    assert answer.status_code == 303, answer.text
    tick(desk)
    return answer.location


def test_the_form_suggests_what_takes_the_place_of_what_is_gone(desk: Desk) -> None:
    page = desk.visit(ADMIN).get(f"{NEW}?process=trial&to=2").text
    assert 'name="map-write"' in page
    assert "draft" in page
    assert desk.visit(ADMIN).get(f"{NEW}?process=nothing").status_code == 404


def test_what_was_typed_stays_when_it_is_refused(desk: Desk) -> None:
    typed = wish(desk, "2", reason=" ", new_deadlines="yes", **{"map-write": "check"})
    answer = desk.visit(ADMIN).post(NEW, data=typed)
    assert answer.status_code == 422
    assert answer.text.count('class="fault"') >= 2
    assert 'value="yes" checked' in answer.text
    bad = desk.visit(ADMIN).post(NEW, data=wish(desk, "²", process="trial"))
    assert bad.status_code == 422


def test_a_plan_from_the_form_to_the_way_back(desk: Desk) -> None:
    here = planned(desk, "2", **{"map-write": "draft"})
    admin, second = desk.visit(ADMIN), desk.visit(SECOND)
    page = admin.get(here).text
    assert "hx-trigger" not in page
    assert admin.send(f"{here}/approve").status_code == 403
    assert second.send(f"{here}/approve").status_code == 303
    assert 'hx-trigger="every 2s"' in second.get(here).text
    assert admin.send(f"{here}/approve").status_code in (403, 409)
    tick(desk)
    rows = rows_of(admin.get(f"{here}?export=xlsx"))
    assert [row[3] for row in rows] == ["v2", "v2", "v2"]
    with db.of(desk.app).read() as session:
        moved = session.scalars(select(CaseMove).where(CaseMove.state == "moved")).all()
        assert [one.sound for one in moved] == [True] * 3
        case_id = moved[1].case_id
        waits = select(Task.id).where(Task.case_id == case_id, Task.done_at.is_(None))
        task_id = session.scalars(waits).one()
    assert "v1 → v2" in admin.get(f"/cases/{case_id}").text
    assert desk.visit(STRANGER).get(f"/tasks/{task_id}").status_code == 200
    assert second.send(f"{here}/revert", reason=" ").status_code == 422
    assert second.send(f"{here}/revert", reason="条件不成熟").status_code == 303
    tick(desk)
    assert "条件不成熟" in admin.get(here).text
    assert [row[3] for row in rows_of(admin.get(f"{here}?export=xlsx"))] == ["v1", "v1", "v1"]
    assert second.send(f"{here}/revert", reason="再来").status_code == 409


def test_a_refused_case_says_why_and_begins_anew_elsewhere(desk: Desk) -> None:
    here = planned(desk, "3", **{"map-write": "draft"})
    admin, second = desk.visit(ADMIN), desk.visit(SECOND)
    page = admin.get(f"{here}?state=refused&rule=open_gone").text
    assert "办件正处于该环节" in page
    assert "办件1" in page
    assert "办件2" not in page
    with db.of(desk.app).read() as session:
        case_id = session.scalars(select(Case.id).where(Case.title == "办件1")).one()
    asked = {"case": str(case_id), "to": "3"}
    assert admin.get(f"{RESTART}?case={case_id}&to=3").status_code == 200
    refused = admin.send(RESTART, **asked, node="nothing", reason="无法迁移")
    assert refused.status_code == 422
    assert "无法迁移" in refused.text
    made = admin.send(RESTART, **asked, node="sign", reason="无法迁移").location
    assert admin.send(f"{made}/approve").status_code == 403
    assert second.send(f"{made}/approve").status_code == 303
    assert second.send(f"{made}/approve").status_code == 409
    page = admin.get(f"/cases/{case_id}").text
    assert "v1 → v3" in page
    assert admin.send(f"{here}/give-up").status_code == 303


PAGES = (
    "/case-moves",
    NEW,
    "/case-moves/{plan}",
    f"{RESTART}?case={{case}}",
    "/case-moves/restarts/{restart}",
)
POSTS = ("/case-moves/{plan}/approve", "/case-moves/{plan}/revert", "/case-moves/{plan}/halt",
         "/case-moves/restarts/{restart}/approve", NEW, RESTART)  # fmt: skip


def test_to_everybody_else_there_are_no_such_pages(desk: Desk) -> None:
    with db.of(desk.app).read() as session:
        ids = {
            "plan": session.scalars(select(MovePlan.id)).first() or 0,
            "case": session.scalars(select(Case.id)).first() or 0,
            "restart": session.scalars(select(Restart.id)).first() or 0,
        }
    for who in (STRANGER, "system_admin", "audit_admin"):
        visitor = desk.visit(who)
        for page in PAGES:
            assert visitor.get(page.format(**ids)).status_code == 404, page
        for page in POSTS:
            assert visitor.send(page.format(**ids)).status_code == 404, page
    assert desk.visit(ADMIN).get("/case-moves/999999").status_code == 404
    assert desk.visit(ADMIN).get(f"{RESTART}?case=x").status_code == 404


def test_the_list_shows_plans_and_what_waits(desk: Desk) -> None:
    page = desk.visit(ADMIN).get("/case-moves").text
    assert page.count("/case-moves/") >= 2
