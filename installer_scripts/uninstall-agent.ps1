<#
.SYNOPSIS
    Removes an agent from this host, and waits until its service and its product are gone.

.DESCRIPTION
    By the product code with msiexec.exe, or by the uninstall command that the product left in the registry. It runs in a
    scheduled task that exists only as long, as an account that is logged on with its password. A product that is not
    there is unchanged (also where Windows Installer says so: 1605). The log is kept, after the secrets in it were
    overwritten. Where a restart is needed, service and product may stay until then.

    Failures are told by their id: UninstallUnknown, ProductCodeInvalid, TaskAlreadyRunning, TaskRefused, NotStarted, TimedOut,
    ExitCode, StillThere. Run it with -WhatIf to see whether there is something to remove.

.PARAMETER Batch
    {"count": 1, "items": [{"id": "...", "service": "=...", "productCode": "={...}", "uninstall": "=...", "runAs": "=...",
    "timeout": 600, "log": "=..."}]}
    Text that comes from data begins with '='. productCode and uninstall may be null, but not both, and log too. The
    timeout is in seconds.

.PARAMETER Secret
    The password of the account that runs the uninstallation.

.OUTPUTS
    One line of JSON; data has exitCode (null if nothing was run), rebootRequired and log (its end).
#>
[CmdletBinding(SupportsShouldProcess = $true, ConfirmImpact = 'Medium')]
[OutputType([string])]
param(
    [Parameter(Mandatory = $true)]
    [ValidateNotNullOrEmpty()]
    [string] $Batch,

    [Parameter(Mandatory = $true)]
    [securestring[]] $Secret
)

Set-StrictMode -Version 3.0
$ErrorActionPreference = 'Stop'

{% include '_host.ps1' %}
{% include '_failure.ps1' %}
{% include '_arguments.ps1' %}
{% include '_task.ps1' %}
{% include '_log.ps1' %}
{% include '_service.ps1' %}
function Get-UninstallEntry {
    <# What the registry knows of a product: by its code, or by its uninstall command. #>
    [CmdletBinding()]
    param([AllowNull()] [AllowEmptyString()] [string] $ProductCode, [AllowNull()] [AllowEmptyString()] [string] $Uninstall)

    foreach ($view in 'HKLM:\SOFTWARE', 'HKLM:\SOFTWARE\WOW6432Node') {
        $all = "$view\Microsoft\Windows\CurrentVersion\Uninstall"
        if ($ProductCode) {
            $key = "$all\$ProductCode"
            if (Test-Path -LiteralPath $key) { Get-Item -LiteralPath $key }
            continue
        }
        if (-not (Test-Path -LiteralPath $all)) { continue }
        foreach ($key in Get-ChildItem -LiteralPath $all) {
            $entry = Get-ItemProperty -LiteralPath "$all\$($key.PSChildName)"
            if ($null -eq $entry) { continue }
            foreach ($kind in 'QuietUninstallString', 'UninstallString') {
                $command = $entry.PSObject.Properties[$kind]
                if ($null -ne $command -and $command.Value -eq $Uninstall) { $entry }
            }
        }
    }
}

function Split-UninstallCommand {
    <# The program and the arguments of an uninstall command. One without quotes ends at its .exe. #>
    [CmdletBinding()]
    [OutputType([string[]])]
    param([Parameter(Mandatory = $true)] [string] $Command)

    if ($Command -match '^\s*"([^"]+)"\s*(.*)$' -or $Command -match '^\s*(.+?\.exe)(?:\s+(.*))?$') {
        $rest = if ($Matches.ContainsKey(2)) { $Matches[2] } else { '' }
        return $Matches[1], $rest
    }
    throw (New-Failure -Id 'UninstallUnknown' -Category InvalidArgument -Message "'$Command' names no program.")
}

function Test-AgentThere {
    <# Whether anything of the agent is still there: its service or its product. #>
    [CmdletBinding()]
    [OutputType([bool])]
    param(
        [AllowNull()] [AllowEmptyString()] [string] $Service,
        [AllowNull()] [AllowEmptyString()] [string] $ProductCode,
        [AllowNull()] [AllowEmptyString()] [string] $Uninstall
    )

    # What broke off before its service was made has none.
    if ($Service -and $null -ne (Find-Service -Name $Service)) { return $true }
    $null -ne (Get-UninstallEntry -ProductCode $ProductCode -Uninstall $Uninstall)
}

