"""Errors as a script sees them: .NET exceptions, ErrorRecords, and the Python exceptions that carry them upwards.

Pure values; no I/O. Nothing here knows the evaluator: conversions, members and cmdlets all raise through this module.

    raise Failure.of("InvokeMethodOnNull", "You cannot call a method on a null-valued expression.", "InvalidOperation")

is a *statement-terminating* error: the statement ends, and the script goes on behind it unless a `try` or
`$ErrorActionPreference = 'Stop'` says otherwise. `throw` makes one that nothing but `catch` and `trap` stops.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

RUNTIME_EXCEPTION = "System.Management.Automation.RuntimeException"

#: System.Management.Automation.ErrorCategory, in the order of its values (0, 1, 2, ...).
CATEGORIES = (
    "NotSpecified",
    "OpenError",
    "CloseError",
    "DeviceError",
    "DeadlockDetected",
    "InvalidArgument",
    "InvalidData",
    "InvalidOperation",
    "InvalidResult",
    "InvalidType",
    "MetadataError",
    "NotImplemented",
    "NotInstalled",
    "ObjectNotFound",
    "OperationStopped",
    "OperationTimeout",
    "SyntaxError",
    "ParserError",
    "PermissionDenied",
    "ResourceBusy",
    "ResourceExists",
    "ResourceUnavailable",
    "ReadError",
    "WriteError",
    "FromStdErr",
    "SecurityError",
    "ProtocolError",
    "ConnectionError",
    "AuthenticationError",
    "LimitsExceeded",
    "QuotaExceeded",
    "NotEnabled",
)


@dataclass(eq=False, slots=True)
class NetException:
    """A .NET exception object: its full type name, message, inner exception, and whatever else its type has.

    `properties` are the type's own (`ParamName`, `ErrorCode`, `CommandName`), by their .NET names. `record` is the
    ErrorRecord of an exception that carries one (RuntimeException and its kin), made when first asked for.
    """

    type_name: str
    message: str = ""
    inner: NetException | None = None
    properties: dict[str, Any] = field(default_factory=dict)
    record: ErrorRecord | None = None

    def __str__(self) -> str:
        return f"{self.type_name}: {self.message}"


@dataclass(eq=False, slots=True)
class ErrorDetails:
    """A friendlier text for an ErrorRecord, in place of its exception's message."""

    message: str
    recommended_action: str = ""


@dataclass(eq=False, slots=True)
class ErrorRecord:
    """System.Management.Automation.ErrorRecord.

    `error_id` is the id before the comma; `command` what stands behind it (a function's name, or the .NET class of a
    cmdlet) where a command reported the error. `activity`, `reason`, `target_name` and `target_type` are its
    CategoryInfo (`caught`: a `try` has had it; `thrown_by_command`: by ThrowTerminatingError); empty `reason`,
    `target_name` and `target_type` are made from exception and target.
    """

    exception: NetException
    error_id: str = ""
    category: str = "NotSpecified"
    target: Any = None
    command: str = ""
    activity: str = ""
    reason: str = ""
    target_name: str = ""
    target_type: str = ""
    details: ErrorDetails | None = None
    invocation: Any = None
    stack_trace: str = ""
    reported: bool = False
    caught: bool = False
    thrown_by_command: bool = False
    frames: tuple[str, ...] = ()
    """The blocks that were being run, the innermost first: names of functions, or <ScriptBlock>."""

    @property
    def fqid(self) -> str:
        """The FullyQualifiedErrorId: `PathNotFound,Microsoft.PowerShell.Commands.GetChildItemCommand`."""
        if not self.command:
            return self.error_id
        return f"{self.error_id},{self.command}" if self.error_id else self.command

    @property
    def message(self) -> str:
        """The text that is shown: that of the details, or else the exception's."""
        return self.details.message if self.details is not None and self.details.message else self.exception.message

    def __str__(self) -> str:
        return self.message


class Failure(Exception):
    """A terminating error on its way to a `catch`, `trap` or the end of the statement.

    `record` is the ErrorRecord; `thrown` is true for what `throw` raised, which ends the script and not just the
    statement; `stop` for what an ErrorAction of Stop made terminating, likewise (`of_engine`: not a command's error).
    """

    def __init__(
        self, record: ErrorRecord, *, thrown: bool = False, stop: bool = False, of_engine: bool = False
    ) -> None:
        super().__init__(record.fqid, record.message)
        self.record = record
        self.thrown = thrown
        self.stop = stop
        self.of_engine = of_engine

    @classmethod
    def of(
        cls,
        error_id: str,
        message: str,
        category: str = "NotSpecified",
        *,
        target: Any = None,
        exception: str = RUNTIME_EXCEPTION,
        inner: NetException | None = None,
        **properties: Any,
    ) -> Failure:
        """An engine error: its id, text, category, exception type and inner exception; `properties` of the exception."""
        thrown = NetException(exception, message, inner, properties)
        record = ErrorRecord(thrown, error_id, category, target)
        thrown.record = record
        return cls(record)

    @classmethod
    def from_exception(cls, exception: NetException, error_id: str = "", category: str = "NotSpecified") -> Failure:
        """A .NET exception as it reaches the engine without a wrapper: its type name is the id unless one is given."""
        record = exception.record or ErrorRecord(exception, error_id or exception.type_name, category)
        return cls(record)


class NetError(Exception):
    """A .NET member raised this exception.

    Members of types (methods, constructors, property getters) raise it; the evaluator wraps it the way PowerShell does
    (MethodInvocationException with the exception's type name as the id), so that a member need not know its caller.
    """

    def __init__(self, exception: NetException) -> None:
        super().__init__(str(exception))
        self.exception = exception

    @classmethod
    def of(cls, type_name: str, message: str, inner: NetException | None = None, **properties: Any) -> NetError:
        """`NetError.of("System.ArgumentException", "An item with the same key has already been added.")`."""
        return cls(NetException(type_name, message, inner, properties))
