"""Check diagrams, and publish what ships or what an admin has drawn."""

import json
import sys
from dataclasses import asdict
from pathlib import Path

import click

from webapp import clock
from webapp.cli.base import settings, writing
from workflows import definitions, operations
from workflows.definitions import Unfit
from workflows.engine.validation import Fault, check_files


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Faults as a JSON list. / 以 JSON 列出问题。")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
def validate(files: tuple[Path, ...], as_json: bool) -> None:
    """Say whether diagrams are fit to be published: exit 0 fit, 1 refused, 2 usage.

    检查流程图能否发布。
    """
    faults = check_files(files, operations=operations.names())
    if as_json:
        click.echo(json.dumps([asdict(one) for one in faults], ensure_ascii=False, indent=1))
    else:
        _show(faults)
    sys.exit(1 if faults else 0)


def _show(faults: list[Fault]) -> None:
    for one in faults:
        where = f"{one.file}: {one.element or '-'} {one.name or ''}".rstrip()
        click.echo(f"{where} [{one.rule}]\n    {one.zh}\n    {one.en}")
    click.echo(f"{len(faults)} faults / 个问题" if faults else "fit to be published / 可以发布")


@click.command()
@click.option("--note", default="", help="What changed. / 修改说明。")
@click.argument("folders", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True))
def publish(folders: tuple[Path, ...], note: str) -> None:
    """Publish the process that lies in FOLDER as its newest version. / 发布流程。"""
    config = settings()
    for folder in folders:
        with writing(config) as session:
            try:
                made = definitions.publish_folder(
                    session, folder, by=None, now=clock.now(), note=note
                )
            except Unfit as unfit:
                _show(list(unfit.faults))
                raise
            click.echo(f"{made.process} v{made.number}")
