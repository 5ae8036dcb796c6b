<#
.SYNOPSIS
    Creates global security groups in Active Directory, one batch at a time.

.DESCRIPTION
    The objectGUID of each group is reported as soon as there is one. An item that carries the objectGUID of a group
    that an earlier run made is only compared. Any other object that has the name already is left alone and reported
    as a conflict. One group's failure never stops the others. Run it with -WhatIf to see what would be created, and
    change nothing.

.PARAMETER Batch
    {"count": n, "items": [{"id": "...", "guid": null, "name": "=...", "sam": "=...", "path": "=<container>",
        "description": "=..." or null}, ...]}
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
    $guid = $item.guid
    try {
        $name = ConvertFrom-MarkedText -Text $item.name
        $sam = ConvertFrom-MarkedText -Text $item.sam
        $path = ConvertFrom-MarkedText -Text $item.path
        if ($guid) {
            $group = Get-ADGroup -Identity $guid -Server $Server -Properties $protectionProperties
            $obstacle = Get-Protection -Entity $group
            if (-not $obstacle -and $group.SamAccountName -ne $sam) {
                $obstacle = "its name is '$($group.SamAccountName)'"
            }
            $status = if ($obstacle) { 'conflict' } else { 'unchanged' }
            ConvertTo-Result -Item $item -Status $status -Reason $obstacle
            continue
        }
        if (-not $PSCmdlet.ShouldProcess("$name in $path", 'Create group')) {
            ConvertTo-Result -Item $item -Status 'skipped'
            continue
        }
        $call = @{
            Name           = $name
            SamAccountName = $sam
            Path           = $path
            GroupScope     = 'Global'
            GroupCategory  = 'Security'
            PassThru       = $true
            Server         = $Server
            Confirm        = $false
        }
        $description = ConvertFrom-MarkedText -Text $item.description
        if ($description) { $call['Description'] = $description }
        $guid = (New-ADGroup @call).ObjectGUID
        ConvertTo-Result -Item $item -Guid $guid -Status 'changed' -Done 'create'
    }
    catch {
        $status = if (Test-NameTaken -ErrorRecord $_) { 'conflict' } else { 'failed' }
        ConvertTo-Result -Item $item -Guid $guid -Status $status -ErrorRecord $_
    }
}