# ---- What this script is for ---------------------------------------------------------------------------------------

$data = [ordered]@{ exitCode = $null; rebootRequired = $false; log = $null }
$done = [System.Collections.Generic.List[string]]::new()
try {
    $log = ConvertFrom-MarkedText -Text $item.log
    $timeout = [timespan]::FromSeconds($item.timeout)
    $agent = @{
        Service     = ConvertFrom-MarkedText -Text $item.service
        ProductCode = ConvertFrom-MarkedText -Text $item.productCode
        Uninstall   = ConvertFrom-MarkedText -Text $item.uninstall
    }
    # An uninstall command of Windows Installer's own would ask in a window, and is often the one to configure (/I).
    if (-not $agent.ProductCode -and $agent.Uninstall -match '^\s*"?[^"]*msiexec(?:\.exe)?"?\s+/[IX]\s*"?(\{[^}]+\})') {
        $agent.ProductCode = $Matches[1]
    }
    if ($agent.ProductCode -and $agent.ProductCode -notmatch '^\{[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}\}$') {
        $message = "'$($agent.ProductCode)' is no product code."
        throw (New-Failure -Id 'ProductCodeInvalid' -Category InvalidArgument -Message $message)
    }
    if (-not $agent.ProductCode -and -not $agent.Uninstall) {
        $message = 'There is neither a product code nor an uninstall command.'
        throw (New-Failure -Id 'UninstallUnknown' -Category InvalidArgument -Message $message)
    }
    if (-not (Test-AgentThere @agent)) {
        ConvertTo-Result -Item $item -Status 'unchanged' -Reason 'it is not installed' -Data $data
        return
    }
    $value = [System.Collections.Generic.Dictionary[string, string]]::new()
    if ($agent.ProductCode) {
        $execute = "$env:SystemRoot\System32\msiexec.exe"
        $template = "/x $($agent.ProductCode) /qn /norestart"
        if ($log) {
            $template += ' /l*v {log}'
            $value['log'] = $log
        }
    }
    else {
        $execute, $template = Split-UninstallCommand -Command $agent.Uninstall
    }
    if (-not $PSCmdlet.ShouldProcess($agent.Service, 'Uninstall')) {
        ConvertTo-Result -Item $item -Status 'skipped' -Data $data
        return
    }
    $clock = [System.Diagnostics.Stopwatch]::StartNew()
    $run = @{
        Execute          = $execute
        Template         = $template
        Value            = $value
        Credential       = [pscredential]::new((ConvertFrom-MarkedText -Text $item.runAs), $Secret[0])
        Timeout          = $timeout
        WindowsInstaller = [bool] $agent.ProductCode
    }
    try {
        $data['exitCode'] = Invoke-OneTimeTask @run
    }
    finally {
        $data['log'] = Get-CleanLog -Path $log -Secret $Secret
    }
    if ($data['exitCode'] -ne 1605) { Assert-ExitCode -ExitCode $data['exitCode'] -Program $execute }
    $data['rebootRequired'] = @(1641, 3010) -contains $data['exitCode']

    while ((Test-AgentThere @agent) -and -not $data['rebootRequired']) {
        if ($clock.Elapsed -ge $timeout) {
            $message = "The uninstallation ended with $($data['exitCode']), and $($agent.Service) or its product is there."
            throw (New-Failure -Id 'StillThere' -Category ResourceExists -Message $message)
        }
        Start-Sleep -Milliseconds 500
    }
    if ($data['exitCode'] -eq 1605) {
        ConvertTo-Result -Item $item -Status 'unchanged' -Reason 'Windows Installer does not know it' -Data $data
        return
    }
    $done.Add('uninstalled')
    ConvertTo-Result -Item $item -Status 'changed' -Done $done -Data $data
}
catch {
    ConvertTo-Result -Item $item -Status 'failed' -Done $done -Data $data -ErrorRecord $_
}
