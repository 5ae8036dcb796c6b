# Tasks are made by the scheduler's COM object, not by the cmdlets: where PowerShell's module logging is on, event 4103
# keeps every parameter of a cmdlet, passwords too.

function Connect-TaskFolder {
    <# The scheduler, and its root folder. #>
    [CmdletBinding()]
    param()

    $scheduler = New-Object -ComObject 'Schedule.Service'
    $null = $scheduler.Connect()
    [pscustomobject] @{ Scheduler = $scheduler; Folder = $scheduler.GetFolder('\') }
}

function Remove-StaleTask {
    <# Removes what a broken session left behind. One that still runs stops this script: two installers are one too many. #>
    [CmdletBinding()]
    param([Parameter(Mandatory = $true)] [object] $Folder)

    foreach ($task in @($Folder.GetTasks(1))) {    # hidden ones too
        if ($task.Name -notlike 'jcad-*') { continue }
        if (@(2, 4) -contains $task.State) {       # queued, running
            $message = "The scheduled task $($task.Name) of an earlier run still runs on this host."
            throw (New-Failure -Id 'TaskAlreadyRunning' -Category ResourceBusy -Message $message)
        }
        $null = $Folder.DeleteTask($task.Name, 0)
    }
}

function Wait-OneTimeTask {
    <# Waits until a task has ended, and gives its result; nothing when the time is over. #>
    [CmdletBinding()]
    [OutputType([long])]
    param(
        [Parameter(Mandatory = $true)] [object] $Folder,
        [Parameter(Mandatory = $true)] [string] $Name,
        [Parameter(Mandatory = $true)] [timespan] $Timeout
    )

    $notYet = 0x41301, 0x41303, 0x41325    # it runs, it has not run, it is queued
    $clock = [System.Diagnostics.Stopwatch]::StartNew()
    do {
        $result = [long] $Folder.GetTask($Name).LastTaskResult
        if ($notYet -notcontains $result) {
            # Exit codes have no sign.
            if ($result -lt 0) { $result += 0x100000000 }
            return $result
        }
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

    $tasks = Connect-TaskFolder
    $folder = $tasks.Folder
    Remove-StaleTask -Folder $folder

    $name = "jcad-$([guid]::NewGuid())"
    $definition = $tasks.Scheduler.NewTask(0)
    $definition.RegistrationInfo.Description = 'Runs one installation for jcad, and is removed afterwards.'
    $definition.Principal.RunLevel = 1                          # elevated
    $definition.Settings.ExecutionTimeLimit = "PT$([int] $Timeout.TotalSeconds + 60)S"
    $definition.Settings.DisallowStartIfOnBatteries = $false
    $definition.Settings.StopIfGoingOnBatteries = $false
    $definition.Settings.Priority = 5                           # not the background's 7

    # Should this session die, Windows itself removes the task after a while. The trigger lies in the past: it never fires.
    $now = [datetime]::UtcNow
    $trigger = $definition.Triggers.Create(1)
    $trigger.StartBoundary = $now.AddDays(-1).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'")
    $trigger.EndBoundary = ($now + $Timeout).AddMinutes(10).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'")
    $definition.Settings.StartWhenAvailable = $false
    $definition.Settings.DeleteExpiredTaskAfter = 'PT0S'

    $action = $definition.Actions.Create(0)
    $action.Path = $Execute
    $known = [System.Collections.Generic.Dictionary[string, string]]::new()
    $registered = $false
    try {
        foreach ($key in @($Value.Keys)) { $known[$key] = $Value[$key] }
        for ($index = 0; $index -lt $SecretName.Count; $index++) {
            $known[$SecretName[$index]] = [System.Net.NetworkCredential]::new('', $Secret[$index]).Password
        }
        $action.Arguments = ConvertTo-ArgumentLine -Template $Template -Value $known -WindowsInstaller:$WindowsInstaller
        try {
            # Create it (2), with password logon (1).
            $password = $Credential.GetNetworkCredential().Password
            $null = $folder.RegisterTaskDefinition($name, $definition, 2, $Credential.UserName, $password, 1, $null)
            $registered = $true
        }
        catch {
            # Windows' message may quote the task: the code is enough.
            $code = $_.Exception.GetBaseException().HResult
            $message = "Windows refused the task of $($Credential.UserName): 0x$($code.ToString('x8'))."
            throw (New-Failure -Id 'TaskRefused' -Category SecurityError -Message $message -Code $code)
        }
        finally {
            $password = $action = $definition = $null
            $known.Clear()
        }

        $null = $folder.GetTask($name).Run($null)
        $result = Wait-OneTimeTask -Folder $folder -Name $name -Timeout $Timeout
        if ($null -eq $result) {
            $null = $folder.GetTask($name).Stop(0)
            $message = "The program did not end within $($Timeout.TotalSeconds) seconds, and was stopped."
            throw (New-Failure -Id 'TimedOut' -Category OperationTimeout -Message $message)
        }
        $result
    }
    finally {
        if ($registered) { $null = $folder.DeleteTask($name, 0) }
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

