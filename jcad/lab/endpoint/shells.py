"""The shells that are open on an endpoint, whose they are, and how many a user may have.

Bookkeeping alone; what a shell runs is its own business (`psrp.PsrpShell`).
"""

from __future__ import annotations

import itertools
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Protocol

from jcad.lab.endpoint.wsman import Fault

if TYPE_CHECKING:
    import uuid

    from jcad.lab.login import Login

MAX_SHELLS_PER_USER: Final = 30
"""MaxShellsPerUser, as Windows Server has it."""


@dataclass(frozen=True, slots=True)
class Received:
    """What a Receive brought: pieces of output and of errors, and whether the command has ended, with which exit code.

    `process`: it is a program's; pipelines of PowerShell have neither errors here nor exit codes: theirs are messages.
    `pending`: a pipeline waits for an answer of its client.
    """

    pieces: tuple[bytes, ...]
    done: bool = False
    errors: tuple[bytes, ...] = ()
    code: int | None = None
    process: bool = False
    pending: bool = False


_PROCESSES: Final = itertools.count(1868, 4)  # Windows numbers them by fours


@dataclass(frozen=True, slots=True)
class Details:
    """What a shell is told about beside its id: who opened it from where, for what, in which languages and environment."""

    client: str = "127.0.0.1"
    inputs: str = "stdin pr"
    outputs: str = "stdout"
    powershell: bool = True
    locale: str = "en-US"
    data_locale: str = "en-US"
    profile: bool = True
    environment: tuple[tuple[str, str], ...] = ()
    folder: str = ""
    process: int = field(default_factory=lambda: next(_PROCESSES))
    opened: float = field(default_factory=time.monotonic)


class Shell(Protocol):
    """One open shell."""

    id: str
    resource: str
    owner: Login
    idle_seconds: float
    last_used: float
    details: Details
    disconnected: bool
    """Whether its client has left it to itself, to come back later."""

    @property
    def running(self) -> list[uuid.UUID]:
        """The commands that have not ended."""

    def command(self, command_id: uuid.UUID, payload: bytes) -> None:
        """Start a command."""

    def send(self, stream: str, payload: bytes) -> None:
        """Take input, on `stdin` or `pr`."""

    def receive(self, command_id: uuid.UUID | None, timeout: float, most: int) -> Received:
        """Wait for output, up to so many seconds and bytes. Raises `Fault`."""

    def signal(self, command_id: uuid.UUID | None, code: str) -> None:
        """Stop or end a command."""

    def disconnect(self) -> None:
        """Let the client go, and run on. Raises `Fault` where that cannot be."""

    def connect(self, payload: bytes) -> bytes:
        """Take the messages of a client that comes; what the shell answers. Raises `Fault`."""

    def close(self) -> None:
        """Stop everything in the shell."""


class ShellTable:
    """The open shells by id. Ids are compared without case, and given back as the client wrote them."""

    def __init__(self, most_per_user: int = MAX_SHELLS_PER_USER) -> None:
        self._most = most_per_user
        self._lock = threading.Lock()
        self._shells: dict[str, Shell] = {}

    def __len__(self) -> int:
        with self._lock:
            return len(self._shells)

    def check_quota(self, owner: Login) -> None:
        """Raise the quota's `Fault` if this user can open no other shell."""
        self.close_idle()
        with self._lock:
            held = sum(shell.owner.sid == owner.sid for shell in self._shells.values())
        if held >= self._most:
            raise Fault.shell_quota(self._most)

    def add(self, shell: Shell) -> None:
        """Keep a new shell."""
        with self._lock:
            if shell.id.upper() in self._shells:
                raise Fault.bad_message(f"there is a shell {shell.id} already")
            self._shells[shell.id.upper()] = shell

    def find(self, shell_id: str, user: Login) -> Shell:
        """The shell of this id, if it is this user's. Raises `Fault`."""
        with self._lock:
            shell = self._shells.get(shell_id.upper())
        if shell is None:
            raise Fault.no_such_shell(shell_id)
        if shell.owner.sid != user.sid:
            raise Fault.access_denied()  # unverified on Windows: another user's shell
        shell.last_used = time.monotonic()
        return shell

    def of(self, user: Login) -> list[Shell]:
        """The open shells of a user, the oldest first."""
        with self._lock:
            return [shell for shell in self._shells.values() if shell.owner.sid == user.sid]

    def close(self, shell: Shell) -> None:
        """Close a shell and forget it."""
        with self._lock:
            self._shells.pop(shell.id.upper(), None)
        shell.close()

    def close_idle(self) -> None:
        """Close the shells that nobody has used for their idle time."""
        now = time.monotonic()
        with self._lock:
            idle = [shell for shell in self._shells.values() if now - shell.last_used > shell.idle_seconds]
        for shell in idle:
            self.close(shell)

    def close_all(self) -> None:
        """Close every shell."""
        with self._lock:
            shells = list(self._shells.values())
        for shell in shells:
            self.close(shell)
