"""`jcad script list | show | export | jea`: the PowerShell that jcad runs, for whoever reviews it or has to run it by hand."""

from __future__ import annotations

import difflib
from pathlib import Path
from typing import TYPE_CHECKING

import click

from jcad import __version__
from jcad.cli.invocation import Invocation, json_option, pass_invocation
from jcad.errors import ExitCode, ReportError, ScriptError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jcad.model.script import Script


def _every_script() -> Mapping[str, tuple[Script, str]]:
    """Every script by its name, and where it runs: on a domain controller, on a host, or by hand alone."""
    from jcad import powershell

    found = {one.name: (one, "domain controller") for one in powershell.scripts()}
    found |= {one.name: (one, "host") for one in powershell.host_scripts()}
    found |= {name: (powershell.printed_script(name), "by hand") for name in powershell.PRINTED_SCRIPTS}
    return dict(sorted(found.items()))


def _complete_script(_ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[str]:
    return [name for name in _every_script() if name.startswith(incomplete)]


@click.group()
def script() -> None:
    """The PowerShell that jcad runs on domain controllers and on the hosts of agents."""


@script.command("list")
@json_option
@pass_invocation
def list_command(invocation: Invocation, as_json: bool) -> int:
    """List every script: what it is for, where it runs, whether it writes, which rights it needs."""
    output = invocation.use_json(as_json)
    found = _every_script().values()
    output.table(
        ("script", "runs on", "writes", "what for"),
        [(one.name, where, "yes" if one.writes else "no", one.synopsis) for one, where in found],
    )
    output.document(
        "jcad.scripts/1",
        {
            "scripts": [
                {
                    "name": one.name,
                    "synopsis": one.synopsis,
                    "runs_on": where,
                    "writes": one.writes,
                    "takes_secret": one.takes_secret,
                    "digest": one.digest,
                    "rights": [str(right) for right in one.rights],
                }
                for one, where in found
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
    found = _script(name)
    if rights:
        for right in found.rights:
            invocation.output.line(str(right))
        return ExitCode.OK
    invocation.output.raw(found.text)
    return ExitCode.OK


@script.command("export")
@click.argument("source", metavar="NAME|PLAN", shell_complete=_complete_script)
@click.option("--out", metavar="FILE", help="Where to; - is stdout. By default beside the plan, ending in .ps1.")
@click.option("--only", multiple=True, metavar="WORD", help="Of a plan only these, as in `jcad sync apply`.")
@click.option("--except", "without", multiple=True, metavar="WORD", help="Leave these out of a plan.")
@click.option("--value", "values", multiple=True, metavar="FIELD=TEXT", help="What a script for hosts is given.")
@click.option("--force", is_flag=True, help="Write over a file that is there.")
@pass_invocation
def export_command(
    invocation: Invocation,
    /,
    *,
    source: str,
    out: str | None,
    only: tuple[str, ...],
    without: tuple[str, ...],
    values: tuple[str, ...],
    force: bool,
) -> int:
    """Write a .ps1 for a host without remoting: a whole plan with its data, or one script.

    \b
    jcad sync plan --out change-1234.json
    jcad script export change-1234.json        # writes change-1234.ps1
    jcad script export create-user --out create-user.ps1
    jcad script export control-agent --value service=JCADSyncAgent_DC --value action=restart
    jcad script export enable-remoting         # opens remoting on a host that has none yet

    A script for domain controllers is written as it is run; one for the hosts of agents asks there for whatever no --value
    has told (numbers, truth values, lists and tables as JSON). What a file holds, and how it is run, stands at its top.
    There is no password in it: each is asked for when it runs.
    """
    from jcad.cli.reports import require_place, write_whole

    path = Path(source)
    target = Path(out) if out not in {None, "-"} else path.with_suffix(".ps1") if out is None else None
    if target is not None:
        if target.exists() and not force:
            raise ReportError(f"{target} is there already. Nothing was written.", hint="--force writes over it.")
        require_place(target)
    text = _exported(source, path, only=only, without=without, values=values)
    if target is None:
        invocation.output.raw(text)
        return ExitCode.OK
    write_whole(target, text.encode("utf-8-sig"))  # without its mark Windows PowerShell 5.1 would read the file as ANSI
    invocation.output.note(f"{target} is written: {len(text.splitlines())} lines. Try it with -WhatIf first.")
    return ExitCode.OK


@script.command("jea")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.option("--group", required=True, metavar="DOMAIN\\GROUP", help="Who may open sessions there.")
@click.option("--force", is_flag=True, help="Write over files that are there.")
@pass_invocation
def jea_command(invocation: Invocation, folder: Path, group: str, force: bool) -> int:
    r"""Write the files of a JEA endpoint: it knows jcad's scripts by name, and nothing else.

    \b
    jcad script jea jea-files --group "CORP\jcad operators"

    How they are registered stands at the top of jcad.pssc. Then say `configuration = "jcad"` in [remoting].
    """
    from jcad import powershell
    from jcad.cli.reports import write_whole

    files = {folder / name: text for name, text in powershell.jea_files(group).items()}
    there = [path for path in files if path.exists()]
    if there and not force:
        raise ReportError(f"{there[0]} is there already. Nothing was written.", hint="--force writes over it.")
    for path, text in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, text.encode("utf-8-sig"))
    invocation.output.note(f"{len(files)} files are written to {folder}; jcad.pssc says how they are registered.")
    return ExitCode.OK


def _script(name: str) -> Script:
    found = _every_script()
    if name in found:
        return found[name][0]
    close = difflib.get_close_matches(name, found, n=3)
    raise ScriptError(
        f"there is no script called {name!r}",
        hint=f"did you mean {' or '.join(close)}?" if close else "`jcad script list` shows them all",
    )


def _exported(
    source: str, path: Path, *, only: tuple[str, ...], without: tuple[str, ...], values: tuple[str, ...]
) -> str:
    found = _every_script().get(source)
    if found is not None and (only or without):
        raise click.UsageError("--only and --except choose a part of a plan, and this is a script")
    if values and (found is None or found[1] != "host"):
        raise click.UsageError("--value is for scripts that run on hosts of agents")
    if found is not None:
        return _one_script(found[0], found[1], values)
    if not path.exists():
        raise ScriptError(
            f"{source} is neither a script nor a plan file.",
            hint="`jcad script list` shows the scripts; `jcad sync plan --out FILE` writes a plan.",
        )
    from jcad.cli.plan_files import read_plan_file
    from jcad.plan import select
    from jcad.runs import export_plan

    return export_plan(select(read_plan_file(path), only=only, without=without), maker=f"jcad {__version__}")


def _one_script(script: Script, where: str, values: tuple[str, ...]) -> str:
    from jcad import powershell

    if where != "host":
        return script.text
    known = dict(powershell.read_value(script.name, one) for one in values)
    return powershell.export_host_script(script.name, known, maker=f"jcad {__version__}")
