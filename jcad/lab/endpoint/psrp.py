"""A PowerShell shell: one PSRP runspace pool over WS-Management, its pipelines and its runspaces.

One lock a shell guards pool, queues and pipelines. Runspaces run in the threads of their pipelines, outside it.
"""

from __future__ import annotations

import collections
import threading
import time
import uuid
from typing import TYPE_CHECKING, Any, Final

import psrpcore
from psrpcore import PSRPPayload, StreamType
from psrpcore.types import PSRPMessageType, RunspacePoolState

from jcad.errors import LabError, LabUnsupported
from jcad.lab.endpoint.configurations import Nobody
from jcad.lab.endpoint.deserialize import deserialize
from jcad.lab.endpoint.pipeline import RunningPipeline, refused
from jcad.lab.endpoint.pool import Pool
from jcad.lab.endpoint.request import console, read_pipeline
from jcad.lab.endpoint.runspace import CommandRequest, PipelineFailed, PipelineRequest, PipelineStopped, StopToken
from jcad.lab.endpoint.shells import Details, Received
from jcad.lab.endpoint.wsman import ConnectionDropped, Fault

if TYPE_CHECKING:
    from collections.abc import Callable

    from jcad.lab.endpoint.configurations import SessionConfiguration
    from jcad.lab.endpoint.pool import Observe
    from jcad.lab.endpoint.runspace import Runspace, RunspaceFactory
    from jcad.lab.faults import Faults
    from jcad.lab.login import Login
    from jcad.lab.powershell.errors import ErrorRecord

PIECE: Final = 32 * 1024
"""How much of a message goes into one stream element, as WinRM does it."""
MAX_COMMANDS: Final = 1000
"""MaxConcurrentCommandsPerShell: a command that its client never ends counts, finished or not."""
_CLOSING_SECONDS: Final = 5.0
_CLOSING: Final = 4  # RunspacePoolState, MS-PSRP 2.2.3.4
_CLOSED: Final = 3
_STREAM_ROOM: Final = 200  # the element around a piece

_DROP: Final = object()
_STOP_HOST: Final = object()


