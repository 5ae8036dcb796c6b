"""Every command that the documentation shows is run as it stands there, in a shell, on a lab of its own."""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from jcad.lab import daemon
from jcad.lab.state import LabOptions

ROOT = Path(__file__).parent.parent.parent
FENCE = re.compile(r"^```console\n(.*?)^```", re.MULTILINE | re.DOTALL)
EXITS = re.compile(r"# exits with (\d+)")
FIRST, LAST = ["getting-started.md"], ["README.md"]
"""Getting started finds a lab on which nothing was done; the README's first minutes come after the demo."""

UNTOUCHED = {"reports.md"}
"""Pages that report what is pending: each has a lab of its own."""

AGENTS = ["agents.md", "rotation.md"]
"""Pages about the agents: they share a prepared domain with three member servers, and go in this order."""

ELSEWHERE = ("./dev ", "export ")
"""./dev is what runs these tests; what `export` sets is set here."""


def pages() -> list[Path]:
    others = {path.name: path for path in (*(ROOT / "docs").glob("*.md"), ROOT / "README.md")}
    names = [*FIRST, *sorted(others.keys() - {*FIRST, *LAST}), *LAST]
    return [others[name] for name in names]


def commands(page: Path) -> list[tuple[str, int]]:
    """The commands of a page, each with the exit code that it must have."""
    found = []
    for block in FENCE.findall(page.read_text("utf-8")):
        for line in block.splitlines():
            if line.startswith("$ ") and not line[2:].startswith(ELSEWHERE):
                exits = EXITS.search(line)
                found.append((line[2:].split("  #")[0].rstrip(), int(exits[1]) if exits else 0))
    return found


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    """The place of all pages but those that need a lab on which nothing was done."""
    with a_place(tmp_path_factory.mktemp("docs")) as place:
        yield place


@pytest.fixture(scope="module")
def agents(tmp_path_factory):
    """The place of the pages about the agents; its commands are an administrator's."""
    with a_place(tmp_path_factory.mktemp("agents"), LabOptions(bare=True, members=3)) as (folder, environment):
        environment["JCAD_PROFILE"] = "administrator"
        prepared = subprocess.run(
            ["bash", "-c", "jcad prepare apply --yes"], env=environment, capture_output=True, text=True, check=False
        )
        assert prepared.returncode == 0, prepared.stderr
        yield folder, environment


@pytest.fixture
def place(page, request, tmp_path):
    """The place that a page's commands are run in."""
    if page.name not in UNTOUCHED:
        yield request.getfixturevalue("agents" if page.name in AGENTS else "shared")
        return
    with a_place(tmp_path) as own:
        yield own


@contextlib.contextmanager
def a_place(folder, options=None):
    """A folder to work in, and the environment in which `jcad` is a command that finds the lab."""
    state = daemon.up(folder / ".lab", options or LabOptions())
    binaries = folder / "bin"
    binaries.mkdir()
    program = binaries / "jcad"
    program.write_text(f"#!{sys.executable}\nfrom jcad.cli import main\nmain()\n", "utf-8")
    program.chmod(0o755)
    yield (
        folder,
        {
            **os.environ,
            "PATH": f"{binaries}:{os.environ['PATH']}",
            "JCAD_CONFIG": state.settings,
            "JCAD_LAB": str(folder / ".lab"),
            "KRB5_CONFIG": str(folder / ".lab" / "krb5.conf"),
        },
    )
    daemon.down(folder / ".lab")


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.name)
def test_every_command_of_a_page_does_what_is_said(page, place):
    folder, environment = place
    for command, code in commands(page):
        ended = subprocess.run(
            ["bash", "-c", command],
            cwd=folder, env=environment, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL,
        )  # fmt: skip
        assert ended.returncode == code, f"{command}\n{ended.stdout[-2000:]}\n{ended.stderr[-2000:]}"
        for path in folder.glob("jcad.toml"):
            if "init" not in command and "config" not in command:
                path.unlink()
