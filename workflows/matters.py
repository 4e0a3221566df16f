"""督办事项: from 拟办 to the unit's 签收, one matter on one sheet (processes.md §1)."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import Case, Draft, Matter, Role, Task, Unit, User
from models.ids import new_id
from workflows import assignment, audit, cases, documents, numbers
from workflows.access import Rights, require_role
from workflows.deadlines import day_of
from workflows.documents import Paper
from workflows.errors import Invalid, NotFound, Refused
from workflows.forms import Fault
from workflows.registry import Act, effect, guard, operation

SOURCES = {
    "meeting": "会议议定",
    "instruction": "领导批示",
    "deployment": "工作部署",
    "feedback": "问题反馈",
    "plan": "计划任务",
    "survey": "调研发现",
    "other": "其他",
}
RHYTHMS = {"once": "办结反馈", "monthly": "每月反馈", "quarterly": "每季度反馈"}
LIAISON = "post(lead_unit, 联络员)"
MOST_ALIKE = 20  # duplicates named to who files the matter


def open_matter(
    session: Session,
    *,
    key: str,
    draft: Mapping[str, Any],
    unit: Unit,
    by: User | None,
    now: datetime,
) -> Case:
    """The matter waits at 拟办, with what is known of it typed in; nobody is moved by that.

    `key` names the cause (`matter:{source}:{source id}:{unit}`): a second try finds the first.
    """
    opening = cases.Opening(
        process="supervision",
        key=key,
        title=str(draft.get("title") or unit.name),
        unit_id=unit.id,
        variables={"proposed": dict(draft), "lead_unit": str(unit.id)},
        restricted=bool(draft.get("restricted")),
    )
    case = cases.begin(session, opening, by=by, now=now)
    if of_case(session, case) is None:
        session.add(_row(case, draft, unit.id))
        session.flush()
        if by is not None:
            _type_in(session, case, draft, by=by, now=now)
    return case


def new_matter(session: Session, *, rights: Rights, now: datetime) -> Task:
    """A supervisor's own matter waits for him at 拟办; NotAllowed for anybody else."""
    require_role(rights, Role.SUPERVISOR)
    place = next(one for one in rights.places if one.name == Role.SUPERVISOR)
    unit = session.get_one(Unit, place.unit_id)
    key = f"matter:hand:{new_id()}:{unit.id}"
    case = open_matter(session, key=key, draft={}, unit=unit, by=rights.user, now=now)
    return session.scalars(select(Task).where(Task.case_id == case.id)).one()


def _row(case: Case, draft: Mapping[str, Any], unit_id: int) -> Matter:
    return Matter(
        case_id=case.id,
        key=case.key,
        title=case.title,
        content=str(draft.get("content", "")),
        source=str(draft.get("source", "other")),
        lead_unit_id=unit_id,
        grade=str(draft.get("grade", "normal")),
        light="green",
    )


def _type_in(
    session: Session, case: Case, draft: Mapping[str, Any], *, by: User, now: datetime
) -> None:
    task = session.scalars(
        select(Task).where(Task.case_id == case.id, Task.node == "draft_matter")
    ).one()
    session.merge(Draft(task_id=task.id, user_id=by.id, answers=dict(draft), saved_at=now))
    session.flush()


def of_case(session: Session, case: Case) -> Matter | None:
    return session.scalar(select(Matter).where(Matter.case_id == case.id))


def the_matter(act: Act) -> Matter:
    return act.session.scalars(select(Matter).where(Matter.case_id == act.case.id)).one()


def get(session: Session, matter_id: int) -> Matter:
    """The matter; raises NotFound. The right to it is asked by its case."""
    matter = session.get(Matter, matter_id)
    if matter is None:
        raise NotFound("There is no such matter.")
    return matter


def lead_unit(act: Act) -> Unit:
    return act.session.get_one(Unit, int(act.vars["lead_unit"]))


@guard("supervision", "draft_matter")
def draft_names_what_exists(act: Act) -> None:
    """The units exist and are told apart; a matter is merged into one that is being handled."""
    said = act.answers
    helpers = said.get("co_units") or []
    _unit_named(act, said["lead_unit"], "lead_unit")
    for one in helpers:
        _unit_named(act, one, "co_units")
    if said["lead_unit"] in helpers:
        raise Invalid(
            "A unit leads or helps, not both.", fields={"co_units": Fault("Choose another unit.")}
        )
    if said["disposition"] == "merge":
        _target(act, said["merge_into"])


