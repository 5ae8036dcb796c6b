"""Searches over a connection: pages as a stream, single objects, and values that come in ranges.

The next page is asked for as soon as the last one is here, before its entries are decoded: the domain controller looks while
jcad decodes. One page is kept at a time, so memory stays flat however long the result is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final
from uuid import UUID

from jcad.directory.ber import malformed
from jcad.directory.connection import LdapConnection
from jcad.directory.entries import SEARCH_ENTRY, Entry, read_entry
from jcad.directory.filters import ANYTHING, Filter
from jcad.directory.messages import Control, Scope, SearchRequest, paging_control
from jcad.directory.refusals import NO_SUCH_OBJECT, search_refusal
from jcad.model import DistinguishedName

_RANGE: Final = re.compile(r"(?P<name>[^;]+);range=(?P<first>\d{1,9})-(?P<last>\d{1,9}|\*)\Z")

Base = DistinguishedName | UUID | str
"""Where a search begins: a name, an objectGUID, or text (`<SID=...>`; the empty text is the rootDSE)."""


def search(connection: LdapConnection, request: SearchRequest) -> Iterator[Entry]:
    """Every entry that matches, page by page. Raises DirectoryError, AccessDenied or ConnectionFailed.

    A result that is not whole is never passed off as one: an error after the first page is raised when it comes. Stopping
    early is all right; the rest is abandoned.
    """
    operation = request.encode()
    pending = connection.send(operation, (*request.controls, paging_control(request.page, b"")))
    try:
        while pending:
            messages, result = connection.collect(pending)
            pending = 0
            if result.code:
                raise search_refusal(str(connection.host), _what(request), result.code, result.message)
            if result.cookie:
                pending = connection.send(operation, (*request.controls, paging_control(request.page, result.cookie)))
            for _, tag, data, start, stop, _ in messages:
                if tag == SEARCH_ENTRY:
                    yield read_entry(data, start, stop)
    finally:
        if pending:
            connection.abandon(pending)


def read(
    connection: LdapConnection,
    base: Base,
    attributes: tuple[str, ...] = (),
    controls: tuple[Control, ...] = (),
    where: Filter = ANYTHING,
) -> Entry | None:
    """One object, or None where there is none (or it does not match `where`). Raises as `search` does."""
    request = SearchRequest(
        base=base_text(base), scope=Scope.BASE, filter=where, attributes=attributes, controls=controls
    )
    messages, result = connection.collect(connection.send(request.encode(), controls))
    if result.code == NO_SUCH_OBJECT:
        return None
    if result.code:
        raise search_refusal(str(connection.host), _what(request), result.code, result.message)
    entries = [read_entry(data, start, stop) for _, tag, data, start, stop, _ in messages if tag == SEARCH_ENTRY]
    return entries[0] if entries else None


def base_text(base: Base) -> str:
    """The base as it is sent; a GUID finds its object wherever it has been moved to (MS-ADTS 3.1.1.3.1.2.4)."""
    return f"<GUID={base}>" if isinstance(base, UUID) else str(base)


def with_whole_values(connection: LdapConnection, entry: Entry) -> Entry:
    """The entry with every `member;range=0-1499` replaced by the whole `member` (MS-ADTS 3.1.1.3.1.3.3).

    Windows sends at most 1,500 values at a time (MaxValRange) and leaves it to the client to ask on. Raises DirectoryError
    where the object is gone in between, or the ranges do not follow one another.
    """
    dn, attributes = entry
    if ";range=" not in ",".join(attributes):
        return entry
    ranged = [(option, match) for option in attributes if (match := _RANGE.match(option))]
    whole = {name: values for name, values in attributes.items() if not _RANGE.match(name)}
    guid = attributes.get("objectguid")
    base: Base = UUID(bytes_le=guid[0]) if guid and len(guid[0]) == 16 else dn
    for option, match in ranged:
        values = list(attributes[option])
        _read_on(connection, base, match, values)
        whole[match["name"]] = values
    return dn, whole


def _read_on(connection: LdapConnection, base: Base, match: re.Match[str], values: list[bytes]) -> None:
    """Append the further ranges, up to the one that ends with `*`."""
    name = match["name"]
    while match["last"] != "*":
        if int(match["last"]) + 1 != len(values):
            raise malformed(f"the range {match[0]} comes with {len(values)} values in all")
        found = read(connection, base, (f"{name};range={len(values)}-*",))
        if found is None:
            raise malformed(f"{base_text(base)} was deleted while the values of {name} were read")
        option, match = _next_range(found, name)
        if int(match["first"]) != len(values) or not found[1][option]:
            raise malformed(f"the range {option} does not go on from value {len(values)}")
        values += found[1][option]


def _next_range(entry: Entry, name: str) -> tuple[str, re.Match[str]]:
    for option in entry[1]:
        match = _RANGE.match(option)
        if match and match["name"] == name:
            return option, match
    raise malformed(f"{entry[0]} no longer has the rest of {name}")


def _what(request: SearchRequest) -> str:
    return f"{request.filter} under {request.base or 'the rootDSE'}"
