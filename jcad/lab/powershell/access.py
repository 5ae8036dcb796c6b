"""Members of values: properties, methods, indexes, of instances and of types, with PowerShell's rules and errors.

    get_property($x, 'Length')   MISSING where there is no such property: strictness is the evaluator's business
    set_property($x, 'a', 1)     Failure (PropertyAssignmentException ...) where it cannot be
    call($x, 'Trim', [..])       Failure: MethodNotFound, MethodCountCouldNotFindBest, InvokeMethodOnNull ..., or the
                                 MethodInvocationException around what the method raised
    get_static / set_static / call_static([math], 'Max', [1, 2]); `new` constructs
    get_index / set_index($x, [index])
    property_names($x)           what `PSObject.Properties` lists, in order

Script blocks (ScriptProperty, ScriptMethod) run through runtime.py. No I/O.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Protocol, runtime_checkable

from jcad.errors import LabUnsupported
from jcad.lab.powershell import nettype as net
from jcad.lab.powershell.calls import (
    check_known,
    invoke,
    lacks,
    lineage,
    method_not_found,
    methods,
    proper_name,
    wrapped,
)
from jcad.lab.powershell.casts.construct import make_default
from jcad.lab.powershell.casts.failures import UNFORESEEN, unforeseen
from jcad.lab.powershell.convert import cast
from jcad.lab.powershell.errors import Failure, NetError, NetException
from jcad.lab.powershell.indexing import get_index, set_index
from jcad.lab.powershell.limits import MAX_BYTES, MAX_ITEMS
from jcad.lab.powershell.objects import collapse, member_value, to_text, unroll
from jcad.lab.powershell.runtime import run_block
from jcad.lab.powershell.types.registry import MEMBERS, Property, cache
from jcad.lab.powershell.values import (
    AUTOMATION_NULL,
    AliasProperty,
    Array,
    CodeProperty,
    Dictionary,
    EnumValue,
    Members,
    NetList,
    NetObject,
    NetType,
    NoteProperty,
    PSCustomObject,
    PSObject,
    ScriptMethod,
    ScriptProperty,
    Value,
    type_of,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = [
    "MISSING",
    "Missing",
    "call",
    "call_static",
    "get_index",
    "get_property",
    "get_static",
    "own_property",
    "property_names",
    "set_index",
    "set_property",
    "set_static",
]


class Missing:
    """No such member."""

    __slots__ = ()

    def __bool__(self) -> bool:
        return False


MISSING: Final = Missing()


@runtime_checkable
class Open(Protocol):
    """A value that takes properties it does not have yet: an object of a directory, whose attributes are many."""

    def add_property(self, name: str, value: Any) -> None:
        """Add a property."""


INTRINSIC: Final = frozenset({"psobject", "pstypenames", "psbase", "psadapted", "psextended"})


# ---------------------------------------------------------------- properties


def get_property(value: Value, name: str) -> Value:
    """The property's value (member enumeration over a list's elements included), or MISSING."""
    lower = name.lower()
    found = own_property(value, name, lower)
    if found is not MISSING or value is None or value is AUTOMATION_NULL:
        return found
    items = unroll(value)
    if items is None:
        return MISSING
    values: list[Value] = []
    any_found = False
    for item in items:
        one = get_property(item, name)
        if one is MISSING:
            if isinstance(item, PSCustomObject):
                values.append(None)
            continue
        any_found = True
        more = unroll(one) if one is not None else None
        values.extend([one] if more is None else more)
    if not any_found:
        return MISSING
    return values[0] if len(values) == 1 else Array(values) if values else None


def missing_values(value: Value) -> Value:
    """What a property that is missing everywhere reads as: $null, or one for each custom object of a list."""
    items = unroll(value)
    count = 0 if items is None else sum(isinstance(item, PSCustomObject) for item in items)
    return Array([None] * count) if count > 1 else None


def own_property(value: Value, name: str, lower: str = "") -> Value:
    """The property of the value itself: extended members, keys, the type's properties; or MISSING."""
    if value is None or value is AUTOMATION_NULL:
        return MISSING
    lower = lower or name.lower()
    extended: Members | None = getattr(value, "extended", None)
    if extended:
        member = extended.get(lower)
        if member is not None:
            return member if isinstance(member, ScriptMethod) else member_value(value, member)
    base = value.base if type(value) is PSObject else value
    if isinstance(base, Dictionary):
        entry = base.entries.get(base.fold(name))
        if entry is not None:
            return entry[1]
    if not isinstance(base, PSCustomObject):
        kind = type_of(base)
        found = find_property(kind, lower)
        if found is not None:
            return read(base, found)
        if lacks(kind, lower):
            raise LabUnsupported(f"[{kind}].{name}")
    if lower in INTRINSIC:
        return intrinsic(value, lower)
    return MISSING


