"""Bring data in: the schema, workbooks, the demo city, people."""

from pathlib import Path

import click
from sqlalchemy.orm import Session

from config import Config
from models import Pulse
from models.database import upgrade as upgrade_database
from webapp import clock
from webapp.cli.base import settings, writing
from webapp.db import Database
from workflows import imports, installation, people


@click.group()
def db() -> None:
    """The database. / 数据库。"""


@db.command()
def upgrade() -> None:
    """Bring the database to the newest schema. / 升级到最新结构。"""
    upgrade_database(settings().database_url)
    click.echo("up to date / 已是最新")


@click.command("import")
@click.option("--dry-run", is_flag=True, help="Check only, change nothing. / 只检查。")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True))
def import_(files: tuple[Path, ...], dry_run: bool) -> None:
    """Take in workbooks; nothing changes unless every row is good. / 导入工作簿。"""
    config = settings()
    for file in files:
        with writing(config) as session:
            report = imports.import_workbook(
                session, file.read_bytes(), by=None, now=clock.now(), dry_run=dry_run
            )
        _show(file, report)
        if report.faults:
            raise SystemExit(1)


def _show(file: Path, report: imports.Report) -> None:
    for fault in report.faults:
        click.echo(f"{file.name} {fault}")
    for name, count in report.counts.items():
        click.echo(f"  {name}: {count}")


@click.command()
def demo() -> None:
    """Fill an empty database with the demo city. Only with TONGZE_DEMO=1. / 载入演示城市。"""
    config = settings()
    if not config.demo:
        raise click.ClickException("These people have known passwords: only with TONGZE_DEMO=1.")
    upgrade_database(config.database_url)
    from demo import city

    city.load(config, clock.now(), say=click.echo)


@click.group()
def user() -> None:
    """People who may sign in. / 用户。"""


@user.command("add")
@click.argument("login")
@click.argument("name")
def add(login: str, name: str) -> None:
    """Enrol a person; prints the one-time code for first use. / 新增用户。"""
    with writing(settings()) as session:
        code = people.enrol(session, login=login, name=name, by=None, now=clock.now())
    click.echo(f"{login}: {code}")


def install(session: Session, config: Config) -> None:
    """What ships with the system is in force: parameters, duties, processes."""
    installation.install(session, config.bpmn_folder, now=clock.now())


def restore_demo_clock(config: Config, database: Database) -> None:
    """A demo that was moved forward goes on from there."""
    if not config.demo:
        return
    with database.read() as session:
        pulse = session.get(Pulse, "demo_offset")
        if pulse is not None:
            clock.set_offset(clock.timedelta(seconds=pulse.seconds))
