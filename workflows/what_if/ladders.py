"""The two ladders of a trial: what is published, and the same with the draft and its figures."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, undefer

from models import Definition, DefinitionFile, Trial
from workflows import definitions, draft_files, parameters
from workflows.engine import compile_bundle
from workflows.errors import NotFound
from workflows.what_if.facts import Ladder

# Whose tables and diagrams a replay asks; the first three are lived through.
PROCESSES = (
    "supervision",
    "reminder",
    "interview",
    "rectification",
    "debriefing",
    "assessment",
    "inspection",
    "accountability",
    "appeal",
)
LIVED = PROCESSES[:3]
NAMED = re.compile(rb"\b(days|rule)\.([a-z]\w*)")
ASKED = ("days.red_over", "rule.unit_reds", "rule.unit_reds_months", "rule.reminded_months")
FORMS = "forms/"


@dataclass(frozen=True)
class Pair:
    old: Ladder
    new: Ladder
    against: Mapping[str, Any]


def published(session: Session, *, now: datetime) -> dict[str, Definition]:
    """The versions in force of the processes that a replay asks."""
    found = {}
    for process in PROCESSES:
        try:
            found[process] = definitions.latest(session, process, now=now)
        except NotFound:
            continue
    return found


def figures(session: Session, *, now: datetime) -> list[str]:
    """The keys of the figures that a replay follows: named in a lived diagram or table, or asked
    by the rules themselves."""
    ids = [one.id for name, one in published(session, now=now).items() if name in LIVED]
    files = session.scalars(
        select(DefinitionFile.content).where(
            DefinitionFile.definition_id.in_(ids), DefinitionFile.path.not_like("documents/%")
        )
    )
    named = {f"{a.decode()}.{b.decode()}" for text in files for a, b in NAMED.findall(text)}
    known = parameters.newest(session).values
    return [key for key in known if key in named or key in ASKED]


def pair(session: Session, trial: Trial, *, now: datetime) -> Pair:
    """What is in force now, and what the trial puts in its place."""
    versions = published(session, now=now)
    specs = {
        name: session.get_one(
            Definition, one.id, options=[undefer(Definition.spec)], populate_existing=True
        ).spec
        for name, one in versions.items()
    }
    forms = {name: _forms(session, one.id) for name, one in versions.items() if name in LIVED}
    row = parameters.newest(session)
    days, rule = _split({key: entry["value"] for key, entry in row.values.items()})
    old = Ladder(specs, forms, days, rule)
    if trial.process:
        bundle = draft_files.unpack(trial.process, trial.files)
        specs = specs | {trial.process: compile_bundle(bundle)}
        forms = forms | {trial.process: dict(bundle.forms)}
    more_days, more_rule = _split(trial.figures)
    new = Ladder(specs, forms, days | more_days, rule | more_rule)
    numbers = {name: one.number for name, one in versions.items()}
    return Pair(old, new, {"versions": numbers, "set": row.number})


def _forms(session: Session, definition_id: int) -> dict[str, bytes]:
    rows = session.execute(
        select(DefinitionFile.path, DefinitionFile.content).where(
            DefinitionFile.definition_id == definition_id,
            DefinitionFile.path.startswith(FORMS, autoescape=True),
        )
    )
    return {path.removeprefix(FORMS): content for path, content in rows}


def _split(values: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {"days": {}, "rule": {}}
    for key, value in values.items():
        group, _, name = key.partition(".")
        found["days" if group == "days" else "rule"][name] = value
    return found["days"], found["rule"]
