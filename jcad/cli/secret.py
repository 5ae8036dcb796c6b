"""`jcad secret set | check`: puts a secret where a reference says; never shows one."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from jcad.cli.console import ask_secret
from jcad.cli.invocation import Invocation, pass_invocation
from jcad.errors import ExitCode, SecretError, SettingsError

if TYPE_CHECKING:
    from jcad.runs import SecretSource
    from jcad.settings import SecretReference


@click.group()
def secret() -> None:
    """Put secrets where the settings look for them."""


@secret.command("set")
@click.argument("reference")
@pass_invocation
def set_command(invocation: Invocation, reference: str) -> int:
    """Ask for a secret and keep it in the keyring or the vault; from a pipe it is read from standard input.

    \b
    jcad secret set keyring:jcad/CORP\\jcsync
    jcad secret set vault:jumpcloud-api-key
    """
    from jcad.model import Secret

    parsed = _parsed(reference)
    if not parsed.writable:
        raise SecretError(f"{parsed} cannot be written to.", hint="Use a keyring: or vault: reference.")
    text = ask_secret(f"The secret for {parsed}") if sys.stdin.isatty() else sys.stdin.read().rstrip("\r\n")
    _source(invocation).put(parsed, Secret(text))
    invocation.output.line(f"{parsed} is kept.", "bold green")
    return ExitCode.OK


@secret.command("check")
@click.argument("reference")
@pass_invocation
def check_command(invocation: Invocation, reference: str) -> int:
    """Say whether a reference gives a secret; the secret itself is never shown."""
    parsed = _parsed(reference)
    _source(invocation).resolve(parsed, "the secret")
    invocation.output.line(f"{parsed} gives a secret.", "bold green")
    return ExitCode.OK


def _parsed(reference: str) -> SecretReference:
    from jcad.settings import SecretReference

    try:
        return SecretReference.parse(reference)
    except ValueError as error:
        raise SecretError(str(error)) from None


def _source(invocation: Invocation) -> SecretSource:
    from jcad.runs import SecretSource
    from jcad.settings import Vault

    try:
        vault = invocation.load().settings.vault
    except SettingsError:
        vault = Vault()
    return SecretSource(vault, ask_secret)
