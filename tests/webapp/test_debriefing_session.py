"""The session's live record through HTTP: kept as typed, told apart, refused in words."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from config import Config
from models import AuditRow, Case, Debriefing, DebriefingRound, Draft, Role, Speech, Task
from tests.cast import Cast, assemble, install
from tests.webapp.conftest import HASH, Visitor, visit
from tests.webapp.test_debriefings import NOW
from tests.webapp.whole import application
from tests.workflows.steps import do
from tests.workflows.test_debriefings import (
    SECRETARIES,
    checked,
    ids,
    of,
    planned,
    reported,
    session_at,
)
from webapp import clock, db
from workflows import debriefings

LATER = session_at(NOW) + timedelta(hours=1)
TYPED = {
    "spoke": "oral",
    "comment": "压实责任较好，\n但支部建设不平衡。",
    "by": "",
    "score": "91.5",
    "question": "上年清单为何未销号？",
    "answer": "",
}


@pytest.fixture
def cast(session: Session) -> Cast:
    """A round whose session is to be held now."""
    install(session, NOW)
    cast = assemble(session)
    cast.grant("organiser", Role.ORGANISER, "work")
    case = debriefings.begin(
        session, cast.units["work"], 2026, rights=cast.rights("organiser", NOW), now=NOW
    )
    planned(cast, case, NOW)
    checked(cast, case, NOW)
    reported(cast, case, NOW)
    comments = [
        {"secretary": key, "problem": "抓而不实", "request": "逐项改进"}
        for key in ids(cast, SECRETARIES)
    ]
    do(cast, case, "prepare_comments", "work_secretary", NOW, comments=comments)
    for user in cast.users.values():
        user.password_hash, user.session_key = HASH, "k"
    session.commit()
    return cast


@pytest.fixture
def app(settings: Config, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> Iterator[Flask]:
    monkeypatch.setattr(clock, "now", lambda: LATER)
    app = application(settings)
    app.test_client_class = Visitor
    yield app
    db.of(app).engine.dispose()


def page_of(cast: Cast) -> str:
    number = cast.session.scalars(select(DebriefingRound.id)).one()
    cast.session.commit()  # SQLite has room for one writer
    return f"/debriefings/rounds/{number}"


def number_of(cast: Cast, who: str) -> int:
    number = of(cast, who).id
    cast.session.commit()
    return number


@pytest.fixture
def recorder(app: Flask, cast: Cast) -> Visitor:
    """The organiser, with the record open and last year's problems told."""
    visitor = visit(app, cast, "organiser")
    path = f"{page_of(cast)}/session"
    assert visitor.send(path, act="open", place="一楼会议室").status_code == 303
    assert visitor.send(path, act="told").status_code == 303
    return visitor


def keep_path(cast: Cast, who: str = "finance_secretary") -> str:
    return f"{page_of(cast)}/session/{number_of(cast, who)}"


def speech(cast: Cast, who: str = "finance_secretary") -> Speech:
    wanted = select(Speech).join(Debriefing, Debriefing.id == Speech.debriefing_id)
    wanted = wanted.where(Debriefing.user_id == cast.users[who].id)
    found = cast.session.scalars(wanted, execution_options={"populate_existing": True}).one()
    cast.session.commit()
    return found


def kept(visitor: Visitor, path: str, seen: int, **typed: str) -> tuple[int, str | None, str]:
    """As the page sends it while somebody types: status, edition, sentence."""
    data = {"csrf_token": visitor.token(), "_drafted": seen, **TYPED, **typed}
    answer = visitor.post(path, data=data, headers={"X-Keep": "1"})
    return answer.status_code, answer.headers.get("X-Seen"), answer.text


def test_what_is_typed_is_kept_as_it_is(recorder: Visitor, cast: Cast) -> None:
    path = keep_path(cast)
    assert kept(recorder, path, 0)[:2] == (204, "1")
    row = speech(cast)
    assert (row.comment, row.question) == (TYPED["comment"], TYPED["question"])
    text = recorder.get(f"{page_of(cast)}/session?at={number_of(cast, 'finance_secretary')}").text
    assert TYPED["comment"] in text.replace("\r\n", "\n")
    assert 'value="91.5"' in text


