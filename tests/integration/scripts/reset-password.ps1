<#
.SYNOPSIS
    Resets the passwords of Active Directory accounts, one batch at a time.

.DESCRIPTION
    Each account is found by its objectGUID and compared with the state in which it was planned. An account whose
    password has been set since then is left alone and reported as a conflict. One account's failure never stops
    the others. Run it with -WhatIf to see whether the accounts can be found, and change nothing.

.PARAMETER Batch
    {"count": n, "items": [{"id": "...", "guid": "...", "expected": {"pwdLastSet": "=..."}, "unlock": true}, ...]}
    Text that comes from data begins with '='.

.PARAMETER Secret
    The new passwords, in the order of the items.

.PARAMETER Server
    The domain controller that is read and written.

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
    [string] $Server
)

Set-StrictMode -Version 3.0
$ErrorActionPreference = 'Stop'

# ---- The same in every batch script -------------------------------------------------------------------------------

function ConvertFrom-Batch {
    <# The items of a batch. A batch that does not hold as many as it says was cut off, and is refused whole. #>
    [CmdletBinding()]
    param([Parameter(Mandatory = $true)] [string] $Json)

    $content = ConvertFrom-Json -InputObject $Json
    $items = @($content.items | Where-Object { $null -ne $_ })
    if ($items.Count -ne $content.count) {
        throw [System.IO.InvalidDataException]::new("The batch holds $($items.Count) of $($content.count) items.")
    }
    $items
}

function ConvertFrom-MarkedText {
    <# Takes the marker off: without one, ConvertFrom-Json may have made a date of the text. #>
    [CmdletBinding()]
    [OutputType([string])]
    param([Parameter(Mandatory = $true)] [AllowNull()] [AllowEmptyString()] [string] $Text)

    if ([string]::IsNullOrEmpty($Text)) { return $null }
    if ($Text[0] -ne '=') { throw [System.IO.InvalidDataException]::new('A text without its marker.') }
    $Text.Substring(1)
}

function Test-Same {
    <# Whether two texts are the same. Absent is not the empty text. #>
    [CmdletBinding()]
    [OutputType([bool])]
    param([AllowNull()] [object] $Actual, [AllowNull()] [object] $Expected)

    if ($null -eq $Actual -or $null -eq $Expected) { return ($null -eq $Actual -and $null -eq $Expected) }
    ([string] $Actual) -ceq ([string] $Expected)
}

function Get-AttributeValue {
    <# The value of an attribute; nothing where the object has none, which under strict mode is no property of it. #>
    [CmdletBinding()]
    param([Parameter(Mandatory = $true)] [object] $Account, [Parameter(Mandatory = $true)] [string] $Name)

    $property = $Account.PSObject.Properties[$Name]
    if ($null -ne $property) { $property.Value }
}

function Get-Protection {
    <# Why an object is never written, or nothing. The plan has looked deeper; this is the last look before the write. #>
    [CmdletBinding()]
    [OutputType([string])]
    param([Parameter(Mandatory = $true)] [object] $Account)

    if (Get-AttributeValue -Account $Account -Name 'isCriticalSystemObject') { return 'critical system object' }
    if ((Get-AttributeValue -Account $Account -Name 'adminCount') -eq 1) { return 'adminCount is 1' }
    $rid = [long] (([string] $Account.SID) -split '-')[-1]
    if ($rid -lt 1000) { return "built in, RID $rid" }
}

function ConvertTo-Result {
    <# One line of JSON for one item. Errors are told by id, category and code: messages are localised. #>
    [CmdletBinding()]
    [OutputType([string])]
    param(
        [Parameter(Mandatory = $true)] [object] $Item,
        [Parameter(Mandatory = $true)]
        [ValidateSet('changed', 'unchanged', 'conflict', 'failed', 'skipped')] [string] $Status,
        [string[]] $Done = @(),
        [string] $Reason,
        [System.Management.Automation.ErrorRecord] $ErrorRecord
    )

    $result = [ordered]@{ id = $Item.id; guid = $Item.guid; status = $Status; done = $Done }
    if ($Reason) { $result['reason'] = "=$Reason" }
    if ($null -ne $ErrorRecord) {
        $code = $ErrorRecord.Exception.PSObject.Properties['ErrorCode']
        $result['error'] = [ordered]@{
            id       = $ErrorRecord.FullyQualifiedErrorId
            category = $ErrorRecord.CategoryInfo.Category.ToString()
            type     = $ErrorRecord.Exception.GetType().FullName
            code     = if ($null -ne $code) { $code.Value } else { $null }
            message  = "=$($ErrorRecord.Exception.Message)"
        }
    }
    ConvertTo-Json -InputObject $result -Depth 5 -Compress
}

# ---- What this script is for ---------------------------------------------------------------------------------------

$items = @(ConvertFrom-Batch -Json $Batch)
if ($items.Count -ne $Secret.Count) {
    throw [System.ArgumentException]::new("There are $($items.Count) accounts and $($Secret.Count) passwords.")
}
$properties = 'pwdLastSet', 'lockoutTime', 'adminCount', 'isCriticalSystemObject'

for ($index = 0; $index -lt $items.Count; $index++) {
    $item = $items[$index]
    $done = [System.Collections.Generic.List[string]]::new()
    try {
        $account = Get-ADUser -Identity $item.guid -Server $Server -Properties $properties

        $protection = Get-Protection -Account $account
        if ($protection) {
            ConvertTo-Result -Item $item -Status 'conflict' -Reason $protection
            continue
        }
        if (-not (Test-Same -Actual $account.pwdLastSet -Expected (ConvertFrom-MarkedText -Text $item.expected.pwdLastSet))) {
            ConvertTo-Result -Item $item -Status 'conflict' -Reason "pwdLastSet is $($account.pwdLastSet)"
            continue
        }
        if (-not $PSCmdlet.ShouldProcess($account.DistinguishedName, 'Reset password')) {
            ConvertTo-Result -Item $item -Status 'skipped'
            continue
        }
        Set-ADAccountPassword -Identity $item.guid -Server $Server -Reset -NewPassword $Secret[$index] -Confirm:$false
        $done.Add('password')
        if ($item.unlock -and (Get-AttributeValue -Account $account -Name 'lockoutTime')) {
            Unlock-ADAccount -Identity $item.guid -Server $Server -Confirm:$false
            $done.Add('unlock')
        }
        ConvertTo-Result -Item $item -Status 'changed' -Done $done
    }
    catch {
        ConvertTo-Result -Item $item -Status 'failed' -Done $done -ErrorRecord $_
    }
}
