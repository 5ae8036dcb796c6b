<#
.SYNOPSIS
    Creates Active Directory accounts, one batch at a time.

.DESCRIPTION
    Each account is created disabled, gets its password, then its attributes, and is enabled last, so that no
    account is ever open without its password. The steps that were carried out are reported, and the objectGUID as
    soon as there is one. An item that carries the objectGUID of an account that an earlier run made is finished:
    only the steps that are missing are carried out. Any other account that has the name already is left alone and
    reported as a conflict. One account's failure never stops the others. Run it with -WhatIf to see what would be
    created, and change nothing.

.PARAMETER Batch
    {"count": n, "items": [{"id": "...", "guid": null, "expected": {}, "sam": "=...", "upn": "=...", "name": "=...",
        "path": "=<container>", "enabled": true, "attributes": {"givenName": "=...", ...}}, ...]}
    Text that comes from data begins with '='. An attribute is a text, a number, true or false, or a list of texts.

.PARAMETER Secret
    The passwords of the accounts, in the order of the items.

.PARAMETER Server
    The domain controller that is read and written.

.PARAMETER Credential
    The account that reads and writes, where it is not the one that opened the session.

.OUTPUTS
    One line of JSON per account, as soon as it is done.
#>
[CmdletBinding(SupportsShouldProcess = $true, ConfirmImpact = 'Medium')]
[OutputType([string])]
param(
    [Parameter(Mandatory = $true)]
    [ValidateNotNullOrEmpty()]
    [string] $Batch,

    [Parameter(Mandatory = $true)]
    [securestring[]] $Secret,

    [Parameter(Mandatory = $true)]
    [ValidateNotNullOrEmpty()]
    [string] $Server,

    [pscredential] $Credential
)

Set-StrictMode -Version 3.0
$ErrorActionPreference = 'Stop'

{% include '_batch.ps1' %}

# ---- What this script is for ---------------------------------------------------------------------------------------

function ConvertTo-NewAccount {
    <# What New-ADUser gets: the account as it begins, disabled, with its names and nothing else. #>
    [CmdletBinding()]
    [OutputType([hashtable])]
    param([Parameter(Mandatory = $true)] [object] $Item)

    $account = @{
        Name                = ConvertFrom-MarkedText -Text $Item.name
        SamAccountName      = ConvertFrom-MarkedText -Text $Item.sam
        Path                = ConvertFrom-MarkedText -Text $Item.path
        Enabled             = $false
        PasswordNotRequired = $false
    }
    $upn = ConvertFrom-MarkedText -Text $Item.upn
    if ($upn) { $account['UserPrincipalName'] = $upn }
    $account
}

function Get-MissingAttribute {
    <# The attributes of an item that an account does not have yet, as Set-ADUser -Replace takes them. #>
    [CmdletBinding()]
    [OutputType([hashtable])]
    param(
        [Parameter(Mandatory = $true)] [object] $Item,
        [Parameter(Mandatory = $true)] [object] $Account
    )

    $missing = @{}
    foreach ($attribute in $Item.attributes.PSObject.Properties) {
        $value = ConvertFrom-Value -Value $attribute.Value
        $actual = Get-AttributeValue -Entity $Account -Name $attribute.Name
        if ($null -ne $value -and -not (Test-Same -Actual $actual -Expected $value)) {
            $missing[$attribute.Name] = $value
        }
    }
    $missing
}

$items = @(ConvertFrom-Batch -Json $Batch)
if ($items.Count -ne $Secret.Count) {
    throw [System.ArgumentException]::new("There are $($items.Count) accounts and $($Secret.Count) passwords.")
}

for ($index = 0; $index -lt $items.Count; $index++) {
    $item = $items[$index]
    $guid = $item.guid
    $done = [System.Collections.Generic.List[string]]::new()
    try {
        $name = ConvertFrom-MarkedText -Text $item.sam
        $path = ConvertFrom-MarkedText -Text $item.path
        if (-not $PSCmdlet.ShouldProcess("$name in $path", 'Create account')) {
            ConvertTo-Result -Item $item -Status 'skipped'
            continue
        }
        if (-not $guid) {
            $call = ConvertTo-NewAccount -Item $item
            $guid = (New-ADUser @call -Server $Server -PassThru -Confirm:$false).ObjectGUID
            $done.Add('create')
        }

        $attributes = @($item.attributes.PSObject.Properties | ForEach-Object { $_.Name })
        $properties = @($protectionProperties + 'pwdLastSet' + $attributes | Sort-Object -Unique)
        $account = Get-ADUser -Identity $guid -Server $Server -Properties $properties
        $protection = Get-Protection -Entity $account
        if ($protection) {
            ConvertTo-Result -Item $item -Guid $guid -Status 'conflict' -Done $done -Reason $protection
            continue
        }
        if ($account.SamAccountName -ne $name) {
            $reason = "its name is '$($account.SamAccountName)'"
            ConvertTo-Result -Item $item -Guid $guid -Status 'conflict' -Reason $reason
            continue
        }

        if (-not $account.Enabled -and -not (Get-AttributeValue -Entity $account -Name 'pwdLastSet')) {
            Set-ADAccountPassword -Identity $guid -Server $Server -Reset -NewPassword $Secret[$index] -Confirm:$false
            $done.Add('password')
        }
        $missing = Get-MissingAttribute -Item $item -Account $account
        if ($missing.Count -gt 0) {
            Set-ADUser -Identity $guid -Server $Server -Replace $missing -Confirm:$false
            $done.Add('attributes')
        }
        if ($item.enabled -and -not $account.Enabled) {
            Enable-ADAccount -Identity $guid -Server $Server -Confirm:$false
            $done.Add('enable')
        }
        $status = if ($done.Count -gt 0) { 'changed' } else { 'unchanged' }
        ConvertTo-Result -Item $item -Guid $guid -Status $status -Done $done
    }
    catch {
        $status = if (-not $guid -and (Test-NameTaken -ErrorRecord $_)) { 'conflict' } else { 'failed' }
        ConvertTo-Result -Item $item -Guid $guid -Status $status -Done $done -ErrorRecord $_
    }
}
