"""Verify the audit trail, change its key, and compare what is kept twice with its source."""

import secrets
import sys
from urllib.parse import quote

import click

from config import Config
from webapp import clock
from webapp.cli.base import progress, reading, settings, writing
from workflows import audit as trail
from workflows import audit_keys, checks
from workflows.audit import AuditKey


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


@audit.command("rotate-key")
@click.option("--yes", is_flag=True, help="Do not ask. / 不再询问。")
def rotate_key(yes: bool) -> None:
    """Seal the trail and go on under a new key; prints the settings. Stop the service first.

    封存审计记录并启用新密钥，输出须写入的设置。请先停止服务。
    """
    config = settings()
    if config.demo:
        raise click.ClickException("A demo keeps its key. / 演示环境不更换密钥。")
    if not yes:
        click.confirm("Is the service stopped? / 服务已停止？", abort=True, err=True)
    name, key = _next_name(config), secrets.token_urlsafe(48)
    progress("sealing and verifying the whole trail / 封存并核验全部记录")
    with writing(config) as session:
        head = audit_keys.hand_over(session, AuditKey(name, key.encode()), now=clock.now())
    old = quote(config.audit_key, safe="")  # it may hold a space
    former = f"{config.audit_key_id}:{old} {config.audit_former_keys}".strip()
    progress(f"head / 末条 {head}")
    progress("put these in place of the old settings, then start / 用下列设置替换原设置后启动服务:")
    click.echo(f"TONGZE_AUDIT_KEY_ID={name}\nTONGZE_AUDIT_KEY={key}")
    click.echo(f'TONGZE_AUDIT_FORMER_KEYS="{former}"')


def _next_name(config: Config) -> str:
    names = [config.audit_key_id, *(name for name, _ in config.former_audit_keys)]
    return str(max((int(one) for one in names if one.isdecimal()), default=0) + 1)


@click.command()
def check() -> None:
    """Compare every mirror with its source: inbox, timers, lights, ledger. / 一致性检查。"""
    with reading(settings()) as session:
        faults = checks.run(session, now=clock.now(), say=progress)
    for fault in faults:
        click.echo(f"✗ {fault}")
    click.echo(f"{len(faults)} faults / 个问题" if faults else "all agree / 全部一致")
    sys.exit(1 if faults else 0)
