"""What every new runspace holds: aliases, and automatic and preference variables, as its edition has them. Pure data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from jcad.lab.powershell import nettype as net
from jcad.lab.powershell.editions import CORE
from jcad.lab.powershell.evaluate.blockobjects import context_value
from jcad.lab.powershell.evaluate.context import PREFERENCES
from jcad.lab.powershell.values import EnumValue, Hashtable, Version, array_from, custom_object

if TYPE_CHECKING:
    from jcad.lab.powershell.engine import Engine

_AUTOMATION: Final = "System.Management.Automation."
ACTION_PREFERENCE: Final = net.define(
    _AUTOMATION + "ActionPreference", names={name: number for number, name in enumerate(PREFERENCES[:6])}
)
CONFIRM_IMPACT: Final = net.define(_AUTOMATION + "ConfirmImpact", names={"None": 0, "Low": 1, "Medium": 2, "High": 3})

#: Alias -> command, names in lower case.
ALIASES: Final[dict[str, str]] = {
    "%": "ForEach-Object",
    "?": "Where-Object",
    "ac": "Add-Content",
    "asnp": "Add-PSSnapin",
    "cat": "Get-Content",
    "cd": "Set-Location",
    "chdir": "Set-Location",
    "clc": "Clear-Content",
    "clear": "Clear-Host",
    "clhy": "Clear-History",
    "cli": "Clear-Item",
    "clp": "Clear-ItemProperty",
    "cls": "Clear-Host",
    "clv": "Clear-Variable",
    "cnsn": "Connect-PSSession",
    "compare": "Compare-Object",
    "copy": "Copy-Item",
    "cp": "Copy-Item",
    "cpi": "Copy-Item",
    "curl": "Invoke-WebRequest",
    "cvpa": "Convert-Path",
    "dbp": "Disable-PSBreakpoint",
    "del": "Remove-Item",
    "diff": "Compare-Object",
    "dir": "Get-ChildItem",
    "dnsn": "Disconnect-PSSession",
    "ebp": "Enable-PSBreakpoint",
    "echo": "Write-Output",
    "epal": "Export-Alias",
    "epcsv": "Export-Csv",
    "epsn": "Export-PSSession",
    "erase": "Remove-Item",
    "etsn": "Enter-PSSession",
    "exsn": "Exit-PSSession",
    "fc": "Format-Custom",
    "fl": "Format-List",
    "foreach": "ForEach-Object",
    "ft": "Format-Table",
    "fw": "Format-Wide",
    "gal": "Get-Alias",
    "gbp": "Get-PSBreakpoint",
    "gc": "Get-Content",
    "gcb": "Get-Clipboard",
    "gci": "Get-ChildItem",
    "gcim": "Get-CimInstance",
    "gcm": "Get-Command",
    "gcs": "Get-PSCallStack",
    "gdr": "Get-PSDrive",
    "ghy": "Get-History",
    "gi": "Get-Item",
    "gjb": "Get-Job",
    "gl": "Get-Location",
    "gm": "Get-Member",
    "gmo": "Get-Module",
    "gp": "Get-ItemProperty",
    "gps": "Get-Process",
    "gpv": "Get-ItemPropertyValue",
    "group": "Group-Object",
    "gsn": "Get-PSSession",
    "gsnp": "Get-PSSnapin",
    "gsv": "Get-Service",
    "gu": "Get-Unique",
    "gv": "Get-Variable",
    "gwmi": "Get-WmiObject",
    "h": "Get-History",
    "history": "Get-History",
    "icm": "Invoke-Command",
    "iex": "Invoke-Expression",
    "ihy": "Invoke-History",
    "ii": "Invoke-Item",
    "ipal": "Import-Alias",
    "ipcsv": "Import-Csv",
    "ipmo": "Import-Module",
    "irm": "Invoke-RestMethod",
    "ise": "powershell_ise.exe",
    "iwmi": "Invoke-WmiMethod",
    "iwr": "Invoke-WebRequest",
    "kill": "Stop-Process",
    "lp": "Out-Printer",
    "ls": "Get-ChildItem",
    "man": "help",
    "md": "mkdir",
    "measure": "Measure-Object",
    "mi": "Move-Item",
    "mount": "New-PSDrive",
    "move": "Move-Item",
    "mp": "Move-ItemProperty",
    "mv": "Move-Item",
    "nal": "New-Alias",
    "ndr": "New-PSDrive",
    "ni": "New-Item",
    "nmo": "New-Module",
    "nsn": "New-PSSession",
    "nv": "New-Variable",
    "ogv": "Out-GridView",
    "oh": "Out-Host",
    "popd": "Pop-Location",
    "ps": "Get-Process",
    "pushd": "Push-Location",
    "pwd": "Get-Location",
    "r": "Invoke-History",
    "rbp": "Remove-PSBreakpoint",
    "rcjb": "Receive-Job",
    "rcsn": "Receive-PSSession",
    "rd": "Remove-Item",
    "rdr": "Remove-PSDrive",
    "ren": "Rename-Item",
    "ri": "Remove-Item",
    "rjb": "Remove-Job",
    "rm": "Remove-Item",
    "rmdir": "Remove-Item",
    "rmo": "Remove-Module",
    "rni": "Rename-Item",
    "rnp": "Rename-ItemProperty",
    "rp": "Remove-ItemProperty",
    "rsn": "Remove-PSSession",
    "rsnp": "Remove-PSSnapin",
    "rv": "Remove-Variable",
    "rvpa": "Resolve-Path",
    "rwmi": "Remove-WmiObject",
    "sajb": "Start-Job",
    "sal": "Set-Alias",
    "saps": "Start-Process",
    "sasv": "Start-Service",
    "sbp": "Set-PSBreakpoint",
    "sc": "Set-Content",
    "scb": "Set-Clipboard",
    "select": "Select-Object",
    "set": "Set-Variable",
    "shcm": "Show-Command",
    "si": "Set-Item",
    "sl": "Set-Location",
    "sleep": "Start-Sleep",
    "sls": "Select-String",
    "sort": "Sort-Object",
    "sp": "Set-ItemProperty",
    "spjb": "Stop-Job",
    "spps": "Stop-Process",
    "spsv": "Stop-Service",
    "start": "Start-Process",
    "sv": "Set-Variable",
    "swmi": "Set-WmiInstance",
    "tee": "Tee-Object",
    "trcm": "Trace-Command",
    "type": "Get-Content",
    "wget": "Invoke-WebRequest",
    "where": "Where-Object",
    "wjb": "Wait-Job",
    "write": "Write-Output",
}


#: What 7 says of its platform: that of the recorded engine, whose paths have slashes.
_PLATFORM: Final = (("IsCoreCLR", True), ("IsLinux", True), ("IsMacOS", False), ("IsWindows", False))


def preset_variables(engine: Engine) -> dict[str, Any]:
    """The variables of a new runspace."""

    def action(name: str) -> EnumValue:
        return EnumValue(ACTION_PREFERENCE, (ACTION_PREFERENCE.names or {})[name])

    core = engine.edition == CORE
    return {
        **(dict(_PLATFORM) if core else {}),
        "Error": engine.errors,
        "ErrorActionPreference": action("Continue"),
        "WarningPreference": action("Continue"),
        "InformationPreference": action("SilentlyContinue"),
        "VerbosePreference": action("SilentlyContinue"),
        "DebugPreference": action("SilentlyContinue"),
        "ProgressPreference": action("Continue"),
        "ConfirmPreference": EnumValue(CONFIRM_IMPACT, 3),
        "WhatIfPreference": False,
        "PSDefaultParameterValues": Hashtable(),
        "MaximumHistoryCount": 4096,
        "FormatEnumerationLimit": 4,
        "HOME": "",
        "PID": 4711,
        "PSCulture": "en-US",
        "PSUICulture": "en-US",
        "ShellId": "Microsoft.PowerShell",
        "PSHOME": "C:\\Windows\\System32\\WindowsPowerShell\\v1.0",
        "NestedPromptLevel": 0,
        "LASTEXITCODE": None,
        "PSVersionTable": _version_table(core=core),
        "Host": custom_object([("Name", "Default Host"), ("Version", Version(7, 6) if core else Version(5, 1))]),
        "PSEdition": engine.edition,
        "ExecutionContext": context_value(),
        "PSScriptRoot": "",
        "PSCommandPath": "",
    }


def _version_table(*, core: bool) -> Hashtable:
    """Windows PowerShell 5.1 as Windows Server 2022 has it, or PowerShell 7 as it was recorded."""
    version = Version(7, 6, 9) if core else Version(5, 1, 20348, 2849)
    compatible = [Version(major, 0) for major in range(1, 6)] + [Version(5, 1)] + [Version(6, 0), Version(7, 0)] * core
    apart: list[tuple[str, Any]] = [
        ("BuildVersion", Version(10, 0, 20348, 2849)),
        ("CLRVersion", Version(4, 0, 30319, 42000)),
    ]
    if core:
        apart = [
            ("GitCommitId", "7.6.9"),
            ("OS", "Linux"),
            ("Platform", "Unix"),
        ]
    return Hashtable(
        [
            ("PSVersion", version),
            ("PSEdition", "Core" if core else "Desktop"),
            ("PSCompatibleVersions", array_from(compatible, net.VERSION)),
            ("PSRemotingProtocolVersion", Version(2, 3)),
            ("SerializationVersion", Version(1, 1, 0, 1)),
            ("WSManStackVersion", Version(3, 0)),
            *apart,
        ]
    )
