function Read-TextPart {
    <#
        Whole lines of a text file, which another program may be writing: from an offset on, or (-1) its end. An
        unfinished last line is held back while the file is being written, so that a line never comes in two pieces;
        -ToEnd takes it.
    #>
    [CmdletBinding()]
    [OutputType([System.Collections.IDictionary])]
    param(
        [Parameter(Mandatory = $true)] [string] $Path,
        [long] $Offset = -1,
        [ValidateRange(1, 4194304)] [int] $Count = 65536,
        [switch] $ToEnd
    )

    $everybody = [System.IO.FileShare]::ReadWrite -bor [System.IO.FileShare]::Delete
    $stream = [System.IO.FileStream]::new($Path, [System.IO.FileMode]::Open, [System.IO.FileAccess]::Read, $everybody)
    try {
        $size = $stream.Length
        $first = [byte[]]::new(2)
        $wide = $stream.Read($first, 0, 2) -eq 2 -and $first[0] -eq 0xFF -and $first[1] -eq 0xFE    # UTF-16
        $begin = [System.Math]::Min($Offset, $size)
        if ($Offset -lt 0) { $begin = [System.Math]::Max($size - $Count, 0) }
        if ($wide) { $begin -= $begin % 2 }
        $bytes = [byte[]]::new([int] [System.Math]::Min($size - $begin, $Count))
        $null = $stream.Seek($begin, [System.IO.SeekOrigin]::Begin)
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

    $unit = if ($wide) { 2 } else { 1 }
    $start = 0
    if ($Offset -lt 0 -and $begin -gt 0) {
        $start = [System.Array]::IndexOf($bytes, [byte] 10, 0, $held) + 1
        if ($start -gt 0) { $start += $unit - 1 }
    }
    $end = $held
    $age = [datetime]::UtcNow - [System.IO.FileInfo]::new($Path).LastWriteTimeUtc
    $growing = -not $ToEnd -and $age.TotalSeconds -lt 2
    if ($held -gt 0 -and ($growing -or $begin + $held -lt $size)) {
        $last = [System.Array]::LastIndexOf($bytes, [byte] 10, $held - 1)
        if ($last -ge $start) { $end = $last + $unit }
        elseif ($growing -and $held -lt $Count) { $end = $start }
    }
    $end = [System.Math]::Min($end, $held)
    $encoding = if ($wide) { [System.Text.Encoding]::Unicode } else { [System.Text.Encoding]::UTF8 }
    [ordered]@{
        text = $encoding.GetString($bytes, $start, $end - $start).TrimStart([char] 0xFEFF)
        next = [long] ($begin + $end)
        size = [long] $size
    }
}
