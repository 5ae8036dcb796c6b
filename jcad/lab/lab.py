"""A whole lab in one object: the domain, the WinRM endpoints of its hosts, JumpCloud's API, a name server.

Starts Samba and threads that listen on loopback; writes the folder that it is given.

    with Lab.start(folder) as lab:
        lab.dc(1).https.url                  # https://127.0.0.17:5986/wsman
        lab.jumpcloud.url                    # https://127.0.0.16:443
        lab.tenant.suspend(lab.tenant.user_id("mary.jones"))
        lab.dc(1).stop()                     # and jcad must go on with dc2
"""

from __future__ import annotations

import hashlib
import os
import shutil
from contextlib import ExitStack
from functools import cache, partial
from typing import TYPE_CHECKING, Final, Self

from jcad.errors import LabError
from jcad.lab.domain.certificates import CertificateAuthority
from jcad.lab.domain.directory import Directory
from jcad.lab.domain.kerberos import export_keytab, krb5_conf, register_member
from jcad.lab.domain.loopback import AddressBlock, reserve_addresses
from jcad.lab.domain.samba import LDAP
from jcad.lab.endpoint.logon import ADMINISTRATORS
from jcad.lab.endpoint.mapping import CertificateMapping
from jcad.lab.faults import Faults
from jcad.lab.hosts import LabHost, make_host
from jcad.lab.jumpcloud import Certificate, JumpCloudServer, Tenant
from jcad.lab.login import Login
from jcad.lab.nameserver import NameServer, Zone
from jcad.lab.powershell.editions import EDITIONS
from jcad.lab.seed import DNS_DOMAIN, make_seed
from jcad.lab.settings import secrets_folder, settings_text
from jcad.lab.windows.machine.facts import AgentSettings, HostSettings, WindowsVersion
from jcad.lab.windows.machine.network import Network

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from jcad.lab.domain.accounts import DirectoryAccounts
    from jcad.lab.domain.certificates import ServerCertificate
    from jcad.lab.domain.database import Database, Entry
    from jcad.lab.jumpcloud import Request
    from jcad.lab.seed import Seed

API_NAME: Final = f"jumpcloud.{DNS_DOMAIN}"
API_PORT: Final = 443
LOCAL_ACCOUNT: Final = "jcad-local"
"""The local account of every member server, which a client certificate logs on."""

MARKER: Final = ".jcad-lab"
"""The file by which a folder is known as a lab's, and may be removed as one."""


