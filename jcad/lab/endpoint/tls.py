"""A host's certificate: the TLS context of its endpoint, and the channel bindings that prove it (RFC 5929, 4.1).

It reads the two files it is given, and nothing else.
"""

from __future__ import annotations

import hashlib
import ssl
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from spnego.channel_bindings import GssChannelBindings

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class TlsFiles:
    """The certificate (PEM, the host's own first) and its private key (PEM, not encrypted)."""

    certificate: Path
    key: Path


def server_context(files: TlsFiles, authority: Path | None = None) -> ssl.SSLContext:
    """What a listener wraps its connections with; TLS 1.2 and later, as Windows Server 2022 has it.

    With an `authority` clients are asked for a certificate of it; who has none may log on otherwise.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(files.certificate, files.key)
    if authority is not None:
        context.verify_mode = ssl.CERT_OPTIONAL
        context.load_verify_locations(authority)
    return context


def channel_bindings(files: TlsFiles) -> bytes:
    """The MD5 of the channel's bindings, as NTLM carries it (MS-NLMP 2.2.2.1, MsvAvChannelBindings)."""
    bindings = GssChannelBindings(application_data=channel_data(files))
    return hashlib.md5(bindings.pack(), usedforsecurity=False).digest()


def channel_data(files: TlsFiles) -> bytes:
    """The channel's bindings as Kerberos takes them.

    They hold the hash of the certificate: by its signature's own algorithm, SHA-256 where that is MD5 or SHA-1.
    """
    certificate = x509.load_pem_x509_certificate(files.certificate.read_bytes())
    algorithm = certificate.signature_hash_algorithm
    if algorithm is None or algorithm.name in {"md5", "sha1"}:
        algorithm = hashes.SHA256()
    digest = hashes.Hash(algorithm)
    digest.update(certificate.public_bytes(Encoding.DER))
    return b"tls-server-end-point:" + digest.finalize()
