"""What the endpoint asks of whoever runs the commands: one runspace per logged-in account, pipelines in, streams out.

Interfaces and plain values alone; no I/O, and nothing of PSRP. Values are the interpreter's own
(`jcad.lab.powershell.values`): the endpoint turns the wire's objects into them before `run`, and back after it.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from jcad.lab.login import Login
    from jcad.lab.powershell.records import InformationRecord

StreamName = Literal["error", "warning", "verbose", "debug", "information"]


@dataclass(frozen=True, slots=True)
class CommandRequest:
    """One command of a pipeline.

    `text` is script text where `is_script`, else a command's name. `parameters` are (name, value) in the order given;
    the name is None for a positional argument, the value None for a switch given by name alone.
    `merged` names the streams that the caller wants in this command's output, `dropped` those that he wants nowhere.
    """

    text: str
    is_script: bool = True
    parameters: tuple[tuple[str | None, Any], ...] = ()
    use_local_scope: bool | None = None
    merged: frozenset[StreamName] = frozenset()
    dropped: frozenset[StreamName] = frozenset()


@dataclass(frozen=True, slots=True)
class PipelineRequest:
    """What one pipeline is to run: statements, each of which is a pipeline of commands.

    `input` gives the values sent to the pipeline as they arrive (it blocks, and ends when the client says so or the
    pipeline is stopped); None where the client sends none.
    """

    statements: tuple[tuple[CommandRequest, ...], ...]
    input: Iterator[Any] | None = None
    host: Host | None = None
    history: bool = False
    """Whether it is to be remembered, for Get-History."""
    arguments: Any = None
    """The ApplicationArguments of the client, for `$PSSenderInfo`."""
    told: frozenset[StreamName] = frozenset()
    """The streams whose records are to tell of their invocation (RemoteStreamOptions)."""


class Streams(Protocol):
    """Where a pipeline's records go, as they happen.

    A stopped pipeline may still write: the output of its `finally` blocks reaches the client. Each of these raises
    `PipelineStopped` only when nobody can be listening any more.
    """

    def output(self, value: Any) -> None:
        """Send one object down the output."""

    def error(self, record: Any) -> None:
        """Write an ErrorRecord (`jcad.lab.powershell.errors`); the pipeline goes on."""

    def warning(self, message: str, invocation: Any = None, /) -> None:
        """Write a warning; `invocation` is that of the command that wrote it, where it was asked for."""

    def verbose(self, message: str, invocation: Any = None, /) -> None:
        """Write a verbose message; `invocation` is that of the command that wrote it, where it was asked for."""

    def debug(self, message: str, invocation: Any = None, /) -> None:
        """Write a debug message; `invocation` is that of the command that wrote it, where it was asked for."""

    def information(self, record: InformationRecord) -> None:
        """Write an information record; who and when is added."""

    def progress(self, record: Mapping[str, Any]) -> None:
        """Write a progress record: `activity`, `status`, `id`, `operation`, `parent`, `percent`, `completed`."""

    def event(self, event: Any) -> None:
        """Tell the client of an event that a script forwards (`jcad.lab.powershell.cmdlets.events.PSEventArgs`)."""

    def should_exit(self, code: int) -> None:
        """Tell the client's host that the script called `exit` with this code (sent even where there is no host)."""


class Host(Protocol):
    """The client's host: what `Read-Host` and `$Host.UI` reach. Absent where the client said it has none."""

    defaults: dict[str, Any]
    """What the client said of its console, by the properties of RawUI."""

    def call(self, method: str, *arguments: Any) -> Any:
        """Call a method of the host by its PSRP name (`ReadLine`, `WriteLine2`), wait for its answer if it has one."""


class Runspace(Protocol):
    """One session of one account. Variables and functions live on between pipelines, which come one at a time."""

    def run(self, pipeline: PipelineRequest, streams: Streams, stop: StopToken) -> None:
        """Run one pipeline to its end.

        Raises `PipelineFailed` where it ends in a terminating error, `PipelineStopped` where `stop` ended it.
        """

    def attach_console(self, write: Callable[[str], None]) -> None:
        """Give it a standard output, which `[Console]::WriteLine` writes to past the pipeline."""

    def close(self) -> None:
        """Give up what the session holds (its connection to the directory)."""


class RunspaceFactory(Protocol):
    """Makes the runspaces of a host: `Callable[[Login], Runspace]`, called once for each runspace pool or more."""

    def __call__(self, login: Login, /) -> Runspace:
        """Open a session for this account."""


class PipelineFailed(Exception):
    """The pipeline ended in a terminating error; `record` is its ErrorRecord. It is not also in the error stream."""

    def __init__(self, record: Any) -> None:
        super().__init__(str(record))
        self.record = record


class PipelineStopped(Exception):
    """The client, or the end of its session, stopped the pipeline."""


@dataclass(eq=False, slots=True)
class StopToken:
    """Says to a running pipeline that it must stop. Set once, from any thread."""

    _event: threading.Event = field(default_factory=threading.Event)
    _callbacks: list[Callable[[], None]] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def stopped(self) -> bool:
        """Whether the pipeline must stop."""
        return self._event.is_set()

    def check(self) -> None:
        """Raise `PipelineStopped` if the pipeline must stop."""
        if self._event.is_set():
            raise PipelineStopped

    def wait(self, seconds: float) -> bool:
        """Sleep up to so many seconds; True as soon as the pipeline must stop (for `Start-Sleep`)."""
        return self._event.wait(seconds)

    def on_stop(self, callback: Callable[[], None]) -> None:
        """Call this when the pipeline must stop; at once if that is so already. It must not block."""
        with self._lock:
            if not self._event.is_set():
                self._callbacks.append(callback)
                return
        callback()

    def stop(self) -> None:
        """Make the pipeline stop."""
        with self._lock:
            if self._event.is_set():
                return
            self._event.set()
            callbacks, self._callbacks = self._callbacks, []
        for callback in callbacks:
            callback()
