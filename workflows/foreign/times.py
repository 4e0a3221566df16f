"""Timers: what is ISO 8601 stays, a variable becomes FEEL, all else is told."""

import re

from lxml import etree

from workflows.engine.validation.model import text_of
from workflows.engine.validation.timers import KINDS, is_literal, literal_fault
from workflows.engine.validation.vocabulary import bpmn
from workflows.foreign.expressions import Uncertain, to_feel
from workflows.foreign.notes import Notes

WRAPPED = re.compile(r"[$#]\{|=")


def convert(event: etree._Element, notes: Notes) -> frozenset[str]:
    """The time of a timer event; returns the variables that it reads."""
    names: frozenset[str] = frozenset()
    for kind in KINDS:
        for xml in event.iterchildren(bpmn(kind)):
            names |= _convert(kind, xml, notes)
    return names


def _convert(kind: str, xml: etree._Element, notes: Notes) -> frozenset[str]:
    text = text_of(xml)
    plain = text.removeprefix("=").strip()
    if plain[:1] == plain[-1:] == '"' and is_literal(plain[1:-1]):
        plain = plain[1:-1]  # a constant text of FEEL
    if is_literal(plain) and literal_fault(kind, plain) is None:
        if plain != text:
            xml.text = plain
            notes.add("timer", xml, text, plain)
        return frozenset()
    if not WRAPPED.match(text):
        notes.add("timer-open", xml, text)
        return frozenset()
    try:
        made = to_feel(text, condition=False)
    except Uncertain as reason:
        notes.add("timer-open", xml, text, because=(reason.zh, reason.en))
        return frozenset()
    xml.text = made.text
    notes.add("timer", xml, text, made.text)
    return made.names
