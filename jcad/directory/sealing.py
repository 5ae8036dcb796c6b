"""NTLM sign-and-seal: the tokens of a SASL GSS-SPNEGO bind, and the socket that seals what passes through it, for Kerberos too.

ldap3 2.9.1 knows neither. After the bind ldap3's socket is replaced by a `SealedSocket`; ldap3 and jcad go on reading and
writing LDAP as before. Sources: RFC 4422 3.7 (buffers with a length of four octets), MS-ADTS 5.1.1.1.2, MS-NLMP 3.4.
"""

from __future__ import annotations

import hashlib
import socket
from typing import Final, Protocol

import spnego
from cryptography import x509
from spnego.channel_bindings import GssChannelBindings
from spnego.exceptions import SpnegoError

from jcad.errors import AuthenticationFailed, ConnectionFailed
from jcad.model import Secret

_WRITE_SIZE: Final = 0x10000
_LARGEST_BUFFER: Final = 16 * 1024 * 1024
_READ_SIZE: Final = 0x40000
_REQUIRED: Final = spnego.ContextReq.integrity | spnego.ContextReq.confidentiality
_WITHIN_TLS: Final = spnego.ContextReq.mutual_auth | spnego.ContextReq.no_integrity
_FLAGS: Final = _REQUIRED | spnego.ContextReq.sequence_detect | spnego.ContextReq.replay_detect


class SaslLogin(Protocol):
    """The client's side of a SASL login: `first` opens it, `step` answers tokens; `seal` gives a socket that seals."""

    mechanism: str
    first: bytes

    def step(self, token: bytes) -> bytes:
        """The answer to the server's token; empty when there is nothing left to say."""

    def seal(self, plain: socket.socket) -> SealedSocket:
        """The socket for everything that follows."""


def channel_bindings(certificate: bytes) -> GssChannelBindings:
    """The tls-server-end-point binding of a server's certificate in DER (RFC 5929 4.1)."""
    named = x509.load_der_x509_certificate(certificate).signature_hash_algorithm
    algorithm = "sha256" if named is None or named.name in {"md5", "sha1"} else named.name
    return GssChannelBindings(application_data=b"tls-server-end-point:" + hashlib.new(algorithm, certificate).digest())


class _NtlmPassword(spnego.Password):
    """A password that is offered to NTLM alone.

    SPNEGO would else let a Kerberos library try it first, and a wrong password would count twice.
    """

    @property
    def supported_protocols(self) -> list[str]:
        return ["ntlm"]


class SealedLogin:
    """The client's side of one NTLM login: `first` opens it, `step` answers tokens; then `seal` gives a socket that seals.

    `channel` is the certificate (DER) of the TLS around it: then the login is bound to it, and does not sign or seal, which
    a domain controller refuses within TLS (MS-ADTS 5.1.1.1.2).
    """

    mechanism = "GSS-SPNEGO"

    def __init__(self, account: str, password: Secret, server_name: str, channel: bytes | None = None) -> None:
        self._account = account
        try:
            # A Password object, because pyspnego would take a text of 32 hex digits, a colon and 32 more for hashes.
            self._context = spnego.client(
                _NtlmPassword(account, password.reveal()),
                hostname=server_name,
                service="ldap",
                protocol="negotiate",
                context_req=_FLAGS if channel is None else _WITHIN_TLS,
                channel_bindings=None if channel is None else channel_bindings(channel),
                options=spnego.NegotiateOptions.use_negotiate,
            )
            self.first = self._context.step() or b""
        except SpnegoError as error:
            raise ConnectionFailed(
                f"this machine cannot begin an NTLM login: {error}",
                hint='A machine in FIPS mode has no NTLM; use protection "ldaps".',
            ) from error

    def step(self, token: bytes) -> bytes:
        """The answer to the server's token; empty when there is nothing left to say. Raises AuthenticationFailed."""
        try:
            return self._context.step(token) or b""
        except SpnegoError as error:
            raise AuthenticationFailed(
                f"the NTLM login of {self._account} broke off: {error}",
                account=self._account,
                hint="The server may not allow NTLM (policy 'Restrict NTLM'); use protection \"ldaps\".",
            ) from error

    def seal(self, plain: socket.socket) -> SealedSocket:
        """The socket for everything that follows. Raises ConnectionFailed if the login gave no sealing."""
        if not self._context.complete or (self._context.context_attr & _REQUIRED) != _REQUIRED:
            raise ConnectionFailed(
                "the domain controller agreed to the login, but not to signing and sealing",
                hint='Use protection "ldaps".',
            )
        return SealedSocket(plain, self._context)


class SealedSocket:
    """A connected socket whose bytes travel signed and encrypted. It has what ldap3 and jcad use of a socket."""

    def __init__(self, plain: socket.socket, context: spnego.ContextProxy, write_size: int = _WRITE_SIZE) -> None:
        self._plain = plain
        self._context = context
        self._write_size = write_size
        self._sealed = b""
        self._opened = b""

    def sendall(self, data: bytes) -> None:
        """Seal and send all of it."""
        for start in range(0, len(data), self._write_size):
            wrapped = self._context.wrap(data[start : start + self._write_size]).data
            self._plain.sendall(len(wrapped).to_bytes(4, "big") + wrapped)

    def recv(self, size: int) -> bytes:
        """At most `size` opened bytes; empty when the other side has closed. Raises ConnectionFailed if tampered with."""
        if not self._opened:
            self._opened = self._open()
        head, self._opened = self._opened[:size], self._opened[size:]
        return head

    def _open(self) -> bytes:
        opened: list[bytes] = []
        while not opened:
            received = self._plain.recv(_READ_SIZE)
            if not received:
                return b""
            self._sealed += received
            self._unwrap_whole_buffers(opened)
        return b"".join(opened)

    def _unwrap_whole_buffers(self, opened: list[bytes]) -> None:
        position = 0
        while (start := position + 4) <= len(self._sealed):
            size = int.from_bytes(self._sealed[position:start], "big")
            if size > _LARGEST_BUFFER:
                raise ConnectionFailed(f"the domain controller announces a sealed buffer of {size} bytes")
            if start + size > len(self._sealed):
                break
            opened.append(self._unwrap(self._sealed[start : start + size]))
            position = start + size
        self._sealed = self._sealed[position:]

    def _unwrap(self, sealed: bytes) -> bytes:
        try:
            return self._context.unwrap(sealed).data
        except (SpnegoError, ValueError) as error:
            raise ConnectionFailed(
                "a sealed reply does not verify: it was changed on the way, or did not come from this server",
                hint="Find out what sits between here and the domain controller.",
            ) from error

    def settimeout(self, seconds: float | None) -> None:
        """Seconds to wait for the next bytes."""
        self._plain.settimeout(seconds)

    def shutdown(self, how: int) -> None:
        """End the connection in one or both directions."""
        self._plain.shutdown(how)

    def close(self) -> None:
        """Close the socket."""
        self._plain.close()
