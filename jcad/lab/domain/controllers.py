"""Further domain controllers: each an own Samba with a name, a certificate and an identity of its own, on one database.

What a controller changes is there on all of them at once; nothing is replicated. Writes files into the controller's folder,
and the controller's objects into the directory.
"""

from __future__ import annotations

import shutil
import subprocess
import uuid
from typing import TYPE_CHECKING, Final

from jcad.lab.domain.configuration import controller_name
from jcad.lab.domain.database import SYSTEM_PYTHON, add, modify
from jcad.lab.seed import DOMAIN_DN

if TYPE_CHECKING:
    from pathlib import Path

    from jcad.lab.domain.database import Change, Database, Values

_CONFIGURATION_DN: Final = f"CN=Configuration,{DOMAIN_DN}"
_SCHEMA_DN: Final = f"CN=Schema,{_CONFIGURATION_DN}"
_SERVERS: Final = f"CN=Servers,CN=Default-First-Site-Name,CN=Sites,{_CONFIGURATION_DN}"
_SERVER_TRUST: Final = "532480"  # SERVER_TRUST_ACCOUNT, TRUSTED_FOR_DELEGATION (MS-ADTS 2.2.16)
_RIDS: Final = 100_000  # so many RIDs for each further controller: none runs out, and none needs a RID manager
_RUNTIME: Final = frozenset({"tls", "msg.sock", "smbd.tmp", "ldap_priv"})
_SET_IDENTITY: Final = """
import ldb, sys
database = ldb.Ldb(sys.argv[1], options=["modules:"])
message = ldb.Message(ldb.Dn(database, "@ROOTDSE"))
message["dsServiceName"] = ldb.MessageElement(f"<GUID={sys.argv[2]}>", ldb.FLAG_MOD_REPLACE, "dsServiceName")
database.modify(message)
"""


def add_controller(database: Database, number: int) -> str:
    """Add the objects of a further domain controller (2 and up) to the directory; the GUID of its NTDS settings."""
    name = f"DC{number}"
    database.apply(_objects(name, number))
    (settings,) = database.search("(objectClass=nTDSDSA)", ["objectGUID"], base=f"CN={name},{_SERVERS}")
    return str(uuid.UUID(bytes_le=settings.attributes["objectGUID"][0]))


def _objects(name: str, number: int) -> list[Change]:
    account = f"CN={name},OU=Domain Controllers,{DOMAIN_DN}"
    server = f"CN={name},{_SERVERS}"
    host = controller_name(number)
    computer: dict[str, Values] = {
        "objectClass": ["top", "person", "organizationalPerson", "user", "computer"],
        "sAMAccountName": [f"{name}$"],
        "userAccountControl": [_SERVER_TRUST],
        "dNSHostName": [host],
    }
    return [
        add(account, computer, system=True),
        add(f"CN=RID Set,{account}", _rid_set(number * _RIDS), system=True),
        modify(account, ("add", "rIDSetReferences", [f"CN=RID Set,{account}"])),
        add(server, {"objectClass": ["server"], "systemFlags": ["1375731712"], "dNSHostName": [host]}, system=True),
        modify(server, ("add", "serverReference", [account])),
        add(f"CN=NTDS Settings,{server}", _ntds_settings(), system=True),
    ]


def _rid_set(first: int) -> dict[str, Values]:
    pool = str(first | (first + _RIDS - 1) << 32)
    return {
        "objectClass": ["rIDSet"],
        "rIDAllocationPool": [pool],
        "rIDPreviousAllocationPool": [pool],
        "rIDUsedPool": ["0"],
        "rIDNextRID": [str(first)],
    }


def _ntds_settings() -> dict[str, Values]:
    contexts = [_CONFIGURATION_DN, _SCHEMA_DN, DOMAIN_DN]
    return {
        "objectClass": ["top", "applicationSettings", "nTDSDSA"],
        "dMDLocation": [_SCHEMA_DN],
        "hasMasterNCs": contexts,
        "msDS-hasMasterNCs": contexts,
        "msDS-HasDomainNCs": [DOMAIN_DN],
        "invocationId": [uuid.uuid4().bytes_le],
        "msDS-Behavior-Version": ["4"],
        "options": ["1"],  # NTDSDSA_OPT_IS_GC: every controller of the lab is a global catalog
        "systemFlags": ["33554432"],
    }


def share_databases(private: Path, own: Path, settings_guid: str) -> None:
    """Make a `private` folder for a further controller: the first one's databases, but for the note of who it is."""
    _make_folder(own)
    for each in _kept(private):
        if each.name == "sam.ldb":
            shutil.copy2(each, own / each.name)
        else:
            (own / each.name).symlink_to(each)
    _set_identity(own, settings_guid)


def copy_databases(private: Path, own: Path, settings_guid: str) -> None:
    """Make a `private` folder for a further controller that hears of no change any more: a copy of what is there now.

    Nothing may be writing meanwhile: the caller holds the database's lock, or knows.
    """
    _make_folder(own)
    for each in _kept(private):
        if each.is_dir():
            shutil.copytree(each, own / each.name)
        else:
            shutil.copy2(each, own / each.name)
    _set_identity(own, settings_guid)


def _make_folder(own: Path) -> None:
    shutil.rmtree(own, ignore_errors=True)
    own.mkdir(parents=True, mode=0o700)


def _kept(private: Path) -> list[Path]:
    return [each for each in private.iterdir() if not each.is_socket() and each.name not in _RUNTIME]


def _set_identity(own: Path, settings_guid: str) -> None:
    subprocess.run(
        [SYSTEM_PYTHON, "-c", _SET_IDENTITY, str(own / "sam.ldb"), settings_guid], check=True, capture_output=True
    )
