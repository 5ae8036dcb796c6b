"""Client certificates (the ClientCertificate items of the WSMan drive): whose certificate logs on which account.

Reads the authority's file. Windows maps to local accounts alone, so a domain controller, which has none, has no mapping.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from cryptography import x509

from jcad.lab.endpoint.logon import BAD_TOKEN, LogonRefused

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from jcad.lab.login import Login

SCHEME: Final = "http://schemas.dmtf.org/wbem/wsman/1/wsman/secprofile/https/mutual"
"""What a client sends as Authorization: the proof was the TLS handshake (DSP0226, C.3.1)."""

_UPN: Final = x509.ObjectIdentifier("1.3.6.1.4.1.311.20.2.3")
_UTF8_STRING: Final = 0x0C


@dataclass(frozen=True, slots=True)
class CertificateMapping:
    """Certificates of this authority (PEM) log on as the account of their user principal name, in lower case."""

    authority: Path
    accounts: Mapping[str, Login]

    def login(self, certificate: bytes | None) -> Login:
        """Who logs on by this certificate (DER). Raises `LogonRefused`."""
        if not certificate:
            raise LogonRefused(BAD_TOKEN, "the client showed no certificate")
        name = principal_name(certificate)
        found = self.accounts.get(name.lower())
        if found is None:
            raise LogonRefused(BAD_TOKEN, f"no account is mapped to the certificate of {name or '(no principal name)'}")
        return found.by("certificate")


def principal_name(certificate: bytes) -> str:
    """The user principal name in a certificate's alternative names; empty where there is none."""
    try:
        names = x509.load_der_x509_certificate(certificate).extensions.get_extension_for_class(
            x509.SubjectAlternativeName
        )
    except x509.ExtensionNotFound:
        return ""
    for each in names.value.get_values_for_type(x509.OtherName):
        if each.type_id == _UPN and len(each.value) >= 2 and each.value[0] == _UTF8_STRING:
            return each.value[2:].decode("utf-8", "replace")
    return ""
