"""A fault of a diagram, and the report in which the checks gather them."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from lxml import etree

from workflows.engine.validation.vocabulary import SPIFF

# Nobody reads further, and a hostile file must not fill the memory with complaints.
MOST_FAULTS = 300
LONGEST_DETAIL = 200

Texts = tuple[str, str]


@dataclass(frozen=True)
class Fault:
    """One reason, in Chinese and in English, why a file cannot be published."""

    file: str
    element: str | None
    name: str | None
    rule: str
    zh: str
    en: str


@dataclass
class Report:
    """The faults found so far, worded by the table of rules."""

    rules: Mapping[str, Texts]
    faults: list[Fault] = field(default_factory=list)

    def add(
        self,
        file: str,
        rule: str,
        where: etree._Element | None = None,
        *,
        detail: str | Texts = "",
    ) -> None:
        """Note that `rule` is broken in `file` at the element `where`, once."""
        element = _owner(where)
        zh, en = self.rules[rule]
        tail_zh, tail_en = (detail, detail) if isinstance(detail, str) else detail
        fault = Fault(
            file,
            None if element is None else element.get("id"),
            None if element is None else element.get("name"),
            rule,
            zh + _quoted(tail_zh, "（", "）"),
            en + _quoted(tail_en, " (", ")"),
        )
        if fault not in self.faults and len(self.faults) < MOST_FAULTS:
            self.faults.append(fault)


def _owner(where: etree._Element | None) -> etree._Element | None:
    """Return the nearest element that has an id: the one a person can click on."""
    while where is not None and (not where.get("id") or SPIFF in str(where.tag)):
        where = where.getparent()
    return where


def _quoted(detail: str, opening: str, closing: str) -> str:
    text = " ".join(detail.split())
    if len(text) > LONGEST_DETAIL:
        text = text[:LONGEST_DETAIL] + "…"
    return f"{opening}{text}{closing}" if text else ""
