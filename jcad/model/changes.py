"""What has changed in a domain since an update sequence number, as it was read from one domain controller. Plain values."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from jcad.model.account import AdGroup, AdNameHolder, AdUser


@dataclass(frozen=True, slots=True, kw_only=True)
class DirectoryChanges:
    """Everything that was written after one USN, up to `usn`: the highestCommittedUSN before the reading began.

    - `users`, `groups` and `others` (further holders of account names) are whole, as they are now.
    - `deleted` are the objects known to be deleted; where deleted objects cannot be seen, `present` are all that are there.
    - `containers` says that a container was changed: it may have been renamed or moved, which changes the names of all that
      is in it, and their USNs do not tell.
    - `entries` is how many entries the domain controller sent, the GUIDs of `present` apart.
    """

    usn: int
    users: tuple[AdUser, ...] = ()
    groups: tuple[AdGroup, ...] = ()
    others: tuple[AdNameHolder, ...] = ()
    deleted: frozenset[UUID] = frozenset()
    present: frozenset[UUID] | None = None
    containers: bool = False
    entries: int = 0
