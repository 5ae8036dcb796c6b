<#
.SYNOPSIS
    Carries out one reviewed plan of jcad on a host that jcad cannot reach over remoting.

.DESCRIPTION
    Run it on a domain controller, or on a host of the domain with the ActiveDirectory module, as an account that may
    make the changes. It is whole: the changes are data in this file, the code is the one that jcad runs over remoting.
    Each object is compared with the state that the plan was made from; one that has changed since is reported as a
    conflict and left alone. Protected objects are never written. One object's failure never stops the others.

    Run it with -WhatIf first: it finds the objects, compares them, and changes nothing.

    New accounts get a random password of 120 characters, made on this host by .NET's cryptographic generator, which
    nobody sees and which is kept nowhere: people get theirs by a reset. -AskPassword asks for each instead. There is
    no password in this file.

    Run it once. A second run reports what the first one created as conflicts; make a new plan instead. The pairs that
    jcad remembers are not made here: the next plan proposes to link what this file created.

.PARAMETER Server
    The domain controller that is read and written: the one that the plan was made from, if nothing else is said.

.PARAMETER Credential
    The account that reads and writes, where it is not the one that runs this.

.PARAMETER AskPassword
    Ask for the password of each new account, instead of making a random one.

.OUTPUTS
    One line of JSON per object, as soon as it is done, and one with the counts at the end. The exit code is 0 when
    everything is as planned, and 4 when something failed, met a conflict or had to be left out.

.EXAMPLE
    powershell.exe -NoProfile -File .\change.ps1 -WhatIf
#>
#Requires -Version 5.1

# ---- What it was made for --------------------------------------------------------------------------------------------
#
#   made by                 {{ maker }}
#   digest of the plan      {{ digest }}
#   domain                  {{ domain }}
#   SID of the domain       {{ domain_sid }}
#   read from               {{ server }}
#   JumpCloud organisation  {{ organisation }}
#   AD instance             {{ instance }}
#
# Scripts, with the digest that `jcad script list --json` shows, and how many objects each is run on:
#
{% for step in steps %}
#   {{ step.script }}  {{ step.digest }}  {{ step.count }}
{% endfor %}
{% if left_out %}
#
# Left out, since it is no change of the directory:
#
{% for kind, count in left_out %}
#   {{ kind }}  {{ count }}
{% endfor %}
{% endif %}

[CmdletBinding(SupportsShouldProcess = $true, ConfirmImpact = 'Medium')]
[OutputType([string])]
param(
    [ValidateNotNullOrEmpty()]
    [string] $Server = {{ server }},

    [pscredential] $Credential,

    [switch] $AskPassword
)

Set-StrictMode -Version 3.0
$ErrorActionPreference = 'Stop'

{% include '_batch.ps1' %}

{% set embedded = true %}
{% for name in scripts %}
# ---- {{ name }}, as jcad runs it over remoting

function {% include '_function.ps1' %} {
{% filter indent(4, true) %}{% include name ~ '.ps1' %}{% endfilter %}
}

{% endfor %}
# ---- How the changes reach these scripts -----------------------------------------------------------------------------

function ConvertTo-BatchText {
    <# A value of this file as the scripts take it: JSON, with a mark before each text that comes from data. #>
    [CmdletBinding()]
    [OutputType([string])]
    param([AllowNull()] [object] $Value, [switch] $Bare)

    if ($null -eq $Value) { return 'null' }
    if ($Value -is [bool]) { return $Value.ToString().ToLowerInvariant() }
    if ($Value -is [guid]) { return '"' + $Value.ToString() + '"' }
    if ($Value -is [string]) {
        $text = if ($Bare) { $Value } else { "=$Value" }
        return (ConvertTo-Json -InputObject $text -Compress)
    }
    if ($Value -is [System.Collections.IDictionary]) {
        $pairs = @(foreach ($key in $Value.Keys) {
            '"' + $key + '":' + (ConvertTo-BatchText -Value $Value[$key] -Bare:($key -eq 'id'))
        })
        return '{' + ($pairs -join ',') + '}'
    }
    if ($Value -is [array]) {
        $elements = @(foreach ($element in $Value) { ConvertTo-BatchText -Value $element })
        return '[' + ($elements -join ',') + ']'
    }
    ([System.IConvertible] $Value).ToString([cultureinfo]::InvariantCulture)
}

