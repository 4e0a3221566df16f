"""What ships with the system comes into force: parameters, duties, templates, processes."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from sqlalchemy.orm import Session

from workflows import calendar_changes, definitions, duties, responsibility_templates
from workflows.definitions import read_parameters


def processes_in(folder: Path) -> list[Path]:
    """The folders of bpmn/ that hold a process each."""
    return sorted(one for one in folder.iterdir() if (one / f"{one.name}.bpmn").is_file())


def install(
    session: Session, folder: Path, *, now: datetime, say: Callable[[str], object] = str
) -> None:
    """Calendar, parameters, duties and processes are in force; again, it changes nothing."""
    calendar_changes.seed(session, now=now)
    parameters = read_parameters(folder / "_parameters.json")
    definitions.install_parameters(session, parameters, by=None, now=now)
    duties.install(session, now=now)
    responsibility_templates.install(session, now)
    for one in processes_in(folder):
        made = definitions.publish_folder(session, one, by=None, now=now)
        say(f"{made.name} v{made.number}")
