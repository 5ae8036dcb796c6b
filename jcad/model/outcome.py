"""What a script said about one item of a batch. Pure values: powershell reads them, plan judges them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID


class Status(StrEnum):
    """What became of one item. `UNKNOWN`: the connection was lost before it was told; it must be read back."""

    CHANGED = "changed"
    UNCHANGED = "unchanged"
    CONFLICT = "conflict"
    FAILED = "failed"
    SKIPPED = "skipped"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemError:
    """An error record, told by id, category, type and Win32 code; the message is in the server's language.

    `hint` is jcad's own word on it, where it knows one.
    """

    id: str
    category: str = ""
    type: str = ""
    code: int | None = None
    message: str = ""
    hint: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemOutcome:
    """One item's outcome. `done` are the steps that were carried out, also where a later one failed."""

    id: str
    status: Status
    done: tuple[str, ...] = ()
    guid: UUID | None = None
    reason: str | None = None
    error: ItemError | None = None
