"""督办事项: from 拟办 to 归档, one matter on one sheet (processes.md §1)."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import select

from models import Extension, Finding, Matter, Task
from workflows import cases, documents, findings, grounds, numbers
from workflows.deadlines import day_of
from workflows.documents import Paper
from workflows.errors import Invalid, Refused
from workflows.parties import names
from workflows.registry import Act, effect, guard, operation


def the_matter(act: Act) -> Matter:
    return act.session.scalars(select(Matter).where(Matter.case_id == act.case.id)).one()


@operation("check_matter")
def check_matter(act: Act) -> None:
    """查重: open matters of the same unit and title are named to who decides on filing."""
    draft = act.vars["draft_matter"]
    act.vars["lead_unit"] = draft["lead_unit"]
    same = act.session.scalars(
        select(Matter).where(
            Matter.lead_unit_id == int(draft["lead_unit"]),
            Matter.title == draft["title"],
            Matter.closed_at.is_(None),
        )
    )
    act.vars["duplicates"] = [str(one.id) for one in same]


@operation("register_matter")
def register_matter(act: Act) -> None:
    """登记: the number, the ledger's row, the notice to the unit."""
    draft, filing = act.vars["draft_matter"], act.vars["approve_filing"]
    act.case.number = act.case.number or numbers.next_number(act.session, "督", now=act.now)
    act.case.title = draft["title"]
    act.case.unit_id = int(draft["lead_unit"])
    act.session.add(
        Matter(
            case_id=act.case.id,
            key=act.case.key,
            title=draft["title"],
            content=draft["content"],
            source=draft["source"],
            lead_unit_id=int(draft["lead_unit"]),
            grade=draft["grade"],
            floor=filing["floor"],
            light=filing["floor"],
            light_since=act.now,
        )
    )
    act.session.flush()
    act.vars["light"] = filing["floor"]
    act.vars["watch"] = {"urged": False, "ordered": False, "ground": None, "red_ever": False}
    _issue(act, "supervision_notice", requirement=draft["requirement"], grade=draft["grade"])


def _issue(act: Act, template: str, **values: Any) -> None:
    draft = act.vars["draft_matter"]
    about = {"subject": draft["title"], "content": draft["content"], "source": draft["source"]}
    documents.issue(act, Paper(template, {**about, **values}))


@operation("merge_matter")
def merge_matter(act: Act) -> None:
    """并入: both numbers are kept; the other matter goes on."""
    said = act.vars["approve_filing"].get("merge_into") or act.vars["draft_matter"]["merge_into"]
    other = act.session.get(Matter, int(said))
    if other is None or other.closed_at is not None:
        raise Refused("There is no open matter to merge into.", guard="merge")
    act.vars["merged_into"] = str(other.id)


@effect("supervision", "acknowledge")
def acknowledged(act: Act) -> None:
    """签收 starts the clock: the result is due by the grade, and that date is the yardstick."""
    if act.answers["answer"] != "accept":
        return
    grade = act.vars["draft_matter"]["grade"]
    days = int(act.vars["days"][f"result_{grade}"])
    due = act.calendar.end_of_day(act.calendar.add_workdays(day_of(act.now), days))
    act.vars["due"]["result"] = due.isoformat()
    act.vars["result_days"] = days
    matter = the_matter(act)
    matter.due_at = matter.first_due_at = due


@guard("supervision", "acknowledge")
def objected_only_once(act: Act) -> None:
    unit = str(act.vars["lead_unit"])
    if act.answers["answer"] == "object" and unit in act.vars.get("objected", []):
        raise Refused("A unit objects once.", guard="objections")


@effect("supervision", "settle_objection")
def objection_settled(act: Act) -> None:
    """改派: the matter is another unit's from now on."""
    act.vars["objected"] = [*act.vars.get("objected", []), str(act.vars["lead_unit"])]
    if act.answers["verdict"] != "reassign":
        return
    matter = the_matter(act)
    act.vars["lead_unit"] = act.answers["new_unit"]
    matter.lead_unit_id = act.case.unit_id = int(act.answers["new_unit"])


@operation("withdraw_matter")
def withdraw_matter(act: Act) -> None:
    """撤销: the light is frozen, not reset."""
    the_matter(act).closed_at = act.now


@guard("supervision", "extension_asked")
def extension_in_time(act: Act) -> None:
    """Asked before the due date, once."""
    asked = select(Extension.id).where(
        Extension.case_id == act.case.id, Extension.node == "do_work"
    )
    if act.session.scalar(asked) is not None:
        raise Refused("An extension can be asked for once.", guard="extension")
    if act.now > datetime.fromisoformat(act.vars["due"]["result"]):
        raise Refused("An extension is asked for before the due date.", guard="extension")


@effect("supervision", "extension_asked")
def extension_noted(act: Act) -> None:
    act.session.add(
        Extension(
            case_id=act.case.id,
            node="do_work",
            asked_at=act.now,
            asked_by=act.by.id if act.by else None,
            reason=act.answers["reason"],
            first_due_at=datetime.fromisoformat(act.vars["due"]["result"]),
        )
    )
    act.session.flush()


