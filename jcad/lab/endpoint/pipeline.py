"""One running pipeline of a shell: its thread, its input, and the streams that write its records to the wire."""

from __future__ import annotations

import contextlib
import functools
import queue
import threading
from typing import TYPE_CHECKING, Any, Final, Protocol

from psrpcore.types import HostMethodIdentifier, PSRPMessageType

from jcad.errors import LabError, LabUnsupported
from jcad.lab.endpoint import records
from jcad.lab.endpoint.runspace import PipelineFailed, PipelineRequest, PipelineStopped, StopToken
from jcad.lab.endpoint.serialize import serialize
from jcad.lab.powershell.errors import ErrorRecord, NetException
from jcad.lab.powershell.records import (
    DebugRecord,
    HostInformationMessage,
    ProgressRecord,
    VerboseRecord,
    WarningRecord,
)
from jcad.lab.powershell.values import Int64

if TYPE_CHECKING:
    import uuid
    from collections.abc import Callable, Iterator, Mapping

    from jcad.lab.endpoint.runspace import Runspace, StreamName
    from jcad.lab.endpoint.serialize import Encoding
    from jcad.lab.powershell.cmdlets.events import PSEventArgs
    from jcad.lab.powershell.records import InformationalRecord, InformationRecord

_END: Final = object()
_NO_ANSWER: Final = -100
_CALLS_OF_STREAMS: Final = {"warning": "WriteWarningLine", "verbose": "WriteVerboseLine", "debug": "WriteDebugLine"}


class Send(Protocol):
    """Puts one message of the pipeline on the wire. Raises `PipelineStopped` where nobody listens any more."""

    def __call__(self, kind: PSRPMessageType, data: bytes, *, prompt: bool = False) -> None:
        """Send data of this type; on the stream of prompts, if it is one."""


class Emit(Protocol):
    """The same, for any pipeline of the shell."""

    def __call__(self, pipeline: RunningPipeline, kind: PSRPMessageType, data: bytes, *, prompt: bool = False) -> None:
        """Send data of this type for this pipeline."""


class Input:
    """The values that a client sends to a pipeline, as they come."""

    def __init__(self, stop: StopToken) -> None:
        self._values: queue.SimpleQueue[Any] = queue.SimpleQueue()
        stop.on_stop(self.end)

    def put(self, value: Any) -> None:
        """Add one value."""
        self._values.put(value)

    def end(self) -> None:
        """Say that no other will come."""
        self._values.put(_END)

    def __iter__(self) -> Iterator[Any]:
        while (value := self._values.get()) is not _END:
            yield value


class HostCalls:
    """Calls of the client's host: `ReadLine`, `WriteLine2` and the like.

    `defaults` is what the client said of its console, by the properties of RawUI.
    """

    def __init__(self, send: Send, encoding: Encoding, stop: StopToken) -> None:
        self._send = send
        self._encoding = encoding
        self._answers: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._calls = 0
        self.waiting = False
        """Whether a call waits for the client's answer."""
        self.defaults: dict[str, Any] = {}
        self._stop = stop
        stop.on_stop(lambda: self._answers.put(_END))

    def call(self, method: str, *arguments: Any) -> Any:
        """Call a method and wait for its answer, if it has one. Raises `PipelineStopped` while it waits."""
        identifier = HostMethodIdentifier[method]
        if identifier.is_void():
            number = _NO_ANSWER
        else:
            self._calls += 1
            number = self._calls
            self.waiting = True
        data = records.host_call(number, method, identifier.value, arguments, self._encoding)
        self._send(PSRPMessageType.PipelineHostCall, data, prompt=True)
        if number == _NO_ANSWER:
            return None
        answer = self._answers.get()
        self.waiting = False
        if answer is _END:
            raise PipelineStopped
        return answer

    def answer(self, value: Any) -> None:
        """Take the client's answer."""
        self._answers.put(value)


