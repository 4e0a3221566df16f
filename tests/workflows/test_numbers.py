"""发文字号: without gaps, without twins, by series and year."""

from datetime import datetime, timedelta
from threading import Barrier, Thread

from sqlalchemy.orm import Session, sessionmaker

from workflows.numbers import next_number


def test_it_counts_by_series_and_year(session: Session, now: datetime) -> None:
    assert [next_number(session, "督", now=now) for _ in range(2)] == [
        "督〔2026〕1号",
        "督〔2026〕2号",
    ]
    assert next_number(session, "约", now=now) == "约〔2026〕1号"
    assert next_number(session, "督", now=now + timedelta(days=365)) == "督〔2027〕1号"


def test_the_year_is_that_of_the_office(session: Session, now: datetime) -> None:
    """At 17:00 UTC on 31 December it is the new year in Beijing."""
    eve = now.replace(year=2025, month=12, day=31, hour=17)
    assert next_number(session, "督", now=eve) == "督〔2026〕1号"


def test_a_number_not_used_is_given_again(sessions: sessionmaker[Session], now: datetime) -> None:
    with sessions.begin() as session:
        next_number(session, "督", now=now)
    with sessions() as session:
        assert next_number(session, "督", now=now) == "督〔2026〕2号"
        session.rollback()
    with sessions.begin() as session:
        assert next_number(session, "督", now=now) == "督〔2026〕2号"


def test_many_at_once_get_one_each(sessions: sessionmaker[Session], now: datetime) -> None:
    given: list[str] = []
    start = Barrier(4)

    def take() -> None:
        start.wait()
        for _ in range(5):
            with sessions.begin() as session:
                given.append(next_number(session, "督", now=now))

    threads = [Thread(target=take) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(given) == sorted(f"督〔2026〕{n}号" for n in range(1, 21))
