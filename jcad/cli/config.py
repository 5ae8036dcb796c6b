"""`jcad init` and `jcad config show | check`: the settings."""

from __future__ import annotations

import json
from pathlib import Path

import click

from jcad.cli.invocation import Invocation, json_option, pass_invocation
from jcad.errors import ExitCode, SettingsError


@click.command()
@click.option("--domain", default="corp.example", show_default=True, help="The domain's DNS name.")
@click.option("--force", is_flag=True, help="Write over a file that is there.")
@pass_invocation
def init(invocation: Invocation, domain: str, force: bool) -> int:
    """Write a commented jcad.toml, to be filled in.

    \b
    jcad init --domain corp.example
    """
    from jcad.settings import FILE, settings_template

    path = invocation.config or Path(FILE)
    netbios = domain.partition(".")[0].upper()[:15]
    try:
        with path.open("w" if force else "x", encoding="utf-8") as file:
            file.write(settings_template(domain=domain, user=f"{netbios}\\\\jcsync"))
    except FileExistsError:
        raise SettingsError(f"{path} is there already.", hint="--force writes over it.") from None
    except OSError as error:
        raise SettingsError(f"{path} cannot be written: {error.strerror or error}") from error
    invocation.output.line(f"{path} is written. Fill it in, then: jcad config check, jcad sync plan", "bold")
    return ExitCode.OK


@click.group()
def config() -> None:
    """Show and check the settings."""


@config.command()
@json_option
@pass_invocation
def show(invocation: Invocation, as_json: bool) -> int:
    """Print the settings in force, with every default; secrets are references, and stay so."""
    output = invocation.use_json(as_json)
    loaded = invocation.load()
    tables = loaded.settings.model_dump(mode="json", by_alias=True, serialize_as_any=False, fallback=str)
    output.line(f"# {loaded.path}" + (f", profile {loaded.profile}" if loaded.profile else ""), "dim")
    for name, table in tables.items():
        _show_table(output.line, name, table)
    output.document("jcad.config/1", {"file": str(loaded.path), "profile": loaded.profile, "settings": tables})
    return ExitCode.OK


@config.command()
@pass_invocation
def check(invocation: Invocation) -> int:
    """Say whether the settings are right; no server is asked."""
    loaded = invocation.load()
    invocation.output.line(f"{loaded.path} is right.", "bold green")
    return ExitCode.OK


def _show_table(line: object, name: str, table: dict[str, object]) -> None:
    if not callable(line):
        raise TypeError
    line()
    line(f"[{name}]")
    nested = {key: value for key, value in table.items() if isinstance(value, dict)}
    for key, value in table.items():
        if key in nested:
            continue
        line(f"# {key} is not set" if value is None else f"{_key(key)} = {_toml(value)}")
    for key, value in nested.items():
        _show_table(line, f"{name}.{_key(key)}", value)


def _key(name: str) -> str:
    """A key as TOML takes it."""
    bare = name.isascii() and name.replace("_", "").replace("-", "").isalnum()
    return name if bare else json.dumps(name, ensure_ascii=False)


def _toml(value: object) -> str:
    """A value as TOML takes it: JSON but for tables within a list."""
    if isinstance(value, dict):
        told = [f"{_key(key)} = {_toml(part)}" for key, part in value.items() if part is not None]  # TOML has no null
        return "{ " + ", ".join(told) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(map(_toml, value)) + "]"
    return json.dumps(value, ensure_ascii=False)
