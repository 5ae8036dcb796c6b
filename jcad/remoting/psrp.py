"""A session over the PowerShell Remoting Protocol (MS-PSRP over MS-WSMV), carried by pypsrp."""

from __future__ import annotations

from jcad.errors import RemotingError
from jcad.model.secret import Secret
from jcad.remoting.endpoint import Endpoint
from jcad.remoting.session import Session


def open_session(endpoint: Endpoint, password: Secret) -> Session:
    """Log on, once, and open a warm runspace.

    Raises AuthenticationFailed at the first refusal, AccessDenied where the account may not log on over WinRM,
    CertificateError and ConnectionFailed where the host is not reached, RemotingError for anything else.
    """
    raise RemotingError(f"{endpoint.url}: sessions cannot be opened yet ({type(password).__name__})")
