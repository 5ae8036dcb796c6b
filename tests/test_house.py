"""The house: who may import whom, what only the lab may use, what is written once."""

from __future__ import annotations

import ast
import importlib
import pkgutil
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

import jcad

ROOT = Path(jcad.__file__).parent
LOW = {"directory", "jumpcloud", "powershell", "remoting", "store"}
FEATURES = {"adsync", "agents", "prepare"}
FREE = {"errors", "garbage", "settings"}
BELOW = {
    "cli": {"runs", *FEATURES, "plan", *LOW, "model", *FREE},
    "runs": {*FEATURES, "plan", *LOW, "model", *FREE},
    **{feature: {"plan", *LOW, "model", *FREE} for feature in FEATURES},
    "plan": {*LOW, "model", *FREE},
    **{room: {"model", *FREE} for room in LOW},
    "model": FREE,
    "settings": {"errors"},
    "errors": set(),
    "garbage": set(),
    "lab": {"model", "errors", "garbage"},
}
"""Room: the other rooms that it may import."""

LAB_COMMANDS = {"cli/lab.py", "cli/demo.py", "cli/witness.py"}
POSIX_ONLY = {"fcntl", "grp", "posix", "pty", "pwd", "resource", "syslog", "termios", "tty"}
POSIX_NAMES = {
    ("os", name) for name in ("fork", "getuid", "geteuid", "setsid", "killpg", "kill", "getpgid", "mkfifo")
} | {("signal", name) for name in ("SIGKILL", "SIGHUP", "SIGUSR1", "SIGALRM", "alarm", "pthread_kill")}


@dataclass(frozen=True)
class Module:
    """What the rules ask of one module: read once, for a tree is large and walking it is slow.

    `imports` are the full names of what it imports, wherever in it; `prints`, `posix` and `guesses` are the places where it
    prints, uses what only POSIX has, and opens a text file without saying its encoding.
    """

    room: str
    path: str
    lines: int
    imports: frozenset[str]
    prints: tuple[str, ...]
    posix: tuple[str, ...]
    guesses: tuple[str, ...]

    @property
    def rooms(self) -> set[str]:
        """The rooms of jcad that it imports from."""
        parts = (name.split(".") for name in self.imports)
        return {part[1] for part in parts if part[0] == "jcad" and len(part) > 1} - {"__version__"}


@cache
def modules() -> tuple[Module, ...]:
    return tuple(_read(path) for path in sorted(ROOT.rglob("*.py")))


def _read(path: Path) -> Module:
    relative, text = path.relative_to(ROOT), path.read_text("utf-8")
    nodes = list(ast.walk(ast.parse(text)))
    calls = [node for node in nodes if isinstance(node, ast.Call)]
    return Module(
        relative.parts[0].removesuffix(".py"),
        relative.as_posix(),
        len(text.splitlines()),
        frozenset(name for node in nodes for name in _imported(node)),
        tuple(f"{relative}:{call.lineno}" for call in calls if _prints(call)),
        tuple(f"{relative} uses {found}" for node in nodes if (found := _posix(node))),
        tuple(f"{relative}:{call.lineno}" for call in calls if _guesses(call)),
    )


def _imported(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
        yield node.module
        yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _prints(call: ast.Call) -> bool:
    return isinstance(call.func, ast.Name) and call.func.id == "print"


def _posix(node: ast.AST) -> str:
    if (
        isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and (node.value.id, node.attr) in POSIX_NAMES
    ):
        return f"{node.value.id}.{node.attr}"
    return ""


def _guesses(call: ast.Call) -> bool:
    if not isinstance(call.func, ast.Attribute):
        return False
    needs = {"read_text": 1, "write_text": 2}.get(call.func.attr)
    return needs is not None and len(call.args) + len(call.keywords) < needs


def test_every_room_imports_only_what_is_below_it():
    wrong = []
    for module in modules():
        if module.room == "__init__":
            continue
        allowed = BELOW[module.room] | {module.room} | ({"lab"} if module.path in LAB_COMMANDS else set())
        wrong += [f"{module.path} imports {name}" for name in sorted(module.rooms - allowed)]
    assert not wrong


def test_every_room_is_known_to_the_rules():
    assert {module.room for module in modules()} - {"__init__"} <= BELOW.keys()


def test_the_lab_commands_are_imported_only_when_they_are_called():
    for module in modules():
        if module.room == "cli" and module.path not in LAB_COMMANDS:
            assert "lab" not in module.rooms, module.path


def test_nothing_outside_the_lab_needs_posix():
    wrong = []
    for module in modules():
        if module.room != "lab":
            wrong += [f"{module.path} imports {name}" for name in module.imports if name.split(".")[0] in POSIX_ONLY]
            wrong += module.posix
    assert not wrong


def test_text_files_are_opened_with_their_encoding_stated():
    """The workstation may be Windows, whose default is not UTF-8."""
    assert not [place for module in modules() if module.room != "lab" for place in module.guesses]


def test_only_the_console_prints():
    assert not [place for module in modules() if module.path != "cli/console.py" for place in module.prints]


def test_what_the_rules_forbid_is_seen(tmp_path, monkeypatch):
    """A module that breaks every rule."""
    monkeypatch.setitem(globals(), "ROOT", tmp_path)
    (tmp_path / "plan").mkdir()
    text = "import os, pwd\nfrom jcad.cli import main\nprint(1)\nos.fork()\nopen('x').read_text()\n"
    (tmp_path / "plan" / "bad.py").write_text(text, "utf-8")
    module = _read(tmp_path / "plan" / "bad.py")
    assert (module.room, module.rooms, module.lines) == ("plan", {"cli"}, 5)
    assert "pwd" in module.imports
    assert (module.prints, module.guesses) == (("plan/bad.py:3",), ("plan/bad.py:5",))
    assert module.posix == ("plan/bad.py uses os.fork",)


def test_the_version_is_written_once():
    written = [
        path
        for path in [*ROOT.rglob("*.py"), ROOT.parent / "pyproject.toml"]
        if path.exists() and f'"{jcad.__version__}"' in path.read_text("utf-8")
    ]
    assert written == [ROOT / "__init__.py"]


def test_no_module_is_over_six_hundred_lines():
    """style.md: median up to about 250 lines, none over about 600."""
    assert not {module.path: module.lines for module in modules() if module.lines > 620}


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
