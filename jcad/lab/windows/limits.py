"""Windows' limits on names and values, where Samba is laxer. Pure: raises the AdFailure that Windows would report.

Source: the schema documentation of sAMAccountName and cn, and rules of account names (Microsoft's naming conventions).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from typing import Final

from jcad.lab.windows import failures
from jcad.lab.windows.failures import from_code
from jcad.lab.windows.schema import AttributeType, Syntax

LONGEST_USER_NAME: Final = 20
LONGEST_COMMON_NAME: Final = 64
_LONGEST_GROUP_NAME: Final = 256
FORBIDDEN_IN_ACCOUNT_NAMES: Final = frozenset('"/\\[]:;|=,+*?<>')
_KATAKANA: Final = range(0x30A1, 0x30F7)
_TO_HIRAGANA: Final = 0x60


def check_account_name(name: str, *, is_user: bool) -> None:
    """Refuse a sAMAccountName that Windows refuses (1315 for each of these: unverified on Windows)."""
    longest = LONGEST_USER_NAME if is_user else _LONGEST_GROUP_NAME
    wrong = (
        not name.strip(" .")
        or name != name.strip(" ")
        or len(name) > longest
        or name.endswith(".")
        or any(character in FORBIDDEN_IN_ACCOUNT_NAMES or ord(character) < 0x20 for character in name)
    )
    if wrong:
        raise from_code(failures.INVALID_ACCOUNT_NAME)


def check_common_name(name: str) -> None:
    """Refuse a name of an object that is longer than cn's rangeUpper, or holds a NUL (8322, 8335: unverified on Windows).

    The module's protocol is XML, which has no NUL. Samba takes one, and cannot delete the object any more: it cuts the name
    there, mark of a deleted object and GUID included, so that the second one of the same beginning is in the way of the first.
    """
    if "\0" in name:
        raise from_code(failures.BAD_NAME)
    if len(name) > LONGEST_COMMON_NAME:
        raise from_code(failures.OUT_OF_RANGE)


def check_values(attribute: AttributeType, values: Iterable[bytes]) -> None:
    """Refuse several values of a single-valued attribute, an empty value, and a text over its rangeUpper."""
    listed = list(values)
    if attribute.single and len(listed) > 1:
        raise from_code(failures.SINGLE_VALUE)
    for value in listed:
        if not value:
            raise from_code(87)
        if attribute.longest is not None and _length(attribute, value) > attribute.longest:
            raise from_code(failures.OUT_OF_RANGE)


def _length(attribute: AttributeType, value: bytes) -> int:
    """What rangeUpper counts: characters of a text, bytes of octets; of numbers nothing (it bounds their value)."""
    match attribute.syntax:
        case Syntax.TEXT:
            return len(value.decode("utf-8", "replace").encode("utf-16-le")) // 2
        case Syntax.OCTETS:
            return len(value)
    return 0


def folded(name: str) -> str:
    """A form in which two account names that Windows takes for the same are the same.

    The directory's index ignores case, accents, kana type and width (MS-ADTS 3.1.1.2.2.4.6), so José is Jose.
    """
    decomposed = unicodedata.normalize("NFKD", name)
    bare = "".join(character for character in decomposed if not unicodedata.combining(character))
    return "".join(
        chr(ord(character) - _TO_HIRAGANA) if ord(character) in _KATAKANA else character
        for character in bare.casefold()
    )
