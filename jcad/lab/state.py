"""What a lab in the background says about itself: lab.json in its folder, and whether its process lives.

Reads and writes that file.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self

from jcad.errors import LabError
from jcad.lab.processes import started_at
from jcad.lab.seed import DNS_DOMAIN, NETBIOS_DOMAIN, logins
from jcad.lab.settings import API_KEY_FILE, SETTINGS_FILE, secrets_folder, write_private

if TYPE_CHECKING:
    from jcad.lab.lab import Lab

STATE_FILE: Final = "lab.json"
_SCHEMA: Final = "jcad.lab/1"


@dataclass(frozen=True, slots=True)
class LabOptions:
    """How large a lab is: domain controllers, member servers, numbered people (and how many of them AD has).

    `bare`: nobody has prepared its domain, and the settings say what it is to look like. `edition`: whose
    PowerShell its hosts' remote sessions are, 5.1 or 7.
    """

    controllers: int = 1
    members: int = 0
    people: int = 0
    existing: int = 0
    fresh: bool = False
    bare: bool = False
    edition: str = "5.1"


@dataclass(frozen=True, slots=True)
class HostState:
    """Where a host of the lab answers. Member servers have no `ldap` and `ldaps`."""

    name: str
    address: str
    http: str
    https: str
    ldap: str = ""
    ldaps: str = ""


@dataclass(frozen=True, slots=True)
class AccountState:
    """An account of the lab, the file with its password, and what it is for."""

    account: str
    password_file: str
    purpose: str


@dataclass(frozen=True, slots=True)
class LabState:
    """Everything that one needs to know to use a running lab. `started` is when its process did, in ticks since boot."""

    pid: int
    started: int
    folder: str
    settings: str
    ca_file: str
    nameserver: str
    jumpcloud: str
    api_key_file: str
    options: LabOptions
    hosts: tuple[HostState, ...]
    accounts: tuple[AccountState, ...]
    domain: str = DNS_DOMAIN
    netbios_domain: str = NETBIOS_DOMAIN
    schema: str = field(default=_SCHEMA)

    @classmethod
    def of(cls, lab: Lab, options: LabOptions) -> Self:
        """Describe a lab that this process runs."""
        secrets = secrets_folder(lab)
        return cls(
            pid=os.getpid(),
            started=started_at(os.getpid()) or 0,
            folder=str(lab.folder),
            settings=str(lab.folder / SETTINGS_FILE),
            ca_file=str(lab.ca_file),
            nameserver=f"{lab.nameserver.address}:{lab.nameserver.port}",
            jumpcloud=lab.jumpcloud.url,
            api_key_file=str(secrets / API_KEY_FILE),
            options=options,
            hosts=tuple(
                HostState(host.name, host.address, host.http.url, host.https.url, host.ldap_url, host.ldaps_url)
                if host.samba
                else HostState(host.name, host.address, host.http.url, host.https.url)
                for host in lab.hosts
            ),
            accounts=tuple(
                AccountState(each.account, str(secrets / each.account), each.purpose)
                for each in logins(bare=options.bare)
            ),
        )

    def write(self) -> None:
        """Write lab.json, readable by its owner only."""
        write_private(Path(self.folder) / STATE_FILE, json.dumps(self.document(), indent=2) + "\n")

    def document(self) -> dict[str, Any]:
        """As JSON has it."""
        return asdict(self)

    @property
    def alive(self) -> bool:
        """Whether the lab's process is still there (a later process of the same id is another one)."""
        return started_at(self.pid) == self.started


def read_state(folder: Path) -> LabState | None:
    """Read lab.json of a folder; None where there is none. Raises `LabError` where it is not what a lab writes."""
    path = folder / STATE_FILE
    if not path.exists():
        return None
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        document["options"] = LabOptions(**document["options"])
        document["hosts"] = tuple(HostState(**each) for each in document["hosts"])
        document["accounts"] = tuple(AccountState(**each) for each in document["accounts"])
        return LabState(**document)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise LabError(
            f"{path} is not what a lab of this version writes: {error}",
            hint="stop the lab's process yourself, then remove the folder",
        ) from error
