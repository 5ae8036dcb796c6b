"""Operators on text: -like, -match, -replace, -split, -join, -f."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from jcad.lab.powershell import nettype as net
from jcad.lab.powershell.convert import cast
from jcad.lab.powershell.errors import Failure, NetError, NetException
from jcad.lab.powershell.formatting.composite import format_composite
from jcad.lab.powershell.formatting.numbers import BadFormat
from jcad.lab.powershell.objects import collapse, element_text, formatted, is_true, to_text, unroll
from jcad.lab.powershell.operators.arithmetic import base
from jcad.lab.powershell.regex import objects as regexes
from jcad.lab.powershell.regex.translate import IGNORE_CASE
from jcad.lab.powershell.regex.wildcard import BadWildcard, wildcard
from jcad.lab.powershell.runtime import run_block
from jcad.lab.powershell.types.enums import SPLIT_OPERATOR_OPTIONS
from jcad.lab.powershell.values import Array, Hashtable, ScriptBlock, Value

if TYPE_CHECKING:
    from collections.abc import Callable


def _regex(pattern: Value, *, case: bool) -> regexes.Regex:
    """The regular expression of an operand, in the engine's way of failing."""
    plain = base(pattern)
    if isinstance(plain, regexes.Regex):
        return plain
    try:
        return regexes.make_regex(to_text(plain), 0 if case else IGNORE_CASE)
    except NetError as error:
        raise Failure.from_exception(error.exception, category="OperationStopped") from None


def like(left: Value, right: Value, *, case: bool = False, negate: bool = False) -> Value:
    """`-like`, `-notlike`."""
    items = unroll(left)
    if items is None:
        return (_wildcard(right, case=case).fullmatch(to_text(left)) is not None) != negate
    texts = [to_text(item) for item in items]
    if not texts:
        return Array([])
    pattern = _wildcard(right, case=case)
    return Array([text for text in texts if (pattern.fullmatch(text) is not None) != negate])


def _wildcard(right: Value, *, case: bool) -> re.Pattern[str]:
    try:
        return wildcard(to_text(right), case=case)
    except BadWildcard:
        message = f"The specified wildcard character pattern is not valid: {to_text(right)}"
        raise Failure.of(
            "RuntimeException", message, exception="System.Management.Automation.WildcardPatternException"
        ) from None


def match(left: Value, right: Value, *, case: bool = False, negate: bool = False) -> tuple[Value, Hashtable | None]:
    """`-match`: the result, and the new `$Matches` (None: unchanged)."""
    regex = _regex(right, case=case)
    items = unroll(left)
    if items is None:
        found = regexes.find(regex, to_text(left))
        return found.success != negate, Hashtable(regexes.matches_table(found)) if found.success else None
    chosen = [item for item in items if regexes.find(regex, to_text(item)).success != negate]
    return Array(chosen), None


def replace(left: Value, right: Value, *, case: bool = False) -> Value:
    """`-replace`: pattern, or pattern and replacement (a text or a script block)."""
    parts = unroll(right)
    operands = [right] if parts is None else list(parts)
    if len(operands) > 2:
        raise Failure.of(
            "BadReplaceArgument",
            f"The -replace operator allows only two elements to follow it, not {len(operands)}.",
            "InvalidOperation",
        )
    pattern = operands[0] if operands else ""
    replacement = operands[1] if len(operands) > 1 else ""
    try:
        regex = _regex(pattern, case=case)
    except Failure as failure:
        message = f"The regular expression pattern {to_text(pattern)} is not valid."
        raise Failure.of(
            "InvalidRegularExpression", message, "InvalidOperation", inner=failure.record.exception
        ) from None
    chosen = _replacement(replacement)
    items = unroll(left)
    if items is None:
        return regexes.replace(regex, to_text(left), chosen)
    return Array([regexes.replace(regex, to_text(item), chosen) for item in items])


def _replacement(value: Value) -> str | Callable[[regexes.Match], str]:
    plain = base(value)
    if isinstance(plain, ScriptBlock):
        return lambda found: to_text(collapse(run_block(plain, under=found)))
    return to_text(plain)


# ---------------------------------------------------------------- -split and -join


