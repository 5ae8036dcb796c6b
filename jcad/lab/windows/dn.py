"""Distinguished names, as far as the cmdlets build and take them apart (RFC 4514). Pure."""

from __future__ import annotations

import re

_SPECIAL = set(',+"\\<>;=')
_LOOKS_LIKE = re.compile(r"^\s*[A-Za-z][A-Za-z0-9-]*\s*=.*=", re.DOTALL)
_ATTRIBUTE = re.compile(r"^\s*[A-Za-z][A-Za-z0-9-]*\s*=")


def escape(value: str) -> str:
    """A name as it stands in a relative distinguished name, special characters escaped (RFC 4514 2.4)."""
    escaped = "".join(_escape_one(character) for character in value)
    if escaped[:1] in ("#", " "):
        escaped = "\\" + escaped
    if value.endswith(" ") and len(value) > 1:
        escaped = escaped[:-1] + "\\ "
    return escaped


def _escape_one(character: str) -> str:
    if character in _SPECIAL:
        return "\\" + character
    return f"\\{ord(character):02X}" if ord(character) < 0x20 else character


def split(dn: str) -> list[str]:
    """The relative distinguished names of a DN, leaf first, as they were written. An escaped comma does not split."""
    parts, start, position, quoted = [], 0, 0, False
    while position < len(dn):
        character = dn[position]
        if character == "\\":
            position += 2
            continue
        if character == '"':
            quoted = not quoted
        elif character in ",;" and not quoted:
            parts.append(_trimmed(dn[start:position]))
            start = position + 1
        position += 1
    parts.append(_trimmed(dn[start:]))
    return [part for part in parts if part]


def _trimmed(part: str) -> str:
    """The part without the spaces around it; one that is escaped at its end belongs to the name."""
    bare = part.strip(" ")
    backslashes = len(bare) - len(bare.rstrip("\\"))
    return bare + " " if backslashes % 2 and part.rstrip(" ") != part else bare


def parent(dn: str) -> str:
    """The DN of what holds the object; empty at the top."""
    return ",".join(split(dn)[1:])


def leaf(dn: str) -> str:
    """The first relative distinguished name, as it was written."""
    return next(iter(split(dn)), "")


def leaf_type(dn: str) -> str:
    """The attribute of the first relative distinguished name: CN, OU."""
    return leaf(dn).partition("=")[0].strip()


def looks_like_dn(text: str) -> bool:
    """Whether an identity is taken for a DN: at least one pair, and for a single pair an `=` only once at its place."""
    if _LOOKS_LIKE.match(text):
        return True
    return bool(_ATTRIBUTE.match(text)) and text.strip().lower().startswith(("cn=", "ou=", "dc="))


def is_well_formed(dn: str) -> bool:
    """Whether every part is `attribute=value`."""
    parts = split(dn)
    return bool(parts) and all(_ATTRIBUTE.match(part) and part.partition("=")[2].strip() for part in parts)


def is_below(dn: str, top: str) -> bool:
    """Whether the object is `top` or lies below it; spaces beside commas and letters' case do not matter."""
    have = [_normal_part(part) for part in split(dn)]
    above = [_normal_part(part) for part in split(top)]
    return have[max(len(have) - len(above), 0) :] == above


def normal(dn: str) -> str:
    """A form in which the same DN, written differently, is the same text (escapes are kept as they were written)."""
    return ",".join(_normal_part(part) for part in split(dn))


def _normal_part(part: str) -> str:
    attribute, _, value = part.partition("=")
    return f"{attribute.strip()}={value.lstrip(' ')}".casefold()
