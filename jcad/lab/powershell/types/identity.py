"""Guid and Version."""

from __future__ import annotations

import re
import uuid
from typing import TYPE_CHECKING, Final

from jcad.lab.powershell import nettype as net
from jcad.lab.powershell.errors import NetError
from jcad.lab.powershell.operators.comparison import natural_order
from jcad.lab.powershell.types.convert import byte_array
from jcad.lab.powershell.types.registry import members_of
from jcad.lab.powershell.types.text import null_argument, out_of_range
from jcad.lab.powershell.values import (
    Array,
    PSReference,
    Version,
)

if TYPE_CHECKING:
    pass


GUID: Final = members_of(net.GUID)
_GUID_TEXT: Final = re.compile(r"[0-9a-fA-F]{8}(-?)[0-9a-fA-F]{4}\1[0-9a-fA-F]{4}\1[0-9a-fA-F]{4}\1[0-9a-fA-F]{12}\Z")


def parse_guid(text: str | None) -> uuid.UUID:
    """`Guid.Parse`: forms N, D, B and P."""
    if text is None:
        raise null_argument("input")
    bare = text.strip()
    if len(bare) == 38 and bare[0] + bare[-1] in ("{}", "()"):
        bare = bare[1:-1]
    if _GUID_TEXT.match(bare) is None:
        message = "Guid should contain 32 digits with 4 dashes (xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx)."
        raise NetError.of("System.FormatException", message if len(bare) > 8 else "Unrecognized Guid format.")
    return uuid.UUID(bare)


def _try_guid(text: str, target: PSReference) -> bool:
    try:
        target.set(parse_guid(text))
    except NetError:
        target.set(uuid.UUID(int=0))
        return False
    return True


def guid_from_octets(octets: Array) -> uuid.UUID:
    """`[guid]::new(byte[])`."""
    if len(octets) != 16:
        raise NetError.of(
            "System.ArgumentException", "Byte array for Guid must be exactly 16 bytes long. (Parameter 'b')"
        )
    return uuid.UUID(bytes_le=bytes(octets))


VERSION: Final = members_of(net.VERSION)


def parse_version(text: str | None) -> Version:
    """`Version.Parse`."""
    if text is None:
        raise null_argument("input")
    parts = text.split(".")
    if not 2 <= len(parts) <= 4:
        raise NetError.of(
            "System.ArgumentException", "Version string portion was too short or too long. (Parameter 'input')"
        )
    if not all(re.fullmatch(r"\s*\+?\d+\s*", part) for part in parts):
        if any(re.fullmatch(r"\s*-\d+\s*", part) for part in parts):
            raise out_of_range("Version's parameters must be greater than or equal to zero.", "input")
        raise NetError.of("System.FormatException", f"The input string '{text}' was not in a correct format.")
    numbers = [int(part) for part in parts]
    if max(numbers) > 0x7FFFFFFF:
        raise NetError.of("System.OverflowException", "Value was either too large or too small for an Int32.")
    return Version(*numbers)


def _version(*numbers: int) -> Version:
    if min(numbers) < 0:
        raise out_of_range("Version's parameters must be greater than or equal to zero.", "major")
    return Version(*numbers)


def _try_version(text: str, target: PSReference) -> bool:
    try:
        target.set(parse_version(text))
    except NetError:
        target.set(None)
        return False
    return True


GUID.constructor("(string)", parse_guid)
GUID.constructor("(byte[])", guid_from_octets)
GUID.default = lambda: uuid.UUID(int=0)
GUID.static("NewGuid()", uuid.uuid4)
GUID.static("Parse(string)", parse_guid)
GUID.static("Parse(string, System.IFormatProvider)", lambda text, _provider: parse_guid(text))
GUID.static("ParseExact(string, string)", lambda text, _spec: parse_guid(text))
GUID.static("TryParse(string, out guid)", _try_guid)
GUID.static_property("Empty", lambda: uuid.UUID(int=0), "guid")
GUID.property("Guid", str, "string")
GUID.method("ToByteArray()", lambda value: byte_array(value.bytes_le))
GUID.method("CompareTo(guid)", natural_order)
GUID.method("Equals(guid)", lambda value, other: value == other)


VERSION.constructor("()", lambda: Version(0, 0))
VERSION.constructor("(string)", parse_version)
for _count in (2, 3, 4):
    VERSION.constructor("(" + ", ".join(["int"] * _count) + ")", _version)
VERSION.static("Parse(string)", parse_version)
VERSION.static("TryParse(string, out version)", _try_version)
for _position, _name in enumerate(("Major", "Minor", "Build", "Revision")):
    VERSION.property(_name, lambda value, place=_position: value[place], "int")
VERSION.property("MajorRevision", lambda value: value.revision >> 16, "int")
VERSION.property("MinorRevision", lambda value: value.revision & 0xFFFF if value.revision >= 0 else -1, "int")
VERSION.method("CompareTo(version)", natural_order)
VERSION.method("CompareTo(object)", natural_order)
VERSION.method("Equals(version)", lambda value, other: value == other)
VERSION.method("ToString()", str)
VERSION.method("ToString(int)", lambda value, count: ".".join(str(part) for part in value[:count]))
VERSION.method("Clone()", lambda value: value)
