"""What Windows PowerShell 5.1 has not and PowerShell 7 has: parameters, by cmdlet, and syntax. Pure data.

Sources: the documentation's "What's new in PowerShell 7.x" and "Differences between Windows PowerShell 5.1 and PowerShell".
"""

from __future__ import annotations

import re
from typing import Final

DESKTOP: Final = "Desktop"
CORE: Final = "Core"

#: `--edition` -> `$PSEdition`.
EDITIONS: Final = {"5.1": DESKTOP, "7": CORE}

#: Cmdlet -> the parameters that came after 5.1.
SINCE_SIX: Final[dict[str, str]] = {
    "ConvertFrom-Json": "AsHashtable DateKind Depth NoEnumerate",
    "ConvertFrom-SecureString": "AsPlainText",
    "ConvertFrom-StringData": "Delimiter",
    "ConvertTo-Csv": "IncludeTypeInformation NoHeader QuoteFields UseQuotes",
    "ConvertTo-Json": "AsArray EnumsAsStrings EscapeHandling",
    "ForEach-Object": "AsJob Parallel ThrottleLimit TimeoutSeconds UseNewRunspace",
    "Get-Command": "ExcludeModule FuzzyMinimumDistance UseAbbreviationExpansion UseFuzzyMatching",
    "Get-Culture": "ListAvailable Name NoUserOverrides",
    "Get-Date": "AsUTC UnixTimeSeconds",
    "Get-Module": "SkipEditionCheck",
    "Get-Unique": "CaseInsensitive",
    "Import-Module": "SkipEditionCheck UseWindowsPowerShell",
    "Invoke-Command": "ConnectingTimeout HostName KeyFilePath Options RemoteDebug SSHConnection SSHTransport Subsystem UserName",
    "Join-Path": "AdditionalChildPath",
    "Measure-Object": "AllStats StandardDeviation",
    "New-Guid": "Empty InputObject",
    "Read-Host": "MaskInput",
    "Select-Object": "CaseInsensitive SkipIndex",
    "Select-String": "Culture NoEmphasis Raw",
    "Set-Variable": "Append",
    "Sort-Object": "Bottom Stable Top",
    "Split-Path": "Extension LeafBase",
    "Start-Sleep": "Duration",
    "Tee-Object": "Encoding",
    "Where-Object": "Not",
}

#: Cmdlets that came after 5.1 and are no part of the lab.
CMDLETS_SINCE_SIX: Final = """
    ConvertFrom-CliXml ConvertFrom-Markdown ConvertTo-CliXml Disable-ExperimentalFeature Enable-ExperimentalFeature
    Get-Error Get-ExperimentalFeature Get-MarkdownOption Get-PSSubsystem Get-Uptime Join-String Remove-Alias Remove-Service
    Set-MarkdownOption Show-Markdown Start-ThreadJob Switch-Process Test-Json
"""

#: What begins at a place where 5.1 finds no PowerShell, and 7 an operator.
_OPERATORS: Final = re.compile(r"\?\?=|\?\?|\?\.|\?\[|\?|&&|\|\||\||&")


def later_parameters(cmdlet: str, edition: str) -> frozenset[str]:
    """The parameters that this edition's cmdlet has not."""
    return frozenset(SINCE_SIX.get(cmdlet, "").split()) if edition == DESKTOP else frozenset()


def later_operator(text: str, at: int) -> str:
    """The operator of PowerShell 7 that stands where 5.1's parser could not go on, or ""."""
    while at < len(text) and text[at] in " \t":
        at += 1
    match = _OPERATORS.match(text, at)
    if match is None or text[:at].rstrip()[-1:] in {"", ";", "{", "(", "|"}:  # nothing stands to its left
        return ""
    return match.group()
