"""Kerberos over LDAP: the tokens of a SASL GSSAPI bind and the agreement on sealing (RFC 4752).

The ticket is made from a keytab or a password, or is one of the ticket cache; MIT's library (SSPI on Windows) does so, through
pyspnego, which asks the KDC over the network.
"""

from __future__ import annotations

import socket
from typing import Final

import spnego
from spnego.exceptions import SpnegoError

from jcad.directory.sealing import SealedSocket, channel_bindings
from jcad.directory.target import DirectoryTarget
from jcad.errors import ConnectionFailed
from jcad.model import KerberosSource, kerberos_failure, kerberos_missing, kerberos_principal

_SEAL: Final = 4  # RFC 4752 3.3: the bit mask of security layers; 1 is none, 2 integrity, 4 confidentiality as well
_NO_LAYER: Final = 1
_LARGEST: Final = 0xFFFFFF
_OVERHEAD: Final = 1024  # more than any mechanism adds to what it wraps
_BASE: Final = spnego.ContextReq.mutual_auth | spnego.ContextReq.sequence_detect | spnego.ContextReq.replay_detect
_SEALED: Final = _BASE | spnego.ContextReq.integrity | spnego.ContextReq.confidentiality


class KerberosLogin:
    """The client's side of one Kerberos login: `first` opens it, `step` answers tokens; then `seal` gives a socket that seals.

    `channel` is the certificate (DER) of the TLS around it: then the login is bound to it, and TLS alone protects.
    Raises SecretError where there is no ticket, AuthenticationFailed where the KDC refuses, ConnectionFailed.
    """

    mechanism = "GSSAPI"

    def __init__(self, target: DirectoryTarget, server_name: str, channel: bytes | None = None) -> None:
        self._account = kerberos_principal(target.account, target.domain)
        self._service = f"ldap/{server_name}"
        self._layer = _SEAL if channel is None else _NO_LAYER
        self._write_size = 0
        self._agreed = False
        self._source = _source(target)
        try:
            self._context = spnego.client(
                _credential(target, self._account),
                hostname=server_name,
                service="ldap",
                protocol="kerberos",
                context_req=_SEALED if channel is None else _BASE | spnego.ContextReq.integrity,
                channel_bindings=None if channel is None else channel_bindings(channel),
            )
            self.first = self._context.step() or b""
        except ImportError as error:
            raise kerberos_missing(error) from error
        except Exception as error:
            raise self._failure(error) from error

    def step(self, token: bytes) -> bytes:
        """The answer to the server's token; empty when there is nothing left to say. Raises as the making does."""
        if self._agreed:
            return b""
        try:
            if self._context.complete:
                return self._agree(self._context.unwrap(token).data)
            return self._context.step(token) or b""
        except SpnegoError as error:
            raise self._failure(error) from error

    def _agree(self, offer: bytes) -> bytes:
        """Choose the security layer among those offered (RFC 4752 3.1): one octet of layers, three of the largest buffer."""
        if len(offer) != 4 or not offer[0] & self._layer:
            raise ConnectionFailed(
                "the domain controller agreed to the login, but not to signing and sealing",
                hint='Use protection "ldaps".',
            )
        self._write_size = int.from_bytes(offer[1:], "big") - _OVERHEAD
        self._agreed = True
        largest = _LARGEST if self._layer == _SEAL else 0
        chosen = bytes([self._layer]) + largest.to_bytes(3, "big")
        return self._context.wrap(chosen, encrypt=False).data

    def seal(self, plain: socket.socket) -> SealedSocket:
        """The socket for everything that follows. Raises ConnectionFailed if the login gave no sealing."""
        if not self._agreed or self._layer != _SEAL or self._write_size <= 0:
            raise ConnectionFailed(
                "the domain controller ended the login before signing and sealing were agreed on",
                hint='Use protection "ldaps".',
            )
        return SealedSocket(plain, self._context, self._write_size)

    def _failure(self, error: Exception) -> Exception:
        return kerberos_failure(error, account=self._account, service=self._service, source=self._source)


def _source(target: DirectoryTarget) -> KerberosSource:
    if target.keytab:
        return KerberosSource.KEYTAB
    return KerberosSource.PASSWORD if target.password else KerberosSource.CACHE


def _credential(
    target: DirectoryTarget, principal: str
) -> spnego.KerberosKeytab | spnego.Password | spnego.CredentialCache:
    if target.keytab:
        return spnego.KerberosKeytab(target.keytab, principal)
    if target.password:
        return spnego.Password(principal, target.password.reveal())
    return spnego.CredentialCache(username=principal)
