"""What every value can be asked: is it true, what is its text, what does it unroll to. PowerShell's rules; no I/O.

is_true(x)        `if ($x)`
to_text(x)        `"$x"`, `[string]$x`: invariant culture, arrays joined with $OFS
net_text(x, spec) `$x.ToString(spec)`: .NET's own text, current culture (en-US) unless `invariant`
unroll(x)         the elements that a pipeline or foreach sees, or None where x is a single object
"""

from __future__ import annotations

import decimal
import uuid
from typing import TYPE_CHECKING, Any, Final

from jcad.lab.powershell import nettype as net
from jcad.lab.powershell.errors import ErrorRecord, Failure, NetError, NetException
from jcad.lab.powershell.formatting.dates import format_date, format_guid, format_timespan
from jcad.lab.powershell.formatting.numbers import BadFormat, format_number, framework_text, number_text
from jcad.lab.powershell.runtime import is_desktop, run_block, separator
from jcad.lab.powershell.values import (
    AUTOMATION_NULL,
    AliasProperty,
    Char,
    CodeProperty,
    DateTime,
    DateTimeOffset,
    Dictionary,
    EnumValue,
    HashSet,
    KeyValue,
    Member,
    NetList,
    NetType,
    NoteProperty,
    PSCustomObject,
    PSObject,
    ScriptBlock,
    ScriptMethod,
    ScriptProperty,
    Sequence,
    SwitchParameter,
    TimeSpan,
    Value,
    Version,
    type_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_SCALARS: Final = frozenset({str, int, bool, float})


def is_true(value: Value) -> bool:
    """Truth: a one-element list is its element, a longer list is true."""
    kind = type(value)
    if kind is bool:
        return bool(value)
    if value is None or value is AUTOMATION_NULL:
        return False
    if kind is str or isinstance(value, (int, float, decimal.Decimal)):
        return bool(value)
    if isinstance(value, NetList) and not isinstance(value, Sequence):
        return _list_is_true(value)
    if kind is PSObject:
        return is_true(value.base)
    if kind is Char:
        return bool(value.text != "\0")
    if kind is EnumValue:
        return bool(value.number)
    if kind is SwitchParameter:
        return bool(value.present)
    return True


def _list_is_true(items: NetList) -> bool:
    if len(items) != 1:
        return bool(len(items))
    first = items[0].base if type(items[0]) is PSObject else items[0]
    if isinstance(first, NetList) and not isinstance(first, Sequence):
        return len(first) > 0
    return is_true(first)


# ---------------------------------------------------------------- unrolling

#: Python class -> the function that enumerates it; other rooms add their own with `enumerable`.
_ENUMERATORS: Final[dict[type, Callable[[Any], Iterable[Value]]]] = {
    Sequence: lambda value: value.enumerated(),
    HashSet: list,
}


def enumerable(kind: type, enumerate_: Callable[[Any], Iterable[Value]]) -> None:
    """Declare a Python class whose values a pipeline unrolls."""
    _ENUMERATORS[kind] = enumerate_


def unroll(value: Value) -> Iterable[Value] | None:
    """The elements of an enumerable, or None: strings and dictionaries are single objects; AUTOMATION_NULL is empty."""
    kind = type(value)
    if kind in _SCALARS or value is None:
        return None
    if kind is PSObject:
        return unroll(value.base)
    if value is AUTOMATION_NULL:
        return ()
    found = _ENUMERATORS.get(kind)
    if found is not None:
        return found(value)
    return value if isinstance(value, NetList) else None


def is_enumerable(value: Value) -> bool:
    """Whether `unroll` gives elements (AUTOMATION_NULL counts as not)."""
    return value is not AUTOMATION_NULL and unroll(value) is not None


# ---------------------------------------------------------------- members that are asked for by text


def member_value(owner: Value, member: Member) -> Value:
    """The value of an extended property; a failing getter raises GetValueException's Failure."""
    if type(member) is NoteProperty:
        return member.value
    if isinstance(member, CodeProperty):
        return member.getter(owner)
    if isinstance(member, ScriptProperty):
        return _script_value(owner, member)
    if isinstance(member, AliasProperty):
        from jcad.lab.powershell.access import MISSING, get_property  # noqa: PLC0415  - access builds on this module

        found = get_property(owner, member.target)
        return None if found is MISSING else found
    return member


def _script_value(owner: Value, member: ScriptProperty) -> Value:
    if member.getter is None:
        return None
    try:
        out = run_block(member.getter, this=owner)
    except Failure as failure:
        raise Failure.of(
            "ScriptGetValueRuntimeException",
            f'Exception getting "{member.name}": "{failure.record.message}"',
            exception="System.Management.Automation.GetValueInvocationException",
            inner=failure.record.exception,
        ) from failure
    return collapse(out)


def collapse(out: list[Value]) -> Value:
    """The output of a script block as one value: nothing, the object, or an array."""
    from jcad.lab.powershell.values import Array  # noqa: PLC0415  - kept out of the hot path above

    return AUTOMATION_NULL if not out else out[0] if len(out) == 1 else Array(out)


# ---------------------------------------------------------------- text


def to_text(value: Value) -> str:
    """The text of a value as in `"$value"`."""
    if type(value) is str:
        return value
    if value is None or value is AUTOMATION_NULL:
        return ""
    return _text(value, "", deep=True)


def element_text(value: Value) -> str:
    """The text of an element of a list that becomes text: a list in it shows its type only."""
    return value if type(value) is str else _text(value, "", deep=isinstance(value, PSCustomObject))


def _text(value: Value, spec: str, *, deep: bool, invariant: bool = True) -> str:  # noqa: C901  - one rule per kind
    kind = type(value)
    if kind is int and not spec:
        return str(value)
    if value is None or value is AUTOMATION_NULL:
        return ""
    extended = getattr(value, "extended", None)
    if extended:
        custom = extended.get("tostring")
        if isinstance(custom, ScriptMethod):
            return to_text(collapse(run_block(custom.script, this=value)))
    if kind is PSObject:
        return _text(value.base, spec, deep=deep, invariant=invariant)
    if kind is str:
        return str(value)
    if isinstance(value, PSCustomObject):
        return _custom_object_text(value, spec, invariant=invariant) if deep else ""
    if deep:
        items = unroll(value)
        if items is not None:
            return separator().join(_text(item, spec, deep=False, invariant=invariant) for item in items)
    if kind is NetType:
        return powershell_type_name(value)
    return net_text(value, spec, invariant=invariant)


def _custom_object_text(value: PSCustomObject, spec: str, *, invariant: bool) -> str:
    shown = [
        f"{member.name}={_text(member_value(value, member), spec, deep=False, invariant=invariant)}"
        for member in value.extended.values()
        if member.kind.endswith("Property")
    ]
    return "@{" + "; ".join(shown) + "}" if shown else ""


def formatted(value: Value, spec: str) -> str:
    """An argument of `-f` or String.Format: `value.ToString(spec, current culture)`; raises FormatError's BadFormat."""
    if value is None or value is AUTOMATION_NULL:
        return ""
    base = value.base if type(value) is PSObject else value
    if isinstance(base, PSCustomObject):
        return _text(base, spec, deep=True, invariant=False)
    return _formattable(base, spec, invariant=False)


def net_text(value: Value, spec: str = "", *, invariant: bool = False) -> str:
    """.NET's ToString of a value; a bad format is FormatException."""
    try:
        return _formattable(value, spec, invariant=invariant)
    except BadFormat:
        text = "Format specifier was invalid." if not isinstance(value, uuid.UUID) else "Format string is invalid."
        raise NetError.of("System.FormatException", text) from None


#: Python class -> ToString(value, spec, invariant); types/ and other rooms add their own with `textual`.
_TEXTS: Final[dict[type, Callable[[Any, str, bool], str]]] = {
    bool: lambda value, _spec, _invariant: "True" if value else "False",
    str: lambda value, _spec, _invariant: value,
    Char: lambda value, _spec, _invariant: value.text,
    DateTime: lambda value, spec, invariant: format_date(value, spec, invariant=invariant, desktop=is_desktop()),
    DateTimeOffset: lambda value, spec, invariant: format_date(value, spec, invariant=invariant, desktop=is_desktop()),
    TimeSpan: lambda value, spec, _invariant: format_timespan(value, spec),
    uuid.UUID: lambda value, spec, _invariant: format_guid(value, spec),
    Version: lambda value, _spec, _invariant: str(value),
    NetType: lambda value, _spec, _invariant: str(value),
    ScriptBlock: lambda value, _spec, _invariant: value.text,
    SwitchParameter: lambda value, _spec, _invariant: "True" if value.present else "False",
    ErrorRecord: lambda value, _spec, _invariant: value.message,
    NetException: lambda value, _spec, _invariant: exception_text(value),
    EnumValue: lambda value, spec, _invariant: enum_text(value, spec),
    PSCustomObject: lambda _value, _spec, _invariant: "",
    KeyValue: lambda value, _spec, _invariant: _pair_text(value),
    type(None): lambda _value, _spec, _invariant: "",
}


def textual(kind: type, render: Callable[[Any, str, bool], str]) -> None:
    """Declare a Python class's ToString(value, spec, invariant); it may raise BadFormat."""
    _TEXTS[kind] = render


def _formattable(value: Value, spec: str, *, invariant: bool) -> str:
    kind = type(value)
    if kind is PSObject:
        return _formattable(value.base, spec, invariant=invariant)
    render = _TEXTS.get(kind)
    if render is not None:
        return render(value, spec, invariant)
    if isinstance(value, (int, float, decimal.Decimal)):
        if isinstance(value, float) and spec in {"", "G", "g"} and is_desktop():
            return framework_text(value)
        return format_number(value, spec, invariant=invariant) if spec else number_text(value, invariant=invariant)
    for base in kind.__mro__:
        if base in _TEXTS and base is not object:
            return _TEXTS[base](value, spec, invariant)
    return str(type_of(value))


def enum_text(value: EnumValue, spec: str = "") -> str:
    """`Enum.ToString(spec)`: G, F, D or X; raises BadFormat."""
    letter = spec.upper() or "G"
    if letter in {"G", "F"}:
        return str(value)
    if letter == "D":
        return str(value.number)
    if letter == "X":
        return f"{value.number & 0xFFFFFFFF:08X}"
    raise BadFormat


def exception_text(value: NetException) -> str:
    """`Exception.ToString()`, without the stack that the lab does not have."""
    inner = f" ---> {exception_text(value.inner)}\n   --- End of inner exception stack trace ---" if value.inner else ""
    return f"{value.type_name}: {value.message}{inner}" if value.message else f"{value.type_name}{inner}"


def _pair_text(value: KeyValue) -> str:
    if value.net_type is net.DICTIONARY_ENTRY and is_desktop():
        return "System.Collections.DictionaryEntry"
    return f"[{net_text(value.key)}, {net_text(value.value)}]"


# ---------------------------------------------------------------- type names as PowerShell writes them

_SHORT: Final[dict[NetType, str]] = {}


def short_name(kind: NetType, accelerator: str) -> None:
    """Declare the accelerator under which PowerShell writes a type (`int` for System.Int32)."""
    _SHORT.setdefault(kind, accelerator)


def powershell_type_name(kind: NetType) -> str:
    """`[string][int]`: accelerators and square brackets: `System.Collections.Generic.List[string]`."""
    if kind.element is not None:
        return powershell_type_name(kind.element) + "[" + "," * (kind.rank - 1) + "]"
    known = _SHORT.get(kind)
    if known is not None:
        return known
    name = f"{kind.namespace}.{kind.name}" if kind.namespace else kind.name
    if kind.args:
        return name.partition("`")[0] + "[" + ",".join(powershell_type_name(arg) for arg in kind.args) + "]"
    return name


def is_dictionary(value: Value) -> bool:
    """Whether the value is an IDictionary."""
    return isinstance(value.base if type(value) is PSObject else value, Dictionary)
