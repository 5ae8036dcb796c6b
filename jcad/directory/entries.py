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
        messages: list[Message] = []
        position, known = 0, len(whole)
        end = _message_end(whole, 0)
        while 0 < end <= known:
            messages.append(_message(whole, position, end))
            position = end
            end = _message_end(whole, position)
        self._kept = [whole[position:]] if position < known else []
        self._missing = end - known if end else 1
        return messages

    @property
    def pending(self) -> int:
        """How many bytes are kept of a message that is not whole yet."""
        return sum(map(len, self._kept))


def _message_end(data: bytes, position: int) -> int:
    """Where the message that begins at `position` ends; 0 while its header is not there yet."""
    known = len(data)
    if position + 2 > known:
        return 0
    if data[position] != 0x30:
        raise malformed(f"a message begins with {data[position]:#04x}")
    size = data[position + 1]
    position += 2
    if size > 0x7F:
        count = size & 0x7F
        if not 1 <= count <= 8:
            raise malformed("a message has no definite length")
        if position + count > known:
            return 0
        size = int.from_bytes(data[position : position + count], "big")
        position += count
    if size > LARGEST_MESSAGE:
        raise malformed(f"a message claims to be {size} bytes long")
    return position + size


def _message(data: bytes, position: int, end: int) -> Message:
    """Read the message id and the operation's header of a whole message."""
    try:
        size = data[position + 1]
        position += 2 if size < 0x80 else 2 + (size & 0x7F)
        id_size = data[position + 1]
        if data[position] != 0x02 or not 1 <= id_size <= 5:
            raise malformed("a message has no message id")
        position += 2
        message_id = int.from_bytes(data[position : position + id_size], "big")
        position += id_size
        tag = data[position]
        size = data[position + 1]
        position += 2
        if size > 0x7F:
            count = size & 0x7F
            size = int.from_bytes(data[position : position + count], "big")
            position += count
    except IndexError as error:
        raise malformed("a message is shorter than it must be") from error
    if position + size > end:
        raise malformed("an operation is longer than its message")
    return message_id, tag, data, position, position + size, end


def read_entry(data: bytes, position: int, stop: int) -> Entry:  # noqa: C901, PLR0912, PLR0915  - flat: see above
    """Read the content of one SearchResultEntry (RFC 4511 4.5.2), which lies in `data[position:stop]`.

    Values come in the order and with the bytes in which they were sent. Raises DirectoryError for anything else than an
    entry; nothing is read beyond `stop`.
    """
    try:
        if data[position] != 0x04:
            raise malformed("an entry has no name")
        size = data[position + 1]
        position += 2
        if size > 0x7F:
            position, size = _long_form(data, position, size)
        end = position + size
        if end > stop:
            raise malformed("a name is longer than its entry")
        dn = str(data[position:end], "utf-8")
        if data[end] != 0x30:
            raise malformed("an entry has no list of attributes")
        size = data[end + 1]
        position = end + 2
        if size > 0x7F:
            position, size = _long_form(data, position, size)
        if position + size != stop:
            raise malformed("a list of attributes does not fill its entry")
        attributes: dict[str, list[bytes]] = {}
        while position < stop:
            if data[position] != 0x30:
                raise malformed("an attribute is no sequence")
            size = data[position + 1]
            position += 2
            if size > 0x7F:
                position, size = _long_form(data, position, size)
            attribute_end = position + size
            if attribute_end > stop or data[position] != 0x04:
                raise malformed("an attribute has no type")
            size = data[position + 1]
            position += 2
            if size > 0x7F:
                position, size = _long_form(data, position, size)
            end = position + size
            name = _names.get(data[position:end]) or _learn(data[position:end])
            if end >= attribute_end or data[end] != 0x31 or name in attributes:
                raise malformed(f"the attribute {name} has no set of values, or comes twice")
            size = data[end + 1]
            position = end + 2
            if size > 0x7F:
                position, size = _long_form(data, position, size)
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
    except (IndexError, struct.error) as error:
        raise malformed("an entry is cut off") from error
    except UnicodeDecodeError as error:
        raise malformed("a name is no UTF-8") from error
    return dn, attributes


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


def _learn(raw: bytes) -> str:
    """The attribute name in lower case, remembered: a directory has a few hundred names and sends them again and again."""
    if not raw or not raw.isascii():
        raise malformed("an attribute's type is no name")
    if len(_names) >= _MOST_NAMES:
        _names.clear()
    name = _names[raw] = raw.decode("ascii").lower()
    return name
