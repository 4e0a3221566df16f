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
    """Serve: address of the database, folder, port."""
    url, folder, port = sys.argv[1:4]
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)  # eight clients, eight threads
    app = create_app(settings(url, Path(folder), "FULL"))
    waitress.serve(app, host="127.0.0.1", port=int(port), threads=THREADS, _quiet=True)


if __name__ == "__main__":
    main()
