"""Who is logged on to a lab host: made by the endpoint's authentication, used to bind to the directory as that account.

Pure values; no I/O.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Login:
    """An account that has logged on, or is about to.

    `account` is its sAMAccountName, `domain` its NetBIOS domain name, `sid` its SID as text, `nt_hash` its current NT hash
    (16 bytes) with which the lab binds to Samba as this account, `groups` the SIDs of its token (direct, nested, primary).
    `refused` is why the account may not log on, when it was looked at: `533` disabled, `775` locked, `773` the password must
    be changed, `532` it has expired, `701` the account has expired.
    """

    account: str
    domain: str
    sid: str
    nt_hash: bytes = field(repr=False)
    groups: frozenset[str] = frozenset()
    mechanism: str = ""
    refused: str | None = None

    @property
    def name(self) -> str:
        r"""`DOMAIN\account`, as Windows shows it."""
        return f"{self.domain}\\{self.account}"

    def by(self, mechanism: str) -> Login:
        """The same account, as one that logged on by this mechanism."""
        return replace(self, mechanism=mechanism)


class Accounts(Protocol):
    r"""What the endpoint asks the domain about accounts. Names come as `user`, `DOMAIN\user` or `user@domain`."""

    def find(self, name: str) -> Login | None:
        """The account with its *current* NT hash, groups and state, or None where there is none."""

    def wrong_password(self, login: Login) -> None:
        """Count one wrong password as Windows would (badPwdCount, lockout)."""
