<#
.SYNOPSIS
    Takes a file in pieces into the staging folder of this host, and gives it its name when all of it is there.

.DESCRIPTION
    The folder is made with an access control for administrators and SYSTEM alone, and refused when it has another: what
    lies there is run later, and nobody may swap it before. Until all of the file has arrived it lies under a temporary
    name, which a broken connection leaves for the next attempt, all but the last 4 MB that came; its SHA-256 is compared
    before it gets its own name.

    With an offset of -1 the script only looks: at a file that is there already, or at what an earlier attempt left, and
    whether the drive has room for the rest. With another the bytes of the pipeline are written from there on; with 0 a
    file that is there already, whole, is left as it is.

.PARAMETER Batch
    {"count": 1, "items": [{"id": "...", "folder": "=...", "name": "=...", "size": n, "sha256": "=...", "offset": n}]}
    Text that comes from data begins with '='.

.PARAMETER Chunk
    From the pipeline: the bytes, in order.

.OUTPUTS
    One line of JSON; data has path, complete, offset (how many bytes are there) and prefix (their SHA-256, when looking).
#>
[CmdletBinding(SupportsShouldProcess = $true, ConfirmImpact = 'Low')]
[OutputType([string])]
param(
    [Parameter(Mandatory = $true)]
    [ValidateNotNullOrEmpty()]
    [string] $Batch,

    [Parameter(ValueFromPipeline = $true)]
    [byte[]] $Chunk
)

begin {
    Set-StrictMode -Version 3.0
    $ErrorActionPreference = 'Stop'

{% include '_host.ps1' %}
{% include '_failure.ps1' %}
{% include '_staging.ps1' %}
    function Write-Received {
        <# Writes what has been received from an offset on, as the end of the file; where the file ends now. #>
        [CmdletBinding()]
        [OutputType([long])]
        param(
            [Parameter(Mandatory = $true)] [System.IO.MemoryStream] $Received,
            [Parameter(Mandatory = $true)] [string] $Path,
            [Parameter(Mandatory = $true)] [long] $Offset
        )

        Assert-Room -Folder ([System.IO.Path]::GetDirectoryName($Path)) -Bytes $Received.Length
        $stream = [System.IO.FileStream]::new(
            $Path, [System.IO.FileMode]::OpenOrCreate, [System.IO.FileAccess]::Write, [System.IO.FileShare]::None)
        try {
            if ($stream.Length -lt $Offset) {
                $message = "$Path has $($stream.Length) bytes, and was to go on at $Offset."
                throw (New-Failure -Id 'FileChanged' -Message $message)
            }
            $stream.SetLength($Offset)
            $null = $stream.Seek(0, [System.IO.SeekOrigin]::End)
            $Received.WriteTo($stream)
            $stream.Length
        }
        finally {
            $stream.Dispose()
        }
        $Received.SetLength(0)
    }

    # The file is closed after each part: one that is open would stay so where the connection breaks.
    $partLength = 4MB
    $received = [System.IO.MemoryStream]::new()
    $writes = $false
    $failure = $null
    $done = @()
    $data = [ordered]@{ path = $null; complete = $false; offset = 0; prefix = $null }
    try {
        $folder = ConvertFrom-MarkedText -Text $item.folder
        $name = ConvertFrom-MarkedText -Text $item.name
        $sha256 = ConvertFrom-MarkedText -Text $item.sha256
        Assert-StagingPath -Folder $folder
        Assert-StagedName -Name $name
        $data.path = "$folder\$name"
        $partial = Get-PartialPath -Path $data.path -Sha256 $sha256

        if ([System.IO.Directory]::Exists($folder)) {
            Assert-StagingFolder -Folder $folder
        }
        elseif ($PSCmdlet.ShouldProcess($folder, 'Create folder')) {
            New-StagingFolder -Folder $folder -Confirm:$false
            $done += 'folder'
        }

        if ($item.offset -le 0) {
            $there = [System.IO.FileInfo]::new($data.path)
            if ($there.Exists -and $there.Length -eq $item.size -and (Get-Sha256 -Path $data.path) -eq $sha256) {
                $data.complete = $true
                $data.offset = $there.Length
            }
        }
        if ($item.offset -ge 0 -and -not $data.complete) {
            $data.offset = $item.offset
            $writes = $PSCmdlet.ShouldProcess($data.path, 'Write file')
        }
        elseif (-not $data.complete) {
            $begun = [System.IO.FileInfo]::new($partial)
            if ($begun.Exists -and $begun.Length -le $item.size) {
                $data.offset = $begun.Length
                $data.prefix = Get-Sha256 -Path $partial
            }
            Assert-Room -Folder $folder -Bytes ($item.size - $data.offset)
        }
    }
    catch {
        $failure = $_
    }
}

process {
    if ($writes -and $null -eq $failure -and $null -ne $Chunk) {
        $received.Write($Chunk, 0, $Chunk.Length)
        if ($received.Length -ge $partLength) {
            try { $data.offset = Write-Received -Received $received -Path $partial -Offset $data.offset }
            catch { $failure = $_ }
        }
    }
}

end {
    try {
        if ($null -ne $failure) { throw $failure }
        if (-not $writes) {
            $status = if ($item.offset -lt 0 -or $data.complete) { 'unchanged' } else { 'skipped' }
            ConvertTo-Result -Item $item -Status $status -Done $done -Data $data
            return
        }
        $data.offset = Write-Received -Received $received -Path $partial -Offset $data.offset
        $done += 'written'
        if ($data.offset -ge $item.size) {
            Complete-StagedFile -Partial $partial -Path $data.path -Sha256 $sha256 -Confirm:$false
            $data.complete = $true
            $done += 'moved'
        }
        ConvertTo-Result -Item $item -Status 'changed' -Done $done -Data $data
    }
    catch {
        ConvertTo-Result -Item $item -Status 'failed' -Done $done -Data $data -ErrorRecord (ConvertTo-FileFailure -ErrorRecord $_)
    }
}
