<#
.SYNOPSIS
    Runs an installer on this host, as an administrator who is logged on with his password.

.DESCRIPTION
    The installer's digest, signature and signer are checked right before it runs, and from the check until its end
    nobody can change, move or replace the file. It runs in a scheduled task that exists only as long, as an account that
    is logged on with its password: agents encrypt their service account's password for that user of this machine.

    The arguments are a template: {name} becomes a value, or a secret, quoted as Windows wants it. {log} is the path of
    the log. A .msi runs by msiexec.exe. A Server Core gets /msiexec where the template has not. At the timeout the
    installer is stopped. The log is kept, after the secrets in it were overwritten.

    0, 1641 and 3010 are success. Failures are told by their id: FileMissing, HashMismatch, SignatureNotValid,
    SignerUnexpected, SecretsMissing, PlaceholderUnknown, PlaceholderMisplaced, ArgumentNotSafe, TaskAlreadyRunning,
    TaskRefused, NotStarted, TimedOut, ExitCode. The installer runs each time: whether it has to is for the caller to know.
    With -WhatIf the file is checked and nothing runs.

.PARAMETER Batch
    {"count": 1, "items": [{"id": "...", "installer": "=...", "sha256": "=...", "signer": "=...", "arguments": "=...",
    "values": [{"name": "=...", "value": "=..."}], "secretNames": ["=..."], "runAs": "=...", "timeout": 600, "log": "=..."}]}
    Text that comes from data begins with '='. The timeout is in seconds.

.PARAMETER Secret
    The password of the account that runs the installer, then the secrets in the order of secretNames.

.OUTPUTS
    One line of JSON; data has exitCode (null if the installer did not end), rebootRequired, lastResult and log (its end).
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
{% include '_verify.ps1' %}
{% include '_arguments.ps1' %}
{% include '_task.ps1' %}
{% include '_log.ps1' %}
# ---- What this script is for ---------------------------------------------------------------------------------------

$data = [ordered]@{ exitCode = $null; rebootRequired = $false; lastResult = $null; log = $null }
$done = [System.Collections.Generic.List[string]]::new()
$opened = $null
try {
    $installer = ConvertFrom-MarkedText -Text $item.installer
    $template = [string] (ConvertFrom-MarkedText -Text $item.arguments)
    $log = ConvertFrom-MarkedText -Text $item.log
    $value = ConvertFrom-Table -Row @($item.values)
    if ($log -and -not $value.ContainsKey('log')) { $value['log'] = $log }
    $secretNames = @($item.secretNames | ForEach-Object { ConvertFrom-MarkedText -Text $_ })
    if ($Secret.Count -ne $secretNames.Count + 1) {
        $message = "There are $($Secret.Count) secrets, and not one for the account and $($secretNames.Count) for names."
        throw (New-Failure -Id 'SecretsMissing' -Category InvalidArgument -Message $message)
    }
    $runAs = [pscredential]::new((ConvertFrom-MarkedText -Text $item.runAs), $Secret[0])

    $isPackage = $installer -like '*.msi'
    $execute = $installer
    if ($isPackage) {
        $execute = "$env:SystemRoot\System32\msiexec.exe"
        $template = "/i $(ConvertTo-Argument -Value $installer -WindowsInstaller) $template"
    }
    else {
        $windows = Get-ItemProperty -LiteralPath 'HKLM:\SOFTWARE\Microsoft\Windows NT\CurrentVersion'
        if ($windows.InstallationType -eq 'Server Core' -and $template -notmatch '(^|\s)[/-]msiexec(\s|$)') {
            $template = "/msiexec $template".TrimEnd()
        }
    }
    Assert-ArgumentTemplate -Template $template -Name (@($value.Keys) + $secretNames)
    # Values that cannot be passed on are found before anything else happens; secrets only when the task is made.
    $stand = [System.Collections.Generic.Dictionary[string, string]]::new($value)
    foreach ($secretName in $secretNames) { $stand[$secretName] = 'secret' }
    $null = ConvertTo-ArgumentLine -Template $template -Value $stand -WindowsInstaller:$isPackage
    Assert-FileThere -Path $installer

    # Shared for reading only: what is checked now is what runs.
    $opened = [System.IO.File]::Open($installer, 'Open', 'Read', 'Read')
    $expected = @{
        Path   = $installer
        Sha256 = ConvertFrom-MarkedText -Text $item.sha256
        Signer = ConvertFrom-MarkedText -Text $item.signer
    }
    Assert-Installer @expected -Found @{}
    $done.Add('verified')

    if (-not $PSCmdlet.ShouldProcess($env:COMPUTERNAME, "Run $installer as $($runAs.UserName)")) {
        ConvertTo-Result -Item $item -Status 'skipped' -Done $done -Data $data
        return
    }
    $run = @{
        Execute          = $execute
        Template         = $template
        Value            = $value
        SecretName       = $secretNames
        Secret           = @($Secret | Select-Object -Skip 1)
        Credential       = $runAs
        Timeout          = [timespan]::FromSeconds($item.timeout)
        WindowsInstaller = $isPackage
    }
    try {
        $data['lastResult'] = Invoke-OneTimeTask @run
    }
    finally {
        $data['log'] = Get-CleanLog -Path $log -Secret $Secret
    }
    if ($data['lastResult'] -lt 0x80000000L) { $data['exitCode'] = $data['lastResult'] }
    Assert-ExitCode -ExitCode $data['lastResult'] -Program $installer
    $done.Add('installed')
    $data['rebootRequired'] = @(1641, 3010) -contains $data['exitCode']
    ConvertTo-Result -Item $item -Status 'changed' -Done $done -Data $data
}
catch {
    ConvertTo-Result -Item $item -Status 'failed' -Done $done -Data $data -ErrorRecord $_
}
finally {
    if ($null -ne $opened) { $opened.Dispose() }
}
