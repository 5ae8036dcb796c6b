"""JumpCloud's graph: who is bound to what, and by which paths. Pure functions over a state; no I/O.

An edge is a GraphConnection, a traversal gives GraphObjectWithPaths (API 2.0): a path of one edge is a direct binding,
one of two goes through a group.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise

from jcad.lab.jumpcloud.exchange import Document
from jcad.lab.jumpcloud.query import Built
from jcad.lab.jumpcloud.state import State

ACTIVE_DIRECTORY, USER, USER_GROUP = "active_directory", "user", "user_group"


def node(kind: str, object_id: str) -> Document:
    """A GraphObject."""
    return {"type": kind, "id": object_id, "attributes": {}}


def edge(start: Document, end: Document) -> Document:
    """A GraphConnection from one object to another."""
    return {"from": start, "to": end, "attributes": {}}


def edges_to(kind: str, ids: Sequence[str]) -> Built:
    """The GraphConnections to several objects of one kind."""
    return Built(ids, lambda object_id: edge_to(kind, object_id))


def edge_to(kind: str, object_id: str) -> Document:
    """A GraphConnection whose start is clear from the request: members and associations are told like this."""
    return {"to": node(kind, object_id), "attributes": {}}


def _with_paths(kind: str, object_id: str, paths: list[list[Document]]) -> Document:
    return {"type": kind, "id": object_id, "compiledAttributes": {}, "paths": paths}


def _path(*nodes: Document) -> list[Document]:
    return [edge(start, end) for start, end in pairwise(nodes)]


def users_of_instance(state: State, instance: str) -> Built:
    """Every user bound to an AD instance, with each path."""
    groups = {group: frozenset(state.members.get(group, ())) for group in state.bound_groups.get(instance, [])}
    direct = state.bound_users.get(instance, [])
    users = dict.fromkeys([*direct, *(user for group in groups for user in state.members.get(group, ()))])
    straight = frozenset(direct)
    root = node(ACTIVE_DIRECTORY, instance)

    def build(user: str) -> Document:
        end = node(USER, user)
        paths = [_path(root, end)] if user in straight else []
        paths += [_path(root, node(USER_GROUP, group), end) for group, members in groups.items() if user in members]
        return _with_paths(USER, user, paths)

    return Built(list(users), build)


def groups_of_instance(state: State, instance: str) -> Built:
    """Every group bound to an AD instance."""
    root = node(ACTIVE_DIRECTORY, instance)
    return Built(
        state.bound_groups.get(instance, []),
        lambda group: _with_paths(USER_GROUP, group, [_path(root, node(USER_GROUP, group))]),
    )


def instances_of_user(state: State, user: str) -> list[Document]:
    """Every AD instance that a user is bound to, with each path."""
    start = node(USER, user)
    found = []
    for instance in state.instances:
        end = node(ACTIVE_DIRECTORY, instance)
        paths = [_path(start, end)] if user in state.bound_users.get(instance, []) else []
        paths += [
            _path(start, node(USER_GROUP, group), end)
            for group in state.bound_groups.get(instance, [])
            if user in state.members.get(group, [])
        ]
        if paths:
            found.append(_with_paths(ACTIVE_DIRECTORY, instance, paths))
    return found


def instances_of_group(state: State, group: str) -> list[Document]:
    """Every AD instance that a group is bound to."""
    start = node(USER_GROUP, group)
    return [
        _with_paths(ACTIVE_DIRECTORY, instance, [_path(start, node(ACTIVE_DIRECTORY, instance))])
        for instance in instances_bound(state.bound_groups, group)
    ]


def instances_bound(bound: dict[str, list[str]], object_id: str) -> list[str]:
    """The AD instances among whose direct bindings an object is."""
    return [instance for instance, ids in bound.items() if object_id in ids]


def membership(state: State, group: str) -> Built:
    """Every user of a group, with the path."""
    start = node(USER_GROUP, group)
    return Built(state.members[group], lambda user: _with_paths(USER, user, [_path(start, node(USER, user))]))


def groups_of_user(state: State, user: str) -> list[Document]:
    """Every group that a user is in, with the path."""
    return [
        _with_paths(USER_GROUP, group, [_path(node(USER, user), node(USER_GROUP, group))])
        for group, members in state.members.items()
        if user in members
    ]


def directories(state: State) -> list[Document]:
    """Every directory of the organisation: the AD instances, and what else was added."""
    active = [{"id": each["id"], "name": each["domain"], "type": ACTIVE_DIRECTORY} for each in state.instances.values()]
    return [*active, *state.directories.values()]


def is_bound(state: State, instance: str, user: str) -> bool:
    """Whether a user is bound to an AD instance, directly or through a group."""
    if user in state.bound_users.get(instance, []):
        return True
    return any(user in state.members.get(group, []) for group in state.bound_groups.get(instance, []))


def bound_anywhere(state: State, users: Iterable[str]) -> set[tuple[str, str]]:
    """The pairs (AD instance, user) of these users that are bound."""
    wanted = list(users)
    return {(instance, user) for instance in state.instances for user in wanted if is_bound(state, instance, user)}
