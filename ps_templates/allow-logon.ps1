<#
.SYNOPSIS
    Lets service accounts log on to domain controllers over WinRM: adds them to the built-in Remote Management Users.

.DESCRIPTION
    A member of this group of the domain (S-1-5-32-580) may open a remote PowerShell session on every domain controller
    of the domain. It is the only built-in group that jcad ever adds a member to, and only where the settings say so
    (logon = "domain-controllers"). An account that is protected is left alone. One account's failure never stops the
    others. Run it with -WhatIf to see whether the accounts can be found, and change nothing.

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
        $group = Get-ADGroup -Identity 'S-1-5-32-580' -Server $Server -Properties 'member'
        $account = Get-ADUser -Identity $item.guid -Server $Server -Properties $protectionProperties
        if (@(Get-AttributeValue -Entity $group -Name 'member') -contains $account.DistinguishedName) {
            ConvertTo-Result -Item $item -Status 'unchanged'
            continue
        }
        $protection = Get-Protection -Entity $account
        if ($protection) {
            ConvertTo-Result -Item $item -Status 'conflict' -Reason $protection
            continue
        }
        if (-not $PSCmdlet.ShouldProcess($account.DistinguishedName, "Add to $($group.Name)")) {
            ConvertTo-Result -Item $item -Status 'skipped'
            continue
        }
        Add-ADGroupMember -Identity $group.ObjectGUID -Members $item.guid -Server $Server -Confirm:$false
        ConvertTo-Result -Item $item -Status 'changed' -Done 'member'
    }
    catch {
        ConvertTo-Result -Item $item -Status 'failed' -ErrorRecord $_
    }
}
