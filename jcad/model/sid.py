"""Security identifiers (MS-DTYP 2.4.2): text and bytes, and the well-known relative identifiers. Pure."""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass
from typing import Self

_TEXT = re.compile(r"S-1-(\d+)((?:-\d+){0,15})\Z", re.IGNORECASE)


@dataclass(frozen=True, slots=True, order=True)
class Sid:
    """A security identifier: `authority` (48 bits) and up to 15 sub-authorities of 32 bits."""

    authority: int
    subauthorities: tuple[int, ...]

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `S-1-5-21-...`. Raises ValueError for anything else."""
        match = _TEXT.match(text.strip())
        if match is None:
            raise ValueError(f"not a security identifier: {text!r}")
        authority = int(match[1])
        parts = tuple(int(part) for part in match[2].split("-")[1:])
        if authority >= 1 << 48 or any(part >= 1 << 32 for part in parts):
            raise ValueError(f"not a security identifier: {text!r}")
        return cls(authority, parts)

    @classmethod
    def from_bytes(cls, raw: bytes) -> Self:
        """Read the binary form of objectSid. Raises ValueError for anything else."""
        if len(raw) < 8 or raw[0] != 1 or raw[1] > 15 or len(raw) != 8 + 4 * raw[1]:
            raise ValueError(f"not a binary security identifier: {raw.hex()}")
        return cls(int.from_bytes(raw[2:8], "big"), struct.unpack(f"<{raw[1]}I", raw[8:]))

    def to_bytes(self) -> bytes:
        """The binary form, as objectSid holds it."""
        head = bytes((1, len(self.subauthorities))) + self.authority.to_bytes(6, "big")
        return head + struct.pack(f"<{len(self.subauthorities)}I", *self.subauthorities)

    @property
    def rid(self) -> int:
        """The relative identifier: the last sub-authority (0 where there is none)."""
        return self.subauthorities[-1] if self.subauthorities else 0

    @property
    def domain(self) -> Sid:
        """The domain's SID: this one without its relative identifier."""
        return Sid(self.authority, self.subauthorities[:-1])

    def child(self, rid: int) -> Sid:
        """The SID of an account of this domain."""
        return Sid(self.authority, (*self.subauthorities, rid))

    @property
    def is_builtin(self) -> bool:
        """Whether it is an alias of the builtin domain (S-1-5-32-...)."""
        return self.authority == 5 and self.subauthorities[:1] == (32,)

    def __str__(self) -> str:
        return "-".join(["S-1", str(self.authority), *map(str, self.subauthorities)])
