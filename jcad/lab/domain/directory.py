"""The lab's domain as one thing: provisioned, filled, served by one or more domain controllers, ended without a trace.

Runs Samba and one child process; writes the folder that it is given.
"""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self

from jcad.errors import LabError
from jcad.lab.domain.accounts import DirectoryAccounts
from jcad.lab.domain.configuration import ControllerFiles, controller_name, smb_conf
from jcad.lab.domain.controllers import add_controller, copy_databases, share_databases
from jcad.lab.domain.database import Database, Entry
from jcad.lab.domain.kerberos import register_controllers
from jcad.lab.domain.ldapsearch import ldapsearch
from jcad.lab.domain.loader import load
from jcad.lab.domain.packages import require_packages
from jcad.lab.domain.provision import provision
from jcad.lab.domain.samba import SambaServer
from jcad.lab.domain.shortcut import make_shortcut, remove_shortcut
from jcad.lab.seed import DOMAIN_DN

if TYPE_CHECKING:
    from collections.abc import Callable

    from jcad.lab.domain.certificates import CertificateAuthority, ServerCertificate
    from jcad.lab.domain.loopback import AddressBlock
    from jcad.lab.seed import DirectorySeed

_FIRST_SERVICES: Final = "ldap, cldap, kdc, rpc"
_FURTHER_SERVICES: Final = "ldap, cldap, kdc"


@dataclass(frozen=True, slots=True)
class Controller:
    """One domain controller: its number, DNS name, address, certificate, Samba, and (from the second on) NTDS settings."""

    number: int
    name: str
    address: str
    certificate: ServerCertificate
    samba: SambaServer
    settings_guid: str = ""


class Directory:
    """A running domain. Make it with `Directory.start`, end it with `close`.

    `controllers` are its domain controllers, `accounts` answers the endpoints about logons, `database` looks at and changes
    what is in it without any access check.
    """

    def __init__(
        self,
        database: Database,
        controllers: tuple[Controller, ...],
        authority: CertificateAuthority,
        undo: ExitStack,
    ) -> None:
        self._undo = undo
        self.database = database
        self.controllers = controllers
        self.accounts = DirectoryAccounts(database)
        self._authority = authority

    @classmethod
    def start(
        cls,
        folder: Path,
        addresses: AddressBlock,
        authority: CertificateAuthority,
        *,
        seed: DirectorySeed | None = None,
        controllers: int = 1,
        fresh: bool = False,
    ) -> Self:
        """Make the domain in `folder`, fill it with the seed and start its controllers. Raises `LabError`.

        `fresh` gives it a domain SID of its own; otherwise all labs of a machine are copies of one domain.
        """
        require_packages()
        if controllers < 1:
            raise LabError("a domain has at least one domain controller")
        provision(folder / "domain", fresh=fresh)
        with ExitStack() as undo:
            folder = make_shortcut(folder, addresses.services)
            undo.callback(remove_shortcut, folder)
            private = folder / "domain" / "private"
            made = [_controller(folder, 1, private, addresses, authority)]
            database = undo.enter_context(Database(made[0].samba.files.configuration))
            if seed is not None:
                load(database, seed)
            for number in range(2, controllers + 1):
                own = folder / "domain" / f"private-{number}"
                settings = add_controller(database, number)
                share_databases(private, own, settings)
                made.append(_controller(folder, number, own, addresses, authority, settings))
            register_controllers(database, [controller.name for controller in made])
            for controller in made:
                undo.callback(controller.samba.stop)
                controller.samba.start()
            return cls(database, tuple(made), authority, undo.pop_all())

    def controller(self, number: int) -> Controller:
        """Give the domain controller of this number, from 1. Raises `LabError` where there is none."""
        if not 1 <= number <= len(self.controllers):
            raise LabError(f"the lab has no domain controller {number}; it was started with {len(self.controllers)}")
        return self.controllers[number - 1]

    def ldapsearch(self, expression: str, *attributes: str, controller: int = 1, base: str = DOMAIN_DN) -> list[Entry]:
        """Search as the domain's Administrator with OpenLDAP's client over LDAPS: a reading independent of jcad's own.

        Raises `LabError` with the client's words where it fails.
        """
        where = self.controller(controller)
        url = f"ldaps://{where.address}"
        return ldapsearch(url, self._authority.certificate, expression, *attributes, base=base)

    def lag(self, number: int) -> None:
        """Let a further domain controller hear of no change from now on, as when replication to it is slow.

        Its connections break: Samba starts again, on a copy. What is written to it meanwhile is lost when it catches up.
        """
        self._restart(number, copy_databases)

    def catch_up(self, number: int) -> None:
        """Let a controller that lagged show again what the others show."""
        self._restart(number, share_databases)

    def _restart(self, number: int, make: Callable[[Path, Path, str], None]) -> None:
        late = self.controller(number)
        if not late.settings_guid:
            raise LabError("the first domain controller has the databases; only a further one can lag behind it")
        late.samba.stop()
        with self.database.quiet():
            make(self.controllers[0].samba.files.private, late.samba.files.private, late.settings_guid)
        late.samba.start()

    def close(self) -> None:
        """Stop every controller and the child process. The folder stays for whoever made it."""
        self._undo.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _controller(
    folder: Path, number: int, private: Path, addresses: AddressBlock, authority: CertificateAuthority, guid: str = ""
) -> Controller:
    name, address = controller_name(number), addresses.controller(number)
    certificate = authority.issue(name, addresses=[address])
    files = ControllerFiles(folder / f"dc{number}", private)
    files.folder.mkdir()
    files.configuration.write_text(
        smb_conf(
            files,
            netbios_name=f"DC{number}",
            address=address,
            services=_FIRST_SERVICES if number == 1 else _FURTHER_SERVICES,
            certificate=certificate.certificate,
            key=certificate.key,
            ca=authority.certificate,
        ),
        encoding="utf-8",
    )
    return Controller(number, name, address, certificate, SambaServer(files, address), guid)