def _unit_named(act: Act, said: str, field: str) -> None:
    if not said.isdecimal() or act.session.get(Unit, int(said)) is None:
        raise Invalid("There is no such unit.", fields={field: Fault("Choose another unit.")})


def _target(act: Act, said: str) -> Matter:
    target = act.session.get(Matter, int(said)) if said.isdecimal() else None
    if target is None or target.case_id == act.case.id or not target.case.is_open:
        raise Invalid(
            "It can be merged only into another matter that is being handled.",
            fields={"merge_into": Fault("Choose another matter.")},
        )
    return target


@operation("check_matter")
def check_matter(act: Act) -> None:
    """查重: the ledger says what was drafted; open matters alike are named to who files it."""
    said = act.vars["draft_matter"]
    matter = of_case(act.session, act.case)
    if matter is None:
        matter = _row(act.case, said, int(said["lead_unit"]))
        act.session.add(matter)
    matter.title = act.case.title = said["title"]
    matter.content, matter.source, matter.grade = said["content"], said["source"], said["grade"]
    act.case.restricted = bool(said.get("restricted"))
    _give_to(act, matter, int(said["lead_unit"]))
    act.vars["matter_id"] = str(matter.id)
    act.vars["duplicates"] = [str(one.id) for one in alike(act.session, matter)]
    act.vars["light"] = matter.light
    act.vars["watch"] = {"urged": False, "ordered": False, "ground": None, "red_ever": False}


def _give_to(act: Act, matter: Matter, unit_id: int) -> None:
    """The unit has the matter; a supervisor who belongs to that unit is recused."""
    matter.lead_unit_id = act.case.unit_id = unit_id
    act.vars["lead_unit"] = act.vars["unit"] = str(unit_id)
    act.session.flush()
    path = lead_unit(act).path
    recused = [str(one) for one in act.vars.get("recused") or []]
    for user_id in assignment.people(act, "role(supervisor)"):
        unit = unit_of(act.session, user_id)
        if unit is not None and unit.path.startswith(path) and str(user_id) not in recused:
            recused.append(str(user_id))
    act.vars["recused"] = recused


def unit_of(session: Session, user_id: int) -> Unit | None:
    user = session.get(User, user_id)
    return session.get(Unit, user.unit_id) if user and user.unit_id else None


def alike(session: Session, matter: Matter) -> list[Matter]:
    """Open matters of the same unit whose title is, or contains, this one's."""
    rows = session.scalars(
        select(Matter)
        .where(
            Matter.lead_unit_id == matter.lead_unit_id,
            Matter.id != matter.id,
            Matter.closed_at.is_(None),
            Matter.title.contains(matter.title.strip(), autoescape=True),
        )
        .order_by(Matter.id)
        .limit(MOST_ALIKE)
    )
    return [one for one in rows if one.case.is_open]


@guard("supervision", "approve_filing")
def merged_into_what_is_open(act: Act) -> None:
    if act.answers["verdict"] == "merge":
        _target(act, act.answers["merge_into"])


@operation("register_matter")
def register_matter(act: Act) -> None:
    """登记: the number, the light to start from, the notice to all who handle it."""
    said, matter = act.vars["draft_matter"], the_matter(act)
    act.case.number = act.case.number or numbers.next_number(act.session, "督", now=act.now)
    matter.floor = act.vars["approve_filing"]["floor"]
    cases.take_part(act.session, act.case, int(said["leader"]), "leader", now=act.now)
    documents.issue(act, Paper("supervision_notice", _notice(act, matter), serve=_handling(act)))


def _notice(act: Act, matter: Matter) -> dict[str, Any]:
    said = act.vars["draft_matter"]
    days = act.vars["days"][f"result_{matter.grade}"]
    return {
        "light": matter.floor,
        "source": SOURCES[matter.source],
        "subject": matter.title,
        "lead_unit": lead_unit(act).name,
        "co_units": "、".join(
            act.session.get_one(Unit, int(one)).name for one in said.get("co_units") or []
        ),
        "leader": act.session.get_one(User, int(said["leader"])).name,
        "requirement": said["requirement"],
        "due": f"签收后{days}个工作日",
        "feedback": RHYTHMS[said["feedback"]],
        "contact": _drafter(act),
        "issued_by": act.by.name if act.by else "",
        "acknowledged_by": "",
        "acknowledged_at": "",
    }


