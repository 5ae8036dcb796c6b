"""The command shell of WinRM (MS-WSMV 3.1.4.1.31, `winrs`): cmd.exe, of which the lab knows powershell.exe -EncodedCommand.

Each command runs in a thread and a runspace of its own, as a process would. What goes in and comes out are bytes in the
shell's code page; errors come as CLIXML over standard error, as powershell.exe writes them when it is not at a console.
"""

from __future__ import annotations

import base64
import binascii
import codecs
import shlex
import threading
import time
from typing import TYPE_CHECKING, Any, Final

from jcad.errors import LabError
from jcad.lab.endpoint import clixml
from jcad.lab.endpoint.pipeline import crashed, refused
from jcad.lab.endpoint.runspace import CommandRequest, PipelineFailed, PipelineRequest, PipelineStopped, StopToken
from jcad.lab.endpoint.shells import Details, Received
from jcad.lab.endpoint.wsman import Fault
from jcad.lab.powershell.objects import to_text

if TYPE_CHECKING:
    import uuid
    from collections.abc import Callable, Iterator, Mapping

    from jcad.lab.endpoint.runspace import Runspace, RunspaceFactory
    from jcad.lab.login import Login

COMMAND_LINE_LIMIT: Final = 8191
"""What cmd.exe takes of a command line."""
DEFAULT_CODE_PAGE: Final = 437
_CODECS: Final = {437: "cp437", 850: "cp850", 1252: "cp1252", 65001: "utf-8"}
_MAX_COMMANDS: Final = 1000
_HEADER: Final = '#< CLIXML\r\n<Objs Version="1.1.0.1" xmlns="http://schemas.microsoft.com/powershell/2004/04">'
_SWITCHES: Final = frozenset({"nologo", "noprofile", "noninteractive", "sta", "mta"})
_WITH_VALUE: Final = frozenset({"executionpolicy", "inputformat", "outputformat", "windowstyle", "version"})
_ENCODED: Final = frozenset({"encodedcommand", "enc", "ec", "e", "encodedcomman", "encodedcomma"})
_TOO_LONG: Final = "The command line is too long.\r\n"
_CONTROL_C: Final = 3221225786  # STATUS_CONTROL_C_EXIT


class CommandShell:
    """One command shell of one user. `options` are the WINRS_ options of its creation."""

    def __init__(
        self,
        shell_id: str,
        resource: str,
        owner: Login,
        *,
        runspaces: RunspaceFactory,
        idle_seconds: float,
        options: Mapping[str, str],
        details: Details | None = None,
    ) -> None:
        self.details = details or Details(inputs="stdin", outputs="stdout stderr", powershell=False)
        self.disconnected = False
        self.id = shell_id
        self.resource = resource
        self.owner = owner
        self.idle_seconds = idle_seconds
        self.last_used = time.monotonic()
        self._factory = runspaces
        self._codec = _codec(options.get("WINRS_CODEPAGE", str(DEFAULT_CODE_PAGE)))
        self._commands: dict[uuid.UUID, _Process] = {}
        self._lock = threading.Lock()

    def start(self, command_id: uuid.UUID, command: str, arguments: list[str], options: Mapping[str, str]) -> None:
        """Start a command line. Raises `Fault` for a quota, and for what the lab does not know.

        Standard input is a console, of which powershell.exe reads nothing, unless WINRS_CONSOLEMODE_STDIN is FALSE.
        """
        line = " ".join([command, *arguments])
        process = _Process(self._codec, piped=options.get("WINRS_CONSOLEMODE_STDIN", "TRUE").upper() == "FALSE")
        with self._lock:
            if len(self._commands) >= _MAX_COMMANDS:
                raise Fault.command_quota()
            if command_id in self._commands:
                raise Fault.bad_message(f"there is a command {command_id} already")
            self._commands[command_id] = process
        if len(line) > COMMAND_LINE_LIMIT:
            process.end(1, _TOO_LONG)
            return
        process.start(_script_of(line), lambda: self._factory(self.owner))

    @property
    def running(self) -> list[uuid.UUID]:
        """The commands that have not ended."""
        with self._lock:
            return [number for number, process in self._commands.items() if not process.ended]

    def command(self, command_id: uuid.UUID, payload: bytes) -> None:
        """Not the way in which a command shell gets its commands; see `start`."""
        raise Fault.bad_message(f"the command {command_id} of a command shell holds {len(payload)} bytes of PSRP")

    def send(self, stream: str, payload: bytes, command_id: uuid.UUID | None = None, *, end: bool = False) -> None:
        """Take input for a command; `end` closes it. Raises `Fault`."""
        if stream != "stdin":
            raise Fault.bad_message(f"a command shell has no stream {stream}")
        self._find(command_id).feed(payload, end=end)

    def receive(self, command_id: uuid.UUID | None, timeout: float, most: int) -> Received:
        """Wait for output of a command. Raises `Fault`."""
        if command_id is None:
            raise Fault.no_command_named()
        return self._find(command_id).receive(timeout, most)

    def signal(self, command_id: uuid.UUID | None, code: str) -> None:
        """End a command (terminate forgets it). Raises `Fault`."""
        kind = code.lower().rpartition("/")[2]
        with self._lock:
            process = self._commands.get(command_id) if command_id is not None else None
            if kind == "terminate" and command_id is not None:
                self._commands.pop(command_id, None)
        if process is not None:
            process.stop.stop()
        elif kind != "terminate":
            raise Fault.no_such_command()

    def disconnect(self) -> None:
        """A command shell cannot be left to itself. Raises `Fault`."""
        raise Fault.unsupported("disconnecting a command shell")

    def connect(self, payload: bytes) -> bytes:
        """Nor can anybody come to one. Raises `Fault`."""
        raise Fault.unsupported(f"connecting to a command shell (with {len(payload)} bytes)")

    def close(self) -> None:
        """End every command, and wait a little for them."""
        with self._lock:
            processes, self._commands = list(self._commands.values()), {}
        for process in processes:
            process.stop.stop()
        for process in processes:
            process.join()

    def _find(self, command_id: uuid.UUID | None) -> _Process:
        with self._lock:
            process = self._commands.get(command_id) if command_id is not None else None
        if process is None:
            raise Fault.no_such_command()
        return process


