"""LDAP messages, as far as the lab's ActiveDirectory cmdlets need them (RFC 4511, MS-ADTS 3.1.1.3).

Pure: builds requests as bytes and reads answers from bytes; no socket. The lab has its own client so that a mistake in
`jcad/directory` is not mirrored in what checks it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum

from jcad.lab.windows import ber
from jcad.lab.windows.ber import Reader

BIND_REQUEST, BIND_RESPONSE = 0x60, 0x61
UNBIND_REQUEST = 0x42
SEARCH_REQUEST, SEARCH_ENTRY, SEARCH_DONE, SEARCH_REFERENCE = 0x63, 0x64, 0x65, 0x73
MODIFY_REQUEST, MODIFY_RESPONSE = 0x66, 0x67
ADD_REQUEST, ADD_RESPONSE = 0x68, 0x69
DELETE_REQUEST, DELETE_RESPONSE = 0x4A, 0x6B
RENAME_REQUEST, RENAME_RESPONSE = 0x6C, 0x6D
EXTENDED_RESPONSE = 0x78

PAGED = "1.2.840.113556.1.4.319"
SD_FLAGS = "1.2.840.113556.1.4.801"
SHOW_DELETED = "1.2.840.113556.1.4.417"
SHOW_RECYCLED = "1.2.840.113556.1.4.2064"
PERMISSIVE_MODIFY = "1.2.840.113556.1.4.1413"
TREE_DELETE = "1.2.840.113556.1.4.805"

_WIN32_CODE = re.compile(r"^([0-9A-Fa-f]{8}):")
_BIND_DATA = re.compile(r"\bdata ([0-9A-Fa-f]+)\b")


class Scope(IntEnum):
    """How deep a search goes."""

    BASE = 0
    ONE_LEVEL = 1
    SUBTREE = 2


class ResultCode(IntEnum):
    """LDAP result codes that the cmdlets tell apart (RFC 4511 appendix A)."""

    SUCCESS = 0
    OPERATIONS_ERROR = 1
    SIZE_LIMIT_EXCEEDED = 4
    STRONG_AUTH_REQUIRED = 8
    REFERRAL = 10
    SASL_BIND_IN_PROGRESS = 14
    NO_SUCH_ATTRIBUTE = 16
    UNDEFINED_TYPE = 17
    CONSTRAINT_VIOLATION = 19
    ATTRIBUTE_OR_VALUE_EXISTS = 20
    INVALID_SYNTAX = 21
    NO_SUCH_OBJECT = 32
    INVALID_DN = 34
    INVALID_CREDENTIALS = 49
    INSUFFICIENT_ACCESS = 50
    BUSY = 51
    UNAVAILABLE = 52
    UNWILLING = 53
    NAMING_VIOLATION = 64
    OBJECT_CLASS_VIOLATION = 65
    NOT_ALLOWED_ON_NON_LEAF = 66
    ENTRY_ALREADY_EXISTS = 68
    OTHER = 80


class ChangeKind(IntEnum):
    """What a modify does with the values of one attribute."""

    ADD = 0
    DELETE = 1
    REPLACE = 2


@dataclass(frozen=True, slots=True)
class Change:
    """One change of a modify request. Replacing by nothing removes the attribute."""

    kind: ChangeKind
    attribute: str
    values: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True)
class Control:
    """A request or response control."""

    oid: str
    value: bytes | None = None
    critical: bool = True


@dataclass(frozen=True, slots=True)
class Result:
    """How an operation ended."""

    code: int
    matched: str
    text: str

    @property
    def win32(self) -> int:
        """The Win32 code that Active Directory puts before its text (`0000052D: ...`), or 0."""
        found = _WIN32_CODE.match(self.text)
        return int(found[1], 16) if found else 0

    @property
    def bind_code(self) -> str:
        """The sub-code of a refused bind (`data 52e`), in lower case, or the empty text."""
        found = _BIND_DATA.search(self.text)
        return found[1].lower() if found else ""


@dataclass(frozen=True, slots=True)
class Entry:
    """One object of a search: its DN and its attributes as the server spelt them, values as bytes."""

    dn: str
    attributes: Mapping[str, tuple[bytes, ...]]


@dataclass(frozen=True, slots=True)
class Answer:
    """One message from the server: an entry, or a result (with the SASL token of a bind)."""

    message_id: int
    kind: int
    entry: Entry | None = None
    result: Result | None = None
    token: bytes | None = None
    controls: Mapping[str, bytes] = field(default_factory=dict)


def _envelope(message_id: int, operation: bytes, controls: Sequence[Control]) -> bytes:
    if not controls:
        return ber.sequence(ber.integer(message_id), operation)
    written = b"".join(
        ber.sequence(
            ber.octets(control.oid),
            ber.boolean(True) if control.critical else b"",
            b"" if control.value is None else ber.octets(control.value),
        )
        for control in controls
    )
    return ber.sequence(ber.integer(message_id), operation, ber.element(0xA0, written))


def bind_simple(message_id: int, name: str, password: str) -> bytes:
    """A bind with name and password in the clear."""
    return _envelope(
        message_id,
        ber.sequence(ber.integer(3), ber.octets(name), ber.octets(password, 0x80), tag=BIND_REQUEST),
        (),
    )


def bind_sasl(message_id: int, mechanism: str, token: bytes) -> bytes:
    """One step of a SASL bind."""
    credentials = ber.sequence(ber.octets(mechanism), ber.octets(token), tag=0xA3)
    return _envelope(message_id, ber.sequence(ber.integer(3), ber.octets(b""), credentials, tag=BIND_REQUEST), ())


def unbind(message_id: int) -> bytes:
    """Says good-bye; has no answer."""
    return _envelope(message_id, ber.element(UNBIND_REQUEST, b""), ())


def search(
    message_id: int,
    base: str,
    scope: Scope,
    query: bytes,
    attributes: Iterable[str],
    *,
    controls: Sequence[Control] = (),
) -> bytes:
    """A search. `query` is an encoded filter (see `filters`)."""
    operation = ber.sequence(
        ber.octets(base),
        ber.integer(int(scope), ber.ENUMERATED),
        ber.integer(0, ber.ENUMERATED),  # never dereference aliases
        ber.integer(0),
        ber.integer(0),
        ber.boolean(False),
        query,
        ber.sequence(*(ber.octets(name) for name in attributes)),
        tag=SEARCH_REQUEST,
    )
    return _envelope(message_id, operation, controls)


def add(message_id: int, dn: str, attributes: Mapping[str, Sequence[bytes]], controls: Sequence[Control] = ()) -> bytes:
    """A new object."""
    written = (_attribute(name, values) for name, values in attributes.items())
    return _envelope(message_id, ber.sequence(ber.octets(dn), ber.sequence(*written), tag=ADD_REQUEST), controls)


def modify(message_id: int, dn: str, changes: Sequence[Change], controls: Sequence[Control] = ()) -> bytes:
    """A change of attributes."""
    written = (
        ber.sequence(ber.integer(int(change.kind), ber.ENUMERATED), _attribute(change.attribute, change.values))
        for change in changes
    )
    return _envelope(message_id, ber.sequence(ber.octets(dn), ber.sequence(*written), tag=MODIFY_REQUEST), controls)


def delete(message_id: int, dn: str, controls: Sequence[Control] = ()) -> bytes:
    """A deletion."""
    return _envelope(message_id, ber.octets(dn, DELETE_REQUEST), controls)


def rename(message_id: int, dn: str, new_rdn: str, parent: str | None = None) -> bytes:
    """A new name, and a new parent where one is given; the old name goes."""
    where = b"" if parent is None else ber.octets(parent, 0x80)
    operation = ber.sequence(ber.octets(dn), ber.octets(new_rdn), ber.boolean(True), where, tag=RENAME_REQUEST)
    return _envelope(message_id, operation, ())


def _attribute(name: str, values: Iterable[bytes]) -> bytes:
    return ber.sequence(ber.octets(name), ber.sequence(*(ber.octets(value) for value in values), tag=ber.SET))


def paged(size: int, cookie: bytes = b"") -> Control:
    """The simple paged results control (RFC 2696)."""
    return Control(PAGED, ber.sequence(ber.integer(size), ber.octets(cookie)))


def paged_cookie(value: bytes) -> bytes:
    """The cookie of the server's paged results control; empty after the last page."""
    inside = Reader(value).inside()
    inside.integer()
    return inside.octets()


