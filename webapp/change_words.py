"""Changes between two versions, said so that an administrator understands them."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from flask_babel import LazyString, gettext
from flask_babel import lazy_gettext as _

from webapp.i18n import named
from workflows.differences import ADDED, CHANGED, REMOVED, Change

KINDS: dict[str, LazyString] = {
    "userTask": _("Step for a person"),
    "serviceTask": _("Automatic step"),
    "businessRuleTask": _("Decision table"),
    "callActivity": _("Called process"),
    "subProcess": _("Subprocess"),
    "exclusiveGateway": _("One way of several"),
    "parallelGateway": _("All ways at once"),
    "inclusiveGateway": _("One or more ways"),
    "eventBasedGateway": _("What comes first"),
    "start": _("Start"),
    "end": _("End"),
    "timer": _("Timer"),
    "message": _("Message"),
    "boundaryTimer": _("Timer at a step"),
    "boundaryMessage": _("Act beside a step"),
}
WHAT: dict[str, LazyString] = {
    "process": _("Process"),
    "diagram": _("Diagram"),
    "step": _("Step"),
    "flow": _("Flow"),
    "lane": _("Lane"),
    "form": _("Form"),
    "field": _("Form field"),
    "decision": _("Decision table"),
    "rule": _("Rule of a table"),
    "document": _("Document template"),
    "tests": _("Test cases of a table"),
}
HOW: dict[str, LazyString] = {ADDED: _("added"), REMOVED: _("removed"), CHANGED: _("changed")}
ASPECTS: dict[str, LazyString] = {
    "name": _("name"),
    "nameEn": _("English name"),
    "kind": _("kind"),
    "lane": _("lane"),
    "parent": _("subprocess"),
    "who": _("who does it"),
    "due": _("deadline"),
    "clock": _("what happens when it is overdue"),
    "timer": _("time"),
    "until": _("when enough have answered"),
    "sequential": _("one after the other"),
    "operation": _("what the system does"),
    "decision": _("decision table"),
    "message": _("message"),
    "attached_to": _("step it sits on"),
    "interrupting": _("ends the step"),
    "collection": _("for each of"),
    "called": _("called process"),
    "formKey": _("form"),
    "status": _("state shown"),
    "act": _("kind of act"),
    "basis": _("legal basis"),
    "documents": _("documents"),
    "batch": _("may be done in one go"),
    "opinion": _("opinion required"),
    "signature": _("signature"),
    "number": _("number of the case"),
    "key": _("one case per"),
    "variables": _("variables"),
    "requires": _("requires"),
    "bounded": _("rounds allowed"),
    "condition": _("condition"),
    "default": _("taken if no other is"),
    "drawing": _("only how it is drawn or written"),
    "writing": _("only how it is written"),
    "unreadable": _("cannot be compared until its faults are mended"),
    "title": _("name"),
    "title_en": _("English name"),
    "type": _("type"),
    "enum": _("choices"),
    "labels": _("names of the choices"),
    "labels_en": _("English names of the choices"),
    "widget": _("how it is entered"),
    "required": _("must be filled in"),
    "maxLength": _("longest text"),
    "minLength": _("shortest text"),
    "show_if": _("shown if"),
    "access": _("read or write"),
    "help": _("help"),
    "help_en": _("English help"),
    "order": _("order of the fields"),
    "allOf": _("rules between fields"),
    "hit_policy": _("hit policy"),
    "inputs": _("inputs"),
    "input_values": _("allowed inputs"),
    "outputs": _("outputs"),
    "output_values": _("possible outputs"),
    "defaults": _("outputs if no rule fits"),
}
YES_NO = {"True": _("yes"), "False": _("no"), "true": _("yes"), "false": _("no")}
HEADS = (
    _("Part"),
    _("Change"),
    _("Name of the part"),
    _("Id"),
    _("Place"),
    _("In which respect"),
    _("Before"),
    _("After"),
)


def lines(changes: Iterable[Change]) -> list[dict[str, Any]]:
    """One line of words for each change, with what the page needs to point at it."""
    return [
        {
            "what": WHAT.get(one.what, one.what),
            "how": HOW[one.how],
            "code": one.how,
            "name": _name(one),
            "id": one.id,
            "place": one.place,
            "aspect": _aspect(one),
            "before": _value(one, one.before),
            "after": _value(one, one.after),
            "drawn": one.what in ("step", "flow") and one.how != REMOVED,
            "points": one.what in ("step", "flow"),
        }
        for one in changes
    ]


def row(line: dict[str, Any]) -> list[object]:
    """The same for an exported list."""
    names = ("what", "how", "name", "id", "place", "aspect", "before", "after")
    return [line[name] for name in names]


def notes(changes: Sequence[Change]) -> dict[str, list[dict[str, str]]]:
    """What the viewer marks, by diagram."""
    found: dict[str, list[dict[str, str]]] = {}
    for one in changes:
        if one.what in ("step", "flow") and one.how != REMOVED:
            found.setdefault(one.place, []).append({"id": one.id, "kind": one.how})
    return found


def sides(
    changes: Sequence[Change], place: str, moved: Iterable[str]
) -> tuple[list[dict[str, str]], list[dict[str, str]]]:
    """What is marked in the drawings of two versions: gone, changed and moved in the one before,
    new, changed and moved in the one after."""
    before: dict[str, str] = dict.fromkeys(sorted(moved), "moved")
    after = dict(before)
    for one in changes:
        if one.place != place or one.what not in ("step", "flow"):
            continue
        if one.how != ADDED:
            before[one.id] = one.how
        if one.how != REMOVED:
            after[one.id] = one.how
    return _marks(before), _marks(after)


def _marks(kinds: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"id": key, "kind": kind} for key, kind in kinds.items()]


def summary(changes: Sequence[Change]) -> list[tuple[str, int, int, int]]:
    """How much is added, removed and changed, kind by kind."""
    found = []
    for what, label in WHAT.items():
        of_kind = [one for one in changes if one.what == what]
        added, removed, changed = (_count(of_kind, how) for how in (ADDED, REMOVED, CHANGED))
        if of_kind:
            found.append((str(label), added, removed, changed))
    return found


def _count(changes: Sequence[Change], how: str) -> int:
    return len({(one.place, one.id) for one in changes if one.how == how})


def _name(one: Change) -> str:
    if one.what == "rule":
        return str(gettext("%(table)s, rule %(row)s", table=one.name, row=one.id))
    return named(one.name, one.name_en)


def _aspect(one: Change) -> str:
    if one.what == "step" and one.how != CHANGED:
        return str(KINDS.get(one.aspect, one.aspect))
    return str(ASPECTS.get(one.aspect, one.aspect))


def _value(one: Change, value: str) -> str:
    if one.aspect == "kind":
        return str(KINDS.get(value, value))
    return str(YES_NO[value]) if value in YES_NO else value
