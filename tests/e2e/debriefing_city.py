"""A round of twelve secretaries and forty who evaluate them: who they are, and the round's plan."""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import Case, Debriefing, Post, Role, Task, Unit, UnitKind, User
from tests.cast import Cast
from tests.e2e.acting import Office
from tests.e2e.city import found_city
from webapp import clock
from workflows import access, tasks
from workflows.deadlines import ZONE

ORGANS = ("交通局", "教育局", "司法局", "住建局", "水务局", "文旅局", "卫健委", "审计局", "统计局",
          "医保局")  # fmt: skip
SECRETARIES = ("finance_secretary", "planning_secretary", *(f"secretary{n}" for n in range(10)))
LEADERS = ("finance_head", "planning_head", *(f"head{n}" for n in range(10)))
DELEGATES = tuple(f"delegate{n}" for n in range(28))
EVALUATORS = (*LEADERS, *DELEGATES)
SCRUTINEERS = ("supervisor", "supervisor2", "supervisor3")
ORGANISER, COMMITTEE, CHECKS = "organiser", "work_secretary", "supervisor"
WRITES, FAILS = "finance_secretary", "planning_secretary"
# Five come out above ninety, the fifth of them last; of twelve at most four may be good.
DAILY = dict(zip(SECRETARIES, (95, 94, 96, 93, 92, 80, 82, 84, 81, 83, 85, 86), strict=True))
FIFTH = SECRETARIES[4]


def found_round(session: Session) -> Cast:
    """Ten organs more, their heads and secretaries, and delegates who hold no post."""
    cast = found_city(session)
    for number, name in enumerate(ORGANS):
        _organ(cast, number, name)
    for number, key in enumerate(DELEGATES, 1):
        cast.person(key, unit="work").name = f"党员代表{number:02}"
    cast.grant(ORGANISER, Role.ORGANISER, "work").name = "组织员"
    known = cast.users["supervisor"]
    for user in cast.users.values():
        user.password_hash, user.session_key = known.password_hash, "k"
    for key in ("finance_head", "planning_head"):
        unit = session.get_one(Unit, cast.units[key.removesuffix("_head")].id)
        cast.users[key].name = f"{unit.name}书记"
    session.commit()
    return cast


def _organ(cast: Cast, number: int, name: str) -> None:
    group, committee = f"organ{number}", f"organ{number}_committee"
    cast.unit(group, UnitKind.PARTY_GROUP, "work", managed_by="committee").name = f"{name}党组"
    cast.unit(committee, UnitKind.ORGAN_COMMITTEE, group).name = f"{name}机关党委"
    cast.holder(f"head{number}", "党组书记", group, cadre=True).name = f"{name}党组书记"
    secretary = cast.holder(
        f"secretary{number}", "机关党委书记", committee, cadre=True, managed_by="work_committee"
    )
    secretary.name = f"{name}机关党委书记"
    for post in cast.session.scalars(select(Post).where(Post.unit_id == cast.units[group].id)):
        post.title = f"{name}党组书记"
    for post in cast.session.scalars(select(Post).where(Post.unit_id == cast.units[committee].id)):
        post.title = f"{name}机关党委书记"


def session_at() -> datetime:
    """Nine in the morning, ten working days from the first day of the round."""
    here = clock.now().astimezone(ZONE) + timedelta(days=14)
    return here.replace(hour=9, minute=0, second=0, microsecond=0)


def the_round(office: Office) -> int:
    """The case of the round."""
    with office.sessions() as session:
        return session.scalars(select(Case.id).where(Case.process == "debriefing")).one()


def round_id(office: Office) -> int:
    with office.sessions() as session:
        return session.scalars(select(Debriefing.round_id).limit(1)).one()


def debriefing_id(office: Office, who: str) -> int:
    with office.sessions() as session:
        mine = Debriefing.user_id == office.cast.users[who].id
        return session.scalars(select(Debriefing.id).where(mine)).one()


def rows_of(office: Office) -> list[str]:
    """The secretaries of the form at hand, row by row."""
    values = [one.input_value() for one in office.page.locator("select[name$=-secretary]").all()]
    by_id = {office.id(who): who for who in SECRETARIES}
    return [by_id[value] for value in values]


def done_elsewhere(
    office: Office, who: str, case: int, node: str, item: str = "", **answers: object
) -> None:
    """The same step as at the browser, by somebody at another desk whom nobody watches."""
    task = office.open_task(case, node, item)
    with office.sessions.begin() as session:
        user = session.get_one(User, office.cast.users[who].id)
        rights = access.rights_of(session, user, now=clock.now())
        tasks.complete(session, task, dict(answers), rights=rights, now=clock.now())
    office.done.append((task, office.cast.users[who].id))


def open_tasks(office: Office, case: int, node: str) -> int:
    with office.sessions() as session:
        wanted = select(Task.id).where(Task.case_id == case, Task.node == node)
        return len(session.scalars(wanted.where(Task.done_at.is_(None))).all())
