"""Whether a WinRM endpoint can be reached, before anybody logs on: one empty request without credentials.

Touches the network; no account and no password is used.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from cryptography import x509

from jcad.errors import JcadError, RemotingError
from jcad.remoting.endpoint import Authentication, Endpoint
from jcad.remoting.failures import WIRE_ERRORS, translated
from jcad.remoting.line import Line, direct_session
from jcad.remoting.login import refuse_web_page

_OFFERED = {"negotiate": "Negotiate", "kerberos": "Kerberos", "basic": "Basic", "credssp": "CredSSP", "ntlm": "NTLM"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Reached:
    """What an endpoint shows to anybody: the ways of logging on that it offers, and when its certificate ends (None: HTTP)."""

    offers: tuple[str, ...]
    certificate_until: datetime | None

    def takes(self, authentication: Authentication) -> bool:
        """Whether it offers a way of logging on. Certificates are not offered by name, so nobody knows."""
        if authentication is Authentication.CERTIFICATE:
            return True
        return ("Basic" if authentication is Authentication.BASIC else "Negotiate") in self.offers


def reach(endpoint: Endpoint) -> Reached:
    """Ask for nothing and be refused: what comes on the way. Raises ConnectionFailed, CertificateError, RemotingError."""
    line = Line()
    session = direct_session(endpoint, line)
    try:
        answer = session.post(
            endpoint.url, headers={"Content-Length": "0"}, timeout=(endpoint.connect_timeout, endpoint.read_timeout)
        )
    except (JcadError, *WIRE_ERRORS) as error:
        raise translated(error, endpoint) from error
    finally:
        line.close()
        session.close()
    refuse_web_page(answer, endpoint, spent=False)
    if answer.status_code == 404:
        raise RemotingError(
            f"{endpoint.url}: nothing answers at this path (HTTP 404)", hint="the path of WinRM is usually wsman"
        )
    if answer.status_code != 401:
        raise RemotingError(f"{endpoint.url} answered HTTP {answer.status_code} where WinRM asks for a login")
    offered = answer.headers.get("WWW-Authenticate", "").lower()
    return Reached(
        offers=tuple(shown for name, shown in _OFFERED.items() if name in offered),
        certificate_until=_until(line.certificate),
    )


def _until(certificate: bytes | None) -> datetime | None:
    return None if certificate is None else x509.load_der_x509_certificate(certificate).not_valid_after_utc
