"""What the scripts that carry files say went wrong, as jcad's errors. Pure.

Told by the id that the script gave the error, never by its message: hosts are localised.
"""

from __future__ import annotations

from jcad.errors import AccessDenied, JcadError, RemotingError
from jcad.model.outcome import ItemError, ItemOutcome

CHANGED = "FileChanged"
"""The file on the host is not the one whose beginning was sent before, or is being written."""

_HINTS = {
    "DiskFull": "free some room on that drive and run the same command again: what has arrived is kept",
    "FileInUse": "something on the host has the file open, such as an installer that still runs; try again later",
    "PathTooLong": "name a shorter staging folder: Windows allows 259 characters to a path",
    "FolderMissing": "is that drive there? Name another staging folder in the settings",
    "FileMissing": "it was removed meanwhile, or never made",
    "FolderNotSafe": "remove the folder on the host, so that jcad makes it anew, or name one that is not there yet: what lies "
    "in it is run later, and nobody else may be able to swap it",
    "FolderRefused": "name a whole path below a drive, outside Windows, such as C:\\ProgramData\\jcad\\files",
    "HashMismatch": "is the file the one whose SHA-256 the settings name? Nothing of it was kept",
    CHANGED: "the file is being written; try again when it is not",
    "SourceRefused": "name a file of a share (\\\\server\\share\\...) or an address that begins with https://",
    "CouldNotMapNetworkDrive": "correct the account that reads the share, or its password; it was tried once",
    "PathNotFound": "is the share's name right, and may everybody read it? A remote session has no identity of its own on other "
    "machines (the second hop): give an account that may read the share",
    "ShareDenied": "a remote session has no identity of its own on other machines (the second hop): "
    "give an account that may read the share, or let everybody read it",
    "WebNameResolutionFailure": "the host cannot resolve that name: is the address right, or does the host need a proxy?",
    "WebProxyNameResolutionFailure": "the host cannot resolve the name of the proxy",
    "WebConnectFailure": "the host cannot reach that server: does it need a proxy, or a rule in a firewall?",
    "WebTrustFailure": "the host does not trust the server's certificate: install its authority there, or use another address",
    "WebSecureChannelFailure": "the server does not speak TLS 1.2 with the host",
    "WebTimeout": "the server was silent for too long; is there a proxy to be named?",
    "WebProtocolError": "does the address need a login, or is it no longer right? An expired link is renewed in JumpCloud",
}


def failure(outcome: ItemOutcome, script: str, host: str) -> JcadError:
    """The error of an outcome that is not what was asked for."""
    error = outcome.error or ItemError(id=outcome.status.value, message=outcome.reason or "it does not say why")
    bare = error.id.partition(",")[0]
    hint = _HINTS.get(bare) or error.hint
    message = f"{script} failed on {host}: {' '.join(error.message.split())}"
    if bare in {"AccessDenied", "ShareDenied"} or error.type == "System.UnauthorizedAccessException":
        return AccessDenied(message, hint=hint)
    if bare == "WebProtocolError" and error.code:
        message = f"{message} (HTTP {error.code})"
    return RemotingError(message, code=error.code or 0, hint=hint)


def is_changed(outcome: ItemOutcome) -> bool:
    """Whether the file on the host is not the one whose beginning is known here."""
    return outcome.error is not None and outcome.error.id.partition(",")[0] == CHANGED
