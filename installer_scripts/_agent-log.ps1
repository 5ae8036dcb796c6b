{% include '_redact.ps1' %}
{% include '_textfile.ps1' %}

function Get-LastErrorLine {
    <# The last line of a log that tells of an error, without secrets: of what was written since a place in it. #>
    [CmdletBinding()]
    [OutputType([string])]
    param(
        [Parameter(Mandatory = $true)] [AllowNull()] [AllowEmptyString()] [string] $Path,
        [long] $Since = 0
    )

    $size = Get-FileLength -Path $Path
    if ($size -eq 0) { return $null }
    # A log that is shorter than before was begun anew; of a long one its end is enough.
    if ($Since -gt $size) { $Since = 0 }
    if ($size - $Since -gt 65536) { $Since = -1 }
    $lines = (Read-TextPart -Path $Path -Offset $Since).text -split '\r?\n'
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

