"""A form changed step by step: each edit changes what it is about, and nothing else.

What the editor does not know (further keys, rules between fields) stays as it stands. A field is
named by its path: `reason`, or `items.problem` for a cell of rows.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from workflows import form_kinds
from workflows.entries import has_rows
from workflows.errors import Invalid

NAME = re.compile(r"[^\W\d_]\w{0,59}")
OUTSIDE = re.compile(r'("(?:[^"\\]|\\.)*")')
MOST_FIELDS = 100
NEW = ("新字段", "New field")


@dataclass
class Form:
    """Both files of a form, to be changed."""

    schema: dict[str, Any]
    ui: dict[str, Any]

    def around(self, path: str) -> tuple[dict[str, Any], dict[str, Any]]:
        """The schema and the layout in which the field of a path stands; Invalid if in none."""
        name, _, cell = path.partition(".")
        if not cell:
            return self.schema, self.ui
        part = _dict(self.schema.get("properties")).get(name)
        if not isinstance(part, dict) or not has_rows(part):
            raise gone(path)
        return part["items"], looks(self.ui, make=True).setdefault(name, {})

    def part(self, path: str) -> dict[str, Any]:
        """What the schema says of a field; Invalid where there is none of that name."""
        schema, _ = self.around(path)
        found = _dict(schema.get("properties")).get(last(path))
        if not isinstance(found, dict):
            raise gone(path)
        return found

    def look(self, path: str) -> Mapping[str, Any]:
        """What the layout says of a field."""
        name, _, cell = path.partition(".")
        look = _dict(looks(self.ui).get(name))
        return _dict(looks(look).get(cell)) if cell else look

    def look_to_change(self, path: str) -> dict[str, Any]:
        _, ui = self.around(path)
        found = looks(ui, make=True).setdefault(last(path), {})
        return found if isinstance(found, dict) else {}

    def has(self, path: str) -> bool:
        try:
            self.part(path)
        except Invalid:
            return False
        return True


def gone(path: str) -> Invalid:
    return Invalid("The form has no field {name}.", name=path[:80])


def last(path: str) -> str:
    return path.rpartition(".")[2]


def _dict(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def looks(ui: Mapping[str, Any], *, make: bool = False) -> dict[str, Any]:
    """The part of a layout that is about single fields."""
    if make and isinstance(ui, dict) and not isinstance(ui.get("fields"), dict):
        ui["fields"] = {}
    return _dict(ui.get("fields"))


def order(schema: Mapping[str, Any], ui: Mapping[str, Any]) -> list[str]:
    """The fields as the page shows them."""
    properties = _dict(schema.get("properties"))
    said = ui.get("order")
    names = [*(said if isinstance(said, list) else ()), *properties]
    return [one for one in dict.fromkeys(map(str, names)) if one in properties]


def paths(form: Form) -> list[str]:
    """Every field in order, the cells of rows after their field."""
    found = []
    for name in order(form.schema, form.ui):
        found.append(name)
        part = form.schema["properties"][name]
        if isinstance(part, dict) and has_rows(part):
            found += [f"{name}.{cell}" for cell in order(part["items"], form.look(name))]
    return found


def move(form: Form, path: str, by: int) -> None:
    """The field stands so many places further down, or at the end it comes to."""
    schema, ui = form.around(path)
    form.part(path)
    names = order(schema, ui)
    at = names.index(last(path))
    to = min(max(at + by, 0), len(names) - 1)
    if to != at:
        names.insert(to, names.pop(at))
        ui["order"] = names


def add(form: Form, kind: str, *, after: str = "", within: str = "") -> str:
    """A new field of the kind, after another or at the end; returns its path."""
    if kind not in form_kinds.KINDS or (within and not form_kinds.KINDS[kind].in_rows):
        raise Invalid("There is no such kind of field.")
    made = form_kinds.KINDS[kind]
    path = _free(form, f"{within}.field" if within else "field")
    part = {**form_kinds.made(made, {}), "title": NEW[0], "title_en": NEW[1], **made.limits}
    look: dict[str, Any] = {"widget": made.widget}
    if kind in ("choice", "choices"):
        (part if kind == "choice" else part["items"])["enum"] = ["option_1", "option_2"]
        look["labels"] = {"option_1": "选项一", "option_2": "选项二"}
        look["labels_en"] = {"option_1": "Option 1", "option_2": "Option 2"}
    _insert(form, path, part, look, after=after)
    return path


def _insert(
    form: Form, path: str, part: dict[str, Any], look: dict[str, Any], *, after: str
) -> None:
    schema, ui = form.around(path)
    if len(_dict(schema.get("properties"))) >= MOST_FIELDS:
        raise Invalid("A form may have {most} fields.", most=MOST_FIELDS)
    names = order(schema, ui)
    at = names.index(last(after)) + 1 if last(after) in names else len(names)
    names.insert(at, last(path))
    schema.setdefault("properties", {})[last(path)] = part
    ui["order"] = names
    looks(ui, make=True)[last(path)] = look


def _free(form: Form, path: str) -> str:
    number, found = 1, path
    while form.has(found):
        number += 1
        found = f"{path}_{number}"
    return found


def duplicate(form: Form, path: str) -> str:
    """The same field once more, after it; returns its path. Rights by step are copied."""
    schema, _ = form.around(path)
    part, look = _copy(form.part(path)), _copy(form.look(path))
    made = _free(form, re.sub(r"_\d+$", "", path))
    _insert(form, made, part, look, after=path)
    required = schema.get("required")
    if isinstance(required, list) and last(path) in required:
        required.append(last(made))
    for rights in _rights(form):
        for place in [one for one in rights if one == path or one.startswith(f"{path}.")]:
            rights[made + place.removeprefix(path)] = rights[place]
    return made


def _copy(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _copy(one) for name, one in value.items()}
    return [_copy(one) for one in value] if isinstance(value, list) else value


def _rights(form: Form) -> list[dict[str, Any]]:
    nodes = _dict(form.ui.get("nodes"))
    return [one for one in nodes.values() if isinstance(one, dict)]


def depending(form: Form, path: str) -> list[str]:
    """What would miss the field: others that are shown by it, rules of the form."""
    schema, ui = form.around(path)
    name, found = last(path), []
    for other, look in looks(ui).items():
        if other != name and name in _names(str(_dict(look).get("show_if", ""))):
            found.append(other)
    if "." not in path:
        for rows, look in looks(ui).items():
            inside = looks(_dict(look)).items() if rows != name else ()
            found += [
                f"{rows}.{cell}"
                for cell, own in inside
                if name in _names(str(_dict(own).get("show_if", "")))
            ]
    for rule in schema.get("allOf") or ():
        if name in _dict(_dict(_dict(rule).get("if")).get("properties")):
            found += [one for one in _then(rule) if one != name]
    return list(dict.fromkeys(found))


def _names(text: str) -> set[str]:
    return set(re.findall(r"\w+", " ".join(OUTSIDE.split(text)[::2])))


def _then(rule: Any) -> list[str]:
    then = _dict(_dict(rule).get("then"))
    return [str(one) for one in (*(then.get("required") or ()), *_dict(then.get("properties")))]


def remove(form: Form, path: str) -> None:
    """The field is gone, from both files; Invalid where others depend on it."""
    if others := depending(form, path):
        raise Invalid(
            "{name} decides over other fields ({others}): change their conditions first.",
            name=path,
            others=", ".join(others),
        )
    form.part(path)
    schema, ui = form.around(path)
    name = last(path)
    del schema["properties"][name]
    looks(ui).pop(name, None)
    if isinstance(ui.get("order"), list):
        ui["order"] = [one for one in ui["order"] if one != name]
    _require(schema, name, is_required=False)
    _without_rules(schema, name)
    for rights in _rights(form):
        for place in [one for one in rights if one == path or one.startswith(f"{path}.")]:
            del rights[place]
    tidy_rights(form)


def _require(schema: dict[str, Any], name: str, *, is_required: bool) -> None:
    before = schema.get("required")
    names = before if isinstance(before, list) else []
    if is_required == (name in names):
        return
    left = [*names, name] if is_required else [one for one in names if one != name]
    if left:
        schema["required"] = left
    else:
        schema.pop("required", None)


def require(form: Form, path: str, *, is_required: bool) -> None:
    """The field must be filled in, or need not."""
    schema, _ = form.around(path)
    _require(schema, last(path), is_required=is_required)


def _without_rules(schema: dict[str, Any], name: str) -> None:
    """Rules by which the field would be required; one that asks for nothing any more goes."""
    if not isinstance(schema.get("allOf"), list):
        return
    kept = []
    for rule in schema["allOf"]:
        then = _dict(_dict(rule).get("then"))
        asked = then.get("required")
        if isinstance(asked, list) and name in asked:
            then["required"] = [one for one in asked if one != name]
            if not then["required"]:
                del then["required"]
            if not then:
                continue
        kept.append(rule)
    if kept:
        schema["allOf"] = kept
    else:
        del schema["allOf"]


def rename(form: Form, path: str, key: str) -> str:
    """The field has another key, wherever the form itself speaks of it; returns its path."""
    form.part(path)
    made = f"{path.rpartition('.')[0]}.{key}" if "." in path else key
    if made == path:
        return path
    if not NAME.fullmatch(key) or key == "csrf_token":
        raise Invalid("A key is a letter, then letters, digits or _, sixty at most.")
    if form.has(made):
        raise Invalid("The form has a field {name} already.", name=made)
    _rename_in(form, path, key)
    for step, rights in _dict(form.ui.get("nodes")).items():
        if isinstance(rights, dict):
            form.ui["nodes"][step] = {_moved(one, path, made): r for one, r in rights.items()}
    return made


def _rename_in(form: Form, path: str, key: str) -> None:
    schema, ui = form.around(path)
    old = last(path)
    schema["properties"] = _rekeyed(schema["properties"], old, key)
    if isinstance(ui.get("fields"), dict):
        ui["fields"] = _rekeyed(ui["fields"], old, key)
    for holder, name in ((ui, "order"), (schema, "required")):
        if isinstance(holder.get(name), list):
            holder[name] = [key if one == old else one for one in holder[name]]
    if isinstance(schema.get("allOf"), list):
        schema["allOf"] = _in_rules(schema["allOf"], old, key)
    _in_conditions(ui, old, key, deep="." not in path)


def _moved(place: str, path: str, made: str) -> str:
    is_it = place == path or place.startswith(f"{path}.")
    return made + place.removeprefix(path) if is_it else place


def _rekeyed(values: Mapping[str, Any], old: str, new: str) -> dict[str, Any]:
    return {new if name == old else name: value for name, value in values.items()}


def _in_rules(rule: Any, old: str, new: str) -> Any:
    if isinstance(rule, list):
        return [_in_rules(one, old, new) for one in rule]
    if not isinstance(rule, dict):
        return rule
    found = {name: _in_rules(value, old, new) for name, value in rule.items()}
    if isinstance(found.get("properties"), dict):
        found["properties"] = _rekeyed(found["properties"], old, new)
    if isinstance(found.get("required"), list):
        found["required"] = [new if one == old else one for one in found["required"]]
    return found


def _in_conditions(ui: dict[str, Any], old: str, new: str, *, deep: bool) -> None:
    for look in looks(ui).values():
        if not isinstance(look, dict):
            continue
        if isinstance(look.get("show_if"), str):
            parts = OUTSIDE.split(look["show_if"])
            parts[::2] = [re.sub(rf"\b{re.escape(old)}\b", new, one) for one in parts[::2]]
            look["show_if"] = "".join(parts)
        if deep:
            _in_conditions(look, old, new, deep=False)


def tidy_rights(form: Form) -> None:
    """No step is named at which nothing is said."""
    nodes = form.ui.get("nodes")
    if isinstance(nodes, dict):
        form.ui["nodes"] = {step: rights for step, rights in nodes.items() if rights}
        if not form.ui["nodes"]:
            del form.ui["nodes"]


Edit = Callable[[Form], Any]
