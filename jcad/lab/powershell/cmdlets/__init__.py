"""The core cmdlets, a group a file, and the names of those that exist and are no part of the lab."""

from __future__ import annotations

import importlib
import json
import pkgutil
from dataclasses import replace
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any, Final

from jcad.lab.powershell.command import Cmdlet, CommandInfo, Parameter, cmdlet
from jcad.lab.powershell.editions import CMDLETS_SINCE_SIX, CORE

if TYPE_CHECKING:
    from collections.abc import Callable

    from jcad.lab.powershell.command import CmdletType

_REGISTRY: Final[list[type[Cmdlet]]] = []

#: Cmdlets of Windows PowerShell 5.1: what the lab has not of these it refuses by name.
KNOWN: Final = """
    Add-Computer Add-Content Add-History Add-Member Add-PSSnapin Add-Type Checkpoint-Computer Clear-Content
    Clear-EventLog Clear-History Clear-Host Clear-Item Clear-ItemProperty Clear-RecycleBin Clear-Variable
    Compare-Object Complete-Transaction Compress-Archive Connect-PSSession Connect-WSMan Convert-Path
    ConvertFrom-CliXml ConvertFrom-Csv ConvertFrom-Json ConvertFrom-SecureString ConvertFrom-StringData
    ConvertTo-CliXml ConvertTo-Csv ConvertTo-Html ConvertTo-Json ConvertTo-SecureString ConvertTo-Xml Copy-Item
    Copy-ItemProperty Debug-Process Debug-Runspace Disable-ComputerRestore Disable-PSBreakpoint Disable-PSRemoting
    Disable-PSSessionConfiguration Disable-WSManCredSSP Disconnect-PSSession Disconnect-WSMan Enable-ComputerRestore
    Enable-PSBreakpoint Enable-PSRemoting Enable-PSSessionConfiguration Enable-WSManCredSSP Enter-PSHostProcess
    Enter-PSSession Exit-PSSession Expand-Archive Export-Alias Export-Clixml Export-Console Export-Csv
    Export-FormatData Export-ModuleMember Export-PSSession ForEach-Object Format-Custom Format-Hex Format-List
    Format-Table Format-Wide Get-Acl Get-Alias Get-AuthenticodeSignature Get-ChildItem Get-CimAssociatedInstance
    Get-CimClass Get-CimInstance Get-CimSession Get-Clipboard Get-Command Get-ComputerInfo Get-ComputerRestorePoint
    Get-Content Get-ControlPanelItem Get-Credential Get-Culture Get-Date Get-Event Get-EventLog Get-EventSubscriber
    Get-ExecutionPolicy Get-FileHash Get-FormatData Get-Help Get-History Get-Host Get-HotFix Get-Item
    Get-ItemProperty Get-ItemPropertyValue Get-Job Get-Location Get-Member Get-Module Get-NetAdapter Get-NetIPAddress
    Get-PSBreakpoint Get-PSCallStack Get-PSDrive Get-PSHostProcessInfo Get-PSProvider Get-PSSession
    Get-PSSessionConfiguration Get-PSSnapin Get-PfxCertificate Get-Process Get-Random Get-Runspace Get-ScheduledTask
    Get-Service Get-TimeZone Get-TraceSource Get-Transaction Get-TypeData Get-UICulture Get-Unique Get-Uptime
    Get-Variable Get-Verb Get-WSManInstance Get-WinEvent Get-WindowsFeature Get-WmiObject Group-Object Import-Alias
    Import-Clixml Import-Csv Import-LocalizedData Import-Module Import-PowerShellDataFile Install-WindowsFeature
    Invoke-CimMethod Invoke-Command Invoke-Expression Invoke-History Invoke-Item Invoke-RestMethod Invoke-WSManAction
    Invoke-WebRequest Invoke-WmiMethod Join-Path Limit-EventLog Measure-Command Measure-Object Move-Item
    Move-ItemProperty New-Alias New-CimInstance New-CimSession New-Event New-EventLog New-Guid New-Item
    New-ItemProperty New-Module New-ModuleManifest New-Object New-PSDrive New-PSRoleCapabilityFile New-PSSession
    New-PSSessionConfigurationFile New-PSSessionOption New-PSTransportOption New-Service New-TemporaryFile
    New-TimeSpan New-Variable New-WSManInstance New-WebServiceProxy Out-Default Out-File Out-GridView Out-Host
    Out-Null Out-Printer Out-String Pop-Location Push-Location Read-Host Receive-Job Receive-PSSession
    Register-ArgumentCompleter Register-CimIndicationEvent Register-EngineEvent Register-ObjectEvent
    Register-PSSessionConfiguration Register-ScheduledTask Register-WmiEvent Remove-CimInstance Remove-CimSession
    Remove-Computer Remove-Event Remove-EventLog Remove-Item Remove-ItemProperty Remove-Job Remove-Module
    Remove-PSBreakpoint Remove-PSDrive Remove-PSSession Remove-PSSnapin Remove-Service Remove-TypeData
    Remove-Variable Remove-WmiObject Rename-Computer Rename-Item Rename-ItemProperty Reset-ComputerMachinePassword
    Resolve-DnsName Resolve-Path Restart-Computer Restart-Service Resume-Job Resume-Service Save-Help Select-Object
    Select-String Select-Xml Send-MailMessage Set-Acl Set-Alias Set-AuthenticodeSignature Set-CimInstance
    Set-Clipboard Set-Content Set-Date Set-ExecutionPolicy Set-Item Set-ItemProperty Set-Location Set-PSBreakpoint
    Set-PSDebug Set-PSSessionConfiguration Set-Service Set-StrictMode Set-TimeZone Set-TraceSource Set-Variable
    Set-WSManInstance Set-WmiInstance Show-Command Show-EventLog Sort-Object Split-Path Start-Job Start-Process
    Start-Service Start-Sleep Start-Transaction Start-Transcript Stop-Computer Stop-Job Stop-Process Stop-Service
    Stop-Transcript Suspend-Job Suspend-Service Tee-Object Test-ComputerSecureChannel Test-Connection
    Test-ModuleManifest Test-NetConnection Test-Path Test-WSMan Trace-Command Unblock-File Undo-Transaction
    Unregister-Event Unregister-PSSessionConfiguration Update-FormatData Update-Help Update-List Update-TypeData
    Use-Transaction Wait-Debugger Wait-Event Wait-Job Wait-Process Where-Object Write-Debug Write-Error
    Write-EventLog Write-Host Write-Information Write-Output Write-Progress Write-Verbose Write-Warning
"""


