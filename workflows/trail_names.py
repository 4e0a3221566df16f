"""What the ids in the trail stand for: names, and whether their pages are open to the reader."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import AuditRow, Case, Matter, Notification, Task, Unit, User
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
        select(Case.id, Case.number, Case.process, Case.title).where(Case.id.in_(ids))
    )
    return {
        one: Named(f"{number or process} {title}" if one in seen else number or "", one in seen)
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


LOOKS: Mapping[str, Any] = {
    "user": _users,
    "unit": _units,
    "case": _cases,
    "task": _tasks,
    "matter": _matters,
    "notification": _mails,
}


def labels(session: Session, row: AuditRow) -> dict[str, tuple[str, str]]:
    """The titles, in Chinese and English, of a form whose answers the row holds."""
    node, case = row.detail.get("node"), session.get(Case, row.case_id or 0)
    if not isinstance(node, str) or case is None:
        return {}
    try:
        spec = definitions.spec_of(session, case.definition_id).nodes[node]
        key = spec.properties.get("formKey") or node
        form = definitions.form_of(session, case.definition_id, key)
    except (NotFound, KeyError):
        return {}
    return {
        name: (field.get("title", name), field.get("title_en", ""))
        for name, field in form.schema.get("properties", {}).items()
    }
