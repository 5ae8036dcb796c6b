"""The messages of a client as PowerShell 7's own sends them: what a recorded session leaves out, written anew. Pure."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any, Final

from jcad.lab.endpoint import clixml

if TYPE_CHECKING:
    import uuid

TYPES: Final = {
    "SESSION_CAPABILITY": 0x00010002,
    "INIT_RUNSPACEPOOL": 0x00010004,
    "PUBLIC_KEY": 0x00010005,
    "ENCRYPTED_SESSION_KEY": 0x00010006,
    "PUBLIC_KEY_REQUEST": 0x00010007,
    "CONNECT_RUNSPACEPOOL": 0x00010008,
    "RUNSPACEPOOL_INIT_DATA": 0x0002100B,
    "RESET_RUNSPACE_STATE": 0x0002100C,
    "SET_MAX_RUNSPACES": 0x00021002,
    "SET_MIN_RUNSPACES": 0x00021003,
    "RUNSPACE_AVAILABILITY": 0x00021004,
    "RUNSPACEPOOL_STATE": 0x00021005,
    "CREATE_PIPELINE": 0x00021006,
    "GET_AVAILABLE_RUNSPACES": 0x00021007,
    "USER_EVENT": 0x00021008,
    "APPLICATION_PRIVATE_DATA": 0x00021009,
    "GET_COMMAND_METADATA": 0x0002100A,
    "RUNSPACEPOOL_HOST_CALL": 0x00021100,
    "RUNSPACEPOOL_HOST_RESPONSE": 0x00021101,
    "PIPELINE_INPUT": 0x00041002,
    "END_OF_PIPELINE_INPUT": 0x00041003,
    "PIPELINE_OUTPUT": 0x00041004,
    "ERROR_RECORD": 0x00041005,
    "PIPELINE_STATE": 0x00041006,
    "DEBUG_RECORD": 0x00041007,
    "VERBOSE_RECORD": 0x00041008,
    "WARNING_RECORD": 0x00041009,
    "PROGRESS_RECORD": 0x00041010,
    "INFORMATION_RECORD": 0x00041011,
    "PIPELINE_HOST_CALL": 0x00041100,
    "PIPELINE_HOST_RESPONSE": 0x00041101,
}
"""Message types by their names in MS-PSRP 2.2.1."""
NAMES: Final = {number: name for name, number in TYPES.items()}

_TO_SERVER: Final = 2
_PIECE: Final = 32 * 1024
_ENUM: Final = "<T>System.Enum</T><T>System.ValueType</T><T>System.Object</T>"
_AUTOMATION: Final = "System.Management.Automation."
_LIST: Final = f"System.Collections.Generic.List`1[[{_AUTOMATION}PSObject, System.Management.Automation]]"
_MERGES: Final = (
    "MergeMyResult",
    "MergeToResult",
    "MergePreviousResults",
    "MergeError",
    "MergeWarning",
    "MergeVerbose",
    "MergeDebug",
    "MergeInformation",
)
_STREAM_OPTIONS: Final = {
    "0": 0,
    "AddInvocationInfoToErrorRecord": 1,
    "AddInvocationInfoToWarningRecord": 2,
    "AddInvocationInfoToDebugRecord": 4,
    "AddInvocationInfoToVerboseRecord": 8,
    "AddInvocationInfo": 15,
}
_NO_HOST: Final = (
    '<B N="_isHostUINull">true</B><B N="_isHostRawUINull">true</B><B N="_isHostNull">true</B>'
    '<B N="_useRunspaceHost">{of_runspace}</B>'
)
_HOST: Final = '<B N="_isHostUINull">false</B><B N="_isHostRawUINull">false</B><B N="_isHostNull">false</B>'
_CONSOLE: Final = (
    ("System.ConsoleColor", '<I32 N="V">7</I32>'),
    ("System.ConsoleColor", '<I32 N="V">0</I32>'),
    (_AUTOMATION + "Host.Coordinates", ("x", 3, "y", 7)),
    (_AUTOMATION + "Host.Coordinates", ("x", 0, "y", 0)),
    ("System.Int32", '<I32 N="V">25</I32>'),
    (_AUTOMATION + "Host.Size", ("width", 120, "height", 3000)),
    (_AUTOMATION + "Host.Size", ("width", 120, "height", 50)),
    (_AUTOMATION + "Host.Size", ("width", 120, "height", 70)),
    (_AUTOMATION + "Host.Size", ("width", 200, "height", 70)),
    ("System.String", '<S N="V">Test title</S>'),
)


def fragments(kind: str, pool: uuid.UUID, pipeline: uuid.UUID | None, content: str, number: int) -> bytes:
    """A message to the server, as fragments (MS-PSRP 2.2.4): `number` is its ObjectId."""
    message = struct.pack("<iI", _TO_SERVER, TYPES[kind]) + pool.bytes_le
    message += pipeline.bytes_le if pipeline is not None else bytes(16)
    if content:
        message += clixml.BOM + content.encode("utf-8", "surrogatepass")
    pieces = [message[start : start + _PIECE] for start in range(0, len(message), _PIECE)]
    last = len(pieces) - 1
    return b"".join(
        struct.pack(">QQBI", number, index, (index == 0) | (index == last) << 1, len(piece)) + piece
        for index, piece in enumerate(pieces)
    )


def capability(protocol: str) -> str:
    """A SESSION_CAPABILITY."""
    return (
        f'<Obj RefId="0"><MS><Version N="protocolversion">{protocol}</Version><Version N="PSVersion">2.0</Version>'
        '<Version N="SerializationVersion">1.1.0.1</Version></MS></Obj>'
    )


def pool(*, host: bool) -> str:
    """An INIT_RUNSPACEPOOL for one runspace, of a client of PowerShell 7 with a console or without a host."""
    versions = '<En><S N="Key">PSVersion</S><Version N="Value">7.6.9</Version></En>'
    dictionary = f'<TN RefId="9"><T>{_AUTOMATION}PSPrimitiveDictionary</T><T>System.Collections.Hashtable</T></TN>'
    table = f'<En><S N="Key">PSVersionTable</S><Obj N="Value" RefId="91"><TNRef RefId="9" /><DCT>{versions}</DCT></Obj></En>'
    return (
        '<Obj RefId="0"><MS><I32 N="MinRunspaces">1</I32><I32 N="MaxRunspaces">1</I32>'
        + _enum("PSThreadOptions", _AUTOMATION + "Runspaces.PSThreadOptions", "Default", 0, 1)
        + _enum("ApartmentState", "System.Threading.ApartmentState", "Unknown", 2, 2)
        + f'<Obj N="ApplicationArguments" RefId="90">{dictionary}<DCT>{table}</DCT></Obj>'
        + f'<Obj N="HostInfo" RefId="3"><MS>{_console() if host else _NO_HOST.format(of_runspace="false")}</MS></Obj>'
        + "</MS></Obj>"
    )


def script(text: str, *, history: bool = False, stream_options: str = "0") -> str:
    """A CREATE_PIPELINE of one script, in the host of the runspace."""
    merges = "".join(
        _enum(name, _AUTOMATION + "Runspaces.PipelineResultTypes", "None", 0, 20 + index)
        for index, name in enumerate(_MERGES)
    )
    command = (
        f'<Obj RefId="3"><MS><S N="Cmd">{clixml.text(text)}</S><B N="IsScript">true</B><B N="UseLocalScope">false</B>'
        f'{merges}<Obj N="Args" RefId="4"><TNRef RefId="0" /><LST /></Obj></MS></Obj>'
    )
    commands = f'<TN RefId="0"><T>{_LIST}</T><T>System.Object</T></TN><LST>{command}</LST>'
    flag = "true" if history else "false"
    options = _STREAM_OPTIONS[stream_options]
    return (
        f'<Obj RefId="0"><MS><Obj N="PowerShell" RefId="1"><MS><Obj N="Cmds" RefId="2">{commands}</Obj>'
        '<B N="IsNested">false</B><Nil N="History" /><B N="RedirectShellErrorOutputPipe">true</B></MS></Obj>'
        '<B N="NoInput">true</B>'
        + _enum("ApartmentState", "System.Threading.ApartmentState", "Unknown", 2, 40)
        + _enum("RemoteStreamOptions", _AUTOMATION + "RemoteStreamOptions", stream_options, options, 41)
        + f'<B N="AddToHistory">{flag}</B><Obj N="HostInfo" RefId="50"><MS>{_NO_HOST.format(of_runspace="true")}</MS></Obj>'
        '<B N="IsNested">false</B></MS></Obj>'
    )


def _enum(name: str, kind: str, text: str, value: int, number: int) -> str:
    types = f'<TN RefId="{100 + number}"><T>{kind}</T>{_ENUM}</TN>'
    return f'<Obj N="{name}" RefId="{number}">{types}<ToString>{text}</ToString><I32>{value}</I32></Obj>'


def _console() -> str:
    entries = []
    for key, (kind, content) in enumerate(_CONSOLE):
        entries.append(
            f'<En><I32 N="Key">{key}</I32><Obj N="Value" RefId="{60 + key}"><MS><S N="T">{kind}</S>'
            f"{_pair(content, 70 + key)}</MS></Obj></En>"
        )
    table = '<TN RefId="8"><T>System.Collections.Hashtable</T><T>System.Object</T></TN>'
    values = f'<Obj N="data" RefId="6">{table}<DCT>{"".join(entries)}</DCT></Obj>'
    return f'{_HOST}<Obj N="_hostDefaultData" RefId="5"><MS>{values}</MS></Obj><B N="_useRunspaceHost">false</B>'


def _pair(content: Any, number: int) -> str:
    if isinstance(content, str):
        return content
    first, left, second, right = content
    return f'<Obj N="V" RefId="{number}"><MS><I32 N="{first}">{left}</I32><I32 N="{second}">{right}</I32></MS></Obj>'
