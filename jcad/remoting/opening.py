"""Opens sessions. pypsrp is imported when the first one is opened: a run that only plans does not wait for it."""

from __future__ import annotations

from jcad.model.secret import Secret
from jcad.remoting.endpoint import Endpoint, Protocol
from jcad.remoting.session import Session


def open_session(endpoint: Endpoint, password: Secret) -> Session:
    """Log on, once, and open a warm runspace, or a command shell.

    Raises AuthenticationFailed at the first refusal, AccessDenied where the account may not log on over WinRM,
    CertificateError and ConnectionFailed where the host is not reached, RemotingError for anything else.
    """
    if endpoint.protocol is Protocol.WINRM:
        from jcad.remoting.shell import ShellSession  # noqa: PLC0415  - pywinrm is for whoever asks for it

        return ShellSession(endpoint, password)
    from jcad.remoting.psrp import PsrpSession  # noqa: PLC0415  - a tenth of the time in which jcad starts

    return PsrpSession(endpoint, password)
