"""psrpcore's server side of a runspace pool, made to send what this endpoint serialises itself.

Sans-I/O: payloads in, events and payloads out. Everything of one pool happens under one lock, which its shell holds.
"""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any, Final, Protocol
from xml.etree import ElementTree as ET

import psrpcore
import psrpcore.types as wire
from psrpcore._crypto import PSRemotingCrypto
from psrpcore._payload import PSRPMessage, StreamType, create_message

from jcad.lab.endpoint import records
from jcad.lab.endpoint.clixml import BOM
from jcad.lab.endpoint.serialize import Encoding

if TYPE_CHECKING:
    import uuid
    from collections.abc import Callable

    from jcad.lab.powershell.errors import ErrorRecord

_OLDEST: Final = wire.PSVersion("2.0")
_NEXT_MAJOR: Final = wire.PSVersion("3.0")
_SEVEN: Final = wire.PSVersion("2.4")
_DEBUG_SINCE: Final = 4
_BROKEN: Final = 5
# psrpcore writes the same with PSVersion first.
_CAPABILITY: Final = (
    '<Obj RefId="0"><MS><Version N="protocolversion">{}</Version><Version N="PSVersion">{}</Version>'
    '<Version N="SerializationVersion">1.1.0.1</Version></MS></Obj>'
)
_VERSIONS: Final = {
    "PSVersion": "5.1.20348.2849",
    "BuildVersion": "10.0.20348.2849",
    "CLRVersion": "4.0.30319.42000",
    "WSManStackVersion": "3.0",
    "PSRemotingProtocolVersion": "2.3",
    "SerializationVersion": "1.1.0.1",
}


_CORE_VERSIONS: Final = {
    "PSVersion": "7.6.9",
    "PSRemotingProtocolVersion": "2.3",
    "SerializationVersion": "1.1.0.1",
    "WSManStackVersion": "3.0",
}
_CORE_TEXTS: Final = {
    "PSEdition": "Core",
    "PSSemanticVersion": "7.6.9",
    "GitCommitId": "7.6.9",
    "OS": "Linux",
    "Platform": "Unix",
}
_DEBUGGING: Final = {
    "DebugMode": 1,
    "DebugStop": False,
    "DebugBreakpointCount": 0,
    "BreakAll": False,
    "UnhandledBreakpointMode": 1,
}


def version_table(*, desktop: bool = True) -> wire.PSPrimitiveDictionary:
    """`$PSVersionTable` of Windows PowerShell 5.1 on Windows Server 2022, or of PowerShell 7 where it was recorded."""
    versions = _VERSIONS if desktop else _CORE_VERSIONS
    table = wire.PSPrimitiveDictionary({name: wire.PSVersion(text) for name, text in versions.items()})
    table.update({"PSEdition": "Desktop"} if desktop else _CORE_TEXTS)
    known = ("1.0", "2.0", "3.0", "4.0", "5.0", "5.1") + (() if desktop else ("6.0", "7.0"))
    compatible = wire.PSList([wire.PSVersion(text) for text in known])
    compatible.PSObject.type_names = ["System.Version[]", "System.Array", "System.Object"]
    table["PSCompatibleVersions"] = compatible
    return table


class PoolCipher(PSRemotingCrypto):
    """The session key; from protocol 2.4 on, where both sides speak it, there is none: secrets are plain base64."""

    plain = False

    def encrypt(self, value: str) -> str:
        """The text of a SecureString as it is sent."""
        if self.plain:
            return base64.b64encode(value.encode("utf-16-le", "surrogatepass")).decode()
        return str(super().encrypt(value))

    def decrypt(self, value: str) -> str:
        """The text of a SecureString that was sent."""
        if self.plain:
            return base64.b64decode(value).decode("utf-16-le", "surrogatepass")
        return str(super().decrypt(value))


class Observe(Protocol):
    """Sees every message that a pool sends, in order."""

    def __call__(self, kind: wire.PSRPMessageType, pipeline_id: uuid.UUID | None, content: bytes, /) -> None:
        """A message with this data is on its way."""


