"""Faults on demand: what the tests make the lab's servers do wrong, shared by all of them.

Pure bookkeeping, thread-safe; each server asks `take` where the fault would happen. No I/O.

    faults = Faults()
    faults.set("endpoint.drop_after_records", at=3)         # the third result line is the last before the line breaks
    faults.set("jumpcloud.status", 429, times=2)            # two requests are answered 429
    faults.set("endpoint.delay", 0.5, times=None)           # every answer is half a second late, until cleared
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Any

from jcad.errors import LabUnsupported

CATALOGUE: dict[str, str] = {
    "endpoint.drop_after_bytes": "close the connection after so many bytes of an answer (value: bytes)",
    "endpoint.drop_request": "close the connection instead of answering a request",
    "endpoint.drop_after_records": "close the connection after an output record was delivered; the pipeline runs on",
    "endpoint.stop_after_records": "stop the whole endpoint after an output record was delivered, and the pipeline",
    "endpoint.delay": "wait before an answer (value: seconds)",
    "endpoint.refuse_authentication": "answer 401 whatever the credentials are; no wrong password is counted",
    "endpoint.quota": "answer that the user's shells are used up",
    "endpoint.status": "answer with an HTTP status and no body (value: status)",
    "endpoint.garbage": "answer 200 with a page of HTML, before the request is carried out",
    "jumpcloud.status": "answer with an HTTP status (value: status, such as 429 or 503)",
    "jumpcloud.retry_after": "add a Retry-After header to the next refusal (value: seconds)",
    "jumpcloud.delay": "wait before an answer (value: seconds)",
    "jumpcloud.drop": "close the connection instead of answering a request",
    "jumpcloud.truncate": "cut the body short (value: bytes that remain)",
    "jumpcloud.not_json": "answer 200 with a page of HTML",
    "windows.service": "let a service fail to start or stop (value: its name)",
    "windows.reboot": "reboot the host in the middle of an installation",
    "windows.boot": "do not come back from a reboot, until the host is started",
    "installer.files": "the installer fails before its files are there",
    "installer.key": "the installer fails before its connect key is used",
    "installer.after_key": "the installer fails right after its connect key was used",
    "installer.registry": "the installer fails before the registry is written",
    "installer.service": "the installer fails before the service is there",
    "installer.start": "the installer ends well, and the service does not start",
    "installer.hang": "the installer does not end until its process is ended",
    "installer.uninstall": "the removal fails, with everything still there",
    "agent.crash": "the agent's service ends by itself at its next heartbeat",
    "agent.silent": "the agent's service runs and sends no heartbeat",
}
"""Every fault by name, `server.what`, and what it does. What is not here is refused.

Those of `windows`, `installer` and `agent` but `windows.service` take a host's short name (`SRV1`) as value, or None: any."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault as it happens: its name, and the value it was set with (None where it needs none)."""

    name: str
    value: Any = None


@dataclass(slots=True)
class _Armed:
    value: Any
    occasions_left: int
    times_left: int | None


class Faults:
    """The faults that are set, and how often each has happened."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._armed: dict[str, _Armed] = {}
        self._taken: dict[str, int] = {}

    def set(self, name: str, value: Any = None, *, at: int = 1, times: int | None = 1) -> None:
        """Let this fault happen, from the `at`-th occasion on, `times` times in a row (None: until cleared).

        Setting it again replaces it. Raises `LabUnsupported` where the catalogue has no such fault.
        """
        if name not in CATALOGUE:
            raise LabUnsupported(f"the fault {name}")
        if at < 1 or (times is not None and times < 1):
            raise ValueError("at and times count from 1")
        with self._changed:
            self._armed[name] = _Armed(value, at - 1, times)

    def take(self, name: str) -> Fault | None:
        """Say that this is an occasion for the fault; the fault if it is to happen now, else None."""
        if name not in CATALOGUE:
            raise LabUnsupported(f"the fault {name}")
        with self._changed:
            armed = self._armed.get(name)
            if armed is None:
                return None
            if armed.occasions_left:
                armed.occasions_left -= 1
                return None
            self._count(name, armed)
            return Fault(name, armed.value)

    def take_for(self, name: str, subject: str) -> Fault | None:
        """As `take`, but an occasion only for what the fault's value names (a host, a service; None means each)."""
        with self._changed:
            armed = self._armed.get(name)
            if armed is not None and armed.value is not None and str(armed.value).lower() != subject.lower():
                return None
        return self.take(name)

    def _count(self, name: str, armed: _Armed) -> None:
        self._taken[name] = self._taken.get(name, 0) + 1
        if armed.times_left is not None:
            armed.times_left -= 1
            if not armed.times_left:
                del self._armed[name]
        self._changed.notify_all()

    def taken(self, name: str) -> int:
        """How often this fault has happened."""
        with self._changed:
            return self._taken.get(name, 0)

    def wait_until_taken(self, name: str, timeout: float) -> bool:
        """Wait up to so many seconds for the fault to have happened at least once."""
        with self._changed:
            return self._changed.wait_for(lambda: self._taken.get(name, 0) > 0, timeout)

    def pending(self) -> tuple[str, ...]:
        """Name the faults that are still set."""
        with self._changed:
            return tuple(sorted(self._armed))

    def clear(self, name: str | None = None) -> None:
        """Take a fault back, or all of them. What has happened stays counted."""
        with self._changed:
            if name is None:
                self._armed.clear()
            else:
                self._armed.pop(name, None)
