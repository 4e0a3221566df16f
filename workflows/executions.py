"""问责, the execution: every item with its day and its hand, and what is undone when revoked."""

from collections.abc import Collection, Iterable
from contextlib import suppress
from datetime import date, datetime
from typing import Any

from sqlalchemy import delete, select

from models import ExecutionItem, Inbox, Measure, Role, Task
from workflows import assignment, cases, documents, measures
from workflows.deadlines import day_of
from workflows.documents import Paper
from workflows.engine import NotReady
from workflows.errors import Refused
from workflows.forms import Fault
from workflows.parties import ids_of, live_findings
from workflows.registry import Act, effect, guard, never_by_hand, operation
from workflows.verdicts import ONLY_PROPOSED, take_effect

# External bodies act through the handler, who enters their paper.
NAMES = {
    "inform_discipline": "通报纪检机关",
    "inform_organization": "通报组织部门",
    "integrity_file": "记入廉政档案",
    "personnel_file": "归入人事档案并报上一级组织部门备案",
    "admonition": "诫勉谈话或者书面诫勉",
    "self_criticism": "书面检讨及民主（组织）生活会深刻检查",
    "self_examination": "书面检查",
    "circular": "在一定范围内通报",
    "formalities": "办理组织调整、组织处理手续",
    "publication": "以适当方式公开",
    "proposed": "建议办理结果",
}
# Which figure of the case's parameters says in how many working days a kind is due.
DAYS = {
    "inform_discipline": "files",
    "inform_organization": "files",
    "integrity_file": "files",
    "personnel_file": "files",
    "admonition": "admonition",
    "self_criticism": "written_examination",
    "self_examination": "written_examination",
    "circular": "circular",
    "publication": "circular",
}
OWNED = ("rect_plan", "rect_work")  # the steps of a rectification that its owner does
BY_SUBJECT = frozenset({"self_criticism", "self_examination"})
BY_LAW = frozenset({"proposed", "formalities"})  # 条例 13: within a month of the decision


@operation("build_execution")
def build_execution(act: Act) -> None:
    """The list of what is to be done, by measure; and one rectification list for the case."""
    act.vars["items"] = {}
    for measure in _in_force(act):
        act.vars["items"] |= _give_out(act, measure, kinds_of(measure))
    act.vars["rect"] = _rectification(act)


def _in_force(act: Act) -> list[Measure]:
    return [one for one in measures.of_case(act.session, act.case) if one.state == "in_force"]


def kinds_of(measure: Measure) -> list[str]:
    """What a decision of that form about that kind of subject entails (条例 8, 13)."""
    kinds = ["inform_discipline", "inform_organization"]
    if measure.subject_kind == "org":
        kinds += ["self_examination"]
    else:
        kinds += ["integrity_file", "personnel_file", "self_criticism"]
    if measure.form in ("circular", "admonition"):
        kinds += [measure.form]
    if measure.form in ONLY_PROPOSED:
        kinds += ["proposed", "formalities", "publication"]
    return kinds


def _give_out(act: Act, measure: Measure, kinds: Iterable[str]) -> dict[str, Any]:
    """An item of each kind is on file; as the diagram's list holds them."""
    items = [_item(act, measure, kind) for kind in kinds]
    return {
        str(item.id): {
            "kind": item.kind,
            "name": f"{NAMES[item.kind]}（{measure.subject_name}）",
            "who": item.who.split(","),
            "due": item.due_at.isoformat(),
            "law": item.law,
        }
        for item in items
    }


def _item(act: Act, measure: Measure, kind: str) -> ExecutionItem:
    key = f"item:{measure.id}:{kind}"
    known = act.session.scalar(select(ExecutionItem).where(ExecutionItem.key == key))
    if known is not None:
        return known
    item = ExecutionItem(
        key=key,
        measure_id=measure.id,
        kind=kind,
        who=",".join(str(one) for one in _who(act, measure, kind)),
        due_at=_due(act, measure, kind),
        law=kind in BY_LAW,
    )
    act.session.add(item)
    act.session.flush()
    return item


