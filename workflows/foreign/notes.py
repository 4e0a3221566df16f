"""What was found in a foreign diagram, told by the node it stands at."""

from dataclasses import dataclass, field

from lxml import etree

from workflows.engine.validation.model import local
from workflows.engine.validation.vocabulary import ALL_NODES
from workflows.foreign.rules import RULES

MOST = 1_000
LONGEST = 300
NAMED = ALL_NODES | {
    "definitions",
    "collaboration",
    "participant",
    "process",
    "lane",
    "sequenceFlow",
    "message",
    "signal",
    "error",
    "escalation",
    "itemDefinition",
    "property",
    "dataStore",
    "dataStoreReference",
}
Texts = tuple[str, str]


@dataclass(frozen=True)
class Note:
    """One thing: where it stood, what was written there, what became of it, and why."""

    kind: str
    element: str
    name: str
    what: str
    became: str
    zh: str
    en: str

    @property
    def state(self) -> str:
        return RULES[self.kind].state


@dataclass
class Notes:
    """The things found so far, each once."""

    found: dict[Note, None] = field(default_factory=dict)

    def add(
        self,
        kind: str,
        where: etree._Element,
        what: str = "",
        became: str = "",
        *,
        because: Texts | None = None,
    ) -> None:
        """Note a thing of that kind at the node, flow or process around `where`."""
        rule, owner = RULES[kind], owner_of(where)
        zh, en = because or ("", "")
        note = Note(
            kind,
            owner.get("id") or "",
            name_of(owner),
            _short(what),
            _short(became),
            rule.zh + (f"（{_short(zh)}）" if zh else ""),
            rule.en + (f" ({_short(en)})" if en else ""),
        )
        if len(self.found) < MOST:
            self.found.setdefault(note)


def owner_of(where: etree._Element) -> etree._Element:
    """The node, flow, lane or process that an element belongs to."""
    for one in (where, *where.iterancestors()):
        if local(one) in NAMED:
            return one
    return where


def name_of(xml: etree._Element) -> str:
    """The name people know it by; a flow without one is told by its two ends."""
    name = " ".join((xml.get("name") or "").split())
    if name or local(xml) != "sequenceFlow":
        return _short(name)
    scope = xml.getparent()
    ends = [xml.get("sourceRef") or "", xml.get("targetRef") or ""]
    names = {} if scope is None else {one.get("id"): one.get("name") for one in scope}
    return _short(" → ".join(names.get(end) or end for end in ends))


def _short(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"
