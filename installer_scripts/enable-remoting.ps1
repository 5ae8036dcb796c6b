<#
.SYNOPSIS
    Opens PowerShell remoting over HTTPS on a host that has none yet: service, certificate, listener, firewall rule.

.DESCRIPTION
    Run it on the host as an administrator, or as a startup script by Group Policy: it asks nothing, and a second run
    changes nothing. The Windows Remote Management service is set to start by itself, and started. A certificate for
    server authentication with this host's full name is taken from the computer's store: the one of -Thumbprint, or the
    one that ends last, or else a self-signed one is made. The HTTPS listener is made with it, or given it. One firewall
    rule lets the port in from the domain's network. Basic authentication and unencrypted traffic are not touched.

    A self-signed certificate is trusted by nobody: give jcad its fingerprint, which is in the answer. To make one needs
    Windows Server 2016 or later; on 2012 give the host a certificate of the domain's authority. On a host where
    Disable-PSRemoting was run, Enable-PSRemoting opens its session configurations again.

.PARAMETER Thumbprint
    The certificate in Cert:\LocalMachine\My to listen with. Without it one is looked for, and else made.

.PARAMETER Port
    The port of the listener.

.PARAMETER RemoteAddress
    From where the firewall rule lets connections in: addresses, subnets such as 10.1.0.0/16, or Any.

.PARAMETER Days
    How long a certificate that is made here is valid.

.PARAMETER RenewDays
    A certificate that ends within so many days counts as missing.

.OUTPUTS
    One line of JSON: status (unchanged, changed, skipped), what was done, the name, the port and the certificate, with
    its SHA-256 as jcad's setting `fingerprint` takes it. Text begins with '='.

.EXAMPLE
    powershell.exe -NoProfile -ExecutionPolicy Bypass -File .\enable-remoting.ps1 -RemoteAddress 10.1.2.0/24
#>
#Requires -Version 5.1
[CmdletBinding(SupportsShouldProcess = $true, ConfirmImpact = 'Medium')]
[OutputType([string])]
param(
    [ValidatePattern('^([0-9A-Fa-f]{40})?$')]
    [string] $Thumbprint = '',

    [ValidateRange(1, 65535)]
    [int] $Port = 5986,

    [ValidateNotNullOrEmpty()]
    [string[]] $RemoteAddress = @('Any'),

    [ValidateRange(1, 3650)]
    [int] $Days = 730,

    [ValidateRange(0, 365)]
    [int] $RenewDays = 30
)

Set-StrictMode -Version 3.0
$ErrorActionPreference = 'Stop'

{% include '_certificate.ps1' %}

# ---- What this script is for ---------------------------------------------------------------------------------------

$store = 'Cert:\LocalMachine\My'
$listener = 'winrm/config/Listener'
$address = @{ Address = '*'; Transport = 'HTTPS' }
$rule = 'jcad-WinRM-HTTPS-In'

function Find-ServerCertificate {
    <# The certificate to listen with, or nothing where one is to be made. #>
    [CmdletBinding()]
    param([Parameter(Mandatory = $true)] [string] $Name)

    $usable = Get-ChildItem -Path $store |
        Where-Object -FilterScript { Test-ServerCertificate -Certificate $_ -Name $Name } |
        Sort-Object -Property NotAfter -Descending
    if (-not $Thumbprint) { return ($usable | Select-Object -First 1) }

    $wanted = $usable | Where-Object -FilterScript { $_.Thumbprint -eq $Thumbprint } | Select-Object -First 1
    if ($null -eq $wanted) {
        throw [System.ArgumentException]::new(
            "There is no certificate $Thumbprint in $store for server authentication as $Name, with its private key, " +
            "that is valid for $RenewDays more days.")
    }
    $wanted
}

