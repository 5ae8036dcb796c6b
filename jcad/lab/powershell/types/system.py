"""Object, Type, Enum, Guid, Version, Uri, Environment, Path, IPAddress, CultureInfo and other small types."""

from __future__ import annotations

import functools
import ipaddress
import posixpath
import re
import urllib.parse
import uuid
from typing import TYPE_CHECKING, Any, Final

from jcad.errors import LabUnsupported
from jcad.lab.powershell import nettype as net
from jcad.lab.powershell import ranks
from jcad.lab.powershell.casts.enums import is_defined, text_to_enum
from jcad.lab.powershell.casts.failures import Conversion
from jcad.lab.powershell.casts.language import LANGUAGE
from jcad.lab.powershell.convert import cast
from jcad.lab.powershell.errors import Failure, NetError
from jcad.lab.powershell.objects import enum_text, net_text, powershell_type_name, textual, to_text
from jcad.lab.powershell.operators.comparison import natural_order
from jcad.lab.powershell.regex import wildcard as wildcards
from jcad.lab.powershell.types import enums
from jcad.lab.powershell.types.sequences import net_equal
from jcad.lab.powershell.types.convert import byte_array
from jcad.lab.powershell.types.registry import members_of
from jcad.lab.powershell.types.text import null_argument, out_of_range
from jcad.lab.powershell.values import (
    AUTOMATION_NULL,
    STRING_ARRAY,
    Array,
    Byte,
    EnumValue,
    Int64,
    NetObject,
    NetType,
    PSReference,
    Value,
    Version,
    array_from,
    type_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable

OBJECT: Final = members_of(net.OBJECT)
OBJECT.constructor("()", NetObject)
OBJECT.method("ToString()", net_text)
OBJECT.method("GetType()", type_of)
OBJECT.method("Equals(object)", net_equal)
OBJECT.method("GetHashCode()", lambda value: _hash_code(value))
OBJECT.static("ReferenceEquals(object, object)", lambda one, other: _reference_equals(one, other))
OBJECT.static("Equals(object, object)", net_equal)


def _hash_code(value: Value) -> int:
    if type(value) is int:
        return value
    if type(value) is bool:
        return int(value)
    raise LabUnsupported("GetHashCode")


def _reference_equals(one: Value, other: Value) -> bool:
    if one is None or other is None:
        return one is other
    if type_of(one).is_value or type_of(other).is_value:
        return False
    return one is other or (type(one) is str and type(other) is str and one == other)


# ---------------------------------------------------------------- Type

TYPE: Final = members_of(net.TYPE)
_MEMBER_INFO: Final = members_of(net.MEMBER_INFO)
TYPE.property("Name", lambda kind: kind.name, "string")
TYPE.property("FullName", lambda kind: kind.full_name, "string")
TYPE.property("Namespace", lambda kind: kind.namespace, "string")
TYPE.property("BaseType", lambda kind: kind.base, "type")
TYPE.property("IsEnum", lambda kind: kind.is_enum, "bool")
TYPE.property("IsArray", lambda kind: kind.is_array, "bool")
TYPE.property("IsValueType", lambda kind: kind.is_value, "bool")
TYPE.property("IsClass", lambda kind: not kind.is_value and not kind.is_interface, "bool")
TYPE.property("IsInterface", lambda kind: kind.is_interface, "bool")
TYPE.property("IsPrimitive", lambda kind: kind in (net.NUMERIC - {net.DECIMAL}) | {net.BOOLEAN, net.CHAR}, "bool")
TYPE.property("IsGenericType", lambda kind: bool(kind.args), "bool")
TYPE.property("IsPublic", lambda _kind: True, "bool")
TYPE.property("UnderlyingSystemType", lambda kind: kind, "type")
TYPE.property("ImplementedInterfaces", lambda kind: array_from(kind.all_interfaces(), net.TYPE))
TYPE.method("ToString()", str)
TYPE.method("GetElementType()", lambda kind: kind.element)
TYPE.method("GetGenericArguments()", lambda kind: array_from(kind.args, net.TYPE))
TYPE.method("GetInterfaces()", lambda kind: array_from(kind.all_interfaces(), net.TYPE))
TYPE.method("IsAssignableFrom(type)", lambda kind, other: other is not None and other.is_assignable_to(kind))
TYPE.method("IsInstanceOfType(object)", lambda kind, value: value is not None and type_of(value).is_assignable_to(kind))
TYPE.method("IsSubclassOf(type)", lambda kind, other: kind is not other and other in kind.ancestry())
TYPE.method("GetEnumNames()", lambda kind: Array(list(kind.names or {}), STRING_ARRAY))
TYPE.method("MakeArrayType()", net.array_of)
TYPE.static("GetType(string)", lambda name: _find_type(name))
TYPE.static(
    "GetTypeCode(type)", lambda kind: EnumValue(enums.TYPE_CODE, (enums.TYPE_CODE.names or {}).get(kind.name, 1))
)


def _find_type(name: str) -> NetType | None:
    from jcad.lab.powershell.types.names import find  # noqa: PLC0415  - only the full name counts here

    found = find(name)
    return found if found is not None and str(found).lower() == name.lower() else None


# ---------------------------------------------------------------- Enum

ENUM: Final = members_of(net.ENUM)


def _names(kind: NetType) -> list[str]:
    pairs = sorted((kind.names or {}).items(), key=lambda pair: pair[1] & 0xFFFFFFFFFFFFFFFF)
    return [name for name, _ in pairs]


def _needs_enum(kind: NetType) -> NetType:
    if not kind.is_enum:
        raise NetError.of("System.ArgumentException", "Type provided must be an Enum. (Parameter 'enumType')")
    return kind


def parse_enum(kind: NetType, text: str, *, ignore_case: bool = False) -> EnumValue:
    """`Enum.Parse`: whole names only."""
    names = _needs_enum(kind).names or {}
    number = 0
    for part in text.split(","):
        word = part.strip()
        found = next(
            (n for name, n in names.items() if name == word or (ignore_case and name.lower() == word.lower())), None
        )
        if found is None and not re.fullmatch(r"[+-]?\d+", word):
            raise NetError.of("System.ArgumentException", f"Requested value '{text}' was not found.")
        number |= int(word) if found is None else found
    return EnumValue(kind, number)


def _try_parse_enum(kind: NetType, text: str, target: PSReference, *, ignore_case: bool) -> bool:
    try:
        target.set(parse_enum(kind, text, ignore_case=ignore_case))
    except NetError:
        target.set(EnumValue(kind, 0))
        return False
    return True


def _enum_defined(kind: NetType, value: Value) -> bool:
    names = _needs_enum(kind).names or {}
    if isinstance(value, str):
        return value in names
    return int(getattr(value, "number", value)) in names.values()


ENUM.static("GetNames(type)", lambda kind: Array(_names(_needs_enum(kind)), STRING_ARRAY))
ENUM.static("GetName(type, object)", lambda kind, value: _enum_name(kind, value))
ENUM.static(
    "GetValues(type)",
    lambda kind: array_from([EnumValue(kind, (kind.names or {})[name]) for name in _names(_needs_enum(kind))], kind),
)
ENUM.static("GetUnderlyingType(type)", lambda _kind: net.INT32)
ENUM.static("IsDefined(type, object)", _enum_defined)
ENUM.static("Parse(type, string)", parse_enum)
ENUM.static("Parse(type, string, bool)", lambda kind, text, fold: parse_enum(kind, text, ignore_case=fold))
ENUM.static(
    "TryParse(type, string, out object)",
    lambda kind, text, target: _try_parse_enum(kind, text, target, ignore_case=False),
)
ENUM.static(
    "TryParse(type, string, bool, out object)",
    lambda kind, text, fold, target: _try_parse_enum(kind, text, target, ignore_case=fold),
)
ENUM.static("ToObject(type, object)", lambda kind, value: EnumValue(kind, int(getattr(value, "number", value))))
ENUM.static(
    "Format(type, object, string)",
    lambda kind, value, spec: enum_text(EnumValue(kind, int(getattr(value, "number", value))), spec),
)
ENUM.method("HasFlag(System.Enum)", lambda value, flag: value.number & flag.number == flag.number)
ENUM.method("ToString()", net_text)
ENUM.method("ToString(string)", lambda value, spec: net_text(value, spec or ""))
ENUM.method("ToString(string, System.IFormatProvider)", lambda value, spec, _provider: net_text(value, spec or ""))
ENUM.method("CompareTo(object)", lambda value, other: (value.number > other.number) - (value.number < other.number))
ENUM.method("Equals(object)", lambda value, other: value == other)
ENUM.method("GetTypeCode()", lambda _value: EnumValue(enums.TYPE_CODE, 9))
ENUM.property("value__", lambda value: value.number, "int")


def _enum_name(kind: NetType, value: Value) -> str | None:
    number = int(getattr(value, "number", value))
    return next((name for name, one in (kind.names or {}).items() if one == number), None)


# ---------------------------------------------------------------- Guid and Version

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

# ---------------------------------------------------------------- Uri

_PORTS: Final = {"http": 80, "https": 443, "ftp": 21, "ldap": 389, "ldaps": 636, "ws": 80, "wss": 443}


def _without_dots(path: str) -> str:
    """The path with its . and .. segments carried out (RFC 3986, 5.2.4)."""
    if "/." not in path:
        return path
    out: list[str] = []
    segments = path.split("/")
    for segment in segments:
        if segment == "..":
            if len(out) > 1:
                out.pop()
        elif segment != ".":
            out.append(segment)
    if segments[-1] in (".", ".."):
        out.append("")
    return "/".join(out)


class Uri(NetObject):
    """A System.Uri."""

    __slots__ = ("absolute", "original", "parts")
    net_type = net.URI

    def __init__(self, text: str) -> None:
        super().__init__()
        self.original = text
        self.parts = urllib.parse.urlsplit(text.strip())
        self.absolute = re.match(r"[A-Za-z][A-Za-z0-9+.\-]*:", text.strip()) is not None

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Uri) and other.text() == self.text()

    def __hash__(self) -> int:
        return hash(self.text())

    @property
    def host(self) -> str:
        """The host in lower case."""
        return self.parts.hostname or ""

    @property
    def port(self) -> int:
        """The port: the given one, or the scheme's."""
        return self.parts.port if self.parts.port is not None else _PORTS.get(self.parts.scheme, -1)

    @property
    def path(self) -> str:
        """The path, at least a slash, escaped."""
        path = urllib.parse.quote(_without_dots(self.parts.path), safe="/%:@!$&'()*+,;=~-._")
        return path or ("/" if self.parts.netloc else "")

    def authority(self) -> str:
        """Host and port, the port only where it is not the scheme's."""
        shown = f"[{self.host}]" if ":" in self.host else self.host
        return shown if self.port in (-1, _PORTS.get(self.parts.scheme)) else f"{shown}:{self.port}"

    def text(self) -> str:
        """`AbsoluteUri`."""
        if not self.absolute:
            return self.original
        if not self.parts.netloc:
            return self.original.strip()
        user = self.parts.netloc.rpartition("@")[0]
        query = "?" + urllib.parse.quote(self.parts.query, safe="/?%:@!$&'()*+,;=~-._") if self.parts.query else ""
        fragment = "#" + self.parts.fragment if self.parts.fragment else ""
        return f"{self.parts.scheme}://{user + '@' if user else ''}{self.authority()}{self.path}{query}{fragment}"

    def shown(self) -> str:
        """`ToString()`: unescaped where that is harmless."""
        if not self.absolute:
            return self.original
        return re.sub(r"%([2-7][0-9A-Fa-f])", _unescaped, self.text())


