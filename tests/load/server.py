"""The server of tests/load: the application as `tongze web` serves it, and nothing else."""

import logging
import sys
from pathlib import Path

import waitress

from config import Config
from webapp import create_app

KEY = "a key for the load of a survey, 0123456789"
AUDIT = "another key for its trail, 9876543210 abc"
THREADS = 8  # as webapp.cli.serving


def settings(url: str, folder: Path, synchronous: str) -> Config:
    return Config(
        database_url=url,
        secret_key=KEY,
        audit_key=AUDIT,
        data_dir=folder,
        sqlite_synchronous=synchronous,
    )


def main() -> None:
    """Serve: address of the database, folder; says its port as soon as it is heard there."""
    url, folder = sys.argv[1:3]
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)  # eight clients, eight threads
    app = create_app(settings(url, Path(folder), "FULL"))
    server = waitress.create_server(app, host="127.0.0.1", port=0, threads=THREADS)
    print(server.effective_port, flush=True)  # noqa: T201
    server.run()


if __name__ == "__main__":
    main()
