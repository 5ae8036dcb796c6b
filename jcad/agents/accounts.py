"""The service account in a rotation: its password set, tried, forgotten; itself enabled and disabled. Actions; pure."""

from __future__ import annotations

from dataclasses import dataclass

from jcad.model import AdUser
from jcad.plan import Action, Change, ObjectRef, Target


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """One of the two accounts of a rotation: its user in the directory, where its password is kept, its logon name."""

    sam: str
    user: AdUser
    upn: str
    secret: str


def reset_password(account: Account, *, wave: int, needs: tuple[str, ...]) -> Action:
    """Set a new password, which is generated and kept first."""
    user = account.user
    return Action(
        id=f"reset-password:{account.sam.lower()}",
        kind="reset password",
        target=Target.DIRECTORY,
        object=ObjectRef.guid(user.guid),
        name=account.sam,
        wave=wave,
        executor="reset-password",
        changes=(Change("password", None, f"generated, kept as {account.secret}"),),
        expected={"pwdLastSet": str(user.pwd_last_set) if user.pwd_last_set else None},
        item={"unlock": True, "serviceAccount": True},
        needs=needs,
        secret=account.secret,
        reason="the password is rotated",
    )


def confirm_password(account: Account, *, wave: int, needs: tuple[str, ...], keep_old: bool) -> Action:
    """Log on once with the new password; `keep_old`: the one before is kept until it is forgotten by an action of its own."""
    kept = "; the old one is kept until every agent is back" if keep_old else ""
    return Action(
        id=f"confirm-password:{account.sam.lower()}",
        kind="confirm password",
        target=Target.STORE,
        object=ObjectRef.guid(account.user.guid),
        name=account.sam,
        wave=wave,
        executor="confirm-password",
        item={"reference": account.secret, "account": account.upn, "keepOld": keep_old},
        needs=needs,
        reason=f"one logon with the password that was made{kept}",
    )


def forget_password(account: Account, *, wave: int, needs: tuple[str, ...]) -> Action:
    """Forget the password that was before."""
    return Action(
        id=f"forget-password:{account.sam.lower()}",
        kind="forget password",
        target=Target.STORE,
        object=ObjectRef.guid(account.user.guid),
        name=account.sam,
        wave=wave,
        executor="forget-password",
        item={"reference": account.secret},
        needs=needs,
        reason="every agent is back with the new password: the old one is not needed any more",
    )


def switch_user(account: Account, *, on: bool, wave: int, needs: tuple[str, ...]) -> Action:
    """Enable or disable the account."""
    verb = "enable" if on else "disable"
    return Action(
        id=f"{verb}-user:{account.sam.lower()}",
        kind=f"{verb} user",
        target=Target.DIRECTORY,
        object=ObjectRef.guid(account.user.guid),
        name=account.sam,
        wave=wave,
        executor=f"{verb}-user",
        changes=(Change("enabled", "false" if on else "true", "true" if on else "false"),),
        expected={"userAccountControl": int(account.user.control)},
        item={"serviceAccount": True},
        needs=needs,
        reason="the agents are reinstalled onto it" if on else "no agent uses it any more",
        inverse={"executor": "disable-user" if on else "enable-user"},
    )
