"""Conditions of flows."""

from lxml import etree

from workflows.engine.validation.model import Step, text_of
from workflows.engine.validation.vocabulary import ACTIVITIES, UNSUPPORTED_NODES, bpmn
from workflows.foreign.dialects import setting
from workflows.foreign.expressions import Uncertain, to_feel
from workflows.foreign.notes import Notes


def convert(flow: etree._Element, source: Step | None, notes: Notes) -> frozenset[str]:
    """The condition of a flow; returns the variables that it reads."""
    condition = flow.find(bpmn("conditionExpression"))
    if condition is None:
        return frozenset()
    if source is not None and source.kind in ACTIVITIES | UNSUPPORTED_NODES:
        notes.add("condition-misplaced", flow, text_of(condition))
    language = condition.get("language") or ""
    if setting(condition, "resource") or (language and "feel" not in language.lower()):
        notes.add("script", flow, f"{language} {text_of(condition)}")
        return frozenset()
    text = text_of(condition)
    if not text:
        return frozenset()
    try:
        made = to_feel(text)
    except Uncertain as reason:
        notes.add("condition-open", flow, text, because=(reason.zh, reason.en))
        return frozenset()
    condition.text = made.text
    notes.add("condition", flow, text, made.text)
    return made.names
