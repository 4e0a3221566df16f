"""Published versions of the processes, and the parameter sets that cases pin."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import orjson
from sqlalchemy import Select, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, undefer

from models import Definition, DefinitionFile, ParameterSet, User
from workflows import assignment_words, audit, found_before, registry, table_tests, templates
from workflows.engine import Bundle, Spec, compile_bundle, load_spec
from workflows.engine.validation import Fault, check_bundle
from workflows.errors import Conflict, DomainError, NotFound
from workflows.forms import Fault as Sentence

PARTS = ("diagrams", "decisions", "forms", "documents", "tests")


class Unfit(DomainError):
    """The checks refuse a version; `faults` says what, where and why."""

    def __init__(self, process: str, faults: Sequence[Fault]) -> None:
        said = Sentence("{process} cannot be published: {count} faults.")
        super().__init__(said, process=process, count=len(faults))
        self.faults = tuple(faults)


@dataclass(frozen=True)
class Form:
    key: str
    schema: Mapping[str, Any]
    ui: Mapping[str, Any]


def publish(
    session: Session,
    bundle: Bundle,
    *,
    by: User | None,
    now: datetime,
    note: str = "",
    base: int | None = None,
    effective_from: datetime | None = None,
) -> Definition:
    """The bundle is the newest version of its process, for cases opened from `effective_from` on
    (if not said, from now on); the same files again change nothing.

    `base` is the number of the version it was made from, if somebody drew it. Raises Unfit with
    every fault that the checks find, Conflict where another version came in between.
    """
    digest = bundle.digest
    newest = newest_of(session, bundle.process)
    require_base(session, newest, base)
    if newest is not None and newest.sha256 == digest:
        return newest
    if faults := faults_of(bundle):
        raise Unfit(bundle.process, faults)
    try:
        with session.begin_nested():
            definition = _store(session, bundle, by=by, now=now, note=note)
            definition.effective_from = effective_from or now
    except IntegrityError:  # published by somebody else while this one waited
        require_base(session, newest_of(session, bundle.process), newest.number if newest else 0)
        raise
    _record(session, definition, by=by, now=now)
    return definition


def _record(session: Session, made: Definition, *, by: User | None, now: datetime) -> None:
    detail = {
        "process": made.process,
        "number": made.number,
        "sha256": made.sha256,
        "effective_from": made.effective_from.isoformat(),
    }
    audit.record(session, actor=by, action="published", subject=made, now=now, detail=detail)


def require_base(session: Session, newest: Definition | None, base: int | None) -> None:
    """Raises Conflict unless the newest version is the one that was looked at."""
    if base is None or newest is None or newest.number == base:
        return
    if newest.number < base:
        raise Conflict(
            "v{number}, from which this was made, is no longer to be in force.", number=base
        )
    who = session.get(User, newest.published_by) if newest.published_by else None
    number, process, when = newest.number, newest.name, newest.published_at
    if who is not None:
        raise Conflict(
            "{who} published v{number} of {process} on {when}. Please look again.",
            who=who,
            number=number,
            process=process,
            when=when,
        )
    raise Conflict(
        "v{number} of {process} was published on {when}. Please look again.",
        number=number,
        process=process,
        when=when,
    )


_fit: dict[str, bytes] = {}  # what the checks let through, compiled
_unfit: dict[str, list[Fault]] = {}  # what they found


def faults_of(bundle: Bundle) -> list[Fault]:
    """Every reason why a bundle cannot be published; none: it can."""
    digest = bundle.digest
    if digest in _fit:
        return []
    if digest in _unfit:
        return list(_unfit[digest])
    faults = check_bundle(bundle, operations=registry.takes(), people=assignment_words.KNOWN)
    faults += templates.faults_in(bundle.documents)
    faults += table_tests.faults_in(bundle)
    if faults:
        found_before.keep(_unfit, digest, faults)
    else:
        found_before.keep(_fit, digest, compile_bundle(bundle))
    return list(faults)


def publish_folder(
    session: Session, folder: Path, *, by: User | None, now: datetime, note: str = ""
) -> Definition:
    """Publish what lies in bpmn/<process>."""
    return publish(session, Bundle.from_folder(folder), by=by, now=now, note=note)


def newest_of(session: Session, process: str) -> Definition | None:
    """The version with the highest number that is neither withdrawn nor retired, if there is
    any; it may take effect later only."""
    return session.scalar(
        select(Definition)
        .where(Definition.process == process, Definition.retired_at.is_(None))
        .order_by(Definition.number.desc())
        .limit(1)
    )


def _store(
    session: Session, bundle: Bundle, *, by: User | None, now: datetime, note: str
) -> Definition:
    digest = bundle.digest
    spec = _fit.get(digest) or compile_bundle(bundle)
    highest = select(func.max(Definition.number)).where(Definition.process == bundle.process)
    root = load_spec(spec).processes[bundle.process]
    definition = Definition(
        process=bundle.process,
        number=(session.scalar(highest) or 0) + 1,
        name=root.name,
        name_en=root.properties.get("nameEn", ""),
        spec=spec,
        sha256=digest,
        note=note,
        published_at=now,
        published_by=by.id if by else None,
        effective_from=now,
    )
    session.add(definition)
    session.flush()
    session.add_all(
        DefinitionFile(definition_id=definition.id, path=path, content=content)
        for path, content in _files(bundle)
    )
    session.flush()
    return definition


def _files(bundle: Bundle) -> list[tuple[str, bytes]]:
    return [
        (f"{part}/{name}", content)
        for part in PARTS
        for name, content in sorted(getattr(bundle, part).items())
    ]


def latest(session: Session, process: str, *, now: datetime) -> Definition:
    """The version that a case opened at `now` runs; NotFound where none is published."""
    query = _in_force(select(Definition), process, now)
    definition: Definition | None = session.scalar(query)
    if definition is None:
        raise NotFound("No version of {process} is in force.", process=process)
    return definition


def number_in_force(session: Session, process: str, *, now: datetime) -> int:
    """The number of that version; 0 where none is published."""
    number: int | None = session.scalar(_in_force(select(Definition.number), process, now))
    return number or 0


def _in_force(query: Select[Any], process: str, now: datetime) -> Select[Any]:
    return (
        query.where(
            Definition.process == process,
            Definition.effective_from <= now,
            Definition.retired_at.is_(None),
        )
        .order_by(Definition.number.desc())
        .limit(1)
    )


def get(session: Session, definition_id: int) -> Definition:
    """One version; NotFound where there is none."""
    found = session.get(Definition, definition_id)
    if found is None:
        raise NotFound("There is no such version.")
    return found


def all_versions(session: Session) -> Sequence[Definition]:
    """Every version, by process, newest first."""
    return session.scalars(
        select(Definition).order_by(Definition.process, Definition.number.desc())
    ).all()


_specs: dict[int, Spec] = {}  # a definition never changes, so what was read once stays true


def spec_of(session: Session, definition_id: int) -> Spec:
    """The runnable form of a version, kept in memory once read."""
    spec = _specs.get(definition_id)
    if spec is None:
        definition = session.get_one(
            Definition, definition_id, options=[undefer(Definition.spec)], populate_existing=True
        )
        spec = _specs[definition_id] = load_spec(definition.spec)
    return spec


def file_of(session: Session, definition_id: int, path: str) -> bytes:
    """One file of a version; NotFound where it has none of that name."""
    found = session.get(DefinitionFile, (definition_id, path))
    if found is None:
        raise NotFound("This version has no file {path}.", path=path)
    return found.content


_forms: dict[tuple[int, str], Form] = {}


def form_of(session: Session, definition_id: int, key: str) -> Form:
    """The form as it was published with the version."""
    form = _forms.get((definition_id, key))
    if form is None:
        schema = orjson.loads(file_of(session, definition_id, f"forms/{key}.schema.json"))
        ui = orjson.loads(file_of(session, definition_id, f"forms/{key}.ui.json"))
        form = _forms[definition_id, key] = Form(key, schema, ui)
    return form


@dataclass(frozen=True)
class Parameters:
    """The figures of one version: days (working days) and rule (all others), by short name."""

    id: int
    number: int
    days: Mapping[str, Any]
    rule: Mapping[str, Any]


def install_parameters(
    session: Session, values: Mapping[str, Any], *, by: User | None, now: datetime, note: str = ""
) -> ParameterSet:
    """These figures are in force for cases opened from now on; the same again change nothing."""
    newest = session.scalar(select(ParameterSet).order_by(ParameterSet.number.desc()).limit(1))
    if newest is not None and newest.values == dict(values):
        return newest
    return follow_parameters(session, newest, values, by=by, now=now, note=note)


def follow_parameters(
    session: Session,
    before: ParameterSet | None,
    values: Mapping[str, Any],
    *,
    by: User | None,
    now: datetime,
    note: str,
) -> ParameterSet:
    """The set that comes right after another; of two that do so, one breaks on its number."""
    old = before.values if before else {}
    made = ParameterSet(
        number=before.number + 1 if before else 1,
        values=dict(values),
        note=note,
        made_at=now,
        made_by=by.id if by else None,
    )
    session.add(made)
    session.flush()
    changed = sorted(key for key in values if values[key] != old.get(key))
    detail = {"number": made.number, "changed": changed}
    audit.record(session, actor=by, action="set_parameters", subject=made, now=now, detail=detail)
    return made


def latest_parameters(session: Session) -> Parameters:
    newest = session.scalar(select(ParameterSet.id).order_by(ParameterSet.number.desc()).limit(1))
    if newest is None:
        raise NotFound("No parameters are in force.")
    return parameters_of(session, newest)


_parameters: dict[int, Parameters] = {}


def parameters_of(session: Session, parameters_id: int) -> Parameters:
    found = _parameters.get(parameters_id)
    if found is None:
        row = session.get_one(ParameterSet, parameters_id)
        days, rule = _split(row.values)
        found = _parameters[parameters_id] = Parameters(row.id, row.number, days, rule)
    return found


def _split(values: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    days: dict[str, Any] = {}
    rule: dict[str, Any] = {}
    for key, entry in values.items():
        group, _, name = key.partition(".")
        (days if group == "days" else rule)[name] = entry["value"]
    return days, rule


@lru_cache(maxsize=8)
def read_parameters(path: Path) -> dict[str, Any]:
    """The defaults that ship with the diagrams (bpmn/_parameters.json)."""
    return {row["key"]: row for row in orjson.loads(path.read_bytes())}
