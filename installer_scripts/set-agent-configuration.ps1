<#
.SYNOPSIS
    Changes settings in an agent's JSON configuration file.

.DESCRIPTION
    Only settings that the file has are changed; all others stay. A file that has changed since the change was planned,
    or that lacks a setting, is left alone and reported as a conflict. One that is not JSON is kept and reported. The
    service is stopped before the file is written, and started afterwards if it ran and a restart is asked for. The file
    is written beside the old one and then put in its place: a full disk loses nothing, permissions stay, and the old
    file is kept beside it under a name with the time (UTC).

    Settings are named by their path: MainLoop.UserDissociationAction. Of that one there are two spellings
    (UserDissociateAction): the one that is in the file is changed. Failures are told by their id: FileMissing,
    ConfigurationNotJson, ConfigurationNotKept, DiskFull, ServiceMissing, ServiceTimedOut, ServiceState. Run it with
    -WhatIf to change nothing.

.PARAMETER Batch
    {"count": 1, "items": [{"id": "...", "service": "=...", "path": "=...", "expected": [{"name": "=MainLoop.X",
    "value": "=\"retain\""}], "set": [{"name": "=MainLoop.X", "value": "=\"deactivate\""}], "restart": true}]}
    Text that comes from data begins with '='. Values are JSON; an expected null means that there is no such setting.

.OUTPUTS
    One line of JSON; data has backup (the path of the old file) and state (of the service).
#>
[CmdletBinding(SupportsShouldProcess = $true, ConfirmImpact = 'Medium')]
[OutputType([string])]
param(
    [Parameter(Mandatory = $true)]
    [ValidateNotNullOrEmpty()]
    [string] $Batch
)

Set-StrictMode -Version 3.0
$ErrorActionPreference = 'Stop'

{% include '_host.ps1' %}
{% include '_failure.ps1' %}
{% include '_verify.ps1' %}
{% include '_service.ps1' %}
function Read-ConfigurationFile {
    <# A JSON file: its bytes, its text, how it is encoded, and what it says. Throws where it is not a JSON object. #>
    [CmdletBinding()]
    [OutputType([System.Collections.IDictionary])]
    param([Parameter(Mandatory = $true)] [string] $Path)

    $bytes = [System.IO.File]::ReadAllBytes($Path)
    $marked = $bytes.Length -ge 3 -and $bytes[0] -eq 0xEF -and $bytes[1] -eq 0xBB -and $bytes[2] -eq 0xBF
    $encoding = [System.Text.UTF8Encoding]::new($marked, $true)
    $skipped = if ($marked) { 3 } else { 0 }
    try {
        $text = $encoding.GetString($bytes, $skipped, $bytes.Length - $skipped)
        $content = ConvertFrom-Json -InputObject $text
    }
    catch {
        $message = "$Path is not JSON in UTF-8; it was left as it is."
        throw (New-Failure -Id 'ConfigurationNotJson' -Category ParserError -Message $message)
    }
    if ($content -isnot [System.Management.Automation.PSCustomObject]) {
        $message = "$Path holds no JSON object; it was left as it is."
        throw (New-Failure -Id 'ConfigurationNotJson' -Category ParserError -Message $message)
    }
    @{ Bytes = $bytes; Text = $text; Encoding = $encoding; Content = $content }
}

function Find-Setting {
    <# The property that a path names, in its spelling, or nothing. #>
    [CmdletBinding()]
    param(
        [Parameter(Mandatory = $true)] [object] $Content,
        [Parameter(Mandatory = $true)] [string] $Path
    )

    $spellings = 'UserDissociationAction', 'UserDissociateAction'
    $parts = $Path -split '\.'
    $node = $Content
    for ($index = 0; $index -lt $parts.Count; $index++) {
        if ($node -isnot [System.Management.Automation.PSCustomObject]) { return }
        $part = $parts[$index]
        $property = $node.PSObject.Properties | Where-Object { $_.Name -ceq $part }
        if ($null -eq $property -and $spellings -ccontains $part) {
            $property = $node.PSObject.Properties | Where-Object { $spellings -ccontains $_.Name }
        }
        if ($null -eq $property) { return }
        $node = $property.Value
    }
    $property
}

