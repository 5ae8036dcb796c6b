"""Message encryption over plain HTTP: the multipart/encrypted body (MS-WSMV 2.2.9.1).

Sans-I/O: bytes in, bytes out. Binary data may hold anything, the boundary too, so bodies are read by position.
"""

from __future__ import annotations

import re
import struct
from typing import Final, Protocol

BOUNDARY: Final = b"--Encrypted Boundary"
_LENGTH: Final = re.compile(rb"Length=(\d{1,10})\s*$")
_PROTOCOL: Final = re.compile(r'protocol="([^"]+)"')
_OCTETS: Final = b"\tContent-Type: application/octet-stream\r\n"
_SIGNATURE_LENGTH: Final = struct.Struct("<i")


class Keys(Protocol):
    """A security context that seals messages."""

    def seal(self, message: bytes) -> tuple[bytes, bytes]:
        """The signature and the sealed message."""

    def unseal(self, signature: bytes, sealed: bytes) -> bytes:
        """The message. Raises `ValueError` where the signature is wrong."""


def protocol_of(content_type: str) -> str | None:
    """The encryption protocol that a Content-Type names; None where the body is not encrypted."""
    if not content_type.lower().startswith("multipart/encrypted"):
        return None
    found = _PROTOCOL.search(content_type)
    return found.group(1) if found else None


def content_type(protocol: str) -> str:
    """The Content-Type of a sealed answer."""
    return f'multipart/encrypted;protocol="{protocol}";boundary="Encrypted Boundary"'


def seal(keys: Keys, message: bytes, protocol: str) -> bytes:
    """The body that carries a message."""
    signature, sealed = keys.seal(message)
    return b"".join(
        (
            BOUNDARY + b"\r\n\tContent-Type: " + protocol.encode() + b"\r\n",
            b"\tOriginalContent: type=application/soap+xml;charset=UTF-8;Length=%d\r\n" % len(message),
            BOUNDARY + b"\r\n" + _OCTETS,
            _SIGNATURE_LENGTH.pack(len(signature)) + signature + sealed,
            BOUNDARY + b"--\r\n",
        )
    )


def unseal(keys: Keys, body: bytes) -> bytes:
    """The message that a body carries, of however many parts. Raises `ValueError` where it cannot be read."""
    message, position = [], 0
    while True:
        part, position = _part(keys, body, position)
        message.append(part)
        if body.startswith(BOUNDARY + b"--", position):
            return b"".join(message)


def _part(keys: Keys, body: bytes, start: int) -> tuple[bytes, int]:
    opening = BOUNDARY + b"\r\n"
    if not body.startswith(opening, start):
        raise ValueError("a part of an encrypted body does not begin with its boundary")
    middle = body.find(opening, start + len(opening))
    length = _LENGTH.search(body[start : max(middle, start)])
    octets = middle + len(opening)
    if length is None or not body.startswith(_OCTETS, octets):
        raise ValueError("a part of an encrypted body does not say what it holds")
    signed = octets + len(_OCTETS)
    if len(body) < signed + _SIGNATURE_LENGTH.size:
        raise ValueError("an encrypted body is cut off")
    (size,) = _SIGNATURE_LENGTH.unpack_from(body, signed)
    sealed = signed + _SIGNATURE_LENGTH.size + size
    end = sealed + int(length.group(1))
    if size < 0 or end > len(body):
        raise ValueError("an encrypted body is cut off")
    return keys.unseal(body[signed + _SIGNATURE_LENGTH.size : sealed], body[sealed:end]), end
