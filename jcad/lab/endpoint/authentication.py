"""Authentication over HTTP, one object a TCP connection: WWW-Authenticate and Authorization, Basic and Negotiate.

Sans-I/O but for the `Accounts` that it asks. Negotiate holds for the connection; Basic comes with every request.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from jcad.errors import LabError
from jcad.lab.endpoint.kerberos import KerberosAcceptor, is_kerberos
from jcad.lab.endpoint.logon import BAD_TOKEN, NO_LOGON_SERVER, LogonRefused, check_password
from jcad.lab.endpoint.mapping import SCHEME as CERTIFICATE_SCHEME
from jcad.lab.endpoint.negotiate import NegotiateAcceptor
from jcad.lab.endpoint.ntlm import HostNames, NtlmAcceptor

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from jcad.lab.endpoint.mapping import CertificateMapping
    from jcad.lab.endpoint.sealing import Keys
    from jcad.lab.faults import Faults
    from jcad.lab.login import Accounts, Login

Mechanism = Literal["negotiate", "basic"]
Header = tuple[str, str]
_CHALLENGE: Final = "WWW-Authenticate"
_TOKEN_SCHEMES: Final = frozenset({"negotiate", "ntlm", "kerberos"})


@dataclass(frozen=True, slots=True)
class Policy:
    """How an endpoint authenticates: what it offers, to whom it listens, and over what.

    `bindings` is the MD5 of the TLS channel's bindings `channel` (None: plain HTTP). Basic is offered over TLS alone.
    `keytab` gives the file of the host's own keys; without it the host knows no Kerberos. `mapping` says whom a client's
    certificate logs on.
    """

    mechanisms: tuple[Mechanism, ...]
    accounts: Accounts
    names: HostNames
    bindings: bytes | None
    bindings_required: bool
    faults: Faults
    channel: bytes | None = None
    keytab: Callable[[], Path] | None = None
    mapping: CertificateMapping | None = None

    @property
    def offers(self) -> tuple[Header, ...]:
        """The headers of a refusal: what the client may try."""
        offered = [(_CHALLENGE, "Negotiate")] if "negotiate" in self.mechanisms else []
        if offered and self.keytab is not None:
            offered.append((_CHALLENGE, "Kerberos"))
        if "basic" in self.mechanisms and self.bindings is not None:
            offered.append((_CHALLENGE, 'Basic realm="WSMAN"'))
        return tuple(offered)


@dataclass(frozen=True, slots=True)
class Admission:
    """What came of a request's credentials: who sent it (None: answer 401), and the headers of the answer."""

    login: Login | None
    headers: tuple[Header, ...] = ()


class ConnectionSecurity:
    """Who is at the other end of one connection, and the keys of its message encryption."""

    def __init__(
        self, policy: Policy, refused: Callable[[LogonRefused], None], certificate: bytes | None = None
    ) -> None:
        self._policy = policy
        self._certificate = certificate
        self._refused = refused
        self._acceptor: NegotiateAcceptor | KerberosAcceptor | None = None
        self._basic: tuple[str, Login] | None = None
        self.login: Login | None = None

    @property
    def keys(self) -> Keys | None:
        """The keys that NTLM or Kerberos has made for this connection; None before, and with Basic."""
        if self.login is None or self._acceptor is None:
            return None
        return self._acceptor.keys

    def admit(self, authorization: str | None) -> Admission:
        """Judge one request by its Authorization header, or by what the connection has proved before."""
        if authorization is None:
            return Admission(self.login) if self.login is not None else self._deny()
        if self._policy.faults.take("endpoint.refuse_authentication"):
            return self._deny()
        scheme, _, credentials = authorization.partition(" ")
        try:
            if scheme.lower() == "basic" and any("Basic" in offer for _, offer in self._policy.offers):
                return Admission(self._admit_basic(credentials.strip()))
            if authorization == CERTIFICATE_SCHEME and self._policy.mapping is not None:
                return Admission(self._policy.mapping.login(self._certificate))
            if scheme.lower() in _TOKEN_SCHEMES and "negotiate" in self._policy.mechanisms:
                return self._admit_negotiate(scheme, credentials.strip())
        except LogonRefused as refusal:
            self._refused(refusal)
        except LabError as error:
            # The directory is down: a host that cannot ask it refuses, and knows no more than its client.
            self._refused(LogonRefused(NO_LOGON_SERVER, f"the domain cannot be asked: {error}"))
        return self._deny()

    def _deny(self) -> Admission:
        self._acceptor = self._basic = self.login = None
        return Admission(None, self._policy.offers)

    def _admit_basic(self, credentials: str) -> Login:
        if self._basic is not None and self._basic[0] == credentials:
            return self._basic[1]
        name, separator, password = _decode_basic(credentials).partition(":")
        if not separator:
            raise LogonRefused(BAD_TOKEN, "the Basic credentials hold no colon")
        login = check_password(self._policy.accounts, name, password)
        self._basic = (credentials, login)
        return login

    def _admit_negotiate(self, scheme: str, credentials: str) -> Admission:
        token = _decode_base64(credentials)
        if self._acceptor is None or self.login is not None:
            self.login = None
            self._acceptor = self._begin(token)
        answer = self._acceptor.step(token)
        headers = () if answer is None else ((_CHALLENGE, f"{scheme} {base64.b64encode(answer).decode()}"),)
        self.login = self._acceptor.login
        return Admission(self.login, headers)

    def _begin(self, token: bytes) -> NegotiateAcceptor | KerberosAcceptor:
        policy = self._policy
        required = policy.bindings_required
        if policy.keytab is not None and is_kerberos(token):
            return KerberosAcceptor(policy.accounts, policy.keytab(), policy.channel, bindings_required=required)
        return NegotiateAcceptor(
            NtlmAcceptor(policy.accounts, policy.names, policy.bindings, bindings_required=required)
        )


def _decode_base64(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise LogonRefused(BAD_TOKEN, "the credentials are not base64") from error


def _decode_basic(credentials: str) -> str:
    """UTF-8 where it is that, else Latin-1: clients send the one or the other.  # unverified on Windows."""
    raw = _decode_base64(credentials)
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("latin-1")
