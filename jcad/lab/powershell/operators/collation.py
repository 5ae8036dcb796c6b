"""The order of text as .NET's invariant culture has it (ICU's root collation, near enough): `-lt`, Sort-Object.

Text is compared first by what its letters are, then by accents, then by case (lower before upper). Punctuation comes before
digits, digits before letters.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from typing import Any, Final

_PUNCTUATION: Final = "_-,;:!?.'\"()[]{}@*/\\&#%`^+<=>|~$"
_ORDER: Final = {letter: index for index, letter in enumerate(" \t\n\v\f\r" + _PUNCTUATION)}

Key = tuple[tuple[tuple[int, str], ...], tuple[str, ...], tuple[bool, ...]]


def _primary(letter: str) -> tuple[int, str]:
    order = _ORDER.get(letter)
    if order is not None:
        return (0, chr(order))
    if letter.isdigit():
        return (2, letter)
    if letter.isalpha():
        return (3, letter.casefold())
    return (1, letter)


@lru_cache(maxsize=4096)
def sort_key(text: str) -> Key:
    """The key by which texts are ordered, case and all."""
    if text.isascii():
        shown = (
            text
            if text.isprintable()
            else "".join(letter for letter in text if letter.isprintable() or letter in "\t\n\v\f\r")
        )
        return (tuple(map(_primary, shown)), (), tuple(letter.isupper() for letter in shown))
    split = unicodedata.normalize("NFD", text.replace("ß", "ss"))
    letters = [letter for letter in split if not unicodedata.combining(letter)]
    marks: list[str] = []
    for letter in split:
        if unicodedata.combining(letter):
            if marks:
                marks[-1] += letter
        else:
            marks.append("")
    secondary = tuple(marks) if any(marks) else ()
    return (tuple(map(_primary, letters)), secondary, tuple(letter.isupper() for letter in letters))


def compare_text(left: str, right: str, *, ignore_case: bool = True) -> int:
    """-1, 0 or 1, as `[string]::Compare(left, right, ignoreCase)` in the invariant culture."""
    if left == right:
        return 0
    first, second = sort_key(left), sort_key(right)
    for level in range(2 if ignore_case else 3):
        one: Any = first[level]
        other: Any = second[level]
        if one != other:
            return -1 if one < other else 1
    return 0


def equal_text(left: str, right: str, *, ignore_case: bool = True) -> bool:
    """Whether two texts are the same to `-eq` or `-ceq`."""
    if left == right:
        return True
    if not ignore_case:
        return False
    return left.upper() == right.upper() if left.isascii() and right.isascii() else _fold(left) == _fold(right)


def _fold(text: str) -> str:
    return unicodedata.normalize("NFC", text.replace("\u0130", "i\u0307")).upper()
