"""The server in a process of its own, as `tongze web` runs it, so that it can be killed.

The clock stands still: while others try in vain, nothing else may change.

python -m tests.e2e.process '{"database_url": …, "data_dir": …, "port": …}'
"""

import json
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import waitress
from argon2 import PasswordHasher

from config import Config
from webapp import create_app, db
from webapp.cli.data import restore_demo_clock
from workflows import passwords

ROOT = Path(__file__).parents[2]
THREADS, PATIENCE = 8, 60


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
    running: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        order = {
            "database_url": self.database_url,
            "data_dir": str(self.data_dir),
            "port": self.port,
        }
        command = [sys.executable, "-m", "tests.e2e.process", json.dumps(order)]
        self.running = subprocess.Popen(command, cwd=ROOT)
        until = time.monotonic() + PATIENCE
        while not self._answers():
            assert self.running.poll() is None, "the server has ended by itself"
            assert time.monotonic() < until, "the server does not answer"
            time.sleep(0.1)

    def _answers(self) -> bool:
        try:
            with urlopen(f"{self.url}/health/live", timeout=5) as answer:
                return bool(answer.status == 200)
        except (URLError, OSError):
            return False

    def kill(self) -> None:
        """As a power cut does it: nothing is tidied up."""
        assert self.running is not None
        self.running.send_signal(signal.SIGKILL)
        self.running.wait()

    def stop(self) -> None:
        if self.running is not None and self.running.poll() is None:
            self.running.terminate()
            self.running.wait(timeout=PATIENCE)


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def main() -> None:
    config = config_of(**json.loads(sys.argv[1]))
    # A password costs real life a tenth of a second; here half a hundred people sign in.
    passwords._hasher = PasswordHasher(time_cost=1, memory_cost=1024, parallelism=1)
    app = create_app(config)
    restore_demo_clock(config, db.of(app))
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    waitress.serve(app, host=config.host, port=config.port, threads=THREADS)


if __name__ == "__main__":
    main()
