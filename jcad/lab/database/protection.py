"""SDProp, which Samba lacks: members of protected groups get adminCount=1 and the descriptor of AdminSDHolder.

Runs in the child process, on Samba's database.
"""

from __future__ import annotations

from typing import Any

import ldb
from samba.dcerpc import security
from samba.ndr import ndr_pack, ndr_unpack

_BUILTIN = ("S-1-5-32-544", "S-1-5-32-548", "S-1-5-32-549", "S-1-5-32-550", "S-1-5-32-551", "S-1-5-32-552")
_DOMAIN = (500, 502, 512, 516, 518, 519, 521, 526, 527)
_WITHOUT_MEMBERS = (
    516,
    521,
)  # the groups of domain controllers: their computer accounts keep a descriptor of their own


def protect(database: Any, _: dict[str, Any]) -> list[str]:
    """Do what a domain controller does every hour (MS-ADTS 3.1.1.6.1.2): the names of the objects that changed.

    Protected are the administrative accounts and groups of the domain and everything that is in one of these groups,
    directly, nested or by primaryGroupID; domain controllers are not. What has left such a group keeps adminCount.
    """
    template = _descriptor(database, f"CN=AdminSDHolder,CN=System,{database.domain_dn()}")
    changed = []
    for dn in _protected(database):
        entry = database.search(dn, ldb.SCOPE_BASE, attrs=["adminCount"])[0]
        if entry.get("adminCount", idx=0) == b"1" and _same_dacl(_descriptor(database, dn), template):
            continue
        _stamp(database, dn, template)
        changed.append(dn)
    return changed


def _protected(database: Any) -> list[str]:
    domain = database.get_domain_sid()
    found: dict[str, None] = {}
    to_follow: list[str] = []
    for sid in [*_BUILTIN, *(f"{domain}-{rid}" for rid in _DOMAIN)]:
        names = _names(database, f"(objectSid={sid})")
        found.update(dict.fromkeys(names))
        if int(sid.rpartition("-")[2]) not in _WITHOUT_MEMBERS:
            to_follow += names
    while to_follow:
        inside = [name for name in _inside(database, to_follow.pop()) if name not in found]
        found.update(dict.fromkeys(inside))
        to_follow += inside
    return list(found)


def _inside(database: Any, dn: str) -> list[str]:
    entry = database.search(dn, ldb.SCOPE_BASE, attrs=["objectClass", "objectSid", "member"])[0]
    if b"group" not in list(entry["objectClass"]):
        return []
    rid = str(ndr_unpack(security.dom_sid, entry["objectSid"][0])).rpartition("-")[2]
    return [str(ldb.Dn(database, member.decode())) for member in entry.get("member", [])] + _names(
        database, f"(primaryGroupID={rid})"
    )


def _names(database: Any, expression: str) -> list[str]:
    return [str(entry.dn) for entry in database.search(database.domain_dn(), ldb.SCOPE_SUBTREE, expression, ["cn"])]


def _descriptor(database: Any, dn: str) -> Any:
    entry = database.search(dn, ldb.SCOPE_BASE, attrs=["nTSecurityDescriptor"], controls=["sd_flags:1:7"])[0]
    return ndr_unpack(security.descriptor, entry["nTSecurityDescriptor"][0])


def _same_dacl(one: Any, other: Any) -> bool:
    flag = security.SEC_DESC_DACL_PROTECTED
    return bool(one.type & flag) and bool(ndr_pack(one.dacl) == ndr_pack(other.dacl))


def _stamp(database: Any, dn: str, template: Any) -> None:
    template.type |= security.SEC_DESC_DACL_PROTECTED
    message = ldb.Message(ldb.Dn(database, dn))
    message["adminCount"] = ldb.MessageElement("1", ldb.FLAG_MOD_REPLACE, "adminCount")
    message["nTSecurityDescriptor"] = ldb.MessageElement(
        ndr_pack(template), ldb.FLAG_MOD_REPLACE, "nTSecurityDescriptor"
    )
    database.modify(message, controls=["sd_flags:1:7"])
