<#
.SYNOPSIS
    Removes a file from the staging folder of this host, what attempts to send it left, and the folder when it is empty.

.DESCRIPTION
    Nothing else is ever removed: the name is that of a plain file, and the folder is one that administrators and SYSTEM
    alone may use. Without a name the folder is removed if nothing is in it.

.PARAMETER Batch
    {"count": 1, "items": [{"id": "...", "folder": "=...", "name": "=..." or null}]}
    Text that comes from data begins with '='.

.OUTPUTS
    One line of JSON; data has removed (the names of the files).
#>
[CmdletBinding(SupportsShouldProcess = $true, ConfirmImpact = 'Medium')]
[OutputType([string])]
param(
    [Parameter(Mandatory = $true)]
    [ValidateNotNullOrEmpty()]
    [string] $Batch
)

Set-StrictMode -Version 3.0
$ErrorActionPreference = 'Stop'

{% include '_host.ps1' %}
{% include '_failure.ps1' %}
{% include '_staging.ps1' %}
# ---- What this script is for ---------------------------------------------------------------------------------------

$done = @()
$data = [ordered]@{ removed = @() }
try {
    $folder = ConvertFrom-MarkedText -Text $item.folder
    Assert-StagingPath -Folder $folder
    if (-not [System.IO.Directory]::Exists($folder)) {
        ConvertTo-Result -Item $item -Status 'unchanged' -Data $data
        return
    }
    Assert-StagingFolder -Folder $folder

    $names = @()
    if ($null -ne $item.name) {
        $name = ConvertFrom-MarkedText -Text $item.name
        Assert-StagedName -Name $name
        $ours = '^' + [regex]::Escape($name) + '(\.[0-9a-f]{16}\.partial)?\z'
        $names = @(Get-ChildItem -LiteralPath $folder -File -Force | Where-Object { $_.Name -match $ours } |
            ForEach-Object { $_.Name })
    }
    if (-not $PSCmdlet.ShouldProcess("$folder ($($names -join ', '))", 'Remove files')) {
        ConvertTo-Result -Item $item -Status 'skipped' -Data $data
        return
    }
    foreach ($one in $names) {
        Remove-Item -LiteralPath "$folder\$one" -Force -Confirm:$false
        $data.removed += $one
    }
    if ($names.Count) { $done += 'removed' }
    if (@(Get-ChildItem -LiteralPath $folder -Force).Count -eq 0) {
        [System.IO.Directory]::Delete($folder, $false)
        $done += 'folder'
    }
    $status = if ($done.Count) { 'changed' } else { 'unchanged' }
    ConvertTo-Result -Item $item -Status $status -Done $done -Data $data
}
catch {
    ConvertTo-Result -Item $item -Status 'failed' -Done $done -Data $data -ErrorRecord (ConvertTo-FileFailure -ErrorRecord $_)
}
