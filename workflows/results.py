"""办理反馈: interim reports, the unit's submission, review, 退办, proposals, and 销号."""

from datetime import date, datetime

from sqlalchemy import select

from models import Document, Finding, Task
from workflows import audit, documents, findings, grounds, urgings
from workflows.deadlines import day_of
from workflows.documents import Paper
from workflows.errors import Invalid
from workflows.forms import Fault
from workflows.matters import lead_unit, the_matter
from workflows.registry import Act, effect, guard, operation

MONTHS = {"monthly": 1, "quarterly": 3}
BASIS = "机关工委督办工作规定 [D]"
FACTS = {
    "red_over": "红灯超过规定天数",
    "unit_reds": "一年内多个事项亮红灯",
    "false_report": "反馈情况不实",
}
KEPT = {True: "按期", False: "逾期"}


@operation("file_interim")
def file_interim(act: Act) -> None:
    """阶段反馈 is kept in order; the due date stays, the next report comes by the rhythm."""
    act.vars["interims"] = [
        *act.vars.get("interims", []),
        {"at": act.now.isoformat(), "progress": act.vars["do_work"]["progress"]},
    ]
    months = MONTHS.get(act.vars["draft_matter"]["feedback"])
    if months is not None:
        day = act.calendar.add_months(day_of(act.now), months)
        act.vars["due"]["interim"] = act.calendar.end_of_day(day).isoformat()


@effect("supervision", "unit_sign")
def submitted(act: Act) -> None:
    """报送: the light is frozen; an urging whose new date has not passed was kept."""
    if act.answers["verdict"] != "submit":
        return
    the_matter(act).watch_at = None
    for urging in urgings.of_case(act.session, act.case):
        if urging.met is None and urging.new_date is not None:
            urging.met = act.now <= act.calendar.end_of_day(urging.new_date)


@guard("supervision", "review_result", "close_by_leader")
def redone_later(act: Act) -> None:
    redo_by = act.answers.get("redo_by")
    if redo_by and date.fromisoformat(redo_by) <= day_of(act.now):
        raise Invalid(
            "The new date lies after today.", fields={"redo_by": Fault("Choose a day after today.")}
        )


@effect("supervision", "review_result", "close_by_leader")
def sent_back(act: Act) -> None:
    """A new target for the light; the original date stays the yardstick."""
    if act.answers["verdict"] not in ("return", "false_report"):
        return
    redo = act.calendar.end_of_day(date.fromisoformat(act.answers["redo_by"]))
    the_matter(act).redo_at = redo
    act.vars["due"]["redo"] = redo.isoformat()
    act.vars["watch"]["since"] = day_of(act.now).isoformat()


@operation("count_return")
def count_return(act: Act) -> None:
    """退办计次: the clock of the result goes on."""
    the_matter(act).returns += 1


@operation("record_false_report")
def record_false_report(act: Act) -> None:
    """不实反馈 is a fact to be established; the light turns by the table, a measure is proposed."""
    the_matter(act).false_report = True
    fact = _fact(act, "false_report", act.vars["review_result"]["opinion"])
    act.vars["finding"] = str(findings.draft(act.session, fact, by=act.by, now=act.now).id)


def _fact(act: Act, ground: str, more: str = "") -> findings.Fact:
    """What the ledger itself proves."""
    matter, day = the_matter(act), day_of(act.now)
    said = f"{FACTS[ground]}。{more}" if more else FACTS[ground]
    return findings.Fact(
        key=f"{ground}:{matter.id}",
        fact=f"{act.case.number} {matter.title}：{said}",
        unit_id=matter.lead_unit_id,
        kind=ground,
        rule="light",
        basis=BASIS,
        evidence=({"type": "case", "id": str(act.case.id)},),
        happened_on=day,
        calendar=act.calendar.label(day),
        case_id=act.case.id,
    )


def finding_of(act: Act, ground: str) -> Finding:
    """The ground's finding; noted before under its key, it is the same."""
    return findings.find(act.session, _fact(act, ground), by=act.by, now=act.now)


@operation("propose_for_matter")
def propose_for_matter(act: Act) -> None:
    """What the table names is proposed; the ground is used up."""
    ground = str(act.vars["watch"]["ground"])
    grounds.propose(act, "match_matter", finding_of(act, ground))
    act.vars["watch"]["proposed"] = [*act.vars["watch"].get("proposed", []), ground]
    act.vars["watch"]["ground"] = None


@operation("close_matter")
def close_matter(act: Act) -> None:
    """销号: on time or not is told against the original and the extended date."""
    matter, said, handed_in = the_matter(act), act.vars["do_work"], _handed_in_at(act)
    matter.closed_at = act.now
    first = matter.first_due_at is None or handed_in <= matter.first_due_at
    extended = matter.due_at is None or handed_in <= matter.due_at
    act.vars["on_time"] = {"first": first, "extended": extended}
    values = {
        "subject": matter.title,
        "lead_unit": lead_unit(act).name,
        "result": said.get("result", ""),
        "evidence": findings.named(act.session, said.get("evidence")),
        "self_check": said.get("self_check", ""),
        "opinion": act.vars["review_result"]["opinion"],
        "on_time_original": KEPT[first],
        "on_time_extended": KEPT[extended],
    }
    serve = urgings.answerable(act)
    documents.issue(act, Paper("completion_report", values, serve=serve))


def _handed_in_at(act: Act) -> datetime:
    """When the unit handed in what was then accepted."""
    done = act.session.scalar(
        select(Task.done_at)
        .where(Task.case_id == act.case.id, Task.node == "unit_sign", Task.ending == "done")
        .order_by(Task.done_at.desc())
        .limit(1)
    )
    return done or act.now


@operation("archive_matter")
def archive_matter(act: Act) -> None:
    """归档: the sheet is complete; the trail lists what it holds."""
    act.vars["archived_on"] = day_of(act.now).isoformat()
    papers = act.session.scalars(
        select(Document.id).where(Document.case_id == act.case.id).order_by(Document.id)
    )
    audit.record(
        act.session,
        actor=act.by,
        action="archived",
        subject=the_matter(act),
        now=act.now,
        case_id=act.case.id,
        unit_id=act.case.unit_id,
        detail={"documents": [str(one) for one in papers], "on_time": act.vars["on_time"]},
    )
