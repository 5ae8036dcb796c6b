function ConvertTo-Argument {
    <#
        One value as one argument of a command line. Programs split their line as CommandLineToArgvW does: backslashes
        count only before a quote. Windows Installer doubles quotes, and leaves backslashes alone.
    #>
    [CmdletBinding()]
    [OutputType([string])]
    param(
        [Parameter(Mandatory = $true)] [AllowEmptyString()] [string] $Value,
        [switch] $WindowsInstaller
    )

    if ($Value -and $Value -notmatch '[\s"]') { return $Value }
    if ($WindowsInstaller) { return '"' + $Value.Replace('"', '""') + '"' }
    '"' + ($Value -replace '(\\*)"', '$1$1\"' -replace '(\\+)\z', '$1$1') + '"'
}

function Assert-ArgumentTemplate {
    <# Throws unless there is something for every placeholder of a template. #>
    [CmdletBinding()]
    param(
        [Parameter(Mandatory = $true)] [AllowEmptyString()] [string] $Template,
        [Parameter(Mandatory = $true)] [AllowEmptyCollection()] [string[]] $Name
    )

    foreach ($match in [regex]::Matches($Template, '\{([A-Za-z_][A-Za-z0-9_]*)\}')) {
        if ($Name -cnotcontains $match.Groups[1].Value) {
            $message = "The arguments have the placeholder $($match.Value), and nothing was given for it."
            throw (New-Failure -Id 'PlaceholderUnknown' -Category InvalidArgument -Message $message)
        }
    }
}

function ConvertTo-ArgumentLine {
    <#
        The command line of a template: every placeholder becomes its value. One that is an argument of its own, or ends
        one ({name}, "{name}", NAME={name}, /name:{name}), is quoted where needed. One in the middle of other text cannot
        be: its value must not need it.
    #>
    [CmdletBinding()]
    [OutputType([string])]
    param(
        [Parameter(Mandatory = $true)] [AllowEmptyString()] [string] $Template,
        [Parameter(Mandatory = $true)] [System.Collections.IDictionary] $Value,
        [switch] $WindowsInstaller
    )

    $line = [System.Text.StringBuilder]::new()
    $at = 0
    foreach ($match in [regex]::Matches($Template, '\{([A-Za-z_][A-Za-z0-9_]*)\}')) {
        $text = $Value[$match.Groups[1].Value]
        # The task scheduler itself reads $(...) and %NAME% in arguments; no program takes control characters.
        if ($text -match '[\x00-\x1F\x7F]|\$\(|%[^%]+%') {
            $message = "The value of $($match.Value) has control characters, `$( or %...%: no task passes it on as it is."
            throw (New-Failure -Id 'ArgumentNotSafe' -Category InvalidArgument -Message $message)
        }
        $start = $match.Index
        $end = $match.Index + $match.Length
        $left = $Template.Substring(0, $start)
        $right = $Template.Substring($end)
        $isQuoted = ($left.Length - $left.Replace('"', '').Length) % 2 -eq 1
        $isOwnQuote = $isQuoted -and $left.EndsWith('"') -and $right.StartsWith('"')
        if ($isOwnQuote) {
            $left = $left.Substring(0, $left.Length - 1)
            $right = $right.Substring(1)
        }
        if (($isOwnQuote -or -not $isQuoted) -and $left -match '(^|[\s=:])\z' -and $right -match '\A(\s|\z)') {
            $start = $left.Length
            $end = $Template.Length - $right.Length
            $text = ConvertTo-Argument -Value $text -WindowsInstaller:$WindowsInstaller
        }
        elseif ($text -match '"|\\\z' -or (-not $text -and $left.EndsWith('\')) -or
            (-not $isQuoted -and $text -match '\s')) {
            $message = "The value of $($match.Value) would have to be quoted, and stands in the middle of an argument."
            throw (New-Failure -Id 'PlaceholderMisplaced' -Category InvalidArgument -Message $message)
        }
        [void] $line.Append($Template.Substring($at, $start - $at)).Append($text)
        $at = $end
    }
    $line.Append($Template.Substring($at)).ToString()
}

