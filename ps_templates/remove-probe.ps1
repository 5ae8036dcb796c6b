<#
.SYNOPSIS
    Removes the throw-away accounts that jcad made to try a right on, and no other account.

.DESCRIPTION
    Each account is found by its objectGUID. One whose name does not begin with 'jcadprobe', that is enabled, or that is
    protected is left alone and reported as a conflict. One account's failure never stops the others. Run it with
    -WhatIf to see whether the accounts can be found, and change nothing.

.PARAMETER Batch
    {"count": n, "items": [{"id": "...", "guid": "<objectGUID of the account>"}, ...]}

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
        $account = Get-ADUser -Identity $item.guid -Server $Server -Properties $protectionProperties
        $protection = Get-Protection -Entity $account
        if ($protection) {
            ConvertTo-Result -Item $item -Status 'conflict' -Reason $protection
            continue
        }
        if ($account.SamAccountName -notlike 'jcadprobe*' -or $account.Enabled) {
            ConvertTo-Result -Item $item -Status 'conflict' -Reason 'it is no throw-away account of jcad'
            continue
        }
        if (-not $PSCmdlet.ShouldProcess($account.DistinguishedName, 'Remove account')) {
            ConvertTo-Result -Item $item -Status 'skipped'
            continue
        }
        Remove-ADUser -Identity $item.guid -Server $Server -Confirm:$false
        ConvertTo-Result -Item $item -Status 'changed' -Done 'remove'
    }
    catch {
        ConvertTo-Result -Item $item -Status 'failed' -ErrorRecord $_
    }
}
