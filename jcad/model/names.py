"""Which names Windows takes, and when two of them are one to it. Pure.

Sources: MS-SAMR 3.1.1.6 (account names), the schema's rangeUpper of cn and sAMAccountName, and rules.md "Creating".
"""

from __future__ import annotations

import unicodedata

USERNAME_LIMIT = 20
GROUP_NAME_LIMIT = 64
FORBIDDEN = frozenset('"/\\[]:;|=,+*?<>')


def fold(name: str) -> str:
    """The name as Windows compares it: without case and accents (José and JOSE are one)."""
    if name.isascii():
        return name.lower()
    decomposed = unicodedata.normalize("NFKD", name.casefold())
    plain = "".join(char for char in decomposed if not unicodedata.combining(char))
    return unicodedata.normalize("NFKC", plain).casefold()


def username_refusal(name: str) -> str | None:
    """Why Windows would refuse this as a user's sAMAccountName, or None."""
    return _refusal(name, USERNAME_LIMIT)


def group_name_refusal(name: str) -> str | None:
    """Why Windows would refuse this as a group's name, or None."""
    return _refusal(name, GROUP_NAME_LIMIT)


def _refusal(name: str, limit: int) -> str | None:
    if not name.strip():
        return "the name is empty"
    if (length := len(name.encode("utf-16-le")) // 2) > limit:
        return f"the name has {length} characters, Windows takes {limit}"
    if bad := sorted(set(name) & FORBIDDEN):
        return f"the name holds {' '.join(bad)}, which Windows refuses"
    if any(ord(char) < 0x20 or 0xD800 <= ord(char) <= 0xDFFF for char in name):
        return "the name holds control characters"
    if name != name.strip(" "):
        return "the name begins or ends with a space"
    if name.endswith("."):
        return "the name ends with a full stop"
    return None


def replaced_sam(name: str) -> str:
    """The name with what Windows refuses in a sAMAccountName substituted by `_` (`group_sam = "replace"`)."""
    plain = "".join("_" if char in FORBIDDEN or ord(char) < 0x20 else char for char in name).strip(" ")
    if plain and not plain.strip():
        return "_" * len(plain)
    return plain[:-1] + "_" if plain.endswith(".") else plain
