"""The task scheduler of a lab host: tasks with password logon, as SYSTEM, or without a password, run once in a thread."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from jcad.errors import LabUnsupported
from jcad.lab.login import Login

if TYPE_CHECKING:
    from jcad.lab.windows.machine.host import Machine, Session

RUNNING: Final = 0x41301
NOT_RUN: Final = 0x41303
ENDED: Final = 0x41306
FILE_NOT_FOUND: Final = 0x80070002
SYSTEM: Final = Login("SYSTEM", "NT AUTHORITY", "S-1-5-18", b"", frozenset({"S-1-5-32-544"}))


class LogonRefused(Exception):
    """The account of a task could not be logged on; `code` is the sub-code."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(eq=False, slots=True)
class Task:
    """One task. `logon_type` is Password, ServiceAccount or S4U; `last_result` is the exit code or a code of its own."""

    name: str
    path: str
    execute: str
    arguments: str
    user: str
    logon_type: str
    login: Login
    last_result: int = NOT_RUN
    last_run: float = 0.0
    thread: threading.Thread | None = field(default=None, repr=False)
    session: Session | None = field(default=None, repr=False)

    @property
    def running(self) -> bool:
        """Whether it runs now."""
        return self.thread is not None and self.thread.is_alive()


class TaskScheduler:
    """The scheduled tasks of one host, by path and name."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self._lock = threading.RLock()
        self._tasks: dict[str, Task] = {}

    def register(  # noqa: PLR0917  - a task as Register-ScheduledTask has it
        self, name: str, path: str, execute: str, arguments: str, user: str, password: str | None, logon_type: str
    ) -> Task:
        """Register a task. Raises `LogonRefused` for a wrong password or an account that may not log on."""
        login = self._login(user, password)
        kind = "Password" if password is not None else "ServiceAccount" if login is SYSTEM else logon_type or "S4U"
        with self._lock:
            made = self._tasks[(path + name).lower()] = Task(name, path, execute, arguments, user, kind, login)
            return made

    def _login(self, user: str, password: str | None) -> Login:
        if user.upper() in {"SYSTEM", "NT AUTHORITY\\SYSTEM", "S-1-5-18"}:
            return SYSTEM
        if password is not None:
            code = self._machine.surroundings.refusal(user, password)
            if code:
                raise LogonRefused(code)
        found = self._machine.surroundings.find(user)
        if found is None:
            raise LogonRefused("525")
        return found

    def find(self, name: str, path: str = "\\") -> Task | None:
        """The task of a name, or None."""
        with self._lock:
            return self._tasks.get((path + name).lower())

    def all(self) -> list[Task]:
        """Every task."""
        with self._lock:
            return [task for _, task in sorted(self._tasks.items())]

    def start(self, task: Task) -> None:
        """Start a task; one that runs goes on."""
        from jcad.lab.windows.machine.host import Session  # noqa: PLC0415  - hosts are made of schedulers

        with self._lock:
            if task.running:
                return
            task.session = Session(self._machine, task.login, key_store=task.logon_type != "S4U")
            task.last_result, task.last_run = RUNNING, time.time()
            task.thread = threading.Thread(target=self._run, args=(task, task.session), name=task.name, daemon=True)
            task.thread.start()

    def _run(self, task: Task, session: Session) -> None:
        from jcad.lab.windows.machine import programs  # noqa: PLC0415  - they build on each other

        try:
            task.last_result = programs.run(session, task.execute, task.arguments).code
        except programs.NotFound:
            task.last_result = FILE_NOT_FOUND
        except LabUnsupported as unsupported:
            self._machine.event(101, 2, str(unsupported), provider="Microsoft-Windows-TaskScheduler")
            task.last_result = 0xFFFD0000
        if session.ended.is_set():
            task.last_result = ENDED

    def stop(self, task: Task) -> None:
        """End a task that runs."""
        if task.session is not None:
            task.session.ended.set()
        if task.thread is not None and task.thread is not threading.current_thread():
            task.thread.join(10.0)

    def remove(self, task: Task) -> None:
        """Remove a task; what it runs goes on, as on Windows."""
        with self._lock:
            self._tasks.pop((task.path + task.name).lower(), None)

    def end_all(self) -> None:
        """End whatever runs: the host goes down."""
        for task in self.all():
            self.stop(task)