def intrinsic(value: Value, lower: str) -> Value:
    """What every value has: `psobject` and the like (`INTRINSIC`), by its name in lower case."""
    from jcad.lab.powershell.types import psobject  # noqa: PLC0415  - it builds on this module

    return psobject.intrinsic(value, lower)


def read(base: Value, found: Property) -> Value:
    """A property's getter; what it raises becomes GetValueInvocationException."""
    try:
        return found.getter(base)
    except NetError as error:
        text = f'Exception getting "{found.name}": "{error.exception.message}"'
        kind = "System.Management.Automation.GetValueInvocationException"
        raise Failure.of("ExceptionWhenGetting", text, exception=kind, inner=error.exception) from error
    except UNFORESEEN as error:
        raise unforeseen(type_of(base), found.name) from error


_PROPERTIES: Final[dict[tuple[NetType, str], Property | None]] = cache()


def find_property(kind: NetType, lower: str) -> Property | None:
    """A type's property by its name in lower case, inherited ones included."""
    key = (kind, lower)
    if key not in _PROPERTIES:
        _PROPERTIES[key] = next(
            (table.properties[lower] for _, table in lineage(kind) if lower in table.properties), None
        )
    return _PROPERTIES[key]


def set_property(value: Value, name: str, new: Value) -> None:
    """Assign to a property."""
    lower = name.lower()
    if value is None or value is AUTOMATION_NULL:
        message = (
            f"The property '{name}' cannot be found on this object. Verify that the property exists and can be set."
        )
        raise Failure.of("PropertyNotFound", message, "InvalidOperation")
    extended: Members | None = getattr(value, "extended", None)
    if extended and lower in extended:
        _set_member(value, extended, lower, new)
        return
    base = value.base if type(value) is PSObject else value
    if isinstance(base, Dictionary):
        found = None if base.fold(name) in base.entries else find_property(type_of(base), lower)
        if found is None or found.setter is None:
            set_index(base, [name], new)
            return
    found = None if isinstance(base, PSCustomObject) else find_property(type_of(base), lower)
    if found is None:
        items = unroll(value)
        if items is not None and any(own_property(item, name) is not MISSING for item in items):
            for item in unroll(value) or ():
                set_property(item, name, new)
            return
        if isinstance(base, Open):
            base.add_property(name, new)
            return
        if not isinstance(base, PSCustomObject) and lacks(type_of(base), lower):
            raise LabUnsupported(f"setting [{type_of(base)}].{name}")
        raise _not_settable(base, name)
    _write(base, found, new)


def _write(base: Value, found: Property, new: Value) -> None:
    if found.setter is None:
        raise Failure.of("PropertyAssignmentException", f"'{found.name}' is a ReadOnly property.", "InvalidOperation")
    converted = new if found.type is net.OBJECT else _converted_for(found, new)
    try:
        found.setter(base, converted)
    except NetError as error:
        text = f'Exception setting "{found.name}": "{error.exception.message}"'
        kind = "System.Management.Automation.SetValueInvocationException"
        raise Failure.of("ExceptionWhenSetting", text, exception=kind, inner=error.exception) from error
    except UNFORESEEN as error:
        raise unforeseen(type_of(base), found.name) from error


def _converted_for(found: Property, new: Value) -> Value:
    try:
        return cast(new, found.type)
    except Failure as failure:
        text = f'Exception setting "{found.name}": "{failure.record.message}"'
        kind = "System.Management.Automation.SetValueInvocationException"
        raise Failure.of("ExceptionWhenSetting", text, exception=kind, inner=failure.record.exception) from failure


def _not_settable(base: Value, name: str) -> Failure:
    message = f"The property '{name}' cannot be found on this object. Verify that the property exists and can be set."
    if isinstance(base, PSCustomObject):
        text = f'Exception setting "{name}": "{message}"'
        cause = NetException("System.Management.Automation.SetValueException", message)
        return Failure.of(
            "ExceptionWhenSetting",
            text,
            exception="System.Management.Automation.SetValueInvocationException",
            inner=cause,
        )
    return Failure.of("PropertyAssignmentException", message, "InvalidOperation")


