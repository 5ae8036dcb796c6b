"""`.ForEach(...)` and `.Where(...)`, which PowerShell gives to every collection. Source: about_Arrays (ForEach, Where)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from jcad.lab.powershell import nettype as net
from jcad.lab.powershell.access import MISSING, call, get_property, set_property
from jcad.lab.powershell.calls import METHOD_EXCEPTION
from jcad.lab.powershell.convert import cast
from jcad.lab.powershell.errors import Failure
from jcad.lab.powershell.objects import collapse, is_true, to_text, unroll
from jcad.lab.powershell.runtime import run_block
from jcad.lab.powershell.types.names import enum
from jcad.lab.powershell.values import GenericList, NetType, ScriptBlock, Value

if TYPE_CHECKING:
    from collections.abc import Sequence

MODES: Final = enum(
    "System.Management.Automation.WhereOperatorSelectionMode", "Default First Last SkipUntil Until Split"
)
RESULT: Final = net.generic(net.COLLECTION_1, net.PS_OBJECT)


def _elements(value: Value) -> list[Value]:
    items = unroll(value)
    return [value] if items is None else list(items)


def _collected(items: list[Value]) -> GenericList:
    return GenericList(items, RESULT)


def _no_overload(name: str, count: int) -> Failure:
    message = f'Cannot find an overload for "{name}" and the argument count: "{count}".'
    return Failure.of("MethodCountCouldNotFindBest", message, exception=METHOD_EXCEPTION)


def for_each(value: Value, arguments: Sequence[Value]) -> Value:
    """A script block, a type to convert to, a property (to read or to set), or a method with its arguments."""
    if not arguments:
        raise _no_overload("ForEach", 0)
    first, rest = arguments[0], list(arguments[1:])
    elements = _elements(value)
    if isinstance(first, ScriptBlock):
        return _collected([out for item in elements for out in run_block(first, rest, under=item)])
    if isinstance(first, NetType):
        return _collected([cast(item, first) for item in elements])
    name = to_text(first)
    out: list[Value] = []
    for item in elements:
        found = get_property(item, name)
        if found is MISSING:
            out += _spread(call(item, name, rest))
        elif rest:
            set_property(item, name, rest[0])
        else:
            out += _spread(found)
    return _collected(out)


def _spread(value: Value) -> list[Value]:
    items = unroll(value)
    return [value] if items is None else list(items)


def where(value: Value, arguments: Sequence[Value]) -> Value:
    """The elements for which the script block is true; mode and count as in about_Arrays."""
    if not 1 <= len(arguments) <= 3:
        raise _no_overload("Where", len(arguments))
    block = cast(arguments[0], net.SCRIPT_BLOCK)
    mode = str(cast(arguments[1], MODES)) if len(arguments) > 1 else "Default"
    count = int(cast(arguments[2], net.INT32)) if len(arguments) > 2 else 0
    if count < 0:
        message = "The value provided for the 'numberToReturn' parameter must be greater than zero."
        raise Failure.of("NumberToReturnMustBeGreaterThanZero", message, "InvalidArgument", exception=METHOD_EXCEPTION)
    elements = _elements(value)
    if mode == "SkipUntil":
        place = next((index for index, item in enumerate(elements) if _accepts(block, item)), len(elements))
        rest = elements[place:]
        return _collected(rest[:count] if count else rest)
    if mode == "Until":
        return _until(elements, block, count)
    if mode == "Split":
        return _split(elements, block, count)
    chosen = _chosen(elements, block, count or 1 if mode == "First" else count if mode == "Default" else 0)
    return _collected(chosen[-(count or 1) :] if mode == "Last" else chosen)


def _accepts(block: ScriptBlock, item: Value) -> bool:
    return is_true(collapse(run_block(block, under=item)))


def _chosen(elements: list[Value], block: ScriptBlock, most: int) -> list[Value]:
    chosen: list[Value] = []
    for item in elements:
        if _accepts(block, item):
            chosen.append(item)
            if most and len(chosen) >= most:
                break
    return chosen


def _until(elements: list[Value], block: ScriptBlock, count: int) -> Value:
    chosen: list[Value] = []
    for item in elements:
        if _accepts(block, item) or (count and len(chosen) >= count):
            break
        chosen.append(item)
    return _collected(chosen)


def _split(elements: list[Value], block: ScriptBlock, count: int) -> Value:
    accepted: list[Value] = []
    others: list[Value] = []
    for item in elements:
        full = count and len(accepted) >= count
        (accepted if not full and _accepts(block, item) else others).append(item)
    return _collected([_collected(accepted), _collected(others)])
