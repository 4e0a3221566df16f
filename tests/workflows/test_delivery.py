"""Mail leaves from stored rows: once each, later when it fails, never more than may be told."""

from datetime import UTC, datetime, timedelta
from threading import Thread

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from models import AuditRow, Case, Notification, Task, User
from tests.cast import Cast, assemble, install
from tests.workflows import matter_paths as path
from workflows import deliveries, jobs, notices
from workflows.deliveries import LEASE, PAUSES, Letter, Undeliverable, Unreachable
from workflows.errors import Invalid, NotFound

Sessions = sessionmaker[Session]
MINUTE = timedelta(minutes=1)


class Post:
    """Takes letters, or raises what it is given."""

    def __init__(self, *faults: Exception) -> None:
        self.letters: list[Letter] = []
        self.faults = list(faults)

    def __call__(self, letter: Letter) -> None:
        if self.faults:
            raise self.faults.pop(0)
        self.letters.append(letter)


@pytest.fixture
def cast(session: Session) -> Cast:
    cast = assemble(session)
    for organ in ("finance", "planning"):
        handler = cast.person(f"{organ}_handler", unit=organ)
        handler.email = f"{organ}_handler@example.org"
    session.commit()
    return cast


def tell(cast: Cast, now: datetime, key: str, who: str = "finance_handler", **more: object) -> int:
    """Committed, as a person's act would be."""
    facts = {"case": "一件事", "text": "内情"}
    row = {"kind": "urged", "facts": facts, **more}
    assert notices.notify(
        cast.session,
        key=key,
        recipient_id=cast.users[who].id,
        now=now,
        **row,  # type: ignore[arg-type]
    )
    one = cast.session.scalars(select(Notification.id).where(Notification.key == key)).one()
    cast.session.commit()
    return one


def stored(cast: Cast, one: int) -> Notification:
    with Session(cast.session.get_bind()) as session:
        return session.get_one(Notification, one)


def keys(post: Post) -> list[str]:
    return [letter.key for letter in post.letters]


def test_it_is_mailed_once(cast: Cast, sessions: Sessions, now: datetime) -> None:
    one, post = tell(cast, now, "a"), Post()
    assert jobs.deliver(sessions, now=now, post=post) == 1
    assert jobs.deliver(sessions, now=now + LEASE * 2, post=post) == 0
    assert keys(post) == ["a"]
    letter = post.letters[0]
    assert (letter.to, letter.language) == ("finance_handler@example.org", "zh")
    assert (stored(cast, one).sent_at, stored(cast, one).send_after) == (now, None)


def test_of_two_clocks_one_sends(cast: Cast, sessions: Sessions, now: datetime) -> None:
    one = tell(cast, now, "a")
    with sessions() as session:
        slow = session.get_one(Notification, one)  # as the other clock saw it
        session.expunge(slow)
    with sessions.begin() as session:
        assert deliveries.claim(session, one, by_mail=True, now=now)
    with sessions.begin() as session:
        assert not deliveries._move(session, slow, send_after=now + LEASE, attempts=1)
    with sessions.begin() as session:
        assert deliveries.claim(session, one, by_mail=True, now=now) is None


def test_four_clocks_at_once_send_each_letter_once(
    cast: Cast, sessions: Sessions, now: datetime
) -> None:
    wanted = [f"k{number:02}" for number in range(30)]
    for key in wanted:
        tell(cast, now, key)
    post = Post()
    clocks = [
        Thread(target=jobs.deliver, args=[sessions], kwargs={"now": now, "post": post})
        for _clock in range(4)
    ]
    for one in clocks:
        one.start()
    for one in clocks:
        one.join()
    assert sorted(keys(post)) == wanted


