"""What a CREATE_PIPELINE message asks for (MS-PSRP 2.2.3.11), as a PipelineRequest.

Pure. What the lab does not do with a pipeline is refused by name.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final, get_args

from psrpcore.types import PipelineResultTypes

from jcad.errors import LabUnsupported
from jcad.lab.endpoint.deserialize import deserialize
from jcad.lab.endpoint.runspace import CommandRequest, Host, PipelineRequest, StreamName
from jcad.lab.powershell.remotehosttypes import place

if TYPE_CHECKING:
    from collections.abc import Iterator

_STREAMS: Final[tuple[StreamName, ...]] = get_args(StreamName)
#: RemoteStreamOptions (MS-PSRP 2.2.3.8), by its bits.
_TOLD: Final[dict[int, StreamName]] = {1: "error", 2: "warning", 4: "debug", 8: "verbose"}


def read_pipeline(pipeline: Any, values: Iterator[Any], host: Host | None, arguments: Any = None) -> PipelineRequest:
    """The request that psrpcore's `PowerShell` object makes. `values` gives the input, where the client sends any."""
    if pipeline.is_nested:
        raise LabUnsupported("a nested pipeline")
    statements: list[list[CommandRequest]] = [[]]
    for command in pipeline.commands:
        if command.merge_unclaimed:
            _merge_previous(statements[-1])
        statements[-1].append(_command(command))
        if command.end_of_statement:
            statements.append([])
    return PipelineRequest(
        statements=tuple(tuple(statement) for statement in statements if statement),
        input=None if pipeline.no_input else values,
        host=host,
        history=bool(pipeline.add_to_history),
        arguments=deserialize(arguments) if arguments else None,
        told=frozenset(stream for bit, stream in _TOLD.items() if int(pipeline.remote_stream_options) & bit),
    )


def console(host: Any) -> dict[str, Any]:
    """What a client says of its console in its HostInfo, by the properties of RawUI; empty where it says nothing."""
    said = host.HostDefaultData
    if said is None or host.IsHostRawUINull:
        return {}
    found: dict[str, Any] = {name: int(getattr(said, name).value) for name in ("ForegroundColor", "BackgroundColor")}
    for name in ("CursorPosition", "WindowPosition"):
        found[name] = place("Coordinates", int(getattr(said, name).X), int(getattr(said, name).Y))
    for name in ("BufferSize", "WindowSize", "MaxWindowSize", "MaxPhysicalWindowSize"):
        found[name] = place("Size", int(getattr(said, name).Width), int(getattr(said, name).Height))
    found["CursorSize"], found["WindowTitle"] = int(said.CursorSize), str(said.WindowTitle)
    return found


def _command(command: Any) -> CommandRequest:
    return CommandRequest(
        text=str(command.command_text),
        is_script=bool(command.is_script),
        parameters=tuple((_name(name), deserialize(value)) for name, value in command.parameters),
        use_local_scope=command.use_local_scope,
        merged=_merged(command, PipelineResultTypes.Output),
        dropped=_merged(command, PipelineResultTypes.Null),
    )


def _merge_previous(commands: list[CommandRequest]) -> None:
    """Let the errors of the commands before (MergePreviousResults) go into the next one. Raises `LabUnsupported`."""
    if len(commands) > 1:
        raise LabUnsupported("MergePreviousResults of several commands")
    commands[:] = [replace(one, merged=one.merged | {"error"}) for one in commands]


def _name(name: Any) -> str | None:
    """A parameter's name as the binder knows it: some clients send it with its dash and colon."""
    return str(name).removeprefix("-").removesuffix(":") or None if name else None


def _merged(command: Any, to: PipelineResultTypes) -> frozenset[StreamName]:
    """The streams of a command that are sent there."""
    merged: set[StreamName] = {stream for stream in _STREAMS if getattr(command, f"merge_{stream}") == to}
    if command.merge_my == PipelineResultTypes.Error and command.merge_to == to:
        merged.add("error")
    return frozenset(merged)
