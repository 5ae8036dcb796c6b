"""Opens the store's database: a private SQLite file, or a PostgreSQL URL. Creates, checks and migrates its schema."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from jcad.errors import StoreError, StoreTooNew
from jcad.store import migrations, tables

BUSY_TIMEOUT = 30.0
"""Seconds to wait for another process that is writing to the same SQLite file."""


class Database:
    """A connection pool to the store, whose schema is this version's."""

    def __init__(self, location: str | Path) -> None:
        """Open the store at a file's path or a database URL. Raises StoreError, and StoreTooNew for a newer jcad's."""
        self.location = str(location)
        self.path = None if "://" in self.location else Path(location)
        with _readable_errors(self.location):
            self.engine = _sqlite_engine(self.path) if self.path else sa.create_engine(self.location)
            self._prepare()

    def _prepare(self) -> None:
        with self.engine.begin() as connection:
            version = _version(connection)
        if version is None:
            with self.engine.connect() as connection:
                writing = connection.execution_options(jcad_writes=True)
                with writing.begin():  # another process may have been first
                    version = _version(writing)
                    if version is None:
                        tables.metadata.create_all(writing)
                        now = str(tables.SCHEMA_VERSION)
                        writing.execute(tables.meta.insert().values(name="schema_version", value=now))
                        return
        if version > tables.SCHEMA_VERSION:
            raise StoreTooNew(
                f"The state store {self.location} has schema {version}, this jcad knows {tables.SCHEMA_VERSION}.",
                hint="Use the newer jcad that wrote it; nothing was changed.",
            )
        if version < tables.SCHEMA_VERSION:
            if self.path is not None:
                back_up(self.path, self.path.with_suffix(f".schema{version}.backup"))
            migrations.migrate(self.engine, version)

    @contextlib.contextmanager
    def write(self) -> Iterator[sa.Connection]:
        """One transaction that is durable when the block ends. Raises StoreError."""
        with _readable_errors(self.location), self.engine.connect() as connection:
            writing = connection.execution_options(jcad_writes=True)
            with writing.begin():
                yield writing

    @contextlib.contextmanager
    def read(self) -> Iterator[sa.Connection]:
        """One connection to read with. Raises StoreError."""
        with _readable_errors(self.location), self.engine.connect() as connection:
            yield connection

    def close(self) -> None:
        """Give every connection back."""
        self.engine.dispose()


def back_up(source: Path, target: Path) -> None:
    """Copy a SQLite store while it may be in use."""
    with contextlib.closing(sqlite3.connect(source)) as old, contextlib.closing(sqlite3.connect(target)) as new:
        old.backup(new)
    target.chmod(0o600)


def _version(connection: sa.Connection) -> int | None:
    """The schema that the store has; None for one that is new."""
    if not sa.inspect(connection).has_table(tables.meta.name):
        return None
    value = connection.scalar(sa.select(tables.meta.c.value).where(tables.meta.c.name == "schema_version"))
    return int(value) if value is not None else 0


def _sqlite_engine(path: Path) -> sa.Engine:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    engine = sa.create_engine(f"sqlite:///{path.as_posix()}", connect_args={"timeout": BUSY_TIMEOUT})

    @sa.event.listens_for(engine, "connect")
    def _configure(connection: Any, _record: Any) -> None:
        connection.isolation_level = (
            None  # transactions are begun below, so that a writer waits instead of failing half-way
        )
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
            connection.execute(f"PRAGMA {pragma}")

    @sa.event.listens_for(engine, "begin")
    def _begin(connection: sa.Connection) -> None:
        writes = connection.get_execution_options().get("jcad_writes", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


@contextlib.contextmanager
def _readable_errors(location: str) -> Iterator[None]:
    try:
        yield
    except (SQLAlchemyError, sqlite3.Error) as error:
        reason = str(getattr(error, "orig", None) or error)
        hint = "Free some space, then continue with --resume." if "full" in reason else None
        raise StoreError(f"The state store {location} cannot be used: {reason}.", hint=hint) from error
    except OSError as error:
        raise StoreError(f"The state store {location} cannot be used: {error.strerror or error}.") from error
