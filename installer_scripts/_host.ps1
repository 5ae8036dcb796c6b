# ---- The same in every script for hosts ----------------------------------------------------------------------------

{% include '_items.ps1' %}
function ConvertFrom-Table {
    <# A table of texts by name as a dictionary. Names that differ in case alone are two names. #>
    [CmdletBinding()]
    [OutputType([System.Collections.Generic.Dictionary[string, object]])]
    param([Parameter(Mandatory = $true)] [AllowEmptyCollection()] [object[]] $Row)

    $table = [System.Collections.Generic.Dictionary[string, object]]::new()
    foreach ($one in $Row) {
        $table[(ConvertFrom-MarkedText -Text $one.name)] = ConvertFrom-MarkedText -Text $one.value
    }
    , $table
}

function ConvertTo-MarkedValue {
    <# A text or a table of an answer, with the marker that the reader takes off. Nothing stays nothing. #>
    [CmdletBinding()]
    param([Parameter(Mandatory = $true)] [AllowNull()] [AllowEmptyString()] [object] $Value)

    if ($null -eq $Value -or $Value -is [bool] -or $Value -is [int] -or $Value -is [long] -or $Value -is [double]) {
        return $Value
    }
    if ($Value -isnot [System.Collections.IDictionary]) { return "=$Value" }
    $marked = [ordered]@{}
    foreach ($key in $Value.Keys) {
        if ($Value[$key] -is [System.Collections.IList]) {
            # Made here, for 5.1 writes a list that comes out of a command as {"value": ..., "Count": ...}.
            $marked[$key] = [object[]] @(foreach ($one in $Value[$key]) { ConvertTo-MarkedValue -Value $one })
        }
        else {
            $marked[$key] = ConvertTo-MarkedValue -Value $Value[$key]
        }
    }
    $marked
}

function ConvertTo-Result {
    <# The one line of JSON. Errors are told by id, category and code: messages are localised. #>
    [CmdletBinding()]
    [OutputType([string])]
    param(
        [Parameter(Mandatory = $true)] [object] $Item,
        [Parameter(Mandatory = $true)]
        [ValidateSet('changed', 'unchanged', 'conflict', 'failed', 'skipped')] [string] $Status,
        [string[]] $Done = @(),
        [string] $Reason,
        [System.Collections.IDictionary] $Data = @{},
        [System.Management.Automation.ErrorRecord] $ErrorRecord
    )

    $result = [ordered]@{ id = $Item.id; guid = $null; status = $Status; done = $Done }
    if ($Reason) { $result['reason'] = "=$Reason" }
{% include '_error.ps1' %}
    $result['data'] = ConvertTo-MarkedValue -Value $Data
    ConvertTo-Json -InputObject $result -Depth 12 -Compress
}

# A host is asked about one thing at a time.
$items = @(ConvertFrom-Batch -Json $Batch)
if ($items.Count -ne 1) {
    throw [System.IO.InvalidDataException]::new("The batch holds $($items.Count) items, and not one.")
}
$item = $items[0]
