"""`jcad agent`: JumpCloud's two agents on every host at once."""

from __future__ import annotations

import click

from jcad.cli.agent_status import status_command


@click.group()
def agent() -> None:
    """JumpCloud's agents on their hosts: installed, configured, watched, from here."""


for _command in (status_command,):
    agent.add_command(_command)
