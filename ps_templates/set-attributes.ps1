<#
.SYNOPSIS
    Sets and clears attributes of Active Directory accounts, one batch at a time.

.DESCRIPTION
    Each account is found by its objectGUID. An account that has the values already is reported as unchanged; one
    whose attributes are not as they were when the change was planned is left alone and reported as a conflict. All
    values of one account are written with one call. One account's failure never stops the others. Run it with
    -WhatIf to see whether the accounts can be found, and change nothing.

.PARAMETER Batch
    {"count": n, "items": [{"id": "...", "guid": "...", "expected": {"mail": "=..." or null, ...},
        "set": {"mail": "=...", ...}, "clear": ["=telephoneNumber", ...]}, ...]}
    Text that comes from data begins with '='. A value is a text, a number, true or false, or a list of texts, which
    are all the values that the attribute is to have.

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
    [ValidateNotNullOrEmpty()]
    [string] $Server,

    [pscredential] $Credential
)

Set-StrictMode -Version 3.0
$ErrorActionPreference = 'Stop'

{% include '_batch.ps1' %}

# ---- What this script is for ---------------------------------------------------------------------------------------

foreach ($item in @(ConvertFrom-Batch -Json $Batch)) {
    try {
        $values = @{}
        foreach ($attribute in $item.set.PSObject.Properties) {
            $values[$attribute.Name] = ConvertFrom-Value -Value $attribute.Value
        }
        $cleared = @($item.clear | Where-Object { $null -ne $_ } | ForEach-Object { ConvertFrom-MarkedText -Text $_ })
        $planned = @($item.expected.PSObject.Properties | ForEach-Object { $_.Name })
        $properties = $protectionProperties + @($values.Keys) + $cleared + $planned
        $account = Get-ADUser -Identity $item.guid -Server $Server -Properties @($properties | Sort-Object -Unique)

        $protection = Get-Protection -Entity $account
        if ($protection) {
            ConvertTo-Result -Item $item -Status 'conflict' -Reason $protection
            continue
        }

        $change = @{}
        foreach ($name in $values.Keys) {
            if (-not (Test-Same -Actual (Get-AttributeValue -Entity $account -Name $name) -Expected $values[$name])) {
                $change[$name] = $values[$name]
            }
        }
        $clear = @($cleared | Where-Object { $null -ne (Get-AttributeValue -Entity $account -Name $_) })
        if ($change.Count -eq 0 -and $clear.Count -eq 0) {
            ConvertTo-Result -Item $item -Status 'unchanged'
            continue
        }

        $difference = Get-Difference -Entity $account -Expected $item.expected
        if ($difference) {
            ConvertTo-Result -Item $item -Status 'conflict' -Reason $difference
            continue
        }
        if (-not $PSCmdlet.ShouldProcess($account.DistinguishedName, 'Set attributes')) {
            ConvertTo-Result -Item $item -Status 'skipped'
            continue
        }
        $call = @{ Identity = $item.guid; Server = $Server; Confirm = $false }
        if ($change.Count -gt 0) { $call['Replace'] = $change }
        if ($clear.Count -gt 0) { $call['Clear'] = $clear }
        Set-ADUser @call
        ConvertTo-Result -Item $item -Status 'changed' -Done (@($change.Keys) + $clear | Sort-Object)
    }
    catch {
        ConvertTo-Result -Item $item -Status 'failed' -ErrorRecord $_
    }
}