def _set_member(value: Value, extended: Members, lower: str, new: Value) -> None:
    member = extended[lower]
    if isinstance(member, NoteProperty):
        member.value = new
    elif isinstance(member, AliasProperty):
        set_property(value, member.target, new)
    elif isinstance(member, ScriptProperty) and member.setter is not None:
        _run_setter(value, member, new)
    elif isinstance(member, CodeProperty) and member.setter is not None:
        member.setter(value, new)
    else:
        message = f'Set accessor for property "{member.name}" is unavailable.'
        kind = "System.Management.Automation.SetValueException"
        raise Failure.of("SetWithoutSetterFromScriptProperty", message, exception=kind)


def _run_setter(value: Value, member: ScriptProperty, new: Value) -> None:
    if member.setter is None:
        return
    try:
        run_block(member.setter, [new], this=value)
    except Failure as failure:
        text = f'Exception setting "{member.name}": "{failure.record.message}"'
        kind = "System.Management.Automation.SetValueInvocationException"
        raise Failure.of(
            "ScriptSetValueRuntimeException", text, exception=kind, inner=failure.record.exception
        ) from failure


# ---------------------------------------------------------------- methods


def call(value: Value, name: str, arguments: Sequence[Any]) -> Value:
    """Call a method of a value; a void method answers AUTOMATION_NULL."""
    if value is None or value is AUTOMATION_NULL:
        raise Failure.of(
            "InvokeMethodOnNull", "You cannot call a method on a null-valued expression.", "InvalidOperation"
        )
    lower = name.lower()
    extended: Members | None = getattr(value, "extended", None)
    if extended:
        member = extended.get(lower)
        if isinstance(member, ScriptMethod):
            return _script_method(value, member, arguments)
    base = value.base if type(value) is PSObject else value
    kind = type_of(base)
    overloads = methods(kind, lower)
    if overloads:
        return invoke(overloads, proper_name(kind, name), arguments, key=(kind, lower), this=(base,), kind=kind)
    if lower in ("foreach", "where"):
        from jcad.lab.powershell.collection_methods import for_each, where  # noqa: PLC0415  - it builds on this module

        return (for_each if lower == "foreach" else where)(value, arguments)
    if isinstance(base, NetType):
        return _type_as_object(base, name, arguments)
    return _call_elsewhere(value, base, kind, name, arguments)


def _type_as_object(base: NetType, name: str, arguments: Sequence[Any]) -> Value:
    check_known(net.TYPE, name, arguments)
    del base
    raise method_not_found(net.RUNTIME_TYPE, name)


def _call_elsewhere(value: Value, base: Value, kind: NetType, name: str, arguments: Sequence[Any]) -> Value:
    """A key or property that holds something callable, the elements of a list, or no such method."""
    found = own_property(value, name)
    if found is not MISSING and hasattr(found, "invoke"):
        return found.invoke(arguments)
    items = unroll(base)
    if items is not None and not isinstance(base, Dictionary):
        elements = list(items)
        if elements and all(_has_method(item, name) for item in elements):
            return _call_each(elements, name, arguments)
    if not isinstance(base, PSCustomObject):
        check_known(kind, name, arguments)
    raise method_not_found(kind, name)


def _has_method(value: Value, name: str) -> bool:
    if value is None:
        return False
    extended = getattr(value, "extended", None)
    if extended and isinstance(extended.get(name.lower()), ScriptMethod):
        return True
    return bool(methods(type_of(value), name)) or unroll(value) is not None


def _call_each(elements: list[Value], name: str, arguments: Sequence[Any]) -> Value:
    out: list[Value] = []
    for item in elements:
        result = call(item, name, arguments)
        more = unroll(result)
        out.extend([result] if more is None else more)
    return collapse(out)


def _script_method(value: Value, member: ScriptMethod, arguments: Sequence[Any]) -> Value:
    try:
        return collapse(run_block(member.script, arguments, this=value))
    except Failure as failure:
        text = f'Exception calling "{member.name}" with "{len(arguments)}" argument(s): "{failure.record.message}"'
        kind = "System.Management.Automation.MethodInvocationException"
        raise Failure.of(
            "ScriptMethodRuntimeException", text, exception=kind, inner=failure.record.exception
        ) from failure


# ---------------------------------------------------------------- types


def get_static(kind: NetType, name: str) -> Value:
    """`[kind]::name`, or MISSING."""
    lower = name.lower()
    if kind.names is not None:
        for member, number in kind.names.items():
            if member.lower() == lower:
                return EnumValue(kind, number)
    for _, table in lineage(kind):
        found = table.static_properties.get(lower)
        if found is not None:
            return read(kind, found)
    if methods(kind, lower, static=True):
        raise LabUnsupported(f"[{kind}]::{name} without a call")
    if kind.names is None:
        check_known(kind, name, (), static=True)
    return MISSING


