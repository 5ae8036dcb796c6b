"""LDAPS of a domain controller, without a login: whether it answers, with which certificate, and what is wrong with it.

The rules are Microsoft's for certificates of LDAP over SSL: server authentication among the purposes, the domain
controller's full name as subject or DNS name, dates that include now, a chain that ends at a trusted authority. Touches
sockets in `presented` alone; `judge` is pure.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from jcad.directory.discovery import addresses
from jcad.directory.target import DirectoryTarget, Host, Trust
from jcad.directory.tls import tls_context, verification_error
from jcad.errors import CertificateError, ConnectionFailed

SOON: Final = timedelta(days=30)
"""A certificate that ends sooner is told of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PresentedCertificate:
    """What a domain controller shows at its LDAPS port; `distrust` is why the trust of the settings does not hold for it."""

    host: Host
    certificate: x509.Certificate
    distrust: CertificateError | None

    @property
    def fingerprint(self) -> str:
        """SHA-256 over the certificate, as the setting `fingerprint` takes it."""
        return self.certificate.fingerprint(hashes.SHA256()).hex(":").upper()


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateRule:
    """One rule, and how a certificate does by it (None: it cannot be said)."""

    name: str
    holds: bool | None
    detail: str
    remedy: str = ""


def presented(host: Host, target: DirectoryTarget) -> PresentedCertificate:
    """Connect twice, once believing anything to see the certificate. Raises ConnectionFailed where there is no TLS."""
    anything = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    anything.check_hostname = False
    anything.verify_mode = ssl.CERT_NONE  # nothing is sent over this connection: it only looks
    raw = _handshake(host, target, anything)
    distrust = None
    try:
        _handshake(host, target, tls_context(Trust(ca_file=target.trust.ca_file), pinned=False))
    except ssl.SSLCertVerificationError as error:
        distrust = verification_error(host, error, target.trust)
    return PresentedCertificate(host=host, certificate=x509.load_der_x509_certificate(raw), distrust=distrust)


def _handshake(host: Host, target: DirectoryTarget, context: ssl.SSLContext) -> bytes:
    (address, *_) = addresses(target, host)
    try:
        with (
            socket.create_connection((address, host.port), target.timeouts.connect) as plain,
            context.wrap_socket(plain, server_hostname=host.name) as wrapped,
        ):
            return wrapped.getpeercert(binary_form=True) or b""
    except ssl.SSLCertVerificationError:
        raise
    except (ssl.SSLError, ConnectionResetError) as error:
        raise ConnectionFailed(
            f"{host} answers at port {host.port}, and not with TLS: {error}",
            hint="A domain controller without a certificate for LDAPS says so in its event log (1220).",
        ) from error
    except OSError as error:
        raise ConnectionFailed(
            f"{host} cannot be reached at {address}, port {host.port}: {error}",
            hint="A domain controller opens the port only once it has a certificate; a firewall may be in between.",
        ) from error


def judge(shown: PresentedCertificate, now: datetime) -> Iterator[CertificateRule]:
    """Hold a certificate against every rule."""
    yield _server_authentication(shown.certificate)
    yield _name(shown.certificate, shown.host.name)
    yield _dates(shown.certificate, now)
    trusted = shown.distrust is None
    yield CertificateRule(
        name="trust",
        holds=trusted,
        detail=f"issued by {shown.certificate.issuer.rfc4514_string()}" if trusted else str(shown.distrust),
        remedy="" if shown.distrust is None else shown.distrust.hint or "",
    )


def _server_authentication(certificate: x509.Certificate) -> CertificateRule:
    name = "server authentication"
    try:
        usage = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except x509.ExtensionNotFound:
        detail = "it names no purpose; Windows wants server authentication (1.3.6.1.5.5.7.3.1) among them"
        return CertificateRule(name=name, holds=False, detail=detail, remedy=_ENROLL)
    if ExtendedKeyUsageOID.SERVER_AUTH in usage:
        return CertificateRule(name=name, holds=True, detail="among its purposes")
    detail = f"its purposes are {', '.join(one.dotted_string for one in usage)} alone"
    return CertificateRule(name=name, holds=False, detail=detail, remedy=_ENROLL)


def _name(certificate: x509.Certificate, host: str) -> CertificateRule:
    try:
        alternative = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        names = alternative.get_values_for_type(x509.DNSName)
    except x509.ExtensionNotFound:
        names = []
    common = [str(one.value) for one in certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)]
    wanted = host.rstrip(".").casefold()
    if "." not in wanted or wanted.replace(".", "").isdigit() or ":" in wanted:
        detail = f"the settings name {host}, which is no full DNS name; the certificate is for {', '.join(names)}"
        return CertificateRule(
            name="name", holds=None, detail=detail, remedy="Name the domain controller by its full name."
        )
    if wanted in map(str.casefold, names):
        return CertificateRule(name="name", holds=True, detail=f"{host} is among its DNS names")
    if wanted in map(str.casefold, common) and not names:
        detail = f"{host} is its subject; it has no DNS names, which newer clients, jcad's among them, demand"
        return CertificateRule(name="name", holds=True, detail=detail, remedy=_ENROLL)
    told = ", ".join(dict.fromkeys((*names, *common))) or "nobody"
    return CertificateRule(name="name", holds=False, detail=f"it is for {told}, not for {host}", remedy=_ENROLL)


def _dates(certificate: x509.Certificate, now: datetime) -> CertificateRule:
    first, last = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    if not first <= now <= last:
        detail = f"it is valid from {first:%Y-%m-%d %H:%M} to {last:%Y-%m-%d %H:%M} UTC"
        return CertificateRule(
            name="expiry", holds=False, detail=detail, remedy="Renew it, or set this machine's clock."
        )
    remedy = f"It ends in {(last - now).days} days: renew it." if last - now < SOON else ""
    return CertificateRule(name="expiry", holds=True, detail=f"valid until {last:%Y-%m-%d}", remedy=remedy)


_ENROLL: Final = (
    "`jcad doctor ldaps --script domain-ca` writes the script that enrolls one from the domain's authority."
)
