<#
.SYNOPSIS
    Restarts this host, once: not if it has booted since.

.DESCRIPTION
    A host that has booted since the given time is left alone and reported as unchanged, so that a run that is taken up
    again restarts no host twice. The restart begins after a delay, so that the answer arrives first; until then
    "shutdown /a" on the host takes it back. Run it with -WhatIf to see whether the host would restart.

.PARAMETER Batch
    {"count": 1, "items": [{"id": "...", "boot": "=2026-11-24T12:00:00Z", "delay": 5}]}
    Text that comes from data begins with '='. boot is the time of the boot that was seen, delay in seconds.

.OUTPUTS
    One line of JSON; data has boot, the time of the last boot.
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
# ---- What this script is for ---------------------------------------------------------------------------------------

$data = [ordered]@{ boot = $null }
try {
    $invariant = [System.Globalization.CultureInfo]::InvariantCulture
    $seen = [datetimeoffset]::Parse((ConvertFrom-MarkedText -Text $item.boot), $invariant).UtcDateTime
    $boot = (Get-CimInstance -ClassName Win32_OperatingSystem).LastBootUpTime.ToUniversalTime()
    $data['boot'] = $boot.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", $invariant)

    # Windows works the time out anew: it is never the same to the fraction.
    if ($boot -gt $seen.AddSeconds(2)) {
        ConvertTo-Result -Item $item -Status 'unchanged' -Reason "it has booted since, at $($data['boot'])" -Data $data
        return
    }
    if (-not $PSCmdlet.ShouldProcess($env:COMPUTERNAME, 'Restart')) {
        ConvertTo-Result -Item $item -Status 'skipped' -Data $data
        return
    }
    # Planned, of an application (4:2): what the event log keeps as the reason.
    $restart = @{
        FilePath     = "$env:SystemRoot\System32\shutdown.exe"
        ArgumentList = '/r', '/t', $item.delay, '/d', 'p:4:2', '/c', 'jcad'
        PassThru     = $true
        Wait         = $true
        NoNewWindow  = $true
    }
    $exitCode = (Start-Process @restart).ExitCode
    if ($exitCode -eq 1115 -or $exitCode -eq 1190) {
        ConvertTo-Result -Item $item -Status 'unchanged' -Reason 'it is about to restart already' -Data $data
        return
    }
    if ($exitCode -ne 0) {
        $message = "shutdown.exe ended with $exitCode."
        throw (New-Failure -Id 'RestartRefused' -Category ResourceUnavailable -Message $message -Code $exitCode)
    }
    ConvertTo-Result -Item $item -Status 'changed' -Done 'restart' -Data $data
}
catch {
    ConvertTo-Result -Item $item -Status 'failed' -Data $data -ErrorRecord $_
}
