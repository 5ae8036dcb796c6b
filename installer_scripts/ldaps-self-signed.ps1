<#
.SYNOPSIS
    Makes a self-signed certificate for LDAPS on this domain controller. For a lab: nobody trusts it by itself.

.DESCRIPTION
    Run it on the domain controller, as an administrator. A certificate that meets the rules already (server
    authentication, this host's full name, a private key, dates) is left alone. The new one is put among the trusted
    roots of this host too, since the directory service uses only a certificate whose chain it trusts; every client
    must be given it as well: it is in the answer. Run it with -WhatIf to see whether one is missing.

.PARAMETER Days
    How long it is valid.

.PARAMETER RenewDays
    A certificate that ends within so many days counts as missing.

.OUTPUTS
    One line of JSON: status (unchanged, changed, skipped), and the certificate. Text begins with '='.
#>
[CmdletBinding(SupportsShouldProcess = $true, ConfirmImpact = 'Medium')]
[OutputType([string])]
param(
    [ValidateRange(1, 3650)]
    [int] $Days = 365,

    [ValidateRange(0, 365)]
    [int] $RenewDays = 30
)

Set-StrictMode -Version 3.0
$ErrorActionPreference = 'Stop'

{% include '_ldaps.ps1' %}

if (-not $PSCmdlet.ShouldProcess($name, 'Make a self-signed certificate for LDAPS')) {
    Write-Answer -Status 'skipped' -Certificate $null
    return
}
$wanted = @{
    DnsName           = $name
    CertStoreLocation = $store
    NotAfter          = (Get-Date).AddDays($Days)
    KeyAlgorithm      = 'RSA'
    KeyLength         = 2048
    KeySpec           = 'KeyExchange'
    Provider          = 'Microsoft RSA SChannel Cryptographic Provider'
    TextExtension     = @('2.5.29.37={text}1.3.6.1.5.5.7.3.1')
}
$made = New-SelfSignedCertificate @wanted
$roots = New-Object -TypeName System.Security.Cryptography.X509Certificates.X509Store -ArgumentList @(
    'Root', 'LocalMachine'
)
$roots.Open('ReadWrite')
try {
    $public = New-Object -TypeName System.Security.Cryptography.X509Certificates.X509Certificate2 -ArgumentList (
        , $made.RawData
    )
    $roots.Add($public)
}
finally {
    $roots.Close()
}
Update-ServerCertificate
Write-Answer -Status 'changed' -Certificate $made -Done 'certificate', 'trusted root', 'reloaded'
