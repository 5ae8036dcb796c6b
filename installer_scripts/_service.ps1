function Find-Service {
    <# A service by its name; nothing where there is none. #>
    [CmdletBinding()]
    param([Parameter(Mandatory = $true)] [string] $Name)

    Get-Service | Where-Object { $_.Name -eq $Name }
}

function Get-Win32Code {
    <# The Win32 error inside an exception, or 0. #>
    [CmdletBinding()]
    [OutputType([int])]
    param([Parameter(Mandatory = $true)] [System.Exception] $Exception)

    for ($inner = $Exception; $null -ne $inner; $inner = $inner.InnerException) {
        if ($inner -is [System.ComponentModel.Win32Exception]) { return $inner.NativeErrorCode }
    }
    0
}

function Set-ServiceState {
    <# Starts or stops a service and waits until it is so. The cmdlets would wait without end, and keep the error code. #>
    [CmdletBinding()]
    param(
        [Parameter(Mandatory = $true)] [string] $Name,
        [Parameter(Mandatory = $true)] [ValidateSet('Running', 'Stopped')] [string] $State,
        [Parameter(Mandatory = $true)] [timespan] $Timeout
    )

    $service = Get-Service -Name $Name
    $verb = if ($State -eq 'Running') { 'start' } else { 'stop' }
    try {
        if ($service.Status -eq $State) { return }
        if ($State -eq 'Running' -and $service.Status -ne 'StartPending') { $service.Start() }
        if ($State -eq 'Stopped' -and $service.Status -ne 'StopPending') { $service.Stop() }
        $service.WaitForStatus($State, $Timeout)
    }
    catch {
        $service.Refresh()
        $code = Get-Win32Code -Exception $_.Exception
        if ($code -eq 0) {
            $message = "The service $Name did not $verb within $($Timeout.TotalSeconds) seconds: it is $($service.Status)."
            throw (New-Failure -Id 'ServiceTimedOut' -Category OperationTimeout -Message $message)
        }
        $message = "The service $Name did not $verb (error $code): it is $($service.Status)."
        throw (New-Failure -Id 'ServiceState' -Category ResourceUnavailable -Message $message -Code $code)
    }
}