@guard("supervision", "extension_decide")
def extension_within_bounds(act: Act) -> None:
    """No longer than the original time."""
    if not act.answers["granted"]:
        return
    due = day_of(datetime.fromisoformat(act.vars["due"]["result"]))
    longest = int(act.vars["result_days"])
    new = date.fromisoformat(act.answers["new_due"])
    if not 0 < act.calendar.workdays_between(due, new) <= longest:
        raise Invalid(
            "It is extended by at most {days} working days.",
            days=longest,
            fields={"new_due": "Choose another day."},
        )


@operation("apply_extension")
def apply_extension(act: Act) -> None:
    """Stored date, open task and ledger move together; the original date is kept."""
    said = act.vars["extension_decide"]
    asked = act.session.scalars(
        select(Extension).where(Extension.case_id == act.case.id, Extension.node == "do_work")
    ).one()
    asked.granted, asked.decided_at = bool(said["granted"]), act.now
    asked.decided_by = act.by.id if act.by else None
    if not said["granted"]:
        return
    due = act.calendar.end_of_day(date.fromisoformat(said["new_due"]))
    asked.new_due_at = due
    act.vars["due"]["result"] = due.isoformat()
    act.vars["extended"] = True
    the_matter(act).due_at = due
    open_task = select(Task).where(
        Task.case_id == act.case.id, Task.node == "do_work", Task.done_at.is_(None)
    )
    for task in act.session.scalars(open_task):
        cases.move_due_date(act.session, task, due, calendar=act.calendar)
    _issue(act, "extension_reply", new_due=said["new_due"], reason=asked.reason)


@operation("file_interim")
def file_interim(act: Act) -> None:
    """阶段反馈 is kept in order; the due date stays."""
    act.vars["interims"] = [
        *act.vars.get("interims", []),
        {"at": act.now.isoformat(), "progress": act.vars["do_work"]["progress"]},
    ]


@operation("count_return")
def count_return(act: Act) -> None:
    """退办: a new target for the light; the original date stays the yardstick."""
    matter = the_matter(act)
    matter.returns += 1
    said = act.vars.get("close_by_leader") or {}
    said = said if said.get("verdict") == "return" else act.vars["review_result"]
    redo = act.calendar.end_of_day(date.fromisoformat(said["redo_by"]))
    matter.redo_at = redo
    act.vars["due"]["redo"] = redo.isoformat()


@operation("record_false_report")
def record_false_report(act: Act) -> None:
    """不实反馈 is a fact with its evidence; the light turns by the table, a measure is proposed."""
    matter = the_matter(act)
    matter.false_report = True
    act.vars["watch"]["ground"] = "false_report"
    said = act.vars["review_result"]
    matter.redo_at = act.calendar.end_of_day(date.fromisoformat(said["redo_by"]))
    act.vars["finding"] = str(finding_of(act, "false_report", "反馈情况不实").id)


def finding_of(act: Act, ground: str, fact: str) -> Finding:
    """A fact that the ledger itself proves."""
    matter = the_matter(act)
    day = day_of(act.now)
    return findings.find(
        act.session,
        findings.Fact(
            key=f"{ground}:{matter.id}",
            fact=f"{act.case.number} {matter.title}：{fact}",
            unit_id=matter.lead_unit_id,
            kind=ground,
            rule="light",
            evidence=({"type": "case", "id": str(act.case.id)},),
            happened_on=day,
            calendar=act.calendar.label(day),
            case_id=act.case.id,
        ),
        by=act.by,
        now=act.now,
    )


@operation("propose_for_matter")
def propose_for_matter(act: Act) -> None:
    """What the table names is proposed; the ground is used up."""
    ground = str(act.vars["watch"]["ground"])
    facts = {"red_over": "红灯超过规定天数", "unit_reds": "一年内多个事项亮红灯"}
    finding = finding_of(act, ground, facts.get(ground, "反馈情况不实"))
    grounds.propose(act, "match_matter", finding)
    act.vars["watch"]["proposed"] = [*act.vars["watch"].get("proposed", []), ground]
    act.vars["watch"]["ground"] = None


@operation("close_matter")
def close_matter(act: Act) -> None:
    """销号: on time or not is told against the original and the extended date."""
    matter = the_matter(act)
    matter.closed_at = act.now
    act.vars["on_time"] = {
        "first": matter.first_due_at is not None and act.now <= matter.first_due_at,
        "extended": matter.due_at is not None and act.now <= matter.due_at,
    }
    said = act.vars["do_work"]
    _issue(
        act,
        "completion_report",
        result=said.get("result", ""),
        self_check=said.get("self_check", ""),
        verdict=act.vars["review_result"]["opinion"],
        handler="、".join(names(act, act.vars["acknowledge"]["handler"])),
    )


@operation("archive_matter")
def archive_matter(act: Act) -> None:
    """归档: the sheet is complete; nothing in it changes any more."""
    act.vars["archived_on"] = day_of(act.now).isoformat()
