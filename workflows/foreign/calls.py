"""What a step calls: a process, a decision table, a program."""

import re

from lxml import etree

from workflows.engine.validation.model import local
from workflows.engine.validation.vocabulary import SPIFF, bpmn
from workflows.foreign.dialects import (
    FLOWABLE,
    extension_elements,
    extensions,
    remove,
    setting,
    take,
    written,
)
from workflows.foreign.notes import Notes

PLAIN = re.compile(r"[^\W\d][\w.-]*")
DECISIONS = ("decisionRef", "decisionId", "decisionTableReferenceKey")
PROGRAMS = (
    "class",
    "delegateExpression",
    "expression",
    "topic",
    "type",
    "taskDefinition",
    "resultVariable",
    "resultVariableName",
)


def convert_call(step: etree._Element, processes: frozenset[str], notes: Notes) -> None:
    """The called process by its id; its own diagram has to come along."""
    called = step.get("calledElement") or ""
    if not called and (named := setting(step, "processId")):
        what = written(step, "processId")
        if PLAIN.fullmatch(named):
            step.set("calledElement", named)
            take(step, "processId")
            notes.add("called", step, what, f"calledElement={named}")
        called = named
    if not PLAIN.fullmatch(called):
        notes.add("called-open", step, called)
    elif called not in processes:
        notes.add("called-missing", step, called)


def is_decision(step: etree._Element) -> bool:
    """A business rule task, or Flowable's service task that asks a table."""
    return local(step) == "businessRuleTask" or (
        local(step) == "serviceTask" and step.get(f"{{{FLOWABLE}}}type") == "dmn"
    )


def convert_decision(step: etree._Element, notes: Notes) -> None:
    """The decision table by its id; the table itself has to come along."""
    what = written(step, *DECISIONS)
    field = _field(step)
    table = next(filter(None, (setting(step, name) for name in DECISIONS)), "")
    if field is not None:
        table = _field_value(field)
        what = f"type=dmn {field.get('name')}={table}"
    if not PLAIN.fullmatch(table):
        if not _programs(step):
            notes.add("decision-open", step, what)
        else:
            notes.add("operation", step, _programs(step))
        return
    if local(step) == "serviceTask":
        step.tag = bpmn("businessRuleTask")
        take(step, "type")
    if field is not None:
        remove(field)
    take(step, *DECISIONS)
    named = etree.SubElement(extension_elements(step), f"{{{SPIFF}}}calledDecisionId")
    named.text = table
    notes.add("decision", step, what, f"calledDecisionId={table}")
    notes.add("decision-missing", step, table)


def _field(step: etree._Element) -> etree._Element | None:
    for one in extensions(step, "field"):
        if one.get("name") == "decisionTableReferenceKey":
            return one
    return None


def _field_value(field: etree._Element) -> str:
    inner = [*field, field]
    return next((text for one in inner if (text := (one.text or "").strip())), "") or (
        field.get("stringValue") or ""
    )


def convert_service(step: etree._Element, notes: Notes) -> None:
    """Which operation it is to be, nobody but a person can say."""
    kind = "mail" if setting(step, "type") == "mail" else "operation"
    notes.add(kind, step, _programs(step) or local(step))


def _programs(step: etree._Element) -> str:
    found = written(step, *PROGRAMS)
    for one in extensions(step, "taskDefinition"):
        found = f"{found} taskDefinition={one.get('type')}".strip()
    return found
