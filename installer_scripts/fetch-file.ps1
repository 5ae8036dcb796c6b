<#
.SYNOPSIS
    Lets this host fetch a file itself, from a share or over https, into its staging folder.

.DESCRIPTION
    For hosts that reach the file faster than the workstation could send it. The content must have the expected SHA-256;
    until that is known the file lies under a temporary name, in a folder for administrators and SYSTEM alone. https
    needs TLS 1.2 and a certificate that this host trusts; http is refused, also where https leads to it.

    A remote session has no identity of its own on other machines (the second hop): a share that not everybody may read
    needs -Credential.

.PARAMETER Batch
    {"count": 1, "items": [{"id": "...", "folder": "=...", "name": "=...", "sha256": "=...",
    "source": "=\\server\share\..." or "=https://...", "proxy": "=http://..." or null, "timeout": seconds}]}
    Text that comes from data begins with '='. Without a proxy the one of this host is used, if it has one.

.PARAMETER Credential
    The account that reads the share.

.OUTPUTS
    One line of JSON; data has path and size.
#>
[CmdletBinding(SupportsShouldProcess = $true, ConfirmImpact = 'Low')]
[OutputType([string])]
param(
    [Parameter(Mandatory = $true)]
    [ValidateNotNullOrEmpty()]
    [string] $Batch,

    [pscredential] $Credential
)

Set-StrictMode -Version 3.0
$ErrorActionPreference = 'Stop'

{% include '_host.ps1' %}
{% include '_failure.ps1' %}
{% include '_staging.ps1' %}
function Save-WebFile {
    <# Loads a file over https. #>
    [CmdletBinding()]
    param(
        [Parameter(Mandatory = $true)] [uri] $Source,
        [Parameter(Mandatory = $true)] [string] $Path,
        [AllowNull()] [AllowEmptyString()] [string] $Proxy,
        [Parameter(Mandatory = $true)] [int] $Timeout
    )

    $protocols = [System.Net.ServicePointManager]::SecurityProtocol
    [System.Net.ServicePointManager]::SecurityProtocol = [System.Net.SecurityProtocolType]::Tls12
    $response = $null
    $target = $null
    try {
        $request = [System.Net.WebRequest]::Create($Source)
        $request.UserAgent = 'jcad'
        $request.Timeout = 1000 * $Timeout
        $request.ReadWriteTimeout = 1000 * $Timeout
        if ($Proxy) { $request.Proxy = [System.Net.WebProxy]::new($Proxy) }
        $response = $request.GetResponse()
        if ($response.ResponseUri.Scheme -ne 'https') {
            $message = "$Source leads to $($response.ResponseUri.Scheme), where anybody on the way could change the file."
            throw (New-Failure -Id 'SourceRefused' -Category SecurityError -Message $message)
        }
        if ($response.ContentLength -gt 0) {
            Assert-Room -Folder ([System.IO.Path]::GetDirectoryName($Path)) -Bytes $response.ContentLength
        }
        $content = $response.GetResponseStream()
        $target = [System.IO.FileStream]::new(
            $Path, [System.IO.FileMode]::Create, [System.IO.FileAccess]::Write, [System.IO.FileShare]::None)
        $buffer = [byte[]]::new(1MB)
        while (($count = $content.Read($buffer, 0, $buffer.Length)) -gt 0) { $target.Write($buffer, 0, $count) }
    }
    finally {
        if ($null -ne $target) { $target.Dispose() }
        if ($null -ne $response) { $response.Dispose() }
        [System.Net.ServicePointManager]::SecurityProtocol = $protocols
    }
}

