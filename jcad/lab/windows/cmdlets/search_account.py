"""Search-ADAccount: accounts that are disabled, locked, expired, inactive, or whose password is or never expires."""

from __future__ import annotations

from typing import Any, ClassVar, Final

from jcad.errors import LabUnsupported
from jcad.lab.powershell.values import DateTime, TimeSpan, base_of
from jcad.lab.windows import filters
from jcad.lab.windows.adtypes import to_filetime
from jcad.lab.windows.clock import now
from jcad.lab.windows.cmdlets.base import AdCmdlet, declared
from jcad.lab.windows.failures import Operation
from jcad.lab.windows.ldap import Scope
from jcad.lab.windows.properties import ACCOUNT, UAC, ObjectClass
from jcad.lab.windows.reading import Request

_SHOWN: Final = ("AccountExpirationDate", "LastLogonDate", "LockedOut", "PasswordExpired", "PasswordNeverExpires")
_SCOPES: Final = {"Base": Scope.BASE, "OneLevel": Scope.ONE_LEVEL, "Subtree": Scope.SUBTREE}
_DEFAULT_PAGE: Final = 256
_DAY: Final = 864_000_000_000
_INACTIVE_DAYS: Final = 15
"""lastLogonTimestamp is up to 14 days behind, so inactivity is counted from 15 days (Search-ADAccount, documentation)."""


@declared("Search-ADAccount")
class SearchADAccount(AdCmdlet):
    """Search-ADAccount."""

    kind: ClassVar[ObjectClass] = ACCOUNT
    __slots__ = ()

    def run(self) -> None:
        """Search by what the directory can search for, then look at what it computes."""
        directory = self.directory
        request = Request.of(self.kind, _SHOWN, directory.schema)
        limit, page = self.size("ResultSetSize"), self.size("ResultPageSize")
        query = filters.every(filters.equals("objectClass", "user"), *self._sides(), self._query())
        scope = _SCOPES[str(base_of(self.bound.get("SearchScope")) or "Subtree")]
        base = self.text("SearchBase") or directory.default_context
        entries = directory.attempt(
            Operation.READ,
            lambda: list(
                directory.connection.search(base, scope, query, request.attributes, page=page or _DEFAULT_PAGE)
            ),
        )
        written = 0
        for entry in entries:
            account = request.build(directory, directory.view(entry))
            if self._holds(account) and (limit is None or written < limit):
                written += 1
                self.context.check_stop()
                self.context.write(account)

    def _sides(self) -> list[bytes]:
        computer = filters.equals("objectClass", "computer")
        if self.on("UsersOnly"):
            return [filters.negated(computer)]
        return [computer] if self.on("ComputersOnly") else []

    def _query(self) -> bytes:
        if self.on("AccountDisabled"):
            return filters.matching(UAC, filters.BIT_AND, "2")
        if self.on("PasswordNeverExpires"):
            return filters.matching(UAC, filters.BIT_AND, "65536")
        if self.on("LockedOut"):
            return filters.at_least("lockoutTime", "1")
        if self.on("AccountExpired"):
            return filters.every(filters.at_least("accountExpires", "1"), self._before("accountExpires", now()))
        if self.on("AccountInactive"):
            return self._before("lastLogonTimestamp", self._since())
        if self.on("PasswordExpired"):
            return filters.present(UAC)
        return self._expiring()

    def _expiring(self) -> bytes:
        """Accounts that expire from now on until a moment, or within a time."""
        moment, span = base_of(self.bound.get("DateTime")), base_of(self.bound.get("TimeSpan"))
        if not isinstance(moment, DateTime) and not isinstance(span, TimeSpan):
            raise LabUnsupported("Search-ADAccount -AccountExpiring without -DateTime or -TimeSpan")
        end = moment if isinstance(moment, DateTime) else DateTime(now().ticks + span.ticks, 2)
        begin = filters.at_least("accountExpires", str(to_filetime(now())))
        return filters.every(begin, self._before("accountExpires", end))

    def _holds(self, account: Any) -> bool:
        if self.on("LockedOut"):
            return account.get("LockedOut") is True
        return not self.on("PasswordExpired") or account.get("PasswordExpired") is True

    def _since(self) -> DateTime:
        moment, span = base_of(self.bound.get("DateTime")), base_of(self.bound.get("TimeSpan"))
        if isinstance(moment, DateTime):
            return moment
        back = span.ticks if isinstance(span, TimeSpan) else _INACTIVE_DAYS * _DAY
        return DateTime(now().ticks - back, 2)

    @staticmethod
    def _before(attribute: str, moment: DateTime) -> bytes:
        return filters.at_most(attribute, str(to_filetime(moment)))
