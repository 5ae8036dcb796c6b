"""Error records and exceptions as CLIXML, as a real server sends them (MS-PSRP 2.2.3.15, and recordings).

Pure. Only what an exception or a record holds is written; stack traces of .NET's own code are left empty.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Literal

from jcad.lab.endpoint import clixml, invocations, origins
from jcad.lab.powershell import values as ps
from jcad.lab.powershell.errors import CATEGORIES, ErrorRecord, NetException
from jcad.lab.powershell.evaluate.invocations import InvocationInfo
from jcad.lab.powershell.exceptions import exception_bases, is_exception_type

if TYPE_CHECKING:
    from jcad.lab.endpoint.frames import Origin
    from jcad.lab.endpoint.serialize import Writer

DESKTOP_ASSEMBLY: Final = "mscorlib, Version=4.0.0.0, Culture=neutral, PublicKeyToken=b77a5c561934e089"
DESKTOP_ENGINE: Final = (
    "System.Management.Automation, Version=3.0.0.0, Culture=neutral, PublicKeyToken=31bf3856ad364e35"
)
_AUTOMATION: Final = "System.Management.Automation."
_RUNTIME: Final = "System.Management.Automation.RuntimeException"
_WRITE_ERROR: Final = "Microsoft.PowerShell.Commands.WriteErrorException"
_FRAMES: Final = "System.Management.Automation.Interpreter.InterpretedFrameInfo"
_NO_DATA: Final = ("System.Collections.ListDictionaryInternal", "System.Object")

# System.Exception's own properties, in the order of reflection: 7 as recorded, 5.1 as in public recordings of it.
_CORE_ORDER: Final = ("TargetSite", "Message", "Data", "InnerException", "HelpLink", "Source", "HResult", "StackTrace")
_DESKTOP_ORDER: Final = (
    "Message",
    "Data",
    "InnerException",
    "TargetSite",
    "StackTrace",
    "HelpLink",
    "Source",
    "HResult",
)
# Types that declare Message anew, so that it stands before what their bases declare.
_OVERRIDE_MESSAGE: Final = ("System.ArgumentException", "System.AggregateException", "System.IO.FileNotFoundException")

_ALWAYS: Final = (
    ("System.ArgumentException", ("ParamName",)),
    ("System.IO.FileNotFoundException", ("FileName", "FusionLog")),
)

#: HRESULT by exception type; a type that is not here has its base's. Source: .NET reference.
_HRESULTS: Final = {
    "System.Exception": 0x80131500,
    "System.SystemException": 0x80131501,
    "System.ApplicationException": 0x80131600,
    "System.AggregateException": 0x80131500,
    "System.ArgumentException": 0x80070057,
    "System.ArgumentNullException": 0x80004003,
    "System.ArgumentOutOfRangeException": 0x80131502,
    "System.ArithmeticException": 0x80070216,
    "System.DivideByZeroException": 0x80020012,
    "System.OverflowException": 0x80131516,
    "System.FormatException": 0x80131537,
    "System.IndexOutOfRangeException": 0x80131508,
    "System.InvalidCastException": 0x80004002,
    "System.InvalidOperationException": 0x80131509,
    "System.NotImplementedException": 0x80004001,
    "System.NotSupportedException": 0x80131515,
    "System.NullReferenceException": 0x80004003,
    "System.OperationCanceledException": 0x8013153B,
    "System.TimeoutException": 0x80131505,
    "System.UnauthorizedAccessException": 0x80070005,
    "System.Collections.Generic.KeyNotFoundException": 0x80131577,
    "System.IO.IOException": 0x80131620,
    "System.IO.FileNotFoundException": 0x80070002,
    "System.IO.DirectoryNotFoundException": 0x80070003,
    "System.Runtime.InteropServices.ExternalException": 0x80004005,
    "System.Security.SecurityException": 0x8013150A,
}


def hresult(exception: NetException) -> int:
    """The HResult of an exception: its own where it has one (ErrorCode of a COMException), else that of its type."""
    own = exception.properties.get("HResult", exception.properties.get("ErrorCode"))
    if isinstance(own, int):
        return int(own)
    code = next((_HRESULTS[base] for base in exception_bases(exception.type_name) if base in _HRESULTS), 0x80131500)
    return code - (1 << 32)


def exception_text(exception: NetException, newline: str, origin: Origin | None = None) -> str:
    """`Exception.ToString()`: stack traces of .NET's own code only where an origin is known."""
    text = f"{exception.type_name}: {exception.message}"
    if exception.inner is not None:
        end = "   --- End of inner exception stack trace ---"
        inner = None if origin is None else origin.inner
        text = f"{text}{newline} ---> {exception_text(exception.inner, newline, inner)}{newline}{end}"
    if origin is not None and origin.frames:
        text += newline + origin.trace
    if exception.type_name == "System.AggregateException":
        text += _other_inners(exception, newline)
    return text