def _unescaped(found: re.Match[str]) -> str:
    letter = chr(int(found[1], 16))
    return found[0] if letter in "%#/?\\:@&=+$,;\x7f" else letter


URI: Final = members_of(net.URI)


def make_uri(text: str | None, kind: EnumValue | None = None) -> Uri:
    """`[uri]::new(text, kind)`: absolute unless said otherwise; UriFormatException."""
    if text is None:
        raise null_argument("uriString")
    wanted = 1 if kind is None else kind.number
    try:
        made = Uri(text)
        valid = not made.absolute or (
            (bool(made.parts.netloc) or not text.split(":", 1)[1].startswith("//")) and made.port >= -1
        )
    except ValueError:
        raise NetError.of("System.UriFormatException", "Invalid URI: The URI is not valid.") from None
    if wanted == 1 and not made.absolute:
        raise NetError.of("System.UriFormatException", "Invalid URI: The format of the URI could not be determined.")
    if not valid:
        raise NetError.of("System.UriFormatException", "Invalid URI: The hostname could not be parsed.")
    return made


def _try_uri(text: str, kind: EnumValue, target: PSReference) -> bool:
    try:
        target.set(make_uri(text, kind))
    except NetError:
        target.set(None)
        return False
    return True


def _absolute(read: Callable[[Uri], Any]) -> Callable[[Uri], Any]:
    def get(value: Uri) -> Any:
        if not value.absolute:
            raise NetError.of("System.InvalidOperationException", "This operation is not supported for a relative URI.")
        return read(value)

    return get


