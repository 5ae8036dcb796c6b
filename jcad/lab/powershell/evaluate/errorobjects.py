"""How a script sees errors: the members and constructors of exceptions, ErrorRecord, CategoryInfo, ErrorDetails, and of
the records of the other streams and script blocks. Source: .NET and PowerShell reference, a real engine's answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from jcad.lab.powershell import nettype as net
from jcad.lab.powershell.errors import CATEGORIES, ErrorDetails, ErrorRecord, NetException
from jcad.lab.powershell.evaluate.frame import Enumerator
from jcad.lab.powershell.exceptions import EXCEPTION_BASES, is_exception_type
from jcad.lab.powershell.objects import exception_text, textual, to_text
from jcad.lab.powershell.records import (
    INFORMATIONAL_RECORD,
    HostInformationMessage,
    InformationalRecord,
    InformationRecord,
)
from jcad.lab.powershell.types.registry import members_of
from jcad.lab.powershell.values import (
    EnumValue,
    Hashtable,
    NetObject,
    SwitchParameter,
    array_from,
    base_of,
    exception_type,
    type_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from jcad.lab.powershell.values import Value

_AUTOMATION: Final = "System.Management.Automation."
_RUNTIME: Final = _AUTOMATION + "RuntimeException"
ERROR_CATEGORY: Final = net.define(
    _AUTOMATION + "ErrorCategory", names={name: number for number, name in enumerate(CATEGORIES[:31])}
)
ERROR_DETAILS: Final = net.define(_AUTOMATION + "ErrorDetails")
#: The messages of exceptions made without one.
_DEFAULT_MESSAGES: Final = {
    "System.ArgumentException": "Value does not fall within the expected range.",
    "System.ArgumentNullException": "Value cannot be null.",
    "System.ArgumentOutOfRangeException": "Specified argument was out of the range of valid values.",
    "System.FormatException": "One of the identified items was in an invalid format.",
    "System.InvalidOperationException": "Operation is not valid due to the current state of the object.",
    "System.InvalidCastException": "Specified cast is not valid.",
    "System.IndexOutOfRangeException": "Index was outside the bounds of the array.",
    "System.NotSupportedException": "Specified method is not supported.",
    "System.NotImplementedException": "The method or operation is not implemented.",
    "System.NullReferenceException": "Object reference not set to an instance of an object.",
    "System.DivideByZeroException": "Attempted to divide by zero.",
    "System.OverflowException": "Arithmetic operation resulted in an overflow.",
    "System.TimeoutException": "The operation has timed out.",
    "System.UnauthorizedAccessException": "Attempted to perform an unauthorized operation.",
    "System.OutOfMemoryException": "Insufficient memory to continue the execution of the program.",
    "System.IO.IOException": "I/O error occurred.",
    "System.IO.FileNotFoundException": "Unable to find the specified file.",
    "System.IO.DirectoryNotFoundException": "Attempted to access a path that is not on the disk.",
    "System.IO.InvalidDataException": "Found invalid data while decoding.",
    "System.OperationCanceledException": "The operation was canceled.",
    "System.Collections.Generic.KeyNotFoundException": "The given key was not present in the dictionary.",
}
_HRESULTS: Final = {
    "System.Exception": -2146233088,
    "System.ArgumentException": -2147024809,
    "System.ArgumentNullException": -2147467261,
    "System.ArgumentOutOfRangeException": -2146233086,
    "System.InvalidOperationException": -2146233079,
    "System.UnauthorizedAccessException": -2147024891,
    "System.FormatException": -2146233033,
    "System.NotSupportedException": -2146233067,
    "System.TimeoutException": -2146233083,
    "System.IO.IOException": -2146232800,
    "System.IO.FileNotFoundException": -2147024894,
    "System.ComponentModel.Win32Exception": -2147467259,
    "System.Runtime.InteropServices.COMException": -2147467259,
    "System.DivideByZeroException": -2147352558,
    "System.OverflowException": -2146233066,
    "System.IndexOutOfRangeException": -2146233080,
    "System.NullReferenceException": -2147467261,
    "System.InvalidCastException": -2147467262,
}


class CategoryInfo(NetObject):
    """$_.CategoryInfo: a view of the record."""

    __slots__ = ("record",)
    net_type = net.define(_AUTOMATION + "ErrorCategoryInfo")

    def __init__(self, record: ErrorRecord) -> None:
        super().__init__()
        self.record = record

    @property
    def reason(self) -> str:
        """The exception's short type name, or what was set."""
        return self.record.reason or type_of(self.record.exception).name

    @property
    def target_name(self) -> str:
        """The target's text, or what was set."""
        return self.record.target_name or to_text(self.record.target)

    @property
    def target_type(self) -> str:
        """The target's short type name, or what was set."""
        target = base_of(self.record.target)
        return self.record.target_type or ("" if target is None else type_of(target).name)

    def __str__(self) -> str:
        record = self.record
        names = ", ".join(part for part in (self.reason,) if part)
        return f"{record.category}: ({self.target_name}:{self.target_type}) [{record.activity}], {names}"


