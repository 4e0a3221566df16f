"""What every command needs: settings, a session, plain errors."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import click
from babel.support import NullTranslations, Translations
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.orm import Session

from config import BadSettings, Config
from models.database import UnsafeSqlite
from webapp.db import Database
from workflows.engine import EngineFault
from workflows.errors import DomainError

TRANSLATIONS = Path(__file__).parents[1] / "translations"
NO_TABLE = "42P01"  # PostgreSQL's own code
NO_COLUMN = "42703"


class Plain(click.Group):
    """Whatever a command meets outside of itself is told in a sentence, not in a trace."""

    def invoke(self, ctx: click.Context) -> Any:
        with plain():
            return super().invoke(ctx)


@contextmanager
def plain() -> Iterator[None]:
    try:
        yield
    except DomainError as refusal:
        raise click.ClickException(told(refusal)) from None
    except EngineFault as fault:
        raise click.ClickException(f"{fault.en} / {fault.zh}") from None
    except ArgumentError:
        raise click.ClickException(
            "TONGZE_DATABASE_URL is no address of a database. / "
            "TONGZE_DATABASE_URL 不是数据库地址。"
        ) from None
    except DBAPIError as fault:
        raise click.ClickException(_of_database(fault)) from None
    except (UnsafeSqlite, OSError) as fault:
        raise click.ClickException(str(fault)) from None


def _of_database(fault: DBAPIError) -> str:
    said = str(fault.orig).strip().splitlines() or [""]
    missing = getattr(fault.orig, "sqlstate", "") in (NO_TABLE, NO_COLUMN)
    if missing or said[0].startswith(("no such table", "no such column")):
        return (
            "The database has not this version's tables: tongze db upgrade brings them. / "
            "数据库结构不是本版本的，请先运行 tongze db upgrade。"
        )
    return f"the database / 数据库: {said[0]}"


def told(refusal: DomainError) -> str:
    """The refusal and its fields in both languages, a line each."""
    lines = [_both(refusal.message, refusal.facts)]
    for name, sentence in refusal.fields.items():
        facts = getattr(sentence, "facts", refusal.facts)
        lines.append(f"  {name}: {_both(sentence, facts)}")
    return "\n".join(lines)


def _both(sentence: str, facts: Any) -> str:
    known = {name: getattr(fact, "name", fact) for name, fact in facts.items()}
    english = sentence.format(**known) if known else str(sentence)
    chinese = _chinese().gettext(sentence)
    if chinese == sentence:
        return english
    return f"{english} / {chinese.format(**known) if known else chinese}"


@cache
def _chinese() -> NullTranslations:
    return Translations.load(TRANSLATIONS, ["zh"])


def settings() -> Config:
    """The environment's settings, or one plain sentence that says what is wrong with them."""
    try:
        return Config.from_env()
    except BadSettings as error:
        raise click.ClickException(str(error)) from None


def progress(line: str) -> None:
    """Beside what the command answers, which may go into a file or a pipe."""
    click.echo(line, err=True)


@contextmanager
def writing(config: Config) -> Iterator[Session]:
    """One transaction; a refusal of the domain becomes a plain error and undoes it."""
    with plain():
        database = Database.open(config)
        try:
            with database.write.begin() as session:
                yield session
        finally:
            database.engine.dispose()


@contextmanager
def reading(config: Config) -> Iterator[Session]:
    """A look that keeps no writer waiting."""
    with plain():
        database = Database.open(config)
        try:
            with database.read() as session:
                yield session
        finally:
            database.engine.dispose()
