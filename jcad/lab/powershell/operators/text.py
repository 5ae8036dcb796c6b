"""Operators on text: -like, -match, -replace, -split, -join, -f."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

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
from jcad.lab.powershell.values import Array, EnumValue, Hashtable, ScriptBlock, Value

if TYPE_CHECKING:
    from collections.abc import Callable

_OPTION_NAMES: Final = {
    "simplematch": 1,
    "regexmatch": 2,
    "cultureinvariant": 4,
    "ignorepatternwhitespace": 8,
    "multiline": 16,
    "singleline": 32,
    "ignorecase": 64,
    "explicitcapture": 128,
}


def _regex(pattern: Value, *, case: bool) -> regexes.Regex:
    """The regular expression of an operand, in the engine's way of failing."""
    plain = base(pattern)
    if isinstance(plain, regexes.Regex):
        return plain
    try:
        return regexes.make_regex(to_text(plain), 0 if case else IGNORE_CASE)
    except NetError as error:
        raise Failure.from_exception(error.exception) from None


def like(left: Value, right: Value, *, case: bool = False, negate: bool = False) -> Value:
    """`-like`, `-notlike`."""
    try:
        pattern = wildcard(to_text(right), case=case)
    except BadWildcard:
        message = f"The specified wildcard character pattern is not valid: {to_text(right)}"
        inner = NetException("System.Management.Automation.WildcardPatternException", message)
        raise Failure.of("RuntimeException", message, inner=inner) from None
    items = unroll(left)
    if items is None:
        return (pattern.fullmatch(to_text(left)) is not None) != negate
    return Array([item for item in items if (pattern.fullmatch(to_text(item)) is not None) != negate])


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
    return Array([piece for text in texts for piece in to_text(text).split()], net.array_of(net.STRING))


def split(left: Value, right: Value, *, case: bool = False) -> Value:
    """`-split`: pattern or script block, then the limit, then options."""
    parts = unroll(right)
    operands = [right] if parts is None else list(parts)
    pattern = base(operands[0]) if operands else None
    limit = int(cast(operands[1], net.INT32)) if len(operands) > 1 else 0
    options = _split_options(operands[2]) if len(operands) > 2 else 0
    items = unroll(left)
    texts = [to_text(item) for item in ([left] if items is None else items)]
    pieces: list[str] = []
    for text in texts:
        if isinstance(pattern, ScriptBlock):
            pieces += _split_by_block(text, pattern, limit)
        else:
            pieces += _split_text(text, pattern, limit, options, case=case)
    return Array(pieces, net.array_of(net.STRING))


def _split_options(value: Value) -> int:
    plain = base(value)
    if isinstance(plain, EnumValue):
        return plain.number
    number = 0
    for word in to_text(plain).split(","):
        option = _OPTION_NAMES.get(word.strip().lower())
        if option is None:
            raise Failure.of(
                "BadOperatorArgument", f"Cannot use the split option {to_text(plain)}.", "InvalidOperation"
            )
        number |= option
    if number & 1 and number & ~(1 | 64):
        raise Failure.of("InvalidSplitOptionCombination", "The split options cannot be combined.", "InvalidOperation")
    return number


def _split_text(text: str, pattern: Value, limit: int, options: int, *, case: bool) -> list[str]:
    flags = 0 if case and not options & 64 else IGNORE_CASE
    flags |= 2 * bool(options & 16) | 16 * bool(options & 32) | 4 * bool(options & 128) | 32 * bool(options & 8)
    if options & 1:
        import re  # noqa: PLC0415  - only for the literal form

        source = re.escape(to_text(pattern)).replace("\\ ", " ")
    else:
        source = to_text(pattern)
    try:
        regex = regexes.make_regex(source, flags)
    except NetError as error:
        raise Failure.from_exception(error.exception) from None
    if limit < 0:
        return _split_from_right(regex, text, -limit)
    return regexes.split(regex, text, limit)


def _split_from_right(regex: regexes.Regex, text: str, limit: int) -> list[str]:
    """A negative limit counts pieces from the end."""
    found = regexes.find_all(regex, text)
    if limit == 1 or not found:
        return [text]
    kept = found[-(limit - 1) :] if limit > 1 else []
    pieces, place = [], 0
    for one in kept:
        pieces.append(text[place : one.index])
        pieces += [group.text for group in one.groups()[1:] if group.success]
        place = one.index + one.length
    return [*pieces, text[place:]]


def _split_by_block(text: str, block: ScriptBlock, limit: int) -> list[str]:
    pieces, current = [], ""
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
    items = unroll(right)
    arguments = [right] if items is None else list(items)
    try:
        return format_composite(to_text(left), arguments, formatted)
    except BadFormat:
        message = (
            "Error formatting a string: Index (zero based) must be greater than or equal to zero and less than the size of the "
            "argument list.."
        )
        inner = NetException("System.FormatException", message)
        raise Failure.of("FormatError", message, "InvalidOperation", inner=inner) from None