# ---- exceptions ------------------------------------------------------------------------------------------------------


def record_of(exception: NetException) -> ErrorRecord | None:
    """The ErrorRecord of a RuntimeException and its kin, made when first asked for."""
    if exception.record is None and is_exception_type(exception.type_name, _RUNTIME):
        about = NetException(_AUTOMATION + "ParentContainsErrorRecordException", exception.message)
        exception.record = ErrorRecord(about, exception.type_name.rpartition(".")[2])
    return exception.record


def _made(name: str, message: str | None = None, inner: NetException | None = None, **properties: Any) -> NetException:
    default = _DEFAULT_MESSAGES.get(name, f"Exception of type '{name}' was thrown.")
    return NetException(name, default if message is None else message, inner, properties)


def _declare_exception(name: str) -> None:
    members = members_of(exception_type(name))
    members.constructor("()", lambda: _made(name))
    if name in {"System.ArgumentNullException", "System.ArgumentOutOfRangeException"}:
        members.constructor("(string)", lambda parameter: _argument(name, None, parameter))
        members.constructor("(string, string)", lambda parameter, message: _argument(name, message, parameter))
    elif name == "System.ObjectDisposedException":
        members.constructor("(string)", lambda thing: _made(name, f"Cannot access a disposed object.\nObject name: '{thing}'."))
    else:
        members.constructor("(string)", lambda message: _made(name, message))
    if name == "System.ArgumentException":
        members.constructor("(string, string)", lambda message, parameter: _argument(name, message, parameter))
    if name == "System.ComponentModel.Win32Exception":
        members.constructor("(int)", lambda code: _win32(name, code, None))
        members.constructor("(int, string)", lambda code, message: _win32(name, code, message))
    if name in {"System.Runtime.InteropServices.COMException", "System.Runtime.InteropServices.ExternalException"}:
        members.constructor("(string, int)", lambda message, code: _made(name, message, ErrorCode=code, HResult=code))
    if name == "System.IO.FileNotFoundException":
        members.constructor("(string, string)", lambda message, file: _made(name, message, FileName=file))
    members.constructor("(string, System.Exception)", lambda message, inner: _made(name, message, inner))


def _argument(name: str, message: str | None, parameter: str) -> NetException:
    text = _DEFAULT_MESSAGES[name] if message is None else message
    return _made(name, f"{text} (Parameter '{parameter}')" if parameter else text, ParamName=parameter)


_WIN32: Final = {
    2: "The system cannot find the file specified.",
    5: "Access is denied.",
    1325: "Unable to update the password. The value provided for the new password does not meet the length, complexity, "
    "or history requirements of the domain.",
    1326: "The user name or password is incorrect.",
}


