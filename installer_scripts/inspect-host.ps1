<#
.SYNOPSIS
    Tells what a host is and which of JumpCloud's agents it has. Changes nothing.

.DESCRIPTION
    Reads Windows' version and whether it is a Server Core, the last boot and what waits for a restart, free disk space,
    .NET and PowerShell, the clock against a domain controller's, whether JumpCloud and LDAPS can be reached, the
    services of Microsoft Entra Connect and cloud sync; and of each agent its service, version, uninstall entry,
    configuration and the last error in its log. What cannot be read is reported as null, never guessed; passwords and
    keys are left out.

.PARAMETER Batch
    {"count": 1, "items": [{"id": "...", "jumpcloud": "=...", "time_source": "=...", "ldaps": "=..."}]}
    The names of the hosts to try on port 443, to compare the clock with, and to try on port 636; null: not tried.
    Text that comes from data begins with '='.

.OUTPUTS
    One line of JSON.
#>
[CmdletBinding()]
[OutputType([string])]
param(
    [Parameter(Mandatory = $true)]
    [ValidateNotNullOrEmpty()]
    [string] $Batch
)

Set-StrictMode -Version 3.0
$ErrorActionPreference = 'Stop'

{% include '_host.ps1' %}

{% include '_redact.ps1' %}

{% include '_textfile.ps1' %}

{% include '_configuration.ps1' %}

{% include '_agents.ps1' %}

{% include '_port.ps1' %}

# ---- What this script is for ---------------------------------------------------------------------------------------

function Get-Value {
    <# A value of a registry key, or nothing. #>
    [CmdletBinding()]
    param([Parameter(Mandatory = $true)] [string] $Path, [Parameter(Mandatory = $true)] [string] $Name)

    $key = Get-ItemProperty -Path $Path -ErrorAction SilentlyContinue
    if ($null -ne $key -and $null -ne $key.PSObject.Properties[$Name]) { $key.PSObject.Properties[$Name].Value }
}

function Get-PendingReboot {
    <# What waits for a restart of Windows. #>
    [CmdletBinding()]
    [OutputType([string])]
    param()

    $current = 'HKLM:\SOFTWARE\Microsoft\Windows\CurrentVersion'
    $control = 'HKLM:\SYSTEM\CurrentControlSet\Control'
    if (Test-Path -Path "$current\Component Based Servicing\RebootPending") { 'Windows features' }
    if (Test-Path -Path "$current\WindowsUpdate\Auto Update\RebootRequired") { 'Windows Update' }
    if (Get-Value -Path "$control\Session Manager" -Name 'PendingFileRenameOperations') { 'files to be replaced' }
    $wanted = Get-Value -Path "$control\ComputerName\ComputerName" -Name 'ComputerName'
    $active = Get-Value -Path "$control\ComputerName\ActiveComputerName" -Name 'ComputerName'
    if ($active -and $active -ne $wanted) { 'a new computer name' }
    if (Get-Value -Path 'HKLM:\SYSTEM\CurrentControlSet\Services\Netlogon' -Name 'JoinDomain') { 'a domain join' }
}

function Get-ClockOffset {
    <# How many seconds this host's clock is ahead of a domain controller's, or nothing. #>
    [CmdletBinding()]
    [OutputType([double])]
    param([AllowNull()] [AllowEmptyString()] [string] $Source)

    if (-not $Source) { return }
    try {
        $lines = @(w32tm.exe /stripchart "/computer:$Source" /samples:1 /dataonly)
    }
    catch {
        return
    }
    # The last line is "12:00:00, +00.0123456s": what must be added to this clock. The decimal mark may be a comma.
    if ([string] ($lines | Select-Object -Last 1) -match ', *(?<sign>[+-])(?<whole>\d+)[.,](?<part>\d+)s') {
        $text = "$($Matches['whole']).$($Matches['part'])"
        $ahead = -[double]::Parse($text, [cultureinfo]::InvariantCulture)
        if ($Matches['sign'] -eq '-') { -$ahead } else { $ahead }
    }
}

