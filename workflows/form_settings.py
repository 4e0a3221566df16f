"""What is said of one field of a form, as an editor shows and sets it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from workflows import form_edits, form_kinds
from workflows.engine import feel
from workflows.form_edits import Form, last
from workflows.forms import Fault

OF_PART = ("title", "title_en")
OF_LOOK = ("help", "help_en", "heading", "heading_en", "show_if")
OF_FORM = ("title", "title_en")
OF_LAYOUT = ("help", "help_en")
ACCESS = ("write", "read", "hide")
Faults = dict[str, Fault]


@dataclass(frozen=True)
class Option:
    """One of the choices of a field."""

    value: str
    zh: str
    en: str


def options_of(form: Form, path: str) -> list[Option]:
    """The choices that the form itself offers for a field; for yes and no their words."""
    part, look = form.part(path), form.look(path)
    zh, en = look.get("labels"), look.get("labels_en")
    zh, en = (one if isinstance(one, dict) else {} for one in (zh, en))
    values = ["true", "false"] if part.get("type") == "boolean" else _values(part)
    return [Option(one, str(zh.get(one, "")), str(en.get(one, ""))) for one in values]


def _values(part: Mapping[str, Any]) -> list[str]:
    items = part.get("items")
    found = part.get("enum") or (items.get("enum") if isinstance(items, dict) else None)
    return [str(one) for one in found] if isinstance(found, list) else []


def put_whole(form: Form, said: Mapping[str, str]) -> None:
    """Title and help of the form, and whether what is typed is kept as a draft at once."""
    for name in OF_FORM:
        _put_text(form.schema, name, said.get(name))
    for name in OF_LAYOUT:
        _put_text(form.ui, name, said.get(name))
    if "autosave" in said and bool(said["autosave"]) != bool(form.ui.get("autosave")):
        if said["autosave"]:
            form.ui["autosave"] = True
        else:
            del form.ui["autosave"]


def _put_text(holder: dict[str, Any], name: str, text: str | None) -> None:
    if text is None or text == holder.get(name, ""):
        return
    if text:
        holder[name] = text
    else:
        holder.pop(name, None)


def put(form: Form, path: str, said: Mapping[str, str]) -> Faults:
    """What was said of a field holds, but for what is at fault; what was not said stays."""
    part = form.part(path)
    kind = said.get("kind", "")
    if kind in form_kinds.KINDS and kind != form_kinds.kind_of(part, form.look(path)):
        _turn(form, path, kind)
        return {}  # what was typed was typed for the kind before
    for name in OF_PART:
        _put_text(part, name, said.get(name))
    look = dict(form.look(path))
    for name in (*OF_LOOK, "widget"):
        _put_text(look, name, said.get(name))
    if look != form.look(path):
        _keep(form.look_to_change(path), look)
    if "required" in said:
        form_edits.require(form, path, is_required=bool(said["required"]))
    if said.get("codes") and "x-codes" in part:
        part["x-codes"] = said["codes"]
    return {**_put_limits(part, said), **show_if_fault(form, path)}


def _keep(holder: dict[str, Any], values: Mapping[str, Any]) -> None:
    for name in [one for one in holder if one not in values]:
        del holder[name]
    holder.update(values)


def _turn(form: Form, path: str, name: str) -> None:
    """The field is of another kind; what has nothing to do with that stays."""
    schema, _ = form.around(path)
    kind = form_kinds.KINDS[name]
    if "." in path and not kind.in_rows:
        return
    schema["properties"][last(path)] = made = form_kinds.made(kind, form.part(path))
    for limit, value in kind.limits.items():
        made[limit] = value
    look = form.look_to_change(path)
    look["widget"] = kind.widget
    if not _values(made) and made.get("type") != "boolean":
        for words in ("labels", "labels_en"):
            look.pop(words, None)


def _put_limits(part: dict[str, Any], said: Mapping[str, str]) -> Faults:
    faults: Faults = {}
    for name in form_kinds.limits_of(part):
        text = said.get(name)
        if text is None or text == shown_limit(part, name):
            continue
        if not text:
            part.pop(name, None)
        elif name == "pattern":
            part[name] = text
        elif (number := _number(text, whole=name in form_kinds.WHOLE_NUMBERS)) is None:
            faults[name] = Fault("Please enter a number.")
        else:
            part[name] = number
    return faults


def shown_limit(part: Mapping[str, Any], name: str) -> str:
    """A limit as it stands in its input."""
    value = part.get(name)
    return "" if value is None else str(value)


def _number(text: str, *, whole: bool) -> int | float | None:
    if text.removeprefix("-").isascii() and text.removeprefix("-").isdecimal() and len(text) < 16:
        return None if whole and text.startswith("-") else int(text)
    try:
        return None if whole or len(text) > 20 or "n" in text.lower() else float(text)
    except ValueError:
        return None


def show_if_fault(form: Form, path: str) -> Faults:
    """Why the condition of a field is none, if so: it may name the fields beside it, in a row also
    those around the rows."""
    text = form.look(path).get("show_if")
    if text is None:
        return {}
    schema, _ = form.around(path)
    known = {*form.schema.get("properties", {}), *schema.get("properties", {})}
    try:
        names = feel.parse(str(text)).names
    except feel.FeelError:
        return {"show_if": Fault("This is no condition that can be worked out.")}
    if strange := sorted(names - known):
        told = "The form has no field {name}."
        return {"show_if": Fault(told, name=", ".join(strange))}
    return {}


def put_options(form: Form, path: str, options: Sequence[Option]) -> Faults:
    """These are the choices, in this order; Faults where one has no code or the code of another."""
    before = options_of(form, path)
    if list(options) == before:
        return {}
    values = [one.value for one in options]
    if not all(values) or len(set(values)) < len(values):
        return {"options": Fault("Each choice needs a code of its own.")}
    part = form.part(path)
    if values != [one.value for one in before] and part.get("type") != "boolean":
        holder = part["items"] if part.get("type") == "array" else part
        holder["enum"] = values
    look, gone = form.look_to_change(path), {one.value for one in before} - set(values)
    for words, texts in (
        ("labels", {one.value: one.zh for one in options}),
        ("labels_en", {one.value: one.en for one in options}),
    ):
        _put_words(look, words, texts, gone)
    return {}


def _put_words(look: dict[str, Any], name: str, texts: Mapping[str, str], gone: set[str]) -> None:
    old = look.get(name) if isinstance(look.get(name), dict) else {}
    said = {value: text for value, text in texts.items() if text}
    rest = {value: text for value, text in (old or {}).items() if value not in texts}
    rest = {value: text for value, text in rest.items() if value not in gone}
    made = {**said, **rest}
    if made == old and list(made) == list(old or {}):
        return
    if made:
        look[name] = made
    else:
        look.pop(name, None)


def rights_at(form: Form, step: str) -> dict[str, str]:
    """What a step says of single fields; with an empty name, what holds at all steps."""
    if not step:
        return {
            path: str(form.look(path).get("access", "write")) for path in form_edits.paths(form)
        }
    nodes = form.ui.get("nodes")
    found = nodes.get(step) if isinstance(nodes, dict) else None
    return dict(found) if isinstance(found, dict) else {}


def put_right(form: Form, step: str, path: str, access: str) -> None:
    """The right of a field at a step, or with an empty name at all; an empty right says nothing
    of its own."""
    form.part(path)
    if step:
        _put_at(form, step, path, access)
    elif access in ACCESS and access != form.look(path).get("access", "write"):
        look = form.look_to_change(path)
        if access == "write":
            look.pop("access", None)
        else:
            look["access"] = access


def _put_at(form: Form, step: str, path: str, access: str) -> None:
    said = rights_at(form, step)
    if access == said.get(path, "") or access not in ("", *ACCESS):
        return
    if not isinstance(form.ui.get("nodes"), dict):
        form.ui["nodes"] = {}
    here = form.ui["nodes"].setdefault(step, {})
    if access:
        here[path] = access
    else:
        here.pop(path, None)
    form_edits.tidy_rights(form)
