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
    $word = "[\w.\-]*(?:$kinds)[\w.\-]*"
    $patterns = @(
        # Windows Installer: "Property(S): X_PASSWORD = ...", "Adding X_PASSWORD property. Its value is '...'."
        "(?im)^(.*\bproperty\([a-z]\): +$word *= *)(?:.*)`$"
        "(?im)(\b$word property\. its (?:current )?value is )'.*'"
        # NAME=..., name: "..." and the like, in command lines, JSON and logs
        "(?i)(\b$word[`"']? *[=:] *)(?:`"(?:[^`"\\]|\\.)*`"|'[^']*'|[^\s,;}\]]+)"
        # HTTP
        '(?i)(\b(?:authorization|x-api-key)["'']? *[=:] *)(?:(?:basic|bearer) +)?[^\s,;"'']+'
        '(?i)(\bbearer +)[\w.~+/=\-]+'
        # a private key as text
        '(?s)(-----BEGIN [A-Z ]*PRIVATE KEY-----).*?(?=-----END|$)'
    )
    foreach ($pattern in $patterns) {
        $Text = [regex]::Replace($Text, $pattern, "`${1}$hidden")
    }
    $Text
}
