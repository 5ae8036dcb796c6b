"""A session over the PowerShell Remoting Protocol (MS-PSRP over MS-WSMV), carried by pypsrp. Touches the network.

One session is one connection, one login, one runspace. pypsrp is not safe for several threads, and NTLM's sealing has
one sequence of numbers per connection: whoever wants several workers opens a session for each.
"""

from __future__ import annotations

import base64
import contextlib
import itertools
import threading
import time
from collections.abc import Iterable, Iterator
from types import TracebackType
from typing import Any, Self

import structlog
from pypsrp.complex_objects import PSCredential, PSInvocationState
from pypsrp.exceptions import WSManFaultError
from pypsrp.powershell import PowerShell, RunspacePool
from pypsrp.serializer import TaggedValue

from jcad.errors import AuthenticationFailed, ConnectionFailed, JcadError, ScriptError
from jcad.model.script import VERSION_FUNCTION, Call, Script
from jcad.model.secret import Secret
from jcad.remoting.endpoint import Endpoint, hurried
from jcad.remoting.failures import WIRE_ERRORS, translated
from jcad.remoting.feed import FeedFailed, cut, end_fragment, input_fragment, piece_size
from jcad.remoting.pace import Pace
from jcad.remoting.quiet import keep_bodies_out_of_logs
from jcad.remoting.silence import Silence
from jcad.remoting.versions import missing_functions, read_versions, require_version
from jcad.remoting.wire import Wire

log = structlog.get_logger(__name__)

_IDLE_SECONDS = 900
"""How long the host keeps a session that nobody speaks to, should this machine die; Windows' own limit is two hours."""

_FINISHED_LIMIT = 50
_FIRST_INPUT = 1 << 32  # object ids of input, which pypsrp does not count
_FEED_LIMIT = 16 << 20  # Windows allows a command 50 MB of objects; base64 in UTF-16 would be 2.7 times as much
_INT32 = range(-(1 << 31), 1 << 31)
_LONGEST = 500


