"""The demo's accounts, and what each may do, as `tongze demo` and `tongze serve` print them."""

from collections.abc import Callable

from sqlalchemy import select
from sqlalchemy.orm import Session

from demo.names import ACCOUNTS, PASSWORD
from models import Grant, Holding, Post, Role, Seat, User

Say = Callable[[str], object]
MAY = {
    Role.SUPERVISOR: "督办立项与催办，收提请，办约谈、核查 / matters, proposals, interviews",
    Role.HANDLER: "承办问责、申诉案件 / works on accountability and appeals",
    Role.ORGANISER: "组织述职评议 / runs the debriefings",
    Role.ASSESSOR: "组织考核、评分 / runs the assessment and scores",
    Role.CLERK: "记录会议研究 / records the meetings",
    Role.PROCESS_ADMIN: "改流程、表单、决策表 / changes diagrams, forms, tables",
    Role.SYSTEM_ADMIN: "看运行状况 / health and jobs",
    Role.SECURITY_ADMIN: "管账号与授权 / accounts and grants",
    Role.AUDIT_ADMIN: "查审计 / the audit trail",
    "党委书记": "审批市委管理干部的问责 / approves for cadres of the city",
    "工委书记": "审批约谈、启动与问责 / approves interviews, starts, decisions",
    "工委分管领导": "立项审批，收提请 / approves matters, receives proposals",
    "党组书记": "首要责任：看本单位，述职 / answers for the whole organ",
    "机关党委书记": "主业责任：提醒支部，述职，整改 / reminds branches, debriefs, rectifies",
    "专职副书记": "日常党务 / daily party work",
    "联络员": "签收督办事项、报办理情况 / accepts matters and reports on them",
    "责任领导": "督办事项的责任领导 / answers for matters",
    "支部书记": "主角责任：报佐证，答复提醒，整改，申诉 / evidence, answers, rectification, appeal",
}


def tell(session: Session, say: Say) -> None:
    """Who may sign in, by what he may do."""
    say(f"演示账号 / demo accounts（口令 / password: {PASSWORD}）")
    names = dict(session.execute(select(User.login, User.name)).all())
    seats = _seats(session)
    for what, may in MAY.items():
        logins = [one.login for one in ACCOUNTS if what in seats.get(one.login, ())]
        if logins:
            say(f"  {may}")
        for login in logins:
            say(f"    {login:<14}{names[login]}")


def _seats(session: Session) -> dict[str, set[str]]:
    """Login → the roles and kinds of posts that he was given."""
    held = select(User.login, Post.kind).join(Holding, Holding.user_id == User.id).join(Post)
    granted = select(User.login, Seat.role).join(Grant, Grant.user_id == User.id).join(Seat)
    found: dict[str, set[str]] = {}
    for login, what in session.execute(held.union(granted)):
        found.setdefault(login, set()).add(what)
    return found