def sd_flags(flags: int) -> Control:
    """Which parts of security descriptors are read or written: 1 owner, 2 group, 4 DACL, 8 SACL (MS-ADTS 3.1.1.3.4.1.11)."""
    return Control(SD_FLAGS, ber.sequence(ber.integer(flags)))


def read_answer(message: bytes) -> Answer:
    """One whole message from the server. Raises BerError where it is not one."""
    reader = Reader(message).inside()
    message_id = reader.integer()
    kind = reader.tag
    operation = reader.inside(None)
    entry = result = token = None
    if kind == SEARCH_ENTRY:
        entry = _read_entry(operation)
    elif kind != SEARCH_REFERENCE:
        result, token = _read_result(operation)
    return Answer(message_id, kind, entry, result, token, _read_controls(reader))


def _read_entry(operation: Reader) -> Entry:
    dn = operation.octets().decode("utf-8", "replace")
    listed = operation.inside()
    attributes: dict[str, tuple[bytes, ...]] = {}
    while listed:
        one = listed.inside()
        name = one.octets().decode("ascii", "replace")
        held = one.inside(ber.SET)
        values = []
        while held:
            values.append(held.octets())
        attributes[name] = tuple(values)
    return Entry(dn, attributes)


def _read_result(operation: Reader) -> tuple[Result, bytes | None]:
    code = operation.integer(ber.ENUMERATED)
    matched = operation.octets().decode("utf-8", "replace")
    text = operation.octets().decode("utf-8", "replace").rstrip("\0")
    token = None
    while operation:
        tag, content = operation.tag, operation.octets(None)
        if tag == 0x87:  # serverSaslCreds, RFC 4511 4.2.2
            token = content
    return Result(code, matched, text), token


def _read_controls(reader: Reader) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    if reader.tag != 0xA0:
        return found
    listed = reader.inside(0xA0)
    while listed:
        one = listed.inside()
        oid = one.octets().decode("ascii", "replace")
        if one.tag == ber.BOOLEAN:
            one.octets(ber.BOOLEAN)
        found[oid] = one.octets() if one.tag == ber.OCTET_STRING else b""
    return found
