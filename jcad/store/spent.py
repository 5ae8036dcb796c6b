"""What unattended runs did, counted towards limits that hold over a time (rules.md: a rolling 24 hours)."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence

import sqlalchemy as sa

from jcad.model import Effect
from jcad.model.record import Spent
from jcad.store import tables

KEPT = 7 * 24 * 3600.0
"""Seconds after which a count is dropped: longer than any limit holds."""


def count_spent(connection: sa.Connection, run: int, effects: Sequence[Effect]) -> None:
    """Count an action once for each of its limits, however often its outcome is recorded."""
    now = time.time()
    for effect in effects:
        if isinstance(effect, Spent):
            here = sa.and_(tables.spent.c.run == run, tables.spent.c.action == effect.action)
            known = set(connection.scalars(sa.select(tables.spent.c.guard).where(here)))
            rows = [
                {"run": run, "action": effect.action, "guard": guard, "scope": effect.scope, "at": now}
                for guard in dict.fromkeys(effect.guards)
                if guard not in known
            ]
            if rows:
                connection.execute(tables.spent.delete().where(tables.spent.c.at < now - KEPT))
                connection.execute(tables.spent.insert(), rows)


def read_spent(connection: sa.Connection, since: float) -> dict[str, int]:
    """How much was done since then, by `guard`, and by `guard:scope` where it was within an object."""
    columns = (tables.spent.c.guard, tables.spent.c.scope, sa.func.count())
    query = sa.select(*columns).where(tables.spent.c.at >= since).group_by(tables.spent.c.guard, tables.spent.c.scope)
    counts: Counter[str] = Counter()
    for guard, scope, count in connection.execute(query):
        counts[guard] += count
        if scope:
            counts[f"{guard}:{scope}"] += count
    return dict(counts)
