"""One of the two server processes of tests/bench/web.py: the application, and the floor beside it.

The floor is a bare Flask route that commits one row to the same database: what server, framework
and commit cost without us.
"""

import sys
from pathlib import Path

import waitress
from flask import Flask
from sqlalchemy import Engine, insert
from werkzeug.middleware.dispatcher import DispatcherMiddleware

from config import Config
from models.ids import new_id
from tests.bench.floor import EVENT
from tests.bench.places import NOW
from tests.flows import ANSWERS
from webapp import create_app, db

THREADS = 8
KEY = "a key for the bench of the web, 0123456789"
AUDIT = "another key for its trail, 0123456789"


def main() -> None:
    """Serve: address of the database, port, synchronous, number of the node."""
    url, port, synchronous, node = sys.argv[1:5]
    new_id.use_node(int(node))
    config = Config(
        database_url=url,
        secret_key=KEY,
        audit_key=AUDIT,
        data_dir=Path("."),
        sqlite_synchronous=synchronous,
        idle_minutes=24 * 60,
    )
    app = create_app(config)
    both = DispatcherMiddleware(app, {"/floor": floor(db.of(app).engine)})
    waitress.serve(both, host="127.0.0.1", port=int(port), threads=THREADS, _quiet=True)


def floor(engine: Engine) -> Flask:
    """One route, one row, one commit."""
    app = Flask("floor")
    note = insert(EVENT)

    @app.post("/")
    def keep() -> str:
        row = {"id": new_id(), "instance_id": 1, "at": NOW, "what": ANSWERS}
        with engine.begin() as connection:
            connection.execute(note, row)
        return ""

    return app


if __name__ == "__main__":
    main()