class Pool(psrpcore.ServerRunspacePool):
    """One runspace pool: state, fragments, session key.

    `start_up` is called when the client opens the pool; the error record that it gives leaves the pool broken.
    """

    def __init__(
        self,
        *,
        desktop: bool = True,
        user: str = "",
        computer: str = "",
        observe: Observe | None = None,
        start_up: Callable[[], ErrorRecord | None] = lambda: None,
    ) -> None:
        super().__init__(application_private_data={"PSVersionTable": version_table(desktop=desktop)})
        if not desktop:
            self.our_capability.protocolversion = _SEVEN
        self._cipher: PoolCipher = PoolCipher()
        self._cipher.register_key(self._session_key)
        self._observe = observe
        self._start_up = start_up
        self.understood = True
        self.encoding = Encoding(self._cipher, desktop, user, computer)

    def send(
        self, kind: wire.PSRPMessageType, content: bytes, pipeline_id: uuid.UUID | None, *, prompt: bool = False
    ) -> None:
        """Queue a message whose data is serialised already."""
        message = create_message(False, kind, content, self.runspace_pool_id, pipeline_id)
        stream = StreamType.prompt_response if prompt else StreamType.default
        queued = PSRPMessage(
            kind, bytearray(message), self.runspace_pool_id, pipeline_id, self._fragment_counter, stream
        )
        self._send_buffer.append(queued)
        if self._observe is not None:
            self._observe(kind, pipeline_id, content)

    def prepare_message(
        self,
        message: Any,
        message_type: Any = None,
        pipeline_id: uuid.UUID | None = None,
        stream_type: StreamType = StreamType.default,
    ) -> None:
        """Queue a message that psrpcore makes by itself, with the byte order mark that real servers send."""
        if isinstance(message, wire.SessionCapability):
            content = BOM + _CAPABILITY.format(message.protocolversion, message.PSVersion).encode()
            self.send(wire.PSRPMessageType.SessionCapability, content, pipeline_id)
            return
        element = wire.serialize(
            message, self._cipher, our_capability=self.our_capability, their_capability=self.their_capability
        )
        kind = message_type or wire.PSRPMessageType.get_message_id(type(message))
        content = BOM + ET.tostring(element, encoding="utf-8", method="xml")
        self.send(kind, content, pipeline_id, prompt=stream_type is StreamType.prompt_response)

    def answer_call(self, event: Any, answer: bool | int) -> None:
        """Answer a request for more, fewer or free runspaces. A call that the client did not make is ignored."""
        if event.ci in self._ci_events:
            self.runspace_availability_response(event.ci, answer)

    def tell_private_data(self) -> None:
        """Send what the server says of itself, to a client that has come to the pool later."""
        self.prepare_message(wire.ApplicationPrivateData(ApplicationPrivateData=self.application_private_data))

    def tell_state(self, state: int) -> None:
        """Send a RUNSPACEPOOL_STATE that is no change in psrpcore's sense: closing (4) and closed (3)."""
        self.send(wire.PSRPMessageType.RunspacePoolState, records.pool_state(state, self.encoding), None)

    def _process_SessionCapability(self, event: Any) -> None:  # noqa: N802  - the name that psrpcore calls
        """Speak the client's version of the protocol if it is an older one, as a real server does.

        To a client of another major version the server says what it speaks, and nothing more.
        """
        offered = event.protocol_version
        self.understood = _OLDEST <= offered < _NEXT_MAJOR
        if self.understood and offered < self.our_capability.protocolversion:
            self.our_capability.protocolversion = offered
        self._cipher.plain = self.understood and self.our_capability.protocolversion >= _SEVEN
        table = self.application_private_data["PSVersionTable"]
        table["PSRemotingProtocolVersion"] = self.our_capability.protocolversion
        super()._process_SessionCapability(event)

    def _process_InitRunspacePool(self, event: Any) -> None:  # noqa: N802  - the name that psrpcore calls
        """Open the pool; what a debugger needs is told to clients that say they are PowerShell 4 or newer."""
        if not self.understood:
            return
        record = self._start_up()
        if record is not None:
            self.send(wire.PSRPMessageType.PipelineState, records.state(_BROKEN, self.encoding, record), None)
            self.send(wire.PSRPMessageType.RunspacePoolState, records.pool_state(_BROKEN, self.encoding, record), None)
            super()._change_state(wire.RunspacePoolState.Broken, emit=False)
            return
        if event.max_runspaces == 1 and _debugs(event.application_arguments):
            self.application_private_data.update(_DEBUGGING)
        super()._process_InitRunspacePool(event)

    def _process_ConnectRunspacePool(self, event: Any) -> None:  # noqa: N802  - the name that psrpcore calls
        """Tell a client that comes to the pool how large it is (as recorded; psrpcore says that it is open, too)."""
        del event
        sizes = wire.RunspacePoolInitData(MinRunspaces=self.min_runspaces, MaxRunspaces=self.max_runspaces)
        self.prepare_message(sizes)

    def _process_SetMaxRunspaces(self, event: Any) -> None:  # noqa: N802  - the name that psrpcore calls
        _name_call(event)
        super()._process_SetMaxRunspaces(event)

    def _process_SetMinRunspaces(self, event: Any) -> None:  # noqa: N802  - the name that psrpcore calls
        _name_call(event)
        super()._process_SetMinRunspaces(event)


def _name_call(event: Any) -> None:
    """Find the call's number under the name psrpcore looks for: pypsrp writes CI, and .NET ignores the case."""
    message = event._ps_object  # noqa: SLF001  - the event has no public way to it
    if not hasattr(message, "ci") and hasattr(message, "CI"):
        wire.add_note_property(message, "ci", message.CI)


def _debugs(arguments: Any) -> bool:
    """Whether the client's PSVersionTable is that of a PowerShell which can debug a remote script."""
    table = arguments.get("PSVersionTable") if isinstance(arguments, dict) else None
    version = table.get("PSVersion") if isinstance(table, dict) else None
    return getattr(version, "major", 0) >= _DEBUG_SINCE
