function Find-Service {
    <# A service by its name; nothing where there is none. #>
    [CmdletBinding()]
    param([Parameter(Mandatory = $true)] [string] $Name)

    # Not all of them: newer Windows has services that even an administrator may not look at.
    $pattern = [System.Management.Automation.WildcardPattern]::Escape($Name)
    Get-Service -Name $pattern -ErrorAction SilentlyContinue
}

function Get-ServiceState {
    <# The state of a service as text; nothing where there is none. #>
    [CmdletBinding()]
    [OutputType([string])]
    param([Parameter(Mandatory = $true)] [string] $Name)

    $service = Find-Service -Name $Name
    if ($null -ne $service) { $service.Status.ToString() }
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

function Get-ServiceExitCode {
    <# The code with which a service ended. #>
    [CmdletBinding()]
    [OutputType([long])]
    param([Parameter(Mandatory = $true)] [string] $Name)

    $quoted = $Name.Replace('\', '\\').Replace("'", "\'")
    (Get-CimInstance -ClassName Win32_Service -Filter "Name = '$quoted'").ExitCode
}

function Set-ServiceState {
    <# Starts or stops a service and waits until it is so. The cmdlets would wait without end, and lose the error code. #>
    [CmdletBinding()]
    param(
        [Parameter(Mandatory = $true)] [string] $Name,
        [Parameter(Mandatory = $true)] [ValidateSet('Running', 'Stopped')] [string] $State,
        [Parameter(Mandatory = $true)] [timespan] $Timeout
    )

    $verb = if ($State -eq 'Running') { 'start' } else { 'stop' }
    $service = Get-Service -Name $Name
    $clock = [System.Diagnostics.Stopwatch]::StartNew()
    $code = 0
    try {
        if ($State -eq 'Running' -and $service.Status -eq 'StopPending') {
            $service.WaitForStatus('Stopped', $Timeout)
        }
        if ($State -eq 'Running' -and $service.Status -eq 'Stopped') { $service.Start() }
        if ($State -eq 'Stopped' -and @('Stopped', 'StopPending') -notcontains $service.Status) { $service.Stop() }
    }
    catch {
        $code = Get-Win32Code -Exception $_.Exception
        if ($code -eq 0) { throw }
    }
    while ($true) {
        $service.Refresh()
        if ($service.Status -eq $State) { return }
        # It began to start, and ended.
        if ($code -eq 0 -and $State -eq 'Running' -and $service.Status -eq 'Stopped') {
            $code = Get-ServiceExitCode -Name $Name
        }
        if ($code -ne 0) {
            $message = "The service $Name did not $verb (error $code): it is $($service.Status)."
            throw (New-Failure -Id 'ServiceState' -Category ResourceUnavailable -Message $message -Code $code)
        }
        if ($clock.Elapsed -ge $Timeout) {
            $message = "The service $Name did not $verb within $($Timeout.TotalSeconds) seconds: it is $($service.Status)."
            throw (New-Failure -Id 'ServiceTimedOut' -Category OperationTimeout -Message $message)
        }
        Start-Sleep -Milliseconds 200
    }
}

