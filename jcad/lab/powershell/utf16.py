"""Text in UTF-16 code units, as .NET counts it. Python's strings are kept; only text beyond U+FFFF is ever split. Pure."""

from __future__ import annotations

import re
from typing import Final

_ASTRAL: Final = re.compile("[\U00010000-\U0010ffff]")
_PAIR: Final = re.compile("[\ud800-\udbff][\udc00-\udfff]")


def units(text: str) -> str:
    """The text with one character per code unit: surrogate pairs apart."""
    if text.isascii() or _ASTRAL.search(text) is None:
        return text
    data = text.encode("utf-16-le", "surrogatepass")
    return "".join(chr(data[place] | data[place + 1] << 8) for place in range(0, len(data), 2))


def joined(text: str) -> str:
    """The text with its surrogate pairs together again."""
    if text.isascii() or _PAIR.search(text) is None:
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")


def length(text: str) -> int:
    """`String.Length`."""
    return len(text) if text.isascii() else len(units(text))
