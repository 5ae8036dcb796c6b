function Hide-Secret {
    <# Text without what looks like a password, a key or a token, and without the secrets that are known. #>
    [CmdletBinding()]
    [OutputType([string])]
    param(
        [Parameter(Mandatory = $true)] [AllowNull()] [AllowEmptyString()] [string] $Text,
        [securestring[]] $Known = @()
    )

    $hidden = '(removed)'
    foreach ($secret in $Known) {
        $plain = [System.Net.NetworkCredential]::new('', $secret).Password
        if ($plain) { $Text = $Text.Replace($plain, $hidden) }
    }
    $kinds = 'password|passwd|pwd|passphrase|secret|token|(?<!invalid )credentials?|api[ _\-]?key|connect[ _\-]?key'
    $word = "(?:$kinds)[\w.\-]{0,60}"    # bounded: a log may hold a megabyte without a blank
    # A value without quotes goes on to the next blank, or to a comma and the like that the next name comes after.
    $bare = "(?:(?![,;&}\]]+(?:[`"'\s]|[\w.\-]{1,60}[`"']? *[=:]|`$))\S)+"
    $patterns = @(
        # Windows Installer: "Property(S): X_PASSWORD = ...", "Adding X_PASSWORD property. Its value is '...'."
        "(?im)^(.*\bproperty\([a-z]\): +[\w.\-]{0,100}$word *= *)(?:.*)`$"
        "(?im)($word property\. its (?:current )?value is )'.*'"
        # NAME=..., name: "..." and the like, in command lines, JSON and logs
        "(?i)($word[`"']? *[=:] *)(?:`"(?:[^`"\\\r\n]|\\.)*`"|'[^'\r\n]*'|$bare)"
        # HTTP
        '(?i)(\b(?:authorization|x-api-key)["'']? *[=:] *)(?:(?:basic|bearer) +)?[^\s,;"'']+'
        '(?i)(\bbearer +)[^\s,;"'']{8,}'
        # a private key as text
        '(?s)(-----BEGIN [A-Z ]*PRIVATE KEY-----).*?(?=-----END|$)'
    )
    foreach ($pattern in $patterns) {
        $Text = [regex]::Replace($Text, $pattern, "`${1}$hidden")
    }
    $Text
}
