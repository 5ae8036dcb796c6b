function Assert-StagedName {
    <# Throws unless a name is that of a plain file: none leads out of the folder, to a stream or to a device. #>
    [CmdletBinding()]
    param([Parameter(Mandatory = $true)] [AllowEmptyString()] [AllowNull()] [string] $Name)

    $plain = '^[A-Za-z0-9][A-Za-z0-9 ._()+-]{0,119}(?<![. ])\z'
    $device = '^(con|prn|aux|nul|com[0-9]|lpt[0-9])(\.|\z)'
    if ($Name -notmatch $plain -or $Name -match $device) {
        $message = "'$Name' is no name for a file here: letters, digits, spaces and ._()+- alone, at most 120."
        throw (New-Failure -Id 'NameRefused' -Category InvalidArgument -Message $message)
    }
}

function Assert-StagingPath {
    <# Throws unless a folder may be a staging folder at all: a whole path below a drive, and not in Windows' own. #>
    [CmdletBinding()]
    param([Parameter(Mandatory = $true)] [AllowEmptyString()] [AllowNull()] [string] $Folder)

    $inWindows = "$Folder\".StartsWith("$env:SystemRoot\", [System.StringComparison]::OrdinalIgnoreCase)
    if ($Folder -notmatch '^[A-Za-z]:(\\[^\\/:*?"<>|\x00-\x1f]*[^\\/:*?"<>|. \x00-\x1f])+\z' -or $inWindows) {
        $message = "'$Folder' is no staging folder: it must be a whole path, such as C:\ProgramData\jcad, outside Windows."
        throw (New-Failure -Id 'FolderRefused' -Category InvalidArgument -Message $message)
    }
}

function Assert-StagingFolder {
    <# Throws unless a folder belongs to the administrators or to SYSTEM, and nobody else may do anything in it. #>
    [CmdletBinding()]
    param([Parameter(Mandatory = $true)] [string] $Folder)

    if ([System.IO.File]::GetAttributes($Folder) -band [System.IO.FileAttributes]::ReparsePoint) {
        $message = "$Folder is a link to somewhere else; whoever made it could let it lead elsewhere at any time."
        throw (New-Failure -Id 'FolderNotSafe' -Category SecurityError -Message $message)
    }
    $descriptor = (Get-Acl -LiteralPath $Folder).Sddl
    if ($descriptor -cnotmatch '^O:(BA|SY)G:.*D:P(AI)?(\(A;[A-Z]*;FA;;;(SY|BA)\))+\z') {
        $message = "$Folder is open to others than administrators and SYSTEM ($descriptor): what lies there is not trusted."
        throw (New-Failure -Id 'FolderNotSafe' -Category SecurityError -Message $message)
    }
}

function New-StagingFolder {
    <# Makes the folder, and those above it that are missing, with its access control from the first moment on. #>
    [CmdletBinding(SupportsShouldProcess = $true, ConfirmImpact = 'Low')]
    param([Parameter(Mandatory = $true)] [string] $Folder)

    if (-not $PSCmdlet.ShouldProcess($Folder, 'Create folder')) { return }
    $security = [System.Security.AccessControl.DirectorySecurity]::new()
    $security.SetSecurityDescriptorSddlForm('O:BAG:BAD:P(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)')
    if ($PSVersionTable.PSEdition -eq 'Core') {
        $null = [System.IO.FileSystemAclExtensions]::CreateDirectory($security, $Folder)
    }
    else {
        $null = [System.IO.Directory]::CreateDirectory($Folder, $security)
    }
    Assert-StagingFolder -Folder $Folder    # somebody else may have been faster
}

function Assert-FolderThere {
    <# Throws unless there is such a staging folder, and it is safe. #>
    [CmdletBinding()]
    param([Parameter(Mandatory = $true)] [string] $Folder)

    if (-not [System.IO.Directory]::Exists($Folder)) {
        $message = "There is no folder $Folder."
        throw (New-Failure -Id 'FolderMissing' -Category ObjectNotFound -Message $message)
    }
    Assert-StagingFolder -Folder $Folder
}

