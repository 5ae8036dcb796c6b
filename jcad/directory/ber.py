"""The few BER encodings that LDAP needs (X.690, RFC 4511 5.1): definite lengths, one-byte tags. Pure.

The hot path of reading entries does not come through here: see `entries.py`.
"""

from __future__ import annotations

from typing import Final

from jcad.errors import DirectoryError

BOOLEAN: Final = 0x01
INTEGER: Final = 0x02
OCTETS: Final = 0x04
ENUMERATED: Final = 0x0A
SEQUENCE: Final = 0x30
SET: Final = 0x31


def malformed(what: str) -> DirectoryError:
    """The error for bytes that are no LDAP."""
    return DirectoryError(
        f"the domain controller's reply cannot be read: {what}",
        hint="Something between here and the domain controller may be answering in its place; check host and port.",
    )


def tlv(tag: int, content: bytes) -> bytes:
    """One element: tag, length in its shortest form, content."""
    size = len(content)
    if size < 0x80:
        return bytes((tag, size)) + content
    octets = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(octets))) + octets + content


def sequence(*parts: bytes, tag: int = SEQUENCE) -> bytes:
    """A constructed element of already encoded parts."""
    return tlv(tag, b"".join(parts))


def integer(value: int, tag: int = INTEGER) -> bytes:
    """A whole number in two's complement."""
    size = ((value if value >= 0 else ~value).bit_length() // 8) + 1
    return tlv(tag, value.to_bytes(size, "big", signed=True))


def boolean(value: bool, tag: int = BOOLEAN) -> bytes:
    """True is FF (RFC 4511 5.1)."""
    return tlv(tag, b"\xff" if value else b"\x00")


def header(data: bytes, position: int, stop: int) -> tuple[int, int, int]:
    """The tag of the element at `position`, and where its content begins and ends (at or before `stop`).

    Raises DirectoryError where there is no whole element.
    """
    if position + 2 > stop:
        raise malformed("an element is cut off")
    tag, size = data[position], data[position + 1]
    position += 2
    if size > 0x7F:
        count = size & 0x7F
        if not 1 <= count <= 8 or position + count > stop:
            raise malformed("a length has no definite form")
        size = int.from_bytes(data[position : position + count], "big")
        position += count
    if position + size > stop:
        raise malformed("an element is longer than what holds it")
    return tag, position, position + size


class Reader:
    """Reads the elements of a constructed content one after the other. Raises DirectoryError for anything unexpected."""

    __slots__ = ("_data", "_position", "_stop")

    def __init__(self, data: bytes, start: int = 0, stop: int | None = None) -> None:
        self._data = data
        self._position = start
        self._stop = len(data) if stop is None else stop

    def __bool__(self) -> bool:
        return self._position < self._stop

    def peek(self) -> int:
        """The tag of the next element; -1 at the end."""
        return self._data[self._position] if self else -1

    def next(self, expected: int) -> bytes:
        """The content of the next element, which must have this tag."""
        tag, start, stop = header(self._data, self._position, self._stop)
        if tag != expected:
            raise malformed(f"an element is {tag:#04x} where {expected:#04x} belongs")
        self._position = stop
        return self._data[start:stop]

    def optional(self, expected: int) -> bytes | None:
        """The content of the next element if it has this tag, else None."""
        return self.next(expected) if self.peek() == expected else None

    def number(self, expected: int = INTEGER) -> int:
        """The next element as a whole number of at most 64 bits."""
        content = self.next(expected)
        if not 1 <= len(content) <= 8:
            raise malformed("a number is empty or too long")
        return int.from_bytes(content, "big", signed=True)

    def text(self, expected: int = OCTETS) -> str:
        """The next element as text; what is no UTF-8 is replaced (a diagnostic message may be anything)."""
        return self.next(expected).decode("utf-8", "replace")

    def nested(self, expected: int = SEQUENCE) -> Reader:
        """A reader of the next element's content."""
        return Reader(self.next(expected))
