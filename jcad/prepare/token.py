"""Whom the directory takes an account for: the SIDs that entries are compared with, and the privileges. Pure.

Sources: MS-DTYP 2.5.2 (tokens), MS-ADTS 5.1.3.4 (what a directory's token holds).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from jcad.model import Sid

EVERYONE: Final = Sid(1, (0,))
NETWORK: Final = Sid(5, (2,))
SELF: Final = Sid(5, (10,))
AUTHENTICATED_USERS: Final = Sid(5, (11,))
THIS_ORGANIZATION: Final = Sid(5, (15,))
CREATOR_OWNER: Final = Sid(3, (0,))
CREATOR_GROUP: Final = Sid(3, (1,))
OWNER_RIGHTS: Final = Sid(3, (4,))
ADMINISTRATORS: Final = Sid(5, (32, 544))
PRE_WINDOWS_2000: Final = Sid(5, (32, 554))

ALWAYS: Final = frozenset({EVERYONE, NETWORK, AUTHENTICATED_USERS, THIS_ORGANIZATION})
"""What every account is that has logged on to a domain controller over the network."""

NAMES: Final = {
    EVERYONE: "Everyone",
    NETWORK: "NETWORK",
    SELF: "SELF",
    AUTHENTICATED_USERS: "Authenticated Users",
    THIS_ORGANIZATION: "This Organization",
    CREATOR_OWNER: "CREATOR OWNER",
    CREATOR_GROUP: "CREATOR GROUP",
    OWNER_RIGHTS: "OWNER RIGHTS",
    PRE_WINDOWS_2000: "Pre-Windows 2000 Compatible Access",
    ADMINISTRATORS: "Administrators",
    Sid(5, (7,)): "Anonymous Logon",
    Sid(5, (9,)): "Enterprise Domain Controllers",
    Sid(5, (18,)): "SYSTEM",
    Sid(5, (32, 545)): "Users",
    Sid(5, (32, 546)): "Guests",
    Sid(5, (32, 548)): "Account Operators",
    Sid(5, (32, 549)): "Server Operators",
    Sid(5, (32, 550)): "Print Operators",
    Sid(5, (32, 551)): "Backup Operators",
    Sid(5, (32, 557)): "Incoming Forest Trust Builders",
    Sid(5, (32, 560)): "Windows Authorization Access Group",
    Sid(5, (32, 561)): "Terminal Server License Servers",
    Sid(5, (32, 580)): "Remote Management Users",
}
"""What people call SIDs that are the same everywhere."""


class Privilege(StrEnum):
    """The privileges that matter to a directory's access check (MS-ADTS 5.1.3.3)."""

    TAKE_OWNERSHIP = "SeTakeOwnershipPrivilege"
    SECURITY = "SeSecurityPrivilege"


@dataclass(frozen=True, slots=True)
class Token:
    """An account as the directory's access check sees it: its own SID, those of all its groups, and its privileges."""

    user: Sid
    sids: frozenset[Sid]
    privileges: frozenset[Privilege] = frozenset()

    @classmethod
    def of(cls, user: Sid, groups: Iterable[Sid], parents: Callable[[Sid], Iterable[Sid]] = lambda _: ()) -> Token:
        """The token of a user with these groups; the primary group must be among them.

        `parents` tells the groups that a SID is directly in, and is followed to the top: so groups in groups count, and
        those that hold Everyone or Authenticated Users (Users and Pre-Windows 2000 Compatible Access often do). Without
        it the groups must be all of them, as tokenGroups gives them. Privileges are those that Windows gives by default:
        a domain whose policy assigns others is not known here.
        """
        found = {user, *groups, *ALWAYS}
        pending = list(found)
        while pending:
            fresh = set(parents(pending.pop())) - found
            found |= fresh
            pending += fresh
        privileges = frozenset(Privilege) if ADMINISTRATORS in found else frozenset[Privilege]()
        return cls(user, frozenset(found), privileges)
