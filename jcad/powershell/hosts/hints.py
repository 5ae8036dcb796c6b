"""What an error of a script for hosts means to the administrator, and what to do. Pure.

Errors are told by FullyQualifiedErrorId, exception type and Win32 code, never by their message: hosts are localised.
"""

from __future__ import annotations

from jcad.model.script import Script

_DENIED_CODES = frozenset({5, 0x80070005})
_DISK_FULL = frozenset({112, 0x80070070})
_BAD_LOGON = frozenset({1326, 0x8007052E})


def host_hint(script: Script, error_id: str, category: str, kind: str, code: int | None) -> str | None:
    """What to do about an error that `script` reported, or None where jcad knows nothing better than the message."""
    if kind == "System.UnauthorizedAccessException" or category == "PermissionDenied" or code in _DENIED_CODES:
        return f"{script.name} needs a local administrator of the host, in a session that is not restricted"
    if code in _DISK_FULL:
        return "the disk of the host is full: free some room there, and run the same command again"
    if code in _BAD_LOGON or "0x8007052e" in error_id.lower():
        return "the password of the account that runs the task is not right: it is not tried again"
    if error_id.startswith("CommandNotFoundException"):
        return "the host lacks a cmdlet of Windows Server's own: Windows PowerShell 5.1 on Windows Server 2012 or later is needed"
    return None
