"""Users: how each bound one is matched, and what is planned for it (rules.md "Matching and linking"). Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from uuid import UUID

from jcad.adsync import actions
from jcad.adsync.attributes import Withheld, alignment, initial_values
from jcad.adsync.decision import Decision, Match, Refusal, refused
from jcad.adsync.options import OnUnbind, SyncOptions, Takeover
from jcad.adsync.sides import CloudSide, DirectorySide
from jcad.model import AdNameHolder, AdUser, CloudUser, Link, LinkKind, Memory, UserState, fold, username_refusal
from jcad.plan import Action, Finding, FindingKind, ObjectRef

_NOUN = "user"


@dataclass(frozen=True, kw_only=True)
class UserPlanner:
    """Decides about every user. It looks at both sides and the memory, and asks nobody."""

    cloud: CloudSide
    directory: DirectorySide
    memory: Memory
    options: SyncOptions

    def decisions(self) -> list[Decision]:
        """One decision for each bound user, and for each remembered pair whose user is bound no more."""
        names = self._twins()
        return [self._bound(user, names.get(fold(user.username), ())) for user in self.cloud.bound_users] + [
            self._unbound(link) for link in self._unbound_links()
        ]

    # ---- bound users -------------------------------------------------------------------------------------------------

    def _bound(self, user: CloudUser, twins: tuple[CloudUser, ...]) -> Decision:
        link = self.memory.links.get(user.id)
        if link is not None:
            return self._remembered(user, link)
        refusal = self._unfit(user, twins)
        found = refusal or self._find(user)
        if isinstance(found, Refusal):
            return refused(_NOUN, user.id, user.username, found)
        if isinstance(found, AdUser):
            return self._take_over(user, found)
        return self._create(user)

    def _twins(self) -> dict[str, tuple[CloudUser, ...]]:
        """Bound users without a pair whom Windows would take for one."""
        found: dict[str, list[CloudUser]] = {}
        for user in self.cloud.bound_users:
            if user.id not in self.memory.links:
                found.setdefault(fold(user.username), []).append(user)
        return {name: tuple(users) for name, users in found.items() if len(users) > 1}

    def _unfit(self, user: CloudUser, twins: Iterable[CloudUser]) -> Refusal | None:
        """Why a user without a pair is not synced at all."""
        if user.state is UserState.STAGED:
            return Refusal(FindingKind.SKIPPED, "staged", "its state in JumpCloud is STAGED")
        missing = [what for what, value in (("first", user.firstname), ("last", user.lastname)) if not value.strip()]
        if missing:
            names = " and ".join(missing)
            return Refusal(FindingKind.SKIPPED, "name-missing", f"its {names} name is missing in JumpCloud")
        if why := username_refusal(user.username):
            return Refusal(FindingKind.SKIPPED, "name-refused", f"{why}; rename the user in JumpCloud")
        if others := [other.username for other in twins if other.id != user.id]:
            return Refusal(
                FindingKind.CONFLICT,
                "one-name",
                f"to Windows its username is the same as {', '.join(others)} in JumpCloud",
            )
        return None

    def _find(self, user: CloudUser) -> AdUser | Refusal | None:
        """The account to take over, why there is a conflict, or None where one is to be created."""
        holders = self.directory.holders_by_name.get(fold(user.username), ())
        mailed = self.directory.users_by_mail.get(user.email.casefold(), ()) if user.email else ()
        if len(holders) > 1:
            where = "; ".join(str(holder.dn) for holder in holders)
            return Refusal(FindingKind.CONFLICT, "two-match", f"two objects have this username: {where}", where)
        if holders:
            return self._by_name(user, holders[0], mailed)
        if mailed:
            return self._by_mail(mailed)
        return self._in_the_way(user)

    def _by_name(self, user: CloudUser, holder: AdNameHolder, mailed: Iterable[AdUser]) -> AdUser | Refusal:
        account = self.directory.users_by_guid.get(holder.guid)
        where = str(holder.dn)
        if account is None:
            return Refusal(
                FindingKind.CONFLICT, "name-taken", f"a {holder.object_class} has this username: {where}", where
            )
        if refusal := self._untouchable(account):
            return refusal
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
        if refusal := self._untouchable(accounts[0]):
            return refusal
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
        sam, upn = self._names(user)
        if holders := self.directory.holders_by_upn.get(upn.casefold()):
            where = str(holders[0].dn)
            return Refusal(FindingKind.CONFLICT, "upn-taken", f"{where} has the userPrincipalName {upn}", where)
        place = self.options.container.child("CN", sam)
        if place in self.directory.guids_by_dn:
            return Refusal(FindingKind.CONFLICT, "cn-taken", f"another object is called {place}", str(place))
        if why := self.directory.protection.never.get(fold(sam)):
            return Refusal(FindingKind.NOT_MANAGEABLE, "never-written", why)
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

    # ---- what is planned ---------------------------------------------------------------------------------------------

    def _create(self, user: CloudUser, link: Link | None = None) -> Decision:
        values, withheld = initial_values(user, self.options)
        action = actions.create_user(
            user, self._names(user), self.options.container, values, link.guid if link and link.unfinished else None
        )
        return Decision(
            noun=_NOUN,
            cloud_id=user.id,
            name=user.username,
            match=Match.CREATED,
            rule="create",
            reason=action.reason,
            reference=ObjectRef.created_by(action.id),
            actions=(action,),
            findings=self._withheld(user, "", withheld),
        )

    def _take_over(self, user: CloudUser, account: AdUser) -> Decision:
        agree = "their usernames and e-mails agree" if account.mail else "their usernames agree, and AD has no e-mail"
        if fold(account.sam) != fold(user.username):
            agree = "their e-mails agree (match_by_email)"
        elif account.mail and account.mail.casefold() != user.email.casefold():
            agree = 'their usernames agree (takeover = "username")'
        link = actions.link_user(user, account, agree)
        return self._aligned(user, account, Match.TAKEN_OVER, ("take-over", agree), (link,), disabled_here=False)

    def _remembered(self, user: CloudUser, link: Link) -> Decision:
        account = self.directory.users_by_guid.get(link.guid)
        if account is None:
            if user.username in self.options.recreate or user.id in self.options.recreate:
                found = self._unfit(user, ()) or self._find(user)
                if found is None:
                    return self._create(user)
            return self._missing(user.id, user.username, link)
        where = str(account.dn)
        if why := self.directory.protection.of_user(account):
            refusal = Refusal(FindingKind.NOT_MANAGEABLE, "protected", f"{where}: {why}", where)
            return refused(_NOUN, user.id, user.username, refusal)
        if not account.dn.is_under(self.options.container):
            refusal = Refusal(
                FindingKind.NOT_MANAGEABLE,
                "relocated",
                f"it was moved out of {self.options.container}, to {where}",
                where,
            )
            return refused(_NOUN, user.id, user.username, refusal)
        if link.unfinished:
            return self._create(user, link)
        reason = ("paired", "the pair is remembered")
        return self._aligned(user, account, Match.REMEMBERED, reason, (), disabled_here=link.disabled_here)

    def _aligned(
        self,
        user: CloudUser,
        account: AdUser,
        match: Match,
        why: tuple[str, str],
        before: tuple[Action, ...],
        *,
        disabled_here: bool,
    ) -> Decision:
        """Everything that an existing account needs to be as JumpCloud says."""
        changes, withheld = alignment(user, account, self.options)
        planned = list(before)
        if changes:
            planned.append(actions.set_attributes(user, account, changes))
        planned += self._switched(user, account, disabled_here=disabled_here)
        return Decision(
            noun=_NOUN,
            cloud_id=user.id,
            name=user.username,
            match=match,
            rule=why[0],
            reason=why[1],
            guid=account.guid,
            reference=ObjectRef.guid(account.guid),
            actions=tuple(planned),
            findings=(*self._withheld(user, str(account.dn), withheld), *self._renamed(user, account, match)),
        )

    def _switched(self, user: CloudUser, account: AdUser, *, disabled_here: bool) -> list[Action]:
        disabled = actions.is_disabled(account)
        if user.is_suspended and not disabled:
            why = "suspended in JumpCloud"
            return [actions.disable_user(user.id, user.username, account, why, may_delete=self.cloud.imports_actively)]
        if not user.is_suspended and disabled and disabled_here and self.options.reenable:
            return [actions.enable_user(user.id, user.username, account, "no longer suspended; jcad had disabled it")]
        return []

    # ---- unbound users -----------------------------------------------------------------------------------------------

    def _unbound_links(self) -> list[Link]:
        bound = self.cloud.bindings.users & self.cloud.users.keys()
        links = (
            link for link in self.memory.links.values() if link.kind is LinkKind.USER and link.cloud_id not in bound
        )
        return sorted(links, key=lambda link: (link.name, link.cloud_id))

    def _unbound(self, link: Link) -> Decision:
        gone = "unbound" if link.cloud_id in self.cloud.users else "deleted"
        account = self.directory.users_by_guid.get(link.guid)
        if account is None:
            return self._missing(link.cloud_id, link.name, link)
        disables = self.options.on_unbind is OnUnbind.DISABLE and not actions.is_disabled(account)
        if disables and self._untouchable_now(account) is None:
            may_delete = self.cloud.imports_actively
            why = f"{gone} in JumpCloud"
            action = actions.disable_user(link.cloud_id, link.name, account, why, may_delete=may_delete)
            return Decision(
                noun=_NOUN, cloud_id=link.cloud_id, name=link.name, match=Match.REMEMBERED, rule=gone, reason=why,
                guid=account.guid, actions=(action,),
            )  # fmt: skip
        kept = f"it is {gone} in JumpCloud; {account.dn} is kept as it is"
        refusal = Refusal(FindingKind.REPORTED, gone, kept, str(account.dn))
        return refused(_NOUN, link.cloud_id, link.name, refusal)

    def _untouchable_now(self, account: AdUser) -> str | None:
        if not account.dn.is_under(self.options.container):
            return "outside"
        return self.directory.protection.of_user(account)

    # ---- findings ----------------------------------------------------------------------------------------------------

    def _missing(self, cloud_id: str, name: str, link: Link) -> Decision:
        reason = (
            f"its account {link.guid} is not known to {self.directory.dc}: it was deleted, or is not replicated yet. "
            f"It is not created again but by --recreate {name}"
        )
        return refused(_NOUN, cloud_id, name, Refusal(FindingKind.MISSING, "missing", reason, str(link.guid)))

    def _withheld(self, user: CloudUser, where: str, withheld: Iterable[Withheld]) -> tuple[Finding, ...]:
        return tuple(
            Finding(
                kind=FindingKind.REPORTED,
                noun=_NOUN,
                name=user.username,
                rule=one.rule,
                reason=f"{one.attribute} is not written: {one.reason}",
                cloud=user.id,
                directory=where,
            )
            for one in withheld
        )

    def _renamed(self, user: CloudUser, account: AdUser, match: Match) -> tuple[Finding, ...]:
        """A pair whose names have drifted apart: reported, on whichever side it was renamed."""
        if match is not Match.REMEMBERED or fold(account.sam) == fold(user.username):
            return ()
        reason = f"its username is {user.username} in JumpCloud and {account.sam} in AD; neither is changed"
        return (
            Finding(
                kind=FindingKind.REPORTED, noun=_NOUN, name=user.username, rule="renamed", reason=reason, cloud=user.id,
                directory=str(account.dn),
            ),
        )  # fmt: skip

    def _names(self, user: CloudUser) -> tuple[str, str]:
        return user.username, f"{user.username}@{self.options.upn_suffix}"
