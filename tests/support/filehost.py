"""One member server on loopback, without a directory: its Windows, its WinRM endpoint, one administrator. For files."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any

from spnego._ntlm_raw.crypto import ntowfv1

from jcad.lab.endpoint import EndpointServer, TlsFiles
from jcad.lab.endpoint.interpreter import runspaces
from jcad.lab.faults import Faults
from jcad.lab.login import Login
from jcad.lab.windows import WindowsHost
from jcad.lab.windows.machine.facts import AgentSettings
from jcad.lab.windows.machine.host import Machine
from jcad.lab.windows.machine.network import Network
from jcad.lab.windows.machine.runspaces import open_on
from jcad.model import Secret
from jcad.powershell.hosts import host_call, read_host_outcome
from jcad.remoting import Endpoint, Session, Sessions, open_session
from jcad.remoting.files import HostFiles, HostScripts

NAME = "srv1.lab.jcad.test"
USER = "LAB\\ada"
PASSWORD = Secret("Ada-1-Passw0rd")
FOLDER = "C:\\ProgramData\\jcad\\files"
SCRIPTS = HostScripts(host_call, read_host_outcome)
_ADMINISTRATORS = "S-1-5-32-544"
_REMOTE_USERS = "S-1-5-32-580"


@dataclass
class Town:
    """The surroundings and the accounts of the host: an administrator, and somebody who may only log on."""

    faults: Faults = field(default_factory=Faults)
    tenant: Any = None
    settings: AgentSettings = field(default_factory=AgentSettings)
    network: Network = field(default_factory=Network)

    def find(self, name: str) -> Login | None:
        account = name.rpartition("\\")[2].partition("@")[0].lower()
        groups = {"ada": _ADMINISTRATORS, "guest": _REMOTE_USERS}
        if account not in groups:
            return None
        sid = f"S-1-5-21-1-2-3-{1100 + sorted(groups).index(account)}"
        return Login(account, "LAB", sid, ntowfv1(PASSWORD.reveal()), frozenset({groups[account]}))

    def refusal(self, _login: object, password: str | None = None) -> str | None:
        """None: as accounts of the endpoint; as surroundings, whether an account's password is right."""
        return None if password in {None, PASSWORD.reveal()} else "52e"

    def wrong_password(self, login: Login) -> None: ...


@dataclass
class FileHost:
    """The host while it runs."""

    town: Town
    machine: Machine
    server: EndpointServer
    certificate: TlsFiles | None

    @property
    def faults(self) -> Faults:
        return self.town.faults

    def endpoint(self, **changes: Any) -> Endpoint:
        options: dict[str, Any] = {"host": NAME, "address": "127.0.0.1", "port": self.server.port, "user": USER}
        if self.certificate is None:
            options["scheme"] = "http"
        else:
            options["ca_file"] = str(self.certificate.certificate)
        return Endpoint(**(options | changes))

    def open(self, **changes: Any) -> Session:
        return open_session(self.endpoint(**changes), PASSWORD)

    @contextlib.contextmanager
    def files(self, *, folder: str = FOLDER, **options: Any) -> Iterator[HostFiles]:
        """Its staging folder over a warm session, or a new one where that broke."""
        with Sessions(self.open, 1) as sessions:
            lease: Callable[[], AbstractContextManager[Session]] = sessions.lease
            yield HostFiles(lease, folder=folder, scripts=SCRIPTS, **options)


@contextlib.contextmanager
def file_host(certificate: TlsFiles | None = None) -> Iterator[FileHost]:
    """Start the host; it is gone at the end."""
    town = Town()
    surroundings: Any = town
    machine = Machine("SRV1", "lab.jcad.test", surroundings, controller=False)
    host = WindowsHost("SRV1", "lab.jcad.test", "LAB", {})
    accounts: Any = town
    server = EndpointServer(
        "127.0.0.1",
        0,
        name=NAME,
        certificate=certificate,
        authentication=("negotiate", "basic"),
        accounts=accounts,
        runspaces=runspaces(lambda login: open_on(machine, host, login)),
        faults=town.faults,
    )
    try:
        with server:
            yield FileHost(town, machine, server, certificate)
    finally:
        machine.close()
