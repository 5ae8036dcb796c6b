"""What every command is given: the global options, and what they lead to. Imports nothing heavy until it is asked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar

import click

from jcad.cli.console import Output, ask_secret

if TYPE_CHECKING:
    from jcad.runs import Workplace
    from jcad.settings import Loaded


@dataclass
class Invocation:
    """The global options of one call of jcad."""

    config: Path | None = None
    profile: str | None = None
    verbosity: int = 0
    output: Output = field(default_factory=Output)

    def use_json(self, as_json: bool) -> Output:
        """Choose the form of the output."""
        self.output = Output(as_json=as_json)
        return self.output

    def load(self) -> Loaded:
        """Read the settings. Raises SettingsError."""
        from jcad.settings import load

        return load(self.config, self.profile)

    def workplace(self, *, retry_auth: bool = False) -> Workplace:
        """The settings with their secrets. Raises SettingsError."""
        from jcad.runs import SecretSource, Workplace

        settings = self.load().settings
        secrets = SecretSource(settings.vault, lambda what: ask_secret(what[0].upper() + what[1:]))
        return Workplace(settings=settings, secrets=secrets, retry_auth=retry_auth)


P = ParamSpec("P")
R = TypeVar("R")


def pass_invocation(command: Callable[Concatenate[Invocation, P], R]) -> Callable[P, R]:
    """Give a command its Invocation; logs are arranged now, because a command is called: help needs none."""

    @wraps(command)
    def begin(invocation: Invocation, /, *arguments: P.args, **options: P.kwargs) -> R:
        from jcad.cli.logs import configure_logging

        configure_logging(invocation.verbosity)
        return command(invocation, *arguments, **options)

    return click.make_pass_decorator(Invocation, ensure=True)(begin)


def json_option(function: Any) -> Any:
    """Add `--json` to a command."""
    return click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout, and nothing else.")(
        function
    )


def report_option(function: Any) -> Any:
    """Add `--report` to a command; jcad.cli.reports.Wanted takes what it gives."""
    return click.option(
        "--report",
        multiple=True,
        type=click.Path(path_type=Path),
        metavar="FILE",
        help="Write a report for the change ticket: FILE.html or FILE.md; may be given several times.",
    )(function)
