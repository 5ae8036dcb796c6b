"""A parameter's value: converted to its type and validated, with the binder's own errors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from jcad.lab.powershell import nettype as net
from jcad.lab.powershell.convert import cast
from jcad.lab.powershell.errors import ErrorRecord, Failure, NetException
from jcad.lab.powershell.evaluate.attributes import TypeNameCheck, ValidationFailed, validation_error
from jcad.lab.powershell.objects import to_text
from jcad.lab.powershell.values import Array, NetList, PSReference, SwitchParameter, base_of, type_of

if TYPE_CHECKING:
    from jcad.lab.powershell.binding import Slot, Table
    from jcad.lab.powershell.evaluate.frame import Frame
    from jcad.lab.powershell.values import NetType, Value

BINDING: Final = "System.Management.Automation.ParameterBindingException"
VALIDATION: Final = "System.Management.Automation.ParameterBindingValidationException"
STRINGS: Final = net.array_of(net.STRING)
_TRANSFORMATION: Final = "System.Management.Automation.ParameterBindingArgumentTransformationException"


class ParameterValues:
    """Makes the values of a command's parameters. `command` and `activity` are what its errors are named by."""

    __slots__ = ("activity", "command", "f", "table")

    def __init__(self, table: Table, command: str, f: Frame, activity: str = "") -> None:
        self.table = table
        self.command = command
        self.activity = activity or command
        self.f = f

    def converted(self, slot: Slot, value: Value) -> Value:
        """The value in the slot's type, validated."""
        for kind in reversed(slot.kinds):
            value = self._convert(slot, value, kind)
        if slot.mandatory or slot.checks:
            self._validate(slot, value)
        return value

    def converted_default(self, slot: Slot, value: Value) -> Value:
        """A default in the slot's type; it is not validated."""
        for kind in reversed(slot.kinds):
            value = self._convert(slot, value, kind)
        return value

    def _convert(self, slot: Slot, value: Value, kind: NetType) -> Value:
        if kind is net.OBJECT:
            return value
        if kind is net.SWITCH_PARAMETER:
            return self._switch(slot, value)
        if value is None and self._stays_null(kind):
            return None
        refused = self._refused(value, kind)
        if refused:
            raise self._cannot_convert(slot, value, kind, refused, None)
        if kind is STRINGS and isinstance(base_of(value), Array):
            return Array([None if item is None else cast(item, net.STRING) for item in base_of(value)], kind)
        if kind.element is net.OBJECT and isinstance(base_of(value), Array):
            return value if base_of(value).net_type is kind else Array(base_of(value))
        try:
            return cast(value, kind)
        except Failure as failure:
            raise self._failed(slot, value, kind, failure) from failure

    def _failed(self, slot: Slot, value: Value, kind: NetType, failure: Failure) -> Failure:
        """The error of a conversion that failed; that of a single value to an array is its element's."""
        record = failure.record
        if kind.element is not None and self.table.keeps_null and not isinstance(base_of(value), NetList):
            kind = kind.element
            try:
                cast(value, kind)
            except Failure as of_element:
                record = of_element.record
        return self._cannot_convert(slot, value, kind, record.message, record.exception)

    def _stays_null(self, kind: NetType) -> bool:
        """Whether $null is no matter for conversion. A function's [string] makes a text of it, a cmdlet's does not."""
        if kind.is_value or kind.element is not None or kind is net.BOOLEAN:
            return False
        return kind is not net.STRING or self.table.keeps_null

    def _refused(self, value: Value, kind: NetType) -> str:
        """Why a parameter does not take what a cast would convert, or ""."""
        base = base_of(value)
        if kind is net.PS_REFERENCE:
            return "" if isinstance(base, PSReference) else "Reference type is expected in argument."
        if isinstance(base, str):
            boolean = kind.is_value and net.BOOLEAN in {kind, *kind.args}
            return "Cannot convert value to type System.Boolean." if boolean else ""
        if kind is net.STRING and self.table.advanced and isinstance(base, Array):
            return "Cannot convert value to type System.String."
        return ""

    def _switch(self, slot: Slot, value: Value) -> Value:
        base = base_of(value)
        if isinstance(base, SwitchParameter):
            return base
        if isinstance(base, (bool, int, float)):
            return SwitchParameter(bool(base))
        if base is None:
            return SwitchParameter(False)
        raise self._cannot_convert(
            slot, value, net.SWITCH_PARAMETER, "Cannot convert value to type SwitchParameter.", None
        )

    def _cannot_convert(
        self, slot: Slot, value: Value, kind: NetType, reason: str, inner: NetException | None
    ) -> Failure:
        if self.table.keeps_null:
            return self._cannot_bind(slot, value, kind, reason, inner)
        return self.error(
            "ParameterArgumentTransformationError",
            f"Cannot process argument transformation on parameter '{slot.name}'. {reason}",
            slot.name,
            category="InvalidData",
            exception=_TRANSFORMATION,
            inner=NetException("System.Management.Automation.ArgumentTransformationMetadataException", reason, inner),
        )

    def _cannot_bind(self, slot: Slot, value: Value, kind: NetType, reason: str, inner: NetException | None) -> Failure:
        """What a cmdlet says of a value that does not convert: its parameters have types, not transformations."""
        shown = f'Cannot convert the "{to_text(value)}" value to type "{kind.full_name}". ' if inner is None else ""
        return self.error(
            "CannotConvertArgumentNoMessage",
            f"Cannot bind parameter '{slot.name}'. {shown}{reason}",
            slot.name,
            inner=None if inner is None else inner.inner or inner,
            ParameterType=kind.full_name,
            TypeSpecified=type_of(value).full_name,
        )

    def _validate(self, slot: Slot, value: Value) -> None:
        for check in slot.checks:
            if isinstance(check, TypeNameCheck) and not check.matches(value):
                raise self._mismatched(slot, check)
            try:
                check.check(value, self.f)
            except ValidationFailed as failed:
                failure = validation_error(failed, slot, self.command, value)
                failure.record.activity = self.activity
                raise failure from failed
        if slot.mandatory:
            self._not_empty(slot, value)

    def _mismatched(self, slot: Slot, check: TypeNameCheck) -> Failure:
        text = (
            f"Cannot bind argument to parameter '{slot.name}', because PSTypeNames of the argument do not match the "
            f"PSTypeName required by the parameter: {check.name}."
        )
        inner = NetException("System.Management.Automation.PSInvalidCastException", text)
        return self.error("MismatchedPSTypeName", text, slot.name, inner=inner)

    def _not_empty(self, slot: Slot, value: Value) -> None:
        base = base_of(value)
        if base is None:
            if not slot.allow_null:
                raise self._empty(slot, "NullNotAllowed", "null")
            return
        if isinstance(base, str):
            if base == "" and slot.kind is net.STRING and not slot.allow_empty_string:
                raise self._empty(slot, "EmptyStringNotAllowed", "an empty string")
            return
        if not isinstance(base, NetList) or not slot.kinds or (slot.kind is net.OBJECT and not isinstance(base, Array)):
            return
        if not base:
            if not slot.allow_empty_collection:
                word = "EmptyArrayNotAllowed" if isinstance(base, Array) else "EmptyCollectionNotAllowed"
                raise self._empty(slot, word, "an empty array")
            return
        self._elements_not_empty(slot, base)

    def _elements_not_empty(self, slot: Slot, items: NetList) -> None:
        for item in items:
            if item is None and not slot.allow_null:
                raise self._empty(slot, "NullNotAllowed", "null")
            if item == "" and slot.kind.element is net.STRING and not slot.allow_empty_string:
                raise self._empty(slot, "EmptyStringNotAllowed", "an empty string")

    def _empty(self, slot: Slot, word: str, what: str) -> Failure:
        return self.error(
            f"ParameterArgumentValidationError{word}",
            f"Cannot bind argument to parameter '{slot.name}' because it is {what}.",
            slot.name,
            category="InvalidData",
            exception=VALIDATION,
        )

    def error(
        self,
        error_id: str,
        message: str,
        parameter: str,
        *,
        category: str = "InvalidArgument",
        exception: str = BINDING,
        inner: NetException | None = None,
        target: Any = None,
        **properties: Any,
    ) -> Failure:
        """A binder's error of this command; `properties` are the exception's own."""
        own = {"ParameterName": parameter, "ErrorId": error_id, **properties}
        thrown = NetException(exception, message, inner, own)
        record = ErrorRecord(thrown, error_id, category, target, self.command, self.activity)
        thrown.record = record
        return Failure(record)
