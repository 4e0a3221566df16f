"""The inbox: in order, each task once, page by page; what is chosen is looked for on every page."""

from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from sqlalchemy.orm import Session

from models import Case, Inbox, Task, User
from models.task import NO_DUE_DATE
from tests import flows
from tests.cast import assemble
from workflows import calendars, definitions, inboxes
from workflows.access import Rights
from workflows.inboxes import Filter


@pytest.fixture
def rights(session: Session, now: datetime) -> Rights:
    cast = assemble(session)
    calendars.seed(session, now=now)
    definitions.install_parameters(session, {}, by=None, now=now)
    flows.publish(session, now)
    return cast.rights("handler", now)


class Desk:
    """Tasks put on the handler's desk: his own, or his seat's."""

    def __init__(self, session: Session, rights: Rights, now: datetime) -> None:
        self.session, self.rights, self.now = session, rights, now
        opening = flows.opened
        unit = rights.places[0].unit_id
        user: User = rights.user
        self.cases: dict[str, Case] = {
            process: opening(session, process, 0, unit, by=user, now=now)
            for process in ("simple", "linear6")
        }
        session.query(Inbox).delete()

    def put(
        self, days: int | None, *, process: str = "simple", name: str = "办理", both: bool = False
    ) -> int:
        due = None if days is None else self.now + timedelta(days=days)
        case = self.cases[process]
        task = Task(
            case_id=case.id,
            engine_id=uuid4(),
            node="a",
            name=name,
            unit_id=case.unit_id,
            due_at=due,
            opened_at=self.now,
        )
        self.session.add(task)
        self.session.flush()
        mine = self.rights.principals if both else self.rights.principals[1:]
        key = int(due.timestamp()) if due else NO_DUE_DATE
        self.session.add_all(Inbox(principal=p, due=key, task_id=task.id) for p in mine)
        self.session.flush()
        return task.id

    def shown(self, size: int = 10, **chosen: object) -> list[list[int]]:
        """The pages, one after the other."""
        pages, after = [], None
        while True:
            page = inboxes.inbox(
                self.session,
                self.rights,
                chosen=Filter(**chosen),  # type: ignore[arg-type]
                after=after,
                size=size,
            )
            pages.append([task.id for task in page.rows])
            after = page.after
            if after is None:
                return pages


@pytest.fixture
def desk(session: Session, rights: Rights, now: datetime) -> Desk:
    return Desk(session, rights, now)


def test_the_longest_overdue_comes_first_and_what_has_no_date_last(desk: Desk) -> None:
    never, later, overdue = desk.put(None), desk.put(3), desk.put(-2)
    assert desk.shown() == [[overdue, later, never]]


def test_a_task_that_reaches_a_person_twice_is_there_once(desk: Desk) -> None:
    task = desk.put(1, both=True)
    assert desk.shown() == [[task]]
    assert inboxes.count_open(desk.session, desk.rights) == 1


def test_pages_follow_one_another_without_gap_or_repetition(desk: Desk) -> None:
    tasks = [desk.put(number // 2, both=number % 3 == 0) for number in range(25)]
    pages = desk.shown(size=10)
    assert [len(page) for page in pages] == [10, 10, 5]
    assert [task for page in pages for task in page] == tasks


def test_what_is_chosen_is_found_beyond_the_first_page(desk: Desk) -> None:
    for number in range(15):
        desk.put(number)
    wanted = [desk.put(30 + number, process="linear6") for number in range(12)]
    assert desk.shown(size=10, process="linear6") == [wanted[:10], wanted[10:]]


def test_words_are_looked_for_as_they_are(desk: Desk) -> None:
    desk.put(1, name="完成率 95")
    wanted = desk.put(2, name="完成率 95%")
    assert desk.shown(words="5%") == [[wanted]]
    assert desk.shown(words="_") == [[]]


def test_what_is_due_before_a_moment(desk: Desk) -> None:
    overdue, soon, _ = desk.put(-1), desk.put(2), desk.put(9)
    assert desk.shown(due_before=desk.now) == [[overdue]]
    assert desk.shown(due_before=desk.now + timedelta(days=7)) == [[overdue, soon]]


def test_tasks_of_others_are_not_shown(desk: Desk, session: Session, now: datetime) -> None:
    desk.put(1)
    stranger = User(login="stranger", name="stranger")
    session.add(stranger)
    session.flush()
    nobody = Rights(stranger, ())
    assert inboxes.inbox(session, nobody).rows == []
    assert inboxes.count_open(session, nobody) == 0


def test_the_count_stops_at_a_thousand(
    desk: Desk, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inboxes, "COUNT_UP_TO", 3)
    inboxes._count.cache_clear()
    for number in range(5):
        desk.put(number, both=True)
    assert inboxes.count_open(session, desk.rights) == 3
    inboxes._count.cache_clear()
