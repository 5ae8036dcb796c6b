<#
.SYNOPSIS
    Grants and takes back rights on containers of Active Directory, one batch at a time.

.DESCRIPTION
    Each container is found by its objectGUID. Only its discretionary access control list is read and written, never its
    owner and never its auditing, and it is written once, with all that is granted and taken back.

    A container whose explicit rules are not those that the change was planned from is left alone and reported as a
    conflict; so is one whose list is not in canonical order, since .NET refuses to change it. A rule is taken back only
    where it is there exactly as it was read (RemoveAccessRuleSpecific: RemoveAccessRule takes nothing back where a
    wider rule of the same trustee is in reach). Rules of trustees that the item does not name are never touched.

    After the write the list is read again. What is there that was not there before is reported as '+rule', what has
    gone as '-rule', so that exactly that can be undone: adding a rule may widen one that is there instead.

    One container's failure never stops the others. Run it with -WhatIf to see whether the containers can be found and
    are as they were, and change nothing.

.PARAMETER Batch
    {"count": n, "items": [{"id": "...", "guid": "...", "expected": {"descriptor": "=<base64>" or null},
        "add": [{"trustee": "=<SID>", "rights": 256, "objectType": "=<GUID>" or null, "inheritance": 2,
            "inheritedObjectType": "=<GUID>" or null, "deny": false}, ...], "remove": [the same]}, ...]}
    Text that comes from data begins with '='. Instead of a SID, a trustee may be 'guid:<objectGUID of an account>'.

.PARAMETER Server
    The domain controller that is read and written.

.PARAMETER Credential
    The account that reads and writes, where it is not the one that opened the session.

.OUTPUTS
    One line of JSON per container, as soon as it is done.
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

function Open-Container {
    <# A container as a DirectoryEntry that reads and writes its access control list, and no other part. #>
    [CmdletBinding()]
    [OutputType([System.DirectoryServices.DirectoryEntry])]
    param([Parameter(Mandatory = $true)] [string] $Guid)

    $user = $null
    $password = $null
    if ($Credential) {
        $user = $Credential.UserName
        $password = $Credential.GetNetworkCredential().Password
    }
    $protected = [System.DirectoryServices.AuthenticationTypes] 'Secure, Signing, Sealing'
    $path = "LDAP://$Server/<GUID=$Guid>"
    $entry = [System.DirectoryServices.DirectoryEntry]::new($path, $user, $password, $protected)
    $entry.Options.SecurityMasks = [System.DirectoryServices.SecurityMasks]::Dacl
    $entry
}

function ConvertTo-RuleText {
    <# A rule as one text, by which it is compared: trustee, kind, rights, object type, inheritance, inherited type. #>
    [CmdletBinding()]
    [OutputType([string])]
    param([Parameter(Mandatory = $true)] [object] $Rule)

    @(
        $Rule.IdentityReference.Value
        [string] $Rule.AccessControlType
        [int] $Rule.ActiveDirectoryRights
        $Rule.ObjectType.ToString()
        [string] $Rule.InheritanceType
        $Rule.InheritedObjectType.ToString()
    ) -join ';'
}

function Get-ExplicitRule {
    <# The explicit rules of an access control list, each as one text. #>
    [CmdletBinding()]
    [OutputType([string])]
    param([Parameter(Mandatory = $true)] [object] $Security)

    foreach ($rule in $Security.GetAccessRules($true, $false, [System.Security.Principal.SecurityIdentifier])) {
        ConvertTo-RuleText -Rule $rule
    }
}

function Resolve-Trustee {
    <# The SID of a trustee, which is named by it, or by the objectGUID of an account that has just been made. #>
    [CmdletBinding()]
    [OutputType([System.Security.Principal.SecurityIdentifier])]
    param([Parameter(Mandatory = $true)] [string] $Trustee)

    $sid = $Trustee
    if ($Trustee -like 'guid:*') {
        $account = Get-ADObject -Identity $Trustee.Substring(5) -Server $Server -Properties 'objectSid'
        $sid = [string] $account.objectSid
    }
    [System.Security.Principal.SecurityIdentifier]::new($sid)
}

function ConvertTo-Rule {
    <# A rule of an item as System.DirectoryServices has it. #>
    [CmdletBinding()]
    [OutputType([System.DirectoryServices.ActiveDirectoryAccessRule])]
    param([Parameter(Mandatory = $true)] [object] $Entry)

    $objectType = ConvertFrom-MarkedText -Text $Entry.objectType
    $inheritedObjectType = ConvertFrom-MarkedText -Text $Entry.inheritedObjectType
    $kind = if ($Entry.deny) { 'Deny' } else { 'Allow' }
    [System.DirectoryServices.ActiveDirectoryAccessRule]::new(
        (Resolve-Trustee -Trustee (ConvertFrom-MarkedText -Text $Entry.trustee)),
        [System.DirectoryServices.ActiveDirectoryRights] [int] $Entry.rights,
        [System.Security.AccessControl.AccessControlType] $kind,
        $(if ($objectType) { [guid] $objectType } else { [guid]::Empty }),
        [System.DirectoryServices.ActiveDirectorySecurityInheritance] [int] $Entry.inheritance,
        $(if ($inheritedObjectType) { [guid] $inheritedObjectType } else { [guid]::Empty })
    )
}

