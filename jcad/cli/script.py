"""`jcad script list | show`: the PowerShell that jcad runs, for whoever reviews it."""

from __future__ import annotations

import click

from jcad import powershell
from jcad.cli.invocation import Invocation, json_option, pass_invocation
from jcad.errors import ExitCode


def _complete_script(_ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[str]:
    return [one.name for one in powershell.scripts() if one.name.startswith(incomplete)]


@click.group()
def script() -> None:
    """The PowerShell that jcad runs on domain controllers."""


@script.command("list")
@json_option
@pass_invocation
def list_command(invocation: Invocation, as_json: bool) -> int:
    """List every script: what it is for, whether it writes, which rights it needs."""
    output = invocation.use_json(as_json)
    found = powershell.scripts()
    output.table(
        ("script", "writes", "what for"), [(one.name, "yes" if one.writes else "no", one.synopsis) for one in found]
    )
    output.document(
        "jcad.scripts/1",
        {
            "scripts": [
                {
                    "name": one.name,
                    "synopsis": one.synopsis,
                    "writes": one.writes,
                    "takes_secret": one.takes_secret,
                    "digest": one.digest,
                    "rights": [str(right) for right in one.rights],
                }
                for one in found
            ]
        },
    )
    return ExitCode.OK


@script.command("show")
@click.argument("name", shell_complete=_complete_script)
@click.option("--rights", is_flag=True, help="Only the rights that it needs.")
@pass_invocation
def show_command(invocation: Invocation, name: str, rights: bool) -> int:
    """Print a script exactly as it is run.

    \b
    jcad script show create-user
    jcad script show create-user --rights
    """
    found = powershell.script(name)
    if rights:
        for right in found.rights:
            invocation.output.line(str(right))
        return ExitCode.OK
    invocation.output.raw(found.text)
    return ExitCode.OK
