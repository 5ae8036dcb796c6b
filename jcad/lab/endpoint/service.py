"""The WinRM service of a host: each WS-Management operation on its shells, with who may do what.

Sans-I/O: envelopes in, envelopes out; the shells have threads of their own.
"""

from __future__ import annotations

import base64
import binascii
import collections
import threading
import time
import uuid
from typing import TYPE_CHECKING, Final
from xml.sax.saxutils import escape

from jcad.lab.endpoint import shellxml, wsman
from jcad.lab.endpoint.commandshell import CommandShell
from jcad.lab.endpoint.logon import may_open_command_shell, may_open_powershell
from jcad.lab.endpoint.psrp import PsrpShell
from jcad.lab.endpoint.shells import Details, ShellTable
from jcad.lab.endpoint.wsman import NAMESPACES, ConnectionDropped, Fault, Request

if TYPE_CHECKING:
    import xml.etree.ElementTree as ET
    from collections.abc import Callable

    from jcad.lab.endpoint.configurations import SessionConfiguration
    from jcad.lab.endpoint.logon import LogonRefused
    from jcad.lab.endpoint.runspace import RunspaceFactory
    from jcad.lab.endpoint.shells import Shell
    from jcad.lab.faults import Faults
    from jcad.lab.login import Login

POWERSHELL: Final = "http://schemas.microsoft.com/powershell/Microsoft.PowerShell"
COMMAND_SHELL: Final = NAMESPACES["rsp"] + "/cmd"
IDLE_SECONDS: Final = 7200.0
#: What may be done with a shell whether or not its client has left it.
_ALWAYS: Final = frozenset({"Get", "Delete"})
_ENVELOPE_ROOM: Final = 2048  # what an answer needs around its streams


