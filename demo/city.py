"""The demo city: 36 organs, their committees and branches, and two years of duty records.

It goes in through the same import as a customer's own workbook; loading it twice changes nothing.
"""

import random
from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from config import Config
from demo import records, town
from demo.names import ACCOUNTS, PASSWORD
from models import DutyRule, Evidence, Finding, Grant, Holding, Obligation, Post, Unit, User
from webapp.db import Database
from workflows import calendars, duties, imports, installation, jobs, passwords
from workflows.deadlines import day_of
from workflows.imports import SHEETS

SEED = 20260302
MONTHS = 24
WORKBOOK = "demo-city.xlsx"
Say = Callable[[str], object]


def load(config: Config, now: datetime, say: Say = print) -> None:
    """The city is there: units, people, posts, roles, two years of duty records."""
    database = Database.open(config)
    try:
        with database.write.begin() as session:
            if session.scalar(select(func.count(User.id))):
                say("演示城市已经载入 / the demo city is there already")
                return
            install(session, config, now, say=say)
        jobs.tick(database.write, now=now)
        with database.read() as session:
            _tell(session, say)
    finally:
        database.engine.dispose()


def install(session: Session, config: Config, now: datetime, say: Say = str) -> None:
    """All that ships, and the city's workbook, which is kept beside the uploads."""
    calendars.seed(session, now=now)
    duties.install(session, now=now, since=day_of(now - timedelta(days=MONTHS * 30)))
    installation.install(session, config.bpmn_folder, now=now, say=say)
    data = make_workbook(session, now)
    config.data_dir.mkdir(parents=True, exist_ok=True)
    (config.data_dir / WORKBOOK).write_bytes(data)
    report = imports.import_workbook(session, data, by=None, now=now, say=say)
    if not report.is_good:
        raise RuntimeError(f"the demo city is faulty: {report.faults[0]}")
    # One salt for all: they share a password that the page of the demo prints anyway.
    named = User.login.in_([account.login for account in ACCOUNTS])
    session.execute(update(User).where(named).values(password_hash=passwords.sealed(PASSWORD)))


def make_workbook(session: Session, now: datetime) -> bytes:
    """The city as a workbook; the same day gives the same city."""
    city = town.build(SEED, day_of(now))
    lines = (city.units, city.people, city.holdings, city.grants)
    duty_records = records.build(city.bodies, setting(session, now))
    return imports.build(zip(SHEETS, (*lines, duty_records), strict=True))


def setting(session: Session, now: datetime) -> records.Setting:
    """The catalogue and the calendar that the duty records keep to."""
    return records.Setting(
        duties.catalogue(session), calendars.load(session), now, random.Random(SEED)
    )


def _tell(session: Session, say: Say) -> None:
    tables = (Unit, User, Post, Holding, Grant, DutyRule, Obligation, Evidence, Finding)
    for table in tables:
        say(f"{table.__tablename__}: {session.scalar(select(func.count()).select_from(table))}")
    say(f"口令 / password: {PASSWORD}")
    for account in ACCOUNTS:
        say(f"  {account.login:<14}{account.post}")
