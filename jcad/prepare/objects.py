"""Container, groups and accounts: what is missing, what is in the way, what is otherwise than wanted. Pure.

Nothing that is there is moved, renamed, enabled or given another type: it is shown, with what to do about it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from jcad.model import GLOBAL_SECURITY, AdUser, DistinguishedName, GroupType, UserAccountControl, is_protected_group
from jcad.plan import Action, Change, Finding, FindingKind, ObjectRef, Target
from jcad.prepare.desired import Desired, WantedAccount, WantedGroup
from jcad.prepare.state import AccountState, Actual, Kept

CONTAINER_WAVE, OBJECT_WAVE, ACCOUNT_WAVE, SECRET_WAVE = 0, 1, 2, 4
_FILETIME_EPOCH = datetime(1601, 1, 1, tzinfo=UTC)
_TYPES = {
    GroupType.GLOBAL: "global",
    GroupType.DOMAIN_LOCAL: "domain local",
    GroupType.UNIVERSAL: "universal",
}


@dataclass(kw_only=True)
class Draft:
    """A plan in the making: what is to be done and what was found; where what is missing will come from.

    `made_by` are the actions that create what is not there yet, by distinguished name and by account name (lower case);
    `unusable` are accounts that nothing is granted to.
    """

    desired: Desired
    actual: Actual
    new_passwords: frozenset[str] = frozenset()
    actions: list[Action] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    containers: dict[DistinguishedName, str] = field(default_factory=dict)
    accounts: dict[str, str] = field(default_factory=dict)
    unusable: set[str] = field(default_factory=set)

    def find(self, kind: FindingKind, noun: str, name: str, rule: str, reason: str, directory: str = "") -> None:
        """Add a finding."""
        self.findings.append(Finding(kind=kind, noun=noun, name=name, rule=rule, reason=reason, directory=directory))

    def has(self, container: DistinguishedName) -> bool:
        """Whether a container is there, or will be."""
        return container in self.actual.objects or container in self.containers

    def needs(self, container: DistinguishedName) -> tuple[str, ...]:
        """What must be done before something can be put into a container."""
        return (self.containers[container],) if container in self.containers else ()


def plan_containers(draft: Draft) -> None:
    """The root user container and the one for accounts: there, to be created, or in the way of everything else."""
    wanted = [draft.desired.container]
    wanted += [group.container for group in draft.desired.groups]
    wanted += [account.container for account in draft.desired.accounts]
    for container in dict.fromkeys(wanted):
        if container in draft.actual.objects:
            _look_at_container(draft, container)
        else:
            _missing_container(draft, container)


def _look_at_container(draft: Draft, container: DistinguishedName) -> None:
    found = draft.actual.objects[container]
    if found.object_class not in {"container", "organizationalunit", "domaindns"}:
        reason = f"it is a {found.object_class}, and no container that users are in"
        draft.find(FindingKind.CONFLICT, "container", str(container), "not-a-container", reason, str(found.dn))


def _missing_container(draft: Draft, container: DistinguishedName) -> None:
    missing = list(_missing_above(draft, container))
    if not draft.desired.create_container or any(one.rdns[0].type.casefold() != "ou" for one in missing):
        reason = "it is not there"
        if container.rdns and container.rdns[0].type.casefold() == "ou":
            reason += "; create = true in [prepare] has it created"
        else:
            reason += "; only an organizational unit (OU=...) can be created"
        draft.find(FindingKind.CONFLICT, "container", str(container), "container-missing", reason)
        return
    for one in missing:
        if one in draft.containers:
            continue
        identity = f"create-container:{len(draft.containers) + 1}"
        draft.actions.append(
            Action(
                id=identity,
                kind="create container",
                target=Target.DIRECTORY,
                object=ObjectRef.created_by(identity),
                name=str(one),
                wave=CONTAINER_WAVE,
                executor="create-ou",
                changes=(Change("name", None, one.name),),
                item={"name": one.name, "path": str(one.parent)},
                needs=draft.needs(one.parent),
                reason="the settings name it as the container of users or of service accounts",
            )
        )
        draft.containers[one] = identity


def _missing_above(draft: Draft, container: DistinguishedName) -> Iterator[DistinguishedName]:
    """The containers that are missing on the way down, the highest first."""
    path = [container]
    while path[-1].parent not in draft.actual.objects and path[-1].parent.is_under(draft.actual.domain):
        path.append(path[-1].parent)
    return reversed(path)


# ---- groups ----------------------------------------------------------------------------------------------------------


def plan_groups(draft: Draft) -> None:
    """The ADI group and JumpCloud Admins: an ordinary global security group in its container is taken as it is."""
    for wanted in draft.desired.groups:
        holder = draft.actual.held(wanted.sam)
        if holder is None:
            _create_group(draft, wanted)
        elif (group := draft.actual.groups.get(wanted.sam.casefold())) is None:
            reason = f"a {holder.object_class} has this name"
            draft.find(FindingKind.CONFLICT, "group", wanted.sam, "name-taken", reason, str(holder.dn))
        elif not group.is_security:
            reason = "it is a distribution group; JumpCloud needs a security group, and jcad changes no group's type"
            draft.find(FindingKind.CONFLICT, "group", wanted.sam, "distribution-group", reason, str(group.dn))
        elif wanted.is_adi and group.dn.parent != wanted.container:
            reason = f"it is in {group.dn.parent}; the documentation wants it directly in {wanted.container}"
            draft.find(FindingKind.CONFLICT, "group", wanted.sam, "lives-elsewhere", reason, str(group.dn))
        elif group.type & GLOBAL_SECURITY != GLOBAL_SECURITY:
            scope = next((name for flag, name in _TYPES.items() if flag in group.type), "not global")
            reason = f"its scope is {scope}; the documentation wants a global group, and jcad changes no group's scope"
            draft.find(FindingKind.CONFLICT, "group", wanted.sam, "group-scope", reason, str(group.dn))
        elif is_protected_group(group) or group.admin_count == 1:
            draft.find(
                FindingKind.CONFLICT, "group", wanted.sam, "group-protected", "it is a privileged group", str(group.dn)
            )
    for name in draft.actual.nested_admins:
        reason = (
            "it is a group in JumpCloud Admins; JumpCloud looks at direct members only, so its members are not admins"
        )
        draft.find(FindingKind.REPORTED, "group", name, "nested-admins", reason)


def _create_group(draft: Draft, wanted: WantedGroup) -> None:
    if not draft.has(wanted.container):
        return
    identity = "create-group:adi" if wanted.is_adi else "create-group:admins"
    draft.actions.append(
        Action(
            id=identity,
            kind="create group",
            target=Target.DIRECTORY,
            object=ObjectRef.created_by(identity),
            name=wanted.sam,
            wave=OBJECT_WAVE,
            executor="create-group",
            changes=(Change("sAMAccountName", None, wanted.sam), Change("parent", None, str(wanted.container))),
            item={
                "name": wanted.sam,
                "sam": wanted.sam,
                "path": str(wanted.container),
                "description": wanted.description,
            },
            needs=draft.needs(wanted.container),
            reason=wanted.description,
        )
    )


# ---- accounts --------------------------------------------------------------------------------------------------------


def plan_accounts(draft: Draft) -> None:
    """The service accounts: created, finished, or shown where they are otherwise than wanted."""
    for wanted in draft.desired.accounts:
        state = draft.actual.accounts.get(wanted.sam.casefold())
        holder = draft.actual.held(wanted.sam)
        if state is not None and state.user.is_person:
            _look_at_account(draft, wanted, state)
        elif holder is not None:
            draft.unusable.add(wanted.sam.casefold())
            reason = f"a {holder.object_class} has this name, and no ordinary user account"
            draft.find(FindingKind.CONFLICT, "account", wanted.sam, "name-taken", reason, str(holder.dn))
        else:
            _create_account(draft, wanted)
    _inside_their_own_container(draft)


def _create_account(draft: Draft, wanted: WantedAccount) -> None:
    if not wanted.secret:
        draft.unusable.add(wanted.sam.casefold())
        reason = (
            "its password would be generated and there is no place to keep it: set `password` to keyring: or vault:"
        )
        draft.find(FindingKind.CONFLICT, "account", wanted.sam, "no-place-for-password", reason)
        return
    if not draft.has(wanted.container):
        draft.unusable.add(wanted.sam.casefold())
        return
    identity = f"create-account:{wanted.role}"
    draft.accounts[wanted.sam.casefold()] = identity
    draft.actions.append(
        Action(
            id=identity,
            kind="create account",
            target=Target.DIRECTORY,
            object=ObjectRef.created_by(identity),
            name=wanted.sam,
            wave=OBJECT_WAVE,
            executor="create-service-account",
            changes=(
                Change("sAMAccountName", None, wanted.sam),
                Change("parent", None, str(wanted.container)),
                Change("password", None, f"generated, kept as {wanted.secret}"),
                Change("password never expires", None, _yes(yes=wanted.password_never_expires)),
                Change("enabled", None, "true"),
            ),
            item={
                "sam": wanted.sam,
                "upn": wanted.upn,
                "name": wanted.name,
                "path": str(wanted.container),
                "description": wanted.description,
                "neverExpires": wanted.password_never_expires,
            },
            needs=draft.needs(wanted.container),
            secret=wanted.secret,
            reason=wanted.description,
        )
    )
    _confirm(draft, wanted, ObjectRef.created_by(identity), (identity,))
    _rotation(draft, wanted, None)


def _look_at_account(draft: Draft, wanted: WantedAccount, state: AccountState) -> None:
    user = state.user
    if refusal := _refusal(draft, state):
        rule, reason = refusal
        draft.unusable.add(wanted.sam.casefold())
        draft.find(FindingKind.CONFLICT, "account", wanted.sam, rule, reason, str(user.dn))
        return
    for rule, reason in _otherwise(wanted, user):
        draft.find(FindingKind.REPORTED, "account", wanted.sam, rule, reason, str(user.dn))
    if _never_expires(user) != wanted.password_never_expires:
        draft.actions.append(_set_expiry(wanted, user))
    _rotation(draft, wanted, state)
    _password(draft, wanted, user)


def _refusal(draft: Draft, state: AccountState) -> tuple[str, str] | None:
    """Why an account cannot be a service account of JumpCloud, or None."""
    for group in state.groups:
        if is_protected_group(group) and not _is_logon_group(group.sid.rid, builtin=group.sid.is_builtin):
            return "account-privileged", f"it is in {group.sam}, directly, nested or as its primary group"
    if state.user.admin_count == 1:
        return "account-privileged", "adminCount is 1: it is, or was, in a protected group"
    adi = next((one.sam.casefold() for one in draft.desired.groups if one.is_adi), None)
    for group in state.groups:
        if group.sam.casefold() == adi:
            return "account-in-adi-group", f"it is in the ADI group {group.sam}: JumpCloud would import and manage it"
    return None


def _is_logon_group(rid: int, *, builtin: bool) -> bool:
    """Whether it is Remote Management Users, which the settings may put the account into."""
    return builtin and rid == 580


def _otherwise(wanted: WantedAccount, user: AdUser) -> Iterator[tuple[str, str]]:
    """What is otherwise than a new account would be, and is left as it is."""
    if not user.enabled:
        yield "disabled", "it is disabled, so it cannot log on: enable it when you know why"
    if user.pwd_last_set == 0:
        yield "must-change-password", "it must change its password at the next logon, which no service does"
    if user.account_expires not in {0, 0x7FFFFFFFFFFFFFFF}:
        when = _FILETIME_EPOCH + timedelta(microseconds=user.account_expires // 10)
        yield "account-expires", f"the account itself expires on {when:%Y-%m-%d}"
    if user.dn.parent != wanted.container:
        yield "lives-elsewhere", f"it is in {user.dn.parent}, not in {wanted.container}; it is used where it is"
    if (user.upn or "").casefold() != wanted.upn.casefold():
        yield "other-upn", f"its userPrincipalName is {user.upn or 'not set'}, a new one would have {wanted.upn}"
    if UserAccountControl.TRUSTED_FOR_DELEGATION in user.control:
        yield "trusted-for-delegation", "it is trusted for delegation, which a service account of JumpCloud never needs"


def _set_expiry(wanted: WantedAccount, user: AdUser) -> Action:
    return Action(
        id=f"update-account:{wanted.role}",
        kind="update account",
        target=Target.DIRECTORY,
        object=ObjectRef.guid(user.guid),
        name=wanted.sam,
        wave=ACCOUNT_WAVE,
        executor="set-service-account",
        changes=(
            Change(
                "password never expires",
                _yes(yes=_never_expires(user)),
                _yes(yes=wanted.password_never_expires),
            ),
        ),
        expected={"userAccountControl": int(user.control)},
        item={"neverExpires": wanted.password_never_expires},
        reason="password_never_expires in [prepare] says so",
    )


def _rotation(draft: Draft, wanted: WantedAccount, state: AccountState | None) -> None:
    """When the password of an account whose password may expire is due."""
    if wanted.password_never_expires or state is None or state.max_age == 0 or state.user.pwd_last_set == 0:
        return
    due = _FILETIME_EPOCH + timedelta(microseconds=state.user.pwd_last_set // 10, seconds=state.max_age)
    reason = f"its password expires on {due:%Y-%m-%d %H:%M} UTC: rotate it before"
    draft.find(FindingKind.REPORTED, "account", wanted.sam, "rotation-due", reason, str(state.user.dn))


def _password(draft: Draft, wanted: WantedAccount, user: AdUser) -> None:
    """What is known of the password of an account that is there."""
    kept = draft.actual.kept.get(wanted.sam.casefold(), Kept.NOWHERE)
    if wanted.sam.casefold() in draft.new_passwords:
        identity = f"reset-password:{wanted.role}"
        draft.actions.append(
            Action(
                id=identity,
                kind="reset password",
                target=Target.DIRECTORY,
                object=ObjectRef.guid(user.guid),
                name=wanted.sam,
                wave=ACCOUNT_WAVE,
                executor="reset-password",
                changes=(Change("password", None, f"generated, kept as {wanted.secret}"),),
                expected={"pwdLastSet": str(user.pwd_last_set) if user.pwd_last_set else None},
                item={"unlock": False},
                secret=wanted.secret,
                reason="asked for with --new-password: whatever uses the old one must be given the new one",
            )
        )
        _confirm(draft, wanted, ObjectRef.guid(user.guid), (identity,))
    elif kept is Kept.PENDING:
        _confirm(draft, wanted, ObjectRef.guid(user.guid), ())
    elif kept is Kept.ABSENT:
        reason = (
            f"jcad does not know its password: `jcad secret set {wanted.secret}` tells it, "
            f"or --new-password {wanted.sam} makes a new one"
        )
        draft.find(FindingKind.MISSING, "account", wanted.sam, "password-unknown", reason, str(user.dn))


def _confirm(draft: Draft, wanted: WantedAccount, account: ObjectRef, needs: tuple[str, ...]) -> None:
    draft.actions.append(
        Action(
            id=f"confirm-password:{wanted.role}",
            kind="confirm password",
            target=Target.STORE,
            object=account,
            name=wanted.sam,
            wave=SECRET_WAVE,
            executor="confirm-password",
            item={"reference": wanted.secret, "account": wanted.upn},
            needs=needs,
            reason=f"one logon with the password that was made; then it is kept as {wanted.secret}",
        )
    )


def _inside_their_own_container(draft: Draft) -> None:
    """Accounts inside the container may be written by whoever the container is delegated to."""
    root = draft.desired.container
    for wanted in draft.desired.accounts:
        state = draft.actual.accounts.get(wanted.sam.casefold())
        dn = state.user.dn if state else wanted.container.child("CN", wanted.name)
        if dn.is_under(root) and wanted.sam.casefold() not in draft.unusable:
            reason = (
                f"it is, or will be, inside {root}: whoever may reset passwords there may reset this one too; "
                "`accounts_in` in [prepare] names another place"
            )
            draft.find(FindingKind.REPORTED, "account", wanted.sam, "inside-container", reason, str(dn))


def _never_expires(user: AdUser) -> bool:
    return UserAccountControl.DONT_EXPIRE_PASSWORD in user.control


def _yes(*, yes: bool) -> str:
    return "true" if yes else "false"
