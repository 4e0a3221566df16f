"""Ids that conditions can name: plain ones stay, others are rewritten wherever they are named."""

import re
from collections.abc import Iterator

from lxml import etree

from workflows.engine.validation.model import local
from workflows.engine.validation.structure import PLAIN_ID
from workflows.engine.validation.vocabulary import (
    ALL_NODES,
    ENGINE_ENDINGS,
    RESERVED_IDS,
    bpmn,
)
from workflows.foreign.notes import Notes

LONGEST = 80
REFERENCES = (
    "sourceRef",
    "targetRef",
    "attachedToRef",
    "bpmnElement",
    "default",
    "processRef",
    "activityRef",
)
NAMING = ("incoming", "outgoing", "flowNodeRef", "sourceRef", "targetRef")


def make_plain(root: etree._Element, main: etree._Element, process: str, notes: Notes) -> None:
    """Every node has an id that an expression can name, every flow has one at all; the main
    process takes the id `process`, if one is given."""
    taken = {str(xml.get("id")) for xml in root.iter("*") if xml.get("id")}
    changed: dict[str, str] = {}
    for xml in _named(main):
        old = xml.get("id") or ""
        if not old:
            xml.set("id", _free(local(xml), taken))
            notes.add("id-given", xml, local(xml), xml.get("id") or "")
        elif local(xml) in {*ALL_NODES, "process"} and not _is_plain(old):
            new = _free(old, taken)
            changed[old] = new
            xml.set("id", new)
            notes.add("id", xml, old, new)
    if process and main.get("id") != process:
        old = main.get("id") or ""
        _give_way(root, process, taken, changed)
        main.set("id", process)
        notes.add("process-named", main, old, process)
        changed = {before: process if after == old else after for before, after in changed.items()}
        changed.setdefault(old, process)
    _follow(root, changed)


def _give_way(root: etree._Element, process: str, taken: set[str], changed: dict[str, str]) -> None:
    """Whatever has the id that the process is to have takes another."""
    for xml in root.iter("*"):
        if xml.get("id") == process:
            xml.set("id", _free(process, taken))
            changed[process] = str(xml.get("id"))


def _named(main: etree._Element) -> Iterator[etree._Element]:
    yield main
    yield from (xml for xml in main.iter("*") if local(xml) in {*ALL_NODES, "sequenceFlow"})


def _is_plain(name: str) -> bool:
    fits = PLAIN_ID.fullmatch(name) and len(name) <= LONGEST
    return bool(fits) and name not in RESERVED_IDS and not name.endswith(ENGINE_ENDINGS)


def _free(old: str, taken: set[str]) -> str:
    """A plain id made from an old one, which no other element has."""
    stem = re.sub(r"\W+", "_", old)[: LONGEST - 10].strip("_") or "node"
    stem = f"n_{stem}" if not PLAIN_ID.fullmatch(stem) else stem
    name, number = stem, 1
    while name in taken or not _is_plain(name):
        number += 1
        name = f"{stem}_{number}"
    taken.add(name)
    return name


def _follow(root: etree._Element, changed: dict[str, str]) -> None:
    if not changed:
        return
    for xml in root.iter("*"):
        for attribute in REFERENCES:
            if (value := xml.get(attribute)) in changed:
                xml.set(attribute, changed[str(value)])
    for xml in root.iter(*map(bpmn, NAMING)):
        if (text := (xml.text or "").strip()) in changed:
            xml.text = changed[text]
