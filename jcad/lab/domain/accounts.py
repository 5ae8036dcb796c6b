"""The lab's accounts, as its endpoints ask about them: who logs on, whether he may, and how wrong passwords are counted.

Asks the child process once on every call, so an answer is current whatever has changed (about a millisecond).
"""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, Any, Final

from jcad.lab.login import Login
from jcad.lab.seed import DNS_DOMAIN, NETBIOS_DOMAIN

if TYPE_CHECKING:
    from jcad.lab.domain.database import Database

_DISABLED: Final = 0x2
_LOCKED: Final = 0x10
_NOT_A_USER: Final = 0x3800  # trust, workstation and server accounts do not log on interactively
_PASSWORD_EXPIRED: Final = 0x800000
_NEVER: Final = frozenset({0, 0x7FFFFFFFFFFFFFFF})
_EPOCH: Final = 116_444_736_000_000_000  # 1970 as a FILETIME: 100 ns since 1601


class DirectoryAccounts:
    """`Accounts` of jcad.lab.login on Samba's own database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def find(self, name: str) -> Login | None:
        r"""Find the account of `user`, `DOMAIN\user` or `user@domain`, with its current NT hash, groups and state.

        An account without a password gets a hash that no password has. Names of other domains are nobody's.
        """
        found = self._found(name)
        if found is None:
            return None
        return Login(
            account=found["account"],
            domain=NETBIOS_DOMAIN,
            sid=found["sid"],
            nt_hash=bytes.fromhex(found["nt_hash"]) if found["nt_hash"] else os.urandom(16),
            groups=frozenset(found["groups"]),
            refused=_refused(found),
        )

    def _found(self, name: str) -> dict[str, Any] | None:
        domain, backslash, user = name.rpartition("\\")
        if backslash:
            return self._ask(sam=user) if _is_ours(domain) else None
        user, at, suffix = name.rpartition("@")
        if not at:
            return self._ask(sam=name)
        # Every account also has the implicit name sAMAccountName@domain (MS-ADTS 5.1.1.1.1), after the explicit ones.
        return self._ask(upn=name) or (self._ask(sam=user) if _is_ours(suffix) else None)

    def _ask(self, **key: str) -> dict[str, Any] | None:
        found: dict[str, Any] | None = self._database.ask("account", **key) if all(key.values()) else None
        return None if found is None or found["control"] & _NOT_A_USER else found

    def wrong_password(self, login: Login) -> None:
        """Count one wrong password, and lock the account where the domain's policy says so."""
        self._database.ask("wrong_password", sid=login.sid)

    def wrong_passwords(self, name: str) -> int:
        """Give badPwdCount of an account, for tests that count. Raises KeyError where there is no such account."""
        found = self._found(name)
        if found is None:
            raise KeyError(name)
        return int(found["wrong_passwords"])


def _refused(found: dict[str, Any]) -> str | None:
    computed = found["control"] | found["computed"]
    if computed & _LOCKED:
        return "775"
    if computed & _DISABLED:
        return "533"
    if found["expires"] not in _NEVER and found["expires"] <= _EPOCH + time.time_ns() // 100:
        return "701"
    if computed & _PASSWORD_EXPIRED:
        return "532" if found["password_set"] else "773"
    return None


def _is_ours(domain: str) -> bool:
    return domain.lower() in {NETBIOS_DOMAIN.lower(), DNS_DOMAIN}
