"""What every command is given: the global options, and what they lead to. Imports nothing heavy until it is asked."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

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
        from jcad.settings import load  # noqa: PLC0415  - `jcad --help` must not pay for pydantic

        return load(self.config, self.profile)

    def workplace(self, *, retry_auth: bool = False) -> Workplace:
        """The settings with their secrets. Raises SettingsError."""
        from jcad.runs import SecretSource, Workplace  # noqa: PLC0415  - as above

        settings = self.load().settings
        secrets = SecretSource(settings.vault, lambda what: ask_secret(what[0].upper() + what[1:]))
        return Workplace(settings=settings, secrets=secrets, retry_auth=retry_auth)


pass_invocation = click.make_pass_decorator(Invocation, ensure=True)


def json_option(function: Any) -> Any:
    """Add `--json` to a command."""
    return click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout, and nothing else.")(
        function
    )