def _codec(code_page: str) -> str:
    known = _CODECS.get(int(code_page)) if code_page.isdecimal() else None
    if known is None:
        raise Fault.unsupported(f"the code page {code_page}")
    return known


def _script_of(line: str) -> str:
    """The script of `powershell.exe ... -EncodedCommand`. Raises `Fault` for every other command line."""
    try:
        words = shlex.split(line, posix=False)
    except ValueError:
        raise Fault.unsupported("a command line with a quote that is not closed") from None
    program = words[0].strip('"').lower().rpartition("\\")[2].removesuffix(".exe") if words else ""
    if program != "powershell":
        raise Fault.unsupported(f"the command {words[0] if words else '(none)'} of cmd.exe")
    rest = iter(words[1:])
    for word in rest:
        name = word.lower().lstrip("-/")
        if name in _ENCODED:
            return _decoded(next(rest, ""))
        if name in _WITH_VALUE:
            next(rest, None)
        elif name not in _SWITCHES:
            break
        continue
    raise Fault.unsupported("powershell.exe without -EncodedCommand")


def _decoded(text: str) -> str:
    try:
        return base64.b64decode(text, validate=True).decode("utf-16-le")
    except (binascii.Error, UnicodeDecodeError) as error:
        raise Fault.unsupported(f"an -EncodedCommand that is not base64 of UTF-16 ({error})") from error


