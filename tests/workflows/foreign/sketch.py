"""One step, flow or event in the words of another system, and what becomes of it."""

from lxml import etree

from workflows import foreign
from workflows.engine.nodes import properties_of
from workflows.foreign import Conversion

ROLES = ("supervisor", "handler")
HEAD = """<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"
 xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
 xmlns:camunda="http://camunda.org/schema/1.0/bpmn" xmlns:zeebe="http://camunda.org/schema/zeebe/1.0"
 xmlns:flowable="http://flowable.org/bpmn" xmlns:activiti="http://activiti.org/bpmn"
 xmlns:oa="http://oa.example.cn/ext" id="defs" {root}>
 <process id="p" name="办理" isExecutable="true" {process}><startEvent id="s" {start}/>"""
TAIL = '<endEvent id="e"/></process></definitions>'


def file(inner: str, *, root: str = "", process: str = "", start: str = "") -> bytes:
    return (HEAD.format(root=root, process=process, start=start) + inner + TAIL).encode()


def read(inner: str, **head: str) -> Conversion:
    return foreign.read(file(inner, **head), roles=ROLES)


def step(attributes: str = "", inside: str = "", kind: str = "userTask") -> str:
    return f'<{kind} id="t" name="审批" {attributes}>{inside}</{kind}>'


def extended(inside: str) -> str:
    return step(inside=f"<extensionElements>{inside}</extensionElements>")


def kinds(found: Conversion, *, of: str = "t") -> set[str]:
    """The kinds of what was told of one element."""
    return {note.kind for note in found.notes if note.element == of}


def element(found: Conversion, name: str = "t") -> etree._Element:
    """An element of the diagram that was made."""
    root = etree.fromstring(found.diagram)
    return next(xml for xml in root.iter("*") if xml.get("id") == name)


def settings(found: Conversion) -> dict[str, str]:
    """Our settings of the step."""
    return properties_of(element(found))


def said(found: Conversion, kind: str) -> str:
    """What was told of a thing of that kind, in both languages."""
    return next(f"{note.zh} {note.en}" for note in found.notes if note.kind == kind)
