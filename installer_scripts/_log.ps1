{% include '_redact.ps1' %}

function Remove-SecretFromFile {
    <#
        Overwrites secrets in a file, where they stand, in every encoding that an installer may log in. The file is taken as
        one character for each byte, so that whatever else is in it stays as it is.
    #>
    [CmdletBinding()]
    param(
        [Parameter(Mandatory = $true)] [string] $Path,
        [Parameter(Mandatory = $true)] [AllowEmptyCollection()] [securestring[]] $Secret
    )

    $bytewise = [System.Text.Encoding]::GetEncoding(28591)
    $content = $bytewise.GetString([System.IO.File]::ReadAllBytes($Path))    # fails while somebody writes to it
    $clean = $content
    $encodings = [System.Text.Encoding]::Unicode, [System.Text.Encoding]::UTF8, [System.Text.Encoding]::Default
    foreach ($one in $Secret) {
        $plain = [System.Net.NetworkCredential]::new('', $one).Password
        if (-not $plain) { continue }
        # As it is, and as it stands in a command line.
        foreach ($form in @($plain, $plain.Replace('"', '""'), ($plain -replace '(\\*)"', '$1$1\"'))) {
            foreach ($encoding in $encodings) {
                $mask = $bytewise.GetString($encoding.GetBytes('*' * $form.Length))
                $clean = $clean.Replace($bytewise.GetString($encoding.GetBytes($form)), $mask)
            }
        }
        $plain = $form = $null
    }
    if ($clean -ceq $content) { return }

    $stream = [System.IO.File]::Open($Path, 'Open', 'ReadWrite', 'None')
    try {
        $bytes = $bytewise.GetBytes($clean)
        $stream.Write($bytes, 0, $bytes.Length)
        $stream.SetLength($bytes.Length)
        $stream.Flush($true)
    }
    finally {
        $stream.Dispose()
    }
}

function Get-CleanLog {
    <#
        The end of a log, after the secrets in it were overwritten. A log that cannot be searched is removed: better none
        than one that holds a password.
    #>
    [CmdletBinding()]
    [OutputType([string])]
    param(
        [Parameter(Mandatory = $true)] [AllowNull()] [AllowEmptyString()] [string] $Path,
        [Parameter(Mandatory = $true)] [AllowEmptyCollection()] [securestring[]] $Secret,
        [int] $Characters = 8000
    )

    if (-not $Path -or -not (Test-Path -LiteralPath $Path -PathType Leaf)) { return $null }
    try {
        for ($attempt = 1; $true; $attempt++) {
            try {
                Remove-SecretFromFile -Path $Path -Secret $Secret
                break
            }
            catch [System.IO.IOException] {
                # What was stopped may take a moment to let go of it.
                if ($attempt -eq 5) { throw }
                Start-Sleep -Milliseconds 500
            }
        }
        # By its mark, or else UTF-8.
        $text = [System.IO.File]::ReadAllText($Path)
    }
    catch {
        $why = $_.FullyQualifiedErrorId
        Remove-Item -LiteralPath $Path -Force -ErrorAction SilentlyContinue
        if (Test-Path -LiteralPath $Path) {
            return "(The log $Path could neither be searched for secrets nor removed ($why): remove it.)"
        }
        return "(The log could not be searched for secrets ($why), and was removed.)"
    }
    $text = $text.TrimEnd()
    if ($text.Length -gt $Characters) { $text = $text.Substring($text.Length - $Characters) }
    Hide-Secret -Text $text -Known $Secret
}