def _combined(base: Uri, relative: str) -> Uri:
    return Uri(urllib.parse.urljoin(base.text(), relative))


def _uri_from(source: NetType) -> Conversion | None:
    """The cast of a text: any URI, absolute or not (UriTypeConverter)."""
    if source is not net.STRING:
        return None
    return Conversion(ranks.CUSTOM, lambda text, _kind: make_uri(to_text(text), EnumValue(enums.URI_KIND, 0)))


LANGUAGE[net.URI] = _uri_from
URI.constructor("(string)", lambda text: make_uri(text))
URI.constructor("(string, System.UriKind)", make_uri)
URI.constructor("(uri, string)", _combined)
URI.static("TryCreate(string, System.UriKind, out uri)", _try_uri)
URI.static("EscapeDataString(string)", lambda text: urllib.parse.quote(text, safe="-._~"))
URI.static("EscapeUriString(string)", lambda text: urllib.parse.quote(text, safe="-._~:/?#[]@!$&'()*+,;=%"))
URI.static("UnescapeDataString(string)", urllib.parse.unquote)
URI.static("IsWellFormedUriString(string, System.UriKind)", lambda text, kind: _well_formed(text, kind))
URI.property("OriginalString", lambda value: value.original, "string")
URI.property("IsAbsoluteUri", lambda value: value.absolute, "bool")
URI.property("AbsoluteUri", _absolute(Uri.text), "string")
URI.property("AbsolutePath", _absolute(lambda value: value.path), "string")
URI.property("LocalPath", _absolute(lambda value: urllib.parse.unquote(value.path)), "string")
URI.property(
    "PathAndQuery",
    _absolute(lambda value: value.path + ("?" + value.parts.query if value.parts.query else "")),
    "string",
)
URI.property("Scheme", _absolute(lambda value: value.parts.scheme), "string")
URI.property("Host", _absolute(lambda value: f"[{value.host}]" if ":" in value.host else value.host), "string")
URI.property("DnsSafeHost", _absolute(lambda value: value.host), "string")
URI.property("Port", _absolute(lambda value: value.port), "int")
URI.property("IsDefaultPort", _absolute(lambda value: value.port == _PORTS.get(value.parts.scheme, -1)), "bool")
URI.property("Authority", _absolute(Uri.authority), "string")
URI.property("Query", _absolute(lambda value: "?" + value.parts.query if value.parts.query else ""), "string")
URI.property("Fragment", _absolute(lambda value: "#" + value.parts.fragment if value.parts.fragment else ""), "string")
URI.property("UserInfo", _absolute(lambda value: value.parts.netloc.rpartition("@")[0]), "string")
URI.property("Segments", _absolute(lambda value: Array(re.findall(r"[^/]*/|[^/]+$", value.path), STRING_ARRAY)))
URI.property("IsFile", _absolute(lambda value: value.parts.scheme == "file"), "bool")
URI.property("IsLoopback", _absolute(lambda value: value.host in ("localhost", "127.0.0.1", "::1")), "bool")
URI.property("HostNameType", _absolute(lambda value: EnumValue(enums.URI_HOST, _host_kind(value.host))))
URI.method("ToString()", Uri.shown)
URI.method("Equals(object)", lambda value, other: value == other)
textual(Uri, lambda value, _spec, _invariant: value.shown())


