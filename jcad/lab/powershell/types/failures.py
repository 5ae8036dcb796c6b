"""Exceptions and ErrorRecords as objects: constructors and properties."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from jcad.lab.powershell import nettype as net
from jcad.lab.powershell.casts.enums import text_to_enum
from jcad.lab.powershell.errors import ErrorDetails, ErrorRecord, NetError, NetException
from jcad.lab.powershell.exceptions import EXCEPTION_BASES
from jcad.lab.powershell.objects import exception_text, textual
from jcad.lab.powershell.runtime import is_desktop
from jcad.lab.powershell.types import enums
from jcad.lab.powershell.types.registry import TypeMembers, members_of
from jcad.lab.powershell.values import (
    Array,
    EnumValue,
    GenericList,
    Hashtable,
    NetObject,
    NetType,
    Value,
    exception_type,
    type_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable

BASE: Final = members_of(net.EXCEPTION)
RECORD_TYPE: Final = net.define("System.Management.Automation.ErrorRecord")
_AUTOMATION: Final = "System.Management.Automation"

#: HResult of an exception type; System.Exception's where it is not listed.
_HRESULTS: Final = {
    "System.Exception": 0x80131500, "System.ArgumentException": 0x80070057, "System.ArgumentNullException": 0x80004003,
    "System.ArgumentOutOfRangeException": 0x80131502, "System.InvalidOperationException": 0x80131509,
    "System.FormatException": 0x80131537, "System.InvalidCastException": 0x80004002, "System.OverflowException": 0x80131516,
    "System.DivideByZeroException": 0x80020012, "System.NotSupportedException": 0x80131515, "System.TimeoutException": 0x80131505,
    "System.NotImplementedException": 0x80004001, "System.UnauthorizedAccessException": 0x80070005,
    "System.IO.IOException": 0x80131620, "System.IO.FileNotFoundException": 0x80070002,
    "System.IO.DirectoryNotFoundException": 0x80070003, "System.Collections.Generic.KeyNotFoundException": 0x80131577,
    "System.Runtime.InteropServices.COMException": 0x80004005, "System.Runtime.InteropServices.ExternalException": 0x80004005,
    "System.ComponentModel.Win32Exception": 0x80004005, "System.SystemException": 0x80131501,
    "System.ApplicationException": 0x80131600, "System.Security.SecurityException": 0x8013150A,
}  # fmt: skip


def signed(number: int) -> int:
    """An HResult as the Int32 that scripts see."""
    return number - (1 << 32) if number >> 31 else number


def _hresult(error: NetException) -> int:
    if "HResult" in error.properties:
        return int(error.properties["HResult"])
    return signed(_HRESULTS.get(error.type_name, 0x80131500))


def default_message(name: str) -> str:
    """The text of an exception that was given none."""
    known = {
        "System.ArgumentException": "Value does not fall within the expected range.",
        "System.ArgumentNullException": "Value cannot be null.",
        "System.ArgumentOutOfRangeException": "Specified argument was out of the range of valid values.",
        "System.InvalidOperationException": "Operation is not valid due to the current state of the object.",
        "System.FormatException": "One of the identified items was in an invalid format.",
        "System.TimeoutException": "The operation has timed out.",
        "System.UnauthorizedAccessException": "Attempted to perform an unauthorized operation.",
        "System.NotSupportedException": "Specified method is not supported.",
        "System.NotImplementedException": "The method or operation is not implemented.",
        "System.DivideByZeroException": "Attempted to divide by zero.",
        "System.OverflowException": "Arithmetic operation resulted in an overflow.",
        "System.Collections.Generic.KeyNotFoundException": "The given key was not present in the dictionary.",
        "System.IO.FileNotFoundException": "Unable to find the specified file.",
        "System.ApplicationException": "Error in the application.",
        "System.SystemException": "System error.",
    }
    return known.get(name, f"Exception of type '{name}' was thrown.")


def _make(kind: NetType, message: str | None = None, inner: NetException | None = None) -> NetException:
    name = str(kind)
    return NetException(name, default_message(name) if message is None else message, inner)


def _argument(kind: NetType, message: str | None, name: str | None, inner: NetException | None = None) -> NetException:
    text = default_message(str(kind)) if message is None else message
    made = NetException(str(kind), f"{text} (Parameter '{name}')" if name else text, inner)
    made.properties["ParamName"] = name
    return made


#: What Windows says to its own error codes, as far as scripts of administrators meet them.
_WIN32: Final = {
    0: "The operation completed successfully", 1: "Incorrect function", 2: "The system cannot find the file specified",
    3: "The system cannot find the path specified", 5: "Access is denied", 6: "The handle is invalid",
    32: "The process cannot access the file because it is being used by another process", 53: "The network path was not found",
    67: "The network name cannot be found", 80: "The file exists", 86: "The specified network password is not correct",
    87: "The parameter is incorrect", 122: "The data area passed to a system call is too small",
    1060: "The specified service does not exist as an installed service", 1056: "An instance of the service is already running",
    1311: "We can't sign you in with this credential because your domain isn't available. Make sure your device is connected to "
    "your organization's network and try again",
    1326: "The user name or password is incorrect", 1355: "The specified domain either does not exist or could not be contacted",
    1722: "The RPC server is unavailable", 8240: "There is no such object on the server",
}  # fmt: skip


def _win32_text(code: int) -> str:
    """An error code's text: Windows' own to 5.1, the C library's elsewhere (what the recordings were made on)."""
    if is_desktop():
        return _WIN32.get(code, f"Unknown error (0x{code & 0xFFFFFFFF:x})")
    return os.strerror(code)


