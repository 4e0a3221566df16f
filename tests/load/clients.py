"""Clients that answer a survey over one kept connection each; they speak HTTP themselves, so that
what is measured is the server on the same two cores.
"""

import json
import random
import socket
import sys
import time
from collections import Counter
from collections.abc import Sequence
from urllib.parse import urlencode


def body(lot: random.Random) -> bytes:
    """A whole answer as a browser sends it."""
    no = lot.random() < 0.4
    fields = {
        "q-planned": "no" if no else "yes",
        "q-mark": str(lot.randint(1, 5)),
        "q-parts-plan": lot.choice(("good", "poor")),
        "q-parts-check": lot.choice(("good", "poor")),
        "q-say": lot.choice(("多到基层听意见", "", "少开会", "=1+1")),
    }
    return urlencode(fields | ({"q-why": "time"} if no else {})).encode()


class Client:
    """One connection, one request after the other."""

    def __init__(self, port: int) -> None:
        self._address = ("127.0.0.1", port)
        self._socket = socket.create_connection(self._address)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def answer(self, token: str, content: bytes) -> int:
        """The status of the answer."""
        self._socket.sendall(
            b"POST /s/%s HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n"
            b"Content-Type: application/x-www-form-urlencoded\r\n\r\n%s"
            % (token.encode(), len(content), content)
        )
        head, _, rest = self._until(b"\r\n\r\n").partition(b"\r\n\r\n")
        length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
        while len(rest) < length:
            rest += self._socket.recv(65536)
        return int(head[9:12])

    def _until(self, mark: bytes) -> bytes:
        got = b""
        while mark not in got:
            if not (piece := self._socket.recv(65536)):
                raise ConnectionError("the server hung up")
            got += piece
        return got


def work(port: int, tokens: Sequence[str], seed: int) -> dict[str, float]:
    """Every link once, each fiftieth a second time: what came of it."""
    lot = random.Random(seed)  # noqa: S311
    client = Client(port)
    said: Counter[int] = Counter()
    begun = time.monotonic()
    for number, token in enumerate(tokens):
        said[client.answer(token, body(lot))] += 1
        if number % 50 == 49:
            said[client.answer(token, body(lot))] += 1
    return {"seconds": time.monotonic() - begun, **{str(key): one for key, one in said.items()}}


if __name__ == "__main__":
    with open(sys.argv[2], encoding="ascii") as links:
        print(json.dumps(work(int(sys.argv[1]), links.read().split(), int(sys.argv[3]))))  # noqa: T201
