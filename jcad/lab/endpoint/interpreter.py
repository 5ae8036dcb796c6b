"""The lab's PowerShell interpreter as the runspaces of an endpoint.

It knows the interpreter's Engine and nothing of the wire; the endpoint gives it pipelines, it gives back records.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jcad.lab.endpoint import psserializer  # noqa: F401  - gives scripts the serializer
from jcad.lab.endpoint.runspace import PipelineFailed, PipelineStopped
from jcad.lab.powershell import remotehost
from jcad.lab.powershell.cmdlets.events import FORWARD
from jcad.lab.powershell.engine import Command, Stopped
from jcad.lab.powershell.records import InformationRecord

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from jcad.lab.endpoint.runspace import CommandRequest, PipelineRequest, RunspaceFactory, StopToken, Streams
    from jcad.lab.login import Login
    from jcad.lab.powershell.cmdlets.events import PSEventArgs
    from jcad.lab.powershell.engine import Engine
    from jcad.lab.powershell.errors import ErrorRecord


class InterpreterRunspace:
    """One engine as a runspace. `close` gives up what its commands hold, such as a connection to the directory."""

    def __init__(self, engine: Engine, close: Callable[[], None] = lambda: None) -> None:
        self.engine = engine
        remotehost.attach(engine)
        self._close = close

    def run(self, pipeline: PipelineRequest, streams: Streams, stop: StopToken) -> None:
        """Run one pipeline to its end. Raises `PipelineFailed`, `PipelineStopped`, `LabUnsupported`."""
        remotehost.introduce(self.engine, pipeline.arguments)
        statements = [[_command(command) for command in statement] for statement in pipeline.statements]
        sink = _EngineStreams(streams)
        self.engine.services[FORWARD] = sink.event
        self.engine.tell_invocation = sink.note if pipeline.told else None
        try:
            outcome = self.engine.run(statements, sink, piped=pipeline.input, stop=stop, host=pipeline.host)
        except Stopped as stopped:
            raise PipelineStopped from stopped
        if pipeline.history:
            self.engine.remember_command("; ".join(" | ".join(one.text for one in each) for each in statements))
        if outcome.terminated is not None:
            raise PipelineFailed(outcome.terminated)

    def attach_console(self, write: Callable[[str], None]) -> None:
        """Let `[Console]::WriteLine` write there."""
        self.engine.services["console"] = write

    def close(self) -> None:
        """Give up what the runspace's commands hold."""
        self._close()


def runspaces(open_engine: Callable[[Login], tuple[Engine, Callable[[], None]]]) -> RunspaceFactory:
    """The runspaces of a host whose engines this function opens: for a login, the engine and what closes it."""

    def open_runspace(login: Login, /) -> InterpreterRunspace:
        return InterpreterRunspace(*open_engine(login))

    return open_runspace


def _command(request: CommandRequest) -> Command:
    return Command(
        request.text, request.is_script, request.parameters, request.use_local_scope, request.merged, request.dropped
    )


class _EngineStreams:
    """The endpoint's streams as the engine sees them; nobody listening any more is the engine's `Stopped`."""

    def __init__(self, streams: Streams) -> None:
        self._streams = streams
        self._invocation: Any = None

    def note(self, invocation: Any) -> None:
        """Take the invocation of the command whose record comes next."""
        self._invocation = invocation

    def output(self, value: Any) -> None:
        self._write(self._streams.output, value)

    def error(self, record: ErrorRecord) -> None:
        self._write(self._streams.error, record)

    def warning(self, message: str) -> None:
        self._write(self._streams.warning, message, self._invocation)

    def verbose(self, message: str) -> None:
        self._write(self._streams.verbose, message, self._invocation)

    def debug(self, message: str) -> None:
        self._write(self._streams.debug, message, self._invocation)

    def information(self, record: InformationRecord) -> None:
        self._write(self._streams.information, record)

    def progress(self, record: Mapping[str, Any]) -> None:
        self._write(self._streams.progress, record)

    def event(self, event: PSEventArgs) -> None:
        self._write(self._streams.event, event)

    def should_exit(self, code: int) -> None:
        self._write(self._streams.should_exit, code)

    @staticmethod
    def _write(write: Callable[..., None], *record: Any) -> None:
        try:
            write(*record)
        except PipelineStopped as stopped:
            raise Stopped from stopped
