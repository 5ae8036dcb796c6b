<#
.SYNOPSIS
    Sends a file of the staging folder of this host, from any byte on. Changes nothing.

.DESCRIPTION
    Who has a part of the file already says how much, and the SHA-256 of that part: where the file on this host does not
    begin with it, nothing is sent. A file that changes while it is sent is a failure.

.PARAMETER Batch
    {"count": 1, "items": [{"id": "...", "folder": "=...", "name": "=...", "offset": n, "prefix": "=..." or null}]}
    Text that comes from data begins with '='.

.OUTPUTS
    A line of JSON whose data has the size; the content from the offset on, as byte arrays; a line of JSON whose data has
    size and sha256 of the whole file.
#>
[CmdletBinding()]
[OutputType([string], [byte[]])]
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
function Get-HashText {
    <# The digest of a hash that is at its end, as text. #>
    [CmdletBinding()]
    [OutputType([string])]
    param([Parameter(Mandatory = $true)] [System.Security.Cryptography.HashAlgorithm] $Algorithm)

    $null = $Algorithm.TransformFinalBlock([byte[]]::new(0), 0, 0)
    [System.BitConverter]::ToString($Algorithm.Hash).Replace('-', '').ToLowerInvariant()
}

# ---- What this script is for ---------------------------------------------------------------------------------------

$pieceLength = 256KB
$data = [ordered]@{ path = $null; size = 0; sha256 = $null }
$reader = $null
try {
    $folder = ConvertFrom-MarkedText -Text $item.folder
    $name = ConvertFrom-MarkedText -Text $item.name
    Assert-StagingPath -Folder $folder
    Assert-StagedName -Name $name
    $data.path = "$folder\$name"
    Assert-FolderThere -Folder $folder

    $stream = [System.IO.FileStream]::new(
        $data.path, [System.IO.FileMode]::Open, [System.IO.FileAccess]::Read, [System.IO.FileShare]::ReadWrite)
    $reader = [System.IO.BinaryReader]::new($stream)
    $data.size = $stream.Length
    $whole = [System.Security.Cryptography.SHA256]::Create()
    $begin = [System.Security.Cryptography.SHA256]::Create()

    while ($stream.Position -lt $item.offset) {
        $piece = $reader.ReadBytes([Math]::Min($pieceLength, $item.offset - $stream.Position))
        if ($piece.Length -eq 0) { break }
        $null = $whole.TransformBlock($piece, 0, $piece.Length, $null, 0)
        $null = $begin.TransformBlock($piece, 0, $piece.Length, $null, 0)
    }
    if ($item.offset -gt 0 -and (Get-HashText -Algorithm $begin) -ne (ConvertFrom-MarkedText -Text $item.prefix)) {
        $message = "$($data.path) does not begin with the $($item.offset) bytes that were sent before."
        throw (New-Failure -Id 'FileChanged' -Message $message)
    }
    ConvertTo-Result -Item $item -Status 'unchanged' -Data $data

    while ($stream.Position -lt $data.size) {
        $piece = $reader.ReadBytes([Math]::Min($pieceLength, $data.size - $stream.Position))
        if ($piece.Length -eq 0) { break }
        $null = $whole.TransformBlock($piece, 0, $piece.Length, $null, 0)
        , $piece
    }
    if ($stream.Position -ne $data.size -or $stream.Length -ne $data.size) {
        $message = "$($data.path) had $($data.size) bytes, and has $($stream.Length) now: it is being written."
        throw (New-Failure -Id 'FileChanged' -Message $message)
    }
    $data.sha256 = Get-HashText -Algorithm $whole
    ConvertTo-Result -Item $item -Status 'unchanged' -Data $data
}
catch {
    ConvertTo-Result -Item $item -Status 'failed' -Data $data -ErrorRecord (ConvertTo-FileFailure -ErrorRecord $_)
}
finally {
    if ($null -ne $reader) { $reader.Dispose() }
}
