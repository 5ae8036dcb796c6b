"""Why one user or group is, or is not, synced: what is on each side, how it was matched, what would be done. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from jcad.adsync.decision import Decision
from jcad.adsync.mapping import cloud_value, held, shown
from jcad.adsync.sync import Sync
from jcad.errors import JcadError
from jcad.model import AdGroup, AdUser, CloudGroup, CloudUser, Link, fold
from jcad.plan import Action, Finding


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """One object. `cloud` and `directory` hold what was read of it, as text by field; empty where there is nothing."""

    noun: str
    name: str
    cloud: Mapping[str, str]
    directory: Mapping[str, str]
    pair: str
    match: str
    reason: str
    actions: tuple[Action, ...] = ()
    findings: tuple[Finding, ...] = ()


def explain(sync: Sync, word: str) -> list[Explanation]:
    """Explain every user and group that `word` names: a username, e-mail, group name, id, or sAMAccountName.

    Raises JcadError when there is none of that name on either side.
    """
    found = [_explain_cloud(sync, one) for one in _cloud_objects(sync, word)]
    if not found:
        found = [_explain_directory(sync, one) for one in _directory_objects(sync, word)]
    if not found:
        raise JcadError(
            f"Neither JumpCloud nor {sync.directory.domain} has a user or group called {word!r}.",
            hint="Give a username, an e-mail address, a group's name or an id.",
        )
    return found


def _cloud_objects(sync: Sync, word: str) -> list[CloudUser | CloudGroup]:
    folded = fold(word)
    users = [
        user
        for user in sync.cloud.users.values()
        if user.id == word or fold(user.username) == folded or (user.email and user.email.casefold() == word.casefold())
    ]
    groups = [group for group in sync.cloud.groups.values() if group.id == word or fold(group.name) == folded]
    return [*users, *groups]


def _directory_objects(sync: Sync, word: str) -> list[AdUser | AdGroup]:
    folded = fold(word)
    users = [
        user
        for user in sync.directory.users
        if fold(user.sam) == folded or word.casefold() in {(user.mail or "").casefold(), (user.upn or "").casefold()}
    ]
    groups = [group for group in sync.directory.groups if fold(group.sam) == folded]
    return [*users, *groups]


def _explain_cloud(sync: Sync, one: CloudUser | CloudGroup) -> Explanation:
    is_user = isinstance(one, CloudUser)
    name = one.username if isinstance(one, CloudUser) else one.name
    decisions = sync.users if is_user else sync.groups
    decision = next((decision for decision in decisions if decision.cloud_id == one.id), None)
    link = sync.memory.links.get(one.id)
    account = _account(sync, decision, link)
    reason = decision.reason if decision else "it is not bound to the AD instance, neither directly nor through a group"
    return Explanation(
        noun="user" if is_user else "group",
        name=name,
        cloud=_cloud_fields(sync, one),
        directory=_directory_fields(sync, account) if account else {},
        pair=_pair(link),
        match=decision.match.value if decision else "none",
        reason=reason,
        actions=_actions(sync, one.id, decision),
        findings=decision.findings if decision else (),
    )


def _explain_directory(sync: Sync, one: AdUser | AdGroup) -> Explanation:
    link = next((link for link in sync.memory.links.values() if link.guid == one.guid), None)
    return Explanation(
        noun="user" if isinstance(one, AdUser) else "group",
        name=one.sam,
        cloud={},
        directory=_directory_fields(sync, one),
        pair=_pair(link),
        match="none",
        reason="JumpCloud has nothing of this name; what only AD has is left alone",
    )


def _account(sync: Sync, decision: Decision | None, link: Link | None) -> AdUser | AdGroup | None:
    guid = decision.guid if decision and decision.guid else link.guid if link else None
    if guid is not None:
        return sync.directory.users_by_guid.get(guid) or sync.directory.groups_by_guid.get(guid)
    if decision is None:
        return None
    found = _directory_objects(sync, decision.name)
    return found[0] if found else None


def _actions(sync: Sync, identity: str, decision: Decision | None) -> tuple[Action, ...]:
    own = decision.actions if decision else ()
    members = [one for one in sync.memberships[0] if identity in (one.item.get("user"), one.link)]
    return (*own, *members)


def _pair(link: Link | None) -> str:
    if link is None:
        return "no pair is remembered"
    marks = [text for text, on in (("disabled by jcad", link.disabled_here), ("unfinished", link.unfinished)) if on]
    return f"paired with {link.guid} ({', '.join([link.origin.value, *marks])})"


def _cloud_fields(sync: Sync, one: CloudUser | CloudGroup) -> dict[str, str]:
    bindings = sync.cloud.bindings
    if isinstance(one, CloudGroup):
        bound = "yes" if one.id in bindings.groups else "no"
        return {"id": one.id, "name": one.name, "members": str(len(one.members)), "bound": bound}
    bound = "directly" if one.id in bindings.direct_users else "through a group" if one.id in bindings.users else "no"
    state = "SUSPENDED" if one.is_suspended else one.state.value
    fields = {"id": one.id, "username": one.username, "state": state, "bound": bound}
    return fields | {name: cloud_value(one, name) for rule in sync.options.mapping for name in rule.fields}


def _directory_fields(sync: Sync, account: AdUser | AdGroup) -> dict[str, str]:
    fields = {"dn": str(account.dn), "objectGUID": str(account.guid), "sAMAccountName": account.sam}
    if isinstance(account, AdGroup):
        kind = "security" if account.is_security else "distribution"
        return fields | {"type": kind, "members": str(len(sync.directory.members_of(account)))}
    fields["enabled"] = "yes" if account.enabled else "no"
    fields["locked"] = "yes" if account.lockout_time else "no"
    if account.upn:
        fields["userPrincipalName"] = account.upn
    rules = sync.options.mapping
    return fields | {rule.to: shown(held(account, rule.attribute, rule.type)) or "" for rule in rules}
