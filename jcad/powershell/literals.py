"""Python values as PowerShell literals: the one way for a value into a script's text. Pure.

Grammar: about_Quoting_Rules (a single-quoted string ends at any of five quote characters, and doubling one keeps it),
about_Numeric_Literals. Literals that are more than one token stand in parentheses, so that they can be arguments.
No literal holds a line end, or anything else that a reviewer could not see.
"""

from __future__ import annotations

import base64
import math
import re
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from jcad.errors import ScriptError, SecretInScript
from jcad.model.secret import Secret

_QUOTES = re.compile("(['\u2018\u2019\u201a\u201b])")
_UNSEEN = re.compile("([\x00-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060\u2066-\u2069\ufeff])")
"""What a reviewer cannot see, or an editor may change: controls, line ends, direction marks, what has no width."""

_INT64 = range(-(1 << 63), 1 << 63)
_LARGEST_DECIMAL = Decimal((1 << 96) - 1)
_DECIMAL_SCALE = 28
_EPOCH = datetime(1, 1, 1, tzinfo=UTC)


def literal(value: Any) -> str:
    """The PowerShell literal of a value.

    Raises SecretInScript for a Secret, and ScriptError for what has no literal: a NUL, a lone surrogate, a number out
    of range, a mapping whose keys PowerShell cannot tell apart, any other type.
    """
    if isinstance(value, Secret):
        raise SecretInScript(
            "a secret was about to become part of a script's text",
            hint="pass it as a secure string: script-block logging keeps the text of every script",
        )
    if value is None:
        return "$null"
    if isinstance(value, bool):
        return "$true" if value else "$false"
    for kind, render in _RENDERERS:
        if isinstance(value, kind):
            return render(value)
    raise ScriptError(f"a {type(value).__name__} has no PowerShell literal")


def ignoring_case(key: str) -> str:
    """A key as PowerShell compares it: letter by letter in upper case, where that is one letter."""
    return "".join(upper if len(upper := char.upper()) == 1 else char for char in key)


def check_text(text: str) -> None:
    """Raise ScriptError for text that Windows or the wire cannot carry: a NUL, a lone surrogate."""
    if "\0" in text:
        raise ScriptError(f"the text {text[:60]!r} holds a NUL character, which Windows ends texts with")
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise ScriptError(f"the text {text[:60]!r} holds half a character (a lone surrogate)") from error


def _text(value: str) -> str:
    check_text(value)
    first, *more = _UNSEEN.split(value)
    if not more:
        return _quoted(value)
    parts = [_quoted(first)]
    for unseen, seen in zip(more[::2], more[1::2], strict=True):
        parts += [f"[char] {ord(unseen)}", *([_quoted(seen)] if seen else [])]
    return f"({' + '.join(parts)})"


def _quoted(value: str) -> str:
    return "'" + _QUOTES.sub(r"\1\1", value) + "'"


def _integer(value: int) -> str:
    number = int(value)
    if number not in _INT64:
        raise ScriptError(f"the number {number} does not fit in 64 bits")
    if number == _INT64.start:
        return f"([long] '{number}')"  # without its sign the number would be a decimal
    return str(number)


def _float(value: float) -> str:
    if math.isnan(value):
        return "([double]::NaN)"
    if math.isinf(value):
        return "([double]::PositiveInfinity)" if value > 0 else "([double]::NegativeInfinity)"
    return repr(float(value))


def _decimal(value: Decimal) -> str:
    if not value.is_finite():
        raise ScriptError(f"{value} is not a number that a decimal can hold")
    exponent = value.as_tuple().exponent
    if abs(value) > _LARGEST_DECIMAL or (isinstance(exponent, int) and -exponent > _DECIMAL_SCALE):
        raise ScriptError(f"the number {value} does not fit in a decimal")
    if len(value.as_tuple().digits) > len(str(_LARGEST_DECIMAL)) - 1 and exponent:
        raise ScriptError(f"the number {value} has more digits than a decimal keeps")
    return f"{value:f}d"


def _datetime(value: datetime) -> str:
    kind = "Unspecified" if value.tzinfo is None else "Utc"
    moment = value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
    ticks = (moment - _EPOCH) // timedelta(microseconds=1) * 10  # a tick is 100 ns, as .NET counts
    return f"([datetime]::new({ticks}, [System.DateTimeKind]::{kind}))"


def _uuid(value: UUID) -> str:
    return f"([guid] '{value}')"


def _bytes(value: bytes) -> str:
    return f"([System.Convert]::FromBase64String('{base64.b64encode(value).decode('ascii')}'))"


def _list(value: Sequence[Any]) -> str:
    if len(value) == 1 and isinstance(value[0], bytes | bytearray | list | tuple):
        return f"@(, {literal(value[0])})"  # @() would unroll the one array in it
    return "@(" + ", ".join(literal(element) for element in value) + ")"


def _mapping(value: Mapping[Any, Any]) -> str:
    seen: set[str] = set()
    for key in value:
        if not isinstance(key, str):
            raise ScriptError(f"the key {key!r} of a mapping is not text")
        if (upper := ignoring_case(key)) in seen:
            raise ScriptError(f"the key {key!r} is there twice: PowerShell ignores the case of keys")
        seen.add(upper)
    pairs = "; ".join(f"{_text(key)} = {literal(element)}" for key, element in value.items())
    return f"([ordered] @{{{pairs}}})" if isinstance(value, OrderedDict) else f"@{{{pairs}}}"


_RENDERERS: tuple[tuple[type | tuple[type, ...], Callable[[Any], str]], ...] = (
    (str, _text),
    (int, _integer),
    (float, _float),
    (Decimal, _decimal),
    (datetime, _datetime),
    (UUID, _uuid),
    ((bytes, bytearray), _bytes),
    ((list, tuple), _list),
    (Mapping, _mapping),
)
