"""Make a year's scores again from its facts."""

import click

from webapp.cli.base import settings, writing
from workflows import assessments, scores
from workflows.schemes import GROUP


@click.group()
def assessment() -> None:
    """The assessment of organs. / 机关党建考核。"""


@assessment.command()
@click.argument("year", type=int)
@click.option("--group", default=GROUP, help="The group assessed. / 考核分组。")
def recompute(year: int, group: str) -> None:
    """Make the scores of YEAR again from the facts; say what differs. / 重新计算得分。"""
    with writing(settings()) as session:
        found = assessments.get(session, group, year)
        changes = scores.made_again(session, found)
    for change in changes:
        before = "—" if change.before is None else change.before
        click.echo(f"{change.unit} {change.figure}: {before} → {change.after}")
    click.echo(f"{len(changes)} figures differ / 项数字有变化")
