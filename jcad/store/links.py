"""What is remembered of pairs and members: read as one Memory, changed by effects within somebody's transaction."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from uuid import UUID, uuid4

import sqlalchemy as sa

from jcad.model import Effect, Forget, Link, LinkKind, Memory, Origin, Remember, Saw, Unsaw
from jcad.store import tables

_MANAGED = "managed_before"
_STATE = "memory_state"


def state_of_memory(connection: sa.Connection) -> str | None:
    """A word that is another one after every change of what is remembered; None where nothing has been changed yet."""
    word: str | None = connection.scalar(sa.select(tables.meta.c.value).where(tables.meta.c.name == _STATE))
    return word


def read_memory(connection: sa.Connection) -> Memory:
    """All pairs and all members seen."""
    links = {row["cloud_id"]: _link(row) for row in connection.execute(sa.select(tables.link)).mappings()}
    members: dict[str, set[str]] = defaultdict(set)
    for group, user in connection.execute(sa.select(tables.seen.c.group_id, tables.seen.c.user_id)):
        members[group].add(user)
    managed = connection.scalar(sa.select(tables.meta.c.value).where(tables.meta.c.name == _MANAGED))
    return Memory(
        links=links,
        seen={group: frozenset(users) for group, users in members.items()},
        managed_before=managed is not None,
    )


def apply_effects(connection: sa.Connection, effects: Sequence[Effect]) -> None:
    """Carry effects out, in order. A store that has had pairs is marked, so that their loss is seen (rules.md)."""
    for effect in effects:
        match effect:
            case Remember(link):
                _remember(connection, link)
            case Forget(cloud_id):
                connection.execute(tables.link.delete().where(tables.link.c.cloud_id == cloud_id))
                connection.execute(
                    tables.seen.delete().where(
                        sa.or_(tables.seen.c.group_id == cloud_id, tables.seen.c.user_id == cloud_id)
                    )
                )
            case Saw(group, users):
                _saw(connection, group, users)
            case Unsaw(group, users):
                _unsaw(connection, group, users)
    if any(isinstance(effect, Remember | Forget) for effect in effects):
        _mark_managed(connection)
    if any(isinstance(effect, Remember | Forget | Saw | Unsaw) for effect in effects):
        connection.execute(tables.meta.delete().where(tables.meta.c.name == _STATE))
        connection.execute(tables.meta.insert().values(name=_STATE, value=uuid4().hex))


def _remember(connection: sa.Connection, link: Link) -> None:
    same = sa.or_(tables.link.c.cloud_id == link.cloud_id, tables.link.c.guid == str(link.guid))
    connection.execute(tables.link.delete().where(same))
    connection.execute(
        tables.link.insert().values(
            cloud_id=link.cloud_id,
            kind=link.kind.value,
            guid=str(link.guid),
            name=link.name,
            origin=link.origin.value,
            disabled_here=link.disabled_here,
            unfinished=link.unfinished,
        )
    )


def _mark_managed(connection: sa.Connection) -> None:
    """Mark a store that has pairs; one whose last pair was dropped on purpose is as new."""
    connection.execute(tables.meta.delete().where(tables.meta.c.name == _MANAGED))
    if connection.scalar(sa.select(sa.func.count()).select_from(tables.link)):
        connection.execute(tables.meta.insert().values(name=_MANAGED, value="yes"))


def _saw(connection: sa.Connection, group: str, users: Iterable[str]) -> None:
    known = set(connection.scalars(sa.select(tables.seen.c.user_id).where(tables.seen.c.group_id == group)))
    fresh = [{"group_id": group, "user_id": user} for user in sorted(users) if user not in known]
    if fresh:
        connection.execute(tables.seen.insert(), fresh)


def _unsaw(connection: sa.Connection, group: str, users: Iterable[str]) -> None:
    gone = [{"g": group, "u": user} for user in sorted(users)]
    if gone:
        where = sa.and_(tables.seen.c.group_id == sa.bindparam("g"), tables.seen.c.user_id == sa.bindparam("u"))
        connection.execute(tables.seen.delete().where(where), gone)


def _link(row: sa.RowMapping) -> Link:
    return Link(
        kind=LinkKind(row["kind"]),
        cloud_id=row["cloud_id"],
        guid=UUID(row["guid"]),
        name=row["name"],
        origin=Origin(row["origin"]),
        disabled_here=row["disabled_here"],
        unfinished=row["unfinished"],
    )
