"""The actions of the sync: each kind with its wave, its script, its precondition and what it counts towards. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from jcad.adsync.attributes import Difference
from jcad.model import AdGroup, AdUser, CloudGroup, CloudUser, DistinguishedName, UserAccountControl
from jcad.plan import Action, Change, ObjectRef, Target, Value

LINK, CREATE, ALIGN, ENABLE, ADD, REMOVE, UNLINK = range(7)
"""The waves: create before member, remove before unlink."""

PASSWORD = "generate:random"  # noqa: S105  - a reference: the password is made when it is needed
MAY_DELETE = "may-delete"
_NOTHING: Mapping[str, Value] = {}
_ADDS: Mapping[str, Value] = {"executor": "add-members"}
_REMOVES: Mapping[str, Value] = {"executor": "remove-members"}


def create_id(user: CloudUser) -> str:
    """The id of the action that creates a user's account."""
    return f"create-user:{user.id}"


def create_user(
    user: CloudUser,
    names: tuple[str, str],
    container: DistinguishedName,
    attributes: Mapping[str, Difference],
    unfinished: UUID | None = None,
) -> Action:
    """Create an account, or finish one whose creation stopped half-way. `names` are sAMAccountName and UPN."""
    sam, upn = names
    identity = create_id(user)
    enabled = not user.is_suspended
    values = {
        "sAMAccountName": sam,
        "userPrincipalName": upn,
        **{name: one.change.new for name, one in attributes.items()},
        "enabled": _text(enabled),
        "password": "set",
    }
    reason = "bound to the AD instance, and no account has this username"
    return Action(
        id=identity,
        kind="create user",
        target=Target.DIRECTORY,
        object=ObjectRef.guid(unfinished) if unfinished else ObjectRef.created_by(identity),
        name=user.username,
        wave=CREATE,
        executor="create-user",
        changes=tuple(Change(attribute, None, value) for attribute, value in values.items()),
        item={
            "sam": sam,
            "upn": upn,
            "name": sam,
            "path": str(container),
            "enabled": enabled,
            "attributes": {name: one.new for name, one in attributes.items()},
        },
        secret=PASSWORD,
        guards=("creates",),
        link=user.id,
        reason="its creation stopped half-way" if unfinished else reason,
        inverse={"executor": "disable-user"},
    )


def link_user(user: CloudUser, account: AdUser, reason: str) -> Action:
    """Take an account over: from now on the pair counts. Password and UPN are not touched."""
    return Action(
        id=f"link-user:{user.id}",
        kind="link user",
        target=Target.STORE,
        object=ObjectRef.guid(account.guid),
        name=user.username,
        wave=LINK,
        executor="link",
        item={"directory": str(account.dn), "sam": account.sam, "mail": account.mail or ""},
        guards=("takeovers",),
        link=user.id,
        reason=reason,
        inverse={"executor": "unlink"},
    )


def set_attributes(
    user: CloudUser, account: ObjectRef, differences: Sequence[Difference], needs: tuple[str, ...] = ()
) -> Action:
    """Align attributes; those without a new value are cleared. `needs` are creations of accounts that it refers to."""
    return Action(
        id=f"set-references:{user.id}" if needs else f"set-attributes:{user.id}",
        kind="update user",
        target=Target.DIRECTORY,
        object=account,
        name=user.username,
        wave=ALIGN,
        executor="set-attributes",
        changes=tuple(one.change for one in differences),
        expected={one.attribute: one.old for one in differences},
        item={
            "set": {one.attribute: one.new for one in differences if one.new is not None},
            "clear": tuple(one.attribute for one in differences if one.new is None),
        },
        needs=needs,
        reason="JumpCloud has another value",
    )


def rename_user(user: CloudUser, account: AdUser, names: tuple[str, str], before: str) -> Action:
    """Give a paired account the logon names of a changed username; its CN stays. `names` are sAMAccountName and UPN."""
    old = {"sAMAccountName": account.sam, "userPrincipalName": account.upn}
    new = dict(zip(old, names, strict=True))
    return Action(
        id=f"rename-user:{user.id}",
        kind="rename user",
        target=Target.DIRECTORY,
        object=ObjectRef.guid(account.guid),
        name=user.username,
        wave=CREATE,
        executor="rename-user",
        changes=tuple(Change(name, old[name], new[name]) for name in old if old[name] != new[name]),
        expected={"sam": account.sam, "upn": account.upn},
        item={"sam": names[0], "upn": names[1]},
        guards=("renames",),
        link=user.id,
        reason=f"renamed in JumpCloud, from {before}",
        inverse={"executor": "rename-user", "item": {"sam": account.sam, "upn": account.upn}},
    )


def disable_user(identity: str, name: str, account: AdUser, reason: str, *, may_delete: bool) -> Action:
    """Disable an account (ACCOUNTDISABLE)."""
    return _switch(
        identity, name, account, reason, on=False, guards=("disables", *([MAY_DELETE] if may_delete else []))
    )


def enable_user(identity: str, name: str, account: AdUser, reason: str) -> Action:
    """Enable an account that jcad disabled."""
    return _switch(identity, name, account, reason, on=True, guards=())


