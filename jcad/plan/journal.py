"""What apply asks of a journal. The store keeps it; plan knows it by this protocol alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from jcad.model.record import Entry, RunRecord, RunStatus


class Journal(Protocol):
    """Keeps what a run is about to do and what it did, so that a run killed at any point can be continued.

    Every method is durable when it returns; each raises StoreError when it cannot be (a full disk), and the run stops.
    """

    def begin(self, feature: str, digest: str, plan: str) -> str:
        """Open a run for a plan (canonical JSON) and return the run's id."""

    def intend(self, run: str, actions: Sequence[str]) -> None:
        """Write that these actions are about to be carried out."""

    def record_all(self, run: str, entries: Sequence[Entry]) -> None:
        """Write outcomes that are known at the same time, and remember their effects, in one transaction."""

    def finish(self, run: str, status: RunStatus) -> None:
        """Write how the run ended."""

    def load(self, run: str) -> RunRecord:
        """The run with its steps. Raises StoreError when there is none of this id."""
