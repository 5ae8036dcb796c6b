<#
.SYNOPSIS
    Enrolls a certificate for LDAPS on this domain controller from the domain's certification authority.

.DESCRIPTION
    Run it on the domain controller, as an administrator, where the domain has an enterprise certification authority
    that offers the template. A certificate that meets the rules already (server authentication, this host's full name,
    a private key, dates) is left alone. Afterwards the directory service looks for its certificate anew; a restart is
    not needed. Run it with -WhatIf to see whether one is missing, and change nothing.

.PARAMETER Template
    The name of the certificate template (not its display name).

.PARAMETER RenewDays
    A certificate that ends within so many days counts as missing.

.OUTPUTS
    One line of JSON: status (unchanged, changed, skipped), and the certificate. Text begins with '='.
#>
[CmdletBinding(SupportsShouldProcess = $true, ConfirmImpact = 'Medium')]
[OutputType([string])]
param(
    [ValidateNotNullOrEmpty()]
    [string] $Template = 'KerberosAuthentication',

    [ValidateRange(0, 365)]
    [int] $RenewDays = 30
)

Set-StrictMode -Version 3.0
$ErrorActionPreference = 'Stop'

{% include '_ldaps.ps1' %}

if (-not $PSCmdlet.ShouldProcess($name, "Enroll a certificate from the template $Template")) {
    Write-Answer -Status 'skipped' -Certificate $null
    return
}
$enrolled = Get-Certificate -Template $Template -DnsName $name -CertStoreLocation $store
if ($enrolled.Status -ne 'Issued') {
    throw "The certification authority did not issue a certificate: its answer is '$($enrolled.Status)'."
}
Update-ServerCertificate
Write-Answer -Status 'changed' -Certificate $enrolled.Certificate -Done 'certificate', 'reloaded'