class PsrpSession:
    """A warm runspace on a host: see `Session`. Made open; `close()` deletes its shell on the host."""

    def __init__(self, endpoint: Endpoint, password: Secret) -> None:
        keep_bodies_out_of_logs()
        self._endpoint = endpoint
        self._password = password
        self._closed = False
        self._closing = threading.Event()
        self._usual: dict[str, float] = {}
        self._numbers = itertools.count(_FIRST_INPUT)
        self._open()

    def _open(self) -> None:
        self._finished: list[PowerShell] = []
        self._wire = Wire(self._endpoint, self._password)
        self._pool = RunspacePool(
            self._wire,
            configuration_name=self._endpoint.configuration,
            no_profile=True,
            idle_timeout=_IDLE_SECONDS,
        )
        self._versions: dict[str, str] | None = None
        try:
            self._pool.open()
        except BaseException as error:
            self.close()
            if isinstance(error, WIRE_ERRORS) and not isinstance(error, JcadError):
                raise translated(error, self._endpoint) from error
            raise

    def _open_again(self) -> None:
        """Log on anew where the host hung up between two scripts, which loses nothing, and clear the old shell away."""
        old = self._pool
        self._wire.close()
        self._open()
        with contextlib.suppress(WSManFaultError):  # the host may have cleared it away itself
            self._wire.delete_shell(old.shell.resource_uri, old.id)

    @property
    def server(self) -> str:
        """The host's own name."""
        return self._endpoint.host

    @property
    def feed_limit(self) -> int:
        """How many bytes one call may feed to its script."""
        return _FEED_LIMIT

    def run(self, call: Call) -> Iterator[str]:
        """Run a script and yield its lines as they come; nothing is sent before the first line is asked for."""
        pipeline = PowerShell(self._pool)
        try:
            self._begin(pipeline, call)
            pace, begun, received = Pace(call.lines, self._usual.get(call.script.name, 0.0)), time.monotonic(), 0
            silence = Silence(script=call.script.name, server=self.server, limit=self._endpoint.script_timeout)
            while pipeline.state == PSInvocationState.RUNNING:
                pipeline.poll_invoke()
                lines, pipeline.output = pipeline.output, []
                received += len(lines)
                yield from map(_line, lines)
                if lines:
                    silence.heard()
                if pipeline.state == PSInvocationState.RUNNING:
                    silence.still()
                    self._closing.wait(pace.pause(time.monotonic() - begun, received))
            self._judge(pipeline, call)
            self._usual[call.script.name] = pace.each or pace.usual
        except WIRE_ERRORS as error:
            raise self._failure(error) from error
        except FeedFailed as failed:
            raise failed.error from None
        finally:
            self._end(pipeline)

    def close(self) -> None:
        """Stop what runs and delete the shell on the host: over this wire, or a new one where this one is in use."""
        if self._closed:
            return
        self._closed = True
        self._closing.set()
        try:
            if self._pool.shell.opened or (self._wire.logged_on and not self._wire.clean):
                self._delete()
        except (JcadError, *WIRE_ERRORS) as error:
            log.warning(
                "a session may be left on the host",
                server=self.server,
                idle_seconds=_IDLE_SECONDS,
                error=type(error).__name__,
            )
        finally:
            self._wire.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _begin(self, pipeline: PowerShell, call: Call) -> None:
        if self._closed:
            raise ConnectionFailed(f"{self._endpoint.url}: the session was closed")
        if self._wire.hung_up:
            self._open_again()
            pipeline.runspace_pool = self._pool
        self._forget_finished()
        self._add(pipeline, call.script)
        for name, value in call.parameters.items():
            pipeline.add_parameter(name, _parameter(value))
        if call.secrets or call.credential:
            self._pool.exchange_keys()
        if call.credential is not None:
            given = PSCredential(username=call.credential.account, password=call.credential.password.reveal())  # type: ignore[no-untyped-call]
            pipeline.add_parameter("Credential", given)
        if call.secrets:
            pipeline.add_parameter("Secret", [TaggedValue("SS", secret.reveal()) for secret in call.secrets])
        pipeline.begin_invoke(None if call.feed is None else _input_to_come())
        if call.feed is not None:
            self._feed(pipeline, call.feed)

    def _feed(self, pipeline: PowerShell, feed: Iterable[bytes]) -> None:
        """Send the script its input: as many bytes in each request as an envelope holds, the end with the last of them."""
        room, waiting = self._wire.max_payload_size, b""
        for piece in cut(feed, piece_size(room)):
            if waiting:
                self._send(pipeline, waiting)
            waiting = input_fragment(next(self._numbers), self._pool.id, pipeline.id, piece)
        end = end_fragment(next(self._numbers), self._pool.id, pipeline.id)
        if waiting and len(waiting) + len(end) > room:
            self._send(pipeline, waiting)
            waiting = b""
        self._send(pipeline, waiting + end)

    def _send(self, pipeline: PowerShell, fragments: bytes) -> None:
        if self._closed:
            raise ConnectionFailed(f"{self._endpoint.url}: the session was closed")
        self._pool.shell.send("stdin", fragments, command_id=pipeline.id)

    def _add(self, pipeline: PowerShell, script: Script) -> None:
        """The script's text; where there is no language for it the function of its name, if it is the same one."""
        if not self._endpoint.jea:
            pipeline.add_script(script.text, use_local_scope=True)
            return
        if self._versions is None:
            self._versions = self._ask_versions()
        require_version(self._versions, script, self._endpoint)
        pipeline.add_cmdlet(script.function)

    def _ask_versions(self) -> dict[str, str]:
        asking = PowerShell(self._pool)
        asking.add_cmdlet(VERSION_FUNCTION)
        asking.invoke()
        self._finished.append(asking)
        if asking.had_errors or asking.streams.error:
            raise missing_functions(self._endpoint)
        return read_versions(map(_line, asking.output), self._endpoint)

    def _judge(self, pipeline: PowerShell, call: Call) -> None:
        if pipeline.state == PSInvocationState.STOPPED:
            if self._closed:
                raise ConnectionFailed(f"{self._endpoint.url}: the session was closed")
            raise ConnectionFailed(f"{self._endpoint.url}: the host stopped {call.script.name}")
        if pipeline.streams.error:
            record = pipeline.streams.error[-1 if pipeline.state == PSInvocationState.FAILED else 0]
            raise ScriptError(
                f"{call.script.name} failed on {self.server}: {_bounded(record)} "
                f"({_bounded(getattr(record, 'fq_error', None) or 'no error id')})"
            )
        if pipeline.state == PSInvocationState.FAILED:
            raise ScriptError(f"{call.script.name} failed on {self.server} without saying why")

    def _failure(self, error: Exception) -> JcadError:
        if self._closed and not isinstance(error, AuthenticationFailed | ScriptError):
            return ConnectionFailed(f"{self._endpoint.url}: the session was closed")
        return translated(error, self._endpoint)

    def _end(self, pipeline: PowerShell) -> None:
        """Leave nothing running. A wire that lacks an answer is of no more use, nor is its session."""
        if not self._wire.clean:
            self.close()
        elif pipeline.state == PSInvocationState.RUNNING and not self._closed:
            try:
                pipeline.stop()
            except WIRE_ERRORS:
                self.close()
        elif pipeline.state != PSInvocationState.NOT_STARTED:
            self._finished.append(pipeline)

    def _forget_finished(self) -> None:
        """Tell the host to forget commands that ended: it counts them per session, and refuses more after a thousand."""
        if len(self._finished) >= _FINISHED_LIMIT:
            done, self._finished = self._finished, []
            for pipeline in done:
                if pipeline.state != PSInvocationState.STOPPED:
                    pipeline.close()

    def _delete(self) -> None:
        resource, shell = self._pool.shell.resource_uri, self._pool.id
        if self._wire.end_with(resource, shell):
            return
        fresh = Wire(hurried(self._endpoint), self._password)
        try:
            fresh.delete_shell(resource, shell)
        finally:
            fresh.close()


def _parameter(value: str | int | bool) -> Any:
    if isinstance(value, bool | str) or value in _INT32:
        return value
    return TaggedValue("I64", value)  # pypsrp sends every int as 32 bits


def _input_to_come() -> Iterator[None]:
    """What makes pypsrp say that there will be input, and send none itself."""
    yield None


def _line(value: Any) -> str:
    if isinstance(value, bytes):
        return base64.b64encode(value).decode("ascii")
    return value if isinstance(value, str) else str(value)


def _bounded(what: Any) -> str:
    text = " ".join(str(what).split())
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."
