"""The server in a process of its own, as `tongze web` runs it, so that it can be killed.

The clock stands still: while others try in vain, nothing else may change.

python -m tests.e2e.process '{"database_url": …, "data_dir": …, "port": …}'
"""

import json
import os
import signal
import socket
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import waitress
from argon2 import PasswordHasher

from config import Config
from webapp import create_app, db
from webapp.cli.data import restore_demo_clock
from workflows import passwords

ROOT = Path(__file__).parents[2]
THREADS = 8


def config_of(database_url: str, data_dir: str, port: int) -> Config:
    return Config(
        database_url=database_url,
        secret_key="a key for the browser's tests, 0123456789",
        audit_key="another key for its trail, 9876543210 abc",
        data_dir=Path(data_dir),
        port=port,
        demo=True,
    )


@dataclass
class Server:
    """Started, killed without a word, started again: at the same address, on the same rows."""

    database_url: str
    data_dir: Path
    port: int = field(default_factory=lambda: _free_port())
    nursery: subprocess.Popen[str] | None = None
    child: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """A process of its own answers; what it needs to know it reads from the rows."""
        if self.nursery is None:
            order = json.dumps([self.database_url, str(self.data_dir), self.port])
            self.nursery = subprocess.Popen(
                [sys.executable, "-m", "tests.e2e.process", order],
                cwd=ROOT,
                text=True,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
            )
        told = self._ask().strip()
        assert told.isdecimal(), f"the server does not answer: {told}"
        self.child = int(told)

    def _ask(self) -> str:
        assert self.nursery is not None
        assert self.nursery.stdin is not None
        assert self.nursery.stdout is not None
        self.nursery.stdin.write("\n")
        self.nursery.stdin.flush()
        return self.nursery.stdout.readline()

    def kill(self) -> None:
        """As a power cut does it: nothing is tidied up."""
        with suppress(ProcessLookupError):  # it has ended by itself, and said why
            os.kill(self.child, signal.SIGKILL)
        self.child = 0

    def stop(self) -> None:
        if self.child:
            self.kill()
        if self.nursery is not None:
            self.nursery.communicate()


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def serve(config: Config) -> None:
    """As `tongze web` does it; says its number as soon as whoever calls is heard."""
    app = create_app(config)
    restore_demo_clock(config, db.of(app))
    server = waitress.create_server(app, host=config.host, port=config.port, threads=THREADS)
    print(os.getpid(), flush=True)  # noqa: T201
    server.run()


def main() -> None:
    """Forks a server for each line read, so that the imports are paid for once."""
    config = config_of(*json.loads(sys.argv[1]))
    # A password costs real life a tenth of a second; here half a hundred people sign in.
    passwords._hasher = PasswordHasher(time_cost=1, memory_cost=1024, parallelism=1)
    for _ in sys.stdin:
        child = os.fork()
        if child == 0:
            sys.stdin.close()
            serve(config)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        if os.WIFEXITED(status):  # not killed: it never came to serve, or has ended by itself
            print(f"ended with {os.WEXITSTATUS(status)}", flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
