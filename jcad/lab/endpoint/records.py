"""The records of a pipeline's streams, and its states, as the data of PSRP messages (MS-PSRP 2.2.2 and 2.2.3).

Pure: shapes as recorded of a real server, with ToString where pypsrp looks for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from jcad.lab.endpoint import clixml, errorrecord
from jcad.lab.endpoint.serialize import Encoding, Writer, to_string
from jcad.lab.powershell import containers
from jcad.lab.powershell import values as ps
from jcad.lab.powershell.errors import ErrorRecord, NetException
from jcad.lab.powershell.records import PROGRESS_TYPE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from jcad.lab.powershell.cmdlets.events import PSEventArgs
    from jcad.lab.powershell.records import InformationalRecord, InformationRecord

COMPLETED: Final = 4
FAILED: Final = 5
STOPPED: Final = 3

_HOST_METHOD: Final = (
    "System.Management.Automation.Remoting.RemoteHostMethodId",
    "System.Enum",
    "System.ValueType",
    "System.Object",
)


def _data(xml: str) -> bytes:
    return clixml.BOM + xml.encode("utf-8", "surrogatepass")


def _message(writer: Writer, fields: Sequence[tuple[str, Any]]) -> bytes:
    number = writer.references.number()
    written = "".join(writer.value(value, name) for name, value in fields)
    return _data(f'<Obj RefId="{number}"><MS>{written}</MS></Obj>')


def error(record: ErrorRecord, encoding: Encoding, *, extended: bool = False) -> bytes:
    """An ERROR_RECORD; `extended` with its invocation."""
    writer = Writer(encoding)
    number = writer.references.number()
    return _data(
        f'<Obj RefId="{number}">{errorrecord.error_record(writer, record, place="stream", extended=extended)}</Obj>'
    )


def state(number: int, encoding: Encoding, record: ErrorRecord | None = None) -> bytes:
    """A PIPELINE_STATE, with the error that ended the pipeline."""
    return _state("PipelineState", number, encoding, record)


def pool_state(number: int, encoding: Encoding, record: ErrorRecord | None = None) -> bytes:
    """A RUNSPACEPOOL_STATE, with the error that broke the pool."""
    return _state("RunspaceState", number, encoding, record)


def _state(name: str, number: int, encoding: Encoding, record: ErrorRecord | None) -> bytes:
    writer = Writer(encoding)
    outer = writer.references.number()
    written = writer.value(number, name)
    if record is not None:
        inner = writer.references.number()
        content = errorrecord.error_record(writer, record, place="state")
        written += f'<Obj N="ExceptionAsErrorRecord" RefId="{inner}">{content}</Obj>'
    return _data(f'<Obj RefId="{outer}"><MS>{written}</MS></Obj>')


def stopped() -> ErrorRecord:
    """The error record of a pipeline that was stopped."""
    exception = NetException("System.Management.Automation.PipelineStoppedException", "The pipeline has been stopped.")
    return ErrorRecord(exception, "PipelineStopped", "OperationStopped")


def progress(record: Mapping[str, Any], encoding: Encoding) -> bytes:
    """A progress record: `activity`, `status`, `id`, `operation`, `parent`, `percent`, `completed`, `seconds`."""
    done = bool(record.get("completed"))
    return _message(
        Writer(encoding),
        (
            ("Activity", record.get("activity", "")),
            ("ActivityId", record.get("id", 0)),
            ("StatusDescription", record.get("status") or "Processing"),
            ("CurrentOperation", record.get("operation") or None),
            ("ParentActivityId", record.get("parent", -1)),
            ("PercentComplete", record.get("percent", -1)),
            ("Type", ps.EnumValue(PROGRESS_TYPE, int(done))),
            ("SecondsRemaining", record.get("seconds", -1)),
        ),
    )


def informational(record: InformationalRecord, encoding: Encoding) -> bytes:
    """A WARNING_RECORD, VERBOSE_RECORD or DEBUG_RECORD."""
    writer = Writer(encoding)
    number = writer.references.number()
    return _data(f'<Obj RefId="{number}">{writer.informational(record)}</Obj>')


def information(record: InformationRecord, encoding: Encoding) -> bytes:
    """An INFORMATION_RECORD."""
    writer = Writer(encoding)
    return _message(writer, writer.information_fields(record))


def host_call(call: int, method: str, method_number: int, arguments: Sequence[Any], encoding: Encoding) -> bytes:
    """A PIPELINE_HOST_CALL: the call's number (-100: no answer is wanted), the method's name and number."""
    writer = Writer(encoding)
    outer, inner = writer.references.number(), writer.references.number()
    identifier = f"{writer.types(_HOST_METHOD)}{to_string(method)}<I32>{method_number}</I32>"
    written = (
        writer.value(ps.Int64(call), "ci")
        + f'<Obj N="mi" RefId="{inner}">{identifier}</Obj>'
        + writer.value(containers.ArrayList(arguments), "mp")
    )
    return _data(f'<Obj RefId="{outer}"><MS>{written}</MS></Obj>')


def user_event(event: PSEventArgs, encoding: Encoding) -> bytes:
    """A USER_EVENT (MS-PSRP 2.2.2.12): an event that a script forwards."""
    fields = (
        ("EventIdentifier", event.number),
        ("SourceIdentifier", event.source),
        ("TimeGenerated", event.generated),
        ("Sender", event.sender),
        ("SourceArgs", event.arguments),
        ("MessageData", event.message),
        ("ComputerName", None),
        ("RunspaceId", event.runspace),
    )
    return _message(Writer(encoding), [(f"PSEventArgs.{name}", value) for name, value in fields])
