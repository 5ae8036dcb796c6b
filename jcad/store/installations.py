"""The agents that jcad has installed, by host and kind: read at once, changed by effects within somebody's transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import sqlalchemy as sa

from jcad.model import Effect
from jcad.model.agents import AgentKind, Installation
from jcad.model.record import Installed, Uninstalled
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
            case Uninstalled(host, kind):
                _forget(connection, host, kind)


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
