"""The state store of one domain and organisation: pairs, members, installations, the journal, the lease, refused logons."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Self

import sqlalchemy as sa

from jcad.errors import GuardStopped
from jcad.model import Effect, Memory
from jcad.model.agents import AgentKind, Installation
from jcad.store import tables
from jcad.store.database import Database
from jcad.store.exchange import StoreIdentity
from jcad.store.installations import apply_installations, read_installations, read_unused_keys
from jcad.store.journal import StoreJournal
from jcad.store.lease import Lease
from jcad.store.links import apply_effects, read_memory, state_of_memory
from jcad.store.refusals import Refusals
from jcad.store.spent import read_spent

_IDENTITY = ("organisation", "instance", "domain_sid")


class Store:
    """Opens a store; reading needs nothing more, writing a journal needs the lease (`with store.lease() as journal`)."""

    def __init__(self, location: str | Path) -> None:
        """Open or create the store at a path or database URL. Raises StoreError."""
        self._database = Database(location)
        self.refusals = Refusals(self._database)
        self._memory: tuple[str | None, Memory] | None = None

    @property
    def location(self) -> str:
        """Where the store is."""
        return self._database.location

    def belongs_to(self, organisation: str, instance: str, domain_sid: str) -> None:
        """Bind a new store to its organisation, AD instance and domain. Raises GuardStopped for a store of another."""
        wanted = dict(zip(_IDENTITY, (organisation, instance, domain_sid), strict=True))
        with self._database.write() as connection:
            rows = connection.execute(sa.select(tables.meta).where(tables.meta.c.name.in_(_IDENTITY)))
            bound = {row.name: row.value for row in rows}
            for name, value in wanted.items():
                if name in bound and bound[name] != value:
                    raise GuardStopped(
                        f"The state store {self.location} belongs to another {name.replace('_', ' ')}: {bound[name]}, "
                        f"not {value}. Nothing was written.",
                        hint="Each domain and organisation has a store of its own: check --profile and [store] in jcad.toml.",
                    )
                if name not in bound:
                    connection.execute(tables.meta.insert().values(name=name, value=value))

    def serves(self, domain_sid: str) -> None:
        """Refuse a store that belongs to another domain; one that is new stays so. Raises GuardStopped."""
        with self._database.read() as connection:
            bound = connection.scalar(sa.select(tables.meta.c.value).where(tables.meta.c.name == "domain_sid"))
        if bound is not None and bound != domain_sid:
            raise GuardStopped(
                f"The state store {self.location} belongs to another domain: {bound}, not {domain_sid}. "
                "Nothing was written.",
                hint="Each domain and organisation has a store of its own: check --profile and [store] in jcad.toml.",
            )

    def identity(self) -> StoreIdentity | None:
        """What the store belongs to; None for one that no run has used yet."""
        with self._database.read() as connection:
            rows = connection.execute(sa.select(tables.meta).where(tables.meta.c.name.in_(_IDENTITY)))
            bound = {row.name: row.value for row in rows}
        return StoreIdentity(**bound) if set(bound) == set(_IDENTITY) else None

    def memory(self) -> Memory:
        """What earlier runs left; it is read once while nobody changes it."""
        with self._database.read() as connection:
            state = state_of_memory(connection)
            if state is None or self._memory is None or self._memory[0] != state:
                self._memory = (state, read_memory(connection))
            return self._memory[1]

    def installations(self) -> Mapping[tuple[str, AgentKind], Installation]:
        """The agents that jcad has installed, by the host's DNS name in small letters and the kind of agent."""
        with self._database.read() as connection:
            return read_installations(connection)

    def unused_keys(self, host: str, kind: AgentKind) -> tuple[str, ...]:
        """JumpCloud's records for which connect keys were made for a host, and of which no agent is known; sorted."""
        with self._database.read() as connection:
            return read_unused_keys(connection, host, kind)

    def spent(self, since: float) -> dict[str, int]:
        """What unattended runs did since then (seconds since 1970): by `guard`, and by `guard:scope` within an object."""
        with self._database.read() as connection:
            return read_spent(connection, since)

    def journal(self) -> StoreJournal:
        """The journal, to read in."""
        return StoreJournal(self._database, _no_lease)

    @contextlib.contextmanager
    def lease(self, ahead: timedelta = timedelta(0)) -> Iterator[StoreJournal]:
        """Hold the store for one run, and give the journal to write in. Raises StoreLocked.

        `ahead` is by how much the clock of the server that is written is ahead of this host's.
        """
        with Lease(self._database) as lease:
            yield StoreJournal(self._database, lease.check, ahead)

    def remember(self, effects: Sequence[Effect]) -> None:
        """Keep effects that belong to no single action, in one transaction."""
        with self._database.write() as connection:
            apply_effects(connection, effects)
            apply_installations(connection, effects)

    def close(self) -> None:
        """Close the store."""
        self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *details: object) -> None:
        self.close()


def _no_lease(_connection: sa.Connection) -> None:
    raise AssertionError("a journal is written by the holder of the lease")