{% if takes_secret %}
function New-RandomPassword {
    <# 120 random characters of all four classes, without a part of the names. The text itself is never put out. #>
    [CmdletBinding()]
    [OutputType([securestring])]
    param([string[]] $Without = @())

    # 64 characters, six random bits each; those that are mistaken for one another are left out.
    $alphabet = 'abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789-_.!#%+'
    $bytes = [byte[]]::new(120)
    $generator = [System.Security.Cryptography.RandomNumberGenerator]::Create()
    try {
        do {
            $generator.GetBytes($bytes)
            $text = [System.Text.StringBuilder]::new(120)
            foreach ($byte in $bytes) { $null = $text.Append($alphabet[$byte -band 63]) }
            $candidate = $text.ToString()
            $fits = $candidate -cmatch '[a-z]' -and $candidate -cmatch '[A-Z]' -and $candidate -match '[0-9]' -and
                $candidate -match '[^a-zA-Z0-9]'
            foreach ($part in $Without) {
                if ($candidate.IndexOf($part, [System.StringComparison]::OrdinalIgnoreCase) -ge 0) { $fits = $false }
            }
        } until ($fits)
    }
    finally {
        $generator.Dispose()
    }
    $password = [securestring]::new()
    foreach ($character in $candidate.ToCharArray()) { $password.AppendChar($character) }
    $password.MakeReadOnly()
    $password
}

function Get-Password {
    <# The password of one account: asked for, or made at random. A rehearsal asks for none. #>
    [CmdletBinding()]
    [OutputType([securestring])]
    param([Parameter(Mandatory = $true)] [object] $Change)

    if (-not $WhatIfPreference -and ($AskPassword -or $Change.password -eq 'ask')) {
        return (Read-Host -AsSecureString -Prompt "Password for $(ConvertTo-Shown -Text $Change.name)")
    }
    New-RandomPassword -Without $Change.without
}

{% endif %}
function ConvertTo-Shown {
    <# A name as a console may show it: a control character in it must not repaint the screen. #>
    [CmdletBinding()]
    [OutputType([string])]
    param([AllowNull()] [AllowEmptyString()] [string] $Text)

    $Text -replace '[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]', '?'
}

function Invoke-Script {
    <# Runs one script on one batch. #>
    [CmdletBinding(SupportsShouldProcess = $true)]
    [OutputType([string])]
    param(
        [Parameter(Mandatory = $true)] [string] $Name,
        [Parameter(Mandatory = $true)] [string] $Batch,
        [securestring[]] $Secret = @()
    )

    switch ($Name) {
{% for name in scripts %}
        {{ name }} {
            $call = @{ Batch = $Batch; Server = $Server; WhatIf = [bool] $WhatIfPreference }
{% if name in secretive %}
            $call['Secret'] = $Secret
{% endif %}
            {% include '_function.ps1' %} @call
        }
{% endfor %}
    }
}

# What became of the objects so far: how many ended how, and what was created, by the id of the change.
$counts = [ordered] @{ changed = 0; unchanged = 0; conflict = 0; failed = 0; skipped = 0 }
$created = @{}
$shownNames = @{}

function Write-Outcome {
    <# Puts a result out as it came, and remembers it. What did not go well is a warning as well, with its name. #>
    [CmdletBinding()]
    [OutputType([string])]
    param([Parameter(Mandatory = $true, ValueFromPipeline = $true)] [string] $Line)

    process {
        $result = ConvertFrom-Json -InputObject $Line
        $counts[$result.status] = 1 + $counts[$result.status]
        if ($result.guid -and $result.status -in @('changed', 'unchanged')) {
            $created[$result.id] = [guid] $result.guid
        }
        $reason = $result.PSObject.Properties['reason']
        $failure = $result.PSObject.Properties['error']
        if ($result.status -in @('conflict', 'failed') -or $null -ne $reason) {
            $why = if ($null -ne $reason) { $result.reason } elseif ($null -ne $failure) { $failure.Value.message }
            $why = ([string] $why) -replace '^=', ''
            Write-Warning -Message "$(ConvertTo-Shown -Text $shownNames[$result.id]): $($result.status). $(ConvertTo-Shown -Text $why)"
        }
        $Line
    }
}

function Resolve-Reference {
    <# The objectGUID of an object that was there already, or that an earlier step has created; nothing where it has not. #>
    [CmdletBinding()]
    param([Parameter(Mandatory = $true)] [object] $Reference)

    if ($Reference -is [guid]) { $Reference } else { $created[$Reference] }
}

{% if resolves %}
function Test-Ready {
    <# Whether everything that a change needs has been created. #>
    [CmdletBinding()]
    [OutputType([bool])]
    param([Parameter(Mandatory = $true)] [object] $Change)

    @($Change.needs | Where-Object { -not $created.ContainsKey($_) }).Count -eq 0
}

function Resolve-Created {
    <# A value of this file, with the objectGUID of what an earlier step has created in the place of 'created-by:...'. #>
    [CmdletBinding()]
    param([AllowNull()] [object] $Value)

    if ($Value -is [string] -and $Value -like 'created-by:*') { return "guid:$($created[$Value.Substring(11)])" }
    if ($Value -is [System.Collections.IDictionary]) {
        $resolved = @{}
        foreach ($key in $Value.Keys) { $resolved[$key] = Resolve-Created -Value $Value[$key] }
        return $resolved
    }
    if ($Value -is [array]) { return , @(foreach ($element in $Value) { Resolve-Created -Value $element }) }
    $Value
}

