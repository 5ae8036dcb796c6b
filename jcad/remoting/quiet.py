"""What the libraries of the wire may log: nothing that holds a message's body, a token or a name from a script.

pypsrp logs whole envelopes at DEBUG and host calls with their arguments at WARNING, pyspnego logs tokens. Only texts
that are known to be harmless pass; urllib3's lines (method, path, status) have no body and are left alone.
"""

from __future__ import annotations

import importlib
import logging
import threading

_MODULES = (
    "pypsrp._utils",
    "pypsrp.client",
    "pypsrp.complex_objects",
    "pypsrp.encryption",
    "pypsrp.host",
    "pypsrp.messages",
    "pypsrp.negotiate",
    "pypsrp.powershell",
    "pypsrp.serializer",
    "pypsrp.shell",
    "pypsrp.wsman",
    "spnego._context",
    "spnego._credssp",
    "spnego._gss",
    "spnego._negotiate",
    "spnego._ntlm",
    "spnego._sspi",
    "spnego.auth",
)
_HARMLESS = (
    "Beginning remote Pipeline invocation",
    "Closing Runspace Pool",
    "Initialising PowerShell in remote Runspace Pool",
    "Initialising RunspacePool object for configuration",
    "Initialising WSMan class",
    "Opening a new Runspace Pool on remote host",
    "Received EncryptedSessionKey response",
    "Received PipelineState with state",
    "Received RunspacePoolInitData",
    "Received RunspacePoolState with state",
    "Received SessionCapability",
    "Starting key exchange with remote host",
    "Stopping remote Pipeline",
)
_done = threading.Event()


class _KnownTextsOnly(logging.Filter):
    """Lets a record pass only where its text begins with one that holds no data, and takes its traceback off."""

    def filter(self, record: logging.LogRecord) -> bool:
        if not record.getMessage().startswith(_HARMLESS):
            return False
        record.exc_info = record.exc_text = record.stack_info = None
        return True


def keep_bodies_out_of_logs() -> None:
    """Put the filter on every logger of pypsrp and pyspnego, once. Whoever opens a session calls this first."""
    if _done.is_set():
        return
    known = _KnownTextsOnly()
    for name in _MODULES:
        importlib.import_module(name)
    libraries = [name for name in logging.root.manager.loggerDict if name.partition(".")[0] in {"pypsrp", "spnego"}]
    for name in {*_MODULES, *libraries, "pypsrp", "spnego"}:
        logging.getLogger(name).addFilter(known)
    _done.set()
