"""The syntax of a cmdlet as its `Definition` gives it, made of its parameters. Pure.

Positional parameters come first, then mandatory ones. The rest is in the order of the lab's tables, which is the alphabet's: in
which order a cmdlet declares its parameters is not known.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from jcad.lab.powershell.command import ALL_SETS
from jcad.lab.powershell.types.names import ACCELERATORS

if TYPE_CHECKING:
    from jcad.lab.powershell.command import CommandInfo, InSet, Parameter

_SHORT: Final = {full.lower(): short for short, full in reversed(ACCELERATORS.items())} | {
    "system.object": "Object",
    "system.int32": "int",
    "system.int64": "long",
    "system.single": "float",
    "system.management.automation.psobject": "psobject",
}
_LAST: Final = 1_000  # behind every position


def definition(info: CommandInfo, newline: str) -> str:
    """The syntax of every parameter set, the default one first."""
    found = {name for one in info.parameters.values() for name in one.sets} - {ALL_SETS}
    names = sorted(found, key=lambda name: (name != info.default_set, name)) or [ALL_SETS]
    return newline + (newline * 2).join(f"{info.name} {_set(info, name)}" for name in names) + newline


def _set(info: CommandInfo, name: str) -> str:
    inside = [(one.name or key, one, role) for key, one in info.parameters.items() if (role := one.within(name))]
    inside.sort(key=lambda each: (_LAST if each[2].position is None else each[2].position, not each[2].mandatory))
    words = [_word(key, one, role) for key, one, role in inside]
    words += ["[-WhatIf]", "[-Confirm]"] if info.should_process else []
    return " ".join([*words, "[<CommonParameters>]"])


def _word(name: str, one: Parameter, role: InSet) -> str:
    if one.is_switch:
        return f"-{name}" if role.mandatory else f"[-{name}]"
    value = f"<{_type(one.type)}>"
    if role.position is None:
        return f"-{name} {value}" if role.mandatory else f"[-{name} {value}]"
    return f"[-{name}] {value}" if role.mandatory else f"[[-{name}] {value}]"


def _type(name: str) -> str:
    bare, array = (name[:-2], "[]") if name.endswith("[]") else (name, "")
    return _SHORT.get(bare.lower(), bare.rpartition(".")[2]) + array