def _who(act: Act, measure: Measure, kind: str) -> list[int]:
    handler = assignment.seats_of(act, Role.HANDLER)
    if kind not in BY_SUBJECT:
        return handler
    return ids_of(act.vars["subjects"][_key(measure)]["subject"]) or handler


def _due(act: Act, measure: Measure, kind: str) -> datetime:
    if kind in BY_LAW and measure.formalities_due_at is not None:
        return measure.formalities_due_at
    days = act.days(DAYS.get(kind, "files"))
    return act.calendar.end_of_day(act.calendar.add_workdays(day_of(act.now), days))


def _key(measure: Measure) -> str:
    if measure.subject_user_id:
        return f"user-{measure.subject_user_id}"
    return f"unit-{measure.subject_unit_id}"


def _rectification(act: Act) -> dict[str, Any]:
    """One list for the case: the organisation's, else the first responsible cadre's."""
    held = sorted(_in_force(act), key=lambda one: (one.subject_kind != "org", one.id))
    first = held[0]
    level = act.vars.get("decided_min") or {}
    return {
        "origin": "accountability",
        "unit": str(first.subject_unit_id or act.case.unit_id),
        "owner": act.vars["subjects"][_key(first)]["subject"],
        "reviewer": [str(one) for one in assignment.people(act, "role(supervisor)")[:1]],
        "problems": [{"problem": one.fact} for one in live_findings(act)],
        "days": act.days("rect_accountability"),
        "extension_org": level.get("org", "work_committee"),
        "extension_rank": level.get("rank", "principal"),
        "revisit": False,
    }


@effect("accountability", "execute_item")
def item_executed(act: Act) -> None:
    key = act.task.item_key if act.task else None
    item = act.session.get_one(ExecutionItem, int(key or 0))
    item.done_on = date.fromisoformat(act.answers["done_on"])
    item.result = act.answers["result"]
    measure = act.session.get_one(Measure, item.measure_id)
    if item.kind == "proposed":
        _answered(act, measure, item.done_on)
    if item.kind == "circular":
        documents.issue(
            act,
            Paper(
                "circular",
                {
                    "addressee": "各有关单位",
                    "subject": measure.subject_name,
                    "form": measure.form,
                    "facts": [one.fact for one in measures.findings_of(act.session, measure)],
                    "scope": act.answers["result"],
                },
                about=_key(measure),
            ),
        )


def _answered(act: Act, measure: Measure, day: date) -> None:
    """The competent organ has decided on our proposal (条例 12): its decision takes effect, and
    one that it does not follow never does."""
    if act.answers["adopted"] == "adopted":
        take_effect(act, measure, day)
    else:
        measure.result = "not_adopted"


@guard("accountability", "execute_item")
def proposal_was_answered(act: Act) -> None:
    """Of a proposal it is said whether the competent organ followed it; of the rest, nothing."""
    item = act.session.get_one(ExecutionItem, int((act.task and act.task.item_key) or 0))
    if (item.kind == "proposed") == ("adopted" in act.answers):
        return
    if item.kind == "proposed":
        sentence = Fault("Say whether the competent organ followed the proposal.")
    else:
        sentence = Fault("Only of a proposal is it said whether it was followed.")
    raise Refused("Please mend what is marked.", guard="G1", fields={"adopted": sentence})


@guard("accountability", "confirm_execution")
def all_is_done(act: Act) -> None:
    """执行完毕 is confirmed when every item is ticked, here at the latest."""
    undone = [one for one in open_items(act) if _made_good(act, one) is None]
    if not act.answers["complete"] or undone:
        raise Refused(
            "Not everything is executed yet: {items}.",
            guard="execution",
            items="、".join(NAMES[one.kind] for one in undone),
        )


@effect("accountability", "confirm_execution")
def rest_is_done(act: Act) -> None:
    """What came too late for a step of its own is ticked with the day it was made good."""
    for item in open_items(act):
        if (row := _made_good(act, item)) is not None:
            item.done_on, item.result = date.fromisoformat(row["done_on"]), row["item"]
            if item.kind == "proposed":  # made good: the organ has decided as proposed
                take_effect(act, act.session.get_one(Measure, item.measure_id), item.done_on)


def _made_good(act: Act, item: ExecutionItem) -> dict[str, Any] | None:
    rows = act.answers.get("made_good", [])
    return next((row for row in rows if row["item"].startswith(NAMES[item.kind])), None)


