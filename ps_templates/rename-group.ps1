<#
.SYNOPSIS
    Renames Active Directory groups, one batch at a time.

.DESCRIPTION
    Each group is found by its objectGUID. A group that has the names already is reported as unchanged; one that was
    renamed since the change was planned is left alone and reported as a conflict. The steps that were carried out
    are reported. One group's failure never stops the others. Run it with -WhatIf to see whether the groups can be
    found, and change nothing.

.PARAMETER Batch
    {"count": n, "items": [{"id": "...", "guid": "...", "expected": {"name": "=...", "sam": "=..."}, "name": "=...",
        "sam": "=..."}, ...]}
    Text that comes from data begins with '='.

.PARAMETER Server
    The domain controller that is read and written.

.PARAMETER Credential
    The account that reads and writes, where it is not the one that opened the session.

.OUTPUTS
    One line of JSON per group, as soon as it is done.
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
    $done = [System.Collections.Generic.List[string]]::new()
    try {
        $group = Get-ADGroup -Identity $item.guid -Server $Server -Properties $protectionProperties

        $protection = Get-Protection -Entity $group
        if ($protection) {
            ConvertTo-Result -Item $item -Status 'conflict' -Reason $protection
            continue
        }
        $name = ConvertFrom-MarkedText -Text $item.name
        $sam = ConvertFrom-MarkedText -Text $item.sam
        if ($group.Name -ceq $name -and $group.SamAccountName -ceq $sam) {
            ConvertTo-Result -Item $item -Status 'unchanged'
            continue
        }
        $plannedName = ConvertFrom-MarkedText -Text $item.expected.name
        $plannedSam = ConvertFrom-MarkedText -Text $item.expected.sam
        if ($group.Name -cne $plannedName -or $group.SamAccountName -cne $plannedSam) {
            $reason = "its names are '$($group.Name)' and '$($group.SamAccountName)', and were planned from others"
            ConvertTo-Result -Item $item -Status 'conflict' -Reason $reason
            continue
        }
        if (-not $PSCmdlet.ShouldProcess($group.DistinguishedName, "Rename to $name")) {
            ConvertTo-Result -Item $item -Status 'skipped'
            continue
        }
        if ($group.SamAccountName -cne $sam) {
            Set-ADGroup -Identity $item.guid -Server $Server -SamAccountName $sam -Confirm:$false
            $done.Add('sAMAccountName')
        }
        if ($group.Name -cne $name) {
            Rename-ADObject -Identity $item.guid -NewName $name -Server $Server -Confirm:$false
            $done.Add('name')
        }
        ConvertTo-Result -Item $item -Status 'changed' -Done $done
    }
    catch {
        $status = if ($done.Count -eq 0 -and (Test-NameTaken -ErrorRecord $_)) { 'conflict' } else { 'failed' }
        ConvertTo-Result -Item $item -Status $status -Done $done -ErrorRecord $_
    }
}
