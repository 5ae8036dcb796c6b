"""-is, -isnot and -as."""

from __future__ import annotations

from jcad.lab.powershell import nettype as net
from jcad.lab.powershell.casts.failures import no_conversion
from jcad.lab.powershell.convert import cast, try_cast
from jcad.lab.powershell.errors import Failure
from jcad.lab.powershell.objects import to_text
from jcad.lab.powershell.operators.arithmetic import base
from jcad.lab.powershell.types import resolve
from jcad.lab.powershell.values import AUTOMATION_NULL, NetType, PSCustomObject, PSObject, Value, type_of


def is_type(left: Value, right: Value) -> bool:
    """`-is`."""
    kind = base(right)
    if not isinstance(kind, NetType):
        if kind is None:
            raise _wants_type("IsOperatorRequiresType", "The right operand of '-is' must be a type.")
        name = to_text(kind)
        found = resolve(name) if isinstance(kind, str) else None
        if found is None:
            raise Failure.of(
                "RuntimeException", f'Cannot convert the "{name}" value to type "System.Type".', "InvalidArgument"
            )
        kind = found
    return value_is(left, kind)


def value_is(value: Value, kind: NetType) -> bool:
    """Whether a value is of a type."""
    if value is None or value is AUTOMATION_NULL:
        return False
    if kind is net.PS_OBJECT:
        return isinstance(value, (PSObject, PSCustomObject))
    plain = value.base if type(value) is PSObject else value
    return type_of(plain).is_assignable_to(kind)


def as_type(left: Value, right: Value) -> Value:
    """`-as`."""
    kind = base(right)
    if kind is None:
        raise _wants_type("AsOperatorRequiresType", "The right operand of '-as' must be a type.")
    if not isinstance(kind, NetType):
        kind = cast(kind, net.TYPE)
    if not isinstance(kind, NetType):
        return no_conversion(kind, net.TYPE)
    return try_cast(left, kind)


def _wants_type(error_id: str, message: str) -> Failure:
    return Failure.of(error_id, message, "InvalidOperation")