def _host_kind(host: str) -> int:
    try:
        return 3 if ipaddress.ip_address(host).version == 4 else 4
    except ValueError:
        return 2 if host else 1


def _well_formed(text: str, kind: EnumValue) -> bool:
    try:
        made = make_uri(text, kind)
    except NetError:
        return False
    return " " not in made.original


class UriBuilder(NetObject):
    """A System.UriBuilder."""

    __slots__ = ("fragment", "host", "password", "path", "port", "query", "scheme", "user")
    net_type = net.define("System.UriBuilder")

    def __init__(self, text: str = "http://localhost") -> None:
        super().__init__()
        found = Uri(text if re.match(r"[A-Za-z][\w+.\-]*:", text) else "http://" + text)
        self.scheme, self.host, self.port = found.parts.scheme, found.host, found.parts.port or -1
        self.path, self.query = found.path or "/", "?" + found.parts.query if found.parts.query else ""
        self.fragment = "#" + found.parts.fragment if found.parts.fragment else ""
        self.user, self.password = found.parts.username or "", found.parts.password or ""

    def text(self) -> str:
        """`ToString()`."""
        user = self.user + (":" + self.password if self.password else "") + "@" if self.user else ""
        port = f":{self.port}" if self.port != -1 else ""
        return f"{self.scheme}://{user}{self.host}{port}{self.path}{self.query}{self.fragment}"


_BUILDER: Final = members_of(UriBuilder.net_type)
_BUILDER.constructor("()", UriBuilder)
_BUILDER.constructor("(string)", UriBuilder)
_BUILDER.constructor("(uri)", lambda value: UriBuilder(value.text()))
_BUILDER.constructor("(string, string)", lambda scheme, host: UriBuilder(f"{scheme}://{host}"))
_BUILDER.constructor("(string, string, int)", lambda scheme, host, port: UriBuilder(f"{scheme}://{host}:{port}"))
_BUILDER.property("Uri", lambda self: Uri(self.text()), "uri")
_BUILDER.method("ToString()", UriBuilder.text)
textual(UriBuilder, lambda value, _spec, _invariant: value.text())


