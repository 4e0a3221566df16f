"""The demo city: 36 organs, their committees and branches, and what happened there since.

It goes in through the same import as a customer's own workbook, and then its people act by the same
services as behind the screens; loading it twice changes nothing.
"""

import random
from collections.abc import Callable, Mapping
from datetime import date, datetime

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session, sessionmaker

from config import Config
from demo import campaign, circulars, present, records, responsibilities, rounds, town
from demo import plans as joint
from demo import schemes as plans
from demo import years as scored
from demo.acting import Scene
from demo.names import ACCOUNTS, ORGANS, PASSWORD
from models import (
    Base,
    Case,
    Debriefing,
    DutyRule,
    Evidence,
    Finding,
    Grant,
    Holding,
    JointPlan,
    Obligation,
    PlanItem,
    Post,
    ResponsibilityList,
    Task,
    Unit,
    UnitSheet,
    User,
)
from webapp.db import Database
from workflows import calendars, duties, imports, installation, jobs, operations, passwords
from workflows.deadlines import day_of
from workflows.files import FileStore
from workflows.imports import SHEETS

SEED = 20260302
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
        live(database.write, config, now, say=say)
        with database.read() as session:
            _tell(session, say)
    finally:
        database.engine.dispose()


def live(sessions: sessionmaker[Session], config: Config, now: datetime, say: Say = str) -> None:
    """What happened in the city: assessments, debriefings, and the clock's round of today."""
    store = FileStore(config.data_dir)
    with sessions.begin() as session:
        years = assessed(session, now)
        made = Scene(session, store, now, random.Random(SEED))
        scored.play(made, years)
        say(f"考核 / assessed: {years[0]}, {years[1]}")
    with sessions.begin() as session:
        made = Scene(session, store, now, random.Random(SEED + 1))
        bents = plans.bents(plans.SEED, len(ORGANS), 0)
        year = debriefed(now)
        rounds.last_year(made, year - 1, bents)
        codes = campaign.this_year(made, year, bents)
        say(f"述职评议 / debriefings: {year - 1}, {year}")
        _tell_codes(session, codes, say)
    with sessions.begin() as session:
        present.play(Scene(session, store, now, random.Random(SEED + 2)))
    with sessions.begin() as session:
        joint.play(Scene(session, store, now, random.Random(SEED + 3)))
    with sessions.begin() as session:
        responsibilities.play(Scene(session, store, now, random.Random(SEED + 4)))
    with sessions.begin() as session:
        circulars.play(Scene(session, store, now, random.Random(SEED + 5)))
    jobs.tick(sessions, now=now)


def assessed(session: Session, now: datetime) -> tuple[int, int]:
    """The two years whose assessments are over."""
    last = scored.last_finished(day_of(now), calendars.load(session))
    return last - 1, last


def debriefed(now: datetime) -> int:
    """The year that is debriefed now: from summer on this one, before that the last."""
    today = day_of(now)
    return today.year if today.month >= 7 else today.year - 1


def _tell_codes(session: Session, codes: Mapping[str, Mapping[int, str]], say: Say) -> None:
    """So that the open urn can be counted in the demo; nowhere else are they ever shown twice."""
    for unit, held in codes.items():
        for user_id, code in held.items():
            name = session.get_one(User, user_id).name
            say(f"测评开箱码 / ballot code, {unit}, {name}: {code}")


def install(session: Session, config: Config, now: datetime, say: Say = str) -> None:
    """All that ships, and the city's workbook, which is kept beside the uploads."""
    operations.names()  # they are registered: the diagrams find them
    calendars.seed(session, now=now)
    since = date(assessed(session, now)[0], 1, 1)
    duties.install(session, now=now, since=since)
    began = calendars.load(session).start_of_day(since)
    installation.install(session, config.bpmn_folder, now=began, say=say)
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
    lists = responsibilities.rows(city)
    return imports.build(zip(SHEETS, (*lines, duty_records, lists), strict=True))


def setting(session: Session, now: datetime) -> records.Setting:
    """The catalogue and the calendar that the duty records keep to."""
    return records.Setting(
        duties.catalogue(session), calendars.load(session), now, random.Random(SEED)
    )


def _tell(session: Session, say: Say) -> None:
    tables: tuple[type[Base], ...] = (
        Unit,
        User,
        Post,
        Holding,
        Grant,
        DutyRule,
        Obligation,
        Evidence,
        Finding,
        Case,
        Task,
        UnitSheet,
        Debriefing,
        JointPlan,
        PlanItem,
        ResponsibilityList,
    )
    for table in tables:
        say(f"{table.__tablename__}: {session.scalar(select(func.count()).select_from(table))}")
    say(f"口令 / password: {PASSWORD}")
    for account in ACCOUNTS:
        say(f"  {account.login:<14}{account.post}")
