"""Backup and restore by the command: the drill, and archives that lie."""

import hashlib
import json
import os
import shutil
import threading
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import func, select, text

from config import Config
from models import AuditRow, Pulse, User
from models.database import upgrade
from tests.cast import assemble
from webapp.cli import main
from webapp.db import Database
from workflows import audit, files, health
from workflows.files import FileStore, Upload

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
SECRETS = {
    "TONGZE_SECRET_KEY": "a key for the tests of the backup 0123456789",
    "TONGZE_AUDIT_KEY": "another key for its trail, 9876543210 abc",
}


class House:
    """One installation in a folder of its own, driven by the command."""

    def __init__(self, root: Path, *, database: str = "") -> None:
        self.root, self.files, self.file = root, root / "files", root / "tongze.db"
        self.url = database or f"sqlite:///{self.file}"

    @property
    def env(self) -> dict[str, str]:
        given = {"TONGZE_DATABASE_URL": self.url, "TONGZE_DATA_DIR": str(self.files)}
        return {**SECRETS, **given, "TONGZE_DEMO": "0"}

    def run(self, *words: object) -> Result:
        return CliRunner().invoke(main, [str(word) for word in words], env=self.env)

    def open(self) -> Database:
        return Database.open(Config.from_env({**os.environ, **self.env}))


def settle(house: House) -> None:
    """People, a sealed trail, and one file that a row names."""
    database = house.open()
    with database.write.begin() as session:
        cast = assemble(session)
        by, unit = cast.users["finance_head"], cast.units["finance"]
        upload = Upload("说明.txt", "情况说明".encode(), unit_id=unit.id)
        files.keep(session, FileStore(house.files), upload, by=by, now=NOW)
        audit.seal(session, now=NOW)
    database.engine.dispose()


@pytest.fixture
def house(tmp_path: Path) -> House:
    house = House(tmp_path / "house")
    upgrade(house.url)
    settle(house)
    return house


@pytest.fixture
def archive(house: House, tmp_path: Path) -> Path:
    file = tmp_path / "backup.zip"
    made = house.run("backup", file)
    assert made.exit_code == 0, made.output
    return file


def rewrite(archive: Path, change: Callable[[dict[str, bytes]], None]) -> None:
    with zipfile.ZipFile(archive) as packed:
        members = {name: packed.read(name) for name in packed.namelist()}
    change(members)
    with zipfile.ZipFile(archive, "w") as packed:
        for name, data in members.items():
            packed.writestr(name, data)


# ---- the drill


def test_what_was_backed_up_comes_back(house: House, archive: Path, tmp_path: Path) -> None:
    assert archive.stat().st_mode & 0o077 == 0
    proved = house.run("restore", "--check", archive)
    assert proved.exit_code == 0, proved.output
    new = House(tmp_path / "new")
    brought = new.run("restore", archive)
    assert brought.exit_code == 0, brought.output
    database = new.open()
    with database.read() as session:
        assert session.scalar(select(func.count(User.id)).where(User.name == "finance_head")) == 1
        assert audit.verify(session).holds
        acts = session.scalars(select(AuditRow.action).order_by(AuditRow.id)).all()
    database.engine.dispose()
    assert acts[-1] == "backup_restored"
    kept = [one for one in new.files.rglob("*") if one.is_file()]
    assert [one.read_bytes().decode() for one in kept] == ["情况说明"]
    assert not list(tmp_path.glob("**/.tongze-*"))


def test_that_it_was_made_is_on_record(house: House, archive: Path) -> None:
    database = house.open()
    with database.read() as session:
        pulse = session.get_one(Pulse, health.BACKUP)
        acts = session.scalars(select(AuditRow.action)).all()
    database.engine.dispose()
    assert pulse.seconds == archive.stat().st_size
    assert "backup_made" in acts


def test_nothing_is_overwritten(house: House, archive: Path) -> None:
    before = archive.read_bytes()
    assert house.run("backup", archive).exit_code == 1
    assert archive.read_bytes() == before
    refused = house.run("restore", archive)
    assert refused.exit_code == 1
    assert "tongze.db" in refused.output
    assert house.run("backup", house.files / "in.zip").exit_code == 1


def test_a_writer_is_not_kept_waiting_nor_half_copied(house: House, tmp_path: Path) -> None:
    database, stop, written = house.open(), threading.Event(), [0]

    def write() -> None:
        while not stop.is_set():
            with database.write.begin() as session:
                for one in ("a", "b"):  # both or none
                    audit.record(session, actor=None, action="urged", subject=one, now=NOW)
            written[0] += 1

    writer = threading.Thread(target=write)
    writer.start()
    try:
        made = house.run("backup", tmp_path / "live.zip")
    finally:
        stop.set()
        writer.join()
        database.engine.dispose()
    assert made.exit_code == 0, made.output
    assert written[0] > 0
    assert house.run("restore", "--check", tmp_path / "live.zip").exit_code == 0
    with zipfile.ZipFile(tmp_path / "live.zip") as packed:
        packed.extract("database.db", tmp_path)
    copy = House(tmp_path, database=f"sqlite:///{tmp_path / 'database.db'}").open()
    with copy.read() as session:
        urged = select(func.count(AuditRow.id)).where(AuditRow.action == "urged")
        assert (session.scalar(urged) or 0) % 2 == 0
    copy.engine.dispose()


def test_a_database_among_the_files_is_not_packed_twice(tmp_path: Path) -> None:
    house = House(tmp_path / "house")
    house.files.mkdir(parents=True)
    house.url = f"sqlite:///{house.files / 'tongze.db'}"
    upgrade(house.url)
    settle(house)
    assert house.run("backup", tmp_path / "b.zip").exit_code == 0
    with zipfile.ZipFile(tmp_path / "b.zip") as packed:
        assert not [name for name in packed.namelist() if "tongze.db" in name]
    shutil.rmtree(house.files)
    assert house.run("restore", tmp_path / "b.zip").exit_code == 0
    assert (house.files / "tongze.db").is_file()


