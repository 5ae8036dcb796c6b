"""SecureString, credentials, Marshal, SecurityIdentifier and NTAccount."""

from __future__ import annotations

import re
import struct
from typing import Final

from jcad.errors import LabUnsupported
from jcad.lab.powershell import nettype as net
from jcad.lab.powershell.errors import NetError
from jcad.lab.powershell.objects import textual
from jcad.lab.powershell.types.convert import byte_array
from jcad.lab.powershell.types.registry import members_of
from jcad.lab.powershell.types.text import null_argument
from jcad.lab.powershell.values import AUTOMATION_NULL, Array, Char, NetObject, PSCredential, SecureString

SECURE: Final = members_of(net.SECURE_STRING)


def _writable(value: SecureString) -> SecureString:
    if value.read_only:
        raise NetError.of("System.InvalidOperationException", "Instance is read-only.")
    return value


def _sealed(value: SecureString) -> object:
    value.read_only = True
    return AUTOMATION_NULL


def _append(value: SecureString, letter: Char) -> object:
    _writable(value).text += letter.text
    return AUTOMATION_NULL


def _replace(value: SecureString, text: str) -> object:
    _writable(value).text = text
    return AUTOMATION_NULL


def _at(value: SecureString, index: int, *, end: bool = False) -> int:
    if not 0 <= index < len(value.text) + end:
        message = (
            "Index was out of range. Must be non-negative and less than the size of the collection. (Parameter 'index')"
        )
        raise NetError.of("System.ArgumentOutOfRangeException", message)
    return index


# ---------------------------------------------------------------- credentials

_NETWORK: Final = net.define("System.Net.NetworkCredential")


class NetworkCredential(NetObject):
    """A System.Net.NetworkCredential."""

    __slots__ = ("domain", "password", "user_name")
    net_type = _NETWORK

    def __init__(self, user_name: str = "", password: str | SecureString | None = "", domain: str = "") -> None:
        super().__init__()
        self.user_name = user_name or ""
        self.password = password.text if isinstance(password, SecureString) else password or ""
        self.domain = domain or ""


_TABLE: Final = members_of(_NETWORK)


def make_credential(user_name: str, password: SecureString | None) -> PSCredential:
    """`[pscredential]::new(name, password)`."""
    if not user_name:
        message = 'Cannot process argument because the value of argument "userName" is not valid.'
        raise NetError.of("System.Management.Automation.PSArgumentException", message)
    if password is None:
        message = 'Cannot process argument because the value of argument "password" is null.'
        raise NetError.of("System.Management.Automation.PSArgumentNullException", message)
    return PSCredential(user_name, password)


def _network(value: PSCredential) -> NetworkCredential:
    domain, slash, user = (value.user_name or "").partition("\\")
    if not slash:
        return NetworkCredential(*_split_at(value.user_name or "", value.password))
    return NetworkCredential(user, value.password, domain)


def _split_at(name: str, password: SecureString) -> tuple[str, SecureString, str]:
    """A user and domain from a name with an @: only where no dot follows it (an e-mail address stays whole)."""
    user, at, domain = name.rpartition("@")
    splits = bool(at) and ("." not in domain or "@" in user)
    return (user, password, domain) if splits else (name, password, "")


CREDENTIAL: Final = members_of(net.PS_CREDENTIAL)

# ---------------------------------------------------------------- Marshal: the usual way to read a SecureString


class Pointer(NetObject):
    """An IntPtr to a copy of a secret."""

    __slots__ = ("text",)
    net_type = net.define("System.IntPtr", is_value=True)

    def __init__(self, text: str | None) -> None:
        super().__init__()
        self.text = text


_MARSHAL: Final = members_of(net.define("System.Runtime.InteropServices.Marshal"))
_POINTER: Final = members_of(Pointer.net_type)


def _freed(pointer: Pointer) -> object:
    pointer.text = None
    return AUTOMATION_NULL


def _secret(value: SecureString | None) -> str:
    if value is None:
        raise null_argument("s")
    return value.text


# ---------------------------------------------------------------- SecurityIdentifier, NTAccount

_IDENTITY: Final = net.define("System.Security.Principal.IdentityReference")