function Write-Answer {
    <# The one line of JSON that says what was done. #>
    [CmdletBinding()]
    [OutputType([string])]
    param([Parameter(Mandatory = $true)] [string] $Status, [string[]] $Done = @(), [AllowNull()] [object] $Certificate)

    $answer = [ordered]@{
        status      = $Status
        done        = $Done
        name        = ConvertTo-MarkedText -Value $name
        port        = $Port
        selfSigned  = $null
        thumbprint  = $null
        fingerprint = $null
        notAfter    = $null
        certificate = $null
    }
    if ($null -ne $Certificate) {
        $digest = [System.Security.Cryptography.SHA256]::Create()
        $hash = [System.BitConverter]::ToString($digest.ComputeHash($Certificate.RawData)).Replace('-', '')
        $answer['selfSigned'] = $Certificate.Subject -eq $Certificate.Issuer
        $answer['thumbprint'] = ConvertTo-MarkedText -Value $Certificate.Thumbprint
        $answer['fingerprint'] = ConvertTo-MarkedText -Value $hash.ToLowerInvariant()
        $answer['notAfter'] = ConvertTo-MarkedText -Value $Certificate.NotAfter.ToUniversalTime().ToString('s')
        $answer['certificate'] = ConvertTo-MarkedText -Value ([System.Convert]::ToBase64String($Certificate.RawData))
    }
    ConvertTo-Json -InputObject $answer -Depth 3 -Compress
}

$done = [System.Collections.Generic.List[string]]::new()
$wanting = $false
$computer = Get-CimInstance -ClassName Win32_ComputerSystem
$name = "$($computer.DNSHostName).$($computer.Domain)".ToLowerInvariant()

# The service. Listeners can be read and made only while it runs.
$service = Get-Service -Name WinRM
if ($service.StartType -ne 'Automatic' -or $service.Status -ne 'Running') {
    $wanting = $true
    if ($PSCmdlet.ShouldProcess('WinRM', 'Start the service, now and by itself')) {
        Set-Service -Name WinRM -StartupType Automatic -Confirm:$false
        Start-Service -Name WinRM -Confirm:$false
        $done.Add('service')
    }
}
$runs = (Get-Service -Name WinRM).Status -eq 'Running'

# The certificate.
$certificate = Find-ServerCertificate -Name $name
if ($null -eq $certificate) {
    $wanting = $true
    if ($PSCmdlet.ShouldProcess($name, 'Make a self-signed certificate')) {
        $wanted = @{
            DnsName           = $name
            CertStoreLocation = $store
            NotAfter          = (Get-Date).AddDays($Days)
            KeyAlgorithm      = 'RSA'
            KeyLength         = 2048
            TextExtension     = @('2.5.29.37={text}1.3.6.1.5.5.7.3.1')
        }
        $certificate = New-SelfSignedCertificate @wanted -Confirm:$false
        $done.Add('certificate')
    }
}

# The listener.
$there = $null
if ($runs) {
    $there = Get-WSManInstance -ResourceURI $listener -Enumerate |
        Where-Object -FilterScript { $_.Transport -eq 'HTTPS' -and $_.Address -eq '*' } |
        Select-Object -First 1
}
$right = $null -ne $there -and $null -ne $certificate -and [int] $there.Port -eq $Port -and
    ($there.CertificateThumbprint -replace '\s') -eq $certificate.Thumbprint
if (-not $right) {
    $wanting = $true
    if ($PSCmdlet.ShouldProcess("*:$Port", 'Listen for HTTPS') -and $null -ne $certificate) {
        $values = @{ Hostname = $name; CertificateThumbprint = $certificate.Thumbprint; Port = $Port }
        if ($null -eq $there) {
            $null = New-WSManInstance -ResourceURI $listener -SelectorSet $address -ValueSet $values
        }
        else {
            $null = Set-WSManInstance -ResourceURI $listener -SelectorSet $address -ValueSet $values
        }
        $done.Add('listener')
    }
}

# The firewall. A rule of ours that was changed by hand is left as it is.
if ($null -eq (Get-NetFirewallRule -Name $rule -ErrorAction SilentlyContinue)) {
    $wanting = $true
    if ($PSCmdlet.ShouldProcess($rule, "Let TCP $Port in from $($RemoteAddress -join ', ')")) {
        $wanted = @{
            Name          = $rule
            DisplayName   = 'Windows Remote Management (HTTPS-In) for jcad'
            Direction     = 'Inbound'
            Action        = 'Allow'
            Protocol      = 'TCP'
            LocalPort     = $Port
            RemoteAddress = $RemoteAddress
            Profile       = 'Domain'
        }
        $null = New-NetFirewallRule @wanted
        $done.Add('firewall')
    }
}

$status = if ($done.Count -gt 0) { 'changed' } elseif ($wanting) { 'skipped' } else { 'unchanged' }
Write-Answer -Status $status -Done $done -Certificate $certificate
