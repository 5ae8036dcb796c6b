<#
.SYNOPSIS
    Tells whether a domain controller is healthy: whether another one may go down for a restart. Changes nothing.

.DESCRIPTION
    Run it on the domain controller. Reads whether SYSVOL is shared, whether the services of the directory run, whether
    LDAP answers, whether inbound replication has failed, and whether the holders of the operations master roles answer.
    What cannot be told is reported as null, never guessed.

.PARAMETER Batch
    {"count": 1, "items": [{"id": "..."}]}

.OUTPUTS
    One line of JSON: sysvolReady, services, ldap, replicationFailures, fsmo. Its own error: NoDomainController.
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

# The module's AD: drive is not used, and making it can fail.
$env:ADPS_LoadDefaultDrive = '0'

{% include '_host.ps1' %}

{% include '_failure.ps1' %}

{% include '_port.ps1' %}

# ---- What this script is for ---------------------------------------------------------------------------------------

function Test-Ldap {
    <# Whether this domain controller answers a read of its root. #>
    [CmdletBinding()]
    [OutputType([bool])]
    param([Parameter(Mandatory = $true)] [string] $Name)

    try {
        $rootDse = [System.DirectoryServices.DirectoryEntry]::new("LDAP://$Name/RootDSE")
        $null -ne $rootDse.Properties['dnsHostName'].Value
    }
    catch {
        $false
    }
}

function Get-InboundFailure {
    <# How many partners' last inbound replication has failed, or nothing where that cannot be told. #>
    [CmdletBinding()]
    [OutputType([int])]
    param([Parameter(Mandatory = $true)] [string] $Name)

    try {
        $partners = @(Get-ADReplicationPartnerMetadata -Target $Name -Scope Server -Partition '*' -PartnerType Inbound)
        @($partners | Where-Object -FilterScript { $_.LastReplicationResult -ne 0 }).Count
    }
    catch {
        return
    }
}

try {
    $computer = Get-CimInstance -ClassName Win32_ComputerSystem
    $name = "$($computer.DNSHostName).$($computer.Domain)"
    if ($computer.DomainRole -lt 4) {
        $message = "$name is no domain controller."
        throw (New-Failure -Id 'NoDomainController' -Category InvalidOperation -Message $message)
    }
    $netlogon = Get-ItemProperty -Path 'HKLM:\SYSTEM\CurrentControlSet\Services\Netlogon\Parameters'
    $ready = $netlogon.PSObject.Properties['SysvolReady']
    $services = [ordered]@{ NTDS = $null; DFSR = $null; Netlogon = $null; DNS = $null }
    foreach ($service in @(Get-Service -Name @($services.Keys) -ErrorAction SilentlyContinue)) {
        $services[$service.Name] = [string] $service.Status
    }
    $roles = @()
    $ldap = Test-Ldap -Name $name
    if ($ldap) {
        $domain = Get-ADDomain -Server $name
        $forest = Get-ADForest -Server $name
        $holders = [ordered]@{
            PDCEmulator          = $domain.PDCEmulator
            RIDMaster            = $domain.RIDMaster
            InfrastructureMaster = $domain.InfrastructureMaster
            SchemaMaster         = $forest.SchemaMaster
            DomainNamingMaster   = $forest.DomainNamingMaster
        }
        $answers = @{}
        $roles = @(foreach ($role in $holders.Keys) {
            $holder = $holders[$role]
            if (-not $answers.ContainsKey($holder)) { $answers[$holder] = Test-Port -Name $holder -Port 389 }
            [ordered]@{ role = $role; holder = $holder; reachable = $answers[$holder] }
        })
    }
    $health = [ordered]@{
        sysvolReady         = $null -ne $ready -and $ready.Value -eq 1
        services            = $services
        ldap                = $ldap
        replicationFailures = if ($ldap) { Get-InboundFailure -Name $name } else { $null }
        fsmo                = $roles
    }
    ConvertTo-Result -Item $item -Status 'unchanged' -Data $health
}
catch {
    ConvertTo-Result -Item $item -Status 'failed' -ErrorRecord $_
}
