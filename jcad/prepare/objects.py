"""Container and groups: what is missing, what is in the way, what is otherwise than wanted. Pure.

Nothing that is there is moved, renamed or given another type: it is shown, with what to do about it.
"""

from __future__ import annotations

from collections.abc import Iterator

from jcad.model import GLOBAL_SECURITY, DistinguishedName, GroupType, is_protected_group
from jcad.plan import Action, Change, FindingKind, ObjectRef, Target
from jcad.prepare.desired import WantedGroup
from jcad.prepare.draft import CONTAINER_WAVE, OBJECT_WAVE, Draft

_TYPES = {
    GroupType.GLOBAL: "global",
    GroupType.DOMAIN_LOCAL: "domain local",
    GroupType.UNIVERSAL: "universal",
}


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
