"""The .NET types of the lab: finding one by the name that a script uses, and what members it has.

`resolve('string[]')`, `resolve('System.Collections.Generic.List[int]')` answer a NetType, or None where PowerShell would say
TypeNotFound; a real .NET type that the lab lacks is refused by name. Other rooms add types with `registry.py`.
"""

from __future__ import annotations

import importlib
import re
from typing import TYPE_CHECKING, Final

from jcad.errors import LabUnsupported
from jcad.lab.powershell import nettype as net
from jcad.lab.powershell.runtime import is_desktop, script_type
from jcad.lab.powershell.types import names

if TYPE_CHECKING:
    from jcad.lab.powershell.nettype import NetType

#: Namespaces whose types exist on a Windows host, so that a name in them that is not known here is a gap of the lab's.
_NAMESPACES: Final = re.compile(
    r"(system\.)?(collections|componentmodel|configuration|data|diagnostics|directoryservices|drawing|globalization|io|linq|management|"
    r"net|numerics|reflection|resources|runtime|security|serviceprocess|text|threading|timers|transactions|web|windows|xml|net\.http)\."
    r"|microsoft\.(powershell|win32|activedirectory|csharp|visualbasic|wsman|grouppolicy|management)\.",
    re.IGNORECASE,
)


#: The modules that declare types, those first that others' signatures name.
_MODULES: Final = """
    enums delegates text numbers convert times sequences grids arrays lists dictionaries sets linq regexes reflection identity
    uris network cultures hosts encoding engine_types tools security random failures psobject xml console modern zones
"""


#: Types that 5.1 has not.
LATER: Final = frozenset({"System.Management.Automation.SemanticVersion", "System.DateOnly", "System.TimeOnly"})


def load() -> None:
    """Declare the lab's own types; done once, when a type is first asked for: they build on conversions."""
    for name in _MODULES.split():
        importlib.import_module(f"{__name__}.{name}")
    importlib.import_module(f"{__name__}.gaps").declare()


_LOADED: list[bool] = []


def resolve(name: str) -> NetType | None:
    """The type of a type literal's text (without the outer brackets)."""
    if not _LOADED:
        _LOADED.append(True)
        load()
    declared = _declared(name)
    if declared is not None:
        return declared
    found = names.find(name)
    if found is not None:
        return None if found.full_name in LATER and is_desktop() else found
    bare = re.split(r"[\[,]", name.strip(), maxsplit=1)[0]
    if bare.lower() in names.ACCELERATORS or _NAMESPACES.match(bare) or _exists(bare):
        raise LabUnsupported(f"[{name}]")
    return None


def _declared(name: str) -> NetType | None:
    """A type that a script has declared, or an array of it."""
    bare = name.strip()
    if bare.endswith("[]"):
        element = script_type(bare[:-2])
        return None if element is None else net.array_of(element)
    return script_type(bare)


#: Types outside the namespaces above that scripts name, and that the lab lacks.
_OTHERS: Final = frozenset(
    [
        "appdomain",
        "gc",
        "lazy",
        "activator",
        "buffer",
        "span",
        "memory",
        "timezoneinfo",
        "timezone",
        "intptr",
        "uintptr",
        "nullable",
        "tuple",
        "half",
        "marshalbyrefobject",
        "weakreference",
        "operatingsystem",
        "progress",
    ]
)


def _exists(bare: str) -> bool:
    lower = bare.lower().removeprefix("system.")
    return lower in _OTHERS