def _win32(kind: NetType, code: int, message: str | None = None) -> NetException:
    made = NetException(str(kind), _win32_text(code) if message is None else message)
    made.properties["NativeErrorCode"] = code
    return made


def _with_code(kind: NetType, message: str, code: int) -> NetException:
    made = NetException(str(kind), message)
    made.properties["HResult"] = code
    return made


def _declare(kind: NetType) -> TypeMembers:
    """The usual constructors of an exception type."""
    table = members_of(kind)
    table.constructor("()", _make, needs_type=True)
    table.constructor("(string)", _make, needs_type=True)
    table.constructor("(string, System.Exception)", _make, needs_type=True)
    return table


_OWN: Final = {
    "System.ArgumentNullException", "System.ArgumentOutOfRangeException", "System.ArgumentException", "System.AggregateException",
    "System.ComponentModel.Win32Exception", "System.ObjectDisposedException",
}  # fmt: skip
for _name in EXCEPTION_BASES:
    if _name not in _OWN:
        _table = _declare(exception_type(_name))


def declare_exceptions(bases: Mapping[str, str]) -> None:
    """Add exception types of a module, each with its base, to those that scripts may catch, make and cast to."""
    EXCEPTION_BASES.update(bases)
    for name in bases:
        _declare(exception_type(name))


_TABLE = members_of(exception_type("System.ArgumentException"))
_TABLE.constructor("()", _make, needs_type=True)
_TABLE.constructor("(string)", _make, needs_type=True)
_TABLE.constructor("(string, System.Exception)", _make, needs_type=True)
_TABLE.constructor("(string, string)", _argument, needs_type=True)
_TABLE.constructor("(string, string, System.Exception)", _argument, needs_type=True)
_TABLE.property("ParamName", lambda error: error.properties.get("ParamName"), "string")
for _name in ("System.ArgumentNullException", "System.ArgumentOutOfRangeException", "System.ObjectDisposedException"):
    _TABLE = members_of(exception_type(_name))
    _TABLE.constructor("()", _make, needs_type=True)
    _TABLE.constructor("(string)", lambda kind, name: _argument(kind, None, name), needs_type=True)
    _TABLE.constructor("(string, string)", lambda kind, name, message: _argument(kind, message, name), needs_type=True)
    _TABLE.constructor("(string, System.Exception)", _make, needs_type=True)
members_of(exception_type("System.ArgumentOutOfRangeException")).constructor(
    "(string, object, string)", lambda kind, name, _value, message: _argument(kind, message, name), needs_type=True
)
_TABLE = members_of(exception_type("System.ComponentModel.Win32Exception"))
_TABLE.constructor("(int)", _win32, needs_type=True)
_TABLE.constructor("(int, string)", _win32, needs_type=True)
_TABLE.constructor("(string)", _make, needs_type=True)
_TABLE.property("NativeErrorCode", lambda error: error.properties.get("NativeErrorCode", 0), "int")
_TABLE.property("ErrorCode", _hresult, "int")
_TABLE = members_of(exception_type("System.Runtime.InteropServices.COMException"))
_TABLE.constructor("(string, int)", _with_code, needs_type=True)
members_of(exception_type("System.Runtime.InteropServices.ExternalException")).constructor(
    "(string, int)", _with_code, needs_type=True
)
members_of(exception_type("System.Runtime.InteropServices.ExternalException")).property("ErrorCode", _hresult, "int")
members_of(exception_type("System.IO.IOException")).constructor("(string, int)", _with_code, needs_type=True)
_TABLE = members_of(exception_type("System.AggregateException"))


