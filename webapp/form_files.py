"""Files that come with a form: each is stored, and the form holds its id."""

from collections.abc import Callable, Mapping
from typing import Any

from werkzeug.datastructures import FileStorage, MultiDict

from workflows import forms
from workflows.entries import has_rows
from workflows.errors import Invalid, TooLarge


def file_fields(schema: Mapping[str, Any]) -> frozenset[str]:
    """The fields that take a file; in rows as `items.paper`."""
    found = set()
    for name, part in schema.get("properties", {}).items():
        if part.get("x-ref") == "file":
            found.add(name)
        if has_rows(part):
            found.update(f"{name}.{inner}" for inner in file_fields(part["items"]))
    return frozenset(found)


def with_files(
    schema: Mapping[str, Any],
    form: MultiDict[str, str],
    files: MultiDict[str, FileStorage],
    store: Callable[[FileStorage], str],
) -> MultiDict[str, str]:
    """The form with each new file stored: its field holds the id that `store` gives back.

    Invalid, by field, for a file that is not taken.
    """
    wanted, filled = file_fields(schema), MultiDict(form)
    for name, file in files.items():
        path = name.removesuffix("-upload")
        if file.filename and name.endswith("-upload") and _field_of(path) in wanted:
            try:
                filled[path] = store(file)
            except (Invalid, TooLarge) as refused:
                fault = forms.Fault(refused.message, **refused.facts)
                raise Invalid("Please mend what is marked.", fields={path: fault}) from refused
    return filled


def _field_of(path: str) -> str:
    """`paper`, or in rows `items.paper` for `items-0-paper`."""
    parts = path.split("-")
    return f"{parts[0]}.{parts[2]}" if len(parts) == 3 else path
