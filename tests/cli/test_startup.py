"""Help, the version and completion: asked for all day long, so they import no part of the product that they do not need."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from jcad.cli.links import LINK_KINDS
from jcad.model import LinkKind

HEAVY = {"cryptography", "dns", "httpx", "jinja2", "ldap3", "pydantic", "pypsrp", "rich", "sqlalchemy", "structlog"}
_CALL = """
import sys
from jcad.cli import run
code = run(sys.argv[1:])
sys.stdout.flush()
print(code, *sorted({name.partition(".")[0] for name in sys.modules}), file=sys.stderr)
"""
_COMPLETE = """
import atexit, sys
atexit.register(lambda: print(0, *sorted({name.partition(".")[0] for name in sys.modules}), file=sys.stderr))
from jcad.cli import main
from jcad.cli.main import jcad
jcad(prog_name="jcad")
"""


def called(code: str, *arguments: str, **environment: str) -> tuple[str, str, set[str]]:
    """What a fresh process printed, its exit code, and the packages that it had imported at its end."""
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        capture_output=True,
        check=False,
        text=True,
        encoding="utf-8",
        env={**os.environ, **environment},
    )
    exit_code, *packages = done.stderr.split("\n")[-2].split() if done.stderr else ("", "")
    return done.stdout, exit_code, set(packages)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("--version", "jcad "),
        ("--help", "Commands:"),
        ("sync --help", "explain"),
        ("sync apply --help", "--second-writer"),
        ("sync run --help", "--interval"),
        ("sync links list --help", "[user|group]"),
        ("prepare --help", "verify"),
        ("prepare plan --help", "--prune"),
        ("history --help", "--report"),
        ("secret --help", "check"),
        ("config --help", "show"),
        ("script --help", "export"),
        ("lab --help", "reset"),
        ("doctor connect --help", "--only"),
    ],
)
def test_help_and_the_version_import_nothing_that_is_heavy(words, says):
    out, code, packages = called(_CALL, *words.split())
    assert code == "0"
    assert says in out
    assert "click" in packages
    assert not packages & HEAVY


@pytest.mark.parametrize(
    ("line", "word", "says"),
    [
        ("jcad sy", 1, "plain,sync"),
        ("jcad sync ap", 2, "plain,apply"),
        ("jcad sync apply --sec", 3, "plain,--second-writer"),
        ("jcad prepare ver", 2, "plain,verify"),
        ("jcad sync links list --kind g", 5, "plain,group"),
    ],
)
def test_completing_commands_options_and_choices_imports_nothing_that_is_heavy(line, word, says):
    asked = {"_JCAD_COMPLETE": "bash_complete", "COMP_WORDS": line, "COMP_CWORD": str(word)}
    out, _, packages = called(_COMPLETE, **asked)
    assert says in out.splitlines()
    assert not packages & HEAVY


def test_a_command_that_is_called_does_import_what_it_needs():
    """Else the tests above could not fail."""
    _, code, packages = called(_CALL, "script", "list")
    assert code == "0"
    assert {"jinja2", "rich", "structlog"} <= packages


def test_the_choice_of_kinds_is_that_of_the_model():
    assert tuple(kind.value for kind in LinkKind) == LINK_KINDS
