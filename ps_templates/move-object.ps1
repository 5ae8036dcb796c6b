<#
.SYNOPSIS
    Moves Active Directory users and groups to another container, one batch at a time.

.DESCRIPTION
    Each object is found by its objectGUID. An object that is in the target container already is reported as
    unchanged; one that is not where it was when the move was planned is left alone and reported as a conflict. One
    object's failure never stops the others. Run it with -WhatIf to see whether the objects can be found, and change
    nothing.

.PARAMETER Batch
    {"count": n, "items": [{"id": "...", "guid": "...", "expected": {"parent": "=<container>"},
        "path": "=<container>"}, ...]}
    Text that comes from data begins with '='.

.PARAMETER Server
    The domain controller that is read and written.

.PARAMETER Credential
    The account that reads and writes, where it is not the one that opened the session.

.OUTPUTS
    One line of JSON per object, as soon as it is done.
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

function Get-ParentName {
    <# The container's part of a distinguished name. A comma in a name is escaped, and so is the escape itself. #>
    [CmdletBinding()]
    [OutputType([string])]
    param([Parameter(Mandatory = $true)] [string] $DistinguishedName)

    [regex]::Replace($DistinguishedName, '^(?:[^,\\]|\\.)*,', '')
}

foreach ($item in @(ConvertFrom-Batch -Json $Batch)) {
    try {
        $entity = Get-ADObject -Identity $item.guid -Server $Server -Properties $protectionProperties
        if ($entity.ObjectClass -notin @('user', 'inetOrgPerson', 'group')) {
            $reason = "it is a $($entity.ObjectClass), neither user nor group"
            ConvertTo-Result -Item $item -Status 'conflict' -Reason $reason
            continue
        }
        $protection = Get-Protection -Entity $entity
        if ($protection) {
            ConvertTo-Result -Item $item -Status 'conflict' -Reason $protection
            continue
        }
        $parent = Get-ParentName -DistinguishedName $entity.DistinguishedName
        $target = ConvertFrom-MarkedText -Text $item.path
        if ($parent -eq $target) {
            ConvertTo-Result -Item $item -Status 'unchanged'
            continue
        }
        if ($parent -ne (ConvertFrom-MarkedText -Text $item.expected.parent)) {
            ConvertTo-Result -Item $item -Status 'conflict' -Reason "it is in $parent, and was planned from elsewhere"
            continue
        }
        if (-not $PSCmdlet.ShouldProcess($entity.DistinguishedName, "Move to $target")) {
            ConvertTo-Result -Item $item -Status 'skipped'
            continue
        }
        Move-ADObject -Identity $item.guid -TargetPath $target -Server $Server -Confirm:$false
        ConvertTo-Result -Item $item -Status 'changed' -Done 'move'
    }
    catch {
        $status = if (Test-NameTaken -ErrorRecord $_) { 'conflict' } else { 'failed' }
        ConvertTo-Result -Item $item -Status $status -ErrorRecord $_
    }
}
