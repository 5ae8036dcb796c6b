"""`jcad completion`: the script by which a shell completes commands, options and names."""

from __future__ import annotations

import click

from jcad.cli.invocation import Invocation, pass_invocation
from jcad.errors import ExitCode


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@pass_invocation
def completion(invocation: Invocation, shell: str) -> int:
    """Print the completion script of a shell.

    \b
    bash:  jcad completion bash > ~/.local/share/bash-completion/completions/jcad
    zsh:   jcad completion zsh > "${fpath[1]}/_jcad"
    fish:  jcad completion fish > ~/.config/fish/completions/jcad.fish
    """
    from click.shell_completion import get_completion_class

    found = get_completion_class(shell)
    if found is None:
        raise click.UsageError(f"no completion for {shell}")
    from jcad.cli.main import jcad

    invocation.output.raw(found(jcad, {}, "jcad", "_JCAD_COMPLETE").source())
    return ExitCode.OK