def _win32(name: str, code: int, message: str | None) -> NetException:
    text = _WIN32.get(code, f"Unknown error ({code})") if message is None else message
    return _made(name, text, NativeErrorCode=code, ErrorCode=-2147467259)


def _declare_exceptions() -> None:
    for name in EXCEPTION_BASES:
        _declare_exception(name)
    members = members_of(net.EXCEPTION)
    members.property("Message", lambda e: e.message, "string")
    members.property("InnerException", lambda e: e.inner)
    members.property("StackTrace", lambda _e: "", "string")
    members.property("HResult", _hresult, "int", lambda e, value: e.properties.__setitem__("HResult", value))
    members.property("Source", lambda e: e.properties.get("Source"), "string", _setter("Source"))
    members.property("HelpLink", lambda e: e.properties.get("HelpLink"), "string", _setter("HelpLink"))
    members.property("TargetSite", lambda _e: None)
    members.property("Data", _exception_data)
    members.method("GetBaseException()", _base_exception)
    members.method("ToString()", exception_text)
    _own_property("System.ArgumentException", "ParamName")
    _own_property("System.ComponentModel.Win32Exception", "NativeErrorCode")
    _own_property("System.Runtime.InteropServices.ExternalException", "ErrorCode")
    _own_property("System.ObjectDisposedException", "ObjectName")
    _own_property("System.IO.FileNotFoundException", "FileName")
    _own_property(_AUTOMATION + "CommandNotFoundException", "CommandName")
    _own_property(_AUTOMATION + "ParameterBindingException", "ParameterName")
    _own_property(_AUTOMATION + "ParameterBindingException", "ErrorId")
    _own_property(_AUTOMATION + "ParseException", "Errors")
    members_of(exception_type(_RUNTIME)).property("ErrorRecord", record_of)
    members_of(exception_type(_RUNTIME)).property("WasThrownFromThrowStatement", lambda _e: False, "bool")


def _setter(name: str) -> Callable[[NetException, Any], None]:
    return lambda exception, value: exception.properties.__setitem__(name, value)


def _own_property(type_name: str, name: str) -> None:
    members_of(exception_type(type_name)).property(name, lambda e: e.properties.get(name))


def _hresult(exception: NetException) -> int:
    given = exception.properties.get("HResult")
    if given is not None:
        return int(given)
    kind = exception.type_name
    while kind not in _HRESULTS and kind in EXCEPTION_BASES:
        kind = EXCEPTION_BASES[kind]
    return _HRESULTS.get(kind, -2146233088)


def _exception_data(exception: NetException) -> Value:
    found = exception.properties.get("Data")
    if found is None:
        found = exception.properties["Data"] = Hashtable()
    return found


def _base_exception(exception: NetException) -> NetException:
    while exception.inner is not None:
        exception = exception.inner
    return exception


# ---- error records ---------------------------------------------------------------------------------------------------


def _new_record(exception: NetException, error_id: str, category: EnumValue, target: Value) -> ErrorRecord:
    return ErrorRecord(exception, error_id or "", str(category), target)


def _copied_record(record: ErrorRecord, exception: NetException) -> ErrorRecord:
    if is_exception_type(record.exception.type_name, _AUTOMATION + "ParentContainsErrorRecordException"):
        about = exception
    else:
        about = record.exception
    return ErrorRecord(
        about,
        record.error_id,
        record.category,
        record.target,
        record.command,
        record.activity,
        record.reason,
        record.target_name,
        record.target_type,
        record.details,
        record.invocation,
    )


