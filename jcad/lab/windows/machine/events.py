"""The event logs of a lab host: Application, System, Security and Windows PowerShell, in memory."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from typing import Final

LOGS: Final = ("Application", "System", "Security", "Windows PowerShell")
LEVELS: Final = {1: "Critical", 2: "Error", 3: "Warning", 4: "Information"}


@dataclass(frozen=True, slots=True)
class Event:
    """One event: its log, provider, number, level (2 error, 3 warning, 4 information), text, time and place in the log."""

    log: str
    provider: str
    number: int
    level: int
    message: str
    record: int = 0
    at: float = field(default_factory=time.time)


class EventLogs:
    """The event logs of one host; the newest first when they are read."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._events: list[Event] = []

    def write(self, log: str, provider: str, number: int, level: int, message: str) -> None:
        """Write an event."""
        with self._lock:
            self._events.append(Event(log, provider, number, level, message, len(self._events) + 1))

    def read(self, log: str) -> list[Event]:
        """The events of a log, the newest first."""
        with self._lock:
            return [event for event in reversed(self._events) if event.log.lower() == log.lower()]
