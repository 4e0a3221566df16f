"""Fifty files in the dialects of other systems: read, told, stripped, within bounds; the docs."""

from functools import cache
from pathlib import Path
from random import Random

import pytest
from lxml import etree

from config import ROOT
from tests.workflows.foreign.sketch import ROLES, file
from workflows import foreign
from workflows.engine import Bundle
from workflows.engine.validation import check_bundle
from workflows.errors import Invalid, TooLarge
from workflows.foreign import CONVERTED, RULES, Conversion
from workflows.foreign.dialects import GROUPED
from workflows.foreign.notes import owner_of
from workflows.foreign.page import page
from workflows.foreign.people import DISPLAYED

FILES = sorted((ROOT / "tests" / "bpmn" / "foreign").glob("*.bpmn"))
# What the checks refuse because it comes from elsewhere, and so must have been told before.
LEFT_OVER = {
    "foreign-extension",
    "foreign-expression",
    "unsupported-element",
    "unsupported-event",
    "unsupported-attribute",
    "unknown-setting",
    "untyped-task",
    "script-not-allowed",
    "event-subprocess",
    "data-store",
    "standard-loop",
    "several-processes",
    "process-not-executable",
    "id-not-plain",
    "reserved-id",
    "missing-id",
    "name-missing",
    "who-missing",
    "timer-unreadable",
    "timer-without-offset",
    "expression-unreadable",
    "property-unknown",
    "property-value",
    "who-unreadable",
}


@cache
def converted(path: Path) -> Conversion:
    return foreign.read(path.read_bytes(), roles=ROLES)


def test_the_files_are_of_many_systems_and_meet_every_rule() -> None:
    tools = {converted(path).tool for path in FILES}
    assert tools >= {"Camunda 7", "Camunda 8", "Flowable", "Activiti", "RuoYi", "芋道 yudao"}
    assert len(tools) >= 10
    met = {note.kind for path in FILES for note in converted(path).notes}
    assert set(RULES) - met == {"process-named", "drawing"}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_whatever_publishing_would_refuse_was_told_by_its_node(path: Path) -> None:
    found = converted(path)
    root = etree.fromstring(found.diagram)
    owners = {str(xml.get("id")): owner_of(xml).get("id") or "" for xml in root.iter("*")}
    told = {note.element for note in found.notes if note.state != CONVERTED}
    for fault in check_bundle(Bundle(found.process, {found.process: found.diagram})):
        if fault.rule in LEFT_OVER:
            assert owners.get(fault.element or "", fault.element or "") in told, fault


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_only_what_was_converted_left_the_file(path: Path) -> None:
    before, after = (etree.fromstring(x) for x in (path.read_bytes(), converted(path).diagram))
    assert _drawn(before) == _drawn(after)
    assert _ends(before) == _ends(after)
    told = " ".join(note.what for note in converted(path).notes)
    for tag in _foreign(before) - _foreign(after) - {*GROUPED, *DISPLAYED, "field", "string"}:
        assert tag in told, tag


def _drawn(root: etree._Element) -> int:
    return sum(1 for xml in root.iter("{*}BPMNShape", "{*}BPMNEdge", "{*}waypoint", "{*}Bounds"))


def _ends(root: etree._Element) -> int:
    """Flows whose two ends are there."""
    ids = {xml.get("id") for xml in root.iter("*")}
    flows = root.iter("{*}sequenceFlow", "{*}messageFlow", "{*}association")
    return sum({one.get("sourceRef"), one.get("targetRef")} <= ids for one in flows)


def _foreign(root: etree._Element) -> set[str]:
    tags = {str(tag) for xml in root.iter("*") for tag in (xml.tag, *xml.attrib)}
    return {tag.partition("}")[2] for tag in tags if "camunda" in tag or "flowable" in tag}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_person_can_take_out_all_that_was_left_over(path: Path) -> None:
    found = converted(path)
    plain = foreign.without(found.diagram)
    faults = check_bundle(Bundle(found.process, {found.process: plain}))
    assert not {"foreign-extension", "unknown-setting"} & {fault.rule for fault in faults}
    again = foreign.read(plain, roles=ROLES)
    assert not {note.kind for note in again.notes} & {"listener", "extension", "technical"}


def test_a_file_that_was_converted_is_not_converted_again() -> None:
    for path in FILES:
        again = foreign.read(converted(path).diagram, roles=ROLES)
        made = {note.kind for note in again.notes if note.state == CONVERTED}
        assert made == set(), path.stem


BAD = {
    "empty.": b"  ",
    "well-formed": b"<a>",
    "DOCTYPE": b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>',
    "UTF-8": '<?xml version="1.0" encoding="gbk"?><a>流程</a>'.encode("gbk"),
    "no BPMN": b"<html/>",
    "no process": file("").partition(b"<process")[0] + b"</definitions>",
    "nested": b"<a>" * 70 + b"</a>" * 70,
    "elements": b"<a>" + b"<b/>" * 20_001 + b"</a>",
}


@pytest.mark.parametrize("told", BAD)
def test_what_is_no_diagram_within_bounds_is_refused(told: str) -> None:
    with pytest.raises(Invalid, match=told):
        foreign.read(BAD[told])


def test_two_megabytes_are_the_most() -> None:
    with pytest.raises(TooLarge):
        foreign.read(file("") + b" " * 2_000_000)


ODD = ("", "${", "=", "Start", "a b", "<x>", "days", "R/P1D", "${a(", "#{()}", "=x[1]", "=" * 300)


def test_a_mangled_file_is_read_or_refused() -> None:
    dice, read = Random(7), 0  # noqa: S311  # the same faults every time
    for _ in range(200):
        root = etree.fromstring(dice.choice(FILES).read_bytes())
        for one in dice.sample(list(root.iter("*")), 4):
            if one.attrib:
                one.set(dice.choice(list(map(str, one.attrib))), dice.choice(ODD))
                del one.attrib[dice.choice(list(one.attrib))]
            one.text = dice.choice(ODD)
            parent = one.getparent()
            if parent is not None and dice.random() < 0.3:
                parent.remove(one)
        try:
            found = foreign.read(etree.tostring(root), roles=ROLES)
        except Invalid:
            continue
        foreign.read(foreign.without(found.diagram), roles=ROLES)
        read += 1
    assert read > 150


def test_the_docs_tell_what_the_code_does() -> None:
    """If this fails: python -m workflows.foreign.page > docs/foreign.md"""
    assert (ROOT / "docs" / "foreign.md").read_text(encoding="utf-8") == page()