_READ_ONLY: Final = net.define("System.Collections.ObjectModel.ReadOnlyCollection`1")
members_of(_READ_ONLY).property("Count", len, "int")


def _aggregate(kind: NetType, message: str | None, inners: Any) -> NetException:
    found = list(inners or ())
    text = (message or "One or more errors occurred.") + "".join(f" ({one.message})" for one in found)
    made = NetException(str(kind), text, found[0] if found else None)
    made.properties["InnerExceptions"] = GenericList(found, net.generic(_READ_ONLY, net.EXCEPTION))
    return made


_TABLE.constructor("()", lambda kind: _aggregate(kind, None, ()), needs_type=True)
_TABLE.constructor("(string)", lambda kind, message: _aggregate(kind, message, ()), needs_type=True)
_TABLE.constructor(
    "(string, System.Exception)", lambda kind, message, inner: _aggregate(kind, message, [inner]), needs_type=True
)
_TABLE.constructor("(string, System.Exception[])", _aggregate, needs_type=True)
_TABLE.constructor("(params System.Exception[])", lambda kind, inners: _aggregate(kind, None, inners), needs_type=True)
_TABLE.property("InnerExceptions", lambda error: error.properties.get("InnerExceptions", Array([])))
for _name, _member in (("System.Net.WebException", "Status"), ("System.IO.FileNotFoundException", "FileName")):
    members_of(exception_type(_name)).property(_member, lambda error, name=_member: error.properties.get(name))
members_of(exception_type("System.Net.WebException")).property(
    "Response", lambda error: error.properties.get("Response")
)
members_of(exception_type("System.Net.WebException")).constructor(
    "(string, System.Net.WebExceptionStatus)",
    lambda kind, text, status: NetException(str(kind), text, None, {"Status": status}),
    needs_type=True,
)


def _data(error: NetException) -> Hashtable:
    found: Hashtable = error.properties.setdefault("Data", Hashtable())
    return found


def _innermost(error: NetException) -> NetException:
    while error.inner is not None:
        error = error.inner
    return error


BASE.property("Message", lambda error: error.message, "string")
BASE.property("Data", _data)
BASE.property("InnerException", lambda error: error.inner, "System.Exception")
BASE.property("HResult", _hresult, "int", lambda error, number: error.properties.__setitem__("HResult", number))
BASE.property("StackTrace", lambda error: error.properties.get("StackTrace"), "string")
BASE.property(
    "Source",
    lambda error: error.properties.get("Source"),
    "string",
    lambda error, text: error.properties.__setitem__("Source", text),
)
BASE.property(
    "HelpLink",
    lambda error: error.properties.get("HelpLink"),
    "string",
    lambda error, text: error.properties.__setitem__("HelpLink", text),
)
BASE.property("TargetSite", lambda _error: None)
BASE.method("GetBaseException()", _innermost)
BASE.method("ToString()", exception_text)


def record_of(error: NetException) -> ErrorRecord:
    """`ErrorRecord` of a RuntimeException: its own, or one made for it."""
    if error.record is None:
        error.record = ErrorRecord(error, error.type_name.rpartition(".")[2], "NotSpecified")
    return error.record


members_of(exception_type(f"{_AUTOMATION}.RuntimeException")).property(
    "ErrorRecord", record_of, f"{_AUTOMATION}.ErrorRecord"
)
members_of(exception_type(f"{_AUTOMATION}.RuntimeException")).property(
    "WasThrownFromThrowStatement", lambda _error: True, "bool"
)
for _name, _members in {
    "CommandNotFoundException": ("CommandName",),
    "ParameterBindingException": ("ParameterName", "ErrorId", "ParameterType", "TypeSpecified"),
    "ItemNotFoundException": ("ItemName",),
    "SessionStateException": ("ItemName",),
    "ParseException": ("Errors",),
}.items():
    for _member in _members:
        members_of(exception_type(f"{_AUTOMATION}.{_name}")).property(
            _member, lambda error, name=_member: error.properties.get(name)
        )

# ---------------------------------------------------------------- ErrorRecord

RECORD: Final = members_of(RECORD_TYPE)
CATEGORY_TYPE: Final = net.define(f"{_AUTOMATION}.ErrorCategoryInfo")
DETAILS_TYPE: Final = net.define(f"{_AUTOMATION}.ErrorDetails")


