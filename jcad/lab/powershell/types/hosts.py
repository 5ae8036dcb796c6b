"""Environment and Path: what says something of the machine is refused by name."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING, Final

from jcad.errors import LabUnsupported
from jcad.lab.powershell import nettype as net
from jcad.lab.powershell.types.registry import members_of
from jcad.lab.powershell.types.text import null_argument
from jcad.lab.powershell.values import (
    Value,
)

if TYPE_CHECKING:
    from collections.abc import Callable


def refuse(name: str) -> Value:
    """Refuse a member by name."""
    raise LabUnsupported(name)


def refusing(name: str) -> Callable[..., Value]:
    """A method that the lab has not."""

    def call(*_arguments: Value) -> Value:
        raise LabUnsupported(name)

    return call


_ENVIRONMENT: Final = members_of(net.define("System.Environment"))


def _desktop() -> bool:
    from jcad.lab.powershell.runtime import is_desktop  # noqa: PLC0415  - only here

    return is_desktop()


_PATH: Final = members_of(net.define("System.IO.Path"))


def _base_name(path: str) -> str:
    return (
        re.split(r"[\\/:]", path)[-1] if "\\" in path and "/" not in path and _desktop() else posixpath.basename(path)
    )


def _extension(path: str) -> str:
    name = re.split(r"[\\/]", path)[-1]
    dot = name.rfind(".")
    return name[dot:] if 0 <= dot < len(name) - 1 else ""


def _without_extension(name: str) -> str:
    dot = name.rfind(".")
    return name if dot < 0 else name[:dot]


def _combine(*parts: str) -> str:
    separator = "\\" if _desktop() else "/"
    path = ""
    for part in parts:
        if part is None:
            raise null_argument("path")
        if not part:
            continue
        path = (
            part
            if not path or part[0] in "/\\"[: 2 if _desktop() else 1]
            else path + ("" if path[-1] in (separator, "/") else separator) + part
        )
    return path


def _separator_char() -> Value:
    from jcad.lab.powershell.values import Char  # noqa: PLC0415  - only here

    return Char("\\" if _desktop() else "/")


_ENVIRONMENT.static_property("NewLine", lambda: "\r\n" if _desktop() else "\n", "string")
for _shown in (
    "MachineName",
    "UserName",
    "UserDomainName",
    "OSVersion",
    "Is64BitOperatingSystem",
    "Is64BitProcess",
    "ProcessorCount",
    "CurrentDirectory",
    "SystemDirectory",
    "TickCount",
    "Version",
    "ExitCode",
    "CommandLine",
    "StackTrace",
):
    _ENVIRONMENT.static_property(_shown, lambda name=_shown: refuse(f"[System.Environment]::{name}"))
for _shown in (
    "GetEnvironmentVariable(string)",
    "GetEnvironmentVariable(string, System.EnvironmentVariableTarget)",
    "SetEnvironmentVariable(string, string)",
    "ExpandEnvironmentVariables(string)",
    "Exit(int)",
):
    _ENVIRONMENT.static(_shown, refusing(f"[System.Environment]::{_shown.partition('(')[0]}"))
_PATH.static("GetFileName(string)", _base_name)
_PATH.static("GetFileNameWithoutExtension(string)", lambda path: _without_extension(_base_name(path)))
_PATH.static("GetExtension(string)", _extension)
_PATH.static(
    "GetDirectoryName(string)",
    lambda path: path.rpartition("\\")[0] if _desktop() and "\\" in path else posixpath.dirname(path),
)
_PATH.static(
    "ChangeExtension(string, string)",
    lambda path, ext: _without_extension(path) + ("" if ext is None else ext if ext.startswith(".") else "." + ext),
)
_PATH.static("HasExtension(string)", lambda path: bool(_extension(path)))
_PATH.static(
    "IsPathRooted(string)",
    lambda path: path.startswith(("/", "\\") if _desktop() else "/") or (_desktop() and path[1:2] == ":"),
)
for _count in (2, 3, 4):
    _PATH.static("Combine(" + ", ".join(["string"] * _count) + ")", _combine)
_PATH.static("Combine(params string[])", lambda parts: _combine(*parts))
_PATH.static_property("DirectorySeparatorChar", _separator_char, "char")
for _shown in ("GetTempPath()", "GetTempFileName()", "GetFullPath(string)", "GetRandomFileName()"):
    _PATH.static(_shown, refusing(f"[System.IO.Path]::{_shown.partition('(')[0]}"))
