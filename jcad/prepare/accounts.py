"""Service accounts: created, finished, or shown where they are otherwise than wanted. Pure.

An account that is there is used as it is: of it only whether its password expires is ever changed, and its password only when
that was asked for.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from jcad.model import AdUser, UserAccountControl, is_protected_group
from jcad.plan import Action, Change, FindingKind, ObjectRef, Target
from jcad.prepare.desired import WantedAccount
from jcad.prepare.draft import ACCOUNT_WAVE, OBJECT_WAVE, SECRET_WAVE, Draft
from jcad.prepare.state import AccountState, Kept

_FILETIME_EPOCH = datetime(1601, 1, 1, tzinfo=UTC)


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
                item={"unlock": False, "serviceAccount": True},
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
