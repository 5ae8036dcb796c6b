"""What an error of a script for hosts means to the administrator, and what to do. Pure.

Errors are told by FullyQualifiedErrorId, exception type and Win32 code, never by their message: hosts are localised.
"""

from __future__ import annotations

import re

from jcad.model.script import Script
from jcad.powershell.hosts.exit_codes import explain_exit_code

_DENIED_CODES = frozenset({5, 0x80070005})
_DISK_FULL = frozenset({112, 0x80070070})
_BAD_LOGON = frozenset({1326, 0x8007052E})
_HRESULT = re.compile(r"HRESULT (0x[0-9A-Fa-f]{8})\b")
_BY_ID = {
    "ArgumentNotSafe": "give it another value: letters, digits and -_. are always passed on as they are",
    "ConfigurationNotJson": "correct the file by hand; the agent reads it at its start",
    "ConfigurationNotKept": "change the file by hand: something in it is not plain JSON",
    "FileMissing": "stage the installer again, or look whether somebody removed the file",
    "HashMismatch": "the file is not what was expected: do not run it; compare it with what JumpCloud's console gives",
    "LogMissing": "the agent has not written a log yet, or its log lies elsewhere: `jcad agent status` shows where",
    "NoDomainController": "ask a domain controller: a member server has no health of this kind",
    "NotStarted": "look at the account that runs it, and at the host's event log",
    "PlaceholderMisplaced": "let the placeholder be an argument of its own, or the end of one: NAME={name}",
    "PlaceholderUnknown": "look at `arguments` in [agents]",
    "ServiceMissing": "the agent is not installed there, or its service has another name",
    "ServiceTimedOut": "the service may still come: look at it again in a minute",
    "SignatureNotValid": "do not run it: the file is unsigned, or was changed after it was signed",
    "SignerUnexpected": "do not run it, unless `signer` in [agents] is what is wrong",
    "StillThere": "look at its log; a service that a console has open is removed when that is closed",
    "TaskAlreadyRunning": "wait until the installer of the earlier run has ended, or end its task on the host",
    "TimedOut": "its log tells how far it came; a longer install_timeout in [agents] gives it more time",
}
_SERVICE_CODES = {
    1053: "it did not answer in time: look at the agent's log and at the host's event log",
    1058: "the service is disabled: Set-Service -StartupType Automatic",
    1067: "it ended at once: its last error says why; after a change of the password or of the administrator who upgrades, "
    "`jcad agent reinstall` gives it its password anew",
    1069: "the service's own account could not log on",
    1072: "it is marked for deletion: restart the host",
}


def host_hint(script: Script, error_id: str, category: str, kind: str, code: int | None) -> str | None:
    """What to do about an error that `script` reported, or None where jcad knows nothing better than the message."""
    if error_id in {"ExitCode", "NotStarted", "TaskRefused"} and code is not None:
        return str(explain_exit_code(code))
    if error_id == "ServiceState":
        return _SERVICE_CODES.get(code or 0, "its last error says why")
    if error_id in _BY_ID:
        return _BY_ID[error_id]
    if kind == "System.UnauthorizedAccessException" or category == "PermissionDenied" or code in _DENIED_CODES:
        return f"{script.name} needs a local administrator of the host, in a session that is not restricted"
    if code in _DISK_FULL:
        return "the disk of the host is full: free some room there, and run the same command again"
    if refused := _HRESULT.match(error_id):
        return str(explain_exit_code(int(refused[1], 16)))
    if code in _BAD_LOGON:
        return "the password of the account that runs the task is not right: it is not tried again"
    if error_id.startswith("CommandNotFoundException"):
        return "the host lacks a cmdlet of Windows Server's own: Windows PowerShell 5.1 on Windows Server 2012 or later is needed"
    return None