class SecurityIdentifier(NetObject):
    """A System.Security.Principal.SecurityIdentifier: its text form S-1-..."""

    __slots__ = ("value",)
    net_type = net.define("System.Security.Principal.SecurityIdentifier", base=_IDENTITY, interfaces=(net.ICOMPARABLE,))

    def __init__(self, value: str) -> None:
        super().__init__()
        self.value = value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, SecurityIdentifier) and other.value == self.value

    def __hash__(self) -> int:
        return hash(self.value)

    def octets(self) -> bytes:
        """The binary form (MS-DTYP 2.4.2.2)."""
        numbers = [int(part) for part in self.value.split("-")[1:]]
        head = struct.pack("BB", numbers[0], len(numbers) - 2) + numbers[1].to_bytes(6, "big")
        return head + b"".join(struct.pack("<I", number) for number in numbers[2:])


_SID: Final = re.compile(r"S-1-\d+(-\d+){0,15}\Z", re.IGNORECASE)
_WELL_KNOWN: Final = {
    "BA": "S-1-5-32-544", "BU": "S-1-5-32-545", "SY": "S-1-5-18", "WD": "S-1-1-0", "AU": "S-1-5-11", "PS": "S-1-5-10",
    "CO": "S-1-3-0", "ED": "S-1-5-9", "LS": "S-1-5-19", "NS": "S-1-5-20", "RU": "S-1-5-32-554",
}  # fmt: skip


def make_sid(text: str | None) -> SecurityIdentifier:
    """`[SecurityIdentifier]::new(text)`: S-1-... or a two-letter SDDL alias."""
    if text is None:
        raise null_argument("sddlForm")
    known = _WELL_KNOWN.get(text.upper(), text)
    if _SID.match(known) is None:
        raise NetError.of("System.ArgumentException", "Value was invalid. (Parameter 'sddlForm')", ParamName="sddlForm")
    return SecurityIdentifier(known.upper())


def sid_from_octets(octets: Array, start: int = 0) -> SecurityIdentifier:
    """`[SecurityIdentifier]::new(bytes, offset)`."""
    data = bytes(octets)[start:]
    if len(data) < 8 or len(data) < 8 + 4 * data[1] or data[0] != 1:
        raise NetError.of(
            "System.ArgumentException", "The SID is not valid. (Parameter 'binaryForm')", ParamName="binaryForm"
        )
    numbers = struct.unpack(f"<{data[1]}I", data[8 : 8 + 4 * data[1]])
    return SecurityIdentifier("-".join(["S-1", str(int.from_bytes(data[2:8], "big")), *map(str, numbers)]))


def _domain_part(value: SecurityIdentifier) -> SecurityIdentifier | None:
    parts = value.value.split("-")
    if parts[:4] != ["S", "1", "5", "21"]:
        return None
    return SecurityIdentifier("-".join(parts[:7]))


def _write_octets(value: SecurityIdentifier, target: Array, start: int) -> object:
    data = byte_array(value.octets())
    target[start : start + len(data)] = data
    return AUTOMATION_NULL


SID: Final = members_of(SecurityIdentifier.net_type)


class NTAccount(NetObject):
    """A System.Security.Principal.NTAccount."""

    __slots__ = ("value",)
    net_type = net.define("System.Security.Principal.NTAccount", base=_IDENTITY)

    def __init__(self, value: str) -> None:
        super().__init__()
        self.value = value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, NTAccount) and other.value.lower() == self.value.lower()

    def __hash__(self) -> int:
        return hash(self.value.lower())


ACCOUNT: Final = members_of(NTAccount.net_type)


def _translate(value: SecurityIdentifier | NTAccount, kind: net.NetType) -> object:
    if kind is value.net_type:
        return value
    raise LabUnsupported(f"{value.net_type.name}.Translate outside a domain")