def set_static(kind: NetType, name: str, new: Value) -> None:
    """`[kind]::name = new`."""
    for _, table in lineage(kind):
        found = table.static_properties.get(name.lower())
        if found is not None and found.setter is not None:
            found.setter(kind, new)
            return
    raise LabUnsupported(f"setting [{kind}]::{name}")


def call_static(kind: NetType, name: str, arguments: Sequence[Any]) -> Value:
    """`[kind]::name(...)`; `new` constructs."""
    lower = name.lower()
    if lower == "new" and not methods(kind, lower, static=True):
        return construct(kind, arguments)
    from jcad.lab.powershell.calls import call_static_method  # noqa: PLC0415  - the one use

    return call_static_method(kind, name, arguments)


def construct(kind: NetType, arguments: Sequence[Any], wrapper: str = "") -> Value:
    """`[kind]::new(...)`; `wrapper` is the id of the error around what the constructor raises."""
    if kind.element is not None:
        return _new_array(kind, arguments)
    table = MEMBERS.get(kind.definition or kind)
    overloads = [(kind, overload) for overload in table.constructors] if table is not None else []
    if not arguments and wrapper and kind.is_value and all(overload.parameters for _, overload in overloads):
        return _default_value(kind)
    if not overloads:
        check_known(kind, "new", arguments, static=True)
        message = f'Cannot find an overload for "new" and the argument count: "{len(arguments)}".'
        raise Failure.of(
            "MethodCountCouldNotFindBest", message, exception="System.Management.Automation.MethodException"
        )
    shown = "new" if not wrapper else ".ctor"
    return invoke(
        overloads, shown if not wrapper else kind.name, arguments, key=(kind, "new"), kind=kind, wrapper=wrapper
    )


def _default_value(kind: NetType) -> Value:
    if kind.is_enum:
        return EnumValue(kind, 0)
    if kind.is_numeric or kind in (net.BOOLEAN, net.CHAR):
        return cast(None, kind)
    return make_default(kind)


def _new_array(kind: NetType, arguments: Sequence[Any]) -> Value:
    element = kind.element or net.OBJECT
    if kind.rank > 1 and len(arguments) == kind.rank:
        from jcad.lab.powershell.types.grids import make  # noqa: PLC0415  - it builds on this module

        return make(kind, arguments, default_element(element))
    if len(arguments) != 1 or kind.rank > 1:
        message = f'Cannot find an overload for "new" and the argument count: "{len(arguments)}".'
        raise Failure.of(
            "MethodCountCouldNotFindBest", message, exception="System.Management.Automation.MethodException"
        )
    length = cast(arguments[0], net.INT32)
    if length < 0:
        error = NetException("System.OverflowException", "Arithmetic operation resulted in an overflow.")
        raise wrapped(error, "new", 1)
    if length > (MAX_BYTES if element is net.BYTE else MAX_ITEMS):
        raise wrapped(
            NetException("System.OutOfMemoryException", "Array dimensions exceeded supported range."), "new", 1
        )
    fill = default_element(element)
    return Array([fill] * length, kind)


def default_element(element: NetType) -> Value:
    """What a new array is filled with."""
    return None if not element.is_value else _default_value(element)


# ---------------------------------------------------------------- listing


def property_names(value: Value) -> list[str]:
    """The names of the value's properties, in the order in which PowerShell lists them."""
    names: dict[str, str] = {}
    extended: Members | None = getattr(value, "extended", None)
    base = value.base if type(value) is PSObject else value
    own = extended if isinstance(base, PSCustomObject) else None
    for members in (own,):
        for member in (members or {}).values():
            if not isinstance(member, ScriptMethod):
                names[member.name.lower()] = member.name
    if not isinstance(base, PSCustomObject):
        for _, table in lineage(type_of(base)):
            for found in table.properties.values():
                names.setdefault(found.name.lower(), found.name)
        for member in (extended or {}).values():
            if not isinstance(member, ScriptMethod):
                names.setdefault(member.name.lower(), member.name)
    return list(names.values())


def add_member(value: Value, member: Any, *, force: bool = False) -> Value:
    """Add an extended member; a plain value comes back wrapped. KeyError where the name is taken and `force` is not set."""
    holder = value if isinstance(value, (NetObject, NetList)) else PSObject(value)
    if holder.extended is None:
        holder.extended = {}
    if member.name.lower() in holder.extended and not force:
        raise KeyError(member.name)
    holder.extended[member.name.lower()] = member
    return holder


def describe(value: Value) -> str:
    """A value in an engine message."""
    return to_text(value)