{% endif %}
function Invoke-Step {
    <# One script on all of its objects, some at a time. #>
    [CmdletBinding(SupportsShouldProcess = $true)]
    [OutputType([string])]
    param(
        [Parameter(Mandatory = $true)] [string] $Name,
        [Parameter(Mandatory = $true)] [object[]] $Change
    )

    for ($start = 0; $start -lt $Change.Count; $start += 200) {
        $end = [System.Math]::Min($start + 200, $Change.Count) - 1
        $chunk = @($Change[$start..$end])
        foreach ($one in $chunk) { $shownNames[$one.data.id] = "$($one.kind) $($one.name)" }
{% if resolves %}
        foreach ($one in @($chunk | Where-Object { -not (Test-Ready -Change $_) })) {
            $item = [pscustomobject] @{ id = $one.data.id; guid = $null }
            $reason = 'it needs an object that an earlier step was to create, and has not'
            ConvertTo-Result -Item $item -Status 'skipped' -Reason $reason | Write-Outcome
        }
        $chunk = @($chunk | Where-Object { Test-Ready -Change $_ })
        foreach ($one in $chunk) {
            if ($one.needs.Count -gt 0) { $one.data = Resolve-Created -Value $one.data }
            if ($one.madeBy) { $one.data.guid = $created[$one.madeBy] }
        }
        if ($chunk.Count -eq 0) { continue }
{% endif %}
        $items = @(foreach ($one in $chunk) { ConvertTo-BatchText -Value $one.data })
        $call = @{ Name = $Name; Batch = '{"count":' + $items.Count + ',"items":[' + ($items -join ',') + ']}' }
{% if takes_secret %}
        $call['Secret'] = @(foreach ($one in $chunk) { if ($one.ContainsKey('password')) { Get-Password -Change $one } })
{% endif %}
        Invoke-Script @call | Write-Outcome
    }
}

function Invoke-MembershipStep {
    <# One script on the members of each group. Groups and members that could not be created are left out, and told. #>
    [CmdletBinding(SupportsShouldProcess = $true)]
    [OutputType([string])]
    param(
        [Parameter(Mandatory = $true)] [string] $Name,
        [Parameter(Mandatory = $true)] [object[]] $Change
    )

    foreach ($entry in $Change) {
        $group = Resolve-Reference -Reference $entry.group
        $items = [System.Collections.Generic.List[string]]::new()
        foreach ($one in $entry.members) {
            $shownNames[$one.id] = "$($entry.kind) $($one.name) in $($entry.name)"
            $member = Resolve-Reference -Reference $one.member
            if ($null -eq $group -or $null -eq $member) {
                $lacking = [pscustomobject] @{ id = $one.id; guid = $null }
                $reason = 'it needs an object that an earlier step was to create, and has not'
                ConvertTo-Result -Item $lacking -Status 'skipped' -Reason $reason | Write-Outcome
                continue
            }
            $items.Add((ConvertTo-BatchText -Value @{ id = $one.id; guid = [guid] $member }))
        }
        if ($items.Count -gt 0) {
            $content = '{"guid":"' + $group + '","count":' + $items.Count + ',"members":[' + ($items -join ',') + ']}'
            Invoke-Script -Name $Name -Batch ('{"count":1,"items":[' + $content + ']}') | Write-Outcome
        }
    }
}

# ---- The domain that the plan was made for, and no other -------------------------------------------------------------

Import-Module -Name ActiveDirectory
$domain = Get-ADDomain -Server $Server
if ([string] $domain.DomainSID -ne {{ domain_sid }}) {
    throw [System.InvalidOperationException]::new(
        "The plan was made for another domain than $($domain.DNSRoot), which $Server serves. Nothing was written.")
}

# ---- The changes, in their order -------------------------------------------------------------------------------------

{% for step in steps %}
# Step {{ loop.index }} of {{ steps | length }}: {{ step.script }} on {{ step.count }}
$changes = @(
{% for change in step.changes %}
    {{ change }}
{% endfor %}
)
{% if step.membership %}
Invoke-MembershipStep -Name {{ step.script }} -Change $changes
{% else %}
Invoke-Step -Name {{ step.script }} -Change $changes
{% endif %}

{% endfor %}
# ---- What became of it -----------------------------------------------------------------------------------------------

ConvertTo-Json -InputObject ([ordered] @{ summary = $counts; plan = {{ digest }} }) -Depth 3 -Compress
$left = if ($WhatIfPreference) { 0 } else { $counts['skipped'] }
if ($counts['conflict'] + $counts['failed'] + $left -gt 0) { exit 4 }
