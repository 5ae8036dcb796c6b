"""The body of an HTTP request: by its length, or in chunks (RFC 9112, 6 and 7), up to a size.

It reads from the stream that it is given, and nothing else.
"""

from __future__ import annotations

import http
import re
from typing import TYPE_CHECKING, Final

from jcad.lab.endpoint.wsman import ConnectionDropped

if TYPE_CHECKING:
    from email.message import Message
    from io import BufferedIOBase

MAX_BODY: Final = 1 << 20
"""Twice the largest envelope: beyond it a body is not even read."""
_CHUNK: Final = re.compile(rb"([0-9A-Fa-f]{1,8})[ \t]*(?:;[^\r\n]*)?\r?\n")
_LONGEST_LINE: Final = 1024
_MOST_TRAILERS: Final = 100


class Unreadable(Exception):
    """A request whose body cannot be told from what follows it; `status` is the answer, and the connection must end."""

    def __init__(self, status: http.HTTPStatus) -> None:
        super().__init__(status.phrase)
        self.status = status


def read_body(headers: Message, stream: BufferedIOBase) -> bytes:
    """Read the body of a request. Raises `Unreadable`, and `ConnectionDropped` where the client went away within it."""
    codings = [
        coding.strip().lower() for line in headers.get_all("Transfer-Encoding", []) for coding in line.split(",")
    ]
    lengths = {length.strip() for length in headers.get_all("Content-Length", [])}
    if codings:
        if lengths:
            raise Unreadable(http.HTTPStatus.BAD_REQUEST)  # which of the two it is, is how requests are smuggled
        if codings != ["chunked"]:
            raise Unreadable(http.HTTPStatus.NOT_IMPLEMENTED)
        return _read_chunks(stream)
    if len(lengths) > 1 or not all(length.isascii() and length.isdecimal() for length in lengths):
        raise Unreadable(http.HTTPStatus.BAD_REQUEST)
    return _read(stream, int(lengths.pop()) if lengths else 0)


def _read(stream: BufferedIOBase, length: int) -> bytes:
    if length > MAX_BODY:
        raise Unreadable(http.HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    found = stream.read(length)
    if len(found) < length:
        raise ConnectionDropped
    return found


def _read_chunks(stream: BufferedIOBase) -> bytes:
    body = bytearray()
    while size := _read_size(stream):
        if len(body) + size > MAX_BODY:
            raise Unreadable(http.HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        body += _read(stream, size)
        if _read(stream, 2) != b"\r\n":
            raise Unreadable(http.HTTPStatus.BAD_REQUEST)
    for _ in range(_MOST_TRAILERS):
        if _read_line(stream) in {b"\r\n", b"\n"}:
            return bytes(body)
    raise Unreadable(http.HTTPStatus.BAD_REQUEST)


def _read_size(stream: BufferedIOBase) -> int:
    found = _CHUNK.fullmatch(_read_line(stream))
    if found is None:
        raise Unreadable(http.HTTPStatus.BAD_REQUEST)
    return int(found.group(1), 16)


def _read_line(stream: BufferedIOBase) -> bytes:
    line = stream.readline(_LONGEST_LINE)
    if not line:
        raise ConnectionDropped
    return line
