"""Leftovers of other workflow systems: each would be dropped, or fail at run time."""

import re

from lxml import etree

from workflows.engine.validation.faults import Report
from workflows.engine.validation.model import Diagram

RULES = {
    "foreign-extension": (
        "留有其他流程平台的扩展（camunda、flowable、activiti、zeebe 等），引擎会忽略。",
        "A leftover of another workflow system (camunda, flowable, activiti, zeebe …) that "
        "the engine would ignore.",
    ),
    "foreign-expression": (
        "留有其他平台的表达式（如 ${…}、Python 或 Java 写法），请改写为 FEEL。",
        "An expression of another language (${…}, Python or Java); write it in FEEL.",
    ),
}

SPACES = ("camunda", "flowable", "activiti", "zeebe", "jeecg", "bonita", "jbpm", "drools")
PLACEHOLDER = re.compile(r"[$#]\{")
# Signs that FEEL does not have, outside of its texts in double quotes.
NOT_FEEL = re.compile(
    r"==|&&|\|\||__|\blambda\b|\bimport\b|\b(?:True|False|None)\b|'[^']*'|!\s*\w|"
    r"\bis\s+(?:not\s+)?None\b|\.(?:get|equals|format|contains|size)\s*\(|\bnew\s+\w|;"
)
FEEL_TEXT = re.compile(r'"(?:[^"\\]|\\.)*"')


def is_foreign_space(tag: str) -> bool:
    """Say whether a tag or attribute belongs to another workflow system."""
    return tag.startswith("{") and any(name in tag.split("}")[0].lower() for name in SPACES)


def is_foreign_expression(text: str) -> bool:
    """Say whether an expression is plainly not FEEL."""
    return bool(PLACEHOLDER.search(text) or NOT_FEEL.search(FEEL_TEXT.sub('""', text)))


def check_foreign(diagram: Diagram, report: Report) -> None:
    """Name every leftover by the node it sits in."""
    for xml in diagram.root.iter("*"):
        for tag in (str(xml.tag), *map(str, xml.attrib)):
            if is_foreign_space(tag):
                report.add(diagram.file, "foreign-extension", xml, detail=_short(tag))
        for text in _texts(xml):
            if PLACEHOLDER.search(text):
                report.add(diagram.file, "foreign-expression", xml, detail=text)


def _texts(xml: etree._Element) -> list[str]:
    # A name with a placeholder is refused as a name.
    values = [str(value) for key, value in xml.attrib.items() if key != "name"]
    return [*values, xml.text or ""]


def _short(tag: str) -> str:
    space, _, name = tag[1:].partition("}")
    prefix = next(word for word in SPACES if word in space.lower())
    return f"{prefix}:{name}"
