# Where JumpCloud's two agents live: services, files and registry keys as its pages and its log collector name them.
$root = Join-Path -Path $env:ProgramFiles -ChildPath 'JumpCloud\AD Integration'
$agentFacts = @(
    [pscustomobject] @{
        Kind     = 'sync'
        Services = @('JCADSyncAgent_DC', 'JCADSyncAgent', 'JCADSyncAgent*')
        Program  = '^JumpCloud AD.*Sync'
        Registry = 'HKLM:\SOFTWARE\JumpCloud\AD Integration Sync Agent'
        Folders  = @("$root\JumpCloud AD Sync", "$env:ProgramFiles\JumpCloud\AD Sync")
        Settings = @('config.json')
        Logs     = @('JumpCloud_AD_Sync*.log', 'adsync*.log')
        Extra    = @()
    }
    [pscustomobject] @{
        Kind     = 'import'
        Services = @('JCADImportAgent', 'adint')
        Program  = '^JumpCloud AD.*(Import|Bridge)'
        Registry = 'HKLM:\SOFTWARE\JumpCloud\AD Integration Import Agent'
        Folders  = @("$root\JumpCloud AD Import", "$env:ProgramFiles\JumpCloud AD Bridge")
        Settings = @('jcadimportagent.config.json', 'adint.config.json')
        Logs     = @('JumpCloud_AD_Import*.log')
        Extra    = @("$env:SystemRoot\Temp\JumpCloud_AD_Integration.log")
    }
)

function Get-AgentLog {
    <# The log files of an agent that are there, the one written last first. #>
    [CmdletBinding()]
    param([Parameter(Mandatory = $true)] [object] $Facts, [string] $Folder)

    $places = @(foreach ($name in $Facts.Logs) {
        foreach ($place in @(@($Folder) + $Facts.Folders | Where-Object -FilterScript { $_ } | Select-Object -Unique)) {
            Join-Path -Path $place -ChildPath $name
        }
    }) + $Facts.Extra
    $found = @(foreach ($place in $places) { Get-ChildItem -Path $place -File -ErrorAction SilentlyContinue })
    $found | Sort-Object -Property LastWriteTimeUtc -Descending
}
