<#
.SYNOPSIS
    Creates service accounts in Active Directory: ordinary users whose passwords are kept by jcad.

.DESCRIPTION
    Each account is created disabled, gets its password, which need not be changed at the next logon, and is enabled
    last, so that it is never open without its password. The steps that were carried out are reported, and the
    objectGUID as soon as there is one. An item that carries the objectGUID of an account that an earlier run made is
    finished: it gets its password anew, since nobody can know which one it has. Any other account that has the name
    already is left alone and reported as a conflict. One account's failure never stops the others. Run it with -WhatIf
    to see what would be created, and change nothing.

.PARAMETER Batch
    {"count": n, "items": [{"id": "...", "guid": null, "sam": "=...", "upn": "=...", "name": "=...",
        "path": "=<container>", "description": "=...", "neverExpires": true}, ...]}
    Text that comes from data begins with '='.

.PARAMETER Secret
    The passwords of the accounts, in the order of the items.

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

for ($index = 0; $index -lt $items.Count; $index++) {
    $item = $items[$index]
    $guid = $item.guid
    $done = [System.Collections.Generic.List[string]]::new()
    try {
        $name = ConvertFrom-MarkedText -Text $item.sam
        $path = ConvertFrom-MarkedText -Text $item.path
        if (-not $PSCmdlet.ShouldProcess("$name in $path", 'Create service account')) {
            ConvertTo-Result -Item $item -Status 'skipped'
            continue
        }
        if (-not $guid) {
            $call = @{
                Name                = ConvertFrom-MarkedText -Text $item.name
                SamAccountName      = $name
                UserPrincipalName   = ConvertFrom-MarkedText -Text $item.upn
                Path                = $path
                Description         = ConvertFrom-MarkedText -Text $item.description
                Enabled             = $false
                PasswordNotRequired = $false
                PassThru            = $true
                Server              = $Server
                Confirm             = $false
            }
            $guid = (New-ADUser @call).ObjectGUID
            $done.Add('create')
        }

        $account = Get-ADUser -Identity $guid -Server $Server -Properties $protectionProperties
        $obstacle = Get-Protection -Entity $account
        if (-not $obstacle -and $account.SamAccountName -ne $name) {
            $obstacle = "its name is '$($account.SamAccountName)'"
        }
        if ($obstacle) {
            ConvertTo-Result -Item $item -Guid $guid -Status 'conflict' -Done $done -Reason $obstacle
            continue
        }
        Set-ADAccountPassword -Identity $guid -Server $Server -Reset -NewPassword $Secret[$index] -Confirm:$false
        $done.Add('password')
        $call = @{
            Identity              = $guid
            PasswordNeverExpires  = [bool] $item.neverExpires
            ChangePasswordAtLogon = $false
            Server                = $Server
            Confirm               = $false
        }
        Set-ADUser @call
        $done.Add('options')
        if (-not $account.Enabled) {
            Enable-ADAccount -Identity $guid -Server $Server -Confirm:$false
            $done.Add('enable')
        }
        ConvertTo-Result -Item $item -Guid $guid -Status 'changed' -Done $done
    }
    catch {
        $status = if (-not $guid -and (Test-NameTaken -ErrorRecord $_)) { 'conflict' } else { 'failed' }
        ConvertTo-Result -Item $item -Guid $guid -Status $status -Done $done -ErrorRecord $_
    }
}
