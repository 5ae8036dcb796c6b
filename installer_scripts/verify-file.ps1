<#
.SYNOPSIS
    Tells whether a file on this host is the expected installer: digest, signature, signer. Changes nothing.

.DESCRIPTION
    The file must have the expected SHA-256, its Authenticode signature must be valid, and the signer must be the
    expected one: the certificate's subject to the letter, or its thumbprint. Anything else is a failure, told by its
    id: FileMissing, HashMismatch, SignatureNotValid, SignerUnexpected. What was found is in the data, also then.

.PARAMETER Batch
    {"count": 1, "items": [{"id": "...", "path": "=...", "sha256": "=...", "signer": "=..."}]}
    Text that comes from data begins with '='.

.OUTPUTS
    One line of JSON; data has sha256, signature (the status), subject and thumbprint.
#>
[CmdletBinding()]
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
{% include '_verify.ps1' %}
# ---- What this script is for ---------------------------------------------------------------------------------------

$data = [ordered]@{ sha256 = $null; signature = $null; subject = $null; thumbprint = $null }
try {
    $path = ConvertFrom-MarkedText -Text $item.path
    Assert-FileThere -Path $path
    $expected = @{
        Path   = $path
        Sha256 = ConvertFrom-MarkedText -Text $item.sha256
        Signer = ConvertFrom-MarkedText -Text $item.signer
    }
    Assert-Installer @expected -Found $data
    ConvertTo-Result -Item $item -Status 'unchanged' -Data $data
}
catch {
    ConvertTo-Result -Item $item -Status 'failed' -Data $data -ErrorRecord $_
}
