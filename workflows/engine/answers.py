"""Which answers are dates: forms say so, JSON does not. Kept with the compiled definition."""

from collections.abc import Mapping
from typing import Any

import orjson

from workflows.engine.errors import DiagramFault
from workflows.engine.nodes import Node

_TEMPORAL = frozenset({"date", "date-time", "time", "duration"})


def types_of(nodes: Mapping[str, Node], forms: Mapping[str, bytes]) -> dict[str, Any]:
    """For each node whose answers hold dates, the part of its schema that says where."""
    return _Types(nodes, forms).all()


class _Types:
    def __init__(self, nodes: Mapping[str, Node], forms: Mapping[str, bytes]) -> None:
        self.nodes = nodes
        self.forms = forms

    def all(self) -> dict[str, Any]:
        found = {name: self.of_node(node) for name, node in self.nodes.items()}
        return {name: schema for name, schema in found.items() if schema}

    def of_node(self, node: Node) -> dict[str, Any] | None:
        if node.collection is None:
            return self.of_form(node)
        item = self.of_form(node) or self.of_scope(node)
        return {"additionalProperties": item} if item else None

    def of_form(self, node: Node) -> dict[str, Any] | None:
        key = node.properties.get("formKey", node.id)
        content = self.forms.get(f"{key}.schema.json")
        if content is None:
            return None
        try:
            return _temporal_part(orjson.loads(content))
        except orjson.JSONDecodeError as fault:
            raise DiagramFault(
                f"The form {key} is not JSON.", f"表单 {key} 不是有效的 JSON。", node=node.id
            ) from fault

    def of_scope(self, scope: Node) -> dict[str, Any] | None:
        inside = {node.id: self.of_node(node) for node in self.inside(scope)}
        return _properties(inside)

    def inside(self, scope: Node) -> list[Node]:
        """The nodes whose answers stand in the scope itself."""
        found: list[Node] = []
        for node in self.nodes.values():
            within = node.parent == scope.id and scope.called is None
            if within or (node.process == scope.called and node.parent is None):
                found.append(node)
                if node.collection is None and (node.kind == "subProcess" or node.called):
                    found.extend(self.inside(node))
        return found


def _temporal_part(schema: Any) -> dict[str, Any] | None:
    if not isinstance(schema, Mapping):
        return None
    if schema.get("format") in _TEMPORAL:
        return {"format": schema["format"]}
    items = _temporal_part(schema.get("items"))
    if items:
        return {"items": items}
    fields = schema.get("properties")
    if not isinstance(fields, Mapping):
        return None
    return _properties({name: _temporal_part(field) for name, field in fields.items()})


def _properties(parts: Mapping[str, dict[str, Any] | None]) -> dict[str, Any] | None:
    found = {name: part for name, part in parts.items() if part}
    return {"properties": found} if found else None
