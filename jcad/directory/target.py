"""What a directory connection is made from: which domain, which servers, as whom, how protected. Plain values."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from jcad.errors import SettingsError
from jcad.model import DistinguishedName, Secret

LDAP_PORT = 389
LDAPS_PORT = 636


class WireProtection(StrEnum):
    """How the password and what is read are protected on the wire; it also decides how the account logs in.

    LDAPS is TLS with a verified certificate and a simple bind. NTLM and KERBEROS sign and seal on the LDAP port (SASL
    GSS-SPNEGO and GSSAPI). LDAPS_NTLM and LDAPS_KERBEROS log in by SASL within TLS, bound to the channel (RFC 5929).
    PLAIN protects nothing: everybody on the way reads the password.
    """

    LDAPS = "ldaps"
    NTLM = "ntlm"
    KERBEROS = "kerberos"
    LDAPS_NTLM = "ldaps+ntlm"
    LDAPS_KERBEROS = "ldaps+kerberos"
    PLAIN = "plain"

    @property
    def tls(self) -> bool:
        """Whether there is TLS around it."""
        return self in {WireProtection.LDAPS, WireProtection.LDAPS_NTLM, WireProtection.LDAPS_KERBEROS}

    @property
    def kerberos(self) -> bool:
        """Whether a ticket is shown, and no password."""
        return self in {WireProtection.KERBEROS, WireProtection.LDAPS_KERBEROS}


@dataclass(frozen=True, slots=True, kw_only=True)
class Trust:
    """Which certificate is believed. Without anything: one that the system's own authorities vouch for.

    Trust(ca_file=Path("lab-ca.pem"))             # one that this authority vouches for, and for this name
    Trust(fingerprint="9F:86:D0:...")             # this very certificate (SHA-256), whatever its name and dates
    """

    ca_file: Path | None = None
    fingerprint: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeouts:
    """Seconds to wait: `connect` for TCP, TLS and DNS each, `read` for the next bytes of an answer."""

    connect: float = 5.0
    read: float = 120.0


@dataclass(frozen=True, slots=True, kw_only=True)
class DirectoryTarget:
    r"""A domain, and how to log in there.

    `domain` is its DNS name; a server of any other domain is refused. `hosts` are domain controllers in the order in which
    they are tried, each `name`, `name:port` or `[ipv6]:port`; without any they are found by DNS (SRV), in the order of their
    priority and weight, those of `site` first. `nameserver` (`address` or `address:port`) replaces the system's resolver.
    `account` is `DOMAIN\user`, `user@domain` or, for a simple bind, a distinguished name. With Kerberos the ticket is made
    from `keytab` (a file's path) or from the password; without either it is one of the ticket cache.
    """

    domain: str
    account: str
    password: Secret = field(repr=False)
    keytab: str = ""
    hosts: tuple[str, ...] = ()
    site: str = ""
    nameserver: str = ""
    protection: WireProtection = WireProtection.LDAPS
    port: int = 0
    trust: Trust = Trust()
    timeouts: Timeouts = Timeouts()
    insecure: bool = False
    page: int = 1000

    def __post_init__(self) -> None:
        if not self.domain or any(not label for label in self.domain.rstrip(".").split(".")):
            raise SettingsError(f"{self.domain!r} is no DNS name of a domain", hint="Write it like ad.example.com.")
        if not self.account or not (self.password or self.protection.kerberos):
            # RFC 4513 5.1.2: a simple bind with an empty password succeeds, as nobody.
            raise SettingsError(
                "the directory account or its password is empty",
                hint="A bind without a password would succeed anonymously and find almost nothing.",
            )
        if self.protection is WireProtection.PLAIN and not self.insecure:
            raise SettingsError(
                f"the password of {self.account} would travel in the clear",
                hint='Use protection "ldaps" or "ntlm"; only insecure = true allows a plain bind.',
            )

    @property
    def naming_context(self) -> DistinguishedName:
        """The distinguished name of the domain: `DC=ad,DC=example,DC=com`."""
        labels = self.domain.rstrip(".").split(".")
        return DistinguishedName.parse(",".join(f"DC={label}" for label in labels))

    @property
    def default_port(self) -> int:
        """`port`, or the one that goes with the protection."""
        return self.port or (LDAPS_PORT if self.protection.tls else LDAP_PORT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Host:
    """A server to try: its name (which its certificate must bear) and where it is (the name again, or an address)."""

    name: str
    address: str
    port: int

    def __str__(self) -> str:
        place = f"[{self.address}]" if ":" in self.address else self.address
        return f"{self.name}:{self.port}" if self.name == self.address else f"{self.name} ({place}:{self.port})"
