"""What none of our pages sends: a field that its form does not have, an option it did not offer."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from workflows.entries import access_to, has_rows, ui_of
from workflows.forms import Fault

Choices = Callable[[str, str], Sequence[tuple[str, str]]]
Leaf = tuple[str, str, Mapping[str, Any], Any]  # path, field, its schema, its value

BESIDE = frozenset({"csrf_token", "task"})  # what a page sends beside its fields; and all of _…
SUFFIXES = ("-box", "-confirmed", "-find", "-upload")
MOST = 20  # are named: a page that was forged need not be mended
LONGEST = 60


def faults(
    schema: Mapping[str, Any],
    ui: Mapping[str, Any],
    answers: Mapping[str, Any],
    *,
    sent: Mapping[str, Sequence[str]],
    choices: Choices,
) -> dict[str, Fault]:
    """By path; nothing for what was typed into a page as it was shown."""
    found = dict.fromkeys(not_offered(schema, answers, choices), NOT_OFFERED)
    for name in strangers(schema, ui, sent)[:MOST]:
        found.setdefault(name[:LONGEST], STRANGE)
    return found


STRANGE = Fault("This field is not part of the form.")
NOT_OFFERED = Fault("Please choose one of the list.")


def strangers(
    schema: Mapping[str, Any], ui: Mapping[str, Any], sent: Mapping[str, Sequence[str]]
) -> list[str]:
    """Names under which something was sent although nobody could fill them in."""
    return [
        name
        for name in sent
        if not name.startswith("_") and name not in BESIDE and not _is_input(schema, ui, name)
    ]


def _is_input(schema: Mapping[str, Any], ui: Mapping[str, Any], name: str) -> bool:
    suffix = next((one for one in SUFFIXES if name.endswith(one)), "")
    parts = name.removesuffix(suffix).split("-")
    field = schema.get("properties", {}).get(parts[0])
    if field is None or access_to(ui, parts[0]) != "write":
        return False
    if not has_rows(field):
        return len(parts) == 1
    if len(parts) != 3 or not parts[1].isdecimal():
        return False
    within = parts[2] in field["items"].get("properties", {})
    return within and access_to(ui_of(ui, parts[0]), parts[2]) == "write"


def not_offered(
    schema: Mapping[str, Any], answers: Mapping[str, Any], choices: Choices
) -> Iterator[str]:
    """Paths of the answers that point to something the person's lists do not hold."""
    offered: dict[tuple[str, str], set[str]] = {}
    for path, name, field, value in _leaves(schema, answers):
        ref = f"codes:{field['x-codes']}" if "x-codes" in field else field.get("x-ref")
        if ref is None:
            continue
        if (ref, name) not in offered:
            offered[ref, name] = {option for option, _ in choices(ref, name)}
        chosen = list(value) if isinstance(value, list | dict) else [value]
        if not offered[ref, name].issuperset(map(str, chosen)):
            yield path


def _leaves(schema: Mapping[str, Any], answers: Mapping[str, Any]) -> Iterator[Leaf]:
    fields = schema.get("properties", {})
    for name, value in answers.items():
        field = fields.get(name, {})
        if not (has_rows(field) and isinstance(value, list)):
            yield name, name, field, value
            continue
        inner = field["items"]["properties"]
        for index, row in enumerate(value):
            for key, cell in row.items():
                yield f"{name}-{index}-{key}", key, inner.get(key, {}), cell
