"""A task's form: answers are held against its JSON Schema, and said what is wrong field by field.

One check for the page, an import and the engine; `parse` (entries.py) makes the answers.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any, Self, cast

from jsonschema import Draft202012Validator, FormatChecker, ValidationError

from workflows.entries import access_to, deciding_fields, has_rows, is_shown, parse, read, ui_of
from workflows.entry_rights import whole
from workflows.errors import Invalid

__all__ = ["Fault", "access_to", "check", "deciding_fields", "is_shown", "parse", "read", "require"]

LONGEST_TEXT = 10_000
BIG_NUMBER = 1e15
IDS = frozenset({"user", "member", "unit", "file", "matter", "case"})  # references to ids of ours


class Fault(str):
    """A sentence about one field, with the figures its placeholders stand for."""

    __slots__ = ("facts",)
    facts: dict[str, object]

    def __new__(cls, message: str, **facts: object) -> Self:
        fault = super().__new__(cls, message)
        fault.facts = facts
        return fault


def require(
    schema: Mapping[str, Any],
    ui: Mapping[str, Any],
    answers: Mapping[str, Any],
    *,
    signer: str | None = None,
    given: Mapping[str, Any] | None = None,
) -> None:
    """Raises Invalid, field by field, unless the answers hold."""
    if faults := check(schema, ui, answers, signer=signer, given=given):
        raise Invalid("Please mend what is marked.", fields=faults)


def check(
    schema: Mapping[str, Any],
    ui: Mapping[str, Any],
    answers: Mapping[str, Any],
    *,
    signer: str | None = None,
    given: Mapping[str, Any] | None = None,
) -> dict[str, Fault]:
    """What is wrong, by path (`reason`, `items-0-problem`); with a signer, signatures are his.

    `given` is what stands in the fields that are not written here: it counts, and is not at fault.
    """
    faults: dict[str, Fault] = {}
    filled = whole(schema, ui, answers, given or {})
    for error in Draft202012Validator(schema, format_checker=FORMATS).iter_errors(filled):
        for path, fault in _faults_of(error):
            if not _excused(schema, ui, filled, path, error):
                faults.setdefault("-".join(map(str, path)), fault)
    for name, fault in _own_faults(schema, ui, answers, signer):
        faults.setdefault(name, fault)
    return faults


FORMATS = FormatChecker(formats=())


@FORMATS.checks("date", raises=ValueError)
def _is_date(value: object) -> bool:
    return not isinstance(value, str) or (
        bool(re.fullmatch(r"\d{4}-\d\d-\d\d", value)) and bool(date.fromisoformat(value))
    )


@FORMATS.checks("date-time", raises=ValueError)
def _is_moment(value: object) -> bool:
    return not isinstance(value, str) or datetime.fromisoformat(value).tzinfo is not None


def _faults_of(error: ValidationError) -> Iterator[tuple[list[Any], Fault]]:
    path = list(error.absolute_path)
    if error.validator == "required" and isinstance(error.instance, Mapping):
        for name in cast(list[str], error.validator_value):
            if name not in error.instance:
                yield [*path, name], Fault("Please fill this in.")
    elif error.validator == "additionalProperties" and isinstance(error.instance, Mapping):
        known = error.schema.get("properties", {}) if isinstance(error.schema, Mapping) else {}
        for name in error.instance.keys() - known.keys():
            yield [*path, name], Fault("This field is not part of the form.")
    else:
        yield path, _sentence(error)


def _sentence(error: ValidationError) -> Fault:
    if error.validator is None:  # `properties: {x: false}`
        return Fault("Please leave this empty.")
    say = SENTENCES.get(str(error.validator))
    return say(error.validator_value) if say else WRONG


def _least(limit: Any) -> Fault:
    return (
        Fault("Please fill this in.")
        if limit == 1
        else Fault("Please write at least {limit} characters.", limit=limit)
    )


def _fewest(limit: Any) -> Fault:
    return (
        Fault("Please give at least one.")
        if limit == 1
        else Fault("Please give at least {limit}.", limit=limit)
    )


def _form(name: Any) -> Fault:
    return FORM_OF.get(name, WRONG)


def _type(name: Any) -> Fault:
    return TYPE_OF.get(str(name), WRONG)


WRONG = Fault("This does not have the right form.")
FORM_OF = {
    "date": Fault("Please enter a date like 2026-03-02."),
    "date-time": Fault("Please enter a time like 2026-03-02 09:00."),
}
TYPE_OF = {
    "number": Fault("Please enter a number."),
    "integer": Fault("Please enter a whole number."),
    "boolean": Fault("Please choose yes or no."),
}
SENTENCES: Mapping[str, Callable[[Any], Fault]] = {
    "type": _type,
    "format": _form,
    "minLength": _least,
    "minItems": _fewest,
    "minProperties": _fewest,
    "enum": lambda _: Fault("Please choose one of the list."),
    "const": lambda _: Fault("Please choose one of the list."),
    "uniqueItems": lambda _: Fault("Each may be named once only."),
    "maxLength": lambda limit: Fault("No more than {limit} characters, please.", limit=limit),
    "maxItems": lambda limit: Fault("No more than {limit}, please.", limit=limit),
    "minimum": lambda limit: Fault("This must not be less than {limit}.", limit=limit),
    "exclusiveMinimum": lambda limit: Fault("This must be more than {limit}.", limit=limit),
    "maximum": lambda limit: Fault("This must not be more than {limit}.", limit=limit),
    "exclusiveMaximum": lambda limit: Fault("This must be less than {limit}.", limit=limit),
}


def _excused(
    schema: Mapping[str, Any],
    ui: Mapping[str, Any],
    answers: Mapping[str, Any],
    path: Sequence[Any],
    error: ValidationError,
) -> bool:
    """Nobody can be asked to mend what he does not see or may not write."""
    if not path:
        return False
    name = str(path[0])
    if access_to(ui, name) != "write":
        return True
    is_missing = error.validator == "required"
    if is_missing and not is_shown(schema, ui, name, answers):
        return True
    if len(path) < 3:
        return False
    rows, inner = ui_of(ui, name), str(path[2])
    if access_to(rows, inner) != "write" or not is_missing:
        return access_to(rows, inner) != "write"
    row = answers[name][path[1]]
    return not is_shown(schema["properties"][name]["items"], rows, inner, {**answers, **row})


def _own_faults(
    schema: Mapping[str, Any],
    ui: Mapping[str, Any],
    answers: Mapping[str, Any],
    signer: str | None,
) -> Iterator[tuple[str, Fault]]:
    """What the schema does not say: bounds on all text, references, signatures, closed fields."""
    for path, field, access, value in _leaves(schema, ui, answers):
        if access != "write":
            yield path, Fault("This field is not part of the form.")
        elif (fault := _own_fault(field, value, signer)) is not None:
            yield path, fault
    for name in answers.keys() - schema.get("properties", {}).keys():
        yield name, Fault("This field is not part of the form.")


def _own_fault(field: Mapping[str, Any], value: Any, signer: str | None) -> Fault | None:
    texts = [value] if isinstance(value, str) else list(value or ()) if _is_many(value) else []
    if any(len(text) > LONGEST_TEXT for text in texts if isinstance(text, str)):
        return Fault("No more than {limit} characters, please.", limit=LONGEST_TEXT)
    if isinstance(value, float | int) and abs(value) > BIG_NUMBER:
        return Fault("Please enter a number.")
    if field.get("x-ref") in IDS and not all(_is_id(text) for text in texts):
        return Fault("Please choose one of the list.")
    if field.get("x-signature") and signer is not None and value != signer:
        return Fault("Please sign with your own name: {name}.", name=signer)
    return None


def _is_many(value: Any) -> bool:
    return isinstance(value, list | dict)


def _is_id(text: object) -> bool:
    return isinstance(text, str) and re.fullmatch(r"[0-9]{1,19}", text) is not None


def _leaves(
    schema: Mapping[str, Any], ui: Mapping[str, Any], answers: Mapping[str, Any]
) -> Iterator[tuple[str, Mapping[str, Any], str, Any]]:
    fields = schema.get("properties", {})
    for name, value in answers.items():
        field, access = fields.get(name, {}), access_to(ui, name)
        if not (has_rows(field) and isinstance(value, list)):
            yield name, field, access, value
            continue
        inner, inner_ui = field["items"]["properties"], ui_of(ui, name)
        for index, row in enumerate(value):
            for key, cell in row.items() if isinstance(row, dict) else ():
                right = access if access != "write" else access_to(inner_ui, key)
                yield f"{name}-{index}-{key}", inner.get(key, {}), right, cell
