function ConvertTo-Setting {
    <# The settings of a configuration file by their dotted path, each as JSON text; a list is one setting. #>
    [CmdletBinding()]
    param([Parameter(Mandatory = $true)] [AllowNull()] [object] $Value, [string] $Path = '')

    if ($Value -is [System.Management.Automation.PSCustomObject]) {
        foreach ($property in $Value.PSObject.Properties) {
            $below = if ($Path) { "$Path.$($property.Name)" } else { $property.Name }
            ConvertTo-Setting -Value $property.Value -Path $below
        }
        return
    }
    # Of nothing 5.1's ConvertTo-Json makes nothing.
    $text = if ($null -eq $Value) { 'null' } else { ConvertTo-Json -InputObject $Value -Depth 20 -Compress }
    [pscustomobject] @{ name = $Path; value = $text }
}

function Read-Configuration {
    <# The object that a JSON file holds. Throws where it cannot be read, or is not JSON, or not an object. #>
    [CmdletBinding()]
    param([Parameter(Mandatory = $true)] [string] $Path)

    $content = ConvertFrom-Json -InputObject ([System.IO.File]::ReadAllText($Path))
    if ($content -isnot [System.Management.Automation.PSCustomObject]) {
        throw [System.IO.InvalidDataException]::new("$Path holds no JSON object.")
    }
    $content
}
