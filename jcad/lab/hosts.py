"""The hosts of a lab: domain controllers and member servers, each with its WinRM endpoint, started and stopped alone.

Listens on the host's loopback address: 5985 (HTTP, messages encrypted) and 5986 (HTTPS).
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Final

from jcad.lab.endpoint import EndpointServer, TlsFiles
from jcad.lab.endpoint.interpreter import runspaces
from jcad.lab.powershell.editions import DESKTOP
from jcad.lab.seed import DNS_DOMAIN, NETBIOS_DOMAIN
from jcad.lab.windows import EDITION, WindowsHost
from jcad.lab.windows.machine.host import Machine
from jcad.lab.windows.machine.runspaces import Neighbourhood, open_on

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from jcad.lab.domain.certificates import ServerCertificate
    from jcad.lab.domain.samba import SambaServer
    from jcad.lab.endpoint.configurations import SessionConfiguration
    from jcad.lab.endpoint.mapping import CertificateMapping
    from jcad.lab.faults import Faults
    from jcad.lab.jumpcloud import Tenant
    from jcad.lab.login import Accounts
    from jcad.lab.windows.machine.certificates import StoredCertificate
    from jcad.lab.windows.machine.facts import AgentSettings, HostSettings
    from jcad.lab.windows.machine.network import Network

HTTP_PORT: Final = 5985
HTTPS_PORT: Final = 5986

__all__ = ["EDITION", "HTTPS_PORT", "HTTP_PORT", "LabHost", "make_host"]


@dataclass(slots=True)
class LabHost:
    """A host: its DNS name, address, certificate, its Samba (None: a member server), its two endpoints, its Windows."""

    name: str
    address: str
    certificate: ServerCertificate
    samba: SambaServer | None
    http: EndpointServer
    https: EndpointServer
    machine: Machine
    make_https: Callable[[int, TlsFiles], EndpointServer] = field(repr=False)
    _listening: bool = field(default=False, repr=False)
    _closed: bool = field(default=False, repr=False)
    _power: threading.RLock = field(default_factory=threading.RLock, repr=False)

    @property
    def running(self) -> bool:
        """Whether it has been started and not been stopped."""
        return self._listening

    @property
    def ldap_url(self) -> str:
        """Where it answers LDAP; binds must be signed or encrypted."""
        return f"ldap://{self.address}:389"

    @property
    def ldaps_url(self) -> str:
        """Where it answers LDAP over TLS."""
        return f"ldaps://{self.address}:636"

    def register(self, name: str, configuration: SessionConfiguration) -> None:
        """Register a session configuration on both endpoints."""
        self.http.register(name, configuration)
        self.https.register(name, configuration)

    def start(self) -> None:
        """Bring it up: the directory first, its services, then the endpoints. Raises `LabError` where a port is taken."""
        with self._power:
            if self.samba is not None:
                self.samba.start()
            if not self.machine.up:
                self.machine.power_on()
            if not self._listening:
                self.http.start()
                if self.machine.doors.open("HTTPS") is not None:
                    self.https.start()
                self._listening = True

    def follow_doors(self) -> None:
        """Open or close HTTPS as the host's listeners and its firewall say now, with the certificate of the listener."""
        with self._power:
            found = self.machine.doors.open("HTTPS")
            self.https.close()
            if found is None:
                return
            stored = self.machine.certificates.find(found.thumbprint)
            if stored is None:
                return
            files = _tls_files(self.certificate.key.parent, stored)
            self.https = self.make_https(found.port, files)
            if self._listening:
                self.https.start()

    def stop(self) -> None:
        """Take it down at once, as a power cut would: connections break, shells, services and tasks are gone."""
        with self._power:
            self.http.close()
            self.https.close()
            self._listening = False
            self.machine.power_off()
            if self.samba is not None:
                self.samba.stop()

    def reboot(self) -> None:
        """Go down, stay away for the host's `boot_seconds`, come back; not with the fault `windows.boot`, nor after `close`."""
        self.stop()
        time.sleep(self.machine.settings.boot_seconds)
        with self._power:
            if not self._closed and not self.machine.fault("windows.boot"):
                self.start()

    def close(self) -> None:
        """Take it down for good."""
        with self._power:
            self._closed = True
            self.stop()


def make_host(  # noqa: PLR0913  - the parts of a host, by name
    name: str,
    address: str,
    certificate: ServerCertificate,
    *,
    samba: SambaServer | None,
    controllers: Mapping[str, tuple[str, int]],
    accounts: Accounts,
    faults: Faults,
    keytab: Callable[[], Path] | None = None,
    mapping: CertificateMapping | None = None,
    tenant: Tenant,
    agents: AgentSettings,
    network: Network | None = None,
    settings: HostSettings | None = None,
    edition: str = EDITION,
) -> LabHost:
    """Make a host that is not started yet. `controllers` is every domain controller's (address, port) by its short name.

    `keytab` gives the file of its own keys; without it its endpoints know no Kerberos. `mapping` lets clients log on
    by a certificate, as a local account: for member servers. Its agents report to `tenant`, and are as `agents` says;
    `network` has the web servers and shares that it reaches;
    `settings` says which Windows it is, `edition` (Desktop or Core) whose PowerShell its remote sessions are.
    """
    windows = WindowsHost(name.partition(".")[0].upper(), DNS_DOMAIN, NETBIOS_DOMAIN, controllers)
    machine = Machine(
        windows.name,
        DNS_DOMAIN,
        Neighbourhood(windows, accounts, faults, tenant, agents, network=network),
        controller=samba is not None,
        settings=settings,
    )

    def endpoint(port: int, tls: TlsFiles | None) -> EndpointServer:
        return EndpointServer(
            address,
            port,
            name=name,
            certificate=tls,
            authentication=("negotiate", "basic") if tls else ("negotiate",),
            accounts=accounts,
            runspaces=runspaces(partial(open_on, machine, windows, edition=edition)),
            faults=faults,
            keytab=keytab,
            mapping=mapping,
            desktop=edition == DESKTOP,
        )

    tls = TlsFiles(certificate.certificate, certificate.key)
    machine.open_doors(machine.certificates.load(certificate.certificate, certificate.key).thumbprint)
    host = LabHost(
        name, address, certificate, samba, endpoint(HTTP_PORT, None), endpoint(HTTPS_PORT, tls), machine, endpoint
    )
    machine.on_reboot = host.reboot
    machine.doors.on_change = host.follow_doors
    return host


def _tls_files(folder: Path, stored: StoredCertificate) -> TlsFiles:
    """A certificate of a host's store as the files that an endpoint wants; the key is for its owner alone."""
    files = TlsFiles(folder / f"{stored.thumbprint}.pem", folder / f"{stored.thumbprint}.key")
    files.certificate.write_bytes(stored.pem)
    files.key.touch(mode=0o600)
    files.key.write_bytes(stored.key)
    return files
