"""Passwords, enabling, unlocking, flags and expiry of accounts: the *-ADAccount* cmdlets."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, Final

from jcad.errors import LabUnsupported
from jcad.lab.powershell.values import DateTime, SecureString, TimeSpan, base_of
from jcad.lab.windows import failures
from jcad.lab.windows.adtypes import to_filetime
from jcad.lab.windows.changes import DISABLED, PASSWORD_NOT_REQUIRED, Changes
from jcad.lab.windows.clock import now
from jcad.lab.windows.cmdlets.base import AdCmdlet, declared
from jcad.lab.windows.cmdlets.protect import forbid_password_change
from jcad.lab.windows.directory import Directory
from jcad.lab.windows.entry import DirectoryEntryView
from jcad.lab.windows.failures import Operation, from_code
from jcad.lab.windows.ldap import Change, ChangeKind, Control
from jcad.lab.windows.properties import ACCOUNT, UAC, ObjectClass

PASSWORD_STATE: Final = (UAC, "pwdLastSet", "msDS-KeyVersionNumber")
"""The attributes by which an account without a password is known."""


def modify(
    directory: Directory,
    name: str,
    changes: Sequence[Change],
    operation: Operation = Operation.CHANGE,
    controls: Sequence[Control] = (),
) -> None:
    """Write, if there is anything to write. Raises AdFailure."""
    if changes:
        directory.attempt(operation, lambda: directory.connection.modify(name, changes, controls))


def quoted_password(password: Any) -> bytes:
    """A password as unicodePwd takes it: in quotes, UTF-16 (MS-ADTS 3.1.1.3.1.5.1)."""
    plain = base_of(password)
    text = plain.text if isinstance(plain, SecureString) else str(plain)
    return f'"{text}"'.encode("utf-16-le")


def set_password(directory: Directory, name: str, password: Any) -> None:
    """Reset. Raises AdFailure."""
    change = Change(ChangeKind.REPLACE, "unicodePwd", (quoted_password(password),))
    modify(directory, name, [change], Operation.PASSWORD)


def refuse_without_password(directory: Directory, account: DirectoryEntryView) -> None:
    """Windows enables no account that has no password (unless it needs none); Samba would.

    An account that never had one has the first version of its key and no time of its password. Who may not read these
    is not held up: the directory decides.
    """
    control = account.number(UAC) or 0
    version, last_set = account.number("msDS-KeyVersionNumber"), account.number("pwdLastSet")
    has_one = version is None or version > 1 or last_set != 0
    if not control & DISABLED or control & PASSWORD_NOT_REQUIRED or has_one:
        return
    domain = directory.attempt(
        Operation.READ, lambda: directory.connection.read(directory.default_context, ["minPwdLength"])
    )
    if domain is not None and domain.attributes.get("minPwdLength") != (b"0",):
        raise from_code(failures.PASSWORD_RESTRICTION)


class AccountCmdlet(AdCmdlet):
    """A cmdlet that changes one account."""

    kind: ClassVar[ObjectClass] = ACCOUNT
    __slots__ = ()

    def change(self, account: DirectoryEntryView) -> Sequence[Change]:
        """What to write."""
        raise NotImplementedError

    def after(self, account: DirectoryEntryView) -> None:
        """What cannot be part of the one request."""

    attributes: ClassVar[tuple[str, ...]] = (UAC,)

    def run(self) -> None:
        """Find the account, ask, write."""
        account = self.find(*self.attributes)
        changes = self.change(account)
        if self.context.should_process(account.dn, "Set"):
            modify(self.directory, account.dn, changes)
            self.after(account)
            if self.on("PassThru"):
                self.emit(account.dn)


@declared("Enable-ADAccount")
class EnableADAccount(AccountCmdlet):
    """Enable-ADAccount."""

    attributes: ClassVar[tuple[str, ...]] = PASSWORD_STATE
    __slots__ = ()

    def change(self, account: DirectoryEntryView) -> Sequence[Change]:
        """Clear ACCOUNTDISABLE; nothing where it is clear."""
        refuse_without_password(self.directory, account)
        changes = Changes(self.directory, self.kind)
        changes.flag(DISABLED, False)
        return changes.finish(account.number)


@declared("Disable-ADAccount")
class DisableADAccount(AccountCmdlet):
    """Disable-ADAccount."""

    __slots__ = ()

    def change(self, account: DirectoryEntryView) -> Sequence[Change]:
        """Set ACCOUNTDISABLE; nothing where it is set."""
        changes = Changes(self.directory, self.kind)
        changes.flag(DISABLED, True)
        return changes.finish(account.number)


@declared("Unlock-ADAccount")
class UnlockADAccount(AccountCmdlet):
    """Unlock-ADAccount."""

    __slots__ = ()

    def change(self, account: DirectoryEntryView) -> Sequence[Change]:  # noqa: ARG002  - the same for every account
        """Set lockoutTime to 0."""
        return [Change(ChangeKind.REPLACE, "lockoutTime", (b"0",))]


@declared("Set-ADAccountControl")
class SetADAccountControl(AccountCmdlet):
    """Set-ADAccountControl."""

    attributes: ClassVar[tuple[str, ...]] = PASSWORD_STATE
    __slots__ = ()

    def change(self, account: DirectoryEntryView) -> Sequence[Change]:
        """The flags of userAccountControl that were named."""
        if base_of(self.bound.get("Enabled")) is True:
            refuse_without_password(self.directory, account)
        changes = Changes(self.directory, self.kind)
        for name, value in self.bound.items():
            known = self.kind.properties.get(name.lower())
            if known is not None and known.bit:
                changes.parameter(known, value)
        return changes.finish(account.number)

    def after(self, account: DirectoryEntryView) -> None:
        """Whether the account may change its password stands in its descriptor."""
        forbidden = base_of(self.bound.get("CannotChangePassword"))
        if forbidden is not None:
            forbid_password_change(self.directory, account.dn, bool(forbidden))


@declared("Set-ADAccountExpiration")
class SetADAccountExpiration(AccountCmdlet):
    """Set-ADAccountExpiration."""

    __slots__ = ()

    def change(self, account: DirectoryEntryView) -> Sequence[Change]:  # noqa: ARG002  - the same for every account
        """Set accountExpires to a time, or to so long from now."""
        moment, span = base_of(self.bound.get("DateTime")), base_of(self.bound.get("TimeSpan"))
        if isinstance(span, TimeSpan):
            moment = DateTime(now().ticks + span.ticks, 2)
        value = to_filetime(moment) if isinstance(moment, DateTime) else 0
        return [Change(ChangeKind.REPLACE, "accountExpires", (str(value).encode(),))]


@declared("Clear-ADAccountExpiration")
class ClearADAccountExpiration(AccountCmdlet):
    """Clear-ADAccountExpiration."""

    __slots__ = ()

    def change(self, account: DirectoryEntryView) -> Sequence[Change]:  # noqa: ARG002  - the same for every account
        """Set accountExpires to 0: never."""
        return [Change(ChangeKind.REPLACE, "accountExpires", (b"0",))]


@declared("Set-ADAccountPassword")
class SetADAccountPassword(AdCmdlet):
    """Set-ADAccountPassword: a reset by whoever has the right, or a change by whoever knows the old password."""

    kind: ClassVar[ObjectClass] = ACCOUNT
    __slots__ = ()

    def run(self) -> None:
        """Write unicodePwd over the sealed connection."""
        new, old = base_of(self.bound.get("NewPassword")), base_of(self.bound.get("OldPassword"))
        if new is None or (old is None and not self.on("Reset")):
            raise LabUnsupported("asking for a password (Set-ADAccountPassword without -NewPassword or -OldPassword)")
        account = self.find("cn")
        if not self.context.should_process(account.dn, "Set-ADAccountPassword"):
            return
        if self.on("Reset"):
            set_password(self.directory, account.dn, new)
        else:
            changes = (
                Change(ChangeKind.DELETE, "unicodePwd", (quoted_password(old),)),
                Change(ChangeKind.ADD, "unicodePwd", (quoted_password(new),)),
            )
            modify(self.directory, account.dn, changes, Operation.PASSWORD)
        if self.on("PassThru"):
            self.emit(account.dn)