class CategoryInfo(NetObject):
    """`$_.CategoryInfo`: a view of the record."""

    __slots__ = ("record",)
    net_type = CATEGORY_TYPE

    def __init__(self, record: ErrorRecord) -> None:
        super().__init__()
        self.record = record

    def reason(self) -> str:
        """The exception's type, unless set."""
        return self.record.reason or self.record.exception.type_name.rpartition(".")[2]

    def target_name(self) -> str:
        """The target's text, unless set."""
        from jcad.lab.powershell.objects import to_text  # noqa: PLC0415  - only here

        if self.record.target_name:
            return self.record.target_name
        return "" if self.record.target is None else to_text(self.record.target)

    def target_type(self) -> str:
        """The target's type name, unless set."""
        if self.record.target_type:
            return self.record.target_type
        return "" if self.record.target is None else type_of(self.record.target).name

    def text(self) -> str:
        """`Category: (Target:Type) [Activity], Reason`."""
        shown = f"{self.target_name()}:{self.target_type()}" if self.record.target is not None else ":"
        return f"{self.record.category}: ({shown}) [{self.record.activity}], {self.reason()}"


_CATEGORY: Final = members_of(CATEGORY_TYPE)
_CATEGORY.property(
    "Category", lambda self: text_to_enum(self.record.category, enums.ERROR_CATEGORY), f"{_AUTOMATION}.ErrorCategory"
)
_CATEGORY.property(
    "Activity", lambda self: self.record.activity, "string", lambda self, text: setattr(self.record, "activity", text)
)
_CATEGORY.property("Reason", CategoryInfo.reason, "string", lambda self, text: setattr(self.record, "reason", text))
_CATEGORY.property(
    "TargetName", CategoryInfo.target_name, "string", lambda self, text: setattr(self.record, "target_name", text)
)
_CATEGORY.property(
    "TargetType", CategoryInfo.target_type, "string", lambda self, text: setattr(self.record, "target_type", text)
)
_CATEGORY.method("ToString()", CategoryInfo.text)
_CATEGORY.method("GetMessage()", CategoryInfo.text)
textual(CategoryInfo, lambda value, _spec, _invariant: value.text())


class Details(NetObject):
    """`$_.ErrorDetails`."""

    __slots__ = ("details",)
    net_type = DETAILS_TYPE

    def __init__(self, details: ErrorDetails) -> None:
        super().__init__()
        self.details = details


_DETAILS: Final = members_of(DETAILS_TYPE)
_DETAILS.constructor("(string)", lambda text: Details(ErrorDetails(text)))
_DETAILS.property("Message", lambda self: self.details.message, "string")
_DETAILS.property(
    "RecommendedAction",
    lambda self: self.details.recommended_action,
    "string",
    lambda self, text: setattr(self.details, "recommended_action", text),
)
textual(Details, lambda value, _spec, _invariant: value.details.message)


def make_record(exception: NetException | None, error_id: str, category: EnumValue, target: Value) -> ErrorRecord:
    """`[ErrorRecord]::new(exception, id, category, target)`."""
    if exception is None:
        raise NetError.of(
            f"{_AUTOMATION}.PSArgumentNullException",
            'Cannot process argument because the value of argument "exception" is null. Change the value of argument '
            '"exception" to a non-null value.',
        )
    return ErrorRecord(exception, error_id or "", str(category), target)


def _set_details(record: ErrorRecord, value: Value) -> None:
    record.details = value.details if isinstance(value, Details) else None


def _copy(record: ErrorRecord, _exception: NetException | None = None) -> ErrorRecord:
    import dataclasses  # noqa: PLC0415  - only here

    hides = _exception is not None and _exception.type_name.endswith("ParentContainsErrorRecordException")
    return dataclasses.replace(record, exception=_exception if hides and _exception else record.exception)


RECORD.constructor(f"(System.Exception, string, {_AUTOMATION}.ErrorCategory, object)", make_record)
RECORD.constructor(f"({_AUTOMATION}.ErrorRecord, System.Exception)", _copy)
RECORD.property("Exception", lambda record: record.exception, "System.Exception")
RECORD.property("TargetObject", lambda record: record.target)
RECORD.property("CategoryInfo", CategoryInfo, f"{_AUTOMATION}.ErrorCategoryInfo")
RECORD.property("FullyQualifiedErrorId", lambda record: record.fqid, "string")
RECORD.property(
    "ErrorDetails",
    lambda record: None if record.details is None else Details(record.details),
    f"{_AUTOMATION}.ErrorDetails",
    _set_details,
)
RECORD.property("InvocationInfo", lambda record: record.invocation)
RECORD.property("ScriptStackTrace", lambda record: record.stack_trace, "string")
RECORD.property("PipelineIterationInfo", lambda _record: Array([]))
RECORD.method("ToString()", str)

__all__ = ["Callable", "make_record", "record_of"]
