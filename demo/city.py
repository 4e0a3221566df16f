"""The demo city: 36 organs, their committees and branches, people named by post, duty records.

Nobody here exists. The same seed gives the same city; loading it twice changes nothing.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, cast

from sqlalchemy import Table, bindparam, func, insert, select, update
from sqlalchemy.orm import Session

from config import Config
from demo.names import ACCOUNTS, ORGANS, PASSWORD
from models import Grant, Holding, Obligation, Post, Role, Seat, Unit, UnitKind, User
from models.ids import new_id
from webapp.db import Database
from workflows import calendars, duties, installation, jobs, obligations, passwords
from workflows.deadlines import ZONE, day_of
from workflows.periods import periods_of_year

SEED = 20260302
STORY = ("A0101", "A0102", "A0901", "A0902")  # branches whose last duties the clock finds missed
MONTHS = 24
SUPERVISED = 6  # organs of one supervisor


@dataclass
class Rows:
    """What goes in, table by table."""

    units: list[dict[str, Any]] = field(default_factory=list)
    users: list[dict[str, Any]] = field(default_factory=list)
    posts: list[dict[str, Any]] = field(default_factory=list)
    holdings: list[dict[str, Any]] = field(default_factory=list)
    seats: list[dict[str, Any]] = field(default_factory=list)
    grants: list[dict[str, Any]] = field(default_factory=list)

    def unit(
        self, code: str, name: str, kind: str, parent: dict[str, Any] | None, **more: Any
    ) -> dict[str, Any]:
        made = {"id": new_id(), "code": code, "name": name, "name_en": "", "kind": kind}
        above = parent["path"] if parent else "/"
        made |= {"parent_id": parent["id"] if parent else None, "path": f"{above}{made['id']}/"}
        made |= {"managed_by": "work_committee", "member_count": 0, "formed_on": date(2015, 1, 1)}
        made |= {"term_ends_on": None, "abolished_on": None, "version": 1, **more}
        self.units.append(made)
        return made

    def user(self, login: str, name: str, unit: dict[str, Any], **more: Any) -> dict[str, Any]:
        made = {"id": new_id(), "login": login, "name": name, "unit_id": unit["id"], "version": 1}
        made |= {"cadre": False, "managed_by": "party_group", "membership": "full"}
        made |= {"language": "zh", "email": "", "enabled": True, "failed_sign_ins": 0}
        self.users.append({**made, "session_key": "", "password_hash": None, **more})
        return made

    def holder(self, login: str, name: str, post: str, unit: dict[str, Any], **more: Any) -> None:
        user = self.user(login, name, unit, cadre=True, **more)
        place = {"id": new_id(), "unit_id": unit["id"], "kind": post, "title": name, "oversees": ""}
        self.posts.append(place)
        self.holdings.append(
            {
                "id": new_id(),
                "post_id": place["id"],
                "user_id": user["id"],
                "since": date(2024, 1, 1),
                "until": None,
                "full_time": post == "专职副书记",
            }
        )

    def grant(
        self, login: str, name: str, role: Role, home: dict[str, Any], *units: dict[str, Any]
    ) -> None:
        user = self.user(login, name, home)
        for unit in units or (home,):
            seat = next(
                (s for s in self.seats if (s["role"], s["unit_id"]) == (role, unit["id"])), None
            )
            if seat is None:
                seat = {"id": new_id(), "role": role, "unit_id": unit["id"]}
                self.seats.append(seat)
            self.grants.append(
                {
                    "id": new_id(),
                    "seat_id": seat["id"],
                    "user_id": user["id"],
                    "since": date(2024, 1, 1),
                    "until": None,
                    "granted_by": None,
                }
            )


def load(config: Config, now: datetime, say: Callable[[str], object] = print) -> None:
    """The city is there: units, people, posts, roles, two years of duty records."""
    database = Database.open(config)
    try:
        with database.write.begin() as session:
            if session.scalar(select(func.count(User.id))):
                say("演示城市已经载入 / the demo city is there already")
                return
            duties.install(session, now=now - timedelta(days=MONTHS * 31))
            installation.install(session, config.bpmn_folder, now=now, say=say)
            rows = _rows(random.Random(SEED))
            _put(session, rows)
            _passwords(session)
            _records(session, now=now, random_=random.Random(SEED))
            for table in (Unit, User, Post, Holding, Grant, Obligation):
                count = session.scalar(select(func.count()).select_from(table))
                say(f"{table.__tablename__}: {count}")
        jobs.tick(database.write, now=now)
    finally:
        database.engine.dispose()
    say(f"口令 / password: {PASSWORD}")
    for account in ACCOUNTS:
        say(f"  {account.login:<14}{account.post}")


def _rows(random_: random.Random) -> Rows:
    rows = Rows()
    city = rows.unit("SW", "中共市委", UnitKind.COMMITTEE, None)
    work = rows.unit("GW", "市直机关工委", UnitKind.WORK_COMMITTEE, city)
    rows.holder("shiwei", "市委主要负责人", "党委书记", city)
    rows.holder("shuji", "工委书记", "工委书记", work)
    rows.holder("fenguan1", "工委分管领导一", "工委分管领导", work)
    rows.holder("fenguan2", "工委分管领导二", "工委分管领导", work)
    organs = [_organ(rows, work, n, *organ, random_) for n, organ in enumerate(ORGANS, 1)]
    for n in range(6):
        mine = organs[n * SUPERVISED : (n + 1) * SUPERVISED]
        rows.grant(f"ducha{n + 1}", f"督导员{n + 1}", Role.SUPERVISOR, work, *mine)
    for n in (1, 2, 3):
        rows.grant(f"chengban{n}", f"工委承办人{n}", Role.HANDLER, work)
    for login, name, role in (
        ("zuzhi", "工委组织员", Role.ORGANISER),
        ("kaohe", "工委考核组员", Role.ASSESSOR),
        ("mishu", "工委会议秘书", Role.CLERK),
        ("liucheng", "流程管理员", Role.PROCESS_ADMIN),
        ("xitong", "系统管理员", Role.SYSTEM_ADMIN),
        ("anquan", "安全管理员", Role.SECURITY_ADMIN),
        ("shenji", "审计管理员", Role.AUDIT_ADMIN),
    ):
        rows.grant(login, name, role, work)
    return rows


def _organ(
    rows: Rows, work: dict[str, Any], n: int, short: str, name: str, random_: random.Random
) -> dict[str, Any]:
    organ = rows.unit(f"A{n:02}", name, UnitKind.PARTY_GROUP, work, managed_by="committee")
    branches = random_.randint(5, 8)
    kind = "机关党委" if branches > 5 else "机关党总支"
    committee = rows.unit(f"A{n:02}D", f"{name}{kind}", UnitKind.ORGAN_COMMITTEE, organ)
    leaders: dict[str, Any] = {"managed_by": "committee"}
    rows.holder(f"{short}-dz", f"{name}党组书记", "党组书记", organ, **leaders)
    rows.holder(f"{short}-bz1", f"{name}班子成员一", "班子成员", organ, **leaders)
    rows.holder(f"{short}-bz2", f"{name}班子成员二", "班子成员", organ, **leaders)
    rows.holder(f"{short}-lx", f"{name}联络员", "联络员", organ)
    rows.holder(f"{short}-zr", f"{name}责任领导", "责任领导", organ)
    secretary = {"managed_by": "work_committee"}
    rows.holder(f"{short}-jg", f"{name}{kind}书记", "机关党委书记", committee, **secretary)
    rows.holder(f"{short}-zf", f"{name}专职副书记", "专职副书记", committee)
    total = 0
    for number in range(1, branches + 1):
        total += _branch(rows, committee, f"A{n:02}{number:02}", (short, name, number), random_)
    organ["member_count"] = committee["member_count"] = total
    return organ


def _branch(
    rows: Rows,
    committee: dict[str, Any],
    code: str,
    names: tuple[str, str, int],
    random_: random.Random,
) -> int:
    short, name, number = names
    title = f"{name}第{number}党支部"
    members = random_.randint(16, 32)
    branch = rows.unit(
        code, title, UnitKind.BRANCH, committee, managed_by="party_group", member_count=members
    )
    rows.holder(f"{short}-zb{number}", f"{title}书记", "支部书记", branch)
    for member in range(1, members):
        rows.user(f"{short}-{number:02}{member:02}", f"{title}党员{member:02}", branch)
    return members


def _put(session: Session, rows: Rows) -> None:
    for table, values in (
        (Unit, rows.units),
        (User, rows.users),
        (Post, rows.posts),
        (Holding, rows.holdings),
        (Seat, rows.seats),
        (Grant, rows.grants),
    ):
        session.execute(insert(table), values)


def _passwords(session: Session) -> None:
    """Only the accounts that the demo names may sign in; everybody else activates first."""
    logins = [account.login for account in ACCOUNTS]
    for user in session.scalars(select(User).where(User.login.in_(logins))):
        user.password_hash = passwords.sealed(PASSWORD)
    session.flush()


def _records(session: Session, *, now: datetime, random_: random.Random) -> None:
    """Two years of obligations, most met in time, some late, excused or missed."""
    today = day_of(now)
    start = today - timedelta(days=MONTHS * 31)
    calendar = calendars.load(session)
    for rule in duties.catalogue(session):
        for year in range(start.year, today.year + 1):
            for period in periods_of_year(rule.rhythm, year) if rule.rhythm != "term" else ():
                if start <= period.first <= today:
                    obligations.generate(session, rule, period, calendar=calendar, now=now)
    _settle(session, today=today, now=now, random_=random_)


def _settle(session: Session, *, today: date, now: datetime, random_: random.Random) -> None:
    """Records of the past; what fell due in the last weeks stays open for the clock to find."""
    fresh = int((now - timedelta(days=21)).timestamp())
    quality: dict[int, float] = {}
    story = set(session.scalars(select(Unit.id).where(Unit.code.in_(STORY))))
    open_rows = session.execute(
        select(Obligation.rule_id, Obligation.period, Obligation.unit_id, Obligation.due_at).where(
            Obligation.state == 0, Obligation.due_at < int(now.timestamp())
        )
    ).all()
    settled = []
    for rule_id, period, unit_id, due_at in open_rows:
        good = quality.setdefault(unit_id, random_.choice((0.9, 0.95, 0.97, 0.99)))
        roll = random_.random()
        if due_at > fresh and (roll > 0.97 or unit_id in story):
            continue
        state = 1 if roll < good else 2 if roll < good + 0.02 else 3 if roll < good + 0.03 else 4
        done = datetime.fromtimestamp(due_at, ZONE).date() - timedelta(days=random_.randint(1, 20))
        settled.append(
            {
                "r": rule_id,
                "p": period,
                "u": unit_id,
                "s": state,
                "d": done if state in (1, 2) else None,
                "why": "机构改革期间" if state == 3 else None,
            }
        )
    _update(session, settled)


def _update(session: Session, settled: list[dict[str, Any]]) -> None:
    table = cast(Table, Obligation.__table__)
    statement = (
        update(table)
        .where(
            table.c.rule_id == bindparam("r"),
            table.c.period == bindparam("p"),
            table.c.unit_id == bindparam("u"),
        )
        .values(state=bindparam("s"), done_on=bindparam("d"), reason=bindparam("why"))
    )
    if settled:
        session.connection().execute(statement, settled)
