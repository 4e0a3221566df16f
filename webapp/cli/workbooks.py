"""Workbooks: the organisation in, and out again in the same form."""

from datetime import date, datetime
from pathlib import Path

import click

from webapp import clock
from webapp.cli.base import progress, settings, writing
from workflows import imports

WORKBOOK = click.Path(path_type=Path, exists=True, dir_okay=False)


@click.command("import")
@click.option("--dry-run", is_flag=True, help="Check only, change nothing. / 只检查。")
@click.argument("files", nargs=-1, required=True, type=WORKBOOK)
def import_(files: tuple[Path, ...], dry_run: bool) -> None:
    """Take in workbooks; of one with a fault nothing is changed. / 导入工作簿。"""
    config = settings()
    for file in files:
        with writing(config) as session:
            report = imports.import_workbook(
                session,
                file.read_bytes(),
                by=None,
                now=clock.now(),
                dry_run=dry_run,
                say=progress,
            )
        _show(file, report)
        if report.faults:
            raise SystemExit(1)


def _show(file: Path, report: imports.Report) -> None:
    for fault in report.faults:
        click.echo(f"{file.name} {fault}")
    if report.more:
        click.echo(f"… {report.more} more / 另有 {report.more} 处")
    for note in report.notes:
        click.echo(f"{file.name} {note}")
    for name, count in report.counts.items():
        click.echo(f"  {name}: {count}")


@click.command("export")
@click.option(
    "--since", type=click.DateTime(["%Y-%m-%d"]), help="Duty records from this day. / 起始日期。"
)
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
def export(file: Path, since: datetime | None) -> None:
    """Write the organisation to FILE, or its empty form if there is none. / 导出工作簿。"""
    first: date | None = since.date() if since else None
    with writing(settings()) as session:
        file.write_bytes(imports.export_workbook(session, since=first))
    click.echo(str(file))