def open_items(act: Act) -> list[ExecutionItem]:
    """What the decisions of the case still ask to be done."""
    ids = [one.id for one in measures.of_case(act.session, act.case)]
    return open_items_of(act, ids)


def open_items_of(act: Act, measure_ids: Collection[int]) -> list[ExecutionItem]:
    return list(
        act.session.scalars(
            select(ExecutionItem)
            .where(
                ExecutionItem.measure_id.in_(measure_ids),
                ExecutionItem.done_on.is_(None),
                ExecutionItem.cancelled.is_(False),
            )
            .order_by(ExecutionItem.id)
        )
    )


def follow(run: cases.Run, old: Measure, new: Measure | None) -> None:
    """The execution under way follows a correction: what is open of the old measure is called
    off, and what the new one entails is given out. A self-criticism that was written stays one.
    """
    act = run.act
    gone = [str(one.id) for one in _call_off(act, old)]
    items: dict[str, Any] = {}
    if new is not None:
        written = _done_kinds(act, old) & BY_SUBJECT
        items = _give_out(act, new, [kind for kind in kinds_of(new) if kind not in written])
    act.vars.setdefault("items", {}).update(items)
    for task in _tasks_of(act, gone):
        cases.close_task(act.session, task, "cancelled", now=act.now)
    if new is None:
        _pass_rectification_on(act, old)
    with suppress(NotReady):  # all items were done: the rest is ticked when it is confirmed
        run.execution.change_items("execute_item", leave=gone, join=items)
    run.save()


def _call_off(act: Act, measure: Measure) -> list[ExecutionItem]:
    gone = open_items_of(act, [measure.id])
    for item in gone:
        item.cancelled = True
    return gone


def _pass_rectification_on(act: Act, revoked: Measure) -> None:
    """The list of the case was his: whoever is still held to account puts it right."""
    rect = act.vars.get("rect")
    if not rect or rect["owner"] != act.vars["subjects"][_key(revoked)]["subject"]:
        return
    rect["owner"] = _rectification(act)["owner"]
    for task in act.session.scalars(
        select(Task).where(
            Task.case_id == act.case.id, Task.node.in_(OWNED), Task.done_at.is_(None)
        )
    ):
        act.session.execute(delete(Inbox).where(Inbox.task_id == task.id))
        cases.put_into_inboxes(act.session, task, ids_of(rect["owner"]))


def _done_kinds(act: Act, measure: Measure) -> set[str]:
    done = select(ExecutionItem.kind).where(
        ExecutionItem.measure_id == measure.id, ExecutionItem.done_on.is_not(None)
    )
    return set(act.session.scalars(done))


def _tasks_of(act: Act, item_ids: Collection[str]) -> list[Task]:
    wanted = select(Task).where(
        Task.case_id == act.case.id,
        Task.node == "execute_item",
        Task.item_key.in_(item_ids),
        Task.done_at.is_(None),
    )
    return list(act.session.scalars(wanted))


never_by_hand("accountability", "decision_revoked")


@guard("accountability", "decision_revoked")
def only_an_appeal_revokes(act: Act) -> None:
    """条例 21: what stops an execution is the decision that revokes, never somebody's hand."""
    raise Refused(
        "An execution is stopped by a decision on an appeal or a correction, not by hand.",
        guard="appeal_only",
    )


@operation("stop_execution")
def stop_execution(act: Act) -> None:
    """停止执行: what is open is cancelled, what was done is listed to be undone."""
    for item in open_items(act):
        item.cancelled = True
    ids = [one.id for one in measures.of_case(act.session, act.case)]
    done = act.session.scalars(
        select(ExecutionItem).where(
            ExecutionItem.measure_id.in_(ids), ExecutionItem.done_on.is_not(None)
        )
    )
    act.vars["to_undo"] = [NAMES[item.kind] for item in done]


@operation("close_case")
def close_case(act: Act) -> None:
    """问责办结: executed; an effect period runs on by its own clock."""
    for measure in _in_force(act):
        measures.move(act, measure, "executed")
        if measure.effect_until is None:
            measures.move(act, measure, "closed")
