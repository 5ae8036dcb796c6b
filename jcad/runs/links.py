"""Carries actions on the store out: pairs that are made and dropped. The object is looked at once more before it is paired."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from uuid import UUID

from jcad.directory import DirectoryReader
from jcad.model import AdGroup, AdUser, ItemOutcome, Status
from jcad.plan import Batch, Ready


class LinkExecutor:
    """An Executor of `link` and `unlink`: nothing is written but the store, by the journal's transaction."""

    def __init__(self, directory: DirectoryReader, *, what_if: bool = False) -> None:
        self._directory = directory
        self._done = Status.SKIPPED if what_if else Status.CHANGED

    def batches(self, actions: Sequence[Ready]) -> Iterator[Batch]:
        """All in one batch, each object read once."""
        if actions:
            guids = [one.guid for one in actions if one.guid and one.action.executor == "link"]
            yield Batch(tuple(actions), self._directory.by_guid(guids))

    def execute(self, batch: Batch) -> Iterator[ItemOutcome]:
        """Tell for each whether the object is still what it was when the plan was made."""
        found = batch.call
        if not isinstance(found, Mapping):
            raise TypeError(f"{found!r} is not what was read")
        for one in batch.actions:
            why = _changed(one, found) if one.action.executor == "link" else None
            status = Status.CONFLICT if why else self._done
            done = ("pair",) if status is Status.CHANGED else ()
            yield ItemOutcome(id=one.action.id, status=status, guid=one.guid, reason=why, done=done)

    def stop(self) -> None:
        """Nothing is ever under way."""


def _changed(ready: Ready, found: Mapping[UUID, AdUser | AdGroup]) -> str | None:
    """How the object has changed since the plan was made, or None."""
    account = found.get(ready.guid) if ready.guid else None
    if account is None:
        return "it is no longer there"
    now = {"directory": str(account.dn), "sam": account.sam}
    if isinstance(account, AdUser):
        now["mail"] = account.mail or ""
    different = [name for name, value in now.items() if name in ready.action.item and ready.action.item[name] != value]
    if different:
        return f"its {different[0]} has changed since the plan was made, to {now[different[0]]!r}"
    return None
