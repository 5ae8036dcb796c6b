<#
.SYNOPSIS
    Creates organizational units in Active Directory, one batch at a time.

.DESCRIPTION
    Each is created protected from accidental deletion, as the console does it, and its objectGUID is reported. An item
    that carries the objectGUID of a unit that an earlier run made is only looked at. A unit that is there already is
    left alone and reported as a conflict. One unit's failure never stops the others. Run it with -WhatIf to see what
    would be created, and change nothing.

.PARAMETER Batch
    {"count": n, "items": [{"id": "...", "guid": null, "name": "=...", "path": "=<container>"}, ...]}
    Text that comes from data begins with '='.

.PARAMETER Server
    The domain controller that is read and written.

.PARAMETER Credential
    The account that reads and writes, where it is not the one that opened the session.

.OUTPUTS
    One line of JSON per unit, as soon as it is done.
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
        $path = ConvertFrom-MarkedText -Text $item.path
        if ($guid) {
            $null = Get-ADOrganizationalUnit -Identity $guid -Server $Server
            ConvertTo-Result -Item $item -Status 'unchanged'
            continue
        }
        if (-not $PSCmdlet.ShouldProcess("$name in $path", 'Create organizational unit')) {
            ConvertTo-Result -Item $item -Status 'skipped'
            continue
        }
        $call = @{
            Name                            = $name
            Path                            = $path
            ProtectedFromAccidentalDeletion = $true
            PassThru                        = $true
            Server                          = $Server
            Confirm                         = $false
        }
        $guid = (New-ADOrganizationalUnit @call).ObjectGUID
        ConvertTo-Result -Item $item -Guid $guid -Status 'changed' -Done 'create'
    }
    catch {
        $status = if (Test-NameTaken -ErrorRecord $_) { 'conflict' } else { 'failed' }
        ConvertTo-Result -Item $item -Guid $guid -Status $status -ErrorRecord $_
    }
}
