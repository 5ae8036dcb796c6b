"""Members of values: properties, methods, indexes, of instances and of types, with PowerShell's rules and errors.

    get_property($x, 'Length')   MISSING where there is no such property: strictness is the evaluator's business
    set_property($x, 'a', 1)     Failure (PropertyAssignmentException ...) where it cannot be
    call($x, 'Trim', [..])       Failure: MethodNotFound, MethodCountCouldNotFindBest, InvokeMethodOnNull ..., or the
                                 MethodInvocationException around what the method raised
    get_static / set_static / call_static([math], 'Max', [1, 2]); `new` constructs
    get_index / set_index($x, [index, ...])
    property_names($x)           what `PSObject.Properties` lists, in order

Script blocks (ScriptProperty, ScriptMethod) run through runtime.py. No I/O.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jcad.lab.powershell.nettype import NetType
    from jcad.lab.powershell.values import Value


class Missing:
    """No such member."""

    __slots__ = ()

    def __bool__(self) -> bool:
        return False


MISSING: Final = Missing()


def get_property(value: Value, name: str) -> Value:
    """The property's value (member enumeration over a list's elements included), or MISSING."""
    raise NotImplementedError


def set_property(value: Value, name: str, new: Value) -> None:
    """Assign to a property."""
    raise NotImplementedError


def call(value: Value, name: str, arguments: Sequence[Any]) -> Value:
    """Call a method of a value; a void method answers AUTOMATION_NULL."""
    raise NotImplementedError


def get_static(kind: NetType, name: str) -> Value:
    """`[kind]::name`, or MISSING."""
    raise NotImplementedError


def set_static(kind: NetType, name: str, new: Value) -> None:
    """`[kind]::name = new`."""
    raise NotImplementedError


def call_static(kind: NetType, name: str, arguments: Sequence[Any]) -> Value:
    """`[kind]::name(...)`; `new` constructs."""
    raise NotImplementedError


def get_index(value: Value, indexes: Sequence[Value]) -> Value:
    """`$x[i]`, `$x[i, j]` comes as one index that is an array."""
    raise NotImplementedError


def set_index(value: Value, indexes: Sequence[Value], new: Value) -> None:
    """`$x[i] = new`."""
    raise NotImplementedError


def property_names(value: Value) -> list[str]:
    """The names of the value's properties, in the order in which PowerShell lists them."""
    raise NotImplementedError