class Lab:
    """A running lab; make it with `Lab.start`, end it with `close` (or `with`).

    `faults` are the faults of all its servers, `tenant` is JumpCloud's side, `jumpcloud` its API, `seed` what both sides
    were filled with, `authority.certificate` the file of the CA that clients must trust, `agents` what nobody published of
    JumpCloud's agents, for every host; `network` the web servers and shares that they reach.
    """

    def __init__(
        self,
        folder: Path,
        seed: Seed,
        faults: Faults,
        authority: CertificateAuthority,
        addresses: AddressBlock,
        edition: str,
    ) -> None:
        self.folder = folder
        self.seed = seed
        self.faults = faults
        self.authority = authority
        self.addresses = addresses
        self._edition = edition
        self.tenant = Tenant.from_seed(seed.tenant)
        self.agents = AgentSettings()
        self.network = Network()
        self.directory: Directory
        self.jumpcloud: JumpCloudServer
        self.nameserver: NameServer
        self.hosts: tuple[LabHost, ...] = ()
        self._undo = ExitStack()

    @classmethod
    def start(
        cls,
        folder: Path,
        *,
        seed: Seed | None = None,
        controllers: int = 1,
        members: int = 0,
        fresh: bool = False,
        edition: str = "5.1",
        on_request: Callable[[Request], None] | None = None,
    ) -> Self:
        """Bring a lab up in `folder`, which must be empty or missing. Raises `LabError`, and leaves nothing then.

        `controllers` are its domain controllers, `members` its member servers; `fresh` gives the domain a SID of its own,
        `edition` (5.1 or 7) says whose PowerShell the hosts' remote sessions are. The last of two or more member servers is
        a Server Core. `on_request` sees every request to JumpCloud's API before it is answered.
        """
        if folder.exists() and any(folder.iterdir()):
            raise LabError(f"The folder {folder} is not empty, so no lab is started in it.", hint="name another folder")
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        folder.chmod(0o700)
        folder = folder.resolve()
        (folder / MARKER).write_text(
            "This folder belongs to a jcad lab, and goes when the lab does.\n", encoding="utf-8"
        )
        with ExitStack() as undo:
            undo.callback(shutil.rmtree, folder, ignore_errors=True)
            addresses = reserve_addresses()
            undo.callback(addresses.release)
            authority = CertificateAuthority(folder / "certificates")
            lab = cls(folder, seed or make_seed(), Faults(), authority, addresses, EDITIONS[edition])
            lab.directory = undo.enter_context(
                Directory.start(
                    folder, addresses, authority, seed=lab.seed.directory, controllers=controllers, fresh=fresh
                )
            )
            lab.hosts = (
                *lab._make_controllers(),
                *(lab._make_member(number, core=number == members > 1) for number in range(1, members + 1)),
            )
            lab.krb5_conf.write_text(
                krb5_conf(controller.address for controller in lab.directory.controllers), encoding="utf-8"
            )
            for host in lab.hosts:
                undo.callback(host.close)
                host.start()
            lab.jumpcloud = undo.enter_context(lab._make_api(on_request))
            lab.nameserver = undo.enter_context(NameServer(addresses.services, lab._zone()))
            lab._undo = undo.pop_all()
        return lab

    # --- what tests and scenarios use ---------------------------------------------------------------------------------

    @property
    def accounts(self) -> DirectoryAccounts:
        """Who may log on: the domain's accounts as the endpoints see them."""
        return self.directory.accounts

    @property
    def database(self) -> Database:
        """Samba's own database, past every access check."""
        return self.directory.database

    @property
    def ca_file(self) -> Path:
        """The certificate of the lab's CA."""
        return self.authority.certificate

    def dc(self, number: int) -> LabHost:
        """Give the domain controller of this number, from 1. Raises `LabError` where there is none."""
        return self.hosts[self.directory.controller(number).number - 1]

    def member(self, number: int) -> LabHost:
        """Give the member server of this number, from 1. Raises `LabError` where there is none."""
        members = [host for host in self.hosts if host.samba is None]
        if not 1 <= number <= len(members):
            raise LabError(f"the lab has no member server {number}; it was started with {len(members)}")
        return members[number - 1]

    def ldapsearch(self, expression: str, *attributes: str, controller: int = 1) -> list[Entry]:
        """Search with OpenLDAP's client as the Administrator: a reading independent of jcad's own."""
        return self.directory.ldapsearch(expression, *attributes, controller=controller)

    @property
    def krb5_conf(self) -> Path:
        """The Kerberos configuration for clients of this lab."""
        return self.folder / "krb5.conf"

    def client_certificate(self, account: str = LOCAL_ACCOUNT) -> ServerCertificate:
        """Issue a client certificate for a local account; `LOCAL_ACCOUNT` is the one that member servers map."""
        return self.authority.issue_client(account, f"{account}@localhost")

    def keytab(self, account: str) -> Path:
        """Write a keytab of an account beside the lab's secrets, mode 0600; its path."""
        folder = secrets_folder(self)
        folder.mkdir(mode=0o700, exist_ok=True)
        return export_keytab(self.database, account, folder / f"{account}.keytab")

    def settings_text(self) -> str:
        """Write the jcad.toml of this lab; its secrets are references to the files that `up` writes."""
        return settings_text(self)

    # --- parts ----------------------------------------------------------------------------------------------------------

    def _make_controllers(self) -> list[LabHost]:
        return [
            self._make_host(controller.name, controller.address, controller.number)
            for controller in self.directory.controllers
        ]

    def _make_member(self, number: int, *, core: bool) -> LabHost:
        name = f"srv{number}.{DNS_DOMAIN}"
        register_member(self.database, name)
        return self._make_host(name, self.addresses.member(number), None, HostSettings(WindowsVersion(core=core)))

    def _make_host(
        self, name: str, address: str, controller: int | None, settings: HostSettings | None = None
    ) -> LabHost:
        known = {each.name.partition(".")[0].upper(): (each.address, LDAP) for each in self.directory.controllers}
        own = self.directory.controller(controller) if controller else None
        return make_host(
            name,
            address,
            own.certificate if own else self.authority.issue(name, addresses=[address]),
            samba=own.samba if own else None,
            controllers=known,
            accounts=self.accounts,
            faults=self.faults,
            keytab=cache(partial(self._keytab_of, name)),
            mapping=None if own else self._mapping(name),
            tenant=self.tenant,
            agents=self.agents,
            network=self.network,
            settings=settings,
            edition=self._edition,
        )

    def _mapping(self, host: str) -> CertificateMapping:
        """The one client certificate that a member server maps, to a local administrator of its own."""
        short = host.partition(".")[0].upper()
        digest = hashlib.sha256(host.encode()).digest()  # a machine's SID is its own, and stays
        machine = "-".join(str(int.from_bytes(digest[start : start + 4], "big")) for start in (0, 4, 8))
        local = Login(LOCAL_ACCOUNT, short, f"S-1-5-21-{machine}-1001", os.urandom(16), frozenset({ADMINISTRATORS}))
        return CertificateMapping(self.ca_file, {f"{LOCAL_ACCOUNT}@localhost": local})

    def _keytab_of(self, host: str) -> Path:
        return export_keytab(self.database, f"HOST/{host}", self.folder / f"{host}.keytab")

    def _make_api(self, on_request: Callable[[Request], None] | None) -> JumpCloudServer:
        address = self.addresses.services
        issued = self.authority.issue(API_NAME, addresses=[address])
        return JumpCloudServer(
            address,
            API_PORT,
            tenant=self.tenant,
            certificate=Certificate(issued.certificate, issued.key),
            faults=self.faults,
            on_request=on_request,
        )

    def _zone(self) -> Zone:
        hosts = {host.name: host.address for host in self.hosts} | {API_NAME: self.addresses.services}
        controllers = tuple(controller.name for controller in self.directory.controllers)
        return Zone(DNS_DOMAIN, hosts, controllers)

    def close(self) -> None:
        """Stop everything and remove the folder; nothing is left behind."""
        self._undo.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
