"""The one constant script that runs a script over WinRM's command shell, and the document that it reads. Pure.

A command line holds 8,191 characters (cmd.exe), travels through logs, and knows no secure strings. So the command line is
this bootstrap alone, always the same; script, parameters and secrets come in one JSON document over standard input, which
is pure ASCII, as the shell's code page is 437 by default; what the script says is escaped to ASCII for the same reason. Each
text carries a one-character marker, so that no ConvertFrom-Json takes it for a date.
"""

from __future__ import annotations

import base64
import json
import re

from jcad.errors import ScriptError
from jcad.model.script import Call
from jcad.remoting.feed import cut

BOOTSTRAP = """\
$ErrorActionPreference = 'Stop'
$ProgressPreference = 'SilentlyContinue'
$document = ConvertFrom-Json -InputObject (-join @($input))
$parameters = @{}
foreach ($property in $document.parameters.PSObject.Properties) {
    $value = $property.Value
    if ($value -is [string]) { $value = $value.Substring(1) }
    $parameters[$property.Name] = $value
}
$secrets = @(foreach ($text in $document.secrets) {
    ConvertTo-SecureString -String $text.Substring(1) -AsPlainText -Force
})
if ($secrets.Count) { $parameters['Secret'] = [securestring[]] $secrets }
if ($document.PSObject.Properties['user']) {
    $password = ConvertTo-SecureString -String $document.password.Substring(1) -AsPlainText -Force
    $user = $document.user.Substring(1)
    $parameters['Credential'] = New-Object -TypeName PSCredential -ArgumentList $user, $password
}
$script = [scriptblock]::Create($document.script.Substring(1))
$feed = @(foreach ($piece in $document.feed) { , [Convert]::FromBase64String($piece) })
Remove-Variable -Name document, text, piece -ErrorAction Ignore
$feed | & $script @parameters | ForEach-Object {
    $line = if ($_ -is [byte[]]) { [Convert]::ToBase64String($_) } else { [string] $_ }
    [Console]::WriteLine([regex]::Replace($line, '[^ -~]', {
        -join ($args[0].Value.ToCharArray() | ForEach-Object { '\\u{0:x4}' -f [int] $_ })
    }))
}
"""
"""Under 2,000 characters; the only place in jcad where PowerShell makes a script block of a text (`Create`)."""

COMMAND_LINE_LIMIT = 8_191
_FED = 192 * 1024  # bytes in one text of the document
_ERRORS = re.compile(r'<S S="Error">(.*?)</S>', re.DOTALL)
_ESCAPE = re.compile(r"_x([0-9A-Fa-f]{4})_")
_CLIXML = "#< CLIXML"
_ENTITIES = (("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&apos;", "'"), ("&amp;", "&"))


def command_line() -> str:
    """The command line: the same for every script. No profile is loaded, nobody is asked anything."""
    encoded = base64.b64encode(BOOTSTRAP.encode("utf-16-le")).decode("ascii")
    return f"powershell.exe -NoLogo -NoProfile -NonInteractive -EncodedCommand {encoded}"


def document(call: Call) -> bytes:
    """The document for standard input: one line of ASCII, ended as a line. The secrets are in it: it is only ever sent."""
    content: dict[str, object] = {
        "script": _marked(call.script.text),
        "parameters": {name: _marked(value) for name, value in call.parameters.items()},
        "secrets": [_marked(secret.reveal()) for secret in call.secrets],
        "feed": [base64.b64encode(piece).decode("ascii") for piece in cut(call.feed or (), _FED)],
    }
    if call.credential is not None:
        content["user"] = _marked(call.credential.account)
        content["password"] = _marked(call.credential.password.reveal())
    text = json.dumps(content, ensure_ascii=True, separators=(",", ":"))
    return text.encode("ascii") + b"\r\n"


def _marked(value: str | int | bool) -> str | int | bool:
    return f"={value}" if isinstance(value, str) else value


class LineReader:
    """Bytes of standard output in, whole lines out."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> list[str]:
        """The lines that are whole now. Raises ScriptError for what is not ASCII: the bootstrap escapes everything else."""
        *lines, self._rest = (self._rest + data).split(b"\n")
        return [_ascii(line) for line in lines]

    def end(self) -> list[str]:
        """What came after the last end of a line."""
        rest, self._rest = self._rest, b""
        return [_ascii(rest)] if rest.strip() else []


def _ascii(line: bytes) -> str:
    try:
        return line.rstrip(b"\r").decode("ascii")
    except UnicodeDecodeError as error:
        raise ScriptError(
            "the host wrote something that the script did not say (it is not ASCII)",
            hint="a banner of a profile or of a security product on standard output? Prefer psrp there",
        ) from error


def errors_of(standard_error: bytes) -> str:
    """The errors among what came over standard error: CLIXML, of which progress and the like are no errors; else its text."""
    text = standard_error.decode("ascii", "replace")
    if _CLIXML not in text:
        return text.strip()
    return "".join(map(_unescaped, _ERRORS.findall(text))).strip()


def _unescaped(text: str) -> str:
    for entity, character in _ENTITIES:
        text = text.replace(entity, character)
    return _ESCAPE.sub(lambda match: chr(int(match[1], 16)), text)
