<#
.SYNOPSIS
    Reads the end of an agent's log, or what has been written to it since. Changes nothing.

.DESCRIPTION
    The file may be open in the agent. Whole lines are read, without what looks like a password, a key or a token.
    Whoever goes on reading gives back the offset and the mark of the answer before; where the log was started anew
    since then, it is read from its beginning, and the answer says so.

.PARAMETER Batch
    {"count": 1, "items": [{"id": "...", "path": "=C:\\...", "offset": -1, "bytes": 65536, "mark": null}]}
    An offset of -1 reads the end of the file, at most so many bytes. Text that comes from data begins with '='.

.OUTPUTS
    One line of JSON: path, text, next (the offset to go on from), size (of the file), rotated, mark. Its own error:
    LogMissing.
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

{% include '_failure.ps1' %}

{% include '_redact.ps1' %}

{% include '_textfile.ps1' %}

# ---- What this script is for ---------------------------------------------------------------------------------------

function Get-FileMark {
    <# What tells a file from another one of the same name: how many bytes of its beginning, and their digest. #>
    [CmdletBinding()]
    [OutputType([string])]
    param([Parameter(Mandatory = $true)] [string] $Path, [Parameter(Mandatory = $true)] [int] $Count)

    $everybody = [System.IO.FileShare]::ReadWrite -bor [System.IO.FileShare]::Delete
    $stream = [System.IO.FileStream]::new($Path, [System.IO.FileMode]::Open, [System.IO.FileAccess]::Read, $everybody)
    $digest = [System.Security.Cryptography.SHA256]::Create()
    try {
        $bytes = [byte[]]::new($Count)
        $held = $stream.Read($bytes, 0, $Count)
        $hash = [System.BitConverter]::ToString($digest.ComputeHash($bytes, 0, $held)).Replace('-', '')
        "${held}:$hash"
    }
    finally {
        $digest.Dispose()
        $stream.Dispose()
    }
}

try {
    $path = ConvertFrom-MarkedText -Text $item.path
    $known = ConvertFrom-MarkedText -Text $item.mark
    $offset = [long] $item.offset
    $file = [System.IO.FileInfo]::new($path)
    if (-not $file.Exists) {
        throw (New-Failure -Id 'LogMissing' -Category ObjectNotFound -Message "There is no file $path.")
    }
    $size = $file.Length
    $rotated = $false
    if ($offset -ge 0) {
        $rotated = $size -lt $offset
        if ($known -and -not $rotated) {
            $rotated = (Get-FileMark -Path $path -Count ([int] ($known -split ':')[0])) -ne $known
        }
        if ($rotated) { $offset = 0 }
    }
    $part = Read-TextPart -Path $path -Offset $offset -Count ([int] $item.bytes)
    $found = [ordered]@{
        path    = $path
        text    = Hide-Secret -Text $part.text
        next    = $part.next
        size    = $part.size
        rotated = $rotated
        mark    = Get-FileMark -Path $path -Count 256
    }
    ConvertTo-Result -Item $item -Status 'unchanged' -Data $found
}
catch {
    ConvertTo-Result -Item $item -Status 'failed' -ErrorRecord $_
}
