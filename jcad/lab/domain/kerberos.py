"""Kerberos in the lab: the service names of its hosts, their keytabs, and the krb5.conf with which clients find the KDCs.

Samba is the KDC. Writes objects into the directory, and the files that it is asked for.
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Final

from jcad.lab.domain.database import Change, Database, add, modify
from jcad.lab.seed import DNS_DOMAIN, DOMAIN_DN

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

REALM: Final = DNS_DOMAIN.upper()
_FIRST: Final = f"CN=DC1,OU=Domain Controllers,{DOMAIN_DN}"
_WORKSTATION_TRUST: Final = "4096"  # WORKSTATION_TRUST_ACCOUNT (MS-ADTS 2.2.16)


def register_controllers(database: Database, names: Iterable[str]) -> None:
    """Give the domain controllers their service names.

    All of them stand at DC1's account: the further controllers are the same Samba with the same keys.
    """
    (account,) = database.search("(sAMAccountName=DC1$)", ["servicePrincipalName"])
    known = {name.lower() for name in account.texts("servicePrincipalName")}
    wanted = [f"{service}/{name}" for name in names for service in ("ldap", "HOST", "GC")]
    missing = [each for each in wanted if each.lower() not in known]
    if missing:
        database.apply([modify(_FIRST, ("add", "servicePrincipalName", missing))])


def register_member(database: Database, name: str) -> None:
    """Join a member server to the domain: its computer account, with a password that nobody knows, and its service names."""
    short = name.partition(".")[0].upper()
    dn = f"CN={short},CN=Computers,{DOMAIN_DN}"
    password = f'"{secrets.token_urlsafe(60)}"'.encode("utf-16-le")
    changes: list[Change] = [
        add(
            dn,
            {
                "objectClass": ["top", "person", "organizationalPerson", "user", "computer"],
                "sAMAccountName": [f"{short}$"],
                "userAccountControl": [_WORKSTATION_TRUST],
                "dNSHostName": [name],
                "servicePrincipalName": [f"HOST/{name}", f"HOST/{short}"],
            },
        ),
        modify(dn, ("replace", "unicodePwd", [password])),
    ]
    database.apply(changes)


def export_keytab(database: Database, principal: str, file: Path) -> Path:
    """Write a keytab, mode 0600: of an account (`jcad-writer`) or of a service (`HOST/dc1.lab.jcad.test`)."""
    file.unlink(missing_ok=True)
    database.ask("keytab", principal=principal, file=str(file))
    return file


def krb5_conf(addresses: Iterable[str]) -> str:
    """The krb5.conf for clients of the lab: where its KDCs are, and that names are taken as they are written."""
    kdcs = "".join(f"        kdc = {address}\n" for address in addresses)
    return f"""\
# Kerberos for the clients of a jcad lab: export KRB5_CONFIG=THIS FILE
[libdefaults]
    default_realm = {REALM}
    dns_lookup_kdc = false
    dns_lookup_realm = false
    dns_canonicalize_hostname = false
    rdns = false

[realms]
    {REALM} = {{
{kdcs}    }}

[domain_realm]
    .{DNS_DOMAIN} = {REALM}
    {DNS_DOMAIN} = {REALM}
"""
