"""Where scripts are run and how one logs on there: a value, checked when it is made. No I/O but for the CA file's name."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from enum import StrEnum
from urllib.parse import urlsplit

from jcad.errors import SettingsError

_FULL = frozenset({"microsoft.powershell", "microsoft.powershell32", "powershell.7"})
"""Session configurations that take script text."""

_FINGERPRINT = re.compile(r"[0-9a-f]{64}\Z")


class Authentication(StrEnum):
    """How one logs on. It is chosen before the password is used, and never changed after a refusal.

    `NEGOTIATE` is SPNEGO that offers NTLM alone: offering Kerberos as well could spend the password twice. `CERTIFICATE`
    is a client certificate that the host maps to one of its local accounts: for member servers only.
    """

    NTLM = "ntlm"
    NEGOTIATE = "negotiate"
    BASIC = "basic"
    KERBEROS = "kerberos"
    CERTIFICATE = "certificate"

    @classmethod
    def _missing_(cls, value: object) -> Authentication | None:
        known = ", ".join(cls)
        raise SettingsError(f"there is no way of logging on called {value!r}", hint=f"choose one of {known}")


class Protocol(StrEnum):
    """What is spoken in WinRM: PowerShell remoting, or the command shell where that is closed."""

    PSRP = "psrp"
    WINRM = "winrm"


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    r"""A WinRM endpoint: `Endpoint(host="dc1.corp.example", user="CORP\\jcsync")  # HTTPS, 5986, NTLM`.

    `address` is where to connect when the name is not the system's to resolve (the certificate and the service name
    are those of `host`). A certificate is verified against the system's authorities, or `ca_file` (PEM), or it must
    be the one with the SHA-256 `fingerprint`. Timeouts are seconds: to connect, the longest silence on the wire, and
    how long the server may take to answer one request (a poll for output); a script that gives no result for
    `script_timeout` is stopped. A proxy is used only where `proxy` names one.

    `configuration` is the session configuration: another than Microsoft.PowerShell is taken for a JEA endpoint, which
    knows scripts by name. With Kerberos the ticket is made from `keytab` (a file's path) or from the password; without
    either it is one of the ticket cache; `domain` is the realm of `DOMAIN\\user`. With a certificate `certificate` and
    `key` are PEM files.
    """

    host: str
    user: str
    port: int = 0
    scheme: str = "https"
    path: str = "wsman"
    protocol: Protocol = Protocol.PSRP
    authentication: Authentication = Authentication.NTLM
    address: str = ""
    ca_file: str | None = None
    fingerprint: str | None = None
    keytab: str = ""
    domain: str = ""
    certificate: str = ""
    key: str = ""
    proxy: str = ""
    configuration: str = "Microsoft.PowerShell"
    connect_timeout: int = 10
    read_timeout: int = 30
    operation_timeout: int = 20
    script_timeout: int = 600

    def __post_init__(self) -> None:
        if self.scheme not in {"http", "https"}:
            raise SettingsError(f"{self.host}: a WinRM endpoint is http or https, not {self.scheme!r}")
        if not self.port:
            object.__setattr__(self, "port", 5986 if self.secure else 5985)
        if self.authentication is Authentication.BASIC and not self.secure:
            raise SettingsError(
                f"{self.host}: Basic would send the password of {self.user} in the clear over HTTP",
                hint="use https, or ntlm, which encrypts its messages over HTTP",
            )
        if self.protocol is Protocol.WINRM and self.jea:
            raise SettingsError(
                f"{self.host}: the session configuration {self.configuration} is reached over psrp alone",
                hint='set protocol = "psrp", or leave `configuration` out',
            )
        self._check_certificate()
        self._check_proxy()
        if self.fingerprint is not None:
            object.__setattr__(self, "fingerprint", _fingerprint(self.host, self.fingerprint))
        if self.fingerprint is not None and not self.secure:
            raise SettingsError(f"{self.host}: a fingerprint was given, but HTTP has no certificate", hint="use https")
        if self.read_timeout <= self.operation_timeout:
            raise SettingsError(
                f"{self.host}: the read timeout ({self.read_timeout} s) must be longer than the operation timeout "
                f"({self.operation_timeout} s): a server with nothing to say answers only when that is over"
            )

    def _check_proxy(self) -> None:
        if not self.proxy:
            return
        parts = urlsplit(self.proxy)
        if parts.scheme != "http" or not parts.hostname or parts.username or parts.password:
            raise SettingsError(
                f"{self.host}: {parts.hostname or 'this'} is no proxy that jcad can use",
                hint="write http://HOST:PORT; a name and a password in it would be a secret in the settings",
            )
        if not self.secure:
            raise SettingsError(
                f"{self.host}: a proxy is for https alone: over http each request could take another connection, and a "
                "login belongs to its connection",
                hint='set scheme = "https", or leave `proxy` out',
            )

    def _check_certificate(self) -> None:
        by_certificate = self.authentication is Authentication.CERTIFICATE
        if by_certificate and not (self.secure and self.certificate and self.key):
            raise SettingsError(
                f"{self.host}: logging on by a certificate needs https, `certificate` and `key`",
                hint="two PEM files: the client certificate that the host maps to a local account, and its key",
            )
        if not by_certificate and (self.certificate or self.key):
            raise SettingsError(
                f"{self.host}: a client certificate is given, but the login is by {self.authentication.value}",
                hint='set authentication = "certificate", or leave the certificate out',
            )

    @property
    def jea(self) -> bool:
        """Whether scripts are called by name there, as its language mode refuses their text."""
        return self.configuration.lower() not in _FULL

    @property
    def secure(self) -> bool:
        """Whether the endpoint speaks TLS."""
        return self.scheme == "https"

    @property
    def url(self) -> str:
        """The endpoint's address as messages show it."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}/{self.path}"


def hurried(endpoint: Endpoint) -> Endpoint:
    """The same endpoint with short timeouts: for clearing up on a host that may be gone."""
    return replace(endpoint, connect_timeout=min(endpoint.connect_timeout, 5), operation_timeout=5, read_timeout=8)


def _fingerprint(host: str, text: str) -> str:
    plain = text.lower().removeprefix("sha256:").replace(":", "").replace(" ", "")
    if not _FINGERPRINT.match(plain):
        raise SettingsError(
            f"{host}: {text!r} is not the SHA-256 fingerprint of a certificate",
            hint="64 hexadecimal digits, as `openssl x509 -noout -fingerprint -sha256` shows them",
        )
    return plain