def test_without_javascript_a_button_keeps_it(recorder: Visitor, cast: Cast) -> None:
    assert recorder.send(keep_path(cast), _drafted="0", **TYPED).status_code == 303
    assert speech(cast).edition == 1


def test_who_writes_over_somebody_else_s_text_is_told(recorder: Visitor, cast: Cast) -> None:
    path = keep_path(cast)
    assert kept(recorder, path, 0, comment="先到")[0] == 204
    status, seen, told = kept(recorder, path, 0, comment="后到")
    assert (status, seen) == (409, "1")
    assert "其他人刚刚记录了finance_secretary的内容" in told
    assert speech(cast).comment == "先到"
    answer = recorder.send(path, _drafted="0", **TYPED | {"comment": "后到"})
    assert answer.status_code == 409
    assert "后到" in answer.text  # what was typed stands on the page
    assert kept(recorder, path, 1, comment="两者")[:2] == (204, "2")


@pytest.mark.parametrize("score", ["一百", "101", "-1", "NaN", "1e999", "90.123456789"])
def test_a_score_that_is_none_loses_nothing(recorder: Visitor, cast: Cast, score: str) -> None:
    status, _, told = kept(recorder, keep_path(cast), 0, score=score)
    assert (status, "0" in told) == (422, True)
    answer = recorder.send(keep_path(cast), _drafted="0", **TYPED | {"score": score})
    assert answer.status_code == 422
    assert TYPED["comment"] in answer.text.replace("\r\n", "\n")
    assert speech(cast).edition == 0


def test_nobody_comments_on_himself(recorder: Visitor, cast: Cast) -> None:
    own = str(cast.users["finance_secretary"].id)
    assert kept(recorder, keep_path(cast), 0, by=own)[0] == 422


def test_nobody_is_called_up_before_last_year_is_told(app: Flask, cast: Cast) -> None:
    visitor = visit(app, cast, "organiser")
    path = f"{page_of(cast)}/session"
    assert visitor.send(path, act="open", place="").status_code == 422
    assert visitor.send(path, act="told").status_code == 409  # not opened yet
    visitor.send(path, act="open", place="一楼会议室")
    first = number_of(cast, "finance_secretary")
    answer = visitor.send(path, act=f"call-{first}")
    assert answer.status_code == 422
    assert "上年" in answer.text
    assert speech(cast).begun_at is None


def test_one_speaks_at_a_time_and_the_order_can_be_changed(recorder: Visitor, cast: Cast) -> None:
    path = f"{page_of(cast)}/session"
    here = {who: number_of(cast, who) for who in SECRETARIES}
    before = [speech(cast, who).place for who in SECRETARIES]
    last = SECRETARIES[before.index(max(before))]
    assert recorder.send(path, act=f"up-{here[last]}").status_code == 303
    assert speech(cast, last).place == 2
    for who in SECRETARIES:
        assert recorder.send(path, act=f"call-{here[who]}").status_code == 303
        assert speech(cast, who).ended_at is None
    assert [speech(cast, who).ended_at is None for who in SECRETARIES] == [False, False, True]
    assert recorder.send(path, act="end").status_code == 303
    assert speech(cast, SECRETARIES[-1]).ended_at is not None
    assert recorder.send(path, act="lots").status_code == 303
    assert sorted(speech(cast, who).place for who in SECRETARIES) == [1, 2, 3]


