"""The interpreter as a library: it stands alone, does no I/O, and its README's example runs."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

import jcad.lab.powershell

ROOM = Path(jcad.lab.powershell.__file__).parent
DOORS = {"socket", "ssl", "subprocess", "http", "urllib.request", "asyncio", "ldap3", "pypsrp", "psrpcore", "httpx"}


@pytest.fixture(scope="module")
def trees() -> dict[Path, ast.Module]:
    """Every module of the room, parsed once."""
    return {path: ast.parse(path.read_text("utf-8")) for path in ROOM.rglob("*.py")}


def imports(tree: ast.Module) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
    return found


def test_the_readmes_example_runs():
    (example,) = re.findall(r"^```python\n(.*?)^```", (ROOM / "README.md").read_text("utf-8"), re.MULTILINE | re.DOTALL)
    exec(compile(example, "README.md", "exec"), {"__name__": "example"})


def test_it_imports_nothing_of_the_project_but_the_errors(trees):
    for path, tree in trees.items():
        ours = {name for name in imports(tree) if name.split(".")[0] == "jcad"}
        assert {name for name in ours if not name.startswith("jcad.lab.powershell")} <= {"jcad.errors"}, path


def test_it_opens_no_door(trees):
    """No network and no process; files are opened by the command line alone."""
    for path, tree in trees.items():
        assert not {door for name in imports(tree) for door in DOORS if f"{name}.".startswith(f"{door}.")}, path
        if path.name != "__main__.py":
            assert not opened(tree), path


def opened(tree: ast.Module) -> list[str]:
    """Calls of `open`."""
    calls = (node for node in ast.walk(tree) if isinstance(node, ast.Call))
    return [ast.unparse(call) for call in calls if isinstance(call.func, ast.Name) and call.func.id == "open"]


def test_it_knows_no_directory(trees):
    """Names of .NET's own types (System.DirectoryServices) apart: those it must tell from types that there are not."""
    for path, tree in trees.items():
        code = re.sub(r"System\.DirectoryServices[\w.]*", "", ast.unparse(tree))
        assert not re.search(r"-AD[A-Z]|distinguishedName|Microsoft\.ActiveDirectory", code), path


def test_the_readme_names_every_room():
    text = (ROOM / "README.md").read_text("utf-8")
    for folder in ROOM.iterdir():
        if folder.is_dir() and folder.name != "__pycache__":
            assert f"`{folder.name}/`" in text, folder.name