class PsrpShell:
    """One runspace pool of one user."""

    def __init__(  # noqa: PLR0913  - whose shell it is, and what its host gives it, by name
        self,
        shell_id: str,
        resource: str,
        owner: Login,
        *,
        host: str,
        runspaces: RunspaceFactory,
        faults: Faults,
        idle_seconds: float,
        stop_host: Callable[[], None],
        desktop: bool = True,
        configuration: SessionConfiguration | None = None,
        start_up: str = "",
        observe: Observe | None = None,
        details: Details | None = None,
    ) -> None:
        self.details = details or Details()
        self.disconnected = False
        self.id = shell_id
        self.resource = resource
        self.owner = owner
        self.idle_seconds = idle_seconds
        self.last_used = time.monotonic()
        self._factory = runspaces
        self._configuration = configuration
        self._faults = faults
        self._stop_host = stop_host
        self._changed = threading.Condition(threading.RLock())
        self._start_up_script = start_up
        self._pool = Pool(
            desktop=desktop, user=owner.name, computer=host, observe=observe, start_up=self._run_start_up_script
        )
        self._queues: dict[uuid.UUID | None, collections.deque[Any]] = collections.defaultdict(collections.deque)
        self._pipelines: dict[uuid.UUID, RunningPipeline] = {}
        self._free: list[Runspace] = []
        self._console: dict[str, Any] = {}
        self._lent = 0
        self._closed = False
        self._closing = False

    @property
    def opened(self) -> bool:
        """Whether the pool is open: its client has been understood, and nothing has broken it."""
        return bool(self._pool.state == RunspacePoolState.Opened)

    @property
    def running(self) -> list[uuid.UUID]:
        """The pipelines that have not ended, or whose client has not yet forgotten them."""
        with self._changed:
            return list(self._pipelines)

    def connect(self, payload: bytes) -> bytes:
        """Take the messages of a client that comes back to this pool, or comes to it; what the pool answers. Raises `Fault`."""
        with self._changed:
            if not self.opened:
                raise Fault.bad_message("the pool is not open")
            known = len(self._queues[None])
            self._feed(payload, "stdin")
            answers = list(self._queues[None])[known:]
            for _ in answers:
                self._queues[None].pop()
            self._pool.tell_private_data()
            self._drain()
            return b"".join(answers)

    def disconnect(self) -> None:
        """Let the client go: what waits for output ends, pipelines run on."""
        with self._changed:
            self.disconnected = True
            self._changed.notify_all()

    def open(self, payload: bytes) -> None:
        """Take the messages that open the pool. Raises `Fault`."""
        with self._changed:
            self._feed(payload, "stdin")

    def command(self, command_id: uuid.UUID, payload: bytes) -> None:
        """Create a pipeline. Raises `Fault`."""
        with self._changed:
            if command_id in self._pipelines:
                if not self._is_done(command_id):
                    raise Fault.bad_message(f"there is a command {command_id} already")
                self._forget(command_id)
            if len(self._pipelines) >= MAX_COMMANDS:
                raise Fault.command_quota()
            self._pipelines[command_id] = RunningPipeline(command_id, self._emit, self._pool.encoding)
            psrpcore.ServerPipeline(self._pool, command_id)  # enters itself into the pool, before its message is read
            try:
                self._feed(payload, "stdin")
            except Fault:
                self._forget(command_id)
                raise

    def send(self, stream: str, payload: bytes) -> None:
        """Take messages on a stream of the shell. Raises `Fault`."""
        with self._changed:
            self._feed(payload, stream)

    def receive(self, command_id: uuid.UUID | None, timeout: float, most: int) -> Received:
        """Wait for messages of a pipeline, or of the pool. Raises `Fault`, `ConnectionDropped`."""
        deadline = time.monotonic() + timeout
        with self._changed:
            if command_id is not None and command_id not in self._pipelines:
                raise Fault.no_such_command()
            while not self._queues[command_id]:
                if self._closed or self.disconnected:
                    raise Fault.aborted()
                if command_id is not None and self._is_done(command_id):
                    return Received((), done=True)
                if not self._changed.wait(deadline - time.monotonic()) and time.monotonic() >= deadline:
                    raise Fault.timed_out()
            return self._take(command_id, most)

    def signal(self, command_id: uuid.UUID | None, code: str) -> None:
        """Stop a pipeline (ctrl_c), or end it and forget it (terminate). Raises `Fault`."""
        kind = code.lower().rpartition("/")[2]
        with self._changed:
            pipeline = self._pipelines.get(command_id) if command_id is not None else None
        if pipeline is None:
            if kind == "terminate":
                return
            raise Fault.no_such_command()
        if kind not in {"ctrl_c", "crtl_c", "terminate"}:
            raise Fault.unsupported(f"the signal {code}")
        pipeline.stop.stop()
        if kind == "terminate":
            with self._changed:
                self._forget(pipeline.id)

    def close(self) -> None:
        """Stop every pipeline, wait a little for them, and give up the runspaces."""
        with self._changed:
            if self._closed or self._closing:
                return
            self._closing = True
            pipelines = list(self._pipelines.values())
        for pipeline in pipelines:
            pipeline.stop.stop()
        deadline = time.monotonic() + _CLOSING_SECONDS
        for pipeline in pipelines:
            pipeline.join(max(0.0, deadline - time.monotonic()))
        with self._changed:
            if self.opened:
                self._pool.tell_state(_CLOSING)
                self._pool.tell_state(_CLOSED)
            self._closed = True
            free, self._free = self._free, []
            self._changed.notify_all()
        for runspace in free:
            runspace.close()

    # -- messages in; all below holds the lock unless it says otherwise

    def _feed(self, payload: bytes, stream: str) -> None:
        kind = StreamType.prompt_response if stream == "pr" else StreamType.default
        try:
            self._pool.receive_data(PSRPPayload(payload, kind, None))
            while (event := self._pool.next_event()) is not None:
                self._handle(event)
        except (Fault, ConnectionDropped):
            raise
        except Exception as error:
            # Whatever a client can put into a message, psrpcore may raise for it.
            raise Fault.bad_message(f"a PSRP message cannot be read: {error}") from error
        finally:
            self._drain()

    def _handle(self, event: Any) -> None:
        name = type(event).__name__
        pipeline = self._pipelines.get(event.pipeline_id) if event.pipeline_id is not None else None
        if name == "CreatePipelineEvent" and pipeline is not None:
            self._start(pipeline, event.pipeline)
        elif name == "GetCommandMetadataEvent" and pipeline is not None:
            pipeline.fail(refused(LabUnsupported("Get-Command for Import-PSSession")))
        elif name == "PipelineInputEvent" and pipeline is not None:
            pipeline.input.put(event.data)
        elif name == "EndOfPipelineInputEvent" and pipeline is not None:
            pipeline.input.end()
        elif name == "PipelineHostResponseEvent" and pipeline is not None:
            pipeline.host.answer(deserialize(event.result))
        elif name in {"SetMaxRunspacesEvent", "SetMinRunspacesEvent"}:
            self._pool.answer_call(event, True)
        elif name == "ResetRunspaceStateEvent":
            self._free.clear()
            self._pool.answer_call(event, True)
        elif name == "GetAvailableRunspacesEvent":
            self._pool.answer_call(event, max(0, self._pool.max_runspaces - self._lent))

    def _start(self, pipeline: RunningPipeline, description: Any) -> None:
        info = self._pool.host if description.host.UseRunspaceHost else description.host
        host = None if info is None or info.IsHostNull else pipeline.host
        if host is not None:
            host.defaults = self._console if info is self._pool.host else console(info)
            if not host.defaults:
                host.defaults.update(console(info))
        # What comes as input becomes a value where it is read: the client is not kept waiting for that.
        piped = map(deserialize, pipeline.input)
        try:
            request = read_pipeline(description, piped, host, self._pool.application_arguments)
        except LabError as error:
            pipeline.fail(refused(error))
            return
        unwanted = None if self._configuration is None else self._configuration.refusal(request)
        if unwanted is not None:
            pipeline.fail(unwanted)
            return
        pipeline.start(request, self._lend, self._give_back)

    def _run_start_up_script(self) -> ErrorRecord | None:
        """Run the script that the host's configuration starts each session with; the error that ended it, or None."""
        if not self._start_up_script:
            return None
        runspace = self._factory(self.owner)
        command = CommandRequest(self._start_up_script, use_local_scope=False)
        try:
            runspace.run(PipelineRequest(((command,),)), Nobody(), StopToken())
        except PipelineFailed as failure:
            runspace.close()
            record: ErrorRecord = failure.record
            return record
        self._free.append(runspace)
        return None

    # -- messages out

    def _emit(self, pipeline: RunningPipeline, kind: PSRPMessageType, data: bytes, *, prompt: bool = False) -> None:
        with self._changed:
            if self._closed or pipeline.done or self._pipelines.get(pipeline.id) is not pipeline:
                raise PipelineStopped
            of_pool = kind is PSRPMessageType.UserEvent
            self._pool.send(kind, data, None if of_pool else pipeline.id, prompt=prompt)
            pipeline.done = kind is PSRPMessageType.PipelineState
            self._drain()
            if kind is PSRPMessageType.PipelineOutput:
                self._break_behind(pipeline)

    def _break_behind(self, pipeline: RunningPipeline) -> None:
        """Let the faults on demand happen that break the line behind an output record."""
        if self._faults.take("endpoint.drop_after_records"):
            self._queues[pipeline.id].append(_DROP)
        if self._faults.take("endpoint.stop_after_records"):
            self._queues[pipeline.id].append(_STOP_HOST)
            pipeline.done = True
            raise PipelineStopped

    def _drain(self) -> None:
        while (payload := self._pool.data_to_send(PIECE)) is not None:
            self._queues[payload.pipeline_id].append(payload.data)
        self._changed.notify_all()

    def _take(self, command_id: uuid.UUID | None, most: int) -> Received:
        waiting, size = self._queues[command_id], 0
        pieces: list[bytes] = []
        while waiting:
            piece = waiting[0]
            if not isinstance(piece, bytes):
                if pieces:
                    break
                waiting.popleft()
                if piece is _STOP_HOST:
                    threading.Thread(target=self._stop_host, name="stop the host", daemon=True).start()
                raise ConnectionDropped
            needed = (len(piece) + 2) // 3 * 4 + _STREAM_ROOM
            if pieces and size + needed > most:
                break
            pieces.append(piece)
            size += needed
            waiting.popleft()
        pipeline = None if command_id is None or waiting else self._pipelines.get(command_id)
        done = command_id is not None and not waiting and self._is_done(command_id)
        return Received(tuple(pieces), done, pending=pipeline is not None and pipeline.host.waiting)

    def _is_done(self, command_id: uuid.UUID) -> bool:
        pipeline = self._pipelines.get(command_id)
        return pipeline is None or pipeline.done

    def _forget(self, command_id: uuid.UUID) -> None:
        self._pipelines.pop(command_id, None)
        self._queues.pop(command_id, None)
        self._pool.pipeline_table.pop(command_id, None)
        self._changed.notify_all()

    # -- runspaces; called by the threads of pipelines, without the lock

    def _lend(self, stop: StopToken) -> Runspace:
        """Give a pipeline the first free runspace, or a new one while there may be more. Raises `PipelineStopped`."""
        stop.on_stop(self._wake)
        with self._changed:
            while self._lent >= max(1, self._pool.max_runspaces):
                stop.check()
                self._changed.wait()
            stop.check()
            if self._closed:
                raise PipelineStopped
            self._lent += 1
            if self._free:
                return self._free.pop()
        try:
            return self._factory(self.owner)
        except BaseException:
            with self._changed:
                self._lent -= 1
                self._changed.notify_all()
            raise

    def _give_back(self, runspace: Runspace) -> None:
        with self._changed:
            self._lent -= 1
            keep = not self._closed
            if keep:
                self._free.append(runspace)
            self._changed.notify_all()
        if not keep:
            runspace.close()

    def _wake(self) -> None:
        with self._changed:
            self._changed.notify_all()
