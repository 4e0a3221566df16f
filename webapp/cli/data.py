"""Bring data in: the schema, workbooks, the demo city, people."""

from datetime import timedelta

import click

from config import Config
from models import Pulse
from models.database import upgrade as upgrade_database
from webapp import clock
from webapp.cli.base import settings, writing
from webapp.db import Database
from workflows import definitions, installation, people


@click.group()
def db() -> None:
    """The database. / 数据库。"""


@db.command()
def upgrade() -> None:
    """Bring the database to the newest schema. / 升级到最新结构。"""
    upgrade_database(settings().database_url)
    click.echo("up to date / 已是最新")


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


@click.command()
def install() -> None:
    """Put in force what ships: calendar, parameters, duties, processes. Once. / 首次启用。"""
    config = settings()
    upgrade_database(config.database_url)
    with writing(config) as session:
        if definitions.all_versions(session):
            raise click.ClickException(
                "processes are in force already; take in a newer one by tongze publish / "
                "已有流程，更新请用 tongze publish"
            )
        installation.install(session, config.bpmn_folder, now=clock.now(), say=click.echo)


def restore_demo_clock(config: Config, database: Database) -> None:
    """A demo that was moved forward goes on from there."""
    if not config.demo:
        return
    with database.read() as session:
        pulse = session.get(Pulse, "demo_offset")
        if pulse is not None:
            clock.set_offset(timedelta(seconds=pulse.seconds))


def tell_accounts(config: Config, database: Database) -> None:
    """A demo says who may sign in, and what each may do."""
    if not config.demo:
        return
    from demo import accounts

    with database.read() as session:
        accounts.tell(session, click.echo)
