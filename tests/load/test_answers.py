"""A survey as large as a city answers it, through the public route with eight clients: each link
counts once, none is lost, and its results are shown at once. `make soak` sends 100,000.
"""

import json
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, func, insert, select

from models import Survey, SurveyAnswer, SurveyTicket
from models.database import open_engine, upgrade
from tests import surveying
from tests.cast import assemble
from tests.load.server import settings
from tests.webapp.conftest import HASH, Visitor
from webapp import clock, create_app, db
from workflows import survey_answers, survey_links, survey_settling

PEOPLE = int(os.environ.get("TONGZE_SURVEY_ANSWERS", "320"))
LONG = PEOPLE >= 10_000  # then the figures are held to their marks
CLIENTS = 8
A_SECOND, SHOWN_IN = 300, 0.5  # accepted answers; seconds
CELLS = [f"{organ}|{post}" for organ in ("finance", "planning", "*") for post in ("yes", "no")]


@contextmanager
def serving(url: str, folder: Path) -> Iterator[int]:
    """The port on which a process of its own is heard."""
    command = [sys.executable, "-m", "tests.load.server", url, str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        try:
            yield int(server.stdout.readline())
        finally:
            server.terminate()


def prepared(url: str, folder: Path) -> tuple[int, list[str], str]:
    """An open survey of so many people, its links, and who may look at it."""
    app = create_app(settings(url, folder, "NORMAL"))
    with db.of(app).write.begin() as session:
        cast = assemble(session)
        surveying.crowd(cast, "finance_branch", 5)
        for user in cast.users.values():
            user.password_hash, user.session_key = HASH, "k"
        survey = surveying.opened(cast, clock.now() - timedelta(hours=1))
        sizes = {cell: PEOPLE // len(CELLS) for cell in CELLS}
        sizes[CELLS[0]] += PEOPLE - sum(sizes.values())
        surveying.of_size(session, survey, cast.units["finance_branch"].id, sizes)
        by = cast.users["supervisor"]
        sheets = survey_links.issue(session, survey, by=by, now=clock.now())
        tokens = [token for sheet in sheets for token in sheet.tokens]
        login = by.login
    db.of(app).engine.dispose()
    return survey.id, tokens, login


def sent(port: int, tokens: list[str], folder: Path) -> tuple[Counter[str], float]:
    """What eight clients at once were told, and how long it took."""
    begun = time.monotonic()
    clients = []
    for number in range(CLIENTS):
        links = folder / f"links{number}"
        links.write_text("\n".join(tokens[number::CLIENTS]), encoding="ascii")
        command = [sys.executable, "-m", "tests.load.clients", str(port), str(links), str(number)]
        clients.append(subprocess.Popen(command, stdout=subprocess.PIPE))
    told: Counter[str] = Counter()
    seconds = []
    for client in clients:
        out, _ = client.communicate()
        assert client.returncode == 0
        said: dict[str, Any] = json.loads(out)
        seconds.append(said.pop("seconds"))
        told.update(said)
    assert time.monotonic() - begun >= max(seconds)
    return told, max(seconds)


def bare(engine: Engine, survey_id: int, rows: int) -> float:
    """How many bare inserts a second: one row, one commit, the floor under all of it."""
    begun = time.monotonic()
    row = {"survey_id": survey_id, "cell": CELLS[0], "answers": surveying.WHOLE}
    for _ in range(rows):
        with engine.begin() as connection:
            connection.execute(
                insert(SurveyAnswer), [{**row, "id": survey_answers.random_id(), "user_id": None}]
            )
    return rows / (time.monotonic() - begun)


def test_every_answer_counts_once_and_results_are_there_at_once(
    tmp_path: Path, record_property: Any
) -> None:
    url = f"sqlite:///{tmp_path / 'survey.db'}"
    upgrade(url)
    survey_id, tokens, login = prepared(url, tmp_path)
    with serving(url, tmp_path) as port:
        told, seconds = sent(port, tokens, tmp_path)
    again = sum(len(tokens[number::CLIENTS]) // 50 for number in range(CLIENTS))
    assert told == Counter({"303": PEOPLE} | ({"409": again} if again else {}))
    engine = open_engine(url)
    with engine.connect() as connection:
        counted = [
            connection.scalar(select(func.count()).select_from(model))
            for model in (SurveyAnswer, SurveyTicket)
        ]
    assert counted == [PEOPLE, 0]
    a_second = PEOPLE / seconds
    shown, settled = shown_in(url, tmp_path, survey_id, login)
    floor = bare(engine, survey_id, 2_000 if LONG else 50)
    engine.dispose()
    print(  # noqa: T201
        f"{PEOPLE} answers, {a_second:.0f} a second, {a_second / floor:.2f} of the bare insert "
        f"({floor:.0f}); settled in {settled:.1f} s, shown in {1000 * shown:.0f} ms"
    )
    record_property("answers by HTTP", PEOPLE)
    record_property("answers a second", int(a_second))
    record_property("bare inserts a second", int(floor))
    record_property("ms for the results page", int(1000 * shown))
    assert not LONG or a_second >= A_SECOND
    assert not LONG or shown <= SHOWN_IN


def shown_in(url: str, folder: Path, survey_id: int, login: str) -> tuple[float, float]:
    """Seconds that the finest table takes by HTTP, the second time, and the settling before it."""
    app = create_app(settings(url, folder, "FULL"))
    app.test_client_class = Visitor
    begun = time.monotonic()
    with db.of(app).write.begin() as session:
        session.get_one(Survey, survey_id).closes = clock.now()
        session.flush()
        survey = survey_settling.settle(session, survey_id, by=None, now=clock.now())
        assert survey.answered == PEOPLE
    settled = time.monotonic() - begun
    visitor = app.test_client()
    assert isinstance(visitor, Visitor)
    assert visitor.sign_in(login).status_code == 303
    page = f"/surveys/{survey_id}/results?by=organ%2Bpost"
    visitor.get(page)
    begun = time.monotonic()
    answer = visitor.get(page)
    taken = time.monotonic() - begun
    assert answer.status_code == 200
    with db.of(app).read() as session:
        assert not session.scalar(select(func.count()).select_from(SurveyAnswer))
    db.of(app).engine.dispose()
    return taken, settled
