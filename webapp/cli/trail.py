"""Verify the audit trail, and compare what is kept twice with its source."""

import sys

import click

from webapp import clock
from webapp.cli.base import progress, reading, settings, writing
from workflows import audit as trail
from workflows import checks


@click.group()
def audit() -> None:
    """The audit trail. / 审计记录。"""


@audit.command()
def verify() -> None:
    """Recompute every MAC and link of the trail; exit 1 where one does not hold. / 核验。"""
    config = settings()
    progress("sealing what is not sealed yet / 封存未封存的记录")
    with writing(config) as session:
        trail.seal(session, now=clock.now(), limit=1_000_000)
    progress("recomputing every link / 逐条核验")
    with reading(config) as session:
        verdict = trail.verify(session)
    for fault in verdict.faults:
        click.echo(f"✗ {fault}")
    click.echo(
        f"{verdict.sealed} rows sealed, {verdict.unsealed} not yet; head {verdict.head[:24]}… / "
        f"已封存 {verdict.sealed} 条，未封存 {verdict.unsealed} 条"
    )
    sys.exit(1 if verdict.faults else 0)


@click.command()
def check() -> None:
    """Compare every mirror with its source: inbox, timers, lights, ledger. / 一致性检查。"""
    with reading(settings()) as session:
        faults = checks.run(session, now=clock.now(), say=progress)
    for fault in faults:
        click.echo(f"✗ {fault}")
    click.echo(f"{len(faults)} faults / 个问题" if faults else "all agree / 全部一致")
    sys.exit(1 if faults else 0)
