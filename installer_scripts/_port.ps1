function Test-Port {
    <# Whether a TCP connection comes about within five seconds; nothing where there is nobody to ask. #>
    [CmdletBinding()]
    [OutputType([bool])]
    param([AllowNull()] [AllowEmptyString()] [string] $Name, [Parameter(Mandatory = $true)] [int] $Port)

    if (-not $Name) { return $null }
    $client = [System.Net.Sockets.TcpClient]::new()
    try {
        $client.ConnectAsync($Name, $Port).Wait(5000) -and $client.Connected
    }
    catch {
        $false
    }
    finally {
        $client.Dispose()
    }
}
