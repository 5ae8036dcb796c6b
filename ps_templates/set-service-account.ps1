<#
.SYNOPSIS
    Sets whether the passwords of service accounts expire, one batch at a time.

.DESCRIPTION
    Each account is found by its objectGUID, and nothing else of it is written. One that is so already is reported as
    unchanged; one whose userAccountControl is not as it was when the change was planned is left alone and reported as a
    conflict. One account's failure never stops the others. Run it with -WhatIf to see whether the accounts can be
    found, and change nothing.

.PARAMETER Batch
    {"count": n, "items": [{"id": "...", "guid": "...", "expected": {"userAccountControl": 512},
        "neverExpires": true}, ...]}

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
        $protection = Get-Protection -Entity $account -ServiceAccount
        if ($protection) {
            ConvertTo-Result -Item $item -Status 'conflict' -Reason $protection
            continue
        }
        $neverExpires = ((Get-AttributeValue -Entity $account -Name 'userAccountControl') -band 0x10000) -ne 0
        if ($neverExpires -eq $item.neverExpires) {
            ConvertTo-Result -Item $item -Status 'unchanged'
            continue
        }
        $difference = Get-Difference -Entity $account -Expected $item.expected
        if ($difference) {
            ConvertTo-Result -Item $item -Status 'conflict' -Reason $difference
            continue
        }
        if (-not $PSCmdlet.ShouldProcess($account.DistinguishedName, 'Set whether its password expires')) {
            ConvertTo-Result -Item $item -Status 'skipped'
            continue
        }
        $call = @{
            Identity             = $item.guid
            PasswordNeverExpires = [bool] $item.neverExpires
            Server               = $Server
            Confirm              = $false
        }
        Set-ADUser @call
        ConvertTo-Result -Item $item -Status 'changed' -Done 'options'
    }
    catch {
        ConvertTo-Result -Item $item -Status 'failed' -ErrorRecord $_
    }
}
