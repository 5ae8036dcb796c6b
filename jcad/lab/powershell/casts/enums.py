"""Enumeration values from text, numbers and lists. PowerShell's rules: unambiguous prefixes, commas, only defined numbers."""

from __future__ import annotations

from jcad.lab.powershell import nettype as net
from jcad.lab.powershell.casts.failures import invalid_cast
from jcad.lab.powershell.errors import NetException
from jcad.lab.powershell.numerals import parse_integer
from jcad.lab.powershell.objects import to_text, unroll
from jcad.lab.powershell.values import EnumValue, NetType, PSObject, Value


def is_defined(kind: NetType, number: int) -> bool:
    """Whether a number is a member of the enumeration, or made of its flags."""
    numbers = set((kind.names or {}).values())
    if number in numbers:
        return True
    if not kind.flags or number < 0:
        return False
    mask = 0
    for one in numbers:
        mask |= one
    return number & ~mask == 0


def integer_to_enum(value: Value, kind: NetType) -> Value:
    """`[DayOfWeek]1`."""
    number = int(value.base if type(value) is PSObject else value)
    if not is_defined(kind, number):
        names = ", ".join(kind.names or {})
        message = (
            f'Cannot convert value "{number}" to type "{kind}" due to enumeration values that are not valid. Specify one of '
            f'the following enumeration values and try again. The possible enumeration values are "{names}".'
        )
        raise invalid_cast("UndefinedIntegerToEnum", message)
    return EnumValue(kind, number)


def text_to_enum(value: Value, kind: NetType) -> Value:
    """`[DayOfWeek]'mon'`: names (case ignored, unambiguous prefixes) and numbers, joined by commas."""
    text = to_text(value)
    number = 0
    for part in text.split(","):
        number |= _one(part.strip(), text, kind)
    if not is_defined(kind, number):
        names = ", ".join(kind.names or {})
        message = (
            f'Cannot convert value "{text}" to type "{kind}" due to enumeration values that are not valid. Specify one of the '
            f'following enumeration values and try again. The possible enumeration values are "{names}".'
        )
        raise invalid_cast("EnumParseUndefined", message)
    return EnumValue(kind, number)


def _one(part: str, text: str, kind: NetType) -> int:
    names = kind.names or {}
    lower = {name.lower(): number for name, number in names.items()}
    if part.lower() in lower:
        return lower[part.lower()]
    try:
        return int(parse_integer(part, net.INT64))
    except (ValueError, OverflowError):
        pass
    starts = [name for name in names if part and name.lower().startswith(part.lower())]
    if len(starts) == 1:
        return names[starts[0]]
    raise _refused(text, kind)


def _refused(text: str, kind: NetType) -> Exception:
    names = ", ".join(kind.names or {})
    why = (
        f"Unable to match the identifier name {text} to a valid enumerator name. Specify one of the following enumerator "
        f"names and try again:\n{names}"
    )
    message = f'Cannot convert value "{text}" to type "{kind}". Error: "{why}"'
    return invalid_cast(
        "SubstringDisambiguationEnumParseThrewAnException", message, NetException("System.ArgumentException", why)
    )


def items_to_enum(value: Value, kind: NetType) -> Value:
    """`[Flags]('a', 'b')`: the elements' values together."""
    from jcad.lab.powershell.convert import cast  # noqa: PLC0415  - convert builds on this module

    items = list(unroll(value) or ())
    if not items:
        return text_to_enum("", kind)
    if any(item is None for item in items):
        return cast(None, kind)
    number = 0
    for item in items:
        number |= cast(item, kind).number
    return integer_to_enum(number, kind)
