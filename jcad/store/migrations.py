"""Forward migrations of the store's schema: one function a version, each in the one transaction, after a backup."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import sqlalchemy as sa

from jcad.store import tables

Migration = Callable[[sa.Connection], None]

MIGRATIONS: Mapping[int, Migration] = {}
"""By the version that a migration starts from. There is one schema so far."""


def migrate(engine: sa.Engine, version: int, steps: Mapping[int, Migration] = MIGRATIONS) -> None:
    """Bring the schema from `version` to the newest, or leave it as it was."""
    with engine.begin() as connection:
        for start in range(version, tables.SCHEMA_VERSION):
            steps[start](connection)
            connection.execute(
                tables.meta.update().where(tables.meta.c.name == "schema_version").values(value=str(start + 1))
            )
