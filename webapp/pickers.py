"""The lists that a task's form chooses from, for the person at the page."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import orjson
from flask import current_app

from models import Case
from webapp import auth, clock, db, i18n
from workflows.choices import Chooser


def chooser(variables: Mapping[str, Any] | None = None, case: Case | None = None) -> Chooser:
    """Asks within the rights of the signed-in person."""
    return Chooser(
        session=db.session(),
        rights=auth.rights(),
        now=clock.now(),
        variables=variables or {},
        codes=codes(),
        case=case,
        language=i18n.language(),
    )


def codes() -> Mapping[str, Sequence[Mapping[str, str]]]:
    """The code lists of this installation, by name."""
    folder: Path = current_app.extensions["config"].bpmn_folder
    return _codes(folder)


@lru_cache(maxsize=4)
def _codes(folder: Path) -> Mapping[str, Sequence[Mapping[str, str]]]:
    found: Mapping[str, Sequence[Mapping[str, str]]] = orjson.loads(
        (folder / "_codes.json").read_bytes()
    )
    return found
