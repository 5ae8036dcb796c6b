"""Whether the domain controllers can be reached, before anybody logs in: their names, their ports, their certificates.

Touches DNS and sockets; no account and no password is used.
"""

from __future__ import annotations

import socket
from dataclasses import dataclass, field, replace

from jcad.directory.connection import LdapConnection
from jcad.directory.discovery import addresses, candidates
from jcad.directory.target import DirectoryTarget, Host
from jcad.errors import ConnectionFailed


@dataclass(frozen=True, slots=True, kw_only=True)
class Answering:
    """The domain controllers whose port takes connections, and why others do not, in the order in which they are tried."""

    hosts: tuple[Host, ...]
    silent: tuple[str, ...] = field(default=())


def find_servers(target: DirectoryTarget) -> tuple[Host, ...]:
    """Every domain controller that would be tried, each at its first address. Raises ConnectionFailed, SettingsError."""
    return tuple(replace(host, address=addresses(target, host)[0]) for host in candidates(target))


def answering(target: DirectoryTarget, hosts: tuple[Host, ...]) -> Answering:
    """Those whose port takes a connection. Raises ConnectionFailed where none does."""
    found: list[Host] = []
    silent: list[str] = []
    for host in hosts:
        try:
            socket.create_connection((host.address, host.port), timeout=target.timeouts.connect).close()
            found.append(host)
        except OSError as error:
            silent.append(f"{host}: {error.strerror or error}")
    if not found:
        raise ConnectionFailed(
            f"no domain controller takes a connection: {'; '.join(silent)}",
            hint="Check name, port and firewall; a domain controller listens on 389 and, with a certificate, on 636.",
        )
    return Answering(hosts=tuple(found), silent=tuple(silent))


def try_tls(target: DirectoryTarget, host: Host) -> None:
    """Connect, with TLS where the protection has it. Raises ConnectionFailed, CertificateError."""
    LdapConnection.open(host, target).close()
