"""Distinguished names (RFC 4514, MS-ADTS 3.1.1.3.1.1.2): parse, escape, compare, climb. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import Self

_MUST_ESCAPE = frozenset(',+"\\<>;=')
_PLAIN = re.compile(r"[^,+\"\\<>;=\x00-\x1f #](?:[^,+\"\\<>;=\x00-\x1f]*[^,+\"\\<>;=\x00-\x1f ])?\Z")
"""A value with nothing to escape: most of them."""
_HEX_PAIR = re.compile(r"[0-9A-Fa-f]{2}")


def escape_value(value: str) -> str:
    """Escape an attribute value for a distinguished name, as Active Directory itself writes it."""
    if _PLAIN.match(value):
        return value
    escaped = "".join(_escape_char(char) for char in value)
    if value.startswith((" ", "#")):
        escaped = "\\" + escaped
    if len(value) > 1 and value.endswith(" "):
        escaped = escaped[:-1] + "\\ "
    return escaped


def _escape_char(char: str) -> str:
    if char in _MUST_ESCAPE:
        return "\\" + char
    if ord(char) < 0x20:
        return f"\\{ord(char):02X}"
    return char


@dataclass(frozen=True, slots=True)
class Rdn:
    """One part of a distinguished name: an attribute type and its unescaped value. AD has no multi-valued ones."""

    type: str
    value: str

    def __str__(self) -> str:
        return f"{self.type}={escape_value(self.value)}"

    @property
    def key(self) -> tuple[str, str]:
        """What makes two of them the same: case is ignored, runs of spaces count as one."""
        return self.type.casefold(), " ".join(self.value.split(" ")).casefold()


@dataclass(frozen=True)
class DistinguishedName:
    """A distinguished name, most specific part first. Equal when the directory would call them equal."""

    rdns: tuple[Rdn, ...]

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a distinguished name. `DC=a;DC=b`, JumpCloud's spelling, is understood. Raises ValueError."""
        parts = _split(text)
        return cls(tuple(_rdn(part, text) for part in parts))

    def child(self, type_: str, value: str) -> DistinguishedName:
        """The name of an object directly under this one."""
        return DistinguishedName((Rdn(type_, value), *self.rdns))

    @property
    def parent(self) -> DistinguishedName:
        """The container of this object."""
        return DistinguishedName(self.rdns[1:])

    @property
    def name(self) -> str:
        """The unescaped value of the first part (empty for the root)."""
        return self.rdns[0].value if self.rdns else ""

    @cached_property
    def key(self) -> tuple[tuple[str, str], ...]:
        """What makes two names the same."""
        return tuple(rdn.key for rdn in self.rdns)

    def is_under(self, container: DistinguishedName) -> bool:
        """Whether this object is in the container or below it; a name is not under itself."""
        depth = len(container.key)
        return len(self.key) > depth and (depth == 0 or self.key[-depth:] == container.key)

    def __eq__(self, other: object) -> bool:
        return self.key == other.key if isinstance(other, DistinguishedName) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.key)

    def __str__(self) -> str:
        return ",".join(map(str, self.rdns))


def _split(text: str) -> list[str]:
    """Cut at unescaped commas and semicolons, minding quotes."""
    if not text.strip():
        return []
    parts, start, index, quoted = [], 0, 0, False
    while index < len(text):
        char = text[index]
        if char == "\\":
            index += 1
        elif char == '"':
            quoted = not quoted
        elif char in ",;" and not quoted:
            parts.append(text[start:index])
            start = index + 1
        index += 1
    if quoted:
        raise ValueError(f"a quote is not closed in the distinguished name {text!r}")
    return [*parts, text[start:]]


def _rdn(part: str, whole: str) -> Rdn:
    type_, equals, value = part.partition("=")
    type_ = type_.strip()
    if not equals or not re.fullmatch(r"[A-Za-z][A-Za-z0-9-]*|\d+(\.\d+)*", type_):
        raise ValueError(f"{part!r} is no part of a distinguished name, in {whole!r}")
    return Rdn(type_, _unescape(value, whole))


def _unescape(value: str, whole: str) -> str:
    value = value.lstrip(" ")
    if value.startswith("#"):
        return _from_hex(value[1:].strip(), whole)
    if value.startswith('"') and value.rstrip(" ").endswith('"') and len(value.rstrip(" ")) > 1:
        value = value.rstrip(" ")[1:-1]
        return _unescape_chars(value, whole)[0]
    text, protected = _unescape_chars(value, whole)
    while len(text) > protected and text.endswith(" "):
        text = text[:-1]
    return text


def _unescape_chars(value: str, whole: str) -> tuple[str, int]:
    """The text, and the length up to which it was escaped (its trailing spaces count)."""
    raw, index, protected = bytearray(), 0, 0
    while index < len(value):
        char = value[index]
        if char != "\\":
            raw += char.encode("utf-8", "surrogatepass")
            index += 1
            continue
        if pair := _HEX_PAIR.match(value, index + 1):
            raw.append(int(pair[0], 16))
            index += 3
        elif index + 1 < len(value):
            raw += value[index + 1].encode("utf-8", "surrogatepass")
            index += 2
        else:
            raise ValueError(f"a backslash ends the distinguished name {whole!r}")
        protected = len(raw)
    return _decode(bytes(raw), whole), len(raw[:protected].decode("utf-8", "replace"))


def _from_hex(text: str, whole: str) -> str:
    try:
        raw = bytes.fromhex(text)
    except ValueError as error:
        raise ValueError(f"bad #hex value in the distinguished name {whole!r}") from error
    return _decode(raw[2:] if len(raw) > 1 and raw[1] == len(raw) - 2 else raw, whole)


def _decode(raw: bytes, whole: str) -> str:
    try:
        return raw.decode("utf-8", "strict")
    except UnicodeDecodeError as error:
        raise ValueError(f"not UTF-8 in the distinguished name {whole!r}") from error