def unary_split(value: Value) -> Value:
    """`-split $x`: at white space, empty pieces dropped."""
    items = unroll(value)
    texts = [value] if items is None else items
    pieces = [piece for text in texts for piece in to_text(text).split() or [""]]
    return Array(pieces, net.array_of(net.STRING))


def split(left: Value, right: Value, *, case: bool = False) -> Value:
    """`-split`: pattern or script block, then the limit, then options."""
    parts = unroll(right)
    operands = [right] if parts is None else list(parts)
    if not operands:
        raise Failure.of("BadOperatorArgument", "The -split operator needs a pattern.", "InvalidOperation")
    pattern = base(operands[0])
    try:
        limit = int(cast(operands[1], net.INT32)) if len(operands) > 1 else 0
        options = _split_options(operands[2]) if len(operands) > 2 else 0
    except Failure as failure:
        if failure.record.error_id == "InvalidSplitOptionCombination":
            raise
        raise Failure.of("RuntimeException", failure.record.message, inner=failure.record.exception) from None
    items = unroll(left)
    texts = [to_text(item) for item in ([left] if items is None else items)]
    pieces: list[str] = []
    if isinstance(pattern, ScriptBlock):
        for text in texts:
            pieces += _split_by_block(text, pattern, limit)
    else:
        regex = _split_regex(pattern, options, case=case)
        for text in texts:
            pieces += _split_from_right(regex, text, -limit) if limit < 0 else regexes.split(regex, text, limit)
    return Array(pieces, net.array_of(net.STRING))


def _split_options(value: Value) -> int:
    number = int(cast(value, SPLIT_OPERATOR_OPTIONS).number)
    if number & 1 and number & ~(1 | 64):
        raise Failure.of("InvalidSplitOptionCombination", "The split options cannot be combined.", "InvalidOperation")
    return number


def _split_regex(pattern: Value, options: int, *, case: bool) -> regexes.Regex:
    flags = 0 if case and not options & 64 else IGNORE_CASE
    flags |= 2 * bool(options & 16) | 16 * bool(options & 32) | 4 * bool(options & 128) | 32 * bool(options & 8)
    source = re.escape(to_text(pattern)).replace("\\ ", " ") if options & 1 else to_text(pattern)
    try:
        return regexes.make_regex(source, flags)
    except NetError as error:
        raise Failure.from_exception(error.exception, category="OperationStopped") from None


def _split_from_right(regex: regexes.Regex, text: str, limit: int) -> list[str]:
    """A negative limit counts pieces from the end."""
    found = regexes.find_all(regex, text)
    if limit == 1 or not found:
        return [text]
    kept = found[-(limit - 1) :] if limit > 1 else []
    pieces: list[str] = []
    place = 0
    for one in kept:
        pieces.append(text[place : one.index])
        pieces += [group.text for group in one.groups()[1:] if group.success]
        place = one.index + one.length
    return [*pieces, text[place:]]


def _split_by_block(text: str, block: ScriptBlock, limit: int) -> list[str]:
    pieces: list[str] = []
    current = ""
    for place, letter in enumerate(text):
        full = limit > 0 and len(pieces) >= limit - 1
        if not full and is_true(collapse(run_block(block, [text, place], under=letter))):
            pieces.append(current)
            current = ""
        else:
            current += letter
    return [*pieces, current]


def join(left: Value, right: Value) -> Value:
    """`-join`: the elements' texts with the separator between them."""
    items = unroll(left)
    if items is None:
        return to_text(left)
    return to_text(right).join(element_text(item) for item in items)


def unary_join(value: Value) -> Value:
    """`-join $x`."""
    return join(value, "")


# ---------------------------------------------------------------- -f


def format_text(left: Value, right: Value) -> Value:
    """`-f`."""
    plain = base(right)
    arguments = list(plain) if isinstance(plain, Array) else [right]
    try:
        return format_composite(to_text(left), arguments, formatted)
    except BadFormat:
        message = (
            "Error formatting a string: Index (zero based) must be greater than or equal to zero and less than the size of the "
            "argument list.."
        )
        inner = NetException("System.FormatException", message)
        raise Failure.of("FormatError", message, "InvalidOperation", inner=inner) from None
