"""Packages of a process as an administrator hands them in: right ones, changed ones, wrong ones."""

import io
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import lru_cache
from pathlib import Path

import pytest
from flask import Flask
from openpyxl import load_workbook
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from config import ROOT, Config
from models import Case, Definition, DefinitionDraft, ParameterSet, Role
from tests.cast import Cast
from tests.webapp.conftest import HASH, Visitor
from tests.webapp.town import town
from webapp import db
from workflows import definitions, packages
from workflows.engine import Bundle

BPMN = ROOT / "bpmn"
NEW = "/process-drafts/new"
INSTALLED = ("reminder", "rectification", "interview")


@contextmanager
def office(settings: Config, now: datetime, monkeypatch: pytest.MonkeyPatch) -> Iterator[Flask]:
    """The town with three processes in force, and two who may publish others."""
    with town(settings, now, monkeypatch) as app:
        with db.of(app).write.begin() as session:
            values = definitions.read_parameters(BPMN / "_parameters.json")
            definitions.install_parameters(session, values, by=None, now=now)
            for process in INSTALLED:
                definitions.publish_folder(session, BPMN / process, by=None, now=now)
            cast: Cast = app.extensions["cast"]
            cast.session = session
            second = cast.grant("process_admin2", Role.PROCESS_ADMIN, "work")
            second.password_hash, second.session_key = HASH, "key of the second"
        yield app


@lru_cache
def folder(process: str = "reminder") -> Bundle:
    """What ships in bpmn/<process>."""
    return Bundle.from_folder(Path(BPMN / process))


def diagram(changes: Mapping[str, str], process: str = "reminder") -> bytes:
    """The shipped diagram with each text on the left made that on the right."""
    text = folder(process).diagrams[process].decode()
    for old, new in changes.items():
        assert old in text
        text = text.replace(old, new)
    return text.encode()


def zipped(files: Mapping[str, bytes | str]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return target.getvalue()


def contents(package: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(package)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def package(changed: Mapping[str, bytes], process: str = "reminder") -> bytes:
    """The shipped process with some of its files changed."""
    files = contents(packages.write(folder(process)))
    return zipped({**files, **{f"{process}/{name}": data for name, data in changed.items()}})


def hand_in(
    visitor: Visitor, data: bytes, name: str = "package.zip", **fields: str
) -> TestResponse:
    """The file is handed in, if not said otherwise as a new version of the reminder, made of v1."""
    form = {"process": "reminder", "base": "1", **fields}
    return visitor.send(NEW, package=(io.BytesIO(data), name), **form)


def approve(draft: str, *, by: Visitor, reviewer: Visitor, note: str = "再核对一次") -> None:
    """The draft at that address is handed in by the one and approved by the other."""
    assert by.send(f"{draft}/hand-in", note=note).status_code == 303
    assert verdict(draft, reviewer).status_code == 303


def verdict(draft: str, reviewer: Visitor, **said: str) -> TestResponse:
    """The reviewer looks at the draft and says so: approved, if nothing else is said."""
    page = reviewer.get(draft).text
    seen = page.split('name="seen" value="')[1].split('"')[0] if 'name="seen"' in page else "1"
    return reviewer.send(f"{draft}/review", seen=seen, **{"verdict": "approve", **said})


def rows_of(answer: TestResponse) -> Sequence[tuple[object, ...]]:
    """The rows of a workbook, without its heads."""
    return list(load_workbook(io.BytesIO(answer.data)).worksheets[0].values)[1:]


def count(app: Flask, table: type[Definition] | type[DefinitionDraft] | type[ParameterSet]) -> int:
    with Session(db.of(app).engine) as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def versions_of(app: Flask, process: str = "reminder") -> list[int]:
    with Session(db.of(app).engine) as session:
        query = select(Definition.number).where(Definition.process == process)
        return sorted(session.scalars(query))


def run_case(app: Flask, now: datetime, *, number: int = 1, status: str = "running") -> int:
    """A case of the reminder that was opened on that version; returns its id."""
    with db.of(app).write.begin() as session:
        query = select(Definition).where(
            Definition.process == "reminder", Definition.number == number
        )
        cast: Cast = app.extensions["cast"]
        case = Case(
            definition_id=session.scalars(query).one().id,
            parameters_id=definitions.latest_parameters(session).id,
            process="reminder",
            key=f"reminder:{number}:{status}",
            title="提醒",
            unit_id=cast.units["finance"].id,
            status=status,
            state=b"",
            opened_at=now,
        )
        session.add(case)
    return case.id
