"""TLS for ldap3 that verifies: the name as OpenSSL checks it, or one pinned certificate.

ldap3's own Tls compares names with code that Python has dropped and turns every failure into text; this one keeps the cause,
so that the administrator reads what is wrong with the certificate. Touches the socket that ldap3 has opened, and a CA file.
"""

from __future__ import annotations

import hashlib
import hmac
import ssl
from typing import Any, Final

import ldap3

from jcad.directory.target import Host, Trust
from jcad.errors import CertificateError, ConnectionFailed, JcadError, SettingsError

_HOSTNAME_MISMATCH: Final = frozenset({62, 64})
_UNTRUSTED: Final = frozenset({2, 18, 19, 20, 21})
_DATES: Final = frozenset({9, 10})


class VerifiedTls(ldap3.Tls):  # type: ignore[misc]  # ldap3 has no type annotations
    """Wraps ldap3's socket. `failure` is the error that stopped it, because ldap3 makes a bare text of what is raised."""

    def __init__(self, trust: Trust, host: Host) -> None:
        super().__init__(validate=ssl.CERT_REQUIRED)
        self.failure: JcadError | None = None
        self._trust = trust
        self._host = host
        self._pin = _fingerprint(trust.fingerprint)
        self._context = tls_context(trust, bool(self._pin))

    def wrap_socket(self, connection: Any, do_handshake: bool = False) -> None:
        """Called by ldap3 after TCP is up: put TLS on the connection's socket. Raises CertificateError."""
        del do_handshake  # it is always done here: nothing may be written before the certificate is known
        try:
            wrapped = self._context.wrap_socket(connection.socket, server_hostname=self._host.name)
            self._check_pin(wrapped)
        except ssl.SSLCertVerificationError as error:
            self.failure = verification_error(self._host, error, self._trust)
        except (ssl.SSLError, OSError) as error:
            self.failure = ConnectionFailed(
                f"{self._host} does not speak TLS: {error}",
                hint="Is it the LDAPS port, and has the domain controller a certificate? (Event 1220 says so if not.)",
            )
        except CertificateError as error:
            self.failure = error
        if self.failure is not None:
            raise self.failure
        connection.socket = wrapped

    def _check_pin(self, wrapped: ssl.SSLSocket) -> None:
        if not self._pin:
            return
        presented = hashlib.sha256(wrapped.getpeercert(binary_form=True) or b"").digest()
        if not hmac.compare_digest(presented, self._pin):
            wrapped.close()
            raise CertificateError(
                f"{self._host} shows a certificate whose SHA-256 fingerprint is {presented.hex(':').upper()}, "
                "not the pinned one",
                hint="If the certificate was renewed, compare this on the server itself, then pin the new one.",
            )


def tls_context(trust: Trust, pinned: bool) -> ssl.SSLContext:
    """What believes the certificates of a trust; a pinned one is compared by whoever asks. Raises SettingsError."""
    try:
        context = ssl.create_default_context(cafile=None if trust.ca_file is None else str(trust.ca_file))
    except (OSError, ssl.SSLError) as error:
        raise SettingsError(
            f"the CA file {trust.ca_file} cannot be read: {error}", hint="It must hold certificates in PEM form."
        ) from error
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if pinned:
        # The certificate itself is known: who vouches for it, and for what name, does not matter.
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _fingerprint(text: str) -> bytes:
    """The 32 bytes of a SHA-256 fingerprint, written with or without colons and spaces."""
    try:
        raw = bytes.fromhex(text.replace(":", " "))
    except ValueError:
        raw = b"?"
    if text and len(raw) != 32:
        raise SettingsError(f"{text!r} is no SHA-256 fingerprint", hint="It has 64 hexadecimal digits.")
    return raw


def verification_error(host: Host, error: ssl.SSLCertVerificationError, trust: Trust) -> CertificateError:
    """What OpenSSL did not like about a certificate, as an administrator reads it, with what to do."""
    hint = "Look at the certificate that the domain controller presents."
    if error.verify_code in _HOSTNAME_MISMATCH:
        hint = f"The certificate is not for {host.name}: use the name that it bears, or pin its fingerprint."
    elif error.verify_code in _UNTRUSTED:
        where = f"{trust.ca_file} is not" if trust.ca_file else "this machine's trusted authorities do not include"
        hint = f"{where} the authority that issued it: set the CA file to the domain's CA certificate, or pin this one."
    elif error.verify_code in _DATES:
        hint = "Renew the certificate on the domain controller, or set this machine's clock."
    return CertificateError(f"the certificate of {host} does not verify: {error.verify_message}", hint=hint)
