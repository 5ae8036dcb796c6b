"""The house: who may import whom, what only the lab may use, what is written once."""

from __future__ import annotations

import ast
import importlib
import pkgutil
from collections.abc import Iterator
from pathlib import Path

import pytest

import jcad

ROOT = Path(jcad.__file__).parent
LOW = {"directory", "jumpcloud", "powershell", "remoting", "store"}
FEATURES = {"adsync", "agents", "prepare"}
FREE = {"errors", "settings"}
BELOW = {
    "cli": {"runs", *FEATURES, "plan", *LOW, "model", *FREE},
    "runs": {*FEATURES, "plan", *LOW, "model", *FREE},
    **{feature: {"plan", *LOW, "model", *FREE} for feature in FEATURES},
    "plan": {*LOW, "model", *FREE},
    **{room: {"model", *FREE} for room in LOW},
    "model": FREE,
    "settings": {"errors"},
    "errors": set(),
    "lab": {"model", "errors"},
}
"""Room: the other rooms that it may import."""

LAB_COMMANDS = {"cli/lab.py", "cli/demo.py", "cli/witness.py"}
POSIX_ONLY = {"fcntl", "grp", "posix", "pty", "pwd", "resource", "syslog", "termios", "tty"}
POSIX_NAMES = {
    ("os", name) for name in ("fork", "getuid", "geteuid", "setsid", "killpg", "kill", "getpgid", "mkfifo")
} | {("signal", name) for name in ("SIGKILL", "SIGHUP", "SIGUSR1", "SIGALRM", "alarm", "pthread_kill")}


def modules() -> Iterator[tuple[str, Path, ast.Module]]:
    for path in sorted(ROOT.rglob("*.py")):
        relative = path.relative_to(ROOT)
        room = relative.parts[0].removesuffix(".py")
        yield room, path, ast.parse(path.read_text("utf-8"))


def imported(tree: ast.Module) -> Iterator[str]:
    """The full names of what a module imports, wherever in it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def rooms_of(tree: ast.Module) -> set[str]:
    parts = (name.split(".") for name in imported(tree))
    return {part[1] for part in parts if part[0] == "jcad" and len(part) > 1} - {"__version__"}


def test_every_room_imports_only_what_is_below_it():
    wrong = []
    for room, path, tree in modules():
        if room == "__init__":
            continue
        allowed = BELOW[room] | {room}
        if path.relative_to(ROOT).as_posix() in LAB_COMMANDS:
            allowed = allowed | {"lab"}
        wrong += [f"{path.relative_to(ROOT)} imports {name}" for name in sorted(rooms_of(tree) - allowed)]
    assert not wrong


def test_every_room_is_known_to_the_rules():
    assert {room for room, _, _ in modules()} - {"__init__"} <= BELOW.keys()


def test_the_lab_commands_are_imported_only_when_they_are_called():
    for _, path, tree in modules():
        if path.relative_to(ROOT).parts[0] == "cli" and path.relative_to(ROOT).as_posix() not in LAB_COMMANDS:
            assert "lab" not in rooms_of(tree), path


def test_nothing_outside_the_lab_needs_posix():
    wrong = []
    for room, path, tree in modules():
        if room == "lab":
            continue
        wrong += [f"{path.name} imports {name}" for name in imported(tree) if name.split(".")[0] in POSIX_ONLY]
        wrong += [
            f"{path.name} uses {node.value.id}.{node.attr}"
            for node in ast.walk(tree)
            if isinstance(node, ast.Attribute)
            and isinstance(node.value, ast.Name)
            and (node.value.id, node.attr) in POSIX_NAMES
        ]
    assert not wrong


def test_text_files_are_opened_with_their_encoding_stated():
    """The workstation may be Windows, whose default is not UTF-8."""
    wrong = []
    for room, path, tree in modules():
        if room == "lab":
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                given = len(node.args) + len(node.keywords)
                needs = {"read_text": 1, "write_text": 2}.get(node.func.attr)
                if needs is not None and given < needs:
                    wrong.append(f"{path.relative_to(ROOT)}:{node.lineno}")
    assert not wrong


def test_only_the_console_prints():
    wrong = []
    for _, path, tree in modules():
        if path.relative_to(ROOT).as_posix() == "cli/console.py":
            continue
        wrong += [
            f"{path.relative_to(ROOT)}:{node.lineno}"
            for node in ast.walk(tree)
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print"
        ]
    assert not wrong


def test_the_version_is_written_once():
    written = [
        path
        for path in [*ROOT.rglob("*.py"), ROOT.parent / "pyproject.toml"]
        if path.exists() and f'"{jcad.__version__}"' in path.read_text("utf-8")
    ]
    assert written == [ROOT / "__init__.py"]


def test_no_module_is_over_six_hundred_lines():
    """style.md: median up to about 250 lines, none over about 600."""
    long = {str(path.relative_to(ROOT)): count for _, path, _ in modules() if (count := _lines(path)) > 620}
    assert not long


def _lines(path: Path) -> int:
    return len(path.read_text("utf-8").splitlines())


@pytest.mark.parametrize("room", sorted(BELOW.keys() - {"lab"}))
def test_every_public_name_of_a_room_can_be_imported(room):
    module = importlib.import_module(f"jcad.{room}")
    for name in getattr(module, "__all__", ()):
        assert hasattr(module, name)


def test_every_module_can_be_imported_and_says_what_it_is_for():
    for found in pkgutil.walk_packages(jcad.__path__, "jcad."):
        if found.name.endswith("__main__") or ".lab." in found.name:
            continue
        assert (importlib.import_module(found.name).__doc__ or "").strip(), found.name