function Save-SharedFile {
    <# Copies a file from a share, as the given account where there is one. #>
    [CmdletBinding()]
    param(
        [Parameter(Mandatory = $true)] [string] $Source,
        [Parameter(Mandatory = $true)] [string] $Path,
        [AllowNull()] [pscredential] $Credential
    )

    $server, $share = $Source.Substring(2).Split('\')[0, 1]
    if ($null -ne $Credential) {
        $null = New-PSDrive -Name JcadShare -PSProvider FileSystem -Root "\\$server\$share" -Credential $Credential
    }
    try {
        Copy-Item -LiteralPath $Source -Destination $Path -Force
    }
    catch [System.UnauthorizedAccessException] {
        $who = if ($null -ne $Credential) { $Credential.UserName } else { 'this session' }
        $message = "$Source is not for $who to read."
        throw (New-Failure -Id 'ShareDenied' -Category PermissionDenied -Message $message -Code 5)
    }
    finally {
        if ($null -ne $Credential) { Remove-PSDrive -Name JcadShare -Force }
    }
}

function ConvertTo-FetchFailure {
    <# An error of the network, under an id of its own: WebTrustFailure, WebProtocolError (with the HTTP status) ... #>
    [CmdletBinding()]
    [OutputType([System.Management.Automation.ErrorRecord])]
    param([Parameter(Mandatory = $true)] [System.Management.Automation.ErrorRecord] $ErrorRecord)

    for ($cause = $ErrorRecord.Exception; $null -ne $cause; $cause = $cause.InnerException) {
        if ($cause -is [System.Net.WebException]) {
            $code = if ($null -ne $cause.Response) { [int] $cause.Response.StatusCode } else { 0 }
            $failure = @{ Id = "Web$($cause.Status)"; Category = 'ConnectionError'; Message = $cause.Message; Code = $code }
            return (New-Failure @failure)
        }
    }
    ConvertTo-FileFailure -ErrorRecord $ErrorRecord
}

# ---- What this script is for ---------------------------------------------------------------------------------------

$done = @()
$data = [ordered]@{ path = $null; size = 0 }
$partial = $null
try {
    $folder = ConvertFrom-MarkedText -Text $item.folder
    $name = ConvertFrom-MarkedText -Text $item.name
    $sha256 = ConvertFrom-MarkedText -Text $item.sha256
    $source = ConvertFrom-MarkedText -Text $item.source
    Assert-StagingPath -Folder $folder
    Assert-StagedName -Name $name
    $data.path = "$folder\$name"
    $whole = Get-PartialPath -Path $data.path -Sha256 $sha256
    $isShare = $source -match '^\\\\[^\\/?.]+[^\\/?]*\\[^\\/]+\\'
    if (-not $isShare -and $source -notmatch '^https://[^/@]+/') {
        $message = "'$source' is neither a file of a share (\\server\share\...) nor an address that begins with https://."
        throw (New-Failure -Id 'SourceRefused' -Category InvalidArgument -Message $message)
    }

    if ([System.IO.Directory]::Exists($folder)) {
        Assert-StagingFolder -Folder $folder
        $there = [System.IO.FileInfo]::new($data.path)
        if ($there.Exists -and (Get-Sha256 -Path $data.path) -eq $sha256) {
            $data.size = $there.Length
            ConvertTo-Result -Item $item -Status 'unchanged' -Data $data
            return
        }
    }
    if (-not $PSCmdlet.ShouldProcess($data.path, "Fetch $source")) {
        ConvertTo-Result -Item $item -Status 'skipped' -Data $data
        return
    }
    if (-not [System.IO.Directory]::Exists($folder)) {
        New-StagingFolder -Folder $folder -Confirm:$false
        $done += 'folder'
    }

    $partial = $whole
    if ($isShare) {
        Save-SharedFile -Source $source -Path $partial -Credential $Credential
    }
    else {
        Save-WebFile -Source $source -Path $partial -Proxy (ConvertFrom-MarkedText -Text $item.proxy) -Timeout $item.timeout
    }
    $done += 'fetched'
    $data.size = [System.IO.FileInfo]::new($partial).Length
    Complete-StagedFile -Partial $partial -Path $data.path -Sha256 $sha256 -Confirm:$false
    $partial = $null
    $done += 'moved'
    ConvertTo-Result -Item $item -Status 'changed' -Done $done -Data $data
}
catch {
    ConvertTo-Result -Item $item -Status 'failed' -Done $done -Data $data -ErrorRecord (ConvertTo-FetchFailure -ErrorRecord $_)
}
finally {
    # What was begun is fetched anew by the next attempt.
    if ($null -ne $partial -and [System.IO.File]::Exists($partial)) { Remove-Item -LiteralPath $partial -Force -Confirm:$false }
}
