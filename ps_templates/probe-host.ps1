<#
.SYNOPSIS
    Tells what a host is and whether Active Directory scripts can run on it. Changes nothing.

.DESCRIPTION
    Reads PowerShell's version and language mode, the ActiveDirectory module, the account that the session runs as and
    the domain controller that answers. What is missing is reported as null, never as an error.

.PARAMETER Server
    The domain controller to ask.

.PARAMETER Credential
    The account that reads and writes, where it is not the one that opened the session.

.OUTPUTS
    One line of JSON. Text begins with '='.
#>
[CmdletBinding()]
[OutputType([string])]
param(
    [Parameter(Mandatory = $true)]
    [ValidateNotNullOrEmpty()]
    [string] $Server,

    [pscredential] $Credential
)

Set-StrictMode -Version 3.0
$ErrorActionPreference = 'Stop'
if ($Credential) { $PSDefaultParameterValues = @{ '*-AD*:Credential' = $Credential } }

function ConvertTo-MarkedText {
    <# Text with the marker that the reader takes off; nothing stays nothing. #>
    [CmdletBinding()]
    [OutputType([string])]
    param([AllowNull()] [object] $Value)

    if ($null -eq $Value) { return $null }
    "=$Value"
}

$module = Get-Module -Name ActiveDirectory -ListAvailable | Select-Object -First 1
$rootDse = $null
$refusal = $null
if ($null -ne $module) {
    try {
        $rootDse = Get-ADRootDSE -Server $Server
    }
    catch {
        $refusal = $_.FullyQualifiedErrorId
    }
}

$answer = [ordered]@{
    computer         = ConvertTo-MarkedText -Value $env:COMPUTERNAME
    account          = ConvertTo-MarkedText -Value ([System.Security.Principal.WindowsIdentity]::GetCurrent().Name)
    psVersion        = ConvertTo-MarkedText -Value $PSVersionTable.PSVersion
    languageMode     = ConvertTo-MarkedText -Value $ExecutionContext.SessionState.LanguageMode
    adModule         = if ($null -ne $module) { ConvertTo-MarkedText -Value $module.Version } else { $null }
    domainController = $null
    domain           = $null
    refusal          = ConvertTo-MarkedText -Value $refusal
}
if ($null -ne $rootDse) {
    $answer['domainController'] = ConvertTo-MarkedText -Value $rootDse.dnsHostName
    $answer['domain'] = ConvertTo-MarkedText -Value $rootDse.defaultNamingContext
}
ConvertTo-Json -InputObject $answer -Depth 3 -Compress
