function Assert-Installer {
    <# Throws unless a file is the expected one: its digest, a valid signature, the signer. Fills in what it found. #>
    [CmdletBinding()]
    param(
        [Parameter(Mandatory = $true)] [string] $Path,
        [Parameter(Mandatory = $true)] [string] $Sha256,
        [Parameter(Mandatory = $true)] [string] $Signer,
        [Parameter(Mandatory = $true)] [System.Collections.IDictionary] $Found
    )

    $Found['sha256'] = (Get-FileHash -LiteralPath $Path -Algorithm SHA256).Hash.ToLowerInvariant()
    if ($Found['sha256'] -ne $Sha256) {
        $message = "$Path has the SHA-256 $($Found['sha256']), and not the expected $Sha256."
        throw (New-Failure -Id 'HashMismatch' -Category SecurityError -Message $message)
    }

    $signature = Get-AuthenticodeSignature -LiteralPath $Path
    $certificate = $signature.SignerCertificate
    $Found['signature'] = $signature.Status.ToString()
    if ($null -ne $certificate) {
        $Found['subject'] = $certificate.Subject
        $Found['thumbprint'] = $certificate.Thumbprint
    }
    if ($signature.Status -ne 'Valid') {
        $message = "The signature of $Path is not valid: $($signature.Status)."
        throw (New-Failure -Id 'SignatureNotValid' -Category SecurityError -Message $message)
    }
    if ($certificate.Subject -cne $Signer -and $certificate.Thumbprint -ne ($Signer -replace '[\s:]')) {
        $message = "$Path is signed by '$($certificate.Subject)' ($($certificate.Thumbprint)), and not by '$Signer'."
        throw (New-Failure -Id 'SignerUnexpected' -Category SecurityError -Message $message)
    }
}

function Assert-FileThere {
    <# Throws unless there is such a file. #>
    [CmdletBinding()]
    param([Parameter(Mandatory = $true)] [string] $Path)

    if (-not (Test-Path -LiteralPath $Path -PathType Leaf)) {
        throw (New-Failure -Id 'FileMissing' -Category ObjectNotFound -Message "There is no file $Path.")
    }
}