SECURE.constructor("()", SecureString)
SECURE.property("Length", lambda value: len(value.text), "int")
SECURE.method("AppendChar(char)", _append)
SECURE.method("Clear()", lambda value: _replace(value, ""))
SECURE.method(
    "InsertAt(int, char)",
    lambda value, at, letter: _replace(value, value.text[: _at(value, at, end=True)] + letter.text + value.text[at:]),
)
SECURE.method(
    "SetAt(int, char)",
    lambda value, at, letter: _replace(value, value.text[: _at(value, at)] + letter.text + value.text[at + 1 :]),
)
SECURE.method("RemoveAt(int)", lambda value, at: _replace(value, value.text[: _at(value, at)] + value.text[at + 1 :]))
SECURE.method("MakeReadOnly()", _sealed)
SECURE.method("IsReadOnly()", lambda value: value.read_only)
SECURE.method("Copy()", lambda value: SecureString(value.text))
SECURE.method("Dispose()", lambda _value: AUTOMATION_NULL)
textual(SecureString, lambda _value, _spec, _invariant: "System.Security.SecureString")
_TABLE.constructor("()", NetworkCredential)
_TABLE.constructor("(string, string)", NetworkCredential)
_TABLE.constructor("(string, securestring)", NetworkCredential)
_TABLE.constructor("(string, string, string)", NetworkCredential)
_TABLE.constructor("(string, securestring, string)", NetworkCredential)
_TABLE.property("UserName", lambda self: self.user_name, "string", lambda self, text: setattr(self, "user_name", text))
_TABLE.property("Password", lambda self: self.password, "string", lambda self, text: setattr(self, "password", text))
_TABLE.property("Domain", lambda self: self.domain, "string", lambda self, text: setattr(self, "domain", text))
_TABLE.property("SecurePassword", lambda self: SecureString(self.password), "securestring")
CREDENTIAL.constructor("(string, securestring)", make_credential)
CREDENTIAL.property("UserName", lambda value: value.user_name, "string")
CREDENTIAL.property("Password", lambda value: value.password, "securestring")
CREDENTIAL.method("GetNetworkCredential()", _network)
CREDENTIAL.static_property("Empty", lambda: PSCredential(None, SecureString()))
for _name in ("BSTR", "GlobalAllocUnicode", "CoTaskMemUnicode", "GlobalAllocAnsi"):
    _MARSHAL.static(f"SecureStringTo{_name}(securestring)", lambda value: Pointer(_secret(value)))
for _name in ("BSTR", "Auto", "Uni", "Ansi"):
    _MARSHAL.static(f"PtrToString{_name}(System.IntPtr)", lambda pointer: pointer.text)
for _name in ("BSTR", "GlobalAllocUnicode", "CoTaskMemUnicode", "GlobalAllocAnsi"):
    _MARSHAL.static(f"ZeroFree{_name}(System.IntPtr)", _freed)
_POINTER.static_property("Zero", lambda: Pointer(None))
_POINTER.property("Size", lambda _self: 8, "int")
SID.constructor("(string)", make_sid)
SID.constructor("(byte[], int)", sid_from_octets)
SID.property("Value", lambda value: value.value, "string")
SID.property("BinaryLength", lambda value: len(value.octets()), "int")
SID.property("AccountDomainSid", _domain_part, "System.Security.Principal.SecurityIdentifier")
SID.method("GetBinaryForm(byte[], int)", _write_octets)
SID.method("ToString()", lambda value: value.value)
SID.method("Equals(object)", lambda value, other: value == other)
SID.method(
    "CompareTo(System.Security.Principal.SecurityIdentifier)",
    lambda value, other: (value.octets() > other.octets()) - (value.octets() < other.octets()),
)
SID.method("IsAccountSid()", lambda value: _domain_part(value) is not None)
SID.method(
    "IsEqualDomainSid(System.Security.Principal.SecurityIdentifier)",
    lambda value, other: _domain_part(value) == _domain_part(other),
)
SID.method("Translate(type)", _translate)
for _table in (SID, ACCOUNT):
    _table.method(
        "IsValidTargetType(type)", lambda _value, kind: kind in (SecurityIdentifier.net_type, NTAccount.net_type)
    )
textual(SecurityIdentifier, lambda value, _spec, _invariant: value.value)
ACCOUNT.constructor("(string)", NTAccount)
ACCOUNT.constructor("(string, string)", lambda domain, name: NTAccount(f"{domain}\\{name}" if domain else name))
ACCOUNT.property("Value", lambda value: value.value, "string")
ACCOUNT.method("ToString()", lambda value: value.value)
ACCOUNT.method("Equals(object)", lambda value, other: value == other)
ACCOUNT.method("Translate(type)", _translate)
textual(NTAccount, lambda value, _spec, _invariant: value.value)
