"""Completions a second over HTTP: four clients, two server processes, the whole stack.

Each client is signed in and posts the form of a task with its token; the answer is the redirect.
The floor is a bare Flask route that commits one row, posted by the same clients to the same
servers, in turns.
"""

import re
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from http.client import HTTPConnection, HTTPException
from time import perf_counter, sleep
from urllib.parse import urlencode

from tests import flows
from tests.bench import places
from tests.bench.figures import Figure, beside
from tests.bench.floor import metadata
from tests.bench.inbox import signed_in
from tests.bench.places import Place
from tests.bench.profiles import explained
from tests.bench.service import PASSWORD, Office

CLIENTS, SERVERS, ROUNDS, EACH = 4, 2, 7, 30
CSRF = re.compile(r'name="csrf-token" content="(.+?)"')
LEAST = {"SQLite FULL": 230, "SQLite NORMAL": 230, "PostgreSQL": 190}


def run() -> Iterator[Figure]:
    for opened in places.ALL:
        with opened() as place:
            yield from _measure(place)


def _measure(place: Place) -> list[Figure]:
    office = Office(place)
    metadata.create_all(place.engine)
    with _served(place) as ports, ThreadPoolExecutor(CLIENTS) as pool:
        clients = [Client(ports[number % SERVERS]) for number in range(CLIENTS)]
        _round(pool, clients, office)  # warm
        rounds, latencies = [], []
        for _ in range(ROUNDS):
            done, took = _round(pool, clients, office)
            bare, _ = _all(pool, [partial(one.floor, EACH) for one in clients])
            rounds.append((done, bare))
            latencies += took
    name = f"completions, HTTP, {place.name}, {CLIENTS} clients, {SERVERS} processes"
    figure = beside(name, "/s", rounds).at_least(LEAST[place.name])
    figure = explained(figure, _alone(place, office))
    ordered = sorted(latencies)
    return [
        figure,
        Figure(f"{name}: half answered within", ordered[len(ordered) // 2] * 1000, "ms"),
        Figure(f"{name}: 95 of 100 within", ordered[len(ordered) * 95 // 100] * 1000, "ms"),
    ]


def _alone(place: Place, office: Office) -> Callable[[], None]:
    """The same requests one after the other in this process, for the profile."""
    client, tasks = signed_in(place), office.open(CLIENTS * EACH)

    def act() -> None:
        for task in tasks:
            answer = client.post(f"/tasks/{task}", data=form)
            assert answer.status_code == 303, answer.text[-2000:]

    found = re.search(CSRF, client.get("/tasks").text)
    assert found
    form = {"csrf_token": found[1], "_version": "1", **flows.ANSWERS}
    return act


def _round(
    pool: ThreadPoolExecutor, clients: list["Client"], office: Office
) -> tuple[float, list[float]]:
    """Completions a second, and how long each took, over both steps of fresh cases."""
    spent, took = 0.0, []
    for open_tasks in (partial(office.open, CLIENTS * EACH), office.waiting):
        tasks = open_tasks()
        shares = [tasks[number::CLIENTS] for number in range(CLIENTS)]
        acts = [partial(c.complete, s) for c, s in zip(clients, shares, strict=True)]
        rate, each = _all(pool, acts)
        spent += len(tasks) / rate
        took += each
    assert not office.waiting(), "a completion was lost"
    return 2 * CLIENTS * EACH / spent, took


def _all(
    pool: ThreadPoolExecutor, acts: Sequence[Callable[[], list[float]]]
) -> tuple[float, list[float]]:
    begun = perf_counter()
    took = [one for each in [pool.submit(act) for act in acts] for one in each.result()]
    return len(took) / (perf_counter() - begun), took


class Client:
    """A signed-in person's browser, without the browser."""

    def __init__(self, port: int) -> None:
        self._line = HTTPConnection("127.0.0.1", port, timeout=60)
        self._cookies: dict[str, str] = {}
        self._settled = False
        token = self._token("/sign-in")
        signed = self._send("/sign-in", csrf_token=token, login="handler", password=PASSWORD)
        assert signed[0] == 303, signed
        self._csrf = self._token("/tasks")
        self._settled = True  # what is flashed is not carried on: nobody loads the page it is for

    def complete(self, tasks: list[int]) -> list[float]:
        """Seconds for each of the tasks."""
        took = []
        for task in tasks:
            begun = perf_counter()
            status, body = self._send(
                f"/tasks/{task}", csrf_token=self._csrf, _version="1", **flows.ANSWERS
            )
            took.append(perf_counter() - begun)
            assert status == 303, (status, body[-2000:])
        return took

    def floor(self, times: int) -> list[float]:
        took = []
        for _ in range(times):
            begun = perf_counter()
            assert self._send("/floor/")[0] == 200
            took.append(perf_counter() - begun)
        return took

    def _token(self, page: str) -> str:
        status, body = self._ask("GET", page)
        found = re.search(CSRF, body)
        assert found, (page, status, body[:500])
        return found[1]

    def _send(self, page: str, **fields: object) -> tuple[int, str]:
        return self._ask("POST", page, urlencode(fields))

    def _ask(self, method: str, page: str, body: str = "") -> tuple[int, str]:
        headers = {"Cookie": "; ".join(f"{k}={v}" for k, v in self._cookies.items())}
        if body:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        self._line.request(method, page, body.encode(), headers)
        answer = self._line.getresponse()
        for line in [] if self._settled else answer.headers.get_all("Set-Cookie", []):
            name, _, value = line.partition(";")[0].partition("=")
            self._cookies[name] = value
        return answer.status, answer.read().decode(errors="replace")


@contextmanager
def _served(place: Place) -> Iterator[list[int]]:
    """The ports of the server processes."""
    synchronous = place.name.rpartition(" ")[2] if not place.is_postgres else "FULL"
    ports = [_free_port() for _ in range(SERVERS)]
    module = [sys.executable, "-m", "tests.bench.server", place.url]
    servers = [
        subprocess.Popen([*module, str(port), synchronous, str(node)])
        for node, port in enumerate(ports, 1)
    ]
    try:
        for port in ports:
            _wait_for(port)
        yield ports
    finally:
        for server in servers:
            server.terminate()
            server.wait(10)


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def _wait_for(port: int) -> None:
    for _ in range(1200):
        line = HTTPConnection("127.0.0.1", port, timeout=5)
        try:
            line.request("GET", "/sign-in")
            line.getresponse().read()
            return
        except (OSError, HTTPException):
            sleep(0.1)
        finally:
            line.close()
    raise TimeoutError(f"nobody answers on port {port}")
