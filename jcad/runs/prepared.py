"""Observe, for preparing a domain: containers with their permissions, groups, accounts with their tokens. Decides nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from jcad.directory import Count, DirectoryReader, SecuredObject, SecurityReader
from jcad.errors import DescriptorError
from jcad.model import AdGroup, AdNameHolder, AdUser, DistinguishedName, Sid
from jcad.model.descriptor import SecurityDescriptor
from jcad.model.schema import SchemaMap
from jcad.prepare.desired import Desired
from jcad.prepare.state import AccountState, Actual, Kept


def observe_prepared(
    directory: DirectoryReader, desired: Desired, kept: Mapping[str, Kept], schema: SchemaMap
) -> Actual:
    """Read what there is of a desired state. `kept` says by account name what is kept of its password."""
    security = SecurityReader(directory)
    objects = _objects(security, directory, desired)
    root = objects.get(desired.container)
    below = tuple(security.containers_below(root.dn)) if root else ()
    groups, accounts, holders = _accounts(directory, security, desired)
    return Actual(
        dc=directory.dc.name,
        domain=directory.dc.naming_context,
        domain_sid=directory.dc.domain_sid,
        objects=objects,
        below=below,
        privileged=tuple(security.privileged_below(root.dn)) if root else (),
        count=security.count_below(root.dn, (root, *below)) if root else Count(0),
        holders=tuple(holders),
        groups=groups,
        accounts=accounts,
        nested_admins=_nested_admins(security, desired, groups),
        kept=dict(kept),
        schema=schema,
        unresolved=_unresolved(directory, security, [objects[one] for one in desired.touched() if one in objects]),
    )


def _unresolved(
    directory: DirectoryReader, security: SecurityReader, objects: Iterable[SecuredObject]
) -> frozenset[Sid]:
    """The SIDs of this domain in the explicit entries of some objects that nothing in it has."""
    named: set[Sid] = set()
    for one in objects:
        try:
            descriptor = SecurityDescriptor.parse(one.descriptor or b"")
        except DescriptorError:
            continue  # the plan says that it cannot be read
        aces = descriptor.dacl.aces if descriptor.dacl else ()
        named |= {
            ace.sid for ace in aces if ace.sid and not ace.inherited and ace.sid.domain == directory.dc.domain_sid
        }
    return frozenset(named - security.holders(named)) if named else frozenset()


def _objects(
    security: SecurityReader, directory: DirectoryReader, desired: Desired
) -> dict[DistinguishedName, SecuredObject]:
    """The containers that matter; of one that is missing, the nearest above that is there."""
    domain = directory.dc.naming_context
    wanted = [domain, desired.container, *desired.touched()]
    wanted += [one.container for one in desired.groups] + [one.container for one in desired.accounts]
    found: dict[DistinguishedName, SecuredObject] = {}
    asked: set[DistinguishedName] = set()
    for name in wanted:
        dn = name
        while dn not in asked:
            asked.add(dn)
            there = security.object(dn)
            if there is not None:
                found[dn] = there
            elif dn.parent.is_under(domain) or dn.parent == domain:
                dn = dn.parent
    return found


def _accounts(
    directory: DirectoryReader, security: SecurityReader, desired: Desired
) -> tuple[dict[str, AdGroup], dict[str, AccountState], list[AdNameHolder]]:
    """Groups and accounts of the wanted names, by their names in lower case, and whatever else holds these names."""
    names = [one.sam for one in desired.groups] + [one.sam for one in desired.accounts]
    holders = directory.find_accounts([*names, *(one.upn for one in desired.accounts)])
    found = directory.by_guid(one.guid for one in holders).values()
    groups = {one.sam.casefold(): one for one in found if isinstance(one, AdGroup)}
    wanted = {one.sam.casefold() for one in desired.accounts}
    users = [one for one in found if isinstance(one, AdUser) and one.sam.casefold() in wanted]
    return groups, _states(directory, security, users), holders


def _states(directory: DirectoryReader, security: SecurityReader, users: list[AdUser]) -> dict[str, AccountState]:
    if not users:
        return {}
    tokens = {one.guid: security.token(one.guid) for one in users}
    by_sid = {group.sid: group for group in security.groups(frozenset[Sid]().union(*tokens.values()))}
    told = security.descriptions(tokens)
    max_age = directory.password_policy().max_age
    remote = security.remote_management
    states = {}
    for user in users:
        description, fine_grained = told[user.guid]
        states[user.sam.casefold()] = AccountState(
            user=user,
            description=description,
            groups=tuple(by_sid[sid] for sid in sorted(tokens[user.guid]) if sid in by_sid),
            token=tokens[user.guid],
            max_age=max_age if fine_grained is None else fine_grained,
            may_log_on=remote is not None and user.dn in remote.members,
        )
    return states


def _nested_admins(security: SecurityReader, desired: Desired, groups: Mapping[str, AdGroup]) -> tuple[str, ...]:
    admins = [groups.get(one.sam.casefold()) for one in desired.groups if not one.is_adi]
    return tuple(name for group in admins if group is not None for name in security.groups_in(group.dn))
