{% if embedded is not defined %}
# ---- The same in every batch script -------------------------------------------------------------------------------

# The module's AD: drive is not used, and making it can fail.
$env:ADPS_LoadDefaultDrive = '0'

# For every cmdlet of the module, here and in the functions below.
if ($Credential) { $PSDefaultParameterValues = @{ '*-AD*:Credential' = $Credential } }

# What Get-Protection looks at.
$protectionProperties = @(
    'adminCount', 'isCriticalSystemObject', 'memberOf', 'objectSid', 'primaryGroupID', 'sAMAccountName'
    'userAccountControl'
)

{% include '_items.ps1' %}
function ConvertFrom-Value {
    <# A value of a batch as the directory takes it: texts without their markers, numbers and truth values as is. #>
    [CmdletBinding()]
    param([Parameter(Mandatory = $true)] [AllowNull()] [AllowEmptyString()] [AllowEmptyCollection()] [object] $Value)

    if ($Value -is [string]) { return ConvertFrom-MarkedText -Text $Value }
    if ($Value -is [array]) { return , [string[]] @($Value | ForEach-Object { ConvertFrom-MarkedText -Text $_ }) }
    $Value
}

function Get-AttributeValue {
    <# The values of one attribute. One that the object does not have gives nothing, also under strict mode. #>
    [CmdletBinding()]
    param(
        [Parameter(Mandatory = $true)] [object] $Entity,
        [Parameter(Mandatory = $true)] [string] $Name
    )

    $property = $Entity.PSObject.Properties[$Name]
    if ($null -ne $property) {
        @($property.Value) | Where-Object { $null -ne $_ }
    }
}

function Test-Same {
    <# Whether two values are the same, to the letter. Absent is not the empty text; a list may have any order. #>
    [CmdletBinding()]
    [OutputType([bool])]
    param([AllowNull()] [object] $Actual, [AllowNull()] [object] $Expected)

    if ($null -eq $Actual -or $null -eq $Expected) { return ($null -eq $Actual -and $null -eq $Expected) }
    if ($Expected -is [array]) {
        $values = [string[]] @($Actual)
        $missing = @($Expected | Where-Object { $values -cnotcontains $_ })
        return ($values.Count -eq $Expected.Count -and $missing.Count -eq 0)
    }
    ([string] $Actual) -ceq ([string] $Expected)
}

function Get-Difference {
    <# How an object differs from the state in which it was planned, or nothing. #>
    [CmdletBinding()]
    [OutputType([string])]
    param(
        [Parameter(Mandatory = $true)] [object] $Entity,
        [Parameter(Mandatory = $true)] [object] $Expected
    )

    foreach ($property in $Expected.PSObject.Properties) {
        $planned = ConvertFrom-Value -Value $property.Value
        $actual = Get-AttributeValue -Entity $Entity -Name $property.Name
        if (-not (Test-Same -Actual $actual -Expected $planned)) {
            $shown = if ($null -eq $actual) { 'not set' } else { "'$actual'" }
            return "$($property.Name) is $shown, and was planned from another value"
        }
    }
}

function Test-LogonGroup {
    <# Whether a group is the built-in Remote Management Users, whatever it is called in the server's language. #>
    [CmdletBinding()]
    [OutputType([bool])]
    param([Parameter(Mandatory = $true)] [string] $Group)

    if ($Group -notlike 'CN=*,CN=Builtin,DC=*') { return $false }
    [string] (Get-ADGroup -Identity $Group -Server $Server).SID -eq 'S-1-5-32-580'
}

function Get-Protection {
    <# Why an object is never written, or nothing. The plan has looked deeper; this is the last look. #>
    [CmdletBinding()]
    [OutputType([string])]
    param(
        [Parameter(Mandatory = $true)] [object] $Entity,
        [switch] $ServiceAccount    # may be in Remote Management Users, where a setting has put it
    )

    $privilegedNames = 'DnsAdmins', 'DnsUpdateProxy', 'Group Policy Creator Owners', 'Cert Publishers'
    $privilegedPrimaryGroups = 498, 512, 516, 517, 518, 519, 520, 521, 526, 527
    $notAPerson = 0x800 -bor 0x1000 -bor 0x2000    # trust, workstation and server accounts

    if (Get-AttributeValue -Entity $Entity -Name 'isCriticalSystemObject') { return 'it is a critical system object' }
    if ((Get-AttributeValue -Entity $Entity -Name 'adminCount') -eq 1) { return 'adminCount is 1' }

    $sid = [string] (Get-AttributeValue -Entity $Entity -Name 'objectSid')
    if ($sid -like 'S-1-5-32-*') { return 'it is built in' }
    $rid = [long] ($sid -split '-')[-1]
    if ($rid -lt 1000) { return "it is built in (RID $rid)" }

    $name = [string] (Get-AttributeValue -Entity $Entity -Name 'sAMAccountName')
    if ($privilegedNames -contains $name) { return "$name is a privileged group" }

    if ((Get-AttributeValue -Entity $Entity -Name 'userAccountControl') -band $notAPerson) {
        return 'it is the account of a computer or a trust'
    }
    if ($privilegedPrimaryGroups -contains (Get-AttributeValue -Entity $Entity -Name 'primaryGroupID')) {
        return 'its primary group is a privileged one'
    }
    foreach ($group in @(Get-AttributeValue -Entity $Entity -Name 'memberOf')) {
        if ($ServiceAccount -and (Test-LogonGroup -Group $group)) { continue }
        if ($group -like 'CN=*,CN=Builtin,DC=*') { return "it is in the built-in group $group" }
        foreach ($privileged in $privilegedNames) {
            if ($group -like "CN=$privileged,*") { return "it is in $group" }
        }
    }
}

function Test-NameTaken {
    <# Whether another object has the name already: as account 1316, group 1318, object 5010 or 8305, UPN 8648. #>
    [CmdletBinding()]
    [OutputType([bool])]
    param([Parameter(Mandatory = $true)] [System.Management.Automation.ErrorRecord] $ErrorRecord)

    $ErrorRecord.FullyQualifiedErrorId -match '^ActiveDirectoryServer:(1316|1318|5010|8305|8648)(,|$)'
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
        [AllowNull()] [object] $Guid,
        [string] $Reason,
        [System.Management.Automation.ErrorRecord] $ErrorRecord
    )

    $identity = if ($null -ne $Guid) { ([guid] $Guid).ToString() } else { $Item.guid }
    $result = [ordered]@{ id = $Item.id; guid = $identity; status = $Status; done = $Done }
    if ($Reason) { $result['reason'] = "=$Reason" }
{% include '_error.ps1' %}
    ConvertTo-Json -InputObject $result -Depth 5 -Compress
}
{% endif %}
