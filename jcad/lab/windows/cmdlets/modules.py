"""Import-Module and Get-Module, for the modules that a lab host has."""

from __future__ import annotations

import fnmatch
from typing import Final

from jcad.lab.powershell.command import Cmdlet, cmdlet, parameter
from jcad.lab.powershell.errors import ErrorRecord, NetException
from jcad.lab.powershell.members import PSCustomObject, Value
from jcad.lab.powershell.values import Version, custom_object
from jcad.lab.windows.cmdlets.base import LOADED, MODULE, texts

_SWITCH: Final = "System.Management.Automation.SwitchParameter"
#: Module -> version, as Windows Server 2019 has them.
MODULES: Final = {
    MODULE: Version(1, 0, 1, 0),
    "Microsoft.PowerShell.Management": Version(3, 1, 0, 0),
    "Microsoft.PowerShell.Security": Version(3, 0, 0, 0),
    "Microsoft.PowerShell.Utility": Version(3, 1, 0, 0),
}


def _module(name: str) -> PSCustomObject:
    properties: list[tuple[str, Value]] = [
        ("ModuleType", "Manifest"),
        ("Name", name),
        ("Version", MODULES[name]),
    ]
    return custom_object(properties, "System.Management.Automation.PSModuleInfo")


def _named(wanted: str) -> str | None:
    return next((name for name in MODULES if name.lower() == wanted.lower()), None)


@cmdlet(
    "Import-Module",
    {
        "Name": parameter("System.String[]", "mandatory, position 0, pipeline"),
        "Force": parameter(_SWITCH),
        "Global": parameter(_SWITCH),
        "PassThru": parameter(_SWITCH),
        "DisableNameChecking": parameter(_SWITCH),
        "SkipEditionCheck": parameter(_SWITCH),
        "Scope": parameter("System.String"),
    },
)
class ImportModule(Cmdlet):
    """Import-Module: the module's commands are there anyhow; a module that is not there is an error that does not end."""

    __slots__ = ()

    def process(self) -> None:
        """Note each module as loaded, or report that there is none of that name (B6)."""
        for wanted in texts(self.bound["Name"]):
            name = _named(wanted)
            if name is None:
                self.context.write_error(_not_found(wanted))
                continue
            self.context.engine.services.setdefault(LOADED, set()).add(name)
            if self.on("PassThru"):
                self.context.write(_module(name))


def _not_found(name: str) -> ErrorRecord:
    text = (
        f"The specified module '{name}' was not loaded because no valid module file was found in any module directory."
    )
    exception = NetException("System.IO.FileNotFoundException", text)
    return ErrorRecord(exception, "Modules_ModuleNotFound", "ResourceUnavailable", name)


@cmdlet(
    "Get-Module",
    {
        "Name": parameter("System.String[]", "position 0, pipeline"),
        "ListAvailable": parameter(_SWITCH),
        "All": parameter(_SWITCH),
        "Refresh": parameter(_SWITCH),
    },
)
class GetModule(Cmdlet):
    """Get-Module: what has been imported, or with -ListAvailable what there is."""

    __slots__ = ()

    def process(self) -> None:
        """One object for every module whose name fits."""
        loaded: set[str] = self.context.engine.services.get(LOADED, set())
        patterns = [pattern.lower() for pattern in texts(self.bound.get("Name"))] or ["*"]
        for name in MODULES:
            fits = any(fnmatch.fnmatchcase(name.lower(), pattern) for pattern in patterns)
            if fits and (self.on("ListAvailable") or name in loaded):
                self.context.write(_module(name))