class _Process:
    """One powershell.exe: standard input to its end, standard output and error as they come, and an exit code."""

    def __init__(self, codec: str, *, piped: bool) -> None:
        self.stop = StopToken()
        self._codec = codec
        self._piped = piped
        self._changed = threading.Condition()
        self._input = bytearray()
        self._input_ended = False
        self._output = bytearray()
        self._errors = bytearray()
        self._exit_code: int | None = None
        self._thread: threading.Thread | None = None
        self.stop.on_stop(self._wake)

    @property
    def ended(self) -> bool:
        """Whether it has ended."""
        return self._exit_code is not None

    def start(self, script: str, open_runspace: Callable[[], Runspace]) -> None:
        """Run a script in a thread of its own."""
        self._thread = threading.Thread(
            target=self._run, args=(script, open_runspace), name="powershell.exe", daemon=True
        )
        self._thread.start()

    def join(self) -> None:
        """Wait a little for it to end."""
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join(5.0)

    def feed(self, data: bytes, *, end: bool) -> None:
        """Take standard input."""
        with self._changed:
            self._input += data
            self._input_ended = self._input_ended or end
            self._changed.notify_all()

    def lines(self) -> Iterator[str]:
        """Standard input, line by line, until it has ended: what `$input` gives."""
        decoder = codecs.getincrementaldecoder(self._codec)("replace")
        rest = ""
        while True:
            with self._changed:
                while not self._input and not self._input_ended and not self.stop.stopped:
                    self._changed.wait()
                data, self._input = bytes(self._input), bytearray()
                ended = self._input_ended or self.stop.stopped
            *lines, rest = (rest + decoder.decode(data, final=ended)).split("\n")
            yield from (line.removesuffix("\r") for line in lines)
            if ended:
                if rest:
                    yield rest
                return

    def write(self, text: str) -> None:
        """Write to standard output; what the code page lacks becomes a question mark."""
        with self._changed:
            self._output += text.encode(self._codec, "replace")
            self._changed.notify_all()

    def complain(self, text: str) -> None:
        """Write one error to standard error."""
        with self._changed:
            if not self._errors:
                self._errors += _HEADER.encode()
            for line in text.split("\n"):
                self._errors += f'<S S="Error">{clixml.text(line + chr(13) + chr(10))}</S>'.encode()

    def end(self, exit_code: int, said: str = "") -> None:
        """Say how it ended."""
        with self._changed:
            if self._errors:
                self._errors += b"</Objs>"
            self._errors += said.encode(self._codec, "replace")
            self._exit_code = exit_code
            self._changed.notify_all()

    def receive(self, timeout: float, most: int) -> Received:
        """Wait for output, or for the end."""
        deadline = time.monotonic() + timeout
        room = max(1, most * 3 // 4 - 1024)
        with self._changed:
            while not self._output and self._exit_code is None:
                if not self._changed.wait(deadline - time.monotonic()) and time.monotonic() >= deadline:
                    raise Fault.timed_out()
            output, self._output = bytes(self._output[:room]), self._output[room:]
            if self._output or self._exit_code is None:
                return Received((output,), process=True)
            errors, self._errors = bytes(self._errors), bytearray()
            return Received(
                (output,) if output else (),
                done=True,
                errors=(errors,) if errors else (),
                code=self._exit_code,
                process=True,
            )

    def _run(self, script: str, open_runspace: Callable[[], Runspace]) -> None:
        code = 0
        try:
            runspace = open_runspace()
            try:
                streams = _Streams(self)
                given = self.lines() if self._piped else None
                runspace.attach_console(self.write)
                request = PipelineRequest(((CommandRequest(script, use_local_scope=False),),), input=given)
                runspace.run(request, streams, self.stop)
                code = streams.exit_code
            finally:
                runspace.close()
        except PipelineStopped:
            code = _CONTROL_C
        except PipelineFailed as failure:
            self.complain(_shown(failure.record))
            code = 1
        except LabError as error:
            self.complain(_shown(refused(error)))
            code = 1
        except Exception as error:  # noqa: BLE001  - a mistake in the lab must reach the client, not hang it
            self.complain(_shown(crashed(error)))
            code = 1
        self.end(code)

    def _wake(self) -> None:
        with self._changed:
            self._changed.notify_all()


class _Streams:
    """A pipeline's records as powershell.exe shows them: output as lines of text, errors over standard error."""

    def __init__(self, process: _Process) -> None:
        self._process = process
        self.exit_code = 0

    def output(self, value: Any) -> None:
        """Write one object; how objects other than texts are laid out as tables and lists is no part of the lab."""
        self._process.write(to_text(value) + "\r\n")

    def error(self, record: Any) -> None:
        """Write an error."""
        self._process.complain(_shown(record))

    def warning(self, message: str, _invocation: Any = None) -> None:
        """Write a warning, to standard output as powershell.exe does: the text alone."""
        self._process.write(f"WARNING: {message}\r\n")

    def verbose(self, message: str, _invocation: Any = None) -> None:
        """Write a verbose message."""
        self._process.write(f"VERBOSE: {message}\r\n")

    def debug(self, message: str, _invocation: Any = None) -> None:
        """Write a debug message."""
        self._process.write(f"DEBUG: {message}\r\n")

    def information(self, record: Any) -> None:
        """Write what Write-Host wrote."""
        self._process.write(to_text(getattr(record, "message_data", record)) + "\r\n")

    def progress(self, record: Mapping[str, Any]) -> None:
        """Say nothing: there is no window."""

    def event(self, event: Any) -> None:
        """Say nothing: there is no client to tell."""

    def should_exit(self, code: int) -> None:
        """Take note of `exit`."""
        self.exit_code = code


def _shown(record: Any) -> str:
    """An error as the console shows it; where it happened the interpreter does not always know."""
    reason = record.reason or record.exception.type_name.rpartition(".")[2]
    return (
        f"{record.message}\n    + CategoryInfo          : {record.category}: (:) [{record.activity}], {reason}\n"
        f"    + FullyQualifiedErrorId : {record.fqid}\n "
    )
