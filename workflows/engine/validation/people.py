"""Who acts: the grammar of the `who` setting."""

import re
from collections.abc import Collection

RULES = {
    "who-missing": (
        "没有写由谁办理（who）。",
        "It does not say who acts (who).",
    ),
    "who-unreadable": (
        "办理人规则的写法不对。",
        "The rule of who acts is not in the grammar.",
    ),
    "who-unknown-node": (
        "办理人规则引用的节点不存在，或不是由人办理。",
        "The rule of who acts names a node that does not exist or that no person does.",
    ),
}

TERM = re.compile(r"([a-z_]+)(?:\(([^()]*)\))?")
ARGUMENT = re.compile(r"[^\W\d][\w.]*")
# term -> how many arguments it takes
ARITY = {
    "role": (1, 1),
    "post": (2, 2),
    "line_superior": (1, 1),
    "level": (2, 2),
    "min": (0, 0),
    "subject": (0, 0),
    "case": (1, 1),
    "item": (1, 1),
    "same": (1, 1),
    "not": (1, 1),
    "external": (1, 1),
}
RANKS = frozenset({"deputy", "principal", "collective"})


def who_fault(text: str, people_nodes: Collection[str]) -> tuple[str, str] | None:
    """Return the rule that a who setting breaks, and the part that breaks it."""
    terms = _terms(text)
    if not terms:
        return ("who-unreadable", text)
    for place, term in enumerate(terms):
        fault = _term_fault(term, people_nodes, first=place == 0)
        if fault is not None:
            return (fault, term)
    return None


def _terms(text: str) -> list[str]:
    """Split at the spaces outside of brackets."""
    return re.findall(r"[^\s()]*\([^()]*\)\S*|\S+", text)


def _term_fault(term: str, people_nodes: Collection[str], *, first: bool) -> str | None:
    match = TERM.fullmatch(term)
    if match is None or match[1] not in ARITY:
        return "who-unreadable"
    name = match[1]
    arguments = [part.strip() for part in match[2].split(",")] if match[2] is not None else []
    fewest, most = ARITY[name]
    if not fewest <= len(arguments) <= most or not all(map(ARGUMENT.fullmatch, arguments)):
        return "who-unreadable"
    if name == "not" and first:
        return "who-unreadable"
    if name == "level" and arguments[1] not in RANKS and "." not in arguments[1]:
        return "who-unreadable"
    if name in {"same", "not"} and arguments[0] not in people_nodes:
        return "who-unknown-node"
    return None
