"""The scripts that jcad runs, by name: what each is for, what it needs, its text. Text holds no data."""

from __future__ import annotations

from jcad.model.script import Script


def scripts() -> tuple[Script, ...]:
    """Every script, in the order of their names."""
    raise NotImplementedError


def script(name: str) -> Script:
    """The script of that name. Raises ScriptError, with suggestions, where there is none."""
    raise NotImplementedError
