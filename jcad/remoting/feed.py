"""What a script reads from its pipeline: a stream of bytes, cut and written as PSRP messages (MS-PSRP 2.2.2.17, 2.2.2.18).

Pure: bytes in, bytes out. A message that fills one envelope goes out as one request; pypsrp would make an object of each
piece, an XML tree of the object, and look through all of its text.
"""

from __future__ import annotations

import base64
import struct
from collections.abc import Iterable, Iterator
from uuid import UUID

_TO_SERVER = 2
_PIPELINE_INPUT = 0x00041002
_END_OF_INPUT = 0x00041003
_MESSAGE_HEADER = 40
_FRAGMENT_HEADER = 21
_WHOLE = 3  # the first fragment of its message, and the last
_BOM = b"\xef\xbb\xbf"
_OPEN, _CLOSE = b"<BA>", b"</BA>"


class FeedFailed(Exception):
    """What a feed raised, kept apart from what the wire raises."""

    def __init__(self, error: Exception) -> None:
        super().__init__(str(error))
        self.error = error


def piece_size(room: int) -> int:
    """How many bytes an input message may carry that takes at most `room` bytes, its fragment's header among them."""
    rest = room - _FRAGMENT_HEADER - _MESSAGE_HEADER - len(_BOM + _OPEN + _CLOSE)
    return max(rest // 4 * 3, 3)


def cut(feed: Iterable[bytes], size: int) -> Iterator[bytes]:
    """The same bytes in pieces of `size`, the last of them shorter; nothing where there are none. Raises `FeedFailed`."""
    held = bytearray()
    for block in _guarded(feed):
        held += block
        start = 0
        while len(held) - start >= size:
            yield bytes(memoryview(held)[start : start + size])
            start += size
        if start:
            del held[:start]
    if held:
        yield bytes(held)


def _guarded(feed: Iterable[bytes]) -> Iterator[bytes]:
    try:
        yield from feed
    except Exception as error:
        raise FeedFailed(error) from error


def input_fragment(number: int, pool: str, pipeline: str, piece: bytes) -> bytes:
    """A PIPELINE_INPUT with a byte array, in one fragment; `number` is its object id."""
    return _fragment(number, _PIPELINE_INPUT, pool, pipeline, b"".join((_BOM, _OPEN, base64.b64encode(piece), _CLOSE)))


def end_fragment(number: int, pool: str, pipeline: str) -> bytes:
    """The END_OF_PIPELINE_INPUT."""
    return _fragment(number, _END_OF_INPUT, pool, pipeline, b"")


def _fragment(number: int, kind: int, pool: str, pipeline: str, content: bytes) -> bytes:
    header = struct.pack("<iI", _TO_SERVER, kind) + UUID(pool).bytes_le + UUID(pipeline).bytes_le
    return struct.pack(">QQBI", number, 0, _WHOLE, len(header) + len(content)) + header + content