function Assert-Room {
    <# Throws unless the drive of a folder has room for so many bytes. #>
    [CmdletBinding()]
    param(
        [Parameter(Mandatory = $true)] [string] $Folder,
        [Parameter(Mandatory = $true)] [long] $Bytes
    )

    $free = [System.IO.DriveInfo]::new($Folder.Substring(0, 3)).AvailableFreeSpace
    if ($free -lt $Bytes) {
        $message = "$Folder needs $Bytes more bytes, and its drive has $free left."
        throw (New-Failure -Id 'DiskFull' -Category WriteError -Message $message -Code 0x80070070)
    }
}

function Get-PartialPath {
    <# Where a file lies until it is whole. Its name says of which content, so that two versions never mix. #>
    [CmdletBinding()]
    [OutputType([string])]
    param(
        [Parameter(Mandatory = $true)] [string] $Path,
        [Parameter(Mandatory = $true)] [string] $Sha256
    )

    if ($Sha256 -cnotmatch '^[0-9a-f]{64}\z') {
        $message = "'$Sha256' is no SHA-256: 64 hexadecimal digits, in small letters."
        throw (New-Failure -Id 'HashRefused' -Category InvalidArgument -Message $message)
    }
    "$Path.$($Sha256.Substring(0, 16)).partial"
}

function Get-Sha256 {
    <# The SHA-256 of a file's content. #>
    [CmdletBinding()]
    [OutputType([string])]
    param([Parameter(Mandatory = $true)] [string] $Path)

    (Get-FileHash -LiteralPath $Path -Algorithm SHA256).Hash.ToLowerInvariant()
}

function Complete-StagedFile {
    <# Gives a whole file its name, if its content is the expected one; else removes it and throws. #>
    [CmdletBinding(SupportsShouldProcess = $true, ConfirmImpact = 'Low')]
    param(
        [Parameter(Mandatory = $true)] [string] $Partial,
        [Parameter(Mandatory = $true)] [string] $Path,
        [Parameter(Mandatory = $true)] [string] $Sha256
    )

    $found = Get-Sha256 -Path $Partial
    if ($found -ne $Sha256) {
        Remove-Item -LiteralPath $Partial -Force
        $message = "What arrived as $Path has the SHA-256 $found, and not the expected $Sha256; it was removed."
        throw (New-Failure -Id 'HashMismatch' -Category InvalidData -Message $message)
    }
    if (-not $PSCmdlet.ShouldProcess($Path, 'Move into place')) { return }
    for ($attempt = 1; $true; $attempt++) {
        try {
            Move-Item -LiteralPath $Partial -Destination $Path -Force
            return
        }
        catch [System.IO.IOException] {
            # A scanner for viruses looks at a file that is new.
            if ($attempt -eq 10) { throw }
            Start-Sleep -Milliseconds 200
        }
    }
}

function ConvertTo-FileFailure {
    <# An error of a file, under an id of its own: .NET's messages are localised, and its codes are well inside. #>
    [CmdletBinding()]
    [OutputType([System.Management.Automation.ErrorRecord])]
    param([Parameter(Mandatory = $true)] [System.Management.Automation.ErrorRecord] $ErrorRecord)

    $cause = $ErrorRecord.Exception.GetBaseException()
    $id = switch ('{0:x8}' -f $cause.HResult) {
        '80070070' { 'DiskFull' }       # ERROR_DISK_FULL
        '80070027' { 'DiskFull' }       # ERROR_HANDLE_DISK_FULL
        '80070020' { 'FileInUse' }      # ERROR_SHARING_VIOLATION
        '80070005' { 'AccessDenied' }   # ERROR_ACCESS_DENIED
        '800700ce' { 'PathTooLong' }    # ERROR_FILENAME_EXCED_RANGE
        '80070003' { 'FolderMissing' }  # ERROR_PATH_NOT_FOUND
        '80070002' { 'FileMissing' }    # ERROR_FILE_NOT_FOUND
    }
    if ($null -eq $id) { return $ErrorRecord }
    New-Failure -Id $id -Category WriteError -Message $cause.Message -Code $cause.HResult
}

