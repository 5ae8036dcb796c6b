<#
.SYNOPSIS
    Starts, stops or restarts an agent's service, and waits until it is so.

.DESCRIPTION
    A service that is in the wanted state already is unchanged; a restart always stops and starts. Where the service
    does not come into the state, the last line of the agent's log that tells of an error is in the data, without
    secrets. Failures are told by their id: ServiceMissing, ServiceTimedOut, ServiceState (with Windows' error code: 1058
    disabled, 1067 ended at once, 1069 its own logon failed). Run it with -WhatIf to see the state, and change nothing.

.PARAMETER Batch
    {"count": 1, "items": [{"id": "...", "service": "=...", "action": "=start", "timeout": 60, "log": "=..."}]}
    Text that comes from data begins with '='. The action is start, stop or restart, the timeout in seconds; the log may
    be null.

.OUTPUTS
    One line of JSON; data has state (Running, Stopped ...; null where there is no such service) and lastError.
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
{% include '_service.ps1' %}
{% include '_agent-log.ps1' %}
# ---- What this script is for ---------------------------------------------------------------------------------------

$data = [ordered]@{ state = $null; lastError = $null }
$done = [System.Collections.Generic.List[string]]::new()
$log = $null
$since = 0
try {
    $name = ConvertFrom-MarkedText -Text $item.service
    $action = ConvertFrom-MarkedText -Text $item.action
    $log = ConvertFrom-MarkedText -Text $item.log
    $timeout = [timespan]::FromSeconds($item.timeout)
    if (@('start', 'stop', 'restart') -cnotcontains $action) {
        throw (New-Failure -Id 'ActionUnknown' -Category InvalidArgument -Message "'$action' is no action.")
    }
    $service = Find-Service -Name $name
    if ($null -eq $service) {
        throw (New-Failure -Id 'ServiceMissing' -Category ObjectNotFound -Message "There is no service $name.")
    }
    $data['state'] = $service.Status.ToString()
    $wanted = if ($action -ceq 'stop') { 'Stopped' } else { 'Running' }
    if ($action -cne 'restart' -and $service.Status -eq $wanted) {
        ConvertTo-Result -Item $item -Status 'unchanged' -Data $data
        return
    }
    if (-not $PSCmdlet.ShouldProcess($name, "Service: $action")) {
        ConvertTo-Result -Item $item -Status 'skipped' -Data $data
        return
    }
    $since = Get-FileLength -Path $log
    if ($action -cne 'start' -and $service.Status -ne 'Stopped') {
        Set-ServiceState -Name $name -State 'Stopped' -Timeout $timeout
        $done.Add('stopped')
    }
    if ($action -cne 'stop') {
        Set-ServiceState -Name $name -State 'Running' -Timeout $timeout
        $done.Add('started')
    }
    $data['state'] = $wanted
    ConvertTo-Result -Item $item -Status 'changed' -Done $done -Data $data
}
catch {
    $failure = $_
    if ($null -ne $data['state']) {
        $data['state'] = Get-ServiceState -Name $name
        try {
            $data['lastError'] = Get-LastErrorLine -Path $log -Since $since
        }
        catch {
            $data['lastError'] = "(its log cannot be read: $($_.FullyQualifiedErrorId))"
        }
    }
    ConvertTo-Result -Item $item -Status 'failed' -Done $done -Data $data -ErrorRecord $failure
}