def _switch(identity: str, name: str, account: AdUser, reason: str, *, on: bool, guards: tuple[str, ...]) -> Action:
    verb = "enable" if on else "disable"
    return Action(
        id=f"{verb}-user:{identity}",
        kind=f"{verb} user",
        target=Target.DIRECTORY,
        object=ObjectRef.guid(account.guid),
        name=name,
        wave=ENABLE,
        executor=f"{verb}-user",
        changes=(Change("enabled", _text(not on), _text(on)),),
        expected={"userAccountControl": int(account.control)},
        guards=guards,
        link=identity,
        reason=reason,
        inverse={"executor": "disable-user" if on else "enable-user"},
    )


def create_group(group: CloudGroup, sam: str, container: DistinguishedName, unfinished: UUID | None = None) -> Action:
    """Create a global security group, or finish one whose creation stopped half-way."""
    identity = f"create-group:{group.id}"
    changes = [Change("sAMAccountName", None, sam), Change("name", None, group.name)]
    if group.description:
        changes.append(Change("description", None, group.description))
    return Action(
        id=identity,
        kind="create group",
        target=Target.DIRECTORY,
        object=ObjectRef.guid(unfinished) if unfinished else ObjectRef.created_by(identity),
        name=group.name,
        wave=CREATE,
        executor="create-group",
        changes=tuple(changes),
        item={"name": group.name, "sam": sam, "path": str(container), "description": group.description or None},
        guards=("creates",),
        link=group.id,
        reason="bound to the AD instance, and no group has this name",
    )


def link_group(group: CloudGroup, found: AdGroup, reason: str) -> Action:
    """Link a group: its scope and type are never changed."""
    return Action(
        id=f"link-group:{group.id}",
        kind="link group",
        target=Target.STORE,
        object=ObjectRef.guid(found.guid),
        name=group.name,
        wave=LINK,
        executor="link",
        item={"directory": str(found.dn), "sam": found.sam},
        guards=("takeovers",),
        link=group.id,
        reason=reason,
        inverse={"executor": "unlink"},
    )


def rename_group(group: CloudGroup, found: AdGroup, sam: str) -> Action:
    """Give a linked group the name that it has in JumpCloud."""
    old = {"name": found.dn.name, "sAMAccountName": found.sam}
    new = {"name": group.name, "sAMAccountName": sam}
    return Action(
        id=f"rename-group:{group.id}",
        kind="rename group",
        target=Target.DIRECTORY,
        object=ObjectRef.guid(found.guid),
        name=group.name,
        wave=CREATE,
        executor="rename-group",
        changes=tuple(Change(name, old[name], new[name]) for name in old if old[name] != new[name]),
        expected={"name": found.dn.name, "sam": found.sam},
        item={"name": group.name, "sam": sam},
        link=group.id,
        reason="renamed in JumpCloud",
        inverse={"executor": "rename-group", "item": {"name": found.dn.name, "sam": found.sam}},
    )


def unlink(cloud_id: str, noun: str, name: str, guid: UUID, reason: str) -> Action:
    """Drop a pair; the AD object and its members are kept."""
    return Action(
        id=f"unlink-{noun}:{cloud_id}",
        kind=f"unlink {noun}",
        target=Target.STORE,
        object=ObjectRef.guid(guid),
        name=name,
        wave=UNLINK,
        executor="unlink",
        guards=("unlinks",),
        link=cloud_id,
        reason=reason,
    )


class Member:
    """One user as a member of groups: what its actions share, made once. `identity` is the JumpCloud id."""

    __slots__ = ("_add", "_item", "_needs", "_remove", "identity", "name", "reference")

    def __init__(self, identity: str, name: str, reference: ObjectRef) -> None:
        self.identity, self.name, self.reference = identity, name, reference
        self._add = (Change("member", None, str(reference)),)
        self._remove = (Change("member", str(reference), None),)
        self._item: Mapping[str, Value] = {"user": identity}
        self._needs = (reference.value,) if reference.by == "created-by" else ()

    def added(self, group: CloudGroup, holder: ObjectRef, needs: tuple[str, ...] = ()) -> Action:
        """Add it to a group, whose AD object is `holder`; `needs` is what creates that, if anything does."""
        return Action(
            id=f"add-member:{group.id}:{self.identity}",
            kind="add member",
            target=Target.DIRECTORY,
            object=holder,
            member=self.reference,
            name=self.name,
            wave=ADD,
            executor="add-members",
            changes=self._add,
            expected=_NOTHING,
            needs=needs + self._needs,
            scope=group.name,
            link=group.id,
            item=self._item,
            reason="a member in JumpCloud",
            inverse=_REMOVES,
        )

    def removed(self, group: CloudGroup, holder: ObjectRef, guards: tuple[str, ...]) -> Action:
        """Remove it from a group."""
        return Action(
            id=f"remove-member:{group.id}:{self.identity}",
            kind="remove member",
            target=Target.DIRECTORY,
            object=holder,
            member=self.reference,
            name=self.name,
            wave=REMOVE,
            executor="remove-members",
            changes=self._remove,
            expected=_NOTHING,
            guards=guards,
            scope=group.name,
            link=group.id,
            item=self._item,
            reason="no longer a member in JumpCloud",
            inverse=_ADDS,
        )


def is_disabled(account: AdUser) -> bool:
    """Whether ACCOUNTDISABLE is set."""
    return UserAccountControl.ACCOUNTDISABLE in account.control


def _text(value: bool) -> str:
    return "true" if value else "false"
