"""延期 of a matter: asked before the due date, once; decided; the original date is kept."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import select

from models import Extension, Task
from workflows import cases, documents, lights, notices, urgings
from workflows.deadlines import day_of
from workflows.documents import Paper
from workflows.errors import Invalid, Refused
from workflows.forms import Fault
from workflows.matters import lead_unit, the_matter
from workflows.registry import Act, effect, guard, operation


def _asked(act: Act) -> Extension | None:
    return act.session.scalar(
        select(Extension).where(Extension.case_id == act.case.id, Extension.node == "do_work")
    )


@guard("supervision", "extension_asked")
def extension_in_time(act: Act) -> None:
    """Asked before the due date, once."""
    if _asked(act) is not None:
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
            reason=act.answers["reason"][:2000],
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
            fields={"new_due": Fault("Choose another day.")},
        )


@operation("apply_extension")
def apply_extension(act: Act) -> None:
    """Stored date, open task, ledger and light move together; the original date is kept."""
    said, asked = act.vars["extension_decide"], _asked(act)
    if asked is not None:
        asked.granted, asked.decided_at = bool(said["granted"]), act.now
        asked.decided_by = act.by.id if act.by else None
    new = None
    if said["granted"]:
        new = act.calendar.end_of_day(date.fromisoformat(said["new_due"]))
        if asked is not None:
            asked.new_due_at = new
        _move(act, new)
    _reply(act, said, new)


def _move(act: Act, new: datetime) -> None:
    matter = the_matter(act)
    matter.due_at, matter.redo_at = new, None
    act.vars["due"]["result"] = new.isoformat()
    open_task = select(Task).where(
        Task.case_id == act.case.id, Task.node == "do_work", Task.done_at.is_(None)
    )
    for task in act.session.scalars(open_task):
        cases.move_due_date(act.session, task, new, calendar=act.calendar)
        task.notice_at = notices.first_rung(new, calendar=act.calendar, now=act.now)
    act.session.flush()
    lights.relight(act, "extension")


def _reply(act: Act, said: dict[str, Any], new: datetime | None) -> None:
    values = {
        "addressee": lead_unit(act).name,
        "subject": the_matter(act).title,
        "granted": bool(said["granted"]),
        "new_due": documents.chinese_date(day_of(new)) if new else "",
        "original_due": urgings.original_due(act),
        "opinion": said["opinion"],
    }
    serve = urgings.answerable(act)
    documents.issue(act, Paper("extension_reply", values, serve=serve))