def _declare_records() -> None:
    members = members_of(type_of(ErrorRecord(NetException("System.Exception"))))
    members.constructor(
        f"(System.Exception, string, {_AUTOMATION}ErrorCategory, object)",
        _new_record,
    )
    members.constructor(f"({_AUTOMATION}ErrorRecord, System.Exception)", _copied_record)
    members.property("Exception", lambda r: r.exception)
    members.property("FullyQualifiedErrorId", lambda r: r.fqid, "string")
    members.property("CategoryInfo", CategoryInfo)
    members.property("TargetObject", lambda r: r.target)
    members.property("ErrorDetails", lambda r: r.details, setter=_set_details)
    members.property("InvocationInfo", lambda r: r.invocation)
    members.property("ScriptStackTrace", lambda r: r.stack_trace, "string")
    members.property("PipelineIterationInfo", lambda _r: array_from((), net.INT32))
    members = members_of(CategoryInfo.net_type)
    members.property("Category", lambda c: EnumValue(ERROR_CATEGORY, CATEGORIES.index(c.record.category)))
    members.property("Activity", lambda c: c.record.activity, "string", lambda c, v: setattr(c.record, "activity", v))
    members.property("Reason", lambda c: c.reason, "string", lambda c, v: setattr(c.record, "reason", v))
    members.property("TargetName", lambda c: c.target_name, "string", lambda c, v: setattr(c.record, "target_name", v))
    members.property("TargetType", lambda c: c.target_type, "string", lambda c, v: setattr(c.record, "target_type", v))
    members.method("GetMessage()", str)
    textual(CategoryInfo, lambda value, _spec, _invariant: str(value))
    members = members_of(ERROR_DETAILS)
    members.constructor("(string)", ErrorDetailsValue)
    members.property("Message", lambda d: d.message, "string")
    members.property(
        "RecommendedAction",
        lambda d: d.recommended_action,
        "string",
        lambda d, value: setattr(d, "recommended_action", value),
    )
    textual(ErrorDetailsValue, lambda value, _spec, _invariant: value.message)


class ErrorDetailsValue(ErrorDetails):
    """ErrorDetails as a value of a script."""

    __slots__ = ("extended", "type_names")
    net_type = ERROR_DETAILS

    def __init__(self, message: str, recommended_action: str = "") -> None:
        super().__init__(message, recommended_action)
        self.extended = None
        self.type_names = None


def _set_details(record: ErrorRecord, value: Value) -> None:
    base = base_of(value)
    record.details = base if isinstance(base, ErrorDetails) or base is None else ErrorDetailsValue(to_text(value))


# ---- the other streams, enumerators, switches ------------------------------------------------------------------------


def _declare_others() -> None:
    members = members_of(INFORMATIONAL_RECORD)
    members.property("Message", lambda r: r.message, "string", lambda r, value: setattr(r, "message", value))
    members.property("InvocationInfo", lambda _r: None)
    textual(InformationalRecord, lambda value, _spec, _invariant: value.message)
    members = members_of(InformationRecord.net_type)
    members.property("MessageData", lambda r: r.message_data)
    members.property("Tags", lambda r: array_from(r.tags, net.STRING))
    members.property("Source", lambda r: r.source, "string")
    textual(InformationRecord, lambda value, _spec, _invariant: to_text(value.message_data))
    members = members_of(HostInformationMessage.net_type)
    members.property("Message", lambda m: m.message, "string")
    members.property("NoNewLine", lambda m: m.no_new_line, "bool")
    members.property("ForegroundColor", lambda m: m.foreground)
    members.property("BackgroundColor", lambda m: m.background)
    textual(HostInformationMessage, lambda value, _spec, _invariant: value.message)
    members = members_of(Enumerator.net_type)
    members.property("Current", lambda e: e.current)
    members.method("MoveNext()", lambda e: e.move_next())
    members = members_of(SwitchParameter.net_type)
    members.property("IsPresent", lambda s: s.present, "bool")
    members.method("ToBool()", lambda s: s.present)
    members.constructor("(bool)", SwitchParameter)


def declare() -> None:
    """Give these types their members, once, when the interpreter is loaded."""
    _declare_exceptions()
    _declare_records()
    _declare_others()
