"""The fast reader of search results: bytes of LDAP messages in, entries out. Pure: no sockets, no clock, no settings.

ldap3's decoder costs some 150 µs for an entry of twelve attributes, and an administrator with 100,000 users waits for it.
What is here is the hot path of every read, so it is written flat: each length is read in place, because a call costs more
than the reading. Windows writes the long form (84 nn nn nn nn) for everything that is constructed, Samba the shortest one;
both have their branch. Whatever the bytes are, they give entries or a DirectoryError.
"""

from __future__ import annotations

import struct
from typing import Final

from jcad.directory.ber import malformed

Entry = tuple[str, dict[str, list[bytes]]]
"""An entry: its distinguished name, and its values by attribute name in lower case (options such as `;range=` included)."""

Message = tuple[int, int, bytes, int, int, int]
"""An LDAP message: message id, operation tag, the bytes it lies in, start and end of the operation, end of the message."""

SEARCH_ENTRY: Final = 0x64
SEARCH_DONE: Final = 0x65
SEARCH_REFERENCE: Final = 0x73
EXTENDED_RESPONSE: Final = 0x78

LARGEST_MESSAGE: Final = 64 * 1024 * 1024
_MOST_NAMES: Final = 4096
_long = struct.Struct(">I").unpack_from
_names: dict[bytes, str] = {}


class MessageSplitter:
    """Cuts a stream of bytes into LDAP messages (RFC 4511 4.1.1), in whatever pieces the bytes arrive.

    A message of more than 64 MiB is refused, so that nonsense for a length does not fill the memory.
    """

    __slots__ = ("_kept", "_missing")

    def __init__(self) -> None:
        self._kept: list[bytes] = []
        self._missing = 0

    def feed(self, data: bytes) -> list[Message]:
        """Take the next bytes and give the messages that are whole by now, in order. Raises DirectoryError."""
        self._kept.append(data)
        self._missing -= len(data)
        if self._missing > 0:
            return []
        whole = self._kept[0] if len(self._kept) == 1 else b"".join(self._kept)
        messages, position, wanted = _split(whole)
        self._kept = [whole[position:]] if position < len(whole) else []
        self._missing = wanted - len(whole)
        return messages

    @property
    def pending(self) -> int:
        """How many bytes are kept of a message that is not whole yet."""
        return sum(map(len, self._kept))


def _split(data: bytes) -> tuple[list[Message], int, int]:
    """The whole messages in `data`, where the rest begins, and how long `data` must be at least to hold one more."""
    messages: list[Message] = []
    first, known = 0, len(data)
    while first + 2 <= known:
        if data[first] != 0x30:
            raise malformed(f"a message begins with {data[first]:#04x}")
        size = data[first + 1]
        position = first + 2
        if size > 0x7F:
            head = position + (size & 0x7F)
            if head > known:
                return messages, first, head
            position, size = _long_form(data, position, size)
        end = position + size
        if size > LARGEST_MESSAGE:
            raise malformed(f"a message claims to be {size} bytes long")
        if end > known:
            return messages, first, end
        try:
            messages.append(_message(data, position, end))
        except (IndexError, struct.error) as error:
            raise malformed("a message is shorter than it must be") from error
        first = end
    return messages, first, known + 1


def _message(data: bytes, position: int, end: int) -> Message:
    """Read the message id and the header of the operation; the message's own content is `data[position:end]`."""
    id_size = data[position + 1]
    if data[position] != 0x02 or not 1 <= id_size <= 5:
        raise malformed("a message has no message id")
    start = position + 2 + id_size
    tag, size = data[start], data[start + 1]
    content, size = (start + 2, size) if size < 0x80 else _long_form(data, start + 2, size)
    if content + size > end:
        raise malformed("an operation is longer than its message")
    return int.from_bytes(data[position + 2 : start], "big"), tag, data, content, content + size, end


