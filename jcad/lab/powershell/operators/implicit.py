"""Operators that a .NET type declares itself: op_Addition of TimeSpan, op_Division of decimal ..., and raw .NET exceptions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from jcad.lab.powershell import nettype as net
from jcad.lab.powershell.errors import Failure, NetException
from jcad.lab.powershell.values import Value, type_of

if TYPE_CHECKING:
    from jcad.lab.powershell.nettype import NetType

_PRIMITIVE: Final = (net.NUMERIC - {net.DECIMAL}) | {net.BOOLEAN, net.CHAR}
_SIGNS: Final = {
    "op_Addition": "+",
    "op_Subtraction": "-",
    "op_Multiply": "*",
    "op_Division": "/",
    "op_Modulus": "%",
}


def raised(type_name: str, message: str) -> Failure:
    """A .NET exception that an operator let through as it was."""
    return Failure.from_exception(NetException(type_name, message), category="OperationStopped")


def _owner(value: Value) -> NetType | None:
    kind = None if value is None else type_of(value)
    return None if kind in _PRIMITIVE else kind


def call_operator(name: str, left: Value, right: Value) -> Value:
    """The operator method of the left operand's type, or of the right one's where the left is a primitive."""
    from jcad.lab.powershell.calls import call_static_method  # noqa: PLC0415  - calls builds on conversions and types

    owner = _owner(left) or _owner(right)
    if owner is None:
        shown = type_of(left) if left is not None else "null"
        raise Failure.of(
            "NotADefinedOperationForType",
            f"The operation '[{shown}] {_SIGNS.get(name, name)} [{'null' if right is None else type_of(right)}]' is not defined.",
            "InvalidOperation",
        )
    return call_static_method(owner, name, [left, right], operator=True)
