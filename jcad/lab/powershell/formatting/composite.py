"""Composite format strings: `'{0,-10:N2}' -f $x` and String.Format. Pure; how a value is formatted is passed in."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from jcad.lab.powershell.formatting.numbers import BadFormat

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_ITEM: Final = re.compile(r"(\d+)\s*(?:,\s*(-?\d+)\s*)?(?::(.*))?\Z", re.DOTALL)


#: .NET refuses a wider item.
_WIDEST: Final = 999_999


def format_composite(pattern: str, arguments: Sequence[Any], render: Callable[[Any, str], str]) -> str:
    """Fill a format string; `render(value, spec)` is a value's ToString. Raises BadFormat."""
    out: list[str] = []
    position, length = 0, len(pattern)
    while position < length:
        letter = pattern[position]
        if letter == "}":
            if pattern[position + 1 : position + 2] != "}":
                raise BadFormat
            out.append("}")
            position += 2
        elif letter != "{":
            stop = _next_brace(pattern, position)
            out.append(pattern[position:stop])
            position = stop
        elif pattern[position + 1 : position + 2] == "{":
            out.append("{")
            position += 2
        else:
            text, position = _item(pattern, position + 1, arguments, render)
            out.append(text)
    return "".join(out)


def _next_brace(pattern: str, position: int) -> int:
    ends = [found for found in (pattern.find("{", position), pattern.find("}", position)) if found >= 0]
    return min(ends, default=len(pattern))


def _item(pattern: str, start: int, arguments: Sequence[Any], render: Callable[[Any, str], str]) -> tuple[str, int]:
    end = pattern.find("}", start)
    if end < 0:
        raise BadFormat
    found = _ITEM.match(pattern[start:end])
    if found is None or "{" in (found[3] or ""):
        raise BadFormat
    index = int(found[1])
    if index >= len(arguments):
        raise BadFormat
    text = render(arguments[index], found[3] or "")
    width = int(found[2] or 0)
    if abs(width) > _WIDEST:
        raise BadFormat
    return (text.ljust(-width) if width < 0 else text.rjust(width)), end + 1
