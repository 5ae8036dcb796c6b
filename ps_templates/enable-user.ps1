<#
.SYNOPSIS
    Enables Active Directory accounts, one batch at a time.

.DESCRIPTION
    Each account is found by its objectGUID. An account that is enabled already is reported as unchanged; one whose
    userAccountControl is not as it was when the change was planned is left alone and reported as a conflict. An
    account without a password that meets the policy cannot be enabled: that is its failure. One account's failure
    never stops the others. Run it with -WhatIf to see whether the accounts can be found, and change nothing.

.PARAMETER Batch
    {"count": n, "items": [{"id": "...", "guid": "...", "expected": {"userAccountControl": 514}}, ...]}
    Text that comes from data begins with '='. An item with "serviceAccount": true is a service account of JumpCloud,
    which may be a member of Remote Management Users.

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

        $isService = [bool] (Get-AttributeValue -Entity $item -Name 'serviceAccount')
        $protection = Get-Protection -Entity $account -ServiceAccount:$isService
        if ($protection) {
            ConvertTo-Result -Item $item -Status 'conflict' -Reason $protection
            continue
        }
        if ($account.Enabled) {
            ConvertTo-Result -Item $item -Status 'unchanged'
            continue
        }
        $difference = Get-Difference -Entity $account -Expected $item.expected
        if ($difference) {
            ConvertTo-Result -Item $item -Status 'conflict' -Reason $difference
            continue
        }
        if (-not $PSCmdlet.ShouldProcess($account.DistinguishedName, 'Enable account')) {
            ConvertTo-Result -Item $item -Status 'skipped'
            continue
        }
        Enable-ADAccount -Identity $item.guid -Server $Server -Confirm:$false
        ConvertTo-Result -Item $item -Status 'changed' -Done 'enable'
    }
    catch {
        ConvertTo-Result -Item $item -Status 'failed' -ErrorRecord $_
    }
}
