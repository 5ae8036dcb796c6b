"""What stands between a delegation and the objects below: what it does not reach, and what it had better not reach. Pure."""

from __future__ import annotations

from uuid import UUID

from jcad.directory import SecuredObject
from jcad.model import fold
from jcad.model.descriptor import AccessMask, mapped
from jcad.model.protected import ORDINARY_RIDS, PROTECTED_NAMES
from jcad.plan import FindingKind
from jcad.prepare.aces import Facts
from jcad.prepare.blocked import Obstacle, blocked
from jcad.prepare.desired import Grant, Inheritance, Place
from jcad.prepare.draft import Draft

_GROUP_CLASS = UUID("bf967a9c-0de6-11d0-a285-00aa003049e2")
_USER_CLASS = UUID("bf967aba-0de6-11d0-a285-00aa003049e2")
_CONTROLLING = (
    AccessMask.WRITE_PROPERTY
    | AccessMask.SELF_WRITE
    | AccessMask.CONTROL_ACCESS
    | AccessMask.WRITE_DAC
    | AccessMask.WRITE_OWNER
)
_LOWEST_ORDINARY_RID = 1000
_SHOWN = 5


def plan_obstacles(draft: Draft, facts: Facts) -> None:
    """Findings about what a delegation does not reach, and what it would reach that is privileged."""
    _in_the_way(draft, facts)
    _privileged(draft)


def _in_the_way(draft: Draft, facts: Facts) -> None:
    """Containers and objects below the root user container that the delegation does not reach."""
    root = draft.desired.container
    wanted = [ace for one in draft.desired.delegations if one.container == root for ace in one.aces(draft.sid_of(one))]
    shielded = []
    for one in blocked((*draft.actual.below, *draft.actual.privileged), root, wanted, facts):
        if one.obstacle is Obstacle.ADMIN_SD_HOLDER:
            shielded.append(one.dn.name)
        elif one.obstacle is Obstacle.UNREADABLE:
            reason = f"whether the delegation reaches it is not known: {one.obstacle.value} ({one.problem})"
            draft.find(FindingKind.MISSING, "container", str(one.dn), "descriptor-unreadable", reason)
        else:
            reason = f"the delegation does not reach it and what is below: {one.obstacle.value}"
            rule = "denied" if one.obstacle is Obstacle.DENIED else "inheritance-blocked"
            draft.find(FindingKind.NOT_MANAGEABLE, "container", str(one.dn), rule, reason)
    if shielded:
        names = ", ".join(shielded[:_SHOWN]) + (f" and {len(shielded) - _SHOWN} more" if len(shielded) > _SHOWN else "")
        reason = f"the delegation does not reach what is under AdminSDHolder: {names}"
        draft.find(FindingKind.REPORTED, "permissions", str(root), "shielded", reason)


def _privileged(draft: Draft) -> None:
    """Privileged objects that would come under control: whoever may write their members, or their passwords, is as they are."""
    grants = [
        grant
        for one in draft.desired.delegations
        if one.container == draft.desired.container and one.account.casefold() not in draft.unusable
        for grant in one.grants
        if grant.place is Place.CONTAINER
    ]
    for one in draft.actual.privileged:
        noun = "group" if one.object_class == "group" else "account"
        if one.inherits and _is_privileged(one) and any(_controls(grant, one.object_class) for grant in grants):
            reason = "it is privileged and inherits permissions, so it would come under control; apply needs --accept"
            draft.find(FindingKind.REPORTED, noun, one.sam, "controls-privileged", reason, str(one.dn))


def _is_privileged(one: SecuredObject) -> bool:
    """Whether an object is privileged by what it is: adminCount alone stays behind when an account leaves a group."""
    rid = one.sid.rid if one.sid else 0
    return (rid < _LOWEST_ORDINARY_RID and rid not in ORDINARY_RIDS) or fold(one.sam) in PROTECTED_NAMES


def _controls(grant: Grant, object_class: str) -> bool:
    """Whether an entry gives control over objects of a class below."""
    kind = _GROUP_CLASS if object_class == "group" else _USER_CLASS
    reaches = grant.inheritance is not Inheritance.NONE and grant.inherited_object_type in {None, kind}
    return reaches and bool(mapped(grant.mask) & _CONTROLLING)
