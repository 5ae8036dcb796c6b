"""The documentation is run: the reference is current, every link leads somewhere, every command shown exists."""

from __future__ import annotations

import importlib.util
import re
import shlex
from pathlib import Path

import click
import pytest

from jcad.cli.main import jcad

ROOT = Path(__file__).parent.parent
PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").glob("*.md")])
FENCE = re.compile(r"^```console\n(.*?)^```", re.MULTILINE | re.DOTALL)


def commands(page: Path) -> list[str]:
    """The commands that a page shows, without their remarks."""
    found = []
    for block in FENCE.findall(page.read_text("utf-8")):
        found += [line[2:].split("  #")[0].rstrip() for line in block.splitlines() if line.startswith("$ ")]
    return found


def test_the_command_line_reference_is_current():
    """`python docs/reference.py` writes it anew."""
    spec = importlib.util.spec_from_file_location("reference", ROOT / "docs" / "reference.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert (ROOT / "docs" / "cli.md").read_text("utf-8") == module.reference()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_somewhere(page):
    for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text("utf-8")):
        if not target.startswith("http"):
            assert (page.parent / target).exists(), target


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_command_that_is_shown_can_be_parsed(page):
    for command in commands(page):
        words = shlex.split(command)
        if words[0] == "./dev":
            assert re.search(rf"^\s+{words[1]}\)", (ROOT / "dev").read_text("utf-8"), re.MULTILINE), command
        elif words[0] == "jcad":
            context = jcad.make_context("jcad", words[1:], resilient_parsing=True)
            assert _leaf(jcad, context) is not None, command
        else:
            assert words[0] == "export", command


def _leaf(command: click.Command, context: click.Context) -> click.Command | None:
    """Follow a command line to its command, parsing on the way."""
    while isinstance(command, click.Group):
        words = [*context._protected_args, *context.args]
        name, found, rest = command.resolve_command(context, words)
        if found is None:
            return None
        context = found.make_context(name, list(rest), parent=context, resilient_parsing=True)
        command = found
    return command
