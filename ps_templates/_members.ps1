# ---- What the membership scripts are for ---------------------------------------------------------------------------

function Test-RefusedForAll {
    <# Whether every member would meet this refusal, so that it is of no use to try them one by one. #>
    [CmdletBinding()]
    [OutputType([bool])]
    param([Parameter(Mandatory = $true)] [System.Management.Automation.ErrorRecord] $ErrorRecord)

    if ($ErrorRecord.FullyQualifiedErrorId -match '^ActiveDirectoryServer:(5|1355|1722|8344)(,|$)') { return $true }
    $ErrorRecord.CategoryInfo.Category.ToString() -in @('PermissionDenied', 'ResourceUnavailable', 'SecurityError')
}

function Update-Membership {
    <#
        Writes members with one call, and tells of each. One bad member fails the whole call, so a refused chunk is
        halved until the bad member stands alone.
    #>
    [CmdletBinding(SupportsShouldProcess = $true)]
    [OutputType([string])]
    param(
        [Parameter(Mandatory = $true)] [object] $Group,
        [Parameter(Mandatory = $true)] [object[]] $Member,
        [Parameter(Mandatory = $true)] [string] $Server
    )

{% if adding %}
    if (-not $PSCmdlet.ShouldProcess($Group.DistinguishedName, "Add $($Member.Count) members")) {
{% else %}
    if (-not $PSCmdlet.ShouldProcess($Group.DistinguishedName, "Remove $($Member.Count) members")) {
{% endif %}
        foreach ($item in $Member) { ConvertTo-Result -Item $item -Status 'skipped' }
        return
    }
    $call = @{
        Identity = $Group.ObjectGUID
        Members  = @($Member | ForEach-Object { $_.guid })
        Server   = $Server
        Confirm  = $false
    }
    try {
{% if adding %}
        Add-ADGroupMember @call
{% else %}
        Remove-ADGroupMember @call
{% endif %}
        foreach ($item in $Member) { ConvertTo-Result -Item $item -Status 'changed' -Done 'member' }
    }
    catch {
        if ($Member.Count -eq 1 -or (Test-RefusedForAll -ErrorRecord $_)) {
            foreach ($item in $Member) { ConvertTo-Result -Item $item -Status 'failed' -ErrorRecord $_ }
            return
        }
        $half = [int] [System.Math]::Floor($Member.Count / 2)
        Update-Membership -Group $Group -Member $Member[0..($half - 1)] -Server $Server
        Update-Membership -Group $Group -Member $Member[$half..($Member.Count - 1)] -Server $Server
    }
}

foreach ($entry in @(ConvertFrom-Batch -Json $Batch)) {
    $members = @($entry.members | Where-Object { $null -ne $_ })
    if ($members.Count -ne $entry.count) {
        throw [System.IO.InvalidDataException]::new("The batch holds $($members.Count) of $($entry.count) members.")
    }

    try {
        $group = Get-ADGroup -Identity $entry.guid -Server $Server -Properties $protectionProperties
        $groupRid = [long] (([string] $group.SID) -split '-')[-1]
        $protection = Get-Protection -Entity $group
    }
    catch {
        foreach ($item in $members) { ConvertTo-Result -Item $item -Status 'failed' -ErrorRecord $_ }
        continue
    }
    if ($protection) {
        foreach ($item in $members) { ConvertTo-Result -Item $item -Status 'conflict' -Reason "the group: $protection" }
        continue
    }

    $chunk = [System.Collections.Generic.List[object]]::new()
    foreach ($item in $members) {
        try {
            $member = Get-ADObject -Identity $item.guid -Server $Server -Properties $protectionProperties
            $isPrimary = (Get-AttributeValue -Entity $member -Name 'primaryGroupID') -eq $groupRid
            $isMember = @(Get-AttributeValue -Entity $member -Name 'memberOf') -contains $group.DistinguishedName
{% if adding %}
            if ($isMember -or $isPrimary) {
                ConvertTo-Result -Item $item -Status 'unchanged'
                continue
            }
{% else %}
            if ($isPrimary) {
                ConvertTo-Result -Item $item -Status 'conflict' -Reason "it is the member's primary group"
                continue
            }
            if (-not $isMember) {
                ConvertTo-Result -Item $item -Status 'unchanged'
                continue
            }
{% endif %}
            $protection = Get-Protection -Entity $member
            if ($protection) {
                ConvertTo-Result -Item $item -Status 'conflict' -Reason "the member: $protection"
                continue
            }
            $chunk.Add($item)
        }
        catch {
            ConvertTo-Result -Item $item -Status 'failed' -ErrorRecord $_
        }
    }
    if ($chunk.Count -gt 0) {
        Update-Membership -Group $group -Member $chunk.ToArray() -Server $Server
    }
}
