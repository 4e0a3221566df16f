"""Keep a copy of everything, prove that it can be brought back, bring it back."""

import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path

import click
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

from config import Config
from models import Pulse, StoredFile
from models.database import describe, file_of, flaws_of, schemas, snapshot
from models.database import upgrade as upgrade_database
from webapp import clock
from webapp.cli.base import settings, writing
from webapp.db import Database
from workflows import audit, backups, health
from workflows.backups import About, Manifest
from workflows.errors import DomainError
from workflows.files import FileStore

DUMP_BEGINS = b"PGDMP"


@click.command()
@click.option(
    "--dump",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="PostgreSQL: what pg_dump -Fc wrote just before. / PostgreSQL 的 pg_dump -Fc 文件。",
)
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
def backup(file: Path, dump: Path | None) -> None:
    """Write database and files to FILE, a zip with the hash of each. / 备份数据库和文件。"""
    config = settings()
    with _plain_faults(), _beside(file.absolute()) as folder:
        database = dump or _copy(config, folder)
        about = _about(config, None if dump else database)
        live = file_of(config.database_url)
        manifest = backups.pack(file, about, database=database, files=config.data_dir, live=live)
    size = file.stat().st_size
    with writing(config) as session:
        now = clock.now()
        session.merge(Pulse(name=health.BACKUP, at=now, seconds=size, failures=0))
        detail = {"file": file.name, "size": size, "count": len(manifest.members) - 1}
        audit.record(
            session, actor=None, action="backup_made", subject="backup", detail=detail, now=now
        )
    click.echo(f"{file}: {len(manifest.members) - 1} files / 个文件, {size} bytes / 字节")


def _copy(config: Config, folder: Path) -> Path:
    if file_of(config.database_url) is None:
        raise click.ClickException(
            "PostgreSQL is dumped by pg_dump -Fc; give what it wrote by --dump "
            "(docs/operation.md). / 请先用 pg_dump -Fc 导出，再用 --dump 指定。"
        )
    copy = folder / "database.db"
    snapshot(config.database_url, copy)
    if flaws := flaws_of(copy):
        raise click.ClickException(f"the database is damaged / 数据库已损坏: {flaws[0]}")
    return copy


def _about(config: Config, copy: Path | None) -> About:
    """Of the copy, not of the database that goes on; where a dump's trail ends is not known."""
    database = Database.open(_at(config, copy) if copy else config)
    try:
        with database.read() as session:
            facts, head = describe(session.connection()), audit.head(session)
    finally:
        database.engine.dispose()
    end = f"{head.seq}:{head.mac}" if copy and head else ""
    moment = clock.now().isoformat(timespec="seconds")
    return About(moment, version("tongze"), facts.kind, facts.schema, end)


def _at(config: Config, file: Path) -> Config:
    return replace(config, database_url=f"sqlite:///{file}")


@contextmanager
def _beside(place: Path) -> Iterator[Path]:
    """Room for working copies on the disk where the result will lie."""
    place.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=place.parent, prefix=".tongze-") as folder:
        yield Path(folder)


@contextmanager
def _plain_faults() -> Iterator[None]:
    try:
        yield
    except (DomainError, OSError) as fault:
        raise click.ClickException(str(fault)) from None
    except DBAPIError as fault:
        raise click.ClickException(f"the database / 数据库: {fault.orig}") from None


@click.command()
@click.option("--check", is_flag=True, help="Prove it only, change nothing. / 只核验，不恢复。")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
def restore(file: Path, check: bool) -> None:
    """Bring FILE back where nothing is yet; first it is proved. / 恢复备份。

    Hashes, the database's own integrity, the schema, every file that a row names, and the audit
    trail up to the head noted in the archive; exit 1 where one does not hold.
    """
    config = settings()
    target = file_of(config.database_url)
    if not check:
        _require_room(config, target)
    with _plain_faults(), _beside((file if check else config.data_dir).absolute()) as folder:
        manifest = backups.unpack(file, folder)
        click.echo(_told(manifest))
        faults = _faults(config, manifest, folder)
        for fault in faults:
            click.echo(f"✗ {fault}")
        if faults:
            sys.exit(1)
        click.echo("the backup holds / 备份完好")
        if not check and target is not None:
            _bring_back(config, manifest, folder, target)


def _told(manifest: Manifest) -> str:
    about = manifest.about
    made = f"{about.made_at} tongze {about.version}, {about.kind} {about.schema}"
    return f"{made}, {len(manifest.members) - 1} files / 个文件"


def _require_room(config: Config, target: Path | None) -> None:
    if target is None:
        raise click.ClickException(
            "A PostgreSQL dump is brought back by pg_restore: docs/operation.md. / "
            "PostgreSQL 用 pg_restore 恢复，见 docs/operation.zh.md。"
        )
    taken = [one for one in (target, target.with_name(f"{target.name}-wal")) if one.exists()]
    if config.data_dir.exists() and any(config.data_dir.iterdir()):
        taken.append(config.data_dir)
    if taken:
        raise click.ClickException(f"move it away first / 请先移走: {', '.join(map(str, taken))}")


def _faults(config: Config, manifest: Manifest, folder: Path) -> list[str]:
    database = folder / manifest.database
    if manifest.about.schema not in schemas():
        return [f"schema {manifest.about.schema} is unknown here: made by a newer version?"]
    if manifest.about.kind != "SQLite":
        with database.open("rb") as dump:
            is_dump = dump.read(len(DUMP_BEGINS)) == DUMP_BEGINS
        return [] if is_dump else [f"{manifest.database} is no dump of pg_dump -Fc"]
    if flaws := flaws_of(database):
        return flaws
    upgrade_database(f"sqlite:///{database}")  # as it will be when it is used again
    return [*_rows_faults(_at(config, database), manifest, folder)]


def _rows_faults(config: Config, manifest: Manifest, folder: Path) -> Iterator[str]:
    """Files that rows name and the archive lacks; the trail, up to the head noted at the time."""
    store = FileStore(folder / backups.FILES)
    database = Database.open(config)
    try:
        with database.read() as session:
            for sha256 in session.scalars(select(StoredFile.sha256).distinct()):
                if not store.path_of(sha256).is_file():
                    yield f"the file {sha256} is missing"
            seq, _colon, mac = manifest.about.head.partition(":")
            verdict = audit.verify(session, exported={int(seq): mac} if seq and mac else {})
            yield from (f"audit trail: {flaw}" for flaw in verdict.faults)
    finally:
        database.engine.dispose()


def _bring_back(config: Config, manifest: Manifest, folder: Path, target: Path) -> None:
    """The files first: a database without its files would look whole."""
    files = folder / backups.FILES
    files.mkdir(exist_ok=True)
    if config.data_dir.exists():
        config.data_dir.rmdir()
    shutil.move(files, config.data_dir)
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.move(folder / manifest.database, target)
    with writing(config) as session:
        detail = {"made_at": manifest.about.made_at, "count": len(manifest.members) - 1}
        audit.record(
            session,
            actor=None,
            action="backup_restored",
            subject="backup",
            detail=detail,
            now=clock.now(),
        )
    click.echo(f"{target}, {config.data_dir}: brought back / 已恢复")
