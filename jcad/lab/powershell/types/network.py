"""IPAddress."""

from __future__ import annotations

import ipaddress
import re
from typing import TYPE_CHECKING, Final

from jcad.lab.powershell import nettype as net
from jcad.lab.powershell.errors import NetError
from jcad.lab.powershell.objects import textual
from jcad.lab.powershell.types import enums
from jcad.lab.powershell.types.convert import byte_array
from jcad.lab.powershell.types.registry import members_of
from jcad.lab.powershell.types.text import null_argument, out_of_range
from jcad.lab.powershell.values import (
    EnumValue,
    Int64,
    NetObject,
    PSReference,
)

if TYPE_CHECKING:
    pass


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
_ADDRESS.property("IsIPv6Multicast", lambda value: value.address.version == 6 and value.address.is_multicast, "bool")
_ADDRESS.property("IsIPv6SiteLocal", lambda value: value.address.version == 6 and value.address.is_site_local, "bool")
_ADDRESS.property("IsIPv6Teredo", lambda value: value.address.version == 6 and value.address.teredo is not None, "bool")
_ADDRESS.property(
    "IsIPv6UniqueLocal", lambda value: value.address.version == 6 and value.address.packed[0] & 0xFE == 0xFC, "bool"
)
_ADDRESS.property(
    "IsIPv4MappedToIPv6", lambda value: value.address.version == 6 and value.address.ipv4_mapped is not None, "bool"
)
_ADDRESS.method("GetAddressBytes()", lambda value: byte_array(value.address.packed))
_ADDRESS.method("ToString()", lambda value: str(value.address))
_ADDRESS.method("Equals(object)", lambda value, other: value == other)
_ADDRESS.method(
    "MapToIPv6()", lambda value: parse_address(f"::ffff:{value.address}") if value.address.version == 4 else value
)
textual(IPAddress, lambda value, _spec, _invariant: str(value.address))
