<#
.SYNOPSIS
    Gathers what JumpCloud's support asks for about the agents of a host in one zip file, without secrets.

.DESCRIPTION
    Takes what JumpCloud's own log collector takes: the log files and configuration files of both agents, their
    registry keys, and the event logs Application, Security, System and Windows PowerShell (the last thousand events of
    each); and which Windows and which domain it is. What looks like a password, a key or a token is removed on the
    host, and so is every binary value of the registry: the encrypted password is one. The folder is for administrators
    alone. Run it with -WhatIf to see where it would write.

.PARAMETER Batch
    {"count": 1, "items": [{"id": "...", "folder": "=C:\\ProgramData\\jcad"}]}
    Text that comes from data begins with '='.

.OUTPUTS
    One line of JSON: path, size and sha256 of the zip file.
#>
[CmdletBinding(SupportsShouldProcess = $true, ConfirmImpact = 'Low')]
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

{% include '_staging.ps1' %}

{% include '_redact.ps1' %}

{% include '_textfile.ps1' %}

{% include '_agents.ps1' %}

# ---- What this script is for ---------------------------------------------------------------------------------------

$largestFile = 64MB    # of a log the last part
$largestPiece = 1MB

function Write-Entry {
    <# Writes one text into the archive. #>
    [CmdletBinding()]
    param(
        [Parameter(Mandatory = $true)] [object] $Archive,
        [Parameter(Mandatory = $true)] [string] $Name,
        [Parameter(Mandatory = $true)] [AllowEmptyString()] [string] $Text
    )

    $stream = $Archive.CreateEntry($Name).Open()
    try {
        $bytes = [System.Text.Encoding]::UTF8.GetBytes($Text)
        $stream.Write($bytes, 0, $bytes.Length)
    }
    finally {
        $stream.Dispose()
    }
}

function Write-FileEntry {
    <# Writes a text file into the archive, piece by piece, without its secrets. #>
    [CmdletBinding()]
    param(
        [Parameter(Mandatory = $true)] [object] $Archive,
        [Parameter(Mandatory = $true)] [string] $Name,
        [Parameter(Mandatory = $true)] [string] $Path
    )

    $offset = [System.Math]::Max([System.IO.FileInfo]::new($Path).Length - $largestFile, 0)
    $stream = $Archive.CreateEntry($Name).Open()
    try {
        do {
            $before = $offset
            $part = Read-TextPart -Path $Path -Offset $offset -Count $largestPiece -ToEnd
            $offset = $part.next
            $bytes = [System.Text.Encoding]::UTF8.GetBytes((Hide-Secret -Text $part.text))
            $stream.Write($bytes, 0, $bytes.Length)
        } while ($offset -gt $before -and $offset -lt $part.size)
    }
    finally {
        $stream.Dispose()
    }
}

function ConvertTo-RegistryText {
    <# A registry key with all below it as text, without binary values and secrets. #>
    [CmdletBinding()]
    [OutputType([string])]
    param([Parameter(Mandatory = $true)] [string] $Path)

    $key = Get-Item -LiteralPath $Path
    "[$($key.Name)]"
    foreach ($name in $key.GetValueNames()) {
        $value = $key.GetValue($name)
        $shown = if ($value -is [byte[]]) { '(removed)' } else { @($value) -join '; ' }
        Hide-Secret -Text "$name = $shown"
    }
    foreach ($below in @(Get-ChildItem -LiteralPath $Path)) { ConvertTo-RegistryText -Path $below.PSPath }
}

function ConvertTo-EventText {
    <# The last events of a log as text, one line each, without secrets. #>
    [CmdletBinding()]
    [OutputType([string])]
    param([Parameter(Mandatory = $true)] [string] $Log)

    try {
        $events = @(Get-WinEvent -LogName $Log -MaxEvents 1000)
    }
    catch {
        return "$Log cannot be read, or has no events: $($_.FullyQualifiedErrorId)"
    }
    $lines = foreach ($one in $events) {
        $time = $one.TimeCreated.ToUniversalTime().ToString('s')
        $message = ([string] $one.Message) -replace '\s*[\r\n]+\s*', ' | '
        "${time}Z`t$($one.Level)`t$($one.ProviderName)`t$($one.Id)`t$message"
    }
    Hide-Secret -Text ($lines -join "`r`n")
}

