"""Multi-instance: over which collection, and when enough have answered."""

import re

from lxml import etree

from workflows.engine.validation.model import text_of
from workflows.engine.validation.vocabulary import bpmn
from workflows.foreign.dialects import remove, setting, take, written
from workflows.foreign.expressions import Uncertain, to_feel
from workflows.foreign.notes import Notes

NAME = re.compile(r"(?:[$#]\{\s*([^\W\d][\w.]*)\s*\}|=?\s*([^\W\d][\w.]*))")
OURS = ("collection", "elementVariable", "inputCollection", "inputElement")
COUNTERS = {
    "nrOfInstances": "total",
    "nrOfCompletedInstances": "done",
    "numberOfInstances": "total",
    "numberOfCompletedInstances": "done",
}
# With one after the other only one is active at a time.
ACTIVE = {
    "nrOfActiveInstances": "(total - done)",
    "numberOfActiveInstances": "(total - done)",
}


def convert(multi: etree._Element, notes: Notes) -> tuple[str, frozenset[str]]:
    """What the multi-instance goes over; returns the name it gives each item, and the variables
    that it reads."""
    item = setting(multi, "elementVariable") or setting(multi, "inputElement")
    given = multi.find(bpmn("inputDataItem"))
    if not item and given is not None:
        item = given.get("name") or ""
    names = _collection(multi, notes)
    if names and given is not None:
        given.set("name", "item")
    return item, names | _until(multi, notes)


def _collection(multi: etree._Element, notes: Notes) -> frozenset[str]:
    own = multi.find(bpmn("loopDataInputRef"))
    text = setting(multi, "collection") or setting(multi, "inputCollection") or text_of(own)
    counted = text_of(multi.find(bpmn("loopCardinality")))
    found = NAME.fullmatch(text)
    if found is None:
        notes.add("repeat-open", multi, " ".join(filter(None, (text, counted))))
        return frozenset()
    name = found[1] or found[2]
    for one in list(multi.iterchildren(bpmn("loopCardinality"))):
        if counted.strip("${}").strip() in {"", "loopCardinality"}:  # yudao and its like
            remove(one)
        else:
            notes.add("repeat-open", multi, counted)
    if own is None or text_of(own) != name:
        what = written(multi, *OURS) or text
        _put_collection(multi, own, name)
        notes.add("collection", multi, what, f"loopDataInputRef={name}")
    take(multi, *OURS)
    return frozenset({name.partition(".")[0]})


def _put_collection(multi: etree._Element, own: etree._Element | None, name: str) -> None:
    """In the order of the schema: extensions, collection, item, completion."""
    if own is None:
        own = etree.Element(bpmn("loopDataInputRef"))
        place = len(multi.findall(bpmn("documentation")))
        place += len(multi.findall(bpmn("extensionElements")))
        multi.insert(place, own)
        if multi.find(bpmn("inputDataItem")) is None:
            item = etree.Element(bpmn("inputDataItem"), {"name": "item"})
            multi.insert(place + 1, item)
    own.text = name


def _until(multi: etree._Element, notes: Notes) -> frozenset[str]:
    condition = multi.find(bpmn("completionCondition"))
    text = text_of(condition)
    if condition is None or not text:
        return frozenset()
    in_turn = multi.get("isSequential") == "true"
    try:
        made = to_feel(text, counters=COUNTERS if in_turn else COUNTERS | ACTIVE)
    except Uncertain as reason:
        notes.add("votes-open", multi, text, because=(reason.zh, reason.en))
        return frozenset()
    condition.text = made.text
    notes.add("votes", multi, text, made.text)
    return made.names
