"""问责, the execution: every item with its day and its hand, and what is undone when revoked."""

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

from sqlalchemy import select

from models import ExecutionItem, Measure, Role
from workflows import assignment, documents, measures
from workflows.deadlines import day_of
from workflows.documents import Paper
from workflows.errors import Refused
from workflows.parties import ids_of, live_findings
from workflows.registry import Act, effect, guard, operation
from workflows.verdicts import ONLY_PROPOSED

ITEM_DAYS = 10  # [D]: 检讨, files, circular

# kind → who does it: external bodies act through the handler who enters their paper.
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


@operation("build_execution")
def build_execution(act: Act) -> None:
    """The list of what is to be done, by measure; and one rectification list for the case."""
    items: dict[str, Any] = {}
    for measure in _in_force(act):
        for kind, who, due, law in _items_of(act, measure):
            item = _item(act, measure, kind, who=who, due=due, law=law)
            items[str(item.id)] = {
                "kind": kind,
                "name": f"{NAMES[kind]}（{measure.subject_name}）",
                "who": [str(one) for one in who],
                "due": due.isoformat(),
                "law": law,
            }
    act.vars["items"] = items
    act.vars["rect"] = _rectification(act)


def _in_force(act: Act) -> list[Measure]:
    return [one for one in measures.of_case(act.session, act.case) if one.state == "in_force"]


def _items_of(act: Act, measure: Measure) -> Iterator[tuple[str, list[int], datetime, bool]]:
    handler = assignment.seats_of(act, Role.HANDLER)
    soon = act.calendar.end_of_day(act.calendar.add_workdays(day_of(act.now), ITEM_DAYS))
    month = measure.formalities_due_at or soon
    subject = ids_of(act.vars["subjects"][_key(measure)]["subject"]) or handler
    yield "inform_discipline", handler, soon, False
    yield "inform_organization", handler, soon, False
    if measure.subject_kind == "org":
        yield "self_examination", subject, soon, False
    else:
        yield "integrity_file", handler, soon, False
        yield "personnel_file", handler, soon, False
        yield "self_criticism", subject, soon, False
    if measure.form == "circular":
        yield "circular", handler, soon, False
    if measure.form == "admonition":
        yield "admonition", handler, soon, False
    if measure.form in ONLY_PROPOSED:
        yield "proposed", handler, month, True
        yield "formalities", handler, month, True
        yield "publication", handler, soon, False


def _key(measure: Measure) -> str:
    if measure.subject_user_id:
        return f"user-{measure.subject_user_id}"
    return f"unit-{measure.subject_unit_id}"


def _item(
    act: Act, measure: Measure, kind: str, *, who: list[int], due: datetime, law: bool
) -> ExecutionItem:
    key = f"item:{measure.id}:{kind}"
    known = act.session.scalar(select(ExecutionItem).where(ExecutionItem.key == key))
    if known is not None:
        return known
    item = ExecutionItem(
        key=key,
        measure_id=measure.id,
        kind=kind,
        who=",".join(str(one) for one in who),
        due_at=due,
        law=law,
    )
    act.session.add(item)
    act.session.flush()
    return item


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
        "days": int(act.vars["days"].get("rect_accountability", 30)),
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
    if item.kind == "circular":
        measure = act.session.get_one(Measure, item.measure_id)
        documents.issue(
            act,
            Paper(
                "circular",
                {"subject": measure.subject_name, "scope": act.answers["result"]},
                about=_key(measure),
            ),
        )


@guard("accountability", "confirm_execution")
def all_is_done(act: Act) -> None:
    """执行完毕 is confirmed when every item is ticked."""
    open_items = [one.kind for one in _open_items(act)]
    if not act.answers["complete"] or open_items:
        raise Refused(
            "Not everything is executed yet: {items}.",
            guard="execution",
            items="、".join(NAMES[kind] for kind in open_items),
        )


def _open_items(act: Act) -> list[ExecutionItem]:
    ids = [one.id for one in measures.of_case(act.session, act.case)]
    return list(
        act.session.scalars(
            select(ExecutionItem).where(
                ExecutionItem.measure_id.in_(ids),
                ExecutionItem.done_on.is_(None),
                ExecutionItem.cancelled.is_(False),
            )
        )
    )


@operation("stop_execution")
def stop_execution(act: Act) -> None:
    """停止执行: what is open is cancelled, what was done is listed to be undone."""
    for item in _open_items(act):
        item.cancelled = True
    done = act.session.scalars(
        select(ExecutionItem).where(
            ExecutionItem.measure_id.in_([m.id for m in measures.of_case(act.session, act.case)]),
            ExecutionItem.done_on.is_not(None),
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