function Write-Agent {
    <# Writes the logs, the configuration and the registry key of one agent into the archive. #>
    [CmdletBinding()]
    param([Parameter(Mandatory = $true)] [object] $Archive, [Parameter(Mandatory = $true)] [object] $Facts)

    $number = 0
    foreach ($log in @(Get-AgentLog -Facts $Facts)) {
        $number++
        Write-FileEntry -Archive $Archive -Name "$($Facts.Kind)/$number-$($log.Name)" -Path $log.FullName
    }
    foreach ($folder in $Facts.Folders) {
        foreach ($name in $Facts.Settings) {
            $path = Join-Path -Path $folder -ChildPath $name
            if (Test-Path -LiteralPath $path -PathType Leaf) {
                $number++
                Write-FileEntry -Archive $Archive -Name "$($Facts.Kind)/$number-$name" -Path $path
            }
        }
    }
    if (Test-Path -LiteralPath $Facts.Registry) {
        $text = @(ConvertTo-RegistryText -Path $Facts.Registry) -join "`r`n"
        Write-Entry -Archive $Archive -Name "$($Facts.Kind)/registry.txt" -Text $text
    }
}

$done = @()
$path = $null
try {
    $folder = ConvertFrom-MarkedText -Text $item.folder
    Assert-StagingPath -Folder $folder
    $computer = Get-CimInstance -ClassName Win32_ComputerSystem
    $windows = Get-CimInstance -ClassName Win32_OperatingSystem
    $moment = [datetime]::UtcNow.ToString('yyyyMMddTHHmmssZ', [cultureinfo]::InvariantCulture)
    $target = "$folder\jcad-support-$($computer.Name)-$moment.zip"
    if (-not $PSCmdlet.ShouldProcess($target, 'Write zip file')) {
        ConvertTo-Result -Item $item -Status 'skipped' -Data @{ path = $target }
        return
    }
    if ([System.IO.Directory]::Exists($folder)) {
        Assert-StagingFolder -Folder $folder
    }
    else {
        New-StagingFolder -Folder $folder -Confirm:$false
        $done += 'folder'
    }
    Add-Type -AssemblyName System.IO.Compression
    $path = $target
    $file = [System.IO.FileStream]::new(
        $path, [System.IO.FileMode]::CreateNew, [System.IO.FileAccess]::ReadWrite, [System.IO.FileShare]::None)
    try {
        $archive = [System.IO.Compression.ZipArchive]::new($file, [System.IO.Compression.ZipArchiveMode]::Create)
        try {
            $parts = @($computer.Domain -split '\.' | ForEach-Object -Process { "DC=$_" })
            $about = "$($computer.Name)`r`n$($windows.Caption) $($windows.Version)`r`n$($parts -join ',')`r`n"
            Write-Entry -Archive $archive -Name 'host.txt' -Text $about
            foreach ($facts in $agentFacts) { Write-Agent -Archive $archive -Facts $facts }
            foreach ($log in 'Application', 'Security', 'System', 'Windows PowerShell') {
                Write-Entry -Archive $archive -Name "events/$log.txt" -Text (ConvertTo-EventText -Log $log)
            }
        }
        finally {
            $archive.Dispose()
        }
    }
    finally {
        $file.Dispose()
    }
    $done += 'written'
    $found = [ordered]@{
        path   = $path
        size   = [System.IO.FileInfo]::new($path).Length
        sha256 = Get-Sha256 -Path $path
    }
    ConvertTo-Result -Item $item -Status 'changed' -Done $done -Data $found
}
catch {
    $failure = ConvertTo-FileFailure -ErrorRecord $_
    if ($null -ne $path -and $done -notcontains 'written') {
        Remove-Item -LiteralPath $path -Force -ErrorAction SilentlyContinue    # half of it is of no use
    }
    ConvertTo-Result -Item $item -Status 'failed' -Done $done -ErrorRecord $failure
}
