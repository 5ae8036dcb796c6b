"""psrpcore's server side of a runspace pool, made to send what this endpoint serialises itself.

Sans-I/O: payloads in, events and payloads out. Everything of one pool happens under one lock, which its shell holds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from xml.etree import ElementTree as ET

import psrpcore
import psrpcore.types as wire
from psrpcore._payload import PSRPMessage, StreamType, create_message

from jcad.lab.endpoint.clixml import BOM
from jcad.lab.endpoint.serialize import Encoding

if TYPE_CHECKING:
    import uuid


_OLDEST: Final = wire.PSVersion("2.0")
_VERSIONS: Final = {
    "PSVersion": "5.1.20348.2849",
    "BuildVersion": "10.0.20348.2849",
    "CLRVersion": "4.0.30319.42000",
    "WSManStackVersion": "3.0",
    "PSRemotingProtocolVersion": "2.3",
    "SerializationVersion": "1.1.0.1",
}


def version_table() -> wire.PSPrimitiveDictionary:
    """`$PSVersionTable` of Windows PowerShell 5.1 on Windows Server 2022."""
    table = wire.PSPrimitiveDictionary({name: wire.PSVersion(text) for name, text in _VERSIONS.items()})
    table["PSEdition"] = "Desktop"
    table["PSCompatibleVersions"] = [wire.PSVersion(text) for text in ("1.0", "2.0", "3.0", "4.0", "5.0", "5.1")]
    return table


class Pool(psrpcore.ServerRunspacePool):
    """One runspace pool: state, fragments, session key."""

    def __init__(self, *, desktop: bool = True, user: str = "", computer: str = "") -> None:
        super().__init__(application_private_data={"PSVersionTable": version_table()})
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

    def prepare_message(
        self,
        message: Any,
        message_type: Any = None,
        pipeline_id: uuid.UUID | None = None,
        stream_type: StreamType = StreamType.default,
    ) -> None:
        """Queue a message that psrpcore makes by itself, with the byte order mark that real servers send."""
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

    def _process_SessionCapability(self, event: Any) -> None:  # noqa: N802  - the name that psrpcore calls
        """Speak the client's version of the protocol if it is an older one, as a real server does."""
        if _OLDEST <= event.protocol_version < self.our_capability.protocolversion:
            self.our_capability.protocolversion = event.protocol_version
        super()._process_SessionCapability(event)

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
