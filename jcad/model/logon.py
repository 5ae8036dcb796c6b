"""Whether an account can log on: its password, its locks, and the policy that holds for it. A plain value; no I/O."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from jcad.model.dn import DistinguishedName
from jcad.model.password import PasswordPolicy


def bare(account: str) -> str:
    r"""The sAMAccountName of `DOMAIN\name`."""
    return account.rpartition("\\")[2]


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountLogon:
    """An account as one domain controller tells of its logons. Times are in UTC; None is never.

    `must_change` says that the password must be changed at the next logon, which no service does. `wrong_passwords` since the
    last right one are this domain controller's own count, which is not replicated. `policy` is the one that holds for the
    account: the domain's, or the fine-grained one of `policy_name`; None where that may not be read.
    """

    guid: UUID
    sam: str
    dn: DistinguishedName
    enabled: bool
    locked: bool = False
    password_set: datetime | None = None
    must_change: bool = False
    password_expires: datetime | None = None
    account_expires: datetime | None = None
    wrong_passwords: int = 0
    last_wrong: datetime | None = None
    policy: PasswordPolicy | None = None
    policy_name: str = ""

    def password_expired(self, now: datetime) -> bool:
        """Whether the password is not taken any more for its age."""
        return self.password_expires is not None and self.password_expires <= now

    def account_expired(self, now: datetime) -> bool:
        """Whether the account itself is not taken any more for its age."""
        return self.account_expires is not None and self.account_expires <= now
