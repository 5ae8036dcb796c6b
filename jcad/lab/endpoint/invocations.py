"""Invocation information as CLIXML (MS-PSRP 2.2.3.15.1 and 2.2.3.16): inside an error record, and as members of any record.

Pure. What the lab does not know of an invocation is that of nowhere.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from jcad.errors import LabUnsupported
from jcad.lab.powershell import access, containers
from jcad.lab.powershell import nettype as net
from jcad.lab.powershell import values as ps
from jcad.lab.powershell.evaluate import commandsyntax
from jcad.lab.powershell.evaluate.commandobjects import BOUND_PARAMETERS, CmdletInfo
from jcad.lab.powershell.types import enums

if TYPE_CHECKING:
    from jcad.lab.endpoint.serialize import Writer

_INVOCATION: Final = ("System.Management.Automation.InvocationInfo", "System.Object")
_COUNTS: Final = ("System.Collections.ObjectModel.ReadOnlyCollection`1", "System.Int32")
_VISIBILITY: Final = net.define(
    "System.Management.Automation.SessionStateEntryVisibility", names={"Public": 0, "Private": 1}
)
# What Write-Error at the top of a script says of where it is: nothing but the script.
_NOWHERE: Final = {
    "ScriptLineNumber": 0,
    "OffsetInLine": 0,
    "HistoryId": ps.Int64(1),
    "ScriptName": "",
    "Line": "",
    "Statement": "",
    "PositionMessage": "",
    "PSScriptRoot": "",
    "PSCommandPath": None,
    "InvocationName": "",
    "PipelineLength": 0,
    "PipelinePosition": 0,
    "ExpectingInput": False,
    "CommandOrigin": "Internal",
    "DisplayScriptPosition": None,
}

# What stays as it is in the invocation of a record, wherever the command stood.
_NEVER_SAID: Final = frozenset({"PipelineLength", "PipelinePosition", "CommandOrigin", "DisplayScriptPosition"})


def nested(writer: Writer, invocation: Any) -> str:
    """The member InvocationInfo of an error record: an object of its own."""
    number = writer.references.number()
    names = writer.types(_INVOCATION)
    properties = dict(_NOWHERE) if invocation is None else _of_invocation(invocation)
    command = properties.pop("MyCommand", None)
    if writer.desktop:
        del properties["Statement"]  # new in 7
    ordered = [name for name in _NOWHERE if name in properties]
    written = writer.value(command, "MyCommand", 0) + _arguments(writer)
    written += "".join(writer.value(properties[name], name, 0) for name in ordered)
    text = "<ToString>System.Management.Automation.InvocationInfo</ToString>"
    return f'<Obj N="InvocationInfo" RefId="{number}">{names}{text}<Props>{written}</Props></Obj>'


def _of_invocation(invocation: Any) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name in ("MyCommand", *_NOWHERE):
        value = access.MISSING if name in _NEVER_SAID else read(invocation, name)
        found[name] = _NOWHERE.get(name) if value is access.MISSING else value
    shown = getattr(invocation, "shown", None)
    command = found["MyCommand"]
    if shown is not None:
        found["MyCommand"] = shown
    elif command is not None and not isinstance(command, str):
        found["MyCommand"] = read(command, "Name") or None
    return found


def read(value: Any, name: str) -> Any:
    """A property, or MISSING; what the lab does not know of an invocation is no reason to lose the record."""
    try:
        return access.get_property(value, name)
    except LabUnsupported:
        return access.MISSING


def _arguments(writer: Writer) -> str:
    """BoundParameters and UnboundArguments, which the engine leaves empty; other members refer to them."""
    bound, unbound = writer.arguments
    written = ""
    for name, value, empty in (("BoundParameters", bound, "DCT"), ("UnboundArguments", unbound, "LST")):
        number = writer.references.number()
        writer.references.keep(value, number)
        kind = writer.types((value.net_type.full_name, "System.Object"))
        written += f'<Obj N="{name}" RefId="{number}">{kind}<{empty} /></Obj>'
    return written


def of_informational(writer: Writer, invocation: Any) -> str:
    """The members of a warning, verbose or debug record: its invocation, and how far its pipeline had come."""
    whole = read(invocation, "MyCommand") is not None
    position = int(whole)
    counts = [0] * (position + 1)
    bound = containers.GenericDictionary([], net_type=BOUND_PARAMETERS)
    members = _members(writer, invocation, bound=bound, origin=0, place=(position, counts))
    return members + _iteration(writer, "InformationalRecord_PipelineIterationInfo", counts)


def of_error(writer: Writer, invocation: Any) -> str:
    """The members of an error record: its invocation, which the engine copies without its place in the pipeline."""
    members = _members(writer, invocation, bound=writer.arguments[0], origin=1, place=(0, []))
    command = read(invocation, "MyCommand")
    counts = [] if command is None else [0, int(isinstance(command, CmdletInfo))]
    return members + _iteration(writer, "PipelineIterationInfo", counts)


def _members(writer: Writer, invocation: Any, *, bound: Any, origin: int, place: tuple[int, list[int]]) -> str:
    """InvocationInfo_*, SerializeExtent, CommandInfo_*, in the order in which they are sent."""
    said = _of_invocation(invocation)
    position, counts = place
    fields: list[tuple[str, Any]] = [
        ("BoundParameters", bound),
        ("CommandOrigin", ps.EnumValue(enums.COMMAND_ORIGIN, origin)),
        *((name, said[name]) for name in ("ExpectingInput", "InvocationName", "Line", "OffsetInLine", "HistoryId")),
        ("PipelineIterationInfo", containers.Array(counts, net.array_of(net.INT32))),
        ("PipelineLength", position),
        ("PipelinePosition", position),
        *((name, said[name]) for name in ("PSScriptRoot", "PSCommandPath", "PositionMessage", "ScriptLineNumber")),
        ("ScriptName", said["ScriptName"]),
        ("UnboundArguments", writer.arguments[1]),
    ]
    written = "".join(writer.value(value, f"InvocationInfo_{name}") for name, value in fields)
    return written + writer.value(False, "SerializeExtent") + _command(writer, read(invocation, "MyCommand"))


def _command(writer: Writer, command: Any) -> str:
    """CommandInfo_*: the definition of a cmdlet is its syntax."""
    if command is None or command is access.MISSING:
        return ""
    name = str(read(command, "Name") or "")
    if isinstance(command, CmdletInfo):
        definition = commandsyntax.definition(command.kind.info, writer.newline)
    else:
        definition = str(read(command, "Definition") or "")
    fields = (
        ("CommandType", read(command, "CommandType")),
        ("Definition", definition),
        ("Name", name),
        ("Visibility", ps.EnumValue(_VISIBILITY, 0)),
    )
    return "".join(writer.value(value, f"CommandInfo_{key}") for key, value in fields)


def _iteration(writer: Writer, name: str, counts: list[int]) -> str:
    number = writer.references.number()
    kind = f"{_COUNTS[0]}[[{_COUNTS[1]}, {net.CORE_ASSEMBLY}]]"
    items = "".join(writer.value(count) for count in counts)
    content = f"<LST>{items}</LST>" if items else "<LST />"
    return f'<Obj N="{name}" RefId="{number}">{writer.types((kind, "System.Object"))}{content}</Obj>'