function Get-Program {
    <# The entries of installed programs whose name begins with JumpCloud. #>
    [CmdletBinding()]
    param()

    $uninstall = 'Microsoft\Windows\CurrentVersion\Uninstall'
    foreach ($place in "HKLM:\SOFTWARE\$uninstall", "HKLM:\SOFTWARE\WOW6432Node\$uninstall") {
        foreach ($key in @(Get-ChildItem -Path $place -ErrorAction SilentlyContinue)) {
            if ([string] $key.GetValue('DisplayName') -like 'JumpCloud*') { $key }
        }
    }
}

function Get-LastError {
    <# The last line of a log that tells of an error, without secrets, or nothing. #>
    [CmdletBinding()]
    [OutputType([string])]
    param([Parameter(Mandatory = $true)] [string] $Path)

    $lines = (Read-TextPart -Path $Path).text -split '\r?\n'
    $line = $lines | Where-Object -FilterScript { $_ -match '\b(error|fatal|panic)\b' } | Select-Object -Last 1
    if ($line) { Hide-Secret -Text $line.Substring(0, [System.Math]::Min($line.Length, 1000)) }
}

function Get-Setting {
    <# The settings of a configuration file, without the values of passwords and keys. #>
    [CmdletBinding()]
    param([Parameter(Mandatory = $true)] [string] $Path)

    foreach ($setting in @(ConvertTo-Setting -Value (Read-Configuration -Path $Path))) {
        $leaf = @($setting.name -split '\.')[-1]
        $value = $setting.value
        if ((Hide-Secret -Text "${leaf}=x") -cne "${leaf}=x") {
            $value = '"(removed)"'
        }
        elseif ($value.StartsWith('"')) {
            $value = ConvertTo-Json -InputObject (Hide-Secret -Text (ConvertFrom-Json -InputObject $value)) -Compress
        }
        elseif ((Hide-Secret -Text $value) -cne $value) {
            $value = '"(removed)"'    # a secret in a list
        }
        [ordered]@{ name = $setting.name; value = $value }
    }
}

