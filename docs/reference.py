"""Writes docs/cli.md from the commands themselves: `python docs/reference.py`. A test holds the file against it."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from pathlib import Path

import click

from jcad.cli.main import jcad

TARGET = Path(__file__).with_name("cli.md")


def reference() -> str:
    """The whole reference, as Markdown."""
    lines = ["# Command line", "", "Made from the commands themselves by `docs/reference.py`.", ""]
    for path, command in _commands(jcad, ("jcad",)):
        lines += _section(path, command)
    return "\n".join(lines).rstrip() + "\n"


def _commands(command: click.Command, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    yield path, command
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            found = command.get_command(context, name)
            if found is not None and not found.hidden:
                yield from _commands(found, (*path, name))


def _section(path: tuple[str, ...], command: click.Command) -> list[str]:
    context = click.Context(command, info_name=" ".join(path), help_option_names=["-h", "--help"])
    lines = [f"## {' '.join(path)}", "", *_prose(command.help or ""), ""]
    lines += ["```text", context.get_usage(), "```", ""]
    rows = [record for parameter in command.get_params(context) if (record := parameter.get_help_record(context))]
    if rows:
        lines += ["| option | |", "|---|---|"]
        lines += [f"| `{_cell(names)}` | {_cell(text)} |" for names, text in rows]
        lines.append("")
    return lines


def _prose(text: str) -> list[str]:
    """The help text; what stands behind click's no-rewrap mark is an example."""
    lines: list[str] = []
    for paragraph in inspect.cleandoc(text).split("\n\n"):
        if paragraph.startswith("\b"):
            lines += ["```text", *paragraph.removeprefix("\b").strip("\n").split("\n"), "```", ""]
        else:
            lines += [" ".join(paragraph.split()), ""]
    return lines[:-1]


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


if __name__ == "__main__":
    TARGET.write_text(reference(), "utf-8")
