function Remove-StaleTask {
    <# Removes what a broken session left behind. One that still runs stops this script: two installers are one too many. #>
    [CmdletBinding()]
    param()

    foreach ($task in @(Get-ScheduledTask -TaskName 'jcad-*' -TaskPath '\')) {
        if ($task.State -eq 'Running' -or $task.State -eq 'Queued') {
            $message = "The scheduled task $($task.TaskName) of an earlier run still runs on this host."
            throw (New-Failure -Id 'TaskAlreadyRunning' -Category ResourceBusy -Message $message)
        }
        Unregister-ScheduledTask -TaskName $task.TaskName -TaskPath '\' -Confirm:$false
    }
}

function Wait-OneTimeTask {
    <# Waits until a task has ended, and gives its result; nothing when the time is over. #>
    [CmdletBinding()]
    [OutputType([long])]
    param(
        [Parameter(Mandatory = $true)] [string] $Name,
        [Parameter(Mandatory = $true)] [timespan] $Timeout
    )

    $notYet = 0x41301, 0x41303, 0x41325    # it runs, it has not run, it is queued
    $clock = [System.Diagnostics.Stopwatch]::StartNew()
    do {
        $result = [long] (Get-ScheduledTaskInfo -TaskName $Name -TaskPath '\').LastTaskResult
        if ($notYet -notcontains $result) { return $result }
        Start-Sleep -Milliseconds 200
    } while ($clock.Elapsed -lt $Timeout)
}

function Invoke-OneTimeTask {
    <#
        Runs a program as an account that is logged on with its password, waits for its end and gives the exit code. A
        scheduled task does it: a session of WinRM has the user's key store closed, and what it starts ends with it. The
        password is tried once. Nothing stays behind. A secret in the arguments can be seen, while the program runs, in
        the task, in the list of processes and, where process creation is audited, in event 4688.
    #>
    [CmdletBinding()]
    [OutputType([long])]
    param(
        [Parameter(Mandatory = $true)] [string] $Execute,
        [Parameter(Mandatory = $true)] [AllowEmptyString()] [string] $Template,
        [Parameter(Mandatory = $true)] [System.Collections.IDictionary] $Value,
        [string[]] $SecretName = @(),
        [securestring[]] $Secret = @(),
        [Parameter(Mandatory = $true)] [pscredential] $Credential,
        [Parameter(Mandatory = $true)] [timespan] $Timeout,
        [switch] $WindowsInstaller
    )

    Remove-StaleTask
    $name = "jcad-$([guid]::NewGuid())"
    $limits = @{
        ExecutionTimeLimit         = $Timeout + [timespan]::FromMinutes(1)    # should this session die
        AllowStartIfOnBatteries    = $true
        DontStopIfGoingOnBatteries = $true
        Priority                   = 5                                        # not the background's 7
    }
    $settings = New-ScheduledTaskSettingsSet @limits
    $known = [System.Collections.Generic.Dictionary[string, string]]::new()
    $registered = $false
    try {
        foreach ($key in @($Value.Keys)) { $known[$key] = $Value[$key] }
        for ($index = 0; $index -lt $SecretName.Count; $index++) {
            $known[$SecretName[$index]] = [System.Net.NetworkCredential]::new('', $Secret[$index]).Password
        }
        $line = ConvertTo-ArgumentLine -Template $Template -Value $known -WindowsInstaller:$WindowsInstaller
        $action = if ($line) {
            New-ScheduledTaskAction -Execute $Execute -Argument $line
        }
        else {
            New-ScheduledTaskAction -Execute $Execute
        }
        $task = @{
            TaskName = $name
            TaskPath = '\'
            Action   = $action
            Settings = $settings
            User     = $Credential.UserName
            Password = $Credential.GetNetworkCredential().Password
            RunLevel = 'Highest'
        }
        $null = Register-ScheduledTask @task
        $registered = $true
        $known.Clear()
        $line = $action = $task = $null

        Start-ScheduledTask -TaskName $name -TaskPath '\'
        $result = Wait-OneTimeTask -Name $name -Timeout $Timeout
        if ($null -eq $result) {
            Stop-ScheduledTask -TaskName $name -TaskPath '\'
            $message = "The program did not end within $($Timeout.TotalSeconds) seconds, and was stopped."
            throw (New-Failure -Id 'TimedOut' -Category OperationTimeout -Message $message)
        }
        $result
    }
    finally {
        $known.Clear()
        $line = $action = $task = $null
        if ($registered) { Unregister-ScheduledTask -TaskName $name -TaskPath '\' -Confirm:$false }
    }
}

function Assert-ExitCode {
    <#
        Throws unless an exit code means success: 0, and 1641 and 3010 where a restart is needed. A code with the highest
        bit set is Windows' own, and says why the program was not even started.
    #>
    [CmdletBinding()]
    param(
        [Parameter(Mandatory = $true)] [long] $ExitCode,
        [Parameter(Mandatory = $true)] [string] $Program
    )

    if (@(0, 1641, 3010) -contains $ExitCode) { return }
    if ($ExitCode -ge 0x80000000L) {
        $message = "Windows did not run ${Program}: 0x$($ExitCode.ToString('x8'))."
        throw (New-Failure -Id 'NotStarted' -Category NotSpecified -Message $message -Code $ExitCode)
    }
    throw (New-Failure -Id 'ExitCode' -Message "$Program ended with $ExitCode." -Code $ExitCode)
}

