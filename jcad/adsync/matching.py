"""How a JumpCloud user is matched with an account (rules.md "Matching and linking"). Pure: it decides nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from uuid import UUID

from jcad.adsync.decision import Refusal
from jcad.adsync.names import LogonNames, logon_names, refusal
from jcad.adsync.options import SyncOptions, Takeover, UsernameIs
from jcad.adsync.sides import CloudSide, DirectorySide
from jcad.model import AdNameHolder, AdUser, CloudUser, Memory, UserState, fold
from jcad.plan import FindingKind


@dataclass(frozen=True, kw_only=True)
class UserMatcher:
    """Finds the account of a user without a pair, or says why there is none to be had."""

    cloud: CloudSide
    directory: DirectorySide
    memory: Memory
    options: SyncOptions

    def names(self, user: CloudUser) -> LogonNames:
        """The user's names in Active Directory."""
        return logon_names(user.username, self.options)

    def match(self, user: CloudUser) -> AdUser | Refusal | None:
        """The account to take over, why there is a conflict, or None where one is to be created."""
        return self.unfit(user) or self.find(user)

    def is_renamed(self, user: CloudUser) -> bool:
        """Whether the username has changed in JumpCloud since the pair was last looked at."""
        link = self.memory.links.get(user.id)
        return link is not None and bool(link.name) and link.name != user.username

    # ---- users that cannot be synced ---------------------------------------------------------------------------------

    def unfit(self, user: CloudUser) -> Refusal | None:
        """Why a user without a pair is not synced at all."""
        if user.state is UserState.STAGED:
            return Refusal(FindingKind.SKIPPED, "staged", "its state in JumpCloud is STAGED")
        if not user.firstname.strip() or not user.lastname.strip():
            named = (("first", user.firstname), ("last", user.lastname))
            missing = " and ".join(what for what, value in named if not value.strip())
            return Refusal(FindingKind.SKIPPED, "name-missing", f"its {missing} name is missing in JumpCloud")
        return self.unfit_names(user)

    def unfit_names(self, user: CloudUser) -> Refusal | None:
        """Why a username cannot be a logon name: Windows refuses it, or another user has the same one to Windows."""
        names = self.names(user)
        if why := refusal(names, self.options):
            return Refusal(FindingKind.SKIPPED, "name-refused", f"{why}; rename the user in JumpCloud")
        others = [other.username for other in self._twins.get(fold(names.sam), ()) if other.id != user.id]
        if others:
            same = f"to Windows its username is the same as {', '.join(others)} in JumpCloud"
            return Refusal(FindingKind.CONFLICT, "one-name", same)
        return None

    @cached_property
    def _twins(self) -> dict[str, tuple[CloudUser, ...]]:
        """Bound users that ask for a name that Windows would take for one: those without a pair, and those renamed."""
        found: dict[str, list[CloudUser]] = {}
        for user in self.cloud.bound_users:
            if user.id not in self.memory.links or (self.options.rename_users and self.is_renamed(user)):
                found.setdefault(fold(self.names(user).sam), []).append(user)
        return {name: tuple(users) for name, users in found.items() if len(users) > 1}

    # ---- the account -------------------------------------------------------------------------------------------------

    def find(self, user: CloudUser) -> AdUser | Refusal | None:
        """The account by username, then by e-mail."""
        holders = self._holders(self.names(user))
        mailed = self.directory.users_by_mail.get(user.email.casefold(), ()) if user.email else ()
        if len(holders) > 1:
            where = "; ".join(str(holder.dn) for holder in holders)
            return Refusal(FindingKind.CONFLICT, "two-match", f"two objects have this username: {where}", where)
        if holders:
            return self._by_name(user, holders[0], mailed)
        if mailed:
            return self._by_mail(mailed)
        return self._in_the_way(user)

    def _holders(self, names: LogonNames) -> Sequence[AdNameHolder]:
        """Who has the username. An account without a UPN answers to its name in the domain (MS-ADTS 5.1.1.1.1)."""
        same_sam = self.directory.holders_by_name.get(fold(names.sam), ())
        if self.options.username is UsernameIs.SAM:
            return same_sam
        if holders := self.directory.holders_by_upn.get(names.upn.casefold()):
            return holders
        implicit = names.upn.rpartition("@")[2].casefold() == self._dns_name
        return [holder for holder in same_sam if not holder.upn] if implicit else ()

    @cached_property
    def _dns_name(self) -> str:
        return ".".join(rdn.value for rdn in self.directory.domain.rdns).casefold()

    def _by_name(self, user: CloudUser, holder: AdNameHolder, mailed: Iterable[AdUser]) -> AdUser | Refusal:
        account = self.directory.users_by_guid.get(holder.guid)
        where = str(holder.dn)
        if account is None:
            return Refusal(
                FindingKind.CONFLICT, "name-taken", f"a {holder.object_class} has this username: {where}", where
            )
        if untouchable := self._untouchable(account):
            return untouchable
        if others := [str(other.dn) for other in mailed if other.guid != account.guid]:
            return Refusal(
                FindingKind.CONFLICT,
                "crossed",
                f"its username is that of {where}, its e-mail that of {'; '.join(others)}",
                where,
            )
        differs = bool(account.mail) and account.mail.casefold() != user.email.casefold()  # type: ignore[union-attr]
        if differs and self.options.takeover is not Takeover.USERNAME:
            return Refusal(
                FindingKind.CONFLICT,
                "email-differs",
                f"{where} has this username and another e-mail: {account.mail}, not {user.email or '(none)'}",
                where,
            )
        return account

    def _by_mail(self, mailed: Iterable[AdUser]) -> AdUser | Refusal:
        accounts = list(mailed)
        where = "; ".join(str(account.dn) for account in accounts)
        if len(accounts) > 1:
            return Refusal(FindingKind.CONFLICT, "two-match", f"several accounts have its e-mail: {where}", where)
        if untouchable := self._untouchable(accounts[0]):
            return untouchable
        if not self.options.match_by_email:
            return Refusal(
                FindingKind.CONFLICT,
                "email-only",
                f"only its e-mail matches, with {accounts[0].sam} ({where}); match_by_email = true would link them",
                where,
            )
        return accounts[0]

    def _in_the_way(self, user: CloudUser) -> Refusal | None:
        """What makes it impossible to create the account."""
        names = self.names(user)
        if taken := self.taken(names, None):
            return taken
        place = self.options.container.child("CN", names.sam)
        if place in self.directory.guids_by_dn:
            return Refusal(FindingKind.CONFLICT, "cn-taken", f"another object is called {place}", str(place))
        return None

    def taken(self, names: LogonNames, mine: UUID | None) -> Refusal | None:
        """Why these names cannot be given to an account (`mine`, or a new one): another object has one, or nobody may."""
        if why := self.directory.protection.never.get(fold(names.sam)):
            return Refusal(FindingKind.NOT_MANAGEABLE, "never-written", why)
        holders = (
            ("name-taken", "sAMAccountName", names.sam, self.directory.holders_by_name.get(fold(names.sam), ())),
            ("upn-taken", "userPrincipalName", names.upn, self.directory.holders_by_upn.get(names.upn.casefold(), ())),
        )
        for rule, attribute, name, found in holders:
            for holder in found:
                if holder.guid != mine:
                    where = str(holder.dn)
                    return Refusal(FindingKind.CONFLICT, rule, f"{where} has the {attribute} {name}", where)
        return None

    def _untouchable(self, account: AdUser) -> Refusal | None:
        """Why an account is not written, whoever it belongs to."""
        where = str(account.dn)
        if why := self.directory.protection.of_user(account):
            return Refusal(FindingKind.NOT_MANAGEABLE, "protected", f"{where}: {why}", where)
        if not account.dn.is_under(self.options.container):
            return Refusal(FindingKind.NOT_MANAGEABLE, "outside", f"{where} is outside {self.options.container}", where)
        if account.guid in self._paired:
            return Refusal(
                FindingKind.CONFLICT, "paired", f"{where} is already paired with another JumpCloud user", where
            )
        return None

    @cached_property
    def _paired(self) -> frozenset[UUID]:
        return frozenset(link.guid for link in self.memory.links.values())
