"""What was answered at a step, in words: each field by its label, references by their names."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import Finding, Questionnaire, StoredFile, Unit, User
from workflows import citations
from workflows.entries import has_rows, ui_of

Codes = Mapping[str, Sequence[Mapping[str, str]]]
TABLES: dict[str, Any] = {
    "user": (User, User.name),
    "member": (User, User.name),
    "unit": (Unit, Unit.name),
    "fact": (Finding, Finding.fact),
    "file": (StoredFile, StoredFile.name),
    "questionnaire": (Questionnaire, Questionnaire.title),
}


@dataclass(frozen=True)
class Line:
    """One field as it was answered; a table of rows has rows of lines instead of a text."""

    label: str
    label_en: str
    text: Any  # a string, a number, yes or no, a list of strings
    kind: str  # text, date, date-time, yes-no, code (its words stand in the text), rows
    rows: Sequence[Sequence["Line"]] = ()


@dataclass
class Names:
    """The names of what answers point to, asked for once for all of them."""

    session: Session
    subjects: Mapping[str, Any] = field(default_factory=dict)
    codes: Codes = field(default_factory=dict)
    english: bool = False
    known: dict[tuple[str, str], str] = field(default_factory=dict)

    def learn(self, schema: Mapping[str, Any], answers: Mapping[str, Any]) -> None:
        wanted: dict[str, set[int]] = {}
        cited = {value for ref, value in _references(schema, answers) if ref == "evidence"}
        for one in citations.named(self.session, cited) if cited else ():
            self.known["evidence", one.ref] = one.label
        for ref, value in _references(schema, answers):
            if ref in TABLES and value.isdecimal() and (ref, value) not in self.known:
                wanted.setdefault(ref, set()).add(int(value))
        for ref, ids in wanted.items():
            table, name = TABLES[ref]
            for id_, label in self.session.execute(select(table.id, name).where(table.id.in_(ids))):
                self.known[ref, str(id_)] = label

    def of(self, ref: str, value: str) -> str:
        if ref in ("subject", "flag"):  # a flag begins with whose it is
            return str((self.subjects.get(value.partition(":")[0]) or {}).get("name", value))
        if ref == "person_or_unit":
            kind, _, id_ = value.partition("-")
            return self.known.get((kind, id_), value)
        return self.known.get((ref, value), value)

    def code(self, name: str, value: str) -> str:
        key = "name_en" if self.english else "name"
        found = next((one for one in self.codes.get(name, ()) if one["code"] == value), {})
        return found.get(key) or found.get("name") or value


def _references(schema: Mapping[str, Any], answers: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name, value in answers.items():
        part = schema.get("properties", {}).get(name, {})
        if has_rows(part) and isinstance(value, list):
            for row in value:
                yield from _references(part["items"], row)
        for one in _as_list(value) if "x-ref" in part else ():
            kind, _, id_ = one.partition("-")
            yield (kind, id_) if part["x-ref"] == "person_or_unit" else (part["x-ref"], one)


def of(
    schema: Mapping[str, Any], ui: Mapping[str, Any], answers: Mapping[str, Any], names: Names
) -> list[Line]:
    """The answers in the form's order, without what was left empty."""
    names.learn(schema, answers)
    return _lines(schema, ui, answers, names)


def _lines(
    schema: Mapping[str, Any], ui: Mapping[str, Any], answers: Mapping[str, Any], names: Names
) -> list[Line]:
    properties = schema.get("properties", {})
    order = dict.fromkeys([*ui.get("order", ()), *properties])
    return [
        _line(properties[name], ui_of(ui, name), name, answers[name], names)
        for name in order
        if name in properties and answers.get(name) not in (None, "", [], {})
    ]


def _line(
    part: Mapping[str, Any], look: Mapping[str, Any], name: str, value: Any, names: Names
) -> Line:
    label, label_en = part.get("title") or name, part.get("title_en") or ""
    if has_rows(part) and isinstance(value, list):
        rows = [_lines(part["items"], look, row, names) for row in value]
        return Line(label, label_en, "", "rows", rows)
    kind, text = _told(part, look, value, names)
    return Line(label, label_en, text, kind)


def _told(
    part: Mapping[str, Any], look: Mapping[str, Any], value: Any, names: Names
) -> tuple[str, Any]:
    labels = look.get("labels_en" if names.english else "labels", {})
    if isinstance(value, bool):
        word = labels.get("true" if value else "false")
        return ("text", word) if word else ("yes-no", value)
    if "x-codes" in part:
        return "list", [names.code(part["x-codes"], one) for one in _as_list(value)]
    if "x-ref" in part:
        return "list", [names.of(part["x-ref"], one) for one in _as_list(value)]
    if "enum" in part.get("items", {}):
        return "list", [labels.get(one, one) for one in _as_list(value)]
    if "enum" in part:
        return "text", labels.get(value, value)
    if part.get("format") in ("date", "date-time"):
        return part["format"], value
    return "text", value


def _as_list(value: Any) -> list[str]:
    if isinstance(value, list | dict):
        return [str(one) for one in value]
    return [str(value)]
