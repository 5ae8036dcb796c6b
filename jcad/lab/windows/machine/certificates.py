r"""The certificates of a lab host's computer (Cert:\LocalMachine\My): real X.509, made or put in, in memory. Thread-safe."""

from __future__ import annotations

import datetime as dt
import hashlib
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

if TYPE_CHECKING:
    from pathlib import Path

_BACKDATED: Final = dt.timedelta(minutes=10)  # New-SelfSignedCertificate does so
_USAGES: Final = {
    ExtendedKeyUsageOID.SERVER_AUTH: "Server Authentication",
    ExtendedKeyUsageOID.CLIENT_AUTH: "Client Authentication",
}


@dataclass(frozen=True, slots=True, eq=False)
class StoredCertificate:
    """A certificate and, where this host has it, its private key (PEM, not encrypted)."""

    certificate: x509.Certificate
    key: bytes = field(default=b"", repr=False)

    @property
    def octets(self) -> bytes:
        """The certificate as DER."""
        return self.certificate.public_bytes(serialization.Encoding.DER)

    @property
    def pem(self) -> bytes:
        """The certificate as PEM."""
        return self.certificate.public_bytes(serialization.Encoding.PEM)

    @property
    def thumbprint(self) -> str:
        """Windows' name for it: SHA-1 of the DER, upper case."""
        return hashlib.sha1(self.octets, usedforsecurity=False).hexdigest().upper()

    @property
    def names(self) -> tuple[str, ...]:
        """Its DNS names."""
        try:
            found = self.certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        except x509.ExtensionNotFound:
            return ()
        return tuple(found.get_values_for_type(x509.DNSName))

    @property
    def usages(self) -> tuple[tuple[str, str], ...]:
        """What it may be used for: (name, object identifier)."""
        try:
            found = self.certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
        except x509.ExtensionNotFound:
            return ()
        return tuple((_USAGES.get(one, ""), one.dotted_string) for one in found)


class CertificateStore:
    """The store of one host."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._held: dict[str, StoredCertificate] = {}

    def add(self, certificate: StoredCertificate) -> StoredCertificate:
        """Put one in."""
        with self._lock:
            self._held[certificate.thumbprint] = certificate
        return certificate

    def load(self, certificate: Path, key: Path) -> StoredCertificate:
        """Put one in that lies in PEM files."""
        return self.add(StoredCertificate(x509.load_pem_x509_certificate(certificate.read_bytes()), key.read_bytes()))

    def all(self) -> list[StoredCertificate]:
        """Every one, in the order in which they came."""
        with self._lock:
            return list(self._held.values())

    def find(self, thumbprint: str) -> StoredCertificate | None:
        """The one with this thumbprint, however it is spaced, or None."""
        with self._lock:
            return self._held.get("".join(thumbprint.split()).upper())

    def clear(self) -> None:
        """Throw all away."""
        with self._lock:
            self._held.clear()

    def make(self, names: tuple[str, ...], until: dt.datetime) -> StoredCertificate:
        """Make a self-signed one for server authentication."""
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0])])
        now = dt.datetime.now(dt.UTC)
        made = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(subject)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - _BACKDATED)
            .not_valid_after(until)
            .add_extension(x509.SubjectAlternativeName([x509.DNSName(one) for one in names]), critical=False)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
            .sign(key, hashes.SHA256())
        )
        text = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        return self.add(StoredCertificate(made, text))
