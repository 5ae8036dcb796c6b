"""What the transfer of a file is told and tells. Plain values; no I/O."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from jcad.errors import RemotingError
from jcad.model.outcome import ItemOutcome
from jcad.model.script import Call, Script

Progress = Callable[[int, int], None]
"""Called with how many bytes are there, and how many there will be; from the thread that transfers."""


class MakeCall(Protocol):
    """Makes the call of a script for hosts, by its name in the registry."""

    def __call__(self, name: str, item: Mapping[str, Any], /) -> Call:
        """The call that runs a script on this item. Raises ScriptError for an item that is not of its shape."""


ReadOutcome = Callable[[Script, str], tuple[ItemOutcome, Mapping[str, Any]]]
"""Reads a script's line: its outcome and its facts. Raises ScriptError for a line that is none."""


@dataclass(frozen=True, slots=True)
class HostScripts:
    """The scripts for hosts: `HostScripts(host_call, read_host_outcome)`."""

    call: MakeCall
    read: ReadOutcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """A file that is where it was to go: its path there, its size in bytes, its SHA-256, and how many bytes travelled now.

    `was_there` says that the whole file lay there before, and was left as it is.
    """

    path: str
    size: int
    sha256: str
    sent: int = 0
    was_there: bool = False


class TransferHalted(RemotingError):
    """Somebody asked for a transfer to stop. What has arrived is kept, and the next attempt goes on from there."""
