"""The form that tries a table out: a field for each name it asks for, and what was typed there."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from flask_babel import gettext

from webapp.table_words import tell
from workflows.engine.decisions import Decision
from workflows.engine.decisions.questions import NUMBERS, Question, questions_of, value_of
from workflows.errors import Invalid
from workflows.forms import Fault

INPUT, OUTPUT = "in.", "out."
LONGEST = 4_000
Typed = Mapping[str, str]
_NOT_FIT = Fault("This does not fit the type of the column.")


@dataclass(frozen=True)
class TryField:
    """One field: its name in the form, what stands in it, and the choices if it has any."""

    name: str
    label: str
    note: str
    value: str
    kind: str  # choice, suggest, number, date, text
    options: Sequence[tuple[str, str]] = ()


def fields(table: Decision, typed: Typed, figures: Mapping[str, Any]) -> list[TryField]:
    """What the table asks for; parameters stand there as they are in force."""
    return [_field(one, typed, figures) for one in questions_of(table)]


def _field(one: Question, typed: Typed, figures: Mapping[str, Any]) -> TryField:
    name = INPUT + one.name
    value = typed.get(name, _figure(one.name, figures))
    note = "" if one.name == one.label else one.name
    kind, options = "text", _options(one)
    if one.type == "boolean":
        kind = "choice"
    elif options:
        kind = "suggest"
    elif one.type in NUMBERS:
        kind = "number"
    elif one.type == "date":
        kind = "date"
    return TryField(name, one.label, note, value, kind, options)


def _options(one: Question) -> Sequence[tuple[str, str]]:
    if one.type == "boolean":
        return [("true", gettext("Yes")), ("false", gettext("No"))]
    return [(choice, tell(choice)) for choice in one.choices]


def _figure(name: str, figures: Mapping[str, Any]) -> str:
    group, _, key = name.partition(".")
    value = figures.get(group, {}).get(key)
    return "" if value is None else shown(value)


def shown(value: Any) -> str:
    """A value as it is typed: a text without quotes, all else as JSON."""
    return value if isinstance(value, str) else orjson.dumps(value).decode()


def inputs(table: Decision, typed: Typed) -> dict[str, Any]:
    """What was typed, by the names of the table; raises Invalid, field by field."""
    return _read(questions_of(table), INPUT, typed)


def _read(asked: Sequence[Question], prefix: str, typed: Typed) -> dict[str, Any]:
    found: dict[str, Any] = {}
    faults: dict[str, str] = {}
    for one in asked:
        name = prefix + one.name
        try:
            value = value_of(one, typed.get(name, "")[:LONGEST])
        except ValueError:
            faults[name] = _NOT_FIT
            continue
        if value is not None:
            found[one.name] = value
    if faults:
        raise Invalid("Please mend what is marked.", fields=faults)
    return found


def answers(table: Decision, answer: Any, typed: Typed) -> list[TryField]:
    """The expected answer, one field for each output; of a table that gives a list, one for all."""
    if table.gives_list:
        value = typed.get("expected", _pretty(answer))
        return [TryField("expected", gettext("Expected answer (JSON)"), "", value, "long")]
    known = answer if isinstance(answer, dict) else {}
    return [
        TryField(
            OUTPUT + one.name,
            one.label,
            "" if one.name == one.label else one.name,
            typed.get(OUTPUT + one.name, shown(known[one.name]) if one.name in known else ""),
            "text",
        )
        for one in table.outputs
    ]


def _pretty(answer: Any) -> str:
    if not isinstance(answer, list):
        return "[]"
    return orjson.dumps(answer, option=orjson.OPT_INDENT_2).decode()


def expected(table: Decision, typed: Typed) -> Any:
    """The answer that is expected, as it was typed; outputs left empty may be anything.

    Raises Invalid, field by field.
    """
    if not table.gives_list:
        asked = [Question(one.name, one.label, one.type) for one in table.outputs]
        found = _read(asked, OUTPUT, typed)
        if not found:
            told = {OUTPUT + one.name: Fault("Please say what is expected.") for one in asked[:1]}
            raise Invalid("Please mend what is marked.", fields=told)
        return found
    try:
        listed = orjson.loads(typed.get("expected", ""))
    except orjson.JSONDecodeError:
        listed = None
    if not isinstance(listed, list):
        fault = Fault("This is no list in JSON.")
        raise Invalid("Please mend what is marked.", fields={"expected": fault})
    return listed
