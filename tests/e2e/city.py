"""The city of the story: the tests' cast with the names that a reader sees, and what it owes."""

from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import Post, Role, Unit, UnitKind
from tests.cast import Cast, assemble, install
from tests.webapp.conftest import HASH

# A Monday, nine in the morning, beyond every real day: the demo's clock only goes forward.
START = datetime(2035, 3, 5, 1, 0, tzinfo=UTC)
UNITS = {
    "city": "市委",
    "work": "市直机关工委",
    "finance": "财政局党组",
    "finance_committee": "财政局机关党委",
    "finance_branch": "财政局第一党支部",
    "finance_branch2": "财政局第二党支部",
    "planning": "发展改革委党组",
    "planning_committee": "发展改革委机关党委",
    "planning_branch": "发展改革委第一党支部",
}
PEOPLE = {
    "city_secretary": "市委书记",
    "work_secretary": "工委书记",
    "work_deputy": "工委分管领导",
    "supervisor": "督导员一",
    "supervisor2": "督导员二",
    "supervisor3": "督导员三",
    "supervisor4": "督导员四",
    "supervisor5": "督导员五",
    "handler": "承办人一",
    "handler2": "承办人二",
    "clerk": "会议秘书",
    "finance_head": "财政局党组书记",
    "finance_secretary": "财政局机关党委书记",
    "finance_deputy": "财政局专职副书记",
    "finance_liaison": "财政局联络员",
    "finance_leader": "财政局责任领导",
    "finance_branch_secretary": "财政局第一支部书记",
    "finance_branch2_secretary": "财政局第二支部书记",
    "planning_secretary": "发展改革委机关党委书记",
    "planning_liaison": "发展改革委联络员",
}


def found_city(session: Session) -> Cast:
    """Two branches of the finance bureau have members and so owe their meetings; all sign in."""
    install(session, START)
    cast = assemble(session)
    cast.unit("finance_branch2", UnitKind.BRANCH, "finance_committee", managed_by="party_group")
    # Of the bureau's leading group: the city committee manages him (条例 9).
    cast.holder(
        "finance_branch2_secretary",
        "支部书记",
        "finance_branch2",
        cadre=True,
        managed_by="committee",
    )
    for name in ("supervisor4", "supervisor5"):
        cast.grant(name, Role.SUPERVISOR, "work")
    for key in ("finance_branch", "finance_branch2"):
        cast.units[key].member_count = 5
    for key, name in UNITS.items():
        cast.units[key].name = name
    for post in session.scalars(select(Post)):
        post.title = f"{session.get_one(Unit, post.unit_id).name}{post.kind}"
    for key, user in cast.users.items():
        user.name = PEOPLE.get(key, key)
        user.password_hash, user.session_key = HASH, "k"
    session.commit()
    return cast