class WinRmService:
    """The operations of one host. `stop` is called, in a thread of its own, when a fault on demand stops the host.

    `desktop`: its shells speak as Windows PowerShell 5.1 does, and not as 7.
    """

    def __init__(
        self, name: str, runspaces: RunspaceFactory, faults: Faults, stop: Callable[[], None], *, desktop: bool = True
    ) -> None:
        self.shells = ShellTable()
        self.counts: collections.Counter[str] = collections.Counter()
        self.refusals: list[LogonRefused] = []
        self.configurations: dict[str, SessionConfiguration] = {}
        self._name = name
        self._runspaces = runspaces
        self._faults = faults
        self._stop = stop
        self._desktop = desktop
        self._lock = threading.Lock()
        self._operations: dict[str, Callable[[Request, Login, str], str]] = {
            NAMESPACES["x"] + "/Create": self._create,
            NAMESPACES["x"] + "/Delete": self._delete,
            NAMESPACES["x"] + "/Get": self._get,
            NAMESPACES["rsp"] + "/Command": self._command,
            NAMESPACES["rsp"] + "/Send": self._send,
            NAMESPACES["rsp"] + "/Receive": self._receive,
            NAMESPACES["rsp"] + "/Signal": self._signal,
            NAMESPACES["rsp"] + "/Disconnect": self._disconnect,
            NAMESPACES["rsp"] + "/Reconnect": self._reconnect,
            NAMESPACES["rsp"] + "/Connect": self._connect,
            NAMESPACES["n"] + "/Enumerate": self._enumerate,
        }

    def arrived(self) -> None:
        """Count one HTTP request."""
        self._count("http")

    def refused(self, refusal: LogonRefused) -> None:
        """Take note of a refused logon."""
        with self._lock:
            self.refusals.append(refusal)

    def _count(self, what: str) -> None:
        with self._lock:
            self.counts[what] += 1

    def answer(self, envelope: bytes, login: Login, client: str) -> tuple[int, bytes]:
        """Answer one envelope: the HTTP status, and the answer or fault."""
        try:
            if len(envelope) > wsman.MAX_ENVELOPE:
                text = f"The request of {len(envelope)} bytes is larger than MaxEnvelopeSize. "
                raise Fault(wsman.ENVELOPE_TOO_LARGE, text, "w:EncodingLimit", sender=True)
            request = wsman.read_request(envelope)
            self._count(request.action.rpartition("/")[2].lower())
            operation = self._operations.get(request.action)
            if operation is None:
                raise Fault.unsupported(f"the WS-Management action {request.action or '(none)'}")
            return 200, wsman.write_answer(request, operation(request, login, client))
        except Fault as fault:
            found = fault
        except ConnectionDropped:
            raise
        except Exception as error:  # noqa: BLE001  - a mistake in the lab must reach the client, not hang it
            found = Fault(wsman.LAB_MISTAKE, f"LabError: {type(error).__name__}: {error}")
        machine = wsman.addressed(envelope) or self._name
        return 500, wsman.write_fault(found, wsman.message_id(envelope), machine)

    def _create(self, request: Request, login: Login, client: str) -> str:
        described = request.find("rsp:Shell")
        self._check_access(request.resource, login)
        if self._faults.take("endpoint.quota"):
            raise Fault.shell_quota(0)
        self.shells.check_quota(login)
        if request.resource == COMMAND_SHELL:
            return self._create_command_shell(request, login, client)
        configuration = self._configuration(request.resource)
        opening = _decoded(request.find("rsp:Shell/pwsh:creationXml").text)
        shell = PsrpShell(
            described.get("ShellId") or str(uuid.uuid4()).upper(),
            request.resource,
            login,
            host=self._name,
            runspaces=self._runspaces if configuration is None else configuration.runspaces(self._runspaces),
            faults=self._faults,
            configuration=configuration,
            idle_seconds=_idle_seconds(described.get("IdleTimeOut")),
            stop_host=self._stop,
            desktop=self._desktop,
            details=_details(request, described, client, powershell=True),
        )
        self.shells.add(shell)
        try:
            shell.open(opening)
        except Fault:
            self.shells.close(shell)
            raise
        return shellxml.created(shell, self._address(request))

    def _create_command_shell(self, request: Request, login: Login, client: str) -> str:
        described = request.find("rsp:Shell")
        shell = CommandShell(
            described.get("ShellId") or str(uuid.uuid4()).upper(),
            request.resource,
            login,
            runspaces=self._runspaces,
            idle_seconds=_idle_seconds(
                described.get("IdleTimeOut") or described.findtext("rsp:IdleTimeOut", None, NAMESPACES)
            ),
            options=request.options,
            details=_details(request, described, client, powershell=False),
        )
        self.shells.add(shell)
        return shellxml.created(shell, self._address(request))

    def _check_access(self, resource: str, login: Login) -> None:
        """Whether this account may open a shell of this resource, and whether there is one. Raises `Fault`."""
        if resource == COMMAND_SHELL:
            if not may_open_command_shell(login):
                raise Fault.access_denied()
            return
        configuration = self._configuration(resource)
        if configuration is not None:
            if not configuration.admits(login):
                raise Fault.access_denied()
            return
        if resource != POWERSHELL:
            raise Fault.no_such_configuration(resource.rpartition("/")[2], self._name.partition(".")[0].upper())
        if not may_open_powershell(login):
            raise Fault.access_denied()

    def _configuration(self, resource: str) -> SessionConfiguration | None:
        prefix, _, name = resource.rpartition("/")
        return self.configurations.get(name.lower()) if prefix == POWERSHELL.rpartition("/")[0] else None

    def _address(self, request: Request) -> str:
        return request.to or f"http://{self._name}/wsman"

    def _delete(self, request: Request, login: Login, _: str) -> str:
        self.shells.close(self._shell(request, login))
        return ""

    def _get(self, request: Request, login: Login, _: str) -> str:
        if request.resource == NAMESPACES["cfg"]:
            return shellxml.config()
        return shellxml.described(self._shell(request, login), usage=True)

    def _enumerate(self, request: Request, login: Login, _: str) -> str:
        """The user's shells, or the commands of one of them that have not ended."""
        if request.resource == NAMESPACES["rsp"]:
            return shellxml.enumerated(shellxml.described(shell, usage=True) for shell in self.shells.of(login))
        if request.resource != NAMESPACES["rsp"] + "/Command":
            raise Fault.unsupported(f"enumerating {request.resource}")
        named = request.body.find("n:Enumerate/w:Filter/w:SelectorSet/w:Selector[@Name='ShellId']", NAMESPACES)
        shell_id = "" if named is None else named.text or ""
        shell = self.shells.find(shell_id, login)
        return shellxml.enumerated(shellxml.running(str(command).upper()) for command in shell.running)

    def _disconnect(self, request: Request, login: Login, _: str) -> str:
        shell = self._shell(request, login)
        idle = request.body.findtext("rsp:Disconnect/rsp:IdleTimeOut", None, NAMESPACES)
        if idle:
            shell.idle_seconds = _idle_seconds(idle)
        shell.disconnect()
        return ""

    def _reconnect(self, request: Request, login: Login, _: str) -> str:
        shell = self._shell(request, login, left=True)
        shell.disconnected = False
        return ""

    def _connect(self, request: Request, login: Login, _: str) -> str:
        """Come to a shell that was left, or, once there, to one of its commands."""
        asked = request.find("rsp:Connect")
        command_id = asked.get("CommandId")
        if command_id:
            if _guid(command_id) not in self._shell(request, login).running:
                raise Fault.no_such_command()
            return "<rsp:ConnectResponse/>"
        shell = self._shell(request, login, left=True)
        answer = shell.connect(_decoded(request.find("rsp:Connect/pwsh:connectXml").text))
        shell.disconnected = False
        return shellxml.connected(shell, answer)

    def _command(self, request: Request, login: Login, _: str) -> str:
        shell = self._shell(request, login)
        line = request.find("rsp:CommandLine")
        command_id = line.get("CommandId") or str(uuid.uuid4()).upper()
        arguments = [element.text or "" for element in line.findall("rsp:Arguments", NAMESPACES)]
        if isinstance(shell, CommandShell):
            shell.start(
                _guid(command_id), request.find("rsp:CommandLine/rsp:Command").text or "", arguments, request.options
            )
        else:
            shell.command(_guid(command_id), _decoded("".join(arguments)))
        return f"<rsp:CommandResponse><rsp:CommandId>{escape(command_id)}</rsp:CommandId></rsp:CommandResponse>"

    def _send(self, request: Request, login: Login, _: str) -> str:
        shell = self._shell(request, login)
        for stream in request.body.findall("rsp:Send/rsp:Stream", NAMESPACES):
            name, payload = stream.get("Name", ""), _decoded(stream.text)
            if isinstance(shell, CommandShell):
                command_id, end = stream.get("CommandId"), stream.get("End", "").lower() in {"true", "1"}
                shell.send(name, payload, _guid(command_id) if command_id else None, end=end)
            else:
                shell.send(name, payload)
        return "<rsp:SendResponse/>"

    def _receive(self, request: Request, login: Login, _: str) -> str:
        shell = self._shell(request, login)
        command_id = request.find("rsp:Receive/rsp:DesiredStream").get("CommandId")
        most = max(request.max_envelope, wsman.MAX_ENVELOPE) - _ENVELOPE_ROOM
        received = shell.receive(_guid(command_id) if command_id else None, request.timeout, most)
        shell.last_used = time.monotonic()
        return shellxml.received(received, command_id)

    def _signal(self, request: Request, login: Login, _: str) -> str:
        shell = self._shell(request, login)
        signal = request.find("rsp:Signal")
        command_id = signal.get("CommandId")
        code = request.find("rsp:Signal/rsp:Code").text or ""
        shell.signal(_guid(command_id) if command_id else None, code)
        return "<rsp:SignalResponse/>"

    def _shell(self, request: Request, login: Login, *, left: bool = False) -> Shell:
        """The shell that a request is about; `left`: one that its client has left. Raises `Fault`."""
        shell = self.shells.find(request.selectors.get("ShellId", ""), login)
        named = request.action.rpartition("/")[2]
        if named not in _ALWAYS and shell.disconnected != left:
            raise Fault.shell_is("disconnected" if shell.disconnected else "connected")
        return shell