function ConvertFrom-JsonValue {
    <# What a piece of JSON says, of whatever kind. #>
    [CmdletBinding()]
    param([Parameter(Mandatory = $true)] [string] $Json)

    , (ConvertFrom-Json -InputObject "{`"value`":$Json}").value
}

function ConvertTo-Comparable {
    <# A value as text that is the same for the same values. #>
    [CmdletBinding()]
    [OutputType([string])]
    param([Parameter(Mandatory = $true)] [AllowNull()] [AllowEmptyString()] [AllowEmptyCollection()] [object] $Value)

    ConvertTo-Json -InputObject @{ value = $Value } -Depth 100 -Compress
}

function Get-Deviation {
    <# How a configuration differs from the one that the change was planned from, or nothing. #>
    [CmdletBinding()]
    [OutputType([string])]
    param(
        [Parameter(Mandatory = $true)] [object] $Content,
        [Parameter(Mandatory = $true)] [System.Collections.IDictionary] $Expected
    )

    foreach ($path in $Expected.Keys) {
        $setting = Find-Setting -Content $Content -Path $path
        $isAbsent = [string]::IsNullOrEmpty($Expected[$path])    # PowerShell makes an empty text of a null
        if ($null -eq $setting -or $isAbsent) {
            if ($null -ne $setting) { return "$path is there, and was not when this was planned" }
            if (-not $isAbsent) { return "$path is not in the file" }
            continue
        }
        $actual = ConvertTo-Comparable -Value $setting.Value
        if ($actual -cne (ConvertTo-Comparable -Value (ConvertFrom-JsonValue -Json $Expected[$path]))) {
            return "$path is not what it was when this was planned"
        }
    }
}

function ConvertTo-ConfigurationText {
    <# A configuration as JSON in the form of the old text: in one line or several, with its line ends. #>
    [CmdletBinding()]
    [OutputType([string])]
    param(
        [Parameter(Mandatory = $true)] [object] $Content,
        [Parameter(Mandatory = $true)] [string] $Like
    )

    $body = $Like.Trim()
    $text = (ConvertTo-Json -InputObject $Content -Depth 100 -Compress:(-not $body.Contains("`n"))).Replace("`r`n", "`n")
    if ($Like.Contains("`r`n")) { $text = $text.Replace("`n", "`r`n") }
    $text + $Like.Substring($Like.TrimEnd().Length)
}

function Write-Configuration {
    <# Puts a new content in a file's place in one step. Permissions stay with the path, the old content goes to the backup. #>
    [CmdletBinding()]
    param(
        [Parameter(Mandatory = $true)] [string] $Path,
        [Parameter(Mandatory = $true)] [byte[]] $Bytes,
        [Parameter(Mandatory = $true)] [string] $Backup
    )

    $diskFull = 0x80070070, 0x80070027    # ERROR_DISK_FULL, ERROR_HANDLE_DISK_FULL
    $temporary = "$Path.$([guid]::NewGuid()).tmp"
    try {
        # The file may hold a password: whoever may not read it may not read this one either.
        [System.IO.File]::WriteAllBytes($temporary, [byte[]]::new(0))
        Set-Acl -LiteralPath $temporary -AclObject (Get-Acl -LiteralPath $Path)
        [System.IO.File]::WriteAllBytes($temporary, $Bytes)
        [System.IO.File]::Replace($temporary, $Path, $Backup)
    }
    catch {
        $cause = $_.Exception.GetBaseException()
        if ($diskFull -contains $cause.HResult) {
            $message = "The disk of $Path is full; the file was left as it is."
            throw (New-Failure -Id 'DiskFull' -Category WriteError -Message $message -Code $cause.HResult)
        }
        throw
    }
    finally {
        if (Test-Path -LiteralPath $temporary) { Remove-Item -LiteralPath $temporary -Force }
    }
}

# ---- What this script is for ---------------------------------------------------------------------------------------

$data = [ordered]@{ backup = $null; state = $null }
$done = [System.Collections.Generic.List[string]]::new()
$timeout = [timespan]::FromSeconds(60)
$stopped = $false
$failure = $null
$conflict = $null
try {
    $path = ConvertFrom-MarkedText -Text $item.path
    $name = ConvertFrom-MarkedText -Text $item.service
    $wanted = ConvertFrom-Table -Row @($item.set)
    Assert-FileThere -Path $path
    $service = Find-Service -Name $name
    if ($null -eq $service) {
        throw (New-Failure -Id 'ServiceMissing' -Category ObjectNotFound -Message "There is no service $name.")
    }
    $data['state'] = $service.Status.ToString()

    $old = Read-ConfigurationFile -Path $path
    $changes = @(
        foreach ($key in $wanted.Keys) {
            $setting = Find-Setting -Content $old.Content -Path $key
            $value = ConvertFrom-JsonValue -Json $wanted[$key]
            if ($null -eq $setting) {
                $conflict = "the file has no $key, and none is added"
            }
            elseif ((ConvertTo-Comparable -Value $setting.Value) -cne (ConvertTo-Comparable -Value $value)) {
                @{ Setting = $setting; Value = $value }
            }
        }
    )
    if (-not $conflict -and $changes.Count -eq 0) {
        ConvertTo-Result -Item $item -Status 'unchanged' -Data $data
        return
    }
    if (-not $conflict) {
        $conflict = Get-Deviation -Content $old.Content -Expected (ConvertFrom-Table -Row @($item.expected))
    }
    if ($conflict) {
        ConvertTo-Result -Item $item -Status 'conflict' -Reason $conflict -Data $data
        return
    }
    if (-not $PSCmdlet.ShouldProcess($path, "Change $(@($wanted.Keys) -join ', ')")) {
        ConvertTo-Result -Item $item -Status 'skipped' -Data $data
        return
    }

    foreach ($change in $changes) { $change.Setting.Value = $change.Value }
    $text = ConvertTo-ConfigurationText -Content $old.Content -Like $old.Text
    if ((ConvertTo-Comparable -Value (ConvertFrom-Json -InputObject $text)) -cne (ConvertTo-Comparable -Value $old.Content)) {
        $message = "$path holds something that cannot be written again as it is; it was left."
        throw (New-Failure -Id 'ConfigurationNotKept' -Category InvalidData -Message $message)
    }
    $bytes = [byte[]] ($old.Encoding.GetPreamble() + $old.Encoding.GetBytes($text))
    if ($item.restart -and $service.Status -ne 'Stopped') {
        Set-ServiceState -Name $name -State 'Stopped' -Timeout $timeout
        $stopped = $true
        $done.Add('stopped')
    }
    # An agent may write its configuration when it stops.
    $now = [System.IO.File]::ReadAllBytes($path)
    if ([System.Convert]::ToBase64String($now) -cne [System.Convert]::ToBase64String($old.Bytes)) {
        $conflict = 'the file has changed while the service stopped'
    }
    else {
        $backup = "$path.$([datetime]::UtcNow.ToString("yyyyMMdd'T'HHmmssfff'Z'")).bak"
        Write-Configuration -Path $path -Bytes $bytes -Backup $backup
        $data['backup'] = $backup
        $done.Add('written')
    }
}
catch {
    $failure = $_
}
# Whatever happened: a service that this script stopped is started.
if ($stopped) {
    try {
        Set-ServiceState -Name $name -State 'Running' -Timeout $timeout
        $done.Add('started')
    }
    catch {
        if ($null -eq $failure) { $failure = $_ }
    }
}
if ($null -ne $data['state']) { $data['state'] = Get-ServiceState -Name $name }
if ($null -ne $failure) {
    ConvertTo-Result -Item $item -Status 'failed' -Done $done -Data $data -ErrorRecord $failure
}
elseif ($conflict) {
    ConvertTo-Result -Item $item -Status 'conflict' -Done $done -Reason $conflict -Data $data
}
else {
    ConvertTo-Result -Item $item -Status 'changed' -Done $done -Data $data
}
