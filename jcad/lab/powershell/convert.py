"""PowerShell's conversions: `[int]$x`, `$x -as [int]`, arguments and parameters.

Which conversion applies depends on the two types alone, as in LanguagePrimitives.FigureConversion: assignable, the language's
own conversions, Parse, constructor, cast, IConvertible, dictionary to object. Source: about_Type_Conversion and a real
engine's answers. Raises Failure with the engine's ids (InvalidCastFromStringToInteger ...). No I/O.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from jcad.lab.powershell import nettype as net
from jcad.lab.powershell import ranks
from jcad.lab.powershell.casts import construct, language
from jcad.lab.powershell.casts.failures import Conversion, no_conversion
from jcad.lab.powershell.errors import Failure
from jcad.lab.powershell.types.registry import cache
from jcad.lab.powershell.values import AUTOMATION_NULL, NetType, PSCustomObject, PSObject, Value, type_of

if TYPE_CHECKING:
    from jcad.lab.powershell.casts.failures import Converter

#: The "type" of $null where conversions are looked up.
NULL_TYPE: Final = NetType("", "null")

#: The type under which custom objects are looked up: nothing but PSObject and object takes them as they are.
_CUSTOM: Final = net.PS_CUSTOM_OBJECT

_KNOWN: Final[dict[tuple[NetType, NetType], Conversion]] = cache()


def cast(value: Value, kind: NetType) -> Value:
    """`[kind]$value`: also for typed variables and parameters."""
    source = source_type(value)
    if source is kind and type(value) is not PSObject:
        return value
    return figure(source, kind).convert(value, kind)


def try_cast(value: Value, kind: NetType) -> Value:
    """`$value -as [kind]`: None where it cannot be."""
    try:
        return cast(value, kind)
    except Failure:
        return None


def can_cast(value: Value, kind: NetType) -> bool:
    """Whether `cast` would succeed."""
    try:
        cast(value, kind)
    except Failure:
        return False
    return True


def source_type(value: Value) -> NetType:
    """The type of a value as conversions see it."""
    if value is None or value is AUTOMATION_NULL:
        return NULL_TYPE
    return type_of(value)


def rank(source: NetType, target: NetType) -> int:
    """How good the conversion between two types is; ranks.NONE where there is none."""
    return figure(source, target).rank


def figure(source: NetType, target: NetType) -> Conversion:
    """The conversion from one type to another; one that always fails has rank NONE."""
    key = (source, target)
    known = _KNOWN.get(key)
    if known is None:
        known = _KNOWN[key] = _figure(source, target)
    return known


def _figure(source: NetType, target: NetType) -> Conversion:
    if source is NULL_TYPE:
        return language.from_null(target)
    if target is net.PS_OBJECT:
        if source is _CUSTOM:
            return Conversion(ranks.IDENTITY, _same)
        return Conversion(ranks.PS_OBJECT, _wrapped if source in _BARE else _same)
    if source.is_assignable_to(target):
        return Conversion(
            ranks.IDENTITY if source is target else ranks.ASSIGNABLE, _base if source is not _CUSTOM else _same
        )
    if target.definition is net.NULLABLE:
        inner = figure(source, target.args[0])
        return Conversion(inner.rank, lambda value, kind: inner.convert(value, kind.args[0]))
    found, dependent = language.figure(source, target, figure)
    if found is not None:
        return found
    found = _constructed(source, target)
    if dependent is None:
        return found or Conversion(ranks.NONE, no_conversion)
    if found is None:
        return dependent
    return Conversion(max(dependent.rank, found.rank), _either(dependent.convert, found.convert))


#: Types whose values have no room for members or type names of their own.
_BARE: Final = frozenset({net.STRING, net.BOOLEAN, net.CHAR, net.DATETIME, net.TIMESPAN, net.GUID, *net.NUMERIC})


def _wrapped(value: Value, _kind: NetType) -> Value:
    """`[psobject]'text'`: the value in an object that can be given type names."""
    return value if type(value) is PSObject else PSObject(value)


def _constructed(source: NetType, target: NetType) -> Conversion | None:
    """Parse, constructor, cast operator, IConvertible, dictionary to object: in PowerShell's order."""
    if source is net.STRING:
        found = construct.parse(target)
        if found is not None:
            return found
    found = construct.constructor(source, target, figure) or construct.cast_operator(source, target)
    if found is not None:
        return found
    if net.ICONVERTIBLE in source.all_interfaces():
        return _convertible(source, target)
    if net.IDICTIONARY in source.all_interfaces():
        return construct.from_dictionary(target)
    if source is _CUSTOM:
        return construct.from_custom_object(target)
    return None


def _convertible(source: NetType, target: NetType) -> Conversion | None:
    if source in net.NUMERIC:
        if target.is_array or rank(net.STRING, target) == ranks.NONE:
            return None
        return Conversion(ranks.CONVERTIBLE, _number_by_text)
    return Conversion(ranks.CONVERTIBLE, construct.change_type) if source is not net.STRING else None


def _number_by_text(value: Value, kind: NetType) -> Value:
    return cast(cast(value, net.STRING), kind)


def _either(first: Converter, second: Converter) -> Converter:
    def convert(value: Value, kind: NetType) -> Value:
        try:
            return first(value, kind)
        except Failure:
            return second(value, kind)

    return convert


def _same(value: Value, kind: NetType) -> Value:
    del kind
    return value


def _base(value: Value, kind: NetType) -> Value:
    """Assignable: as it is, but a value type or string loses its wrapper where the target is a proper type."""
    if type(value) is PSObject and kind is not net.OBJECT:
        return value.base
    return value


def argument_type(value: Any) -> NetType:
    """The type of an argument as overload selection sees it."""
    return _CUSTOM if isinstance(value, PSCustomObject) else source_type(value)
