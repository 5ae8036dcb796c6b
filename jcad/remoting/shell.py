"""A session over WinRM's command shell, by pywinrm: for hosts where PSRP is closed. Touches the network.

pywinrm makes and reads the messages of the shell; they travel over jcad's own wire, so that line, certificate and login are
those of every session. One session is one connection, one login and one shell; each script is one powershell.exe in it.
PSRP is the safer way: there a secret is encrypted under a session key from end to end, and reaches the host as a secure
string; here it is protected by the transport alone, and is plain text in the memory of one process of the host for a moment.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from types import TracebackType
from typing import Any, Self

import structlog
import winrm.exceptions
from pypsrp.exceptions import WinRMTransportError, WSManFaultError
from winrm.protocol import Protocol

from jcad.errors import AuthenticationFailed, ConnectionFailed, JcadError, ScriptError
from jcad.model.script import Call
from jcad.model.secret import Secret
from jcad.remoting.bootstrap import LineReader, command_line, document, errors_of
from jcad.remoting.endpoint import Endpoint, hurried
from jcad.remoting.failures import WIRE_ERRORS, translated
from jcad.remoting.feed import FeedFailed
from jcad.remoting.quiet import keep_bodies_out_of_logs
from jcad.remoting.silence import Silence
from jcad.remoting.wire import Wire

log = structlog.get_logger(__name__)

_RESOURCE = "http://schemas.microsoft.com/wbem/wsman/1/windows/shell/cmd"
_PIECE = 96 * 1024
"""Bytes of standard input in one message: base64 and envelope around it stay under 150 KiB."""

_FEED_LIMIT = 1 << 20  # the whole document is in memory there, several times over

_IDLE = "PT900S"
"""How long the host keeps a shell that nobody speaks to, should this machine die."""

_LONGEST = 500
_ERRORS = (
    winrm.exceptions.WinRMError,
    winrm.exceptions.WinRMTransportError,
    StopIteration,
    AssertionError,
    *WIRE_ERRORS,
)
"""What pywinrm raises for an answer that is not in its own shape, and what the wire raises."""


class ShellSession:
    """A command shell on a host: see `Session`. Made open; `close()` deletes its shell on the host."""

    def __init__(self, endpoint: Endpoint, password: Secret) -> None:
        keep_bodies_out_of_logs()
        self._endpoint = endpoint
        self._password = password
        self._closed = False
        self._shell = ""
        self._open()

    def _open(self) -> None:
        self._wire = Wire(self._endpoint, self._password)
        self._protocol = Protocol(
            self._endpoint.url,
            transport="kerberos",  # the one whose name and password pywinrm does not ask for; it is replaced below
            read_timeout_sec=self._endpoint.read_timeout,
            operation_timeout_sec=self._endpoint.operation_timeout,
        )
        carrier: Any = _Carrier(self._wire)
        self._protocol.transport = carrier
        try:
            self._shell = self._protocol.open_shell(noprofile=True, idle_timeout=_IDLE)
        except BaseException as error:  # noqa: BLE001  - Ctrl-C leaves no shell behind either; it is raised again
            failure = self._failure(error) if isinstance(error, _ERRORS) else error
            self.close()
            raise failure from (error if failure is not error else error.__cause__)

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
        command = ""
        try:
            command = self._begin(call)
            yield from self._lines(call, command)
        except _ERRORS as error:
            raise self._failure(error) from error
        except FeedFailed as failed:
            raise failed.error from None
        finally:
            self._end(command)

    def close(self) -> None:
        """End what runs and delete the shell on the host: over this wire, or a new one where this one is in use."""
        if self._closed:
            return
        self._closed = True
        try:
            if self._shell and not self._wire.end_with(_RESOURCE, self._shell):
                self._delete_anew()
        except (JcadError, *_ERRORS) as error:
            log.warning("a shell may be left on the host", server=self.server, error=type(error).__name__)
        finally:
            self._wire.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _begin(self, call: Call) -> str:
        if self._closed:
            raise ConnectionFailed(f"{self._endpoint.url}: the session was closed")
        if self._wire.hung_up:
            self._open_again()
        given = document(call)
        # Not through cmd.exe (skip_cmd_shell): one process less, and nothing of it to escape.
        command = self._protocol.run_command(self._shell, command_line(), skip_cmd_shell=True, console_mode_stdin=False)
        for start in range(0, len(given), _PIECE):
            piece = given[start : start + _PIECE]
            self._protocol.send_command_input(self._shell, command, piece, end=start + _PIECE >= len(given))
        return command

    def _open_again(self) -> None:
        """Log on anew where the host hung up between two scripts, which loses nothing, and clear the old shell away."""
        old = self._shell
        self._wire.close()
        self._open()
        with contextlib.suppress(WSManFaultError):  # the host may have cleared it away itself
            self._wire.delete_shell(_RESOURCE, old)

    def _lines(self, call: Call, command: str) -> Iterator[str]:
        reader, complaints, done, code = LineReader(), b"", False, 0
        silence = Silence(script=call.script.name, server=self.server, limit=self._endpoint.script_timeout)
        while not done:
            try:
                output, errors, code, done = self._protocol.get_command_output_raw(self._shell, command)
            except winrm.exceptions.WinRMOperationTimeoutError:
                silence.still()
                continue
            complaints += errors
            yield from reader.feed(output)
            silence.heard()
        yield from reader.end()
        self._judge(call, errors_of(complaints), code)

    def _judge(self, call: Call, complaint: str, code: int) -> None:
        if complaint or code:
            text = " ".join(complaint.split()) or "it did not say why"
            short = text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."
            raise ScriptError(f"{call.script.name} failed on {self.server}: {short} (exit code {code})")

    def _end(self, command: str) -> None:
        """Leave nothing running. A wire that lacks an answer is of no more use, nor is its shell."""
        if not self._wire.clean:
            self.close()
        elif command and not self._closed:
            try:
                self._protocol.cleanup_command(self._shell, command)
            except _ERRORS:
                self.close()

    def _delete_anew(self) -> None:
        fresh = Wire(hurried(self._endpoint), self._password)
        try:
            fresh.delete_shell(_RESOURCE, self._shell)
        finally:
            fresh.close()

    def _failure(self, error: BaseException) -> JcadError:
        if self._closed and not isinstance(error, AuthenticationFailed | ScriptError):
            return ConnectionFailed(f"{self._endpoint.url}: the session was closed")
        if isinstance(error, winrm.exceptions.WSManFaultError):
            fault = WSManFaultError(error.wsman_fault_code, self.server, error.reason, None, None, None)
            return translated(fault, self._endpoint)
        if isinstance(error, winrm.exceptions.WinRMTransportError):
            told = WinRMTransportError("http", error.code, error.response_text)
            return translated(told, self._endpoint)
        return translated(error if isinstance(error, Exception) else RuntimeError(str(error)), self._endpoint)


class _Carrier:
    """What pywinrm takes for its transport: it carries each message over the wire, and gives back the answer."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    def send_message(self, message: str | bytes) -> bytes:
        """Send one envelope and give the answer. Raises pywinrm's own error for an HTTP error, as it looks for faults there."""
        try:
            return self._wire.exchange(message.encode("utf-8") if isinstance(message, str) else message)
        except WinRMTransportError as error:
            raise winrm.exceptions.WinRMTransportError("http", error.code, error.response_text) from error

    def close_session(self) -> None:
        """Close the connection."""
        self._wire.close()

    def build_session(self) -> Any:
        """Nothing to build: the wire is there."""
        return self._wire
