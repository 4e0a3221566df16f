"""Rights by field at the steps that show a form: of steps and fields that there are, and such that
what is required can be written somewhere."""

from collections.abc import Iterator, Mapping
from typing import Any

RULES = {
    "form-step-unknown": (
        "表单为没有使用它的节点规定了字段权限。",
        "The form gives rights at a step that does not show it.",
    ),
    "form-step-field": (
        "节点的字段权限提到了表单没有的字段。",
        "The rights at a step name a field that the form does not have.",
    ),
    "form-never-written": (
        "必填字段在使用该表单的节点上都不能填写，永远不会有内容。",
        "A required field can be written at no step that shows the form: it would stay empty.",
    ),
    "form-step-batch": (
        "可批量办理的节点上有不能填写的字段，各办件内容不同，不能批量办理。",
        "A step that can be done in a batch has fields that are not written there; what stands in "
        "them differs from case to case.",
    ),
}
Json = Mapping[str, Any]


def faults_of(
    key: str, schema: Json, ui: Json, steps: Mapping[str, Mapping[str, str]]
) -> Iterator[tuple[str, str]]:
    """Yield each rule that the rights by step break; `steps` are those that show the form, each
    with its settings."""
    nodes = ui.get("nodes", {})
    if not isinstance(nodes, dict) or not all(isinstance(one, dict) for one in nodes.values()):
        return  # said of the page already
    for node in sorted(nodes.keys() - steps.keys()):
        yield "form-step-unknown", f"{key}: {node}"
    places = dict(_places(schema, ui))
    for node, rights in nodes.items():
        for place in sorted(rights.keys() - places.keys()):
            yield "form-step-field", f"{key}: {node}.{place}"
    if steps:
        yield from _never_written(key, schema, places, [nodes.get(node, {}) for node in steps])
    for node, settings in steps.items():
        rights = {**places, **nodes.get(node, {})}
        if settings.get("batch") == "yes" and any(one != "write" for one in rights.values()):
            yield "form-step-batch", f"{key}: {node}"


def _never_written(
    key: str, schema: Json, places: Mapping[str, str], rights: list[Mapping[str, str]]
) -> Iterator[tuple[str, str]]:
    for place in places:
        name, _, cell = place.partition(".")
        around = schema if not cell else schema["properties"][name]["items"]
        said = [one.get(place, places[place]) for one in rights]
        is_closed = all(one in ("read", "hide") for one in said)
        if is_closed and (cell or name) in around.get("required", ()):
            yield "form-never-written", f"{key}: {place}"


def _places(schema: Json, ui: Json) -> Iterator[tuple[str, str]]:
    """Every field and cell with the right that holds at all steps."""
    for name, field in schema["properties"].items():
        look = _mapping(_mapping(ui.get("fields")).get(name))
        yield name, str(look.get("access", "write"))
        inner = _mapping(_mapping(field.get("items")).get("properties"))
        for cell in inner:
            own = _mapping(_mapping(look.get("fields")).get(cell))
            yield f"{name}.{cell}", str(own.get("access", "write"))


def _mapping(value: object) -> Json:
    return value if isinstance(value, dict) else {}
