"""The lease: one run at a time on a store. Its holder is named, beats like a heart, and is taken over when it stops."""

from __future__ import annotations

import os
import platform
import threading
import time
from types import TracebackType
from typing import Self
from uuid import uuid4

import sqlalchemy as sa

from jcad.errors import JcadError, StoreError, StoreLocked
from jcad.store import tables
from jcad.store.database import Database
from jcad.store.journal import operator, utc_now

BEAT = 2.0
"""Seconds between two beats."""

EXPIRY = 10.0
"""Seconds without a beat after which a lease may be taken over."""

_NAME = "run"


class Lease:
    """Holds the store for one run while its block lasts.

    Raises StoreLocked when another run holds it; one that died is waited for until its lease expires.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._holder = uuid4().hex
        self._released = threading.Event()
        self._thread: threading.Thread | None = None

    def __enter__(self) -> Self:
        self._acquire()
        self._thread = threading.Thread(target=self._beat, name="lease", daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._released.set()
        if self._thread is not None:
            self._thread.join()
        try:
            with self._database.write() as connection:
                connection.execute(tables.lease.delete().where(self._mine()))
        except StoreError:
            if error is None:
                raise

    def check(self, connection: sa.Connection) -> None:
        """Raise StoreError when the lease was lost; called within each writing transaction."""
        if connection.scalar(sa.select(tables.lease.c.holder).where(self._mine())) is None:
            raise StoreError(
                "This run no longer holds the state store: another run took it over after this one had stood still.",
                hint="Nothing more is written by this run. See `jcad history`.",
            )

    def _acquire(self) -> None:
        """Take the lease; another's is watched for a beat, since clocks of two hosts need not agree."""
        first = self._try_acquire(None)
        begun = time.monotonic()
        while first is not None:
            time.sleep(BEAT / 4)
            died = time.monotonic() - begun > EXPIRY
            other = self._try_acquire(first["heartbeat"] if died else None)
            if other is None:
                return
            if other["heartbeat"] != first["heartbeat"]:
                raise StoreLocked(
                    f"Another run holds the state store: {other['operator']} on {other['host']}, process {other['process']}, "
                    f"since {other['since']}.",
                    hint="Wait until it has ended, or stop it there.",
                )

    def _try_acquire(self, dead: float | None) -> sa.RowMapping | None:
        """Take the lease if it is free, or if its last beat is still `dead`; else give the row of its holder."""
        with self._database.write() as connection:
            other = connection.execute(sa.select(tables.lease).where(tables.lease.c.name == _NAME)).mappings().first()
            if other is not None and other["heartbeat"] != dead and not _long_dead(other):
                return other
            connection.execute(tables.lease.delete().where(tables.lease.c.name == _NAME))
            connection.execute(
                tables.lease.insert().values(
                    name=_NAME,
                    holder=self._holder,
                    host=platform.node(),
                    process=os.getpid(),
                    operator=operator(),
                    since=utc_now(),
                    heartbeat=time.time(),
                )
            )
        return None

    def _beat(self) -> None:
        while not self._released.wait(BEAT):
            try:
                with self._database.write() as connection:
                    connection.execute(tables.lease.update().where(self._mine()).values(heartbeat=time.time()))
            except JcadError:  # the run's next write says what is wrong
                continue

    def _mine(self) -> sa.ColumnElement[bool]:
        return sa.and_(tables.lease.c.name == _NAME, tables.lease.c.holder == self._holder)


def _long_dead(row: sa.RowMapping) -> bool:
    """Whether a lease of this very host has not beaten for long: no need to watch it."""
    return bool(row["host"] == platform.node() and time.time() - row["heartbeat"] > EXPIRY)