def read_entry(data: bytes, position: int, stop: int) -> Entry:  # noqa: C901, PLR0912  - flat: see above
    """Read the content of one SearchResultEntry (RFC 4511 4.5.2), which lies in `data[position:stop]`.

    Values come in the order and with the bytes in which they were sent. Raises DirectoryError for anything else than an
    entry; nothing is read beyond `stop`.
    """
    try:
        data = data[position:stop]  # nothing beyond it can be read, and small numbers are cheaper
        stop = len(data)
        dn, position = _entry_head(data, 0, stop)
        attributes: dict[str, list[bytes]] = {}
        known = _names.get
        while position < stop:
            first = position
            size = data[position + 1]
            if size < 0x80:
                position += 2
            elif size == 0x84:
                size = _long(data, position + 2)[0]
                position += 6
            else:
                position, size = _long_form(data, position + 2, size)
            attribute_end = position + size
            # One look-up sees the tag, the length and the name of the type, and the tag of the set behind it.
            end = position + 3 + data[position + 1]
            name = known(data[position:end]) or _learn(data[position:end])
            size = data[end]
            if data[first] != 0x30 or name in attributes:
                raise malformed(f"the attribute {name} is no sequence, or comes twice")
            if (
                1 < size < 0x80
                and data[end + 2] == size - 2
                and end + 1 + size == attribute_end
                and data[end + 1] == 0x04
            ):
                attributes[name] = [data[end + 3 : attribute_end]]
                position = attribute_end
                continue
            position, size = (end + 1, size) if size < 0x80 else _long_form(data, end + 1, size)
            if position + size != attribute_end:
                raise malformed(f"the values of {name} do not fill their attribute")
            attributes[name] = values = []
            while position < attribute_end:
                if data[position] != 0x04:
                    raise malformed(f"a value of {name} is no octet string")
                size = data[position + 1]
                position += 2
                if size > 0x7F:
                    position, size = _long_form(data, position, size)
                end = position + size
                if end > attribute_end:
                    raise malformed(f"a value of {name} is longer than its attribute")
                values.append(data[position:end])
                position = end
        if position != stop:
            raise malformed("an attribute is longer than its entry")
    except (IndexError, struct.error) as error:
        raise malformed("an entry is cut off") from error
    except UnicodeDecodeError as error:
        raise malformed("a name is no UTF-8") from error
    return dn, attributes


def _entry_head(data: bytes, position: int, stop: int) -> tuple[str, int]:
    """The distinguished name, and where the first attribute begins; the list of attributes must fill the entry."""
    size = data[position + 1]
    start, size = (position + 2, size) if size < 0x80 else _long_form(data, position + 2, size)
    end = start + size
    if data[position] != 0x04 or end > stop:
        raise malformed("an entry has no name")
    size = data[end + 1]
    first, size = (end + 2, size) if size < 0x80 else _long_form(data, end + 2, size)
    if data[end] != 0x30 or first + size != stop:
        raise malformed("an entry has no list of attributes")
    return str(data[start:end], "utf-8"), first


def _long_form(data: bytes, position: int, first: int) -> tuple[int, int]:
    """Where the content begins and how long it is, for a length of more than one byte."""
    if first == 0x84:
        return position + 4, _long(data, position)[0]
    if first == 0x82:
        return position + 2, data[position] << 8 | data[position + 1]
    if first == 0x81:
        return position + 1, data[position]
    count = first & 0x7F
    if not 1 <= count <= 8:
        raise malformed("a length has no definite form")
    return position + count, int.from_bytes(data[position : position + count], "big")


def _learn(head: bytes) -> str:
    """The attribute name in lower case, remembered by the bytes around it: 04, length, name, 31.

    A directory has a few hundred names and sends them again and again.
    """
    raw = head[2:-1]
    if len(head) < 4 or head[0] != 0x04 or head[1] != len(raw) or head[1] > 0x7F or head[-1] != 0x31:
        raise malformed("an attribute has no type, or no set of values")
    if not raw.isascii():
        raise malformed("an attribute's type is no name")
    if len(_names) >= _MOST_NAMES:
        _names.clear()
    name = _names[head] = raw.decode("ascii").lower()
    return name
