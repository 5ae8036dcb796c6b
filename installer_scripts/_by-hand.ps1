<#
.SYNOPSIS
    Runs one of jcad's scripts for hosts by hand, on the host where this file lies.

.DESCRIPTION
    For a host that jcad cannot reach over remoting. Run it there as an administrator, in Windows PowerShell. It is whole:
    the code is the one that jcad runs over remoting, and says below what it does and what it answers. There is no secret
    in this file: each is asked for when it runs, and is not shown.

    What the script is given is listed below. What has no value there and is not given with -Value is asked for.

.PARAMETER Value
    What the script is given, by name: -Value @{ path = 'C:\setup.exe' }. It comes before what is in this file.

.OUTPUTS
    The script's line of JSON. The exit code is 0 when all is well, and 4 when something failed or met a conflict.

.EXAMPLE
    powershell.exe -NoProfile -ExecutionPolicy Bypass -File .\script.ps1
#>
#Requires -Version 5.1

# ---- What it is ----------------------------------------------------------------------------------------------------
#
#   script                     {{ name }}
#   digest of the script       {{ digest }}
#   made by                    {{ maker }}
#
# What it is given:
#
{% for field in fields %}
#   {{ field.name }}, {{ field.kind }}: {{ field.what }}
{% endfor %}

[CmdletBinding(SupportsShouldProcess = $true, ConfirmImpact = 'Low')]
[OutputType([string])]
param(
    [System.Collections.IDictionary] $Value = @{}
)

Set-StrictMode -Version 3.0
$ErrorActionPreference = 'Stop'

# ---- The script, as jcad runs it over remoting -----------------------------------------------------------------------

function Invoke-HostScript {
{% filter indent(4, true) %}{% include name ~ '.ps1' %}{% endfilter %}
}

# ---- How what it is given reaches it ---------------------------------------------------------------------------------

# A kind is text, number, truth, texts (a list) or table (texts by name). `has` says whether there is a value here.
$fields = @(
{% for field in fields %}
    {{ field }}
{% endfor %}
)

function ConvertTo-FieldText {
    <# A value as the script takes it: JSON, with a mark before each text that comes from data. #>
    [CmdletBinding()]
    [OutputType([string])]
    param([Parameter(Mandatory = $true)] [string] $Kind, [AllowNull()] [AllowEmptyString()] [object] $Content)

    if ($null -eq $Content) { return $(if ($Kind -in 'texts', 'table') { '[]' } else { 'null' }) }
    switch ($Kind) {
        'text' { ConvertTo-Json -InputObject "=$Content" -Compress }
        'number' { ([long] $Content).ToString([cultureinfo]::InvariantCulture) }
        'truth' { ([System.Convert]::ToBoolean($Content)).ToString().ToLowerInvariant() }
        'texts' {
            $texts = @(foreach ($one in @($Content)) { ConvertTo-FieldText -Kind 'text' -Content $one })
            "[$($texts -join ',')]"
        }
        'table' {
            $rows = @(foreach ($key in $Content.Keys) {
                $name = ConvertTo-FieldText -Kind 'text' -Content $key
                $text = ConvertTo-FieldText -Kind 'text' -Content $Content[$key]
                '{"name":' + $name + ',"value":' + $text + '}'
            })
            "[$($rows -join ',')]"
        }
    }
}

function Read-Field {
    <# Asks for a value. A list and a table are asked for line by line; an empty line ends them. #>
    [CmdletBinding()]
    param([Parameter(Mandatory = $true)] [System.Collections.IDictionary] $Field)

    if ($Field.kind -in 'text', 'number', 'truth') {
        do {
            $answer = Read-Host -Prompt "$($Field.name) ($($Field.what))"
        } until ($answer -or $Field.optional -or $Field.kind -eq 'text')
        if ($answer -or -not $Field.optional) { return $answer }
        return
    }
    $lines = [System.Collections.Generic.List[string]]::new()
    do {
        $shape = if ($Field.kind -eq 'table') { 'NAME=VALUE' } else { 'one a line' }
        $line = Read-Host -Prompt "$($Field.name) ($($Field.what)), $shape"
        if ($line) { $lines.Add($line) }
    } while ($line)
    if ($Field.kind -eq 'texts') { return , $lines.ToArray() }
    $table = [ordered]@{}
    foreach ($line in $lines) {
        $name, $text = $line -split '=', 2
        $table[$name] = $text
    }
    $table
}

$given = @{}
foreach ($field in $fields) {
    $given[$field.name] = if ($Value.Contains($field.name)) {
        $Value[$field.name]
    }
    elseif ($field.has) {
        $field.value
    }
    else {
        Read-Field -Field $field
    }
}
foreach ($name in $Value.Keys) {
    if (-not $given.ContainsKey($name)) {
        throw [System.ArgumentException]::new("The script is not given anything called '$name'.")
    }
}
$pairs = @('"id":"by-hand"') + @(foreach ($field in $fields) {
    '"' + $field.name + '":' + (ConvertTo-FieldText -Kind $field.kind -Content $given[$field.name])
})
$call = @{ Batch = '{"count":1,"items":[{' + ($pairs -join ',') + '}]}' }
{% if writes %}
$call['WhatIf'] = [bool] $WhatIfPreference
{% endif %}
{% if prompt or each %}

function Read-Secret {
    <# Asks for a secret. A rehearsal asks for none. #>
    [CmdletBinding()]
    [OutputType([securestring])]
    param([Parameter(Mandatory = $true)] [string] $What)

    if ($WhatIfPreference) { return [securestring]::new() }
    Read-Host -AsSecureString -Prompt $What
}

$call['Secret'] = @(
{% if prompt %}
    Read-Secret -What {{ prompt }}
{% endif %}
{% if each %}
    foreach ($name in @($given[{{ each }}] | Where-Object -FilterScript { $_ })) { Read-Secret -What $name }
{% endif %}
)
{% endif %}

# ---- What becomes of it ----------------------------------------------------------------------------------------------

$line = Invoke-HostScript @call
$result = ConvertFrom-Json -InputObject $line
$reason = $result.PSObject.Properties['reason']
$failure = $result.PSObject.Properties['error']
if ($null -ne $reason) { Write-Warning -Message ([string] $reason.Value).Substring(1) }
if ($null -ne $failure) { Write-Warning -Message ([string] $failure.Value.message).Substring(1) }
$line
if ($result.status -in 'failed', 'conflict') { exit 4 }
