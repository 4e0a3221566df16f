"""The command `tongze`: the entry that reads the environment."""

import logging

import click

from webapp.cli import assessments, backup, data, processes, serving, trail, workbooks
from webapp.cli.base import Plain

TALKATIVE = ("alembic", "apscheduler")  # a line for every pulse: pulses are in /operation


@click.group(cls=Plain, context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Run and look after Tongze. / 运行和维护同责系统。"""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    for name in TALKATIVE:
        logging.getLogger(name).setLevel(logging.WARNING)


for command in (
    serving.serve,
    serving.web,
    serving.clock,
    data.db,
    data.install,
    workbooks.import_,
    workbooks.export,
    data.demo,
    data.user,
    processes.validate,
    processes.publish,
    backup.backup,
    backup.restore,
    trail.audit,
    trail.check,
    assessments.assessment,
):
    main.add_command(command)