def test_who_is_there_is_read_from_a_list(recorder: Visitor, cast: Cast) -> None:
    answer = recorder.send(
        f"{page_of(cast)}/attendance", roster="finance_member\n不在册\nplanning_head"
    )
    assert answer.status_code == 303
    there = [str(cast.users[who].id) for who in ("finance_member", "planning_head")]
    assert present(cast) == there
    assert "不在册" in recorder.get(f"{page_of(cast)}/session").text
    found = recorder.get(f"{page_of(cast)}/session?words=finance_lea").text
    assert "finance_leader" in found
    assert recorder.send(f"{page_of(cast)}/attendance", remove=there[0]).status_code == 303
    assert present(cast) == there[1:]


def present(cast: Cast) -> list[str]:
    found: list[str] = cast.session.scalars(select(DebriefingRound.present)).one()
    cast.session.commit()
    return found


def test_the_record_stands_in_the_form_of_the_step(recorder: Visitor, cast: Cast) -> None:
    kept(recorder, keep_path(cast), 0, by=str(cast.users["work_secretary"].id))
    recorder.send(f"{page_of(cast)}/attendance", roster="finance_member")
    answer = recorder.send(f"{page_of(cast)}/session", act="hand_over")
    task = cast.session.scalars(select(Task).where(Task.node == "hold_session")).one()
    assert answer.location == f"/tasks/{task.id}"
    draft = cast.session.scalars(select(Draft)).one().answers
    rows = {row["secretary"]: row for row in draft["items"]}
    own = rows[str(cast.users["finance_secretary"].id)]
    assert (own["comment"], own["score"]) == (TYPED["comment"], 91.5)
    assert (draft["place"], draft["last_year_told"]) == ("一楼会议室", True)
    cast.session.commit()
    page = recorder.get(answer.location).text
    assert "finance_member" in page  # a delegate without a post can be present


def test_after_the_record_is_handed_in_nothing_is_written(recorder: Visitor, cast: Cast) -> None:
    case = cast.session.scalars(select(Case).where(Case.process == "debriefing")).one()
    by = str(cast.users["work_secretary"].id)
    items = [
        {"secretary": key, "spoke": "oral", "comment": "点评", "by": by, "score": 90}
        for key in ids(cast, SECRETARIES)
    ]
    do(
        cast, case, "hold_session", "organiser", LATER,
        held_at=LATER.isoformat(), place="会议室", present=ids(cast, ("work_deputy",)),
        last_year_told=True, inspection_told=True, items=items, minutes="1",
    )  # fmt: skip
    cast.session.commit()
    status, _, told = kept(recorder, keep_path(cast), 0)
    assert (status, "会议记录已提交" in told) == (409, True)
    assert recorder.send(f"{page_of(cast)}/session", act="lots").status_code == 409
    assert "会议记录已提交" in recorder.get(f"{page_of(cast)}/session").text


def test_others_see_no_session_and_readers_write_none(app: Flask, cast: Cast) -> None:
    for who, reads in (("planning_secretary", 404), ("supervisor", 200), ("work_secretary", 200)):
        visitor = visit(app, cast, who)
        assert visitor.get(f"{page_of(cast)}/session").status_code == reads
        assert visitor.get(f"{page_of(cast)}/screen").status_code == reads
        refused = 404 if reads == 404 else 403
        for path in ("session", "attendance", f"session/{number_of(cast, 'finance_secretary')}"):
            answer = visitor.send(f"{page_of(cast)}/{path}", act="lots", add="1", **TYPED)
            assert answer.status_code == refused, (who, path)


def test_acts_leave_a_line_in_the_trail(recorder: Visitor, cast: Cast) -> None:
    recorder.send(f"{page_of(cast)}/session", act=f"call-{number_of(cast, 'finance_secretary')}")
    cast.session.commit()
    found = set(cast.session.scalars(select(AuditRow.action)))
    assert found >= {"session_opened", "session_told", "speaker_called"}


@pytest.mark.parametrize("act", ["", "fly", "call-x", "call-99999999999999999999", "told-1-2"])
def test_an_act_that_no_page_offers_is_refused(recorder: Visitor, cast: Cast, act: str) -> None:
    assert recorder.send(f"{page_of(cast)}/session", act=act).status_code in (404, 422)