function Get-Agent {
    <# One agent as an answer tells it, or nothing where it is not on this host. #>
    [CmdletBinding()]
    param(
        [Parameter(Mandatory = $true)] [object] $Facts,
        [Parameter(Mandatory = $true)] [AllowEmptyCollection()] [object[]] $Service,
        [Parameter(Mandatory = $true)] [AllowEmptyCollection()] [object[]] $Program
    )

    $running = $null
    foreach ($name in $Facts.Services) {
        if ($null -ne $running) { break }
        $running = $Service | Where-Object -Property Name -Like $name | Select-Object -First 1
    }
    $entry = $Program |
        Where-Object -FilterScript { [string] $_.GetValue('DisplayName') -match $Facts.Program } |
        Select-Object -First 1
    if ($null -eq $running -and $null -eq $entry) { return }

    $agent = [ordered]@{ kind = $Facts.Kind }
    $folder = $null
    if ($null -ne $running) {
        $agent['service'] = $running.Name
        $agent['displayName'] = $running.DisplayName
        $agent['state'] = $running.State
        $agent['startMode'] = $running.StartMode
        $agent['runsAs'] = $running.StartName
        if ([string] $running.PathName -match '^\s*"?(?<folder>[^"]+)\\[^\\"]+\.exe') { $folder = $Matches['folder'] }
    }
    $version = Get-Value -Path $Facts.Registry -Name 'Version'
    if ($null -ne $entry) {
        if ($entry.GetValue('DisplayVersion')) { $version = $entry.GetValue('DisplayVersion') }
        if ($entry.PSChildName -match '^\{[0-9A-Fa-f-]{36}\}$') { $agent['productCode'] = $entry.PSChildName }
        $agent['uninstall'] = $entry.GetValue('UninstallString')
        $agent['installedAt'] = $entry.GetValue('InstallDate')
        $location = [string] $entry.GetValue('InstallLocation')
        if (-not $folder -and $location) { $folder = $location.TrimEnd('\') }
    }
    if (-not $folder) {
        $folder = $Facts.Folders | Where-Object -FilterScript { Test-Path -LiteralPath $_ } | Select-Object -First 1
    }
    $agent['version'] = $version
    $agent['folder'] = $folder

    $agent['config'] = $null
    foreach ($name in $Facts.Settings) {
        foreach ($place in @($folder) + $Facts.Folders) {
            if (-not $place -or $agent.Contains('configFile')) { continue }
            $path = Join-Path -Path $place -ChildPath $name
            if (Test-Path -LiteralPath $path -PathType Leaf) { $agent['configFile'] = $path }
        }
    }
    if ($agent.Contains('configFile')) {
        try {
            $agent['config'] = @(Get-Setting -Path $agent['configFile'])
        }
        catch {
            $agent['configError'] = Hide-Secret -Text $_.Exception.Message
        }
    }
    $log = Get-AgentLog -Facts $Facts -Folder $folder | Select-Object -First 1
    if ($null -ne $log) {
        $agent['logFile'] = $log.FullName
        try {
            $agent['lastError'] = Get-LastError -Path $log.FullName
        }
        catch {
            $agent['lastError'] = "the log cannot be read: $($_.Exception.Message)"
        }
    }
    $agent
}

try {
    $version = 'HKLM:\SOFTWARE\Microsoft\Windows NT\CurrentVersion'
    $net = 'HKLM:\SOFTWARE\Microsoft\NET Framework Setup\NDP\v4\Full'
    $wanted = "Name LIKE 'JCAD%' OR Name = 'adint' OR Name = 'ADSync' OR Name = 'AADConnectProvisioningAgent'"
    $services = @(Get-CimInstance -ClassName Win32_Service -Filter $wanted)
    $programs = @(Get-Program)
    $windows = Get-CimInstance -ClassName Win32_OperatingSystem
    $computer = Get-CimInstance -ClassName Win32_ComputerSystem
    $disk = Get-CimInstance -ClassName Win32_LogicalDisk -Filter "DeviceID = '$env:SystemDrive'"
    $entra = @($services | Where-Object -FilterScript { $_.Name -in 'ADSync', 'AADConnectProvisioningAgent' })
    $state = [ordered]@{
        name          = $computer.Name
        windows       = $windows.Caption
        build         = [int] $windows.BuildNumber
        architecture  = $env:PROCESSOR_ARCHITECTURE
        core          = (Get-Value -Path $version -Name 'InstallationType') -eq 'Server Core'
        controller    = $computer.DomainRole -ge 4
        boot          = $windows.LastBootUpTime.ToUniversalTime().ToString('s') + 'Z'
        pendingReboot = @(Get-PendingReboot)
        freeBytes     = [long] $disk.FreeSpace
        netRelease    = Get-Value -Path $net -Name 'Release'
        psVersion     = $PSVersionTable.PSVersion.ToString()
        clockOffset   = Get-ClockOffset -Source (ConvertFrom-MarkedText -Text $item.time_source)
        outbound      = Test-Port -Name (ConvertFrom-MarkedText -Text $item.jumpcloud) -Port 443
        ldaps         = Test-Port -Name (ConvertFrom-MarkedText -Text $item.ldaps) -Port 636
        entra         = @($entra | ForEach-Object -Process { $_.Name })
        agents        = @(foreach ($facts in $agentFacts) {
            Get-Agent -Facts $facts -Service $services -Program $programs
        })
    }
    ConvertTo-Result -Item $item -Status 'unchanged' -Data $state
}
catch {
    ConvertTo-Result -Item $item -Status 'failed' -ErrorRecord $_
}
