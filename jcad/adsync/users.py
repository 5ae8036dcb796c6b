"""Users: what is planned for each bound one, and for each pair whose user is bound no more (rules.md). Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property

from jcad.adsync import actions
from jcad.adsync.attributes import Difference, Outline, Person, Withheld, alignment, initial_values
from jcad.adsync.decision import Decision, Match, Refusal, refused
from jcad.adsync.mapping import Unfit
from jcad.adsync.matching import UserMatcher
from jcad.adsync.names import agrees, logon_names, renamed
from jcad.adsync.options import OnUnbind, SyncOptions, UsernameIs
from jcad.adsync.settled import Facts, PairFacts, Settled
from jcad.adsync.sides import CloudSide, DirectorySide
from jcad.model import AdUser, CloudUser, Link, LinkKind, Memory, RestrictedField
from jcad.plan import Action, Finding, FindingKind, ObjectRef

_NOUN = "user"
_ACTIVE_DIRECTORY = "active_directory"


@dataclass(frozen=True, kw_only=True)
class UserPlanner:
    """Decides about every user. It looks at both sides and the memory, and asks nobody."""

    cloud: CloudSide
    directory: DirectorySide
    memory: Memory
    options: SyncOptions
    settled: Settled = field(default_factory=Settled)

    def decisions(self) -> list[Decision]:
        """One decision for each bound user, and for each remembered pair whose user is bound no more."""
        never = self.directory.protection.never
        self.settled.begin((self.options, self.cloud.other_instances, self.cloud.imports_actively, never))
        bound = [self._bound(user) for user in self.cloud.bound_users]
        self.settled.end()
        return bound + [self._unbound(link) for link in self._unbound_links()]

    @cached_property
    def _matcher(self) -> UserMatcher:
        return UserMatcher(cloud=self.cloud, directory=self.directory, memory=self.memory, options=self.options)

    # ---- bound users -------------------------------------------------------------------------------------------------

    def _bound(self, user: CloudUser) -> Decision:
        link = self.memory.links.get(user.id)
        if link is not None and (kept := self.settled.decision(self._facts(user, link))) is not None:
            return kept
        found = self._account(user, link)
        if isinstance(found, Refusal):
            return refused(_NOUN, user.id, user.username, found)
        if found is None:
            return self._create(user, link)
        if link is None:
            return self._take_over(user, found)
        return self._remembered(user, found, link)

    def _remembered(self, user: CloudUser, account: AdUser, link: Link) -> Decision:
        decision = self._aligned(user, account, Match.REMEMBERED, ("paired", "the pair is remembered"), (), link)
        facts = self._facts(user, link)
        if not self._matcher.is_renamed(user) and None not in facts[-1]:
            self.settled.keep(facts, decision)
        return decision

    def _facts(self, user: CloudUser, link: Link) -> Facts:
        account, reasons = self.directory.users_by_guid.get(link.guid), self.directory.protection.reasons
        managers = tuple(map(self._manager_facts, self._managers_of(user))) if self._person_fields else ()
        return user, link, account, reasons.get(link.guid), managers

    def _manager_facts(self, identity: str) -> PairFacts | None:
        """What the name of a manager follows from; None where that is not its own pair alone."""
        user, link = self.cloud.users.get(identity), self.memory.links.get(identity)
        if user is None or link is None or link.unfinished or identity not in self.cloud.bindings.users:
            return None
        account = self.directory.users_by_guid.get(link.guid)
        return None if account is None else (user, link, account, self.directory.protection.reasons.get(link.guid))

    def _managers_of(self, user: CloudUser) -> list[str]:
        return [identity for name in self._person_fields if (identity := user.attributes.get(name))]

    @cached_property
    def _person_fields(self) -> tuple[str, ...]:
        return tuple(name for rule in self.options.mapping if rule.is_manager for name in rule.fields)

    def _account(self, user: CloudUser, link: Link | None) -> AdUser | Refusal | None:
        """The user's account, why there is none to be written, or None where one is to be created (or finished)."""
        if link is None:
            return self._matcher.match(user)
        account = self.directory.users_by_guid.get(link.guid)
        if account is None:
            asked = user.username in self.options.recreate or user.id in self.options.recreate
            if asked and self._matcher.match(user) is None:
                return None
            return self._missing(user.username, link)
        if why := self.directory.protection.of_user(account):
            return Refusal(FindingKind.NOT_MANAGEABLE, "protected", f"{account.dn}: {why}", str(account.dn))
        if not account.dn.is_under(self.options.container):
            moved = f"it was moved out of {self.options.container}, to {account.dn}"
            return Refusal(FindingKind.NOT_MANAGEABLE, "relocated", moved, str(account.dn))
        return None if link.unfinished else account

    # ---- what is planned ---------------------------------------------------------------------------------------------

    def _create(self, user: CloudUser, link: Link | None) -> Decision:
        outline = initial_values(user, self.options.mapping, self._manager)
        names = self._matcher.names(user)
        values = {one.attribute: one for one in outline.now}
        unfinished = link.guid if link and link.unfinished else None
        action = actions.create_user(user, (names.sam, names.upn), self.options.container, values, unfinished)
        reference = ObjectRef.created_by(action.id)
        return Decision(
            noun=_NOUN,
            cloud_id=user.id,
            name=user.username,
            match=Match.CREATED,
            rule="create",
            reason=action.reason,
            reference=reference,
            actions=(action, *self._later(user, reference, outline, action.id)),
            findings=self._withheld(user, "", outline.withheld),
        )

    def _take_over(self, user: CloudUser, account: AdUser) -> Decision:
        agree = "their usernames and e-mails agree" if account.mail else "their usernames agree, and AD has no e-mail"
        if not agrees(account, self._matcher.names(user), self.options):
            agree = "their e-mails agree (match_by_email)"
        elif account.mail and account.mail.casefold() != user.email.casefold():
            agree = 'their usernames agree (takeover = "username")'
        link = actions.link_user(user, account, agree)
        return self._aligned(user, account, Match.TAKEN_OVER, ("take-over", agree), (link,), None)

    def _aligned(
        self,
        user: CloudUser,
        account: AdUser,
        match: Match,
        why: tuple[str, str],
        before: tuple[Action, ...],
        link: Link | None,
    ) -> Decision:
        """Everything that an existing account needs to be as JumpCloud says."""
        options, reference = self.options, ObjectRef.guid(account.guid)
        outline = alignment(
            user,
            account,
            options.mapping,
            self._manager,
            clear_empty=options.clear_empty,
            elsewhere=self.cloud.other_instances,
        )
        planned = list(before)
        if outline.now:
            planned.append(actions.set_attributes(user, reference, outline.now))
        planned += self._later(user, reference, outline)
        planned += self._switched(user, account, disabled_here=link is not None and link.disabled_here)
        findings = self._withheld(user, str(account.dn), outline.withheld) if outline.withheld else ()
        if link is not None:
            name_change = self._named(user, account, link)
            if isinstance(name_change, Action):
                planned.append(name_change)
            elif name_change is not None:
                findings = (*findings, name_change)
        return Decision(
            noun=_NOUN,
            cloud_id=user.id,
            name=user.username,
            match=match,
            rule=why[0],
            reason=why[1],
            guid=account.guid,
            reference=reference,
            actions=tuple(planned),
            findings=findings,
        )

    def _later(self, user: CloudUser, reference: ObjectRef, outline: Outline, own: str | None = None) -> list[Action]:
        """What must wait until another account has been created, in an action of its own: it may fail alone."""
        by_need: dict[str, list[Difference]] = {}
        for one in outline.later:
            by_need.setdefault(one.needs or "", []).append(one)
        return [
            actions.set_attributes(user, reference, listed, needs=tuple(dict.fromkeys(filter(None, (own, need)))))
            for need, listed in by_need.items()
        ]

    def _switched(self, user: CloudUser, account: AdUser, *, disabled_here: bool) -> list[Action]:
        disabled = actions.is_disabled(account)
        if user.is_suspended and not disabled:
            why = "suspended in JumpCloud"
            return [actions.disable_user(user.id, user.username, account, why, may_delete=self.cloud.imports_actively)]
        if not user.is_suspended and disabled and disabled_here and self.options.reenable:
            return [actions.enable_user(user.id, user.username, account, "no longer suspended; jcad had disabled it")]
        return []

    # ---- managers ----------------------------------------------------------------------------------------------------

    def _manager(self, identity: str) -> Person:
        """The account of a JumpCloud user that is somebody's manager. Raises Unfit."""
        if identity not in self._managers:
            self._managers[identity] = self._find_manager(identity)
        found = self._managers[identity]
        if isinstance(found, str):
            raise Unfit("no-manager", found)
        return found

    @cached_property
    def _managers(self) -> dict[str, Person | str]:
        return {}

    def _find_manager(self, identity: str) -> Person | str:
        user = self.cloud.users.get(identity)
        if user is None:
            return f"JumpCloud has no user {identity} any more, who is its manager there"
        if identity not in self.cloud.bindings.users:
            return f"its manager {user.username} is not bound to the AD instance"
        found = self._account(user, self.memory.links.get(identity))
        if isinstance(found, Refusal):
            return f"its manager {user.username} is not synced: {found.reason}"
        if found is not None:
            return Person(str(found.dn))
        place = self.options.container.child("CN", self._matcher.names(user).sam)
        return Person(str(place), actions.create_id(user))

    # ---- names -------------------------------------------------------------------------------------------------------

    def _named(self, user: CloudUser, account: AdUser, link: Link) -> Action | Finding | None:
        """What becomes of a pair whose names have drifted apart: changed in JumpCloud, in AD, or on both sides."""
        options = self.options
        new = self._matcher.names(user)
        if not self._matcher.is_renamed(user):
            if agrees(account, new, options):
                return None
            return self._drifted(user, account, "neither is changed")
        old = logon_names(link.name, options)
        wanted = renamed(account, old, new, options)
        if (account.sam, account.upn) == (wanted.sam, wanted.upn):
            return None
        if not options.rename_users:
            if agrees(account, new, options):
                return None
            return self._drifted(user, account, "neither is changed (rename_users = true would change it in AD)")
        if not agrees(account, old, options) and not agrees(account, new, options):
            return self._drifted(user, account, f"it was {link.name} on neither side any more; neither is changed")
        if any(one.field == "username" for one in self._owned(user)):
            return self._drifted(user, account, "JumpCloud lists username as Active Directory's", "owned-by-ad")
        if refusal := self._matcher.unfit_names(user) or self._matcher.taken(wanted, account.guid):
            return self._finding(user, refusal.kind, refusal.rule, f"it was renamed, but {refusal.reason}", account)
        return actions.rename_user(user, account, (wanted.sam, wanted.upn), link.name)

    def _owned(self, user: CloudUser) -> list[RestrictedField]:
        return [
            one for one in user.restricted if one.type == _ACTIVE_DIRECTORY and one.id not in self.cloud.other_instances
        ]

    def _drifted(self, user: CloudUser, account: AdUser, rest: str, rule: str = "renamed") -> Finding:
        name = account.upn if self.options.username is UsernameIs.UPN and account.upn else account.sam
        reason = f"its username is {user.username} in JumpCloud and {name} in AD; {rest}"
        return self._finding(user, FindingKind.REPORTED, rule, reason, account)

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
            return refused(_NOUN, link.cloud_id, link.name, self._missing(link.name, link))
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

    def _missing(self, name: str, link: Link) -> Refusal:
        reason = (
            f"its account {link.guid} is not known to {self.directory.dc}: it was deleted, or is not replicated yet. "
            f"It is not created again but by --recreate {name}"
        )
        return Refusal(FindingKind.MISSING, "missing", reason, str(link.guid))

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

    def _finding(self, user: CloudUser, kind: FindingKind, rule: str, reason: str, account: AdUser) -> Finding:
        return Finding(
            kind=kind,
            noun=_NOUN,
            name=user.username,
            rule=rule,
            reason=reason,
            cloud=user.id,
            directory=str(account.dn),
        )