# ---- archives that lie


def _drop_file(members: dict[str, bytes]) -> None:
    name = next(one for one in members if one.startswith("files/"))
    del members[name]
    listed = json.loads(members["manifest.json"])
    del listed["members"][name]
    members["manifest.json"] = json.dumps(listed).encode()


def _change_file(members: dict[str, bytes]) -> None:
    name = next(one for one in members if one.startswith("files/"))
    members[name] = b"another text"


def _say(path: str, value: object) -> Callable[[dict[str, bytes]], None]:
    def change(members: dict[str, bytes]) -> None:
        listed: Any = json.loads(members["manifest.json"])
        *way, last = path.split("/")
        place = listed
        for step in way:
            place = place[step]
        place[last] = value
        members["manifest.json"] = json.dumps(listed).encode()

    return change


def _slip(members: dict[str, bytes]) -> None:
    members["files/../../evil"] = b"x"
    listed = json.loads(members["manifest.json"])
    listed["members"]["files/../../evil"] = "0" * 64
    members["manifest.json"] = json.dumps(listed).encode()


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (_drop_file, "is missing"),
        (_change_file, "damaged"),
        (_slip, "no name for a file"),
        (lambda members: members.update(more=b"x"), "does not hold what its list says"),
        (lambda members: members.pop("manifest.json"), "list of contents"),
        (_say("format", 2), "format 2"),
        (_say("about/kind", "dBase"), "list of contents"),
        (_say("about/schema", "9999"), "newer version"),
        (_say("about/head", "1:another"), "differs from the head"),
        (_say("about/head", "999999:0"), "once reached"),
    ],
)
def test_an_archive_that_does_not_hold_is_refused(
    house: House,
    archive: Path,
    tmp_path: Path,
    change: Callable[[dict[str, bytes]], None],
    told: str,
) -> None:
    rewrite(archive, change)
    refused = house.run("restore", "--check", archive)
    assert refused.exit_code == 1
    assert told in refused.output
    assert "Traceback" not in refused.output
    new = House(tmp_path / "new")
    assert new.run("restore", archive).exit_code == 1
    assert not new.file.exists()
    assert not new.files.exists()
    assert not list(tmp_path.rglob("evil"))


@pytest.mark.parametrize("data", [b"", b"no archive", b"PK\x03\x04 nor this"])
def test_what_is_no_archive_is_refused(house: House, tmp_path: Path, data: bytes) -> None:
    (tmp_path / "x.zip").write_bytes(data)
    refused = house.run("restore", "--check", tmp_path / "x.zip")
    assert refused.exit_code == 1
    assert "no backup" in refused.output


def test_a_trail_that_was_changed_in_the_archive_is_found(
    house: House, archive: Path, tmp_path: Path
) -> None:
    def change(members: dict[str, bytes]) -> None:
        (tmp_path / "c.db").write_bytes(members["database.db"])
        copy = House(tmp_path, database=f"sqlite:///{tmp_path / 'c.db'}").open()
        with copy.engine.begin() as connection:
            connection.execute(text("UPDATE audit SET actor_name = 'somebody'"))
        copy.engine.dispose()
        members["database.db"] = (tmp_path / "c.db").read_bytes()
        digest = hashlib.sha256(members["database.db"]).hexdigest()
        _say("members/database.db", digest)(members)

    rewrite(archive, change)
    found = house.run("restore", "--check", archive)
    assert found.exit_code == 1
    assert "was changed" in found.output


def test_a_damaged_database_is_not_backed_up_in_silence(house: House, tmp_path: Path) -> None:
    data = bytearray(house.file.read_bytes())
    half = len(data) // 2
    data[half : half + 8192] = os.urandom(8192)
    house.file.write_bytes(bytes(data))
    refused = house.run("backup", tmp_path / "b.zip")
    assert refused.exit_code == 1
    assert not (tmp_path / "b.zip").exists()


def test_what_is_no_database_of_ours_is_said_plainly(tmp_path: Path) -> None:
    house = House(tmp_path / "house")
    house.open().engine.connect().close()  # an empty file
    refused = house.run("backup", tmp_path / "b.zip")
    assert refused.exit_code == 1
    assert "no such table" in refused.output
    assert "Traceback" not in refused.output


# ---- PostgreSQL


@pytest.fixture
def dumped(database_url: str, tmp_path: Path) -> House:
    if not database_url.startswith("postgresql"):
        pytest.skip("for PostgreSQL only")
    return House(tmp_path / "house", database=database_url)


def test_a_dump_is_packed_with_the_files(dumped: House, tmp_path: Path) -> None:
    dumped.files.mkdir(parents=True)
    (dumped.files / "a").write_text("a")
    refused = dumped.run("backup", tmp_path / "b.zip")
    assert refused.exit_code == 1
    assert "pg_dump" in refused.output
    dump = tmp_path / "dump"
    dump.write_bytes(b"PGDMP and so on")
    made = dumped.run("backup", "--dump", dump, tmp_path / "b.zip")
    assert made.exit_code == 0, made.output
    assert dumped.run("restore", "--check", tmp_path / "b.zip").exit_code == 0
    assert "pg_restore" in dumped.run("restore", tmp_path / "b.zip").output
    dump.write_bytes(b"no dump")
    assert dumped.run("backup", "--dump", dump, tmp_path / "c.zip").exit_code == 0
    assert dumped.run("restore", "--check", tmp_path / "c.zip").exit_code == 1