def _details(request: Request, described: ET.Element, client: str, *, powershell: bool) -> Details:
    """What a Create says of its shell."""

    def text(name: str, default: str) -> str:
        return described.findtext(f"rsp:{name}", default, NAMESPACES)

    variables = described.findall("rsp:Environment/rsp:Variable", NAMESPACES)
    return Details(
        client,
        text("InputStreams", "stdin pr" if powershell else "stdin"),
        text("OutputStreams", "stdout" if powershell else "stdout stderr"),
        powershell,
        request.locale,
        request.data_locale,
        profile=request.options.get("WINRS_NOPROFILE", "FALSE").upper() != "TRUE",
        environment=tuple((variable.get("Name", ""), variable.text or "") for variable in variables),
        folder=text("WorkingDirectory", ""),
    )


def _idle_seconds(text: str | None) -> float:
    return min(wsman.seconds(text), IDLE_SECONDS) if text else IDLE_SECONDS


def _guid(text: str) -> uuid.UUID:
    try:
        return uuid.UUID(text)
    except ValueError as error:
        raise Fault.bad_message(f"{text} is no GUID") from error


def _decoded(text: str | None) -> bytes:
    try:
        return base64.b64decode((text or "").encode(), validate=False)
    except (binascii.Error, ValueError) as error:
        raise Fault.bad_message("a stream is not base64") from error
