"""The LDAP messages that jcad writes and reads itself: search requests with their controls, and results. Pure.

ldap3 opens and binds; from then on a search is written here and its entries are read by `entries.py`. A request is encoded
once and only its cookie changes from page to page. RFC 4511 for the messages, RFC 2696 for paging, MS-ADTS 3.1.1.3.4.1 for
Active Directory's controls.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum, IntFlag
from typing import Final

from jcad.directory.ber import ENUMERATED, OCTETS, Reader, boolean, integer, sequence, tlv
from jcad.directory.entries import Message
from jcad.directory.filters import ANYTHING, Filter
from jcad.model import DistinguishedName

PAGED_RESULTS: Final = "1.2.840.113556.1.4.319"
SD_FLAGS: Final = "1.2.840.113556.1.4.801"
SHOW_DELETED: Final = "1.2.840.113556.1.4.417"
NOTICE_OF_DISCONNECTION: Final = "1.3.6.1.4.1.1466.20036"

_SEARCH_REQUEST: Final = 0x63
_ABANDON_REQUEST: Final = 0x50
_UNBIND_REQUEST: Final = 0x42
_CONTROLS: Final = 0xA0


class Scope(IntEnum):
    """How far a search goes from its base."""

    BASE = 0
    LEVEL = 1
    SUBTREE = 2


class SecurityParts(IntFlag):
    """The parts of a security descriptor to read (MS-ADTS 3.1.1.3.4.1.11); without the right to audit, ask for no SACL."""

    OWNER = 1
    GROUP = 2
    DACL = 4
    SACL = 8


@dataclass(frozen=True, slots=True)
class Control:
    """A request control: its OID, its value already encoded, and whether the server must know it."""

    oid: str
    value: bytes | None = None
    critical: bool = True

    def encode(self) -> bytes:
        """The Control element (RFC 4511 4.1.11)."""
        value = b"" if self.value is None else tlv(OCTETS, self.value)
        return sequence(tlv(OCTETS, self.oid.encode("ascii")), boolean(self.critical), value)


def security_descriptor_control(parts: SecurityParts) -> Control:
    """Ask for these parts of nTSecurityDescriptor only."""
    return Control(SD_FLAGS, sequence(integer(parts)))


def show_deleted_control() -> Control:
    """Let deleted objects be found too."""
    return Control(SHOW_DELETED)


def paging_control(size: int, cookie: bytes) -> Control:
    """Ask for one page of at most `size` entries."""
    return Control(PAGED_RESULTS, sequence(integer(size), tlv(OCTETS, cookie)))


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchRequest:
    """What to look for. No `attributes` means all user attributes; `page` is the number of entries of a page.

    `base` is a distinguished name, or text such as `<GUID=...>` or the empty name of the rootDSE.
    `time_limit` is in seconds, 0 for the server's own.
    """

    base: DistinguishedName | str
    scope: Scope = Scope.SUBTREE
    filter: Filter = ANYTHING
    attributes: tuple[str, ...] = ()
    controls: tuple[Control, ...] = ()
    page: int = 1000
    time_limit: int = 0

    def encode(self) -> bytes:
        """The SearchRequest operation, without its envelope (RFC 4511 4.5.1). Aliases are never followed: AD has none."""
        names = (tlv(OCTETS, name.encode("ascii")) for name in self.attributes)
        return sequence(
            tlv(OCTETS, str(self.base).encode("utf-8")),
            integer(self.scope, ENUMERATED),
            integer(0, ENUMERATED),
            integer(0),
            integer(self.time_limit),
            boolean(False),
            self.filter.ber,
            sequence(*names),
            tag=_SEARCH_REQUEST,
        )


def envelope(message_id: int, operation: bytes, controls: Iterable[Control] = ()) -> bytes:
    """A whole LDAP message."""
    encoded = b"".join(control.encode() for control in controls)
    return sequence(integer(message_id), operation, tlv(_CONTROLS, encoded) if encoded else b"")


def abandon(message_id: int, abandoned: int) -> bytes:
    """Tell the server to forget a request; it gives no answer to that (RFC 4511 4.11)."""
    return envelope(message_id, integer(abandoned, _ABANDON_REQUEST))


def unbind(message_id: int) -> bytes:
    """Say goodbye (RFC 4511 4.3)."""
    return envelope(message_id, tlv(_UNBIND_REQUEST, b""))


@dataclass(frozen=True, slots=True)
class SearchResult:
    """How a search ended: LDAP result code, the matched name, the server's message, and the cookie of the next page."""

    code: int
    matched: str = ""
    message: str = ""
    cookie: bytes = b""


def read_result(message: Message) -> SearchResult:
    """Read a SearchResultDone with its controls (RFC 4511 4.1.9). Raises DirectoryError."""
    _, _, data, start, stop, end = message
    body = Reader(data, start, stop)
    code, matched, text = body.number(ENUMERATED), body.text(), body.text()
    controls = Reader(data, stop, end).optional(_CONTROLS)
    return SearchResult(code, matched, text, _cookie(controls) if controls else b"")


def read_disconnection(message: Message) -> tuple[str, str]:
    """Read an unsolicited notification (RFC 4511 4.4): its OID, and what the server says about it. Raises DirectoryError."""
    _, _, data, start, stop, _ = message
    body = Reader(data, start, stop)
    body.number(ENUMERATED)
    body.text()
    text = body.text()
    body.optional(0xA3)
    return (body.optional(0x8A) or b"").decode("ascii", "replace"), text


def _cookie(controls: bytes) -> bytes:
    """The cookie of the paging control among the response controls; empty when there is none."""
    reader = Reader(controls)
    while reader:
        control = reader.nested()
        oid = control.text()
        control.optional(0x01)
        value = control.optional(OCTETS)
        if oid == PAGED_RESULTS and value is not None:
            paging = Reader(value).nested()
            paging.number()
            return paging.next(OCTETS)
    return b""