def _other_inners(exception: NetException, newline: str) -> str:
    """What AggregateException.ToString() says of the inner exceptions behind the first."""
    found = list(exception.properties.get("InnerExceptions", ()))[1:]
    return "".join(
        f"{newline} ---> (Inner Exception #{number}) {exception_text(each, newline)}<---{newline}"
        for number, each in enumerate(found, start=1)
    )


def exception(
    writer: Writer, value: NetException, origin: Origin | None = None, record: ErrorRecord | None = None
) -> str:
    """The content of an exception's object: its own properties, then those of System.Exception."""
    origin = origin or writer.origins.get(id(value))
    if origin is not None and origin.inner is not None and value.inner is not None:
        writer.origins[id(value.inner)] = origin.inner
    names = writer.types(exception_bases(value.type_name))
    known: dict[str, Any] = {"Message": value.message, "InnerException": value.inner, "HResult": hresult(value)}
    if origin is not None and origin.frames:
        known |= {"TargetSite": origin.site, "Source": origin.source, "StackTrace": origin.trace}
    order = list(_DESKTOP_ORDER if writer.desktop else _CORE_ORDER)
    written = []
    for name, item in _own_properties(value, record):
        written.append(writer.value(item, name, 0))
        if name == "Message":
            order.remove(name)
    interpreted = origin is not None and origin.interpreted
    written += [
        _notes(writer, interpreted=interpreted) if name == "Data" else writer.value(known.get(name), name)
        for name in order
    ]
    text = f"<ToString>{clixml.text(exception_text(value, writer.newline, origin))}</ToString>"
    return f"{names}{text}<Props>{''.join(written)}</Props>"


def _own_properties(value: NetException, record: ErrorRecord | None) -> list[tuple[str, Any]]:
    """The properties that an exception's type and its bases below System.Exception declare, the nearest first."""

    def of(base: str) -> bool:
        return is_exception_type(value.type_name, _AUTOMATION + base)

    own = {name: item for name, item in value.properties.items() if name not in _CORE_ORDER}
    thrown = own.pop("WasThrownFromThrowStatement", False)
    message = ("Message", value.message)
    carried = ("ErrorRecord", str(value.record or value.message))
    engine = [("WasThrownFromThrowStatement", thrown)]
    if of("ParameterBindingException"):
        return [message, *_of_binding(own, record), carried, *engine]
    if of("ParseException"):
        return [("Errors", own.get("Errors")), message, carried, *engine]
    if of("SessionStateException"):
        target = None if record is None else record.target
        own = {"ItemName": target if isinstance(target, str) else "", "SessionStateCategory": "Drive"} | own
    if of("RuntimeException"):
        return [carried, *own.items(), *engine]
    if any(is_exception_type(value.type_name, base) for base in _OVERRIDE_MESSAGE):
        own = {
            name: None for base, names in _ALWAYS if is_exception_type(value.type_name, base) for name in names
        } | own
        inners = [("InnerExceptions", own.pop("InnerExceptions"))] if "InnerExceptions" in own else []
        return [*([carried] if value.type_name.startswith(_AUTOMATION) else []), *inners, message, *own.items()]
    carries = of("PSInvalidCastException") or of("PSNotImplementedException") or of("PSInvalidOperationException")
    return [*([carried] if carries else []), *own.items()]


def _of_binding(own: dict[str, Any], record: ErrorRecord | None) -> list[tuple[str, Any]]:
    invocation = None if record is None else record.invocation
    name = own.get("ParameterName") or None
    if record is not None and record.error_id == "MissingMandatoryParameter":
        name = f" {name}"  # as the engine joins the names
    place = (getattr(invocation, "line_number", 0), getattr(invocation, "offset", 0))
    return [
        ("ParameterName", name),
        ("ParameterType", own.get("ParameterType")),
        ("TypeSpecified", own.get("TypeSpecified")),
        ("ErrorId", own.get("ErrorId")),
        ("Line", ps.Int64(place[0])),
        ("Offset", ps.Int64(place[1])),
        ("CommandInvocation", "System.Management.Automation.InvocationInfo"),
    ]


