{% include '_certificate.ps1' %}

function Write-Answer {
    <# The one line of JSON that says what was done, with the certificate itself: clients may have to trust it. #>
    [CmdletBinding()]
    [OutputType([string])]
    param([Parameter(Mandatory = $true)] [string] $Status, [AllowNull()] [object] $Certificate, [string[]] $Done = @())

    $answer = [ordered]@{
        status      = $Status
        done        = @($Done)
        thumbprint  = $null
        notAfter    = $null
        certificate = $null
    }
    if ($null -ne $Certificate) {
        $answer['thumbprint'] = ConvertTo-MarkedText -Value $Certificate.Thumbprint
        $answer['notAfter'] = ConvertTo-MarkedText -Value $Certificate.NotAfter.ToUniversalTime().ToString('s')
        $answer['certificate'] = ConvertTo-MarkedText -Value ([System.Convert]::ToBase64String($Certificate.RawData))
    }
    ConvertTo-Json -InputObject $answer -Depth 3 -Compress
}

function Update-ServerCertificate {
    <# Lets the directory service look for its certificate anew, without a restart. #>
    [CmdletBinding()]
    param()

    $rootDse = New-Object -TypeName System.DirectoryServices.DirectoryEntry -ArgumentList 'LDAP://localhost/RootDSE'
    $rootDse.Properties['renewServerCertificate'].Value = 1
    $rootDse.CommitChanges()
}

$name = [System.Net.Dns]::GetHostEntry('').HostName
$store = 'Cert:\LocalMachine\My'
$there = Get-ChildItem -Path $store |
    Where-Object -FilterScript { Test-ServerCertificate -Certificate $_ -Name $name } |
    Sort-Object -Property NotAfter -Descending |
    Select-Object -First 1
if ($null -ne $there) {
    Write-Answer -Status 'unchanged' -Certificate $there
    return
}
