"""What every command needs: settings, a session, plain errors."""

from collections.abc import Iterator
from contextlib import contextmanager

import click
from sqlalchemy.orm import Session

from config import BadSettings, Config
from webapp.db import Database
from workflows.errors import DomainError


def settings() -> Config:
    """The environment's settings, or one plain sentence that says what is wrong with them."""
    try:
        return Config.from_env()
    except BadSettings as error:
        raise click.ClickException(str(error)) from None


@contextmanager
def writing(config: Config) -> Iterator[Session]:
    """One transaction; a refusal of the domain becomes a plain error and undoes it."""
    database = Database.open(config)
    try:
        with database.write.begin() as session:
            yield session
    except DomainError as refusal:
        raise click.ClickException(str(refusal)) from None
    finally:
        database.engine.dispose()
