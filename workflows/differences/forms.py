"""Two versions of a form: which fields it asks for, and what each allows."""

from collections.abc import Iterator, Mapping
from typing import Any

import orjson

from workflows.differences.change import ADDED, CHANGED, REMOVED, Change

KINDS = ("schema", "ui")


def keys_of(files: Mapping[str, bytes]) -> list[str]:
    """The forms that these files make up, by key."""
    return sorted({name.removesuffix(".json").rpartition(".")[0] for name in files} - {""})


def between(before: Mapping[str, bytes], after: Mapping[str, bytes]) -> Iterator[Change]:
    """Every change from one set of form files to the next."""
    old_keys, new_keys = set(keys_of(before)), set(keys_of(after))
    for key in sorted(old_keys | new_keys):
        if key not in old_keys or key not in new_keys:
            how, files = (ADDED, after) if key in new_keys else (REMOVED, before)
            yield Change("form", how, key, key, *_titles(_read(files, key, "schema")))
        elif any(
            before.get(f"{key}.{kind}.json") != after.get(f"{key}.{kind}.json") for kind in KINDS
        ):
            yield from _of_form(key, before, after)


def _of_form(key: str, before: Mapping[str, bytes], after: Mapping[str, bytes]) -> Iterator[Change]:
    old, new = _read(before, key, "schema"), _read(after, key, "schema")
    found = [
        *_of_fields(
            key, _fields(old, _read(before, key, "ui")), _fields(new, _read(after, key, "ui"))
        ),
        *_of_whole(key, before, after),
    ]
    yield from found or [Change("form", CHANGED, key, key, *_titles(new), aspect="writing")]


def _of_whole(
    key: str, before: Mapping[str, bytes], after: Mapping[str, bytes]
) -> Iterator[Change]:
    """What holds for the form as a whole: its title, its rules between fields, the order."""
    old = {**_read(before, key, "ui"), **_read(before, key, "schema")}
    new = {**_read(after, key, "ui"), **_read(after, key, "schema")}
    for aspect in sorted((old.keys() | new.keys()) - {"properties", "required", "fields"}):
        a, b = old.get(aspect), new.get(aspect)
        if a != b:
            names = _titles(new)
            yield Change("form", CHANGED, key, key, *names, aspect, _text(a), _text(b))


def _of_fields(
    key: str, old: Mapping[str, Mapping[str, Any]], new: Mapping[str, Mapping[str, Any]]
) -> Iterator[Change]:
    for name in [*(n for n in old if n not in new), *new]:
        if name not in new:
            yield Change("field", REMOVED, key, name, *_titles(old[name]))
        elif name not in old:
            yield Change("field", ADDED, key, name, *_titles(new[name]))
        else:
            for aspect in sorted(old[name].keys() | new[name].keys()):
                a, b = old[name].get(aspect), new[name].get(aspect)
                if a != b:
                    titles = _titles(new[name])
                    yield Change("field", CHANGED, key, name, *titles, aspect, _text(a), _text(b))


def _fields(schema: Mapping[str, Any], ui: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """All that is said about each field, from both files."""
    looks, required = ui.get("fields"), schema.get("required")
    found: dict[str, dict[str, Any]] = {}
    for name, part in _mapping(schema.get("properties")).items():
        found[name] = {**_mapping(_mapping(looks).get(name)), **_mapping(part)}
        if isinstance(required, list) and name in required:
            found[name]["required"] = True
    return found


def _read(files: Mapping[str, bytes], key: str, kind: str) -> dict[str, Any]:
    """A file of the form; of one that is no JSON nothing is said."""
    try:
        return dict(_mapping(orjson.loads(files.get(f"{key}.{kind}.json", b"{}"))))
    except orjson.JSONDecodeError:
        return {}


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _titles(part: Mapping[str, Any]) -> tuple[str, str]:
    return str(part.get("title", "")), str(part.get("title_en", ""))


def _text(value: object) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else orjson.dumps(value).decode()
