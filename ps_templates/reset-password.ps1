<#
.SYNOPSIS
    Resets the passwords of Active Directory accounts, one batch at a time.

.DESCRIPTION
    Each account is found by its objectGUID and compared with the state in which it was planned. An account whose
    password has been set since then is left alone and reported as a conflict. One account's failure never stops the
    others. Run it with -WhatIf to see whether the accounts can be found, and change nothing.

.PARAMETER Batch
    {"count": n, "items": [{"id": "...", "guid": "...", "expected": {"pwdLastSet": "=..."}, "unlock": true}, ...]}
    Text that comes from data begins with '='. An item with "serviceAccount": true is a service account of JumpCloud,
    which may be a member of Remote Management Users.

.PARAMETER Secret
    The new passwords, in the order of the items.

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

$items = @(ConvertFrom-Batch -Json $Batch)
if ($items.Count -ne $Secret.Count) {
    throw [System.ArgumentException]::new("There are $($items.Count) accounts and $($Secret.Count) passwords.")
}
$properties = $protectionProperties + 'pwdLastSet' + 'lockoutTime'

for ($index = 0; $index -lt $items.Count; $index++) {
    $item = $items[$index]
    $done = [System.Collections.Generic.List[string]]::new()
    try {
        $account = Get-ADUser -Identity $item.guid -Server $Server -Properties $properties

        $isService = [bool] (Get-AttributeValue -Entity $item -Name 'serviceAccount')
        $obstacle = Get-Protection -Entity $account -ServiceAccount:$isService
        if (-not $obstacle) { $obstacle = Get-Difference -Entity $account -Expected $item.expected }
        if ($obstacle) {
            ConvertTo-Result -Item $item -Status 'conflict' -Reason $obstacle
            continue
        }
        if (-not $PSCmdlet.ShouldProcess($account.DistinguishedName, 'Reset password')) {
            ConvertTo-Result -Item $item -Status 'skipped'
            continue
        }
        Set-ADAccountPassword -Identity $item.guid -Server $Server -Reset -NewPassword $Secret[$index] -Confirm:$false
        $done.Add('password')
        if ($item.unlock -and (Get-AttributeValue -Entity $account -Name 'lockoutTime')) {
            Unlock-ADAccount -Identity $item.guid -Server $Server -Confirm:$false
            $done.Add('unlock')
        }
        ConvertTo-Result -Item $item -Status 'changed' -Done $done
    }
    catch {
        ConvertTo-Result -Item $item -Status 'failed' -Done $done -ErrorRecord $_
    }
}
