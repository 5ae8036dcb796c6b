"""The health file: how the last cycle of the loop ended, as one JSON document that is never half-written."""

from __future__ import annotations

import json
import os
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jcad.errors import ReportError

if TYPE_CHECKING:
    from jcad.runs.cycle import Cycle
    from jcad.runs.loop import State

SCHEMA = "jcad.health/1"


def health(cycle: Cycle, state: State, last_success: float | None) -> dict[str, Any]:
    """The document. Times are RFC 3339 in UTC; `next_at` is when the next cycle begins."""
    ended = cycle.started + cycle.seconds
    return {
        "schema": SCHEMA,
        "healthy": cycle.outcome.healthy and not state.settings_error,
        "outcome": cycle.outcome.value,
        "message": cycle.message,
        "hint": cycle.hint,
        "cycle": cycle.number,
        "started_at": _time(cycle.started),
        "ended_at": _time(ended),
        "seconds": round(cycle.seconds, 3),
        "next_at": _time(ended + state.next_in),
        "interval": state.interval,
        "late": state.late,
        "errors_in_a_row": state.errors,
        "last_success_at": _time(last_success) if last_success is not None else None,
        "settings_error": state.settings_error,
        "dc": cycle.dc,
        "full_reading": cycle.look.why or None,
        "entries_read": cycle.look.entries,
        "guids_compared": cycle.look.compared,
        "jumpcloud_full_reading": cycle.cloud.why or None,
        "jumpcloud_users_read": cycle.cloud.users,
        "planned": cycle.planned,
        "waiting": cycle.waiting,
        "results": dict(cycle.statuses),
        "findings": dict(cycle.findings),
        "runs": list(cycle.runs),
        "process": os.getpid(),
    }


class HealthFile:
    """A Reporter that writes the document to a file after each cycle."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._last_success: float | None = None

    def ended(self, cycle: Cycle, state: State) -> None:
        """Write the file. Raises ReportError."""
        if cycle.outcome.healthy:
            self._last_success = cycle.started + cycle.seconds
        text = json.dumps(health(cycle, state, self._last_success), ensure_ascii=False, indent=2)
        write_whole(self.path, text + "\n", "the health file")


def write_whole(path: Path, text: str, what: str) -> None:
    """Put a text in place of a file at once: whoever reads sees the old one or the new one. Raises ReportError."""
    temporary: Path | None = None
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        temporary = Path(name)
        with os.fdopen(handle, "w", encoding="utf-8", errors="backslashreplace", newline="\n") as file:
            file.write(text)
        temporary.chmod(0o644)
        temporary.replace(path)
    except OSError as error:
        if temporary is not None:
            temporary.unlink(missing_ok=True)
        raise ReportError(
            f"{what[0].upper()}{what[1:]} {path} cannot be written: {error.strerror or error}.",
            hint="Its folder must be there and be writable by the account that the loop runs as.",
        ) from error


def _time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
