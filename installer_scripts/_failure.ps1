function New-Failure {
    <# An error with an id of its own, for what a script finds out itself. Programs know it by the id. #>
    [CmdletBinding()]
    [OutputType([System.Management.Automation.ErrorRecord])]
    param(
        [Parameter(Mandatory = $true)] [string] $Id,
        [Parameter(Mandatory = $true)] [string] $Message,
        [System.Management.Automation.ErrorCategory] $Category = 'InvalidResult',
        [long] $Code = 0
    )

    # Exit codes come without a sign; exceptions keep them with one.
    if ($Code -gt [int]::MaxValue) { $Code -= 0x100000000 }
    $exception = if ($Code -ne 0) {
        [System.Runtime.InteropServices.ExternalException]::new($Message, [int] $Code)
    }
    else {
        [System.InvalidOperationException]::new($Message)
    }
    [System.Management.Automation.ErrorRecord]::new($exception, $Id, $Category, $null)
}