class PipelineStreams:
    """Writes records as messages. With a host, messages of the informational streams are shown there as well.

    `told` names the streams whose records tell of their invocation.
    """

    def __init__(self, send: Send, encoding: Encoding, host: HostCalls | None, told: frozenset[StreamName]) -> None:
        self._send = send
        self._encoding = encoding
        self._host = host
        self._told = told

    def output(self, value: Any) -> None:
        """Send one object; `$null` is a message without data."""
        data = b"" if value is None else serialize(value, self._encoding)
        self._send(PSRPMessageType.PipelineOutput, data)

    def error(self, record: Any) -> None:
        """Send an ERROR_RECORD."""
        self._send(PSRPMessageType.ErrorRecord, records.error(record, self._encoding, extended="error" in self._told))

    def warning(self, message: str, invocation: Any = None) -> None:
        """Send a WARNING_RECORD."""
        self._informational(PSRPMessageType.WarningRecord, WarningRecord(message, self._wanted("warning", invocation)))

    def verbose(self, message: str, invocation: Any = None) -> None:
        """Send a VERBOSE_RECORD."""
        self._informational(PSRPMessageType.VerboseRecord, VerboseRecord(message, self._wanted("verbose", invocation)))

    def debug(self, message: str, invocation: Any = None) -> None:
        """Send a DEBUG_RECORD."""
        self._informational(PSRPMessageType.DebugRecord, DebugRecord(message, self._wanted("debug", invocation)))

    def _wanted(self, stream: StreamName, invocation: Any) -> Any:
        return invocation if stream in self._told else None

    def _informational(self, kind: PSRPMessageType, record: InformationalRecord) -> None:
        self._send(kind, records.informational(record, self._encoding))
        if self._host is not None:
            self._host.call(_CALLS_OF_STREAMS[record.stream], record.message)

    def information(self, record: InformationRecord) -> None:
        """Send an INFORMATION_RECORD; what Write-Host wrote is shown by the host."""
        self._send(PSRPMessageType.InformationRecord, records.information(record, self._encoding))
        shown = record.message_data
        if self._host is not None and isinstance(shown, HostInformationMessage):
            self._show(self._host, shown)

    @staticmethod
    def _show(host: HostCalls, shown: HostInformationMessage) -> None:
        """Let the client's host show what Write-Host wrote, in its colours where it has any."""
        if shown.foreground is None and shown.background is None:
            host.call("Write1" if shown.no_new_line else "WriteLine2", shown.message)
            return
        colors = [host.defaults.get(name, other) for name, other in (("ForegroundColor", 7), ("BackgroundColor", 0))]
        given = [shown.foreground, shown.background]
        numbers = [other if color is None else color.number for color, other in zip(given, colors, strict=True)]
        host.call("Write2" if shown.no_new_line else "WriteLine3", *numbers, shown.message)

    def progress(self, record: Mapping[str, Any]) -> None:
        """Send a PROGRESS_RECORD, and show it at the host."""
        self._send(PSRPMessageType.ProgressRecord, records.progress(record, self._encoding))
        if self._host is not None:
            self._host.call("WriteProgress", Int64(record.get("source", 0)), ProgressRecord.of(record))

    def event(self, event: PSEventArgs) -> None:
        """Send a USER_EVENT, which is the pool's."""
        self._send(PSRPMessageType.UserEvent, records.user_event(event, self._encoding))

    def should_exit(self, code: int) -> None:
        """Send the host call SetShouldExit, host or none, as a real server does."""
        identifier = HostMethodIdentifier.SetShouldExit
        data = records.host_call(_NO_ANSWER, identifier.name, identifier.value, [code], self._encoding)
        self._send(PSRPMessageType.PipelineHostCall, data, prompt=True)


class RunningPipeline:
    """A pipeline from its creation to its last state. `done` is set, under the shell's lock, with that state."""

    def __init__(self, pipeline_id: uuid.UUID, emit: Emit, encoding: Encoding) -> None:
        self.id = pipeline_id
        self.stop = StopToken()
        self.input = Input(self.stop)
        self.done = False
        self._send: Send = functools.partial(emit, self)
        self.host = HostCalls(self._send, encoding, self.stop)
        self._encoding = encoding
        self._thread: threading.Thread | None = None

    def start(
        self, request: PipelineRequest, lend: Callable[[StopToken], Runspace], give_back: Callable[[Runspace], None]
    ) -> None:
        """Run the request in a thread of its own, in the first runspace that is free."""
        self._thread = threading.Thread(
            target=self._run, args=(request, lend, give_back), name=f"pipeline {self.id}", daemon=True
        )
        self._thread.start()

    def join(self, timeout: float) -> bool:
        """Wait for the thread to end; whether it has."""
        if self._thread is None or self._thread is threading.current_thread():
            return True
        self._thread.join(timeout)
        return not self._thread.is_alive()

    def fail(self, record: ErrorRecord) -> None:
        """End the pipeline, before it has run, with an error."""
        self._finish(records.FAILED, record)

    def _run(
        self, request: PipelineRequest, lend: Callable[[StopToken], Runspace], give_back: Callable[[Runspace], None]
    ) -> None:
        state, record = records.COMPLETED, None
        try:
            runspace = lend(self.stop)
            try:
                host = self.host if request.host is not None else None
                runspace.run(request, PipelineStreams(self._send, self._encoding, host, request.told), self.stop)
            finally:
                give_back(runspace)
        except PipelineStopped:
            state, record = records.STOPPED, records.stopped()
        except PipelineFailed as failure:
            state, record = records.FAILED, failure.record
        except LabError as error:
            state, record = records.FAILED, refused(error)
        except Exception as error:  # noqa: BLE001  - a mistake in the lab must reach the client, not hang it
            state, record = records.FAILED, crashed(error)
        self._finish(state, record)

    def _finish(self, state: int, record: ErrorRecord | None) -> None:
        try:
            data = records.state(state, self._encoding, record)
        except Exception as error:  # noqa: BLE001  - a record that cannot be written must not hang the client
            data = records.state(records.FAILED, self._encoding, crashed(error))
        with contextlib.suppress(PipelineStopped):  # the shell is gone, and nobody wants to know
            self._send(PSRPMessageType.PipelineState, data)


def refused(error: LabError) -> ErrorRecord:
    """What the lab cannot do, as an error of the script: its id (LabUnsupported, LabError) is none of Windows' own."""
    if isinstance(error, LabUnsupported):
        exception = NetException("System.NotImplementedException", str(error))
        return ErrorRecord(exception, "LabUnsupported", "NotImplemented")
    return ErrorRecord(NetException("System.Exception", str(error)), "LabError", "ResourceUnavailable")


def crashed(error: Exception) -> ErrorRecord:
    """A mistake in the lab as an error of the script."""
    exception = NetException("System.Exception", f"the lab made a mistake: {type(error).__name__}: {error}")
    return ErrorRecord(exception, "LabError", "NotSpecified")
