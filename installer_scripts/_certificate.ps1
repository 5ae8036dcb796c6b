function ConvertTo-MarkedText {
    <# Text with the marker that the reader takes off; nothing stays nothing. #>
    [CmdletBinding()]
    [OutputType([string])]
    param([AllowNull()] [object] $Value)

    if ($null -eq $Value) { return $null }
    "=$Value"
}

function Test-ServerCertificate {
    <# Whether a certificate of this host meets the rules for a TLS server: key, purpose, name, dates. #>
    [CmdletBinding()]
    [OutputType([bool])]
    param([Parameter(Mandatory = $true)] [object] $Certificate, [Parameter(Mandatory = $true)] [string] $Name)

    $now = Get-Date
    $purposes = @($Certificate.EnhancedKeyUsageList | ForEach-Object -Process { $_.ObjectId })
    $names = @($Certificate.DnsNameList | ForEach-Object -Process { $_.Unicode })
    $Certificate.HasPrivateKey -and
        ($purposes -contains '1.3.6.1.5.5.7.3.1') -and
        ($names -contains $Name) -and
        ($Certificate.NotBefore -le $now) -and
        ($Certificate.NotAfter -gt $now.AddDays($RenewDays))
}
