"""One runspace: variables, functions and commands that live on between pipelines, which run one at a time.

Sans-I/O. `Engine.run` is called from one thread; `StopToken.stop` may be called from any other.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from jcad.lab.powershell.command import Cmdlet
    from jcad.lab.powershell.errors import ErrorRecord


class Stopped(BaseException):
    """The pipeline was stopped from outside. No script can catch it."""


@dataclass(eq=False, slots=True)
class StopToken:
    """Says to a running pipeline that it must stop. Set once, from any thread."""

    _event: threading.Event = field(default_factory=threading.Event)

    @property
    def stopped(self) -> bool:
        """Whether the pipeline must stop."""
        return self._event.is_set()

    def stop(self) -> None:
        """Stop the pipeline at its next statement."""
        self._event.set()

    def wait(self, seconds: float) -> bool:
        """Sleep so long; True as soon as the pipeline must stop."""
        return self._event.wait(seconds)


class Stop(Protocol):
    """What the engine asks of a stop token; anything with these two will do."""

    @property
    def stopped(self) -> bool:
        """Whether the pipeline must stop."""

    def wait(self, seconds: float) -> bool:
        """Sleep so long; True as soon as the pipeline must stop."""


class Streams(Protocol):
    """Where a pipeline's records go, as they happen."""

    def output(self, value: Any) -> None:
        """One object of the output."""

    def error(self, record: ErrorRecord) -> None:
        """A non-terminating error."""

    def warning(self, message: str) -> None:
        """A warning."""

    def verbose(self, message: str) -> None:
        """A verbose message."""

    def debug(self, message: str) -> None:
        """A debug message."""

    def information(self, record: Any) -> None:
        """An information record (`streams.InformationRecord`)."""

    def progress(self, record: Mapping[str, Any]) -> None:
        """A progress record."""

    def should_exit(self, code: int) -> None:
        """The script called `exit` with this code."""


@dataclass(frozen=True, slots=True)
class Command:
    """One command of a pipeline: script text, or a command's name with parameters.

    A parameter is (name, value); the name None stands for a positional argument, the value None for a bare switch.
    `merged` names the streams whose records go into this command's output.
    """

    text: str
    is_script: bool = True
    parameters: tuple[tuple[str | None, Any], ...] = ()
    use_local_scope: bool | None = None
    merged: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a pipeline ended: the ErrorRecord that ended it or None, whether errors were reported, `exit`'s code or None."""

    terminated: ErrorRecord | None = None
    had_errors: bool = False
    exit_code: int | None = None


class Engine:
    """A runspace.

    `commands` are further cmdlets (on top of the core ones); `services` is theirs: whatever their own modules need at
    run time, by name (`engine.services["directory"]`), never looked at here.
    """

    def __init__(
        self,
        commands: Iterable[type[Cmdlet]] = (),
        *,
        variables: Mapping[str, Any] | None = None,
        services: Mapping[str, Any] | None = None,
    ) -> None:
        raise NotImplementedError

    def run(
        self,
        statements: Sequence[Sequence[Command]],
        streams: Streams,
        *,
        piped: Iterable[Any] | None = None,
        stop: Stop | None = None,
    ) -> Outcome:
        """Run pipelines one after another; records go to `streams` as they happen.

        Raises `Stopped` when stopped, LabUnsupported for what the lab does not know.
        """
        raise NotImplementedError

    def run_script(
        self,
        text: str,
        streams: Streams,
        parameters: Mapping[str, Any] | None = None,
        *,
        stop: Stop | None = None,
    ) -> Outcome:
        """Run one script with named parameters, at the top scope."""
        raise NotImplementedError

    def invoke_each(self, block: Any, write: Callable[[Any], None], *arguments: Any) -> None:
        """Run a script block in this runspace, its output handed over as it comes."""
        raise NotImplementedError
