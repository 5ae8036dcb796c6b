"""What a conversion is, and the errors of those that fail: ids and texts of PowerShell's ExtendedTypeSystem resources."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple

from jcad.errors import LabUnsupported
from jcad.lab.powershell.errors import RUNTIME_EXCEPTION, Failure, NetError, NetException
from jcad.lab.powershell.objects import to_text
from jcad.lab.powershell.values import AUTOMATION_NULL, NetType, Value, type_of

PS_INVALID_CAST = "System.Management.Automation.PSInvalidCastException"

Converter = Callable[[Value, NetType], Value]


class Conversion(NamedTuple):
    """One way from a type to another: how good it is (ranks.py), and the function."""

    rank: int
    convert: Converter


def invalid_cast(error_id: str, message: str, inner: NetException | None = None) -> Failure:
    """A failed conversion, as a script sees it: a RuntimeException around the PSInvalidCastException."""
    cause = NetException(PS_INVALID_CAST, message, inner)
    return Failure.of(error_id, message, "InvalidArgument", exception=RUNTIME_EXCEPTION, inner=cause)


def no_conversion(value: Value, kind: NetType) -> Value:
    """The conversion that is none."""
    if value is None or value is AUTOMATION_NULL:
        raise null_cast(kind)
    raise invalid_cast(
        "ConvertToFinalInvalidCastException",
        f'Cannot convert the "{to_text(value)}" value of type "{type_of(value).full_name}" to type "{kind}".',
    )


def null_cast(kind: NetType, error_id: str = "nullToObjectInvalidCast") -> Failure:
    """$null where a value type is wanted."""
    return invalid_cast(error_id, f'Cannot convert null to type "{kind}".')


def value_cast(error_id: str, value: Value, kind: NetType, why: str, inner: NetException | None = None) -> Failure:
    """`Cannot convert value "x" to type "T". Error: "why"`."""
    return invalid_cast(error_id, f'Cannot convert value "{to_text(value)}" to type "{kind}". Error: "{why}"', inner)


def wrapped(error_id: str, value: Value, kind: NetType, error: NetError) -> Failure:
    """A .NET exception of Parse, a constructor or a property setter that ended a conversion."""
    return value_cast(error_id, value, kind, error.exception.message, error.exception)


UNFORESEEN: Final = (TypeError, AttributeError, ValueError, LookupError, ArithmeticError)
"""What a member raises that was not made for such values: it is declined by name, and no exception of Python gets out."""


def unforeseen(kind: NetType, name: str) -> LabUnsupported:
    """The refusal of a member for values that it was not made for."""
    return LabUnsupported(f"[{kind}].{name} of such values")