def test_who_dies_between_sending_and_marking_sends_again_under_the_same_key(
    cast: Cast, sessions: Sessions, now: datetime
) -> None:
    one, post = tell(cast, now, "a"), Post()
    with sessions.begin() as session:
        letter = deliveries.claim(session, one, by_mail=True, now=now)
    assert letter is not None
    post(letter)  # and here the lights go out
    assert jobs.deliver(sessions, now=now + LEASE - MINUTE, post=post) == 0
    assert jobs.deliver(sessions, now=now + LEASE, post=post) == 1
    assert keys(post) == ["a", "a"]


def test_a_letter_that_kills_its_sender_is_given_up(
    cast: Cast, sessions: Sessions, now: datetime
) -> None:
    one = tell(cast, now, "a")
    for _round in range(len(PAUSES) + 1):
        with sessions.begin() as session:
            assert deliveries.claim(session, one, by_mail=True, now=now)
        now += LEASE
    post = Post()
    assert jobs.deliver(sessions, now=now, post=post) == 0
    assert stored(cast, one).fault
    assert stored(cast, one).send_after is None


def test_it_is_tried_later_and_later_then_given_up(
    cast: Cast, sessions: Sessions, now: datetime
) -> None:
    one, other = tell(cast, now, "a"), tell(cast, now, "b")
    post = Post(Undeliverable("{reason}", reason="450 later"))
    assert jobs.deliver(sessions, now=now, post=post) == 1  # one bad letter, the other leaves
    assert keys(post) == ["b"]
    assert stored(cast, other).sent_at == now
    for pause in PAUSES:
        assert stored(cast, one).send_after == now + pause
        assert jobs.deliver(sessions, now=now + pause - MINUTE / 2, post=post) == 0
        now += pause
        post.faults = [Undeliverable("{reason}", reason="450 later")]
        assert jobs.deliver(sessions, now=now, post=post) == 0
        assert post.faults == []
    assert (stored(cast, one).send_after, stored(cast, one).fault) == (None, "450 later")
    assert jobs.deliver(sessions, now=now + timedelta(days=9), post=post) == 0


def test_what_is_refused_for_good_is_not_tried_again(
    cast: Cast, sessions: Sessions, now: datetime
) -> None:
    one = tell(cast, now, "a")
    post = Post(Undeliverable("{reason}", reason="550 nobody", for_good=True))
    jobs.deliver(sessions, now=now, post=post)
    assert (stored(cast, one).send_after, stored(cast, one).attempts) == (None, 1)
    with sessions() as session:
        assert deliveries.outbox(session, now=now).given_up == 1
        assert [row.id for row, _user in deliveries.given_up(session)] == [one]


def test_a_silent_server_costs_no_attempt(cast: Cast, sessions: Sessions, now: datetime) -> None:
    first, second = tell(cast, now, "a"), tell(cast, now, "b")
    for _round in range(10):
        with pytest.raises(Unreachable):
            jobs.deliver(sessions, now=now + MINUTE, post=Post(Unreachable("no answer")))
    for one in (first, second):
        assert (stored(cast, one).attempts, stored(cast, one).send_after) == (0, now)
    with sessions() as session:
        assert deliveries.outbox(session, now=now + MINUTE).oldest_due == now
    post = Post()
    assert jobs.deliver(sessions, now=now + MINUTE, post=post) == 2


def test_without_a_mail_server_news_stays_in_the_app(
    cast: Cast, sessions: Sessions, now: datetime
) -> None:
    one = tell(cast, now, "a")
    assert jobs.deliver(sessions, now=now, post=None) == 0
    assert jobs.deliver(sessions, now=now, post=Post()) == 0  # nothing old goes out later
    assert (stored(cast, one).sent_at, stored(cast, one).send_after) == (None, None)


