"""The Basic Encoding Rules, as far as LDAP needs them (RFC 4511 section 5.1): definite lengths, small tags.

Pure: bytes in, bytes out.
"""

from __future__ import annotations

BOOLEAN = 0x01
INTEGER = 0x02
OCTET_STRING = 0x04
ENUMERATED = 0x0A
SEQUENCE = 0x30
SET = 0x31

_NEEDED_FOR_HEADER = 2


class BerError(ValueError):
    """The bytes are not an element of the Basic Encoding Rules as LDAP uses them."""


def element(tag: int, content: bytes) -> bytes:
    """One element: tag, length, content."""
    size = len(content)
    if size < 0x80:
        return bytes((tag, size)) + content
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(length))) + length + content


def sequence(*parts: bytes, tag: int = SEQUENCE) -> bytes:
    """A constructed element that holds the given elements."""
    return element(tag, b"".join(parts))


def octets(value: bytes | str, tag: int = OCTET_STRING) -> bytes:
    """An octet string; text goes as UTF-8 (RFC 4511 4.1.2)."""
    return element(tag, value.encode() if isinstance(value, str) else value)


def integer(value: int, tag: int = INTEGER) -> bytes:
    """An integer in the shortest two's complement form."""
    return element(tag, value.to_bytes((value + (value < 0)).bit_length() // 8 + 1, "big", signed=True))


def boolean(value: bool, tag: int = BOOLEAN) -> bytes:
    """A boolean; true is 0xFF (RFC 4511 5.1)."""
    return element(tag, b"\xff" if value else b"\x00")


def measure(buffer: bytes | bytearray | memoryview, at: int = 0) -> tuple[int, int] | None:
    """Where the content of the element at `at` begins and ends; None while its header has not arrived whole.

    The end may lie beyond the buffer: then the rest of the element is still to come.
    Raises BerError for an indefinite or absurd length.
    """
    if len(buffer) < at + _NEEDED_FOR_HEADER:
        return None
    first = buffer[at + 1]
    start = at + 2
    if first < 0x80:
        return start, start + first
    count = first & 0x7F
    if not 1 <= count <= 4:
        raise BerError(f"a length of {count} bytes is no LDAP length")
    if len(buffer) < start + count:
        return None
    return start + count, start + count + int.from_bytes(buffer[start : start + count], "big")


class Reader:
    """Walks over the elements of a buffer, from `at` to `end`."""

    __slots__ = ("_at", "_buffer", "_end")

    def __init__(self, buffer: bytes, at: int = 0, end: int | None = None) -> None:
        self._buffer = buffer
        self._at = at
        self._end = len(buffer) if end is None else end

    def __bool__(self) -> bool:
        return self._at < self._end

    @property
    def tag(self) -> int:
        """The tag of the next element; -1 at the end."""
        return self._buffer[self._at] if self._at < self._end else -1

    def _next(self, tag: int | None) -> tuple[int, int]:
        if self._at >= self._end:
            raise BerError("an element is missing")
        if tag is not None and self._buffer[self._at] != tag:
            raise BerError(f"tag {self._buffer[self._at]:#04x} where {tag:#04x} was due")
        span = measure(self._buffer, self._at)
        if span is None or span[1] > self._end:
            raise BerError("an element is longer than what holds it")
        self._at = span[1]
        return span

    def octets(self, tag: int | None = OCTET_STRING) -> bytes:
        """The content of the next element; any tag when `tag` is None."""
        start, end = self._next(tag)
        return self._buffer[start:end]

    def integer(self, tag: int = INTEGER) -> int:
        """The next element as an integer."""
        return int.from_bytes(self.octets(tag), "big", signed=True)

    def inside(self, tag: int | None = SEQUENCE) -> Reader:
        """A reader of what the next element holds."""
        start, end = self._next(tag)
        return Reader(self._buffer, start, end)
