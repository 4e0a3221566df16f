"""Rights by field at a step: what a person writes there, only reads, or does not see.

A form's layout says so for all its steps (`access` of a field) or for one of them:
`nodes: {step: {field: write | read | hide}}`, for a cell of its rows `items.problem`.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from workflows.entries import access_to, fixed_rows, has_rows, ui_of

Json = Mapping[str, Any]


def at(ui: Json, node: str) -> Json:
    """The layout as it is at this step."""
    rights = ui.get("nodes", {}).get(node)
    if not rights:
        return ui
    fields = dict(ui.get("fields", {}))
    for place, access in rights.items():
        name, _, cell = place.partition(".")
        fields[name] = _with(fields.get(name, {}), cell, access)
    return {**ui, "fields": fields}


def _with(look: Json, cell: str, access: str) -> Json:
    if not cell:
        return {**look, "access": access}
    cells = look.get("fields", {})
    return {**look, "fields": {**cells, cell: {**cells.get(cell, {}), "access": access}}}


def closed(schema: Json, ui: Json) -> frozenset[str]:
    """The fields that are not written, cells of rows as `items.problem`."""
    return frozenset(place for place, access in _places(schema, ui) if access != "write")


def hidden(schema: Json, ui: Json) -> frozenset[str]:
    """The fields that are not seen."""
    return frozenset(place for place, access in _places(schema, ui) if access == "hide")


def _places(schema: Json, ui: Json) -> Iterator[tuple[str, str]]:
    for name, field in schema.get("properties", {}).items():
        access = access_to(ui, name)
        yield name, access
        if access == "write" and has_rows(field):
            for cell in field["items"]["properties"]:
                yield f"{name}.{cell}", access_to(ui_of(ui, name), cell)


def without(answers: Json, places: frozenset[str]) -> dict[str, Any]:
    """The answers without these fields and cells."""
    kept = {name: value for name, value in answers.items() if name not in places}
    for place in places:
        name, _, cell = place.partition(".")
        if cell and isinstance(kept.get(name), list):
            kept[name] = [
                {k: v for k, v in row.items() if k != cell} if isinstance(row, dict) else row
                for row in kept[name]
            ]
    return kept


def whole(schema: Json, ui: Json, answers: Json, given: Json) -> dict[str, Any]:
    """The answers with what stands in the fields that are not written: nothing of it is lost."""
    filled = dict(answers)
    for name in schema.get("properties", {}):
        if access_to(ui, name) != "write":
            filled.pop(name, None)
            if name in given:
                filled[name] = given[name]
        elif fixed := fixed_rows(schema, ui, name, given):
            inner, rows = ui_of(ui, name), list(filled.get(name) or ())
            rows += [{}] * (len(fixed) - len(rows))
            filled[name] = [
                {**row, **_closed_cells(inner, fixed[at])} if at < len(fixed) else row
                for at, row in enumerate(rows)
            ]
    return filled


def _closed_cells(ui: Json, row: Json) -> dict[str, Any]:
    return {name: value for name, value in row.items() if access_to(ui, name) != "write"}
