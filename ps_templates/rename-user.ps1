<#
.SYNOPSIS
    Gives Active Directory accounts other logon names, one batch at a time.

.DESCRIPTION
    Each account is found by its objectGUID, and gets its sAMAccountName and its userPrincipalName with one call; its
    CN, and with that its distinguished name, stays as it is. An account that has the names already is reported as
    unchanged; one that was renamed since the change was planned is left alone and reported as a conflict, and so is
    one whose new name another object holds. One account's failure never stops the others. Run it with -WhatIf to see
    whether the accounts can be found, and change nothing.

.PARAMETER Batch
    {"count": n, "items": [{"id": "...", "guid": "...", "expected": {"sam": "=...", "upn": "=..." or null},
        "sam": "=...", "upn": "=..." or null}, ...]}
    Text that comes from data begins with '='. A userPrincipalName of null is not written.

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
        $properties = @($protectionProperties + 'userPrincipalName')
        $account = Get-ADUser -Identity $item.guid -Server $Server -Properties $properties

        $protection = Get-Protection -Entity $account
        if ($protection) {
            ConvertTo-Result -Item $item -Status 'conflict' -Reason $protection
            continue
        }

        $call = @{ Identity = $item.guid; Server = $Server; Confirm = $false }
        $done = @()
        $sam = ConvertFrom-MarkedText -Text $item.sam
        if (-not (Test-Same -Actual $account.SamAccountName -Expected $sam)) {
            $call['SamAccountName'] = $sam
            $done += 'sAMAccountName'
        }
        $upn = ConvertFrom-MarkedText -Text $item.upn
        $actualUpn = Get-AttributeValue -Entity $account -Name 'userPrincipalName'
        if ($upn -and -not (Test-Same -Actual $actualUpn -Expected $upn)) {
            $call['UserPrincipalName'] = $upn
            $done += 'userPrincipalName'
        }
        if ($done.Count -eq 0) {
            ConvertTo-Result -Item $item -Status 'unchanged'
            continue
        }

        $plannedSam = ConvertFrom-MarkedText -Text $item.expected.sam
        $plannedUpn = ConvertFrom-MarkedText -Text $item.expected.upn
        $asPlanned = (Test-Same -Actual $account.SamAccountName -Expected $plannedSam) -and
            (Test-Same -Actual $actualUpn -Expected $plannedUpn)
        if (-not $asPlanned) {
            $reason = "its names are '$($account.SamAccountName)' and '$actualUpn', and were planned from others"
            ConvertTo-Result -Item $item -Status 'conflict' -Reason $reason
            continue
        }
        if (-not $PSCmdlet.ShouldProcess($account.DistinguishedName, "Change the logon name to $sam")) {
            ConvertTo-Result -Item $item -Status 'skipped'
            continue
        }
        Set-ADUser @call
        ConvertTo-Result -Item $item -Status 'changed' -Done $done
    }
    catch {
        $status = if (Test-NameTaken -ErrorRecord $_) { 'conflict' } else { 'failed' }
        ConvertTo-Result -Item $item -Status $status -ErrorRecord $_
    }
}
