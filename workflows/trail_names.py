"""What the ids in the trail stand for: names, and whether their pages are open to the reader."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import (
    AuditRow,
    Case,
    Definition,
    Document,
    DutyRule,
    Matter,
    Notification,
    Task,
    Unit,
    User,
)
from workflows import definitions, people, units
from workflows.access import Rights, visible_cases
from workflows.errors import NotFound

Key = tuple[str, int]


@dataclass(frozen=True)
class Named:
    """A name; `is_open`: the reader may go on to the page of it."""

    text: str
    is_open: bool = False


def of_rows(session: Session, rows: Iterable[Any], *, rights: Rights) -> dict[Key, Named]:
    """Names by kind and id, of the subjects, cases and units of these rows."""
    wanted: dict[str, set[int]] = {}
    for row in rows:
        for kind, one in _keys(row):
            wanted.setdefault(kind, set()).add(one)
    names: dict[Key, Named] = {}
    for kind, look in LOOKS.items():
        if ids := wanted.get(kind):
            names.update({(kind, one): name for one, name in look(session, ids, rights).items()})
    return names


def _keys(row: Any) -> list[Key]:
    keys = [("case", getattr(row, "case_id", None)), ("unit", getattr(row, "unit_id", None))]
    if row.subject_id.isascii() and row.subject_id.isdecimal():
        keys.append((row.subject_type, int(row.subject_id)))
    return [(kind, one) for kind, one in keys if one is not None]


def _users(session: Session, ids: set[int], rights: Rights) -> dict[int, Named]:
    paths = people.open_to(rights)
    rows = session.execute(
        select(User, Unit.path).outerjoin(Unit, Unit.id == User.unit_id).where(User.id.in_(ids))
    )
    return {
        user.id: Named(user.name, paths is None or (path or "-").startswith(paths))
        for user, path in rows
    }


def _units(session: Session, ids: set[int], rights: Rights) -> dict[int, Named]:
    found = session.scalars(select(Unit).where(Unit.id.in_(ids)))
    return {unit.id: Named(unit.name, rights.covers(unit, units.READERS)) for unit in found}


def _cases(session: Session, ids: set[int], rights: Rights) -> dict[int, Named]:
    """A case by its number; its title only where the case itself may be seen."""
    seen = set(session.scalars(select(Case.id).where(Case.id.in_(ids), visible_cases(rights))))
    rows = session.execute(
        select(Case.id, Case.number, Definition.name, Case.title)
        .join(Definition, Definition.id == Case.definition_id)
        .where(Case.id.in_(ids))
    )
    return {
        one: Named(
            f"{number or process} {title}" if one in seen else number or process, one in seen
        )
        for one, number, process, title in rows
    }


def _tasks(session: Session, ids: set[int], _rights: Rights) -> dict[int, Named]:
    rows = session.execute(select(Task.id, Task.name).where(Task.id.in_(ids)))
    return {one: Named(name) for one, name in rows}


def _matters(session: Session, ids: set[int], _rights: Rights) -> dict[int, Named]:
    rows = session.execute(
        select(Matter.id, Case.number)
        .join(Case, Case.id == Matter.case_id)
        .where(Matter.id.in_(ids))
    )
    return {one: Named(number or "") for one, number in rows}


def _mails(session: Session, ids: set[int], _rights: Rights) -> dict[int, Named]:
    rows = session.execute(
        select(Notification.id, User.name)
        .join(User, User.id == Notification.recipient_id)
        .where(Notification.id.in_(ids))
    )
    return {one: Named(name) for one, name in rows}


def _definitions(session: Session, ids: set[int], _rights: Rights) -> dict[int, Named]:
    found = session.scalars(select(Definition).where(Definition.id.in_(ids)))
    return {one.id: Named(f"{one.name} v{one.number}") for one in found}


def _papers(session: Session, ids: set[int], _rights: Rights) -> dict[int, Named]:
    rows = session.execute(select(Document.id, Document.title).where(Document.id.in_(ids)))
    return {one: Named(title) for one, title in rows}


def _duties(session: Session, ids: set[int], _rights: Rights) -> dict[int, Named]:
    rows = session.execute(select(DutyRule.id, DutyRule.name).where(DutyRule.id.in_(ids)))
    return {one: Named(name) for one, name in rows}


LOOKS: Mapping[str, Any] = {
    "user": _users,
    "unit": _units,
    "case": _cases,
    "task": _tasks,
    "matter": _matters,
    "notification": _mails,
    "definition": _definitions,
    "document": _papers,
    "dutyrule": _duties,
}


@dataclass(frozen=True)
class Sheet:
    """How a form words its answers: titles and codes by field, and names behind ids."""

    fields: Mapping[str, Mapping[str, Any]]
    looks: Mapping[str, Mapping[str, Any]]
    names: Mapping[str, str]

    def title(self, name: str) -> tuple[str, str]:
        field = self.fields.get(name, {})
        return field.get("title", ""), field.get("title_en", "")

    def value(self, name: str, value: str) -> tuple[str, str]:
        """A code or an id of this field, in Chinese and English; else the text as it is."""
        look = self.looks.get(name, {})
        zh = look.get("labels", {}).get(value) or self.names.get(value, value)
        return zh, look.get("labels_en", {}).get(value, "")


def sheet_of(session: Session, row: AuditRow) -> Sheet:
    """The words of the form whose answers the row holds; empty where there is none."""
    names = _names_in(session, row.detail)
    node, case = row.detail.get("node"), session.get(Case, row.case_id or 0)
    if not isinstance(node, str) or case is None:
        return Sheet({}, {}, names)
    try:
        spec = definitions.spec_of(session, case.definition_id).nodes[node]
        key = spec.properties.get("formKey") or node
        form = definitions.form_of(session, case.definition_id, key)
    except (NotFound, KeyError):
        return Sheet({}, {}, names)
    return Sheet(form.schema.get("properties", {}), form.ui.get("fields", {}), names)


def _names_in(session: Session, detail: Any) -> dict[str, str]:
    """Whoever and whatever unit is meant by an id somewhere in the detail."""
    ids = set(_ids_in(detail))
    people_meant = session.execute(select(User.id, User.name).where(User.id.in_(ids)))
    units_meant = session.execute(select(Unit.id, Unit.name).where(Unit.id.in_(ids)))
    return {str(one): name for rows in (people_meant, units_meant) for one, name in rows}


def _ids_in(value: Any) -> Iterator[int]:
    if isinstance(value, Mapping):
        value = list(value.values())
    if isinstance(value, list):
        for one in value:
            yield from _ids_in(one)
    elif isinstance(value, str) and value.isascii() and value.isdecimal() and 15 < len(value) < 19:
        yield int(value)