function Get-ContainerObstacle {
    <# Why the permissions of an object are never written, or nothing. #>
    [CmdletBinding()]
    [OutputType([string])]
    param([Parameter(Mandatory = $true)] [string] $Guid)

    $container = Get-ADObject -Identity $Guid -Server $Server -Properties 'objectClass', 'adminCount'
    $classes = 'container', 'organizationalUnit', 'domainDNS', 'msDS-PasswordSettingsContainer'
    if ($classes -notcontains $container.ObjectClass) {
        return "it is a $($container.ObjectClass), and no container"
    }
    foreach ($name in 'CN=AdminSDHolder,CN=System,DC=', 'OU=Domain Controllers,DC=') {
        if ($container.DistinguishedName -like "$name*") { return "it is $($container.DistinguishedName)" }
    }
}

function Get-Change {
    <# How a list of explicit rules differs from another: nothing, or what has come ('+') and what has gone ('-'). #>
    [CmdletBinding()]
    [OutputType([string])]
    param([string[]] $Before = @(), [string[]] $After = @())

    $old = [System.Collections.Generic.HashSet[string]]::new([string[]] $Before)
    $new = [System.Collections.Generic.HashSet[string]]::new([string[]] $After)
    foreach ($rule in $After) { if (-not $old.Contains($rule)) { "+$rule" } }
    foreach ($rule in $Before) { if (-not $new.Contains($rule)) { "-$rule" } }
}

function Get-Obstacle {
    <# Why a list is not changed, or nothing: it is not what was planned from, or not in canonical order. #>
    [CmdletBinding()]
    [OutputType([string])]
    param(
        [Parameter(Mandatory = $true)] [object] $Security,
        [AllowNull()] [AllowEmptyString()] [string] $Planned
    )

    if (-not $Security.AreAccessRulesCanonical) {
        return 'its access control list is not in canonical order, so .NET refuses to change it'
    }
    if (-not $Planned) { return }
    # The planned descriptor is read by the same class, which merges some rules already when it reads them.
    $expected = [System.DirectoryServices.ActiveDirectorySecurity]::new()
    $expected.SetSecurityDescriptorBinaryForm([System.Convert]::FromBase64String($Planned))
    $plannedRules = @(Get-ExplicitRule -Security $expected)
    $change = @(Get-Change -Before $plannedRules -After @(Get-ExplicitRule -Security $Security))
    if ($change.Count -gt 0) { return "its permissions have changed since the plan was made: $($change[0])" }
    if ($Security.AreAccessRulesProtected -ne $expected.AreAccessRulesProtected) {
        return 'its inheritance was switched since the plan was made'
    }
}

foreach ($item in @(ConvertFrom-Batch -Json $Batch)) {
    $entry = $null
    try {
        $obstacle = Get-ContainerObstacle -Guid $item.guid
        if ($obstacle) {
            ConvertTo-Result -Item $item -Status 'conflict' -Reason $obstacle
            continue
        }
        $entry = Open-Container -Guid $item.guid
        $security = $entry.ObjectSecurity
        $before = @(Get-ExplicitRule -Security $security)
        $additions = @(foreach ($one in @($item.add)) { if ($null -ne $one) { ConvertTo-Rule -Entry $one } })
        $removals = @(foreach ($one in @($item.remove)) { if ($null -ne $one) { ConvertTo-Rule -Entry $one } })

        $removable = @($removals | Where-Object { $before -ccontains (ConvertTo-RuleText -Rule $_) })
        $missing = @($additions | Where-Object { $before -cnotcontains (ConvertTo-RuleText -Rule $_) })
        if ($missing.Count -eq 0 -and $removable.Count -eq 0) {
            ConvertTo-Result -Item $item -Status 'unchanged'
            continue
        }
        $obstacle = Get-Obstacle -Security $security -Planned (ConvertFrom-MarkedText -Text $item.expected.descriptor)
        if ($obstacle) {
            ConvertTo-Result -Item $item -Status 'conflict' -Reason $obstacle
            continue
        }
        if (-not $PSCmdlet.ShouldProcess($entry.Path, 'Set permissions')) {
            ConvertTo-Result -Item $item -Status 'skipped'
            continue
        }
        foreach ($rule in $removable) { $security.RemoveAccessRuleSpecific($rule) }
        foreach ($rule in $missing) { $security.AddAccessRule($rule) }
        $entry.CommitChanges()

        $entry.Dispose()
        $entry = Open-Container -Guid $item.guid
        $done = @(Get-Change -Before $before -After @(Get-ExplicitRule -Security $entry.ObjectSecurity))
        ConvertTo-Result -Item $item -Status 'changed' -Done $done
    }
    catch {
        ConvertTo-Result -Item $item -Status 'failed' -ErrorRecord $_
    }
    finally {
        if ($null -ne $entry) { $entry.Dispose() }
    }
}
