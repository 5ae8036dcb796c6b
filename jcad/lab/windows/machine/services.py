"""The services of a lab host: what is installed, what runs, as whom, and how one starts and fails.

Pure bookkeeping, thread-safe; a service's `on_start` says whether it comes up.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Callable

State = Literal["Stopped", "Running", "StartPending", "StopPending"]
StartMode = Literal["Auto", "Manual", "Disabled"]


class ServiceFault(Exception):
    """A service that does not start or stop; `code` is the Win32 error (1053, 1058, 1069 ...)."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(eq=False, slots=True)
class Service:
    """One service. `on_start` raises `ServiceFault` where it does not come up, `on_stop` ends what it does."""

    name: str
    display_name: str
    state: State = "Stopped"
    start_mode: StartMode = "Auto"
    account: str = "LocalSystem"
    path: str = "C:\\Windows\\System32\\svchost.exe -k netsvcs"
    pid: int = 0
    exit_code: int = 0
    on_start: Callable[[], None] | None = field(default=None, repr=False)
    on_stop: Callable[[], None] | None = field(default=None, repr=False)


class Services:
    """The service control manager of one host. `may` is asked before each start and stop, and raises `ServiceFault`."""

    def __init__(self, may: Callable[[Service, str], None]) -> None:
        self._lock = threading.RLock()
        self._services: dict[str, Service] = {}
        self._may = may
        self._next_pid = 1000

    def add(self, service: Service) -> Service:
        """Install a service; one of that name is replaced."""
        with self._lock:
            self._services[service.name.lower()] = service
            return service

    def remove(self, name: str) -> None:
        """Stop and remove a service."""
        with self._lock:
            found = self.find(name)
            if found is not None:
                self.stop(found, forced=True)
                del self._services[name.lower()]

    def all(self) -> list[Service]:
        """Every service, by name."""
        with self._lock:
            return [service for _, service in sorted(self._services.items())]

    def find(self, name: str) -> Service | None:
        """The service of a name or display name, or None."""
        with self._lock:
            found = self._services.get(name.lower())
            return found or next((one for one in self.all() if one.display_name.lower() == name.lower()), None)

    def start(self, service: Service) -> None:
        """Start a service; one that runs is left. Raises `ServiceFault`."""
        if service.state == "Running":
            return
        if service.start_mode == "Disabled":
            raise ServiceFault(1058, "The service cannot be started, either because it is disabled")
        service.state = "StartPending"
        try:
            self._may(service, "start")
            if service.on_start is not None:
                service.on_start()
        except ServiceFault as fault:
            service.state, service.exit_code = "Stopped", fault.code
            raise
        with self._lock:
            self._next_pid += 4
            service.state, service.exit_code, service.pid = "Running", 0, self._next_pid

    def stop(self, service: Service, *, forced: bool = False) -> None:
        """Stop a service; one that is stopped is left. Raises `ServiceFault`, unless forced (the host goes down)."""
        if service.state == "Stopped":
            return
        if not forced:
            self._may(service, "stop")
        if service.on_stop is not None:
            service.on_stop()
        service.state, service.pid = "Stopped", 0
