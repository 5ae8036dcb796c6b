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
    <#
        Throws unless every placeholder of a template has a value and is an argument of its own, or the end of one:
        {name}, "{name}", NAME={name}, /name:{name}. In the middle of other text it could not be quoted safely.
    #>
    [CmdletBinding()]
    param(
        [Parameter(Mandatory = $true)] [AllowEmptyString()] [string] $Template,
        [Parameter(Mandatory = $true)] [AllowEmptyCollection()] [string[]] $Name
    )

    foreach ($match in [regex]::Matches($Template, '\{([A-Za-z]\w*)\}')) {
        $placeholder = $match.Value
        if ($Name -cnotcontains $match.Groups[1].Value) {
            $message = "The arguments have the placeholder $placeholder, and nothing was given for it."
            throw (New-Failure -Id 'PlaceholderUnknown' -Category InvalidArgument -Message $message)
        }
        $before = $Template.Substring(0, $match.Index)
        $after = $Template.Substring($match.Index + $match.Length)
        if ($before.EndsWith('"') -and $after.StartsWith('"')) {
            $before = $before.Substring(0, $before.Length - 1)
            $after = $after.Substring(1)
        }
        $quotes = $before.Length - $before.Replace('"', '').Length
        if ($before -notmatch '(^|[\s=:])\z' -or $after -notmatch '\A(\s|\z)' -or $quotes % 2 -ne 0) {
            $message = "The placeholder $placeholder stands in the middle of an argument: it must be one, or end one."
            throw (New-Failure -Id 'PlaceholderMisplaced' -Category InvalidArgument -Message $message)
        }
    }
}

function ConvertTo-ArgumentLine {
    <# The command line of a template: every placeholder becomes its value, quoted where needed. #>
    [CmdletBinding()]
    [OutputType([string])]
    param(
        [Parameter(Mandatory = $true)] [AllowEmptyString()] [string] $Template,
        [Parameter(Mandatory = $true)] [System.Collections.IDictionary] $Value,
        [switch] $WindowsInstaller
    )

    foreach ($name in @($Value.Keys)) {
        # The task scheduler itself reads $(...) and %NAME% in arguments; no program takes control characters.
        if ($Value[$name] -match '[\x00-\x1F\x7F]|\$\(|%[^%]+%') {
            $message = "The value of {$name} has control characters, `$( or %...%: no task can pass it on as it is."
            throw (New-Failure -Id 'ArgumentNotSafe' -Category InvalidArgument -Message $message)
        }
    }
    $line = [System.Text.StringBuilder]::new()
    $at = 0
    foreach ($match in [regex]::Matches($Template, '"\{([A-Za-z]\w*)\}"|\{([A-Za-z]\w*)\}')) {
        $name = $match.Groups[1].Value + $match.Groups[2].Value
        $argument = ConvertTo-Argument -Value $Value[$name] -WindowsInstaller:$WindowsInstaller
        [void] $line.Append($Template.Substring($at, $match.Index - $at)).Append($argument)
        $at = $match.Index + $match.Length
    }
    $line.Append($Template.Substring($at)).ToString()
}