def _prefixed(name: str, sign: str) -> Callable[[UriBuilder, str], None]:
    return lambda self, text: setattr(self, name, sign + text if text and not text.startswith(sign) else text)


for _shown, _slot, _kind_name, _sign in (
    ("Scheme", "scheme", "string", ""), ("Host", "host", "string", ""), ("Port", "port", "int", ""), ("Path", "path", "string", "/"),
    ("Query", "query", "string", "?"), ("Fragment", "fragment", "string", "#"), ("UserName", "user", "string", ""),
    ("Password", "password", "string", ""),
):  # fmt: skip
    _setter = _prefixed(_slot, _sign) if _sign else (lambda self, value, slot=_slot: setattr(self, slot, value))
    _BUILDER.property(_shown, lambda self, slot=_slot: getattr(self, slot), _kind_name, _setter)

# ---------------------------------------------------------------- IPAddress


class IPAddress(NetObject):
    """A System.Net.IPAddress."""

    __slots__ = ("address",)
    net_type = net.define("System.Net.IPAddress")

    def __init__(self, address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> None:
        super().__init__()
        self.address = address

    def __eq__(self, other: object) -> bool:
        return isinstance(other, IPAddress) and other.address == self.address

    def __hash__(self) -> int:
        return hash(self.address)


IPAddress.net_type.interfaces = (net.IFORMATTABLE,)


def parse_address(text: str | None) -> IPAddress:
    """`IPAddress.Parse`; also the old forms of IPv4 with fewer parts."""
    if text is None:
        raise null_argument("ipString")
    found = _old_ipv4(text)
    if found is not None:
        return IPAddress(ipaddress.IPv4Address(found))
    try:
        return IPAddress(ipaddress.IPv6Address(text.strip("[]")))
    except ValueError:
        raise NetError.of("System.FormatException", "An invalid IP address was specified.") from None


def _old_ipv4(text: str) -> int | None:
    """inet_aton's forms: a.b.c.d, a.b.c, a.b, a; decimal, 0x hexadecimal, 0 octal."""
    parts = text.split(".")
    if not 1 <= len(parts) <= 4 or not all(re.fullmatch(r"0[xX][0-9a-fA-F]+|\d+", part) for part in parts):
        return None
    try:
        numbers = [
            int(part, 16)
            if part[:2] in ("0x", "0X")
            else int(part, 8)
            if part[0] == "0" and len(part) > 1
            else int(part)
            for part in parts
        ]
    except ValueError:
        return None
    last = 256 ** (5 - len(numbers))
    if any(number > 255 for number in numbers[:-1]) or numbers[-1] >= last:
        return None
    return sum(number << (24 - 8 * place) for place, number in enumerate(numbers[:-1])) + numbers[-1]


def _try_address(text: str, target: PSReference) -> bool:
    try:
        target.set(parse_address(text))
    except NetError:
        target.set(None)
        return False
    return True


def _address_from_number(number: int) -> IPAddress:
    if not 0 <= number <= 0xFFFFFFFF:
        raise out_of_range("Specified argument was out of the range of valid values.", "newAddress")
    return IPAddress(ipaddress.IPv4Address(int(number).to_bytes(4, "little")))


_ADDRESS: Final = members_of(IPAddress.net_type)
_ADDRESS.constructor("(long)", _address_from_number)
_ADDRESS.constructor("(byte[])", lambda octets: IPAddress(ipaddress.ip_address(bytes(octets))))
_ADDRESS.static("Parse(string)", parse_address)
_ADDRESS.static("TryParse(string, out System.Net.IPAddress)", _try_address)
_ADDRESS.static("IsLoopback(System.Net.IPAddress)", lambda value: value.address.is_loopback)
_ADDRESS.static(
    "HostToNetworkOrder(int)",
    lambda number: int.from_bytes(int(number).to_bytes(4, "little", signed=True), "big", signed=True),
)
_ADDRESS.static(
    "NetworkToHostOrder(int)",
    lambda number: int.from_bytes(int(number).to_bytes(4, "little", signed=True), "big", signed=True),
)
for _shown, _text in (
    ("Any", "0.0.0.0"),
    ("Loopback", "127.0.0.1"),
    ("Broadcast", "255.255.255.255"),
    ("None", "255.255.255.255"),
    ("IPv6Any", "::"),
    ("IPv6Loopback", "::1"),
):
    _ADDRESS.static_property(_shown, lambda text=_text: parse_address(text), "System.Net.IPAddress")
_ADDRESS.property(
    "AddressFamily", lambda value: EnumValue(enums.ADDRESS_FAMILY, 2 if value.address.version == 4 else 23)
)
_ADDRESS.property("IPAddressToString", lambda value: str(value.address), "string")
_ADDRESS.property(
    "Address",
    lambda value: Int64(int.from_bytes(value.address.packed, "little")) if value.address.version == 4 else None,
)
_ADDRESS.property("IsIPv6LinkLocal", lambda value: value.address.version == 6 and value.address.is_link_local, "bool")
_ADDRESS.method("GetAddressBytes()", lambda value: byte_array(value.address.packed))
_ADDRESS.method("ToString()", lambda value: str(value.address))
_ADDRESS.method("Equals(object)", lambda value, other: value == other)
_ADDRESS.method(
    "MapToIPv6()", lambda value: parse_address(f"::ffff:{value.address}") if value.address.version == 4 else value
)
textual(IPAddress, lambda value, _spec, _invariant: str(value.address))

# ---------------------------------------------------------------- CultureInfo


class CultureInfo(NetObject):
    """A culture: en-US or the invariant one (an empty name)."""

    __slots__ = ("name",)
    net_type = net.CULTURE_INFO

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name


def make_culture(name: str | None) -> CultureInfo:
    """A culture by name; the lab knows two."""
    if name is None:
        raise null_argument("name")
    if name.lower() not in ("", "en-us", "en", "iv"):
        raise LabUnsupported(f"the culture {name}")
    return CultureInfo({"en-us": "en-US", "en": "en"}.get(name.lower(), ""))


_CULTURE: Final = members_of(net.CULTURE_INFO)
_CULTURE.constructor("(string)", make_culture)
_CULTURE.constructor("(string, bool)", lambda name, _override: make_culture(name))
_CULTURE.static("GetCultureInfo(string)", make_culture)
_CULTURE.static("CreateSpecificCulture(string)", make_culture)
_CULTURE.static_property("InvariantCulture", lambda: CultureInfo(""), "cultureinfo")
for _shown in ("CurrentCulture", "CurrentUICulture", "InstalledUICulture"):
    _CULTURE.static_property(_shown, lambda: CultureInfo("en-US"), "cultureinfo")
_CULTURE.property("Name", lambda self: self.name, "string")
_CULTURE.property("LCID", lambda self: 127 if not self.name else 1033, "int")
_CULTURE.property(
    "DisplayName",
    lambda self: "English (United States)" if self.name else "Invariant Language (Invariant Country)",
    "string",
)
_CULTURE.property(
    "EnglishName",
    lambda self: "English (United States)" if self.name else "Invariant Language (Invariant Country)",
    "string",
)
_CULTURE.property("TwoLetterISOLanguageName", lambda self: "en" if self.name else "iv", "string")
_CULTURE.property("IsReadOnly", lambda _self: True, "bool")
_CULTURE.property("TextInfo", lambda self: TextInfo(self))
_CULTURE.property("NumberFormat", lambda self: NumberFormat(self))
_CULTURE.method("ToString()", lambda self: self.name)
textual(CultureInfo, lambda value, _spec, _invariant: value.name)


class TextInfo(NetObject):
    """A culture's TextInfo."""

    __slots__ = ("culture",)
    net_type = net.define("System.Globalization.TextInfo")

    def __init__(self, culture: CultureInfo) -> None:
        super().__init__()
        self.culture = culture


class NumberFormat(NetObject):
    """A culture's NumberFormatInfo."""

    __slots__ = ("culture",)
    net_type = net.define("System.Globalization.NumberFormatInfo", interfaces=(net.IFORMAT_PROVIDER,))

    def __init__(self, culture: CultureInfo) -> None:
        super().__init__()
        self.culture = culture

    @property
    def name(self) -> str:
        """The culture's name: what makes a format provider invariant."""
        return self.culture.name


def _title_case(text: str) -> str:
    return re.sub(
        r"\w[\w']*", lambda m: m[0] if m[0].isupper() and len(m[0]) > 1 else m[0][0].upper() + m[0][1:].lower(), text
    )


_TEXT_INFO: Final = members_of(TextInfo.net_type)
_TEXT_INFO.method("ToTitleCase(string)", _title_case_of := (lambda _self, text: _title_case(text)))
_TEXT_INFO.method("ToUpper(string)", lambda _self, text: text.upper())
_TEXT_INFO.method("ToLower(string)", lambda _self, text: text.lower())
_TEXT_INFO.property("ListSeparator", lambda _self: ",", "string")
_NUMBER_FORMAT: Final = members_of(NumberFormat.net_type)
for _shown, _text in (
    ("NumberDecimalSeparator", "."),
    ("NumberGroupSeparator", ","),
    ("NegativeSign", "-"),
    ("PositiveSign", "+"),
    ("CurrencyDecimalSeparator", "."),
    ("PercentSymbol", "%"),
):
    _NUMBER_FORMAT.property(_shown, lambda _self, text=_text: text, "string")
_NUMBER_FORMAT.property("CurrencySymbol", lambda self: "$" if self.culture.name else "¤", "string")
_NUMBER_FORMAT.static_property("InvariantInfo", lambda: NumberFormat(CultureInfo("")))
_NUMBER_FORMAT.static_property("CurrentInfo", lambda: NumberFormat(CultureInfo("en-US")))


def _unicode_category(letter: str) -> EnumValue:
    import unicodedata  # noqa: PLC0415  - only here

    order = [
        "Lu",
        "Ll",
        "Lt",
        "Lm",
        "Lo",
        "Mn",
        "Mc",
        "Me",
        "Nd",
        "Nl",
        "No",
        "Zs",
        "Zl",
        "Zp",
        "Cc",
        "Cf",
        "Cs",
        "Co",
        "Pc",
        "Pd",
        "Ps",
        "Pe",
        "Pi",
        "Pf",
        "Po",
        "Sm",
        "Sc",
        "Sk",
        "So",
        "Cn",
    ]
    return EnumValue(enums.UNICODE_CATEGORY, order.index(unicodedata.category(letter)))


for _owner in ("System.Globalization.CharUnicodeInfo", "System.Char"):
    _category_table = members_of(net.define(_owner))
    _category_table.static("GetUnicodeCategory(char)", lambda letter: _unicode_category(letter.text))
    _category_table.static("GetUnicodeCategory(string, int)", lambda text, place: _unicode_category(text[place]))

# ---------------------------------------------------------------- Environment, Path

_ENVIRONMENT: Final = members_of(net.define("System.Environment"))
_ENVIRONMENT.static_property("NewLine", lambda: "\r\n" if _desktop() else "\n", "string")
for _shown in (
    "MachineName",
    "UserName",
    "UserDomainName",
    "OSVersion",
    "Is64BitOperatingSystem",
    "Is64BitProcess",
    "ProcessorCount",
    "CurrentDirectory",
    "SystemDirectory",
    "TickCount",
    "Version",
    "ExitCode",
    "CommandLine",
    "StackTrace",
):
    _ENVIRONMENT.static_property(_shown, lambda name=_shown: _refuse(f"[System.Environment]::{name}"))
for _shown in (
    "GetEnvironmentVariable(string)",
    "GetEnvironmentVariable(string, System.EnvironmentVariableTarget)",
    "SetEnvironmentVariable(string, string)",
    "ExpandEnvironmentVariables(string)",
    "Exit(int)",
):
    _ENVIRONMENT.static(_shown, lambda *_a, name=_shown.partition("(")[0]: _refuse(f"[System.Environment]::{name}"))


def _desktop() -> bool:
    from jcad.lab.powershell.runtime import is_desktop  # noqa: PLC0415  - only here

    return is_desktop()


def _refuse(name: str) -> Value:
    raise LabUnsupported(name)


_PATH: Final = members_of(net.define("System.IO.Path"))


def _base_name(path: str) -> str:
    return (
        re.split(r"[\\/:]", path)[-1] if "\\" in path and "/" not in path and _desktop() else posixpath.basename(path)
    )


def _extension(path: str) -> str:
    name = re.split(r"[\\/]", path)[-1]
    dot = name.rfind(".")
    return name[dot:] if 0 <= dot < len(name) - 1 else ""


def _without_extension(name: str) -> str:
    dot = name.rfind(".")
    return name if dot < 0 else name[:dot]


def _combine(*parts: str) -> str:
    separator = "\\" if _desktop() else "/"
    path = ""
    for part in parts:
        if part is None:
            raise null_argument("path")
        if not part:
            continue
        path = (
            part
            if not path or part[0] in "/\\"[: 2 if _desktop() else 1]
            else path + ("" if path[-1] in (separator, "/") else separator) + part
        )
    return path


_PATH.static("GetFileName(string)", lambda path: _base_name(path))
_PATH.static("GetFileNameWithoutExtension(string)", lambda path: _without_extension(_base_name(path)))
_PATH.static("GetExtension(string)", _extension)
_PATH.static(
    "GetDirectoryName(string)",
    lambda path: path.rpartition("\\")[0] if _desktop() and "\\" in path else posixpath.dirname(path),
)
_PATH.static(
    "ChangeExtension(string, string)",
    lambda path, ext: _without_extension(path) + ("" if ext is None else ext if ext.startswith(".") else "." + ext),
)
_PATH.static("HasExtension(string)", lambda path: bool(_extension(path)))
_PATH.static(
    "IsPathRooted(string)",
    lambda path: path.startswith(("/", "\\") if _desktop() else "/") or (_desktop() and path[1:2] == ":"),
)
for _count in (2, 3, 4):
    _PATH.static("Combine(" + ", ".join(["string"] * _count) + ")", _combine)
_PATH.static("Combine(params string[])", lambda parts: _combine(*parts))
_PATH.static_property("DirectorySeparatorChar", lambda: _separator_char(), "char")
for _shown in ("GetTempPath()", "GetTempFileName()", "GetFullPath(string)", "GetRandomFileName()"):
    _PATH.static(_shown, lambda *_a, name=_shown.partition("(")[0]: _refuse(f"[System.IO.Path]::{name}"))


def _separator_char() -> Value:
    from jcad.lab.powershell.values import Char  # noqa: PLC0415  - only here

    return Char("\\" if _desktop() else "/")


# ---------------------------------------------------------------- WildcardPattern


class WildcardPattern(NetObject):
    """A System.Management.Automation.WildcardPattern."""

    __slots__ = ("ignore_case", "pattern")
    net_type = net.define("System.Management.Automation.WildcardPattern")

    def __init__(self, pattern: str, options: EnumValue | None = None) -> None:
        super().__init__()
        self.pattern = pattern
        self.ignore_case = bool(options is not None and options.number & 2)


def _wildcard_match(self: WildcardPattern, text: str) -> bool:
    try:
        return wildcards.matches(text, self.pattern, case=not self.ignore_case)
    except wildcards.BadWildcard:
        message = f"The specified wildcard character pattern is not valid: {self.pattern}"
        raise NetError.of("System.Management.Automation.WildcardPatternException", message) from None


_WILDCARD: Final = members_of(WildcardPattern.net_type)
_WILDCARD.constructor("(string)", WildcardPattern)
_WILDCARD.constructor("(string, System.Management.Automation.WildcardOptions)", WildcardPattern)
_WILDCARD.static("Escape(string)", wildcards.escape)
_WILDCARD.static("Unescape(string)", wildcards.unescape)
_WILDCARD.static("ContainsWildcardCharacters(string)", wildcards.has_wildcard)
_WILDCARD.static("Get(string, System.Management.Automation.WildcardOptions)", WildcardPattern)
_WILDCARD.method("IsMatch(string)", _wildcard_match)

# ---------------------------------------------------------------- WebUtility, Random, DBNull

_WEB: Final = members_of(net.define("System.Net.WebUtility"))


def _html_encode(text: str) -> str:
    import html  # noqa: PLC0415  - only here

    return html.escape(text, quote=True).replace("&#x27;", "&#39;")


def _html_decode(text: str) -> str:
    import html  # noqa: PLC0415  - only here

    return html.unescape(text)


def _url_encode(text: str) -> str:
    return urllib.parse.quote_plus(text, safe="-._!*()").replace("%7E", "~").replace("~", "%7E")


_WEB.static("UrlEncode(string)", _url_encode)
_WEB.static("UrlDecode(string)", urllib.parse.unquote_plus)
_WEB.static("HtmlEncode(string)", _html_encode)
_WEB.static("HtmlDecode(string)", _html_decode)
members_of(net.define("System.Random")).constructor("()", lambda: _refuse("System.Random"))
members_of(net.define("System.Random")).constructor("(int)", lambda _seed: _refuse("System.Random"))
_DB_NULL: Final = members_of(net.DBNULL)
_DB_NULL.static_property("Value", lambda: _db_null())
_DB_NULL.method("ToString()", lambda _value: "")
_SWITCH: Final = members_of(net.SWITCH_PARAMETER)
_SWITCH.default = lambda: _switch(False)
_SWITCH.property("IsPresent", lambda value: value.present, "bool")
_SWITCH.method("ToBool()", lambda value: value.present)
_SWITCH.method("ToString()", net_text)
_SWITCH.constructor("(bool)", lambda present: _switch(present))
_SWITCH.static_property("Present", lambda: _switch(True))
_REFERENCE: Final = members_of(net.PS_REFERENCE)
_REFERENCE.property("Value", lambda self: self.get(), "object", lambda self, value: self.set(value))


def _db_null() -> Value:
    from jcad.lab.powershell.values import DBNULL  # noqa: PLC0415  - only here

    return DBNULL


def _switch(present: bool) -> Value:
    from jcad.lab.powershell.values import SwitchParameter  # noqa: PLC0415  - only here

    return SwitchParameter(present)


__all__ = [
    "AUTOMATION_NULL",
    "Byte",
    "Failure",
    "cast",
    "functools",
    "is_defined",
    "powershell_type_name",
    "text_to_enum",
]