def _drafter(act: Act) -> str:
    name = act.session.scalar(
        select(User.name)
        .join(Task, Task.done_by == User.id)
        .where(Task.case_id == act.case.id, Task.node == "draft_matter")
        .order_by(Task.done_at.desc())
        .limit(1)
    )
    return name or ""


def _handling(act: Act) -> list[int]:
    """The liaisons of the leading and of the helping units."""
    found = assignment.people(act, LIAISON)
    for one in act.vars["draft_matter"].get("co_units") or []:
        helper = replace(act, vars={**act.vars, "lead_unit": one})
        found += assignment.people(helper, LIAISON)
    return list(dict.fromkeys(found))


@operation("merge_matter")
def merge_matter(act: Act) -> None:
    """并入: both numbers are kept, each file names the other; the other matter goes on."""
    matter, other = the_matter(act), _target(act, act.vars["approve_filing"]["merge_into"])
    act.case.number = act.case.number or numbers.next_number(act.session, "督", now=act.now)
    act.case.parent_case_id = other.case_id
    act.vars["merged_into"] = str(other.id)
    matter.closed_at = act.now
    for case_id, detail in (
        (act.case.id, {"into": other.case.number}),
        (other.case_id, {"from": act.case.number}),
    ):
        audit.record(
            act.session,
            actor=act.by,
            action="merged",
            subject=matter,
            now=act.now,
            case_id=case_id,
            unit_id=matter.lead_unit_id,
            detail=detail,
        )


@guard("supervision", "acknowledge")
def acknowledged_rightly(act: Act) -> None:
    """A unit objects once; who handles it belongs to the unit."""
    if act.answers["answer"] == "object":
        if act.vars["lead_unit"] in act.vars.get("objected", []):
            raise Refused("A unit objects once.", guard="objections")
        return
    unit = unit_of(act.session, int(act.answers["handler"]))
    if unit is None or not unit.path.startswith(lead_unit(act).path):
        raise Invalid(
            "The handler belongs to the unit that signs.",
            fields={"handler": Fault("Choose a person of the unit.")},
        )


@effect("supervision", "acknowledge")
def acknowledged(act: Act) -> None:
    """签收 starts the clock: the result is due by the grade, and that date is the yardstick."""
    if act.answers["answer"] != "accept":
        return
    matter, start = the_matter(act), day_of(act.now)
    days = int(act.vars["days"][f"result_{matter.grade}"])
    due = act.calendar.end_of_day(act.calendar.add_workdays(start, days))
    act.vars["due"]["result"] = due.isoformat()
    act.vars["result_days"] = days
    act.vars["handler"] = act.answers["handler"]
    act.vars["watch"]["since"] = start.isoformat()
    matter.due_at = matter.first_due_at = due
    cases.take_part(act.session, act.case, int(act.answers["handler"]), "handler", now=act.now)


@guard("supervision", "settle_objection")
def reassigned_to_another(act: Act) -> None:
    if act.answers["verdict"] != "reassign":
        return
    _unit_named(act, act.answers["new_unit"], "new_unit")
    if act.answers["new_unit"] == act.vars["lead_unit"]:
        raise Invalid(
            "It is reassigned to another unit.", fields={"new_unit": Fault("Choose another unit.")}
        )


@effect("supervision", "settle_objection")
def objection_settled(act: Act) -> None:
    """改派: the matter is another unit's from now on, and that unit gets the notice."""
    act.vars["objected"] = [*act.vars.get("objected", []), act.vars["lead_unit"]]
    if act.answers["verdict"] != "reassign":
        return
    matter = the_matter(act)
    _give_to(act, matter, int(act.answers["new_unit"]))
    serve = assignment.people(act, LIAISON)
    documents.issue(act, Paper("supervision_notice", _notice(act, matter), serve=serve))


@operation("withdraw_matter")
def withdraw_matter(act: Act) -> None:
    """撤销: the light is frozen, not reset; those who had the matter hear why."""
    the_matter(act).closed_at = act.now
    reason = act.vars["settle_objection"]["opinion"]
    for user_id in _handling(act):
        documents.tell(act, user_id, kind="withdrawn", subject="督办事项撤销", text=reason)
