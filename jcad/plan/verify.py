"""Verify: what was planned against what is there. Pure; the reading is done by whoever holds a reader."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol
from uuid import UUID

from jcad.plan.action import Action, Change
from jcad.plan.result import Reading, Ready, Verdict

UNREADABLE = frozenset({"password"})
"""What cannot be read back; the outcome of its script is all there is."""


class Verifier(Protocol):
    """Reads back, from the same server that was written."""

    def read(self, ready: Sequence[Ready]) -> Mapping[str, Reading | None]:
        """What each action's object holds now, by action id; None where the object is not there.

        An action that is not in the answer could not be read.
        """

    def find_created(self, action: Action, since: str) -> UUID | None:
        """The object that this create made: of its name, in its container, created after `since` (RFC 3339, UTC)."""


def judge(ready: Ready, reading: Reading | None) -> Verdict:
    """Hold an action against what was read."""
    if reading is None:
        return Verdict.NOT_THERE
    fulfilled = all(_holds(change, ready, reading) for change in ready.action.changes)
    return Verdict.AS_PLANNED if fulfilled else Verdict.DIFFERENT


def seen_values(ready: Ready, reading: Reading | None) -> dict[str, str | None]:
    """What stands where something else was planned, by attribute; empty where all is as planned."""
    if reading is None:
        return {}
    return {
        change.attribute: _text(reading.get(change.attribute))
        for change in ready.action.changes
        if not _holds(change, ready, reading)
    }


def _holds(change: Change, ready: Ready, reading: Reading) -> bool:
    if change.attribute in UNREADABLE:
        return True
    now = reading.get(change.attribute)
    if isinstance(now, frozenset):
        member = str(ready.member) if ready.member else change.new or change.old or ""
        return (member in now) == (change.new is not None)
    return now == change.new


def _text(value: str | frozenset[str] | None) -> str | None:
    return ", ".join(sorted(value)) if isinstance(value, frozenset) else value
