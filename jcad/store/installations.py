"""The agents that jcad has installed, by host and kind, and the records that connect keys were made for.

Read at once, changed by effects within somebody's transaction.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import sqlalchemy as sa

from jcad.model import Effect
from jcad.model.agents import AgentKind, Installation
from jcad.model.record import Installed, KeyGone, KeyMade, Uninstalled
from jcad.store import tables

_COLUMNS = tables.installation.c


def read_installations(connection: sa.Connection) -> Mapping[tuple[str, AgentKind], Installation]:
    """What jcad installed, by the host's name in small letters and the kind of agent."""
    rows = connection.execute(sa.select(tables.installation)).mappings()
    found = (Installation(**{**row, "kind": AgentKind(row["kind"])}) for row in rows)
    return {(each.host, each.kind): each for each in found}


def apply_installations(connection: sa.Connection, effects: Sequence[Effect]) -> None:
    """Carry out, in order, what effects say of installations."""
    for effect in effects:
        match effect:
            case Installed(installation):
                _forget(connection, installation.host, installation.kind)
                connection.execute(tables.installation.insert().values(_row(installation)))
                _forget_key(connection, installation.agent_id)
            case Uninstalled(host, kind):
                _forget(connection, host, kind)
            case KeyMade(record, host, kind):
                _forget_key(connection, record)
                row = {"record": record, "host": host.lower(), "kind": kind.value}
                connection.execute(tables.connect_key.insert().values(row))
            case KeyGone(record):
                _forget_key(connection, record)


def read_unused_keys(connection: sa.Connection, host: str, kind: AgentKind) -> tuple[str, ...]:
    """The records that connect keys were made for on this host, and of which no agent is known."""
    table = tables.connect_key.c
    same = sa.and_(table.host == host.lower(), table.kind == kind.value)
    return tuple(connection.scalars(sa.select(table.record).where(same).order_by(table.record)))


def _forget_key(connection: sa.Connection, record: str) -> None:
    connection.execute(tables.connect_key.delete().where(tables.connect_key.c.record == record))


def _forget(connection: sa.Connection, host: str, kind: AgentKind) -> None:
    same = sa.and_(_COLUMNS.host == host.lower(), _COLUMNS.kind == kind.value)
    connection.execute(tables.installation.delete().where(same))


def _row(installation: Installation) -> dict[str, str]:
    return {
        "host": installation.host.lower(),
        "kind": installation.kind.value,
        "version": installation.version,
        "by": installation.by,
        "account": installation.account,
        "agent_id": installation.agent_id,
        "at": installation.at,
    }
