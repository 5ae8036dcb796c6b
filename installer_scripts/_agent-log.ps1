{% include '_redact.ps1' %}

function Get-LastErrorLine {
    <#
        The last line of a log that tells of an error, without secrets; of what was written since a place in it, if
        anything was. The agent has the file open.
    #>
    [CmdletBinding()]
    [OutputType([string])]
    param(
        [Parameter(Mandatory = $true)] [AllowNull()] [AllowEmptyString()] [string] $Path,
        [long] $Since = 0,
        [int] $Bytes = 65536
    )

    if (-not $Path -or -not (Test-Path -LiteralPath $Path -PathType Leaf)) { return $null }
    $stream = [System.IO.File]::Open($Path, 'Open', 'Read', 'ReadWrite, Delete')
    try {
        # A log that is shorter than before was begun anew.
        if ($Since -ge $stream.Length) { $Since = 0 }
        $from = [System.Math]::Max($Since, $stream.Length - $Bytes)
        $buffer = [byte[]]::new($stream.Length - $from)
        $null = $stream.Seek($from, 'Begin')
        $read = $stream.Read($buffer, 0, $buffer.Length)
    }
    finally {
        $stream.Dispose()
    }
    $lines = [System.Text.Encoding]::UTF8.GetString($buffer, 0, $read) -split '\r?\n'
    $found = $lines | Where-Object { $_ -match '\b(error|fatal|panic|failed|failure)\b' } | Select-Object -Last 1
    if ($found) { Hide-Secret -Text $found.Trim() }
}

function Get-FileLength {
    <# The length of a file; 0 where there is none. #>
    [CmdletBinding()]
    [OutputType([long])]
    param([Parameter(Mandatory = $true)] [AllowNull()] [AllowEmptyString()] [string] $Path)

    if (-not $Path -or -not (Test-Path -LiteralPath $Path -PathType Leaf)) { return 0 }
    (Get-Item -LiteralPath $Path).Length
}

