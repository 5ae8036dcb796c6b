function ConvertFrom-Batch {
    <# The items of a batch. A batch that does not hold as many as it says was cut off, and is refused whole. #>
    [CmdletBinding()]
    param([Parameter(Mandatory = $true)] [string] $Json)

    $content = ConvertFrom-Json -InputObject $Json
    $items = @($content.items | Where-Object { $null -ne $_ })
    if ($items.Count -ne $content.count) {
        throw [System.IO.InvalidDataException]::new("The batch holds $($items.Count) of $($content.count) items.")
    }
    $items
}

function ConvertFrom-MarkedText {
    <# Takes the marker off: without one, ConvertFrom-Json may have made a date of the text. #>
    [CmdletBinding()]
    [OutputType([string])]
    param([Parameter(Mandatory = $true)] [AllowNull()] [AllowEmptyString()] [string] $Text)

    if ([string]::IsNullOrEmpty($Text)) { return $null }
    if ($Text[0] -ne '=') { throw [System.IO.InvalidDataException]::new('A text without its marker.') }
    $Text.Substring(1)
}

