"""Forward migrations of the store's schema: one function a version, each in the one transaction, after a backup."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import sqlalchemy as sa

from jcad.store import tables

Migration = Callable[[sa.Connection], None]


def _count_what_is_done(connection: sa.Connection) -> None:
    """1 to 2: limits over 24 hours need to know what was done in them."""
    tables.spent.create(connection)


def _remember_installations(connection: sa.Connection) -> None:
    """2 to 3: who installed which agent where, which an upgrade and a rotation need to know."""
    tables.installation.create(connection)


def _remember_keys(connection: sa.Connection) -> None:
    """3 to 4: for which records connect keys were made, so that none is left behind by a run that was killed."""
    tables.connect_key.create(connection)


MIGRATIONS: Mapping[int, Migration] = {1: _count_what_is_done, 2: _remember_installations, 3: _remember_keys}
"""By the version that a migration starts from."""


def migrate(engine: sa.Engine, version: int, steps: Mapping[int, Migration] = MIGRATIONS) -> None:
    """Bring the schema from `version` to the newest, or leave it as it was."""
    with engine.begin() as connection:
        for start in range(version, tables.SCHEMA_VERSION):
            steps[start](connection)
            connection.execute(
                tables.meta.update().where(tables.meta.c.name == "schema_version").values(value=str(start + 1))
            )
