"""The two files of a form as texts: what is not edited stays as it was written, sign for sign."""

import json
import re
from collections.abc import Sequence
from typing import Any

from workflows.errors import Invalid

INDENT = re.compile(r"\A\s*\{\r?\n([ \t]+)")
TIGHT = re.compile(r'\A\{"[^"]*":\S')
MOST = 100_000  # as the checks before publishing take it


def read(text: str) -> dict[str, Any]:
    """The object that stands in a text, in its order; Invalid, with its `line`, where none does."""
    if len(text.encode()) > MOST:
        raise Invalid("This is longer than a form may be.")
    try:
        found = json.loads(text, object_pairs_hook=_each_once, parse_constant=_no_constant)
    except json.JSONDecodeError as fault:
        raise Invalid(
            "Line {line}, sign {column}: this is no JSON.", line=fault.lineno, column=fault.colno
        ) from fault
    except _Twice as fault:
        name = str(fault)
        line = line_of(text, [name], last=True)
        raise Invalid(
            "Line {line}: {name} stands twice in one object.", line=line, name=name
        ) from fault
    except (RecursionError, ValueError) as fault:
        raise Invalid("This cannot be read: it is too deep or holds a wrong number.") from fault
    if not isinstance(found, dict):
        raise Invalid("This is no JSON object.")
    return found


class _Twice(Exception):
    pass


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise _Twice(name)
        found[name] = value
    return found


def _no_constant(name: str) -> float:
    raise ValueError(name)


def write(value: dict[str, Any], before: str) -> str:
    """The text of an object: as before if nothing in it differs, else in the same manner."""
    if before and _whole(value) == _whole(read(before)):
        return before
    indent: str | int | None = 2
    separators = None
    if before:
        found = INDENT.match(before)
        indent = found[1] if found else None
        separators = (",", ":") if found is None and TIGHT.match(before) else None
    end = "\n" if not before or before.endswith("\n") else ""
    return json.dumps(value, ensure_ascii=False, indent=indent, separators=separators) + end


def _whole(value: dict[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False)


def line_of(text: str, path: Sequence[str], *, last: bool = False) -> int:
    """The line at which the last of the names stands, looked for one after the other."""
    at = 0
    for name in path:
        key = json.dumps(name, ensure_ascii=False)
        places = [match.start() for match in re.finditer(re.escape(key) + r"\s*:", text)]
        later = [place for place in places if place >= at]
        if later:
            at = later[-1] if last else later[0]
    return text.count("\n", 0, at) + 1
