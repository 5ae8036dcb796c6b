function Read-TextPart {
    <#
        Whole lines of a text file, which another program may be writing: from an offset on, or (-1) its end. Lines are
        never cut, for what is cut cannot be searched for secrets: an unfinished last line is held back while the file
        is being written (not with -ToEnd), and a line that is longer than a part is left out.
    #>
    [CmdletBinding()]
    [OutputType([System.Collections.IDictionary])]
    param(
        [Parameter(Mandatory = $true)] [string] $Path,
        [long] $Offset = -1,
        [ValidateRange(2, 4194304)] [int] $Count = 65536,
        [switch] $ToEnd
    )

    $everybody = [System.IO.FileShare]::ReadWrite -bor [System.IO.FileShare]::Delete
    $stream = [System.IO.FileStream]::new($Path, [System.IO.FileMode]::Open, [System.IO.FileAccess]::Read, $everybody)
    try {
        $size = $stream.Length
        $mark = [byte[]]::new(2)
        $wide = $stream.Read($mark, 0, 2) -eq 2 -and $mark[0] -eq 0xFF -and $mark[1] -eq 0xFE    # UTF-16
        $unit = if ($wide) { 2 } else { 1 }
        $Count -= $Count % $unit
        $begin = [System.Math]::Min($Offset, $size)
        if ($Offset -lt 0) { $begin = [System.Math]::Max($size - $Count, 0) }
        $begin -= $begin % $unit

        # With the unit before it, which says whether it begins with a line.
        $from = [System.Math]::Max($begin - $unit, 0)
        $bytes = [byte[]]::new([int] [System.Math]::Min($size - $from, $Count + $begin - $from))
        $null = $stream.Seek($from, [System.IO.SeekOrigin]::Begin)
        $held = 0
        while ($held -lt $bytes.Length) {
            $got = $stream.Read($bytes, $held, $bytes.Length - $held)
            if ($got -eq 0) { break }
            $held += $got
        }
    }
    finally {
        $stream.Dispose()
    }
    $age = [datetime]::UtcNow - [System.IO.FileInfo]::new($Path).LastWriteTimeUtc
    $growing = -not $ToEnd -and $age.TotalSeconds -lt 2

    # One character for each unit of the file, so that places in it are places in the file.
    $encoding = if ($wide) { [System.Text.Encoding]::Unicode } else { [System.Text.Encoding]::UTF8 }
    $unitwise = if ($wide) { [System.Text.Encoding]::Unicode } else { [System.Text.Encoding]::GetEncoding(28591) }
    $units = $unitwise.GetString($bytes, 0, $held - $held % $unit)
    $skipped = [int] (($begin - $from) / $unit)
    $inLine = $skipped -gt 0 -and $units.Length -gt 0 -and $units[0] -ne [char] 10
    $ends = $from + $held -ge $size
    $full = ($units.Length - $skipped) * $unit -ge $Count

    $last = $units.Length
    if ($growing -or -not $ends) { $last = [System.Math]::Max($units.LastIndexOf([char] 10) + 1, $skipped) }
    $first = $skipped
    $note = ''
    if ($inLine) {
        $first = $units.IndexOf([char] 10, $skipped) + 1
        if ($first -eq 0 -or $first -gt $last) { $first = $last }
        if ($Offset -ge 0 -and $units.Substring($skipped, $first - $skipped).Trim()) { $note = 'the rest of a line' }
    }
    if ($last -eq $skipped -and $full -and -not ($ends -and -not $growing)) {
        $first = $last = $units.Length
        $note = if ($inLine) { '' } else { "a line of more than $Count bytes" }
    }
    $text = $encoding.GetString($bytes, $first * $unit, ($last - $first) * $unit).TrimStart([char] 0xFEFF)
    [ordered]@{
        text = if ($note) { "($note is left out)`r`n$text" } else { $text }
        next = [long] ($from + $last * $unit)
        size = [long] $size
    }
}
