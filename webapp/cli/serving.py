"""Serve the web, run the clock, or both in one process."""

import logging
import re
import signal
import sys
import threading
from types import FrameType

import click
import waitress
from flask import Flask

from config import Config
from models.database import upgrade
from webapp import clock as clocks
from webapp import create_app, db, scheduler
from webapp.cli.base import plain, settings
from webapp.cli.data import restore_demo_clock, tell_accounts
from workflows import audit

THREADS = 8
LINK = re.compile(r"/s/\S+")


@click.command()
def serve() -> None:
    """Serve the web and run the clock, in one process. / 网页与时钟同进程运行。"""
    config = settings()
    upgrade(config.database_url)
    app = create_app(config)
    require_key(db.of(app))
    restore_demo_clock(config, db.of(app))
    jobs = scheduler.build(db.of(app).write, config)
    jobs.start()
    signal.signal(signal.SIGTERM, _stop)
    tell_accounts(config, db.of(app))
    click.echo(f"http://{config.host}:{config.port}")
    try:
        _listen(app, config)
    finally:
        jobs.shutdown()


@click.command()
def web() -> None:
    """Serve the web only; run `tongze clock` beside it. / 只运行网页。"""
    config = settings()
    app = create_app(config)
    require_key(db.of(app))
    restore_demo_clock(config, db.of(app))
    signal.signal(signal.SIGTERM, _stop)
    _listen(app, config)


@click.command()
def clock() -> None:
    """Run the clock only: what falls due happens. / 只运行时钟。"""
    config = settings()
    database = db.Database.open(config)
    require_key(database)
    restore_demo_clock(config, database)
    jobs = scheduler.build(database.write, config)
    stopped = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: stopped.set())
    jobs.start()
    click.echo(f"The clock runs: {clocks.now().isoformat(timespec='seconds')}")
    stopped.wait()
    jobs.shutdown()


class WithoutLinks(logging.Filter):
    """The server's own log tells of no survey's link: whoever holds one may answer by it."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = LINK.sub("/s/…", record.getMessage()), ()
        return True


def _listen(app: Flask, config: Config) -> None:
    logging.getLogger("waitress").addFilter(WithoutLinks())
    waitress.serve(app, host=config.host, port=config.port, threads=THREADS)


def require_key(database: db.Database) -> None:
    """Nothing is served that would write to the trail with a key that was given up."""
    with plain(), database.read() as session:
        audit.require_key(audit.head(session), session.info["audit_key"])


def _stop(_signal: int, _frame: FrameType | None) -> None:
    sys.exit(0)