#: Mandatory parameters that take "n"ull, the empty "s"tring, or an empty "c"ollection ([AllowNull()] and its kin).
_LENIENT: Final[dict[str, str]] = {
    "ConvertTo-Json/InputObject": "n",
    "ConvertFrom-Json/InputObject": "s",
    "Write-Output/InputObject": "nsc",
    "Write-Error/Message": "ns",
    "Write-Warning/Message": "s",
    "Write-Verbose/Message": "s",
    "Write-Debug/Message": "s",
    "Write-Information/MessageData": "nsc",
    "ForEach-Object/Process": "nc",
    "Join-Path/ChildPath": "ns",
    "Set-Content/Value": "nsc",
    "Add-Content/Value": "nsc",
    "Select-String/InputObject": "ns",
    "Test-Path/Path": "nsc",
    "Compare-Object/ReferenceObject": "c",
    "Compare-Object/DifferenceObject": "c",
    "ConvertFrom-Csv/InputObject": "nsc",
    "ConvertFrom-StringData/StringData": "s",
    "ConvertTo-Html/InputObject": "nsc",
    "Split-Path/Path": "nsc",
}


#: Parameters with [ValidateNotNullOrEmpty()]. Source: their declarations.
_NOT_EMPTY: Final = {
    "Clear-Variable": ("Scope",),
    "Get-Alias": ("Name", "Scope"),
    "Get-Command": ("Name",),
    "Get-Member": ("Name",),
    "Get-Process": ("Name",),
    "Get-Variable": ("Name", "Scope"),
    "New-Variable": ("Scope",),
    "Remove-Variable": ("Scope",),
    "Set-Variable": ("Scope",),
}

