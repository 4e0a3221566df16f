"""Check diagrams, and publish what ships or what an admin has drawn."""

import json
import sys
from collections.abc import Iterable
from dataclasses import asdict
from itertools import islice
from pathlib import Path

import click

from webapp import clock
from webapp.cli.base import plain, progress, settings, told, writing
from workflows import definitions, operations, packages, templates
from workflows.definitions import Unfit
from workflows.engine import Bundle
from workflows.engine.validation import Fault, check_files
from workflows.errors import DomainError

PACKAGE = ".zip"
MOST_TEMPLATES = 200


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Faults as a JSON list. / 以 JSON 列出问题。")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
def validate(files: tuple[Path, ...], as_json: bool) -> None:
    """Say whether FILES are fit to be published: exit 0 fit, 1 refused, 2 usage.

    FILES are diagrams (.bpmn), tables (.dmn), folders with such, or packages (.zip).

    检查流程图、判定表、流程文件夹或流程包能否发布：0 可以，1 不可以，2 用法有误。
    """
    faults = [fault for path in files for fault in _faults(path)]
    if as_json:
        click.echo(json.dumps([asdict(one) for one in faults], ensure_ascii=False, indent=1))
    else:
        _show(faults)
    sys.exit(1 if faults else 0)


def _faults(path: Path) -> list[Fault]:
    if path.suffix == PACKAGE and path.is_file():
        return _of_package(path)
    return [*check_files([path], operations=operations.takes()), *_of_templates(path)]


def _of_package(path: Path) -> list[Fault]:
    try:
        return definitions.faults_of(packages.read(path.name, path.read_bytes()))
    except DomainError as refusal:
        english, _, chinese = told(refusal).partition(" / ")
        return [Fault(str(path), None, None, "package-refused", chinese or english, english)]


def _of_templates(path: Path) -> list[Fault]:
    found = islice(path.rglob("documents/*.docx"), MOST_TEMPLATES) if path.is_dir() else ()
    return [
        fault
        for one in found
        for fault in templates.faults_in({str(one): one.read_bytes()}, folder="")
    ]


def _show(faults: Iterable[Fault]) -> None:
    count = 0
    for count, one in enumerate(faults, 1):  # noqa: B007
        where = f"{one.file}: {one.element or '-'} {one.name or ''}".rstrip()
        click.echo(f"{where} [{one.rule}]\n    {one.zh}\n    {one.en}")
    click.echo(f"{count} faults / 个问题" if count else "fit to be published / 可以发布")


@click.command()
@click.option("--note", default="", help="What changed. / 修改说明。")
@click.argument("places", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True))
def publish(places: tuple[Path, ...], note: str) -> None:
    """Publish each of PLACES, a folder named as its process or a package (.zip).

    It is in force at once for cases opened from now on; each place is published by itself, so
    that what went before a refused one stays. The same files again change nothing.

    发布流程文件夹或流程包，立即生效；在办办件沿用原版本。
    """
    config = settings()
    for place in places:
        progress(f"{place} …")
        bundle = _bundle(place)
        with writing(config) as session:
            before = definitions.newest_of(session, bundle.process)
            try:
                made = definitions.publish(session, bundle, by=None, now=clock.now(), note=note)
            except Unfit as unfit:
                _show(unfit.faults)
                raise
            same = " unchanged / 无变化" if before is made else ""
            click.echo(f"{made.process} v{made.number}{same}")


def _bundle(place: Path) -> Bundle:
    with plain():
        if place.is_file():
            return packages.read(place.name, place.read_bytes())
        return Bundle.from_folder(place.resolve())
