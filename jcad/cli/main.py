"""The entry point: global options, commands imported when they are called, errors turned into exit codes."""

from __future__ import annotations

import importlib
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

import click

from jcad import __version__
from jcad.cli.console import Output
from jcad.cli.invocation import Invocation
from jcad.errors import ExitCode, JcadError
from jcad.garbage import collect_no_more, collect_rarely

COMMANDS = {
    "account": ("jcad.cli.account", "account", "The service accounts of the agents, and their passwords."),
    "agent": (
        "jcad.cli.agent",
        "agent",
        "JumpCloud's agents on their hosts: installed, configured, watched, from here.",
    ),
    "completion": ("jcad.cli.completion", "completion", "Print the script that makes a shell complete jcad's words."),
    "config": ("jcad.cli.config", "config", "Show and check the settings."),
    "doctor": ("jcad.cli.doctor", "doctor", "Try everything that the settings name, step by step."),
    "history": ("jcad.cli.history", "history", "List past runs, or show one."),
    "init": ("jcad.cli.config", "init", "Write a commented jcad.toml."),
    "lab": ("jcad.cli.lab", "lab", "A whole domain on loopback, to try jcad on."),
    "prepare": ("jcad.cli.prepare", "prepare", "The ADI group, the service accounts, and delegation of control."),
    "script": ("jcad.cli.script", "script", "The PowerShell that jcad runs on domain controllers."),
    "secret": ("jcad.cli.secret", "secret", "Put secrets where the settings look for them."),
    "sync": ("jcad.cli.sync", "sync", "JumpCloud's users and groups into Active Directory."),
}
"""Name: module, attribute, short help (so that `--help` imports no command)."""


class LazyGroup(click.Group):
    """A group whose commands are imported when they are called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Name the commands."""
        del ctx
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a command."""
        del ctx
        if cmd_name not in COMMANDS:
            return None
        module, attribute, _ = COMMANDS[cmd_name]
        command: click.Command = getattr(importlib.import_module(module), attribute)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without importing them."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl([(name, COMMANDS[name][2]) for name in sorted(COMMANDS)])


def _complete_profile(ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[str]:
    from jcad.settings import profiles

    given = ctx.params.get("config")
    return [name for name in profiles(Path(given) if given else None) if name.startswith(incomplete)]


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="jcad", message="%(prog)s %(version)s")
@click.option(
    "--config", type=click.Path(path_type=Path), envvar="JCAD_CONFIG", metavar="FILE", help="The settings file."
)
@click.option(
    "--profile", envvar="JCAD_PROFILE", metavar="NAME", shell_complete=_complete_profile, help="One of its profiles."
)
@click.option("-v", "--verbose", count=True, help="Say more on stderr; twice: everything but secrets and bodies.")
@click.pass_context
def jcad(ctx: click.Context, config: Path | None, profile: str | None, verbose: int) -> None:
    """JumpCloud and Active Directory kept in step, safely.

    \b
    jcad init                       write a commented jcad.toml
    jcad sync plan                  see what would be done, and why
    jcad sync apply                 do it, after a look and a yes
    jcad sync explain "o'brien"       why this one is, or is not, synced
    """
    invocation = ctx.ensure_object(Invocation)
    invocation.config, invocation.profile, invocation.verbosity = config, profile, verbose


def main(arguments: Sequence[str] | None = None) -> None:
    """Run jcad and exit with one of its exit codes; being told to end is like Ctrl-C."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    collect_rarely()
    code = run(sys.argv[1:] if arguments is None else arguments)
    collect_no_more()
    sys.exit(code)


def run(arguments: Sequence[str]) -> int:
    """Run jcad; the exit code (see ExitCode)."""
    invocation = Invocation()
    try:
        result = jcad.main(args=list(arguments), prog_name="jcad", standalone_mode=False, obj=invocation)
    except click.exceptions.Exit as error:
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        Output().note("Interrupted.", "bold")
        return ExitCode.INTERRUPTED
    except click.ClickException as error:
        error.show()
        return ExitCode.ERROR
    except JcadError as error:
        invocation.output.error(error)
        return error.exit_code
    except BrokenPipeError:
        return ExitCode.ERROR
    return result if isinstance(result, int) else ExitCode.OK