#: The module of each core cmdlet that is not in Microsoft.PowerShell.Utility.
_MODULES: Final[dict[str, str]] = {
    name: f"Microsoft.PowerShell.{module}"
    for module, names in {
        "Core": (
            "Clear-History Export-ModuleMember ForEach-Object Get-Command Get-Help Get-History Get-Module Import-Module "
            "Invoke-Command New-Module Out-Default Out-Host Out-Null Remove-Module Set-StrictMode Where-Object"
        ),
        "Management": (
            "Convert-Path Copy-Item Get-ChildItem Get-Content Get-Item Get-ItemProperty Get-Location Get-Process "
            "Get-Service Join-Path Move-Item New-Item Remove-Item Rename-Item Resolve-Path Set-Content Set-Item "
            "Set-Location Split-Path Start-Process Stop-Process Test-Path"
        ),
        "Security": "ConvertFrom-SecureString ConvertTo-SecureString Get-Acl Get-Credential Set-Acl",
    }.items()
    for name in names.split()
}


def _checked(name: str, one: Parameter) -> Parameter:
    """The parameter, lenient or strict where the real one is."""
    takes = _LENIENT.get(f"{name}/{one.name}", "")
    if one.name in _NOT_EMPTY.get(name, ()):
        from jcad.lab.powershell.evaluate.attributes import ValidateNotNullOrEmpty  # noqa: PLC0415  - they build on commands

        return replace(one, validations=(ValidateNotNullOrEmpty(),))
    if not takes:
        return one
    return replace(one, allow_null="n" in takes, allow_empty_string="s" in takes, allow_empty_collection="c" in takes)


@cache
def facts() -> dict[str, Any]:
    """How the core cmdlets bind, by name: read off a real engine."""
    text = resources.files(__package__).joinpath("facts.json").read_text(encoding="utf-8")
    found: dict[str, Any] = json.loads(text)
    return found


def core(
    name: str, *, unsupported: str = "", module: str = "", class_name: str = "", untyped: str = ""
) -> Callable[[CmdletType], CmdletType]:
    """Declare a class as the core cmdlet of this name; its parameters come from `facts`.

    `untyped` names, by spaces, parameters whose attribute converts what they get: the class does that itself.
    """
    described = facts()[name]
    parameters = {
        key: {**value, "type": "System.Object"} if key in untyped.split() else value
        for key, value in described["parameters"].items()
    }
    home = module or _MODULES.get(name, "Microsoft.PowerShell.Utility")
    info = CommandInfo.from_facts(name, {**described, "parameters": parameters}, module=home, class_name=class_name)
    info = replace(info, parameters={key: _checked(name, one) for key, one in info.parameters.items()})
    declare = cmdlet(name, info=info, unsupported=unsupported)

    def register(kind: CmdletType) -> CmdletType:
        _REGISTRY.append(declare(kind))
        return kind

    return register


def own(kind: CmdletType) -> CmdletType:
    """Add a class that `cmdlet` declared with parameters of its own to the core cmdlets."""
    _REGISTRY.append(kind)
    return kind


@cache
def core_commands() -> tuple[type[Cmdlet], ...]:
    """Every core cmdlet."""
    for module in pkgutil.iter_modules(__path__, __name__ + "."):
        importlib.import_module(module.name)
    return tuple(_REGISTRY)


def known_names(edition: str = CORE) -> set[str]:
    """The names of the cmdlets that exist in an edition."""
    later = set(CMDLETS_SINCE_SIX.split())
    return set(KNOWN.split()) | later if edition == CORE else set(KNOWN.split()) - later