def _notes(writer: Writer, *, interpreted: bool) -> str:
    """Exception.Data: empty, or with the interpreted frames that the engine notes there."""
    number = writer.references.number()
    begin = f'<Obj N="Data" RefId="{number}">{writer.types(_NO_DATA)}'
    if not interpreted:
        return f"{begin}<DCT /></Obj>"
    frames = writer.references.number()
    names = writer.types((f"{_FRAMES}[]", "System.Array", "System.Object"))
    blocks = "".join(f"<S>{clixml.text(name)}</S>" for name in writer.blocks)
    return (
        f'{begin}<DCT><En><S N="Key">{_FRAMES}</S><Obj N="Value" RefId="{frames}">{names}'
        f"<LST>{blocks}</LST></Obj></En></DCT></Obj>"
    )


Place = Literal["stream", "state", "value"]
"""Where a record stands: in an ERROR_RECORD, in a PIPELINE_STATE, anywhere else."""


def error_record(writer: Writer, record: ErrorRecord, *, place: Place = "value", extended: bool = False) -> str:
    """The content of a record's object, which differs a little by its place. `extended`: the client wants the invocation."""
    names = writer.types(("System.Management.Automation.ErrorRecord", "System.Object"))
    category = _category(record)
    fields: list[tuple[str, Any]] = [
        ("ErrorCategory_Category", CATEGORIES.index(record.category) if record.category in CATEGORIES else 0),
        *((f"ErrorCategory_{name}", value) for name, value in category.items()),
    ]
    if record.details is not None:
        fields.append(("ErrorDetails_Message", record.details.message))
        fields.append(("ErrorDetails_RecommendedAction", record.details.recommended_action))
    extended = extended and record.invocation is not None
    fields.append(("SerializeExtendedInfo", extended))
    sent = isinstance(record.invocation, InvocationInfo) and record.invocation.source is None
    behind: list[tuple[str, Any]] = []
    if record.invocation is not None and not (sent and place == "state"):
        behind.append(("ErrorDetails_ScriptStackTrace", record.stack_trace or _stack_trace(record)))
    if place != "state":
        behind.append(("PSMessageDetails", None))
    written = [
        _named_exception(writer, record, place),
        writer.value(record.target, "TargetObject"),
        writer.value(record.fqid, "FullyQualifiedErrorId"),
        clixml.nil("InvocationInfo") if record.invocation is None else invocations.nested(writer, record.invocation),
        *(writer.value(value, name) for name, value in fields),
        *([invocations.of_error(writer, record.invocation)] if extended else []),
        *(writer.value(value, name) for name, value in behind),
    ]
    if writer.desktop and place != "state" and record.exception.type_name == _WRITE_ERROR:
        written.insert(0, writer.value(True, "writeErrorStream"))
    return f"{names}<ToString>{clixml.text(record.message)}</ToString><MS>{''.join(written)}</MS>"


def _named_exception(writer: Writer, record: ErrorRecord, place: Place) -> str:
    origin = None if writer.desktop else origins.origin_of(record, ended=place == "state")
    writer.blocks = record.frames or ("<ScriptBlock>",)
    number = writer.references.number()
    writer.references.keep(record.exception, number)
    return f'<Obj N="Exception" RefId="{number}">{exception(writer, record.exception, origin, record)}</Obj>'


def _stack_trace(record: ErrorRecord) -> str:
    """The script alone, at the line that the record knows: the interpreter keeps no stack of calls."""
    line = None if record.invocation is None else invocations.read(record.invocation, "ScriptLineNumber")
    return f"at <ScriptBlock>, <No file>: line {line if isinstance(line, int) and line > 0 else 1}"


def _category(record: ErrorRecord) -> dict[str, str]:
    """CategoryInfo's texts; what the record leaves empty is made of its exception and its target."""
    target = record.target
    reason = record.reason or record.exception.type_name.rpartition(".")[2]
    target_name = record.target_name or ("" if target is None else _target_text(target))
    target_type = record.target_type or _target_type(target)
    message = f"{record.category}: ({target_name}:{target_type}) [{record.activity}], {reason}"
    return {
        "Activity": record.activity,
        "Reason": reason,
        "TargetName": target_name,
        "TargetType": target_type,
        "Message": message,
    }


def _target_type(target: Any) -> str:
    """The name of the target's type; a custom object is a PSObject here."""
    if isinstance(target, ps.PSCustomObject):
        return "PSObject"
    return "" if target is None else ps.type_of(target).name


def _target_text(target: Any) -> str:
    from jcad.lab.powershell import objects  # noqa: PLC0415  - only records with an object as their target need it

    return target if isinstance(target, str) else objects.to_text(target)
