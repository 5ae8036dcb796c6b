"""Filling the domain with the seed's half of it: organisational units, users, computers, groups, members.

Writes through the child process, all of it in a few transactions.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from jcad.errors import LabError
from jcad.lab.domain.database import Change, add, modify
from jcad.model import Sid

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from jcad.lab.domain.database import Database, Values
    from jcad.lab.seed import DirectoryComputer, DirectoryGroup, DirectorySeed, DirectoryUser, OrganizationalUnit

_EPOCH: Final = 116_444_736_000_000_000  # 1970 as a FILETIME: 100 ns since 1601
_WORKSTATION: Final = 0x1000
_LOCKOUT_THRESHOLD: Final = 5


def load(database: Database, seed: DirectorySeed) -> int:
    """Put the seed into the domain; how many changes that were. Raises `DatabaseRefused` where Samba refuses one of them.

    The order is OUs, users, computers, groups, members, primary groups, locks; at last what SDProp would do.
    """
    names = _Names(database, seed)
    count = database.apply(_objects(seed))
    count += database.apply(_members(seed, names))
    count += database.apply(_finishing(database, seed.users, names))
    return count + len(database.protect())


class _Names:
    """The distinguished name of every sAMAccountName, of the seed or of what provisioning made."""

    def __init__(self, database: Database, seed: DirectorySeed) -> None:
        self._database = database
        everything: tuple[DirectoryUser | DirectoryComputer | DirectoryGroup, ...] = (
            *seed.users, *seed.computers, *seed.groups
        )  # fmt: skip
        self._known = {each.sam_account_name.lower(): each.dn for each in everything}

    def dn(self, sam_account_name: str) -> str:
        key = sam_account_name.lower()
        if key not in self._known:
            found = [
                each for each in self._database.search("(sAMAccountName=*)", ["sAMAccountName"])
                if each.text("sAMAccountName").lower() == key
            ]  # fmt: skip
            if not found:
                raise LabError(f"the seed names {sam_account_name} as a member, and nothing of the domain is called so")
            self._known[key] = found[0].dn
        return self._known[key]


def _objects(seed: DirectorySeed) -> Iterator[Change]:
    yield from (_unit(unit) for unit in seed.ous)
    yield from (_user(user) for user in seed.users)
    yield from (_computer(computer) for computer in seed.computers)
    yield from (_group(group) for group in seed.groups if not group.existing)


def _unit(unit: OrganizationalUnit) -> Change:
    return add(unit.dn, {"objectClass": ["organizationalUnit"]})


def _user(user: DirectoryUser) -> Change:
    attributes: dict[str, Values] = dict(user.attributes)
    if user.user_principal_name:
        attributes["userPrincipalName"] = [user.user_principal_name]
    attributes["userAccountControl"] = [str(user.user_account_control)]
    if user.admin_count:
        attributes["adminCount"] = ["1"]
    if user.password is not None:
        attributes["unicodePwd"] = [f'"{user.password}"'.encode("utf-16-le")]
    if user.existing:
        return modify(user.dn, *(("replace", name, values) for name, values in attributes.items()))
    return add(user.dn, {"objectClass": ["user"], "sAMAccountName": [user.sam_account_name], **attributes})


def _computer(computer: DirectoryComputer) -> Change:
    return add(
        computer.dn,
        {
            "objectClass": ["computer"],
            "sAMAccountName": [computer.sam_account_name],
            "userAccountControl": [str(_WORKSTATION)],
        },
    )


def _group(group: DirectoryGroup) -> Change:
    attributes: dict[str, Values] = {
        "objectClass": ["group"],
        "sAMAccountName": [group.sam_account_name],
        "groupType": [str(group.group_type)],
        "description": [group.description] if group.description else [],
    }
    return add(group.dn, attributes)


def _members(seed: DirectorySeed, names: _Names) -> Iterator[Change]:
    wanted = {group.sam_account_name: dict.fromkeys(group.members) for group in seed.groups}
    for user in seed.users:  # a primary group is one that the account is a member of already (MS-SAMR 3.1.1.8.2)
        if user.primary_group:
            wanted.setdefault(user.primary_group, {})[user.sam_account_name] = None
    for group, members in wanted.items():
        if members:
            yield modify(names.dn(group), ("add", "member", [names.dn(member) for member in members]))


def _finishing(database: Database, users: Iterable[DirectoryUser], names: _Names) -> Iterator[Change]:
    for user in users:
        if user.primary_group:
            rid = rid_of(database, names.dn(user.primary_group))
            yield modify(user.dn, ("replace", "primaryGroupID", [str(rid)]))
        if user.locked:
            yield lock(user.dn)


def rid_of(database: Database, dn: str) -> int:
    """Give the last part of the SID of this object. Raises `DatabaseRefused` where there is none of that name."""
    (entry,) = database.search("(objectSid=*)", ["objectSid"], base=dn, scope="base")
    return Sid.from_bytes(entry.attributes["objectSid"][0]).rid


def lock(dn: str) -> Change:
    """Lock an account now, as after too many wrong passwords; the domain's policy says for how long."""
    moment = str(_EPOCH + time.time_ns() // 100)
    return modify(
        dn,
        ("replace", "badPwdCount", [str(_LOCKOUT_THRESHOLD)]),
        ("replace", "badPasswordTime", [moment]),
        ("replace", "lockoutTime", [moment]),
    )