@pytest.mark.parametrize("why", ["no address", "disabled", "wants none", "read", "step done"])
def test_some_news_is_not_mailed(cast: Cast, sessions: Sessions, now: datetime, why: str) -> None:
    task = None
    if why == "step done":
        install(cast.session, now)
        task = path.open_task(cast, path.working(cast, now), "do_work")
    one = tell(cast, now, "a", task=task)
    row = cast.session.get_one(Notification, one)
    user = cast.session.get_one(User, row.recipient_id)
    match why:
        case "no address":
            user.email = ""
        case "disabled":
            user.enabled = False
        case "wants none":
            deliveries.choose(cast.session, user, "none")
        case "read":
            row.read_at = now
        case _:
            assert task is not None
            cast.session.get_one(Task, task.id).done_at = now
    cast.session.commit()
    post = Post()
    assert jobs.deliver(sessions, now=now, post=post) == 0
    assert post.letters == []
    assert stored(cast, one).send_after is None


def test_a_letter_tells_a_title_and_nothing_else(
    cast: Cast, sessions: Sessions, now: datetime
) -> None:
    install(cast.session, now)
    case = path.opened(cast, now)
    tell(cast, now, "a", case_id=case.id)
    restricted = path.opened(cast, now, key="another")
    cast.session.get_one(Case, restricted.id).restricted = True
    tell(cast, now, "b", case_id=restricted.id)
    tell(cast, now, "c", kind="effect_ended", facts={"form": "admonition"})
    due = {"task": "问责谈话", "rung": -1, "due": now.isoformat()}
    tell(cast, now, "d", kind="due", facts=due, case_id=restricted.id)
    post = Post()
    jobs.deliver(sessions, now=now, post=post)
    told = {letter.key: letter.items[0].facts for letter in post.letters}
    assert {key: told[key] for key in "abcd"} == {
        "a": {"case": "一件事"},
        "b": {},
        "c": {},
        "d": {"rung": -1, "due": now.isoformat()},
    }


def test_who_wants_one_mail_a_day_gets_one(cast: Cast, sessions: Sessions, now: datetime) -> None:
    user = cast.users["finance_handler"]
    deliveries.choose(cast.session, user, "daily")
    early = now - timedelta(hours=2)  # seven in the morning
    tell(cast, early, "a")
    tell(cast, early, "b")
    other = tell(cast, early, "c", who="planning_handler")
    post = Post()
    assert jobs.deliver(sessions, now=early, post=post) == 1
    assert keys(post) == ["c"]
    assert stored(cast, other).sent_at == early
    half_past_eight = datetime(2026, 3, 2, 0, 30, tzinfo=UTC)
    assert jobs.deliver(sessions, now=half_past_eight - MINUTE, post=post) == 0
    assert jobs.deliver(sessions, now=half_past_eight, post=post) == 1
    assert post.letters[-1].key == f"daily:{user.id}:2026-03-02"
    assert len(post.letters[-1].items) == 2
    tell(cast, half_past_eight + MINUTE, "d")
    assert jobs.deliver(sessions, now=half_past_eight + MINUTE, post=post) == 0
    assert jobs.deliver(sessions, now=half_past_eight + timedelta(days=1), post=post) == 1


def test_only_known_choices_hold(cast: Cast) -> None:
    with pytest.raises(Invalid):
        deliveries.choose(cast.session, cast.users["finance_handler"], "hourly")


def test_what_was_given_up_is_sent_again_on_request(
    cast: Cast, sessions: Sessions, now: datetime
) -> None:
    one = tell(cast, now, "a")
    post = Post(Undeliverable("{reason}", reason="550 nobody", for_good=True))
    jobs.deliver(sessions, now=now, post=post)
    admin = cast.users["system_admin"]
    with sessions.begin() as session:
        deliveries.retry(session, one, by=admin, now=now)
    with sessions.begin() as session, pytest.raises(NotFound):
        deliveries.retry(session, one, by=admin, now=now)  # it waits already
    assert jobs.deliver(sessions, now=now, post=post) == 1
    with sessions() as session:
        assert session.scalars(
            select(AuditRow.subject_id).where(AuditRow.action == "mail_retried")
        ).all() == [str(one)]
