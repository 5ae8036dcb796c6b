"""`jcad agent`: JumpCloud's two agents on every host at once."""

from __future__ import annotations

import click

from jcad.cli.agent_logs import collect_command, logs_command
from jcad.cli.agent_status import status_command
from jcad.cli.agent_work import CONFIGURE, INSTALL, REINSTALL, RESTART, UNINSTALL, upgrade_command


@click.group()
def agent() -> None:
    """JumpCloud's agents on their hosts: installed, configured, watched, from here."""


for _command in (
    status_command,
    INSTALL,
    REINSTALL,
    UNINSTALL,
    upgrade_command,
    CONFIGURE,
    RESTART,
    logs_command,
    collect_command,
):
    agent.add_command(_command)
