"""How PowerShell's values stand in Python. Pure data, no I/O, no rules of conversion.

    $null                 None              [int]                 int (exactly `int`, not a subclass)
    nothing at all        AUTOMATION_NULL   [long], [byte] ...    Int64, Byte ... (subclasses of int)
    [bool]                bool              [double]              float (exactly `float`)
    [string]              str               [single]              Single (subclass of float)
    [char]                Char              [decimal]             decimal.Decimal
    [guid]                uuid.UUID         [bigint]              BigInteger (subclass of int)
    object[], string[]    Array             List[T], ArrayList    GenericList, ArrayList (subclasses of list)
    @{}, [ordered]@{} ..  Hashtable, OrderedDictionary ...        [type]                NetType

Everything else is a `NetObject`: it can carry extended members (Add-Member) and type names itself. A plain Python value
that carries some is wrapped: `PSObject(base, members)`; `base_of` takes the wrapper off. `type_of` answers the .NET type.
Exceptions and ErrorRecords are those of errors.py. Lists and dictionaries compare by identity, as .NET's do.
"""

from __future__ import annotations

import decimal
import uuid
from typing import TYPE_CHECKING, ClassVar, Final, NamedTuple, final

from jcad.lab.powershell import nettype as net
from jcad.lab.powershell.containers import (
    BYTE_ARRAY,
    CHAR_ARRAY,
    INT_ARRAY,
    OBJECT_ARRAY,
    STRING_ARRAY,
    Array,
    ArrayList,
    Dictionary,
    GenericDictionary,
    GenericList,
    HashSet,
    Hashtable,
    KeyValue,
    NetList,
    OrderedDictionary,
    Sequence,
    array_from,
    folded_key,
    is_list,
    plain_key,
)
from jcad.lab.powershell.errors import ErrorRecord, NetException
from jcad.lab.powershell.exceptions import EXCEPTION_BASES
from jcad.lab.powershell.members import (
    AUTOMATION_NULL,
    CUSTOM_OBJECT_NAMES,
    AliasProperty,
    AutomationNull,
    CodeProperty,
    Member,
    Members,
    NetObject,
    NoteProperty,
    PSCustomObject,
    PSObject,
    ScriptBlock,
    ScriptMethod,
    ScriptProperty,
    Value,
    custom_object,
)
from jcad.lab.powershell.nettype import NetType

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = [
    "AUTOMATION_NULL",
    "BYTE_ARRAY",
    "CHAR_ARRAY",
    "CUSTOM_OBJECT_NAMES",
    "DBNULL",
    "INT32_MAX",
    "INT32_MIN",
    "INT_ARRAY",
    "OBJECT_ARRAY",
    "STRING_ARRAY",
    "TICKS_PER_DAY",
    "TICKS_PER_SECOND",
    "AliasProperty",
    "Array",
    "ArrayList",
    "AutomationNull",
    "BigInteger",
    "Byte",
    "Char",
    "CodeProperty",
    "DBNullType",
    "DateTime",
    "DateTimeOffset",
    "Dictionary",
    "EnumValue",
    "ErrorRecord",
    "GenericDictionary",
    "GenericList",
    "HashSet",
    "Hashtable",
    "Int16",
    "Int64",
    "KeyValue",
    "Member",
    "Members",
    "NetException",
    "NetList",
    "NetObject",
    "NetType",
    "NoteProperty",
    "OrderedDictionary",
    "PSCredential",
    "PSCustomObject",
    "PSObject",
    "PSReference",
    "SByte",
    "ScriptBlock",
    "ScriptMethod",
    "ScriptProperty",
    "SecureString",
    "Sequence",
    "Single",
    "SwitchParameter",
    "TimeSpan",
    "UInt16",
    "UInt32",
    "UInt64",
    "Value",
    "Version",
    "array_from",
    "base_of",
    "custom_object",
    "exception_type",
    "extended_of",
    "folded_key",
    "is_list",
    "plain_key",
    "pstypenames",
    "type_name",
    "type_of",
]

TICKS_PER_SECOND: Final = 10_000_000
TICKS_PER_DAY: Final = 86_400 * TICKS_PER_SECOND


class _Integer(int):
    """An integer of another type than Int32."""

    __slots__ = ()
    net_type: ClassVar[NetType]
    least: ClassVar[int]
    most: ClassVar[int]


@final
class SByte(_Integer):
    """[sbyte]."""

    __slots__ = ()
    net_type, least, most = net.SBYTE, -0x80, 0x7F


@final
class Byte(_Integer):
    """[byte]."""

    __slots__ = ()
    net_type, least, most = net.BYTE, 0, 0xFF


@final
class Int16(_Integer):
    """[int16]."""

    __slots__ = ()
    net_type, least, most = net.INT16, -0x8000, 0x7FFF


@final
class UInt16(_Integer):
    """[uint16]."""

    __slots__ = ()
    net_type, least, most = net.UINT16, 0, 0xFFFF


@final
class UInt32(_Integer):
    """[uint32]."""

    __slots__ = ()
    net_type, least, most = net.UINT32, 0, 0xFFFF_FFFF


@final
class Int64(_Integer):
    """[long]."""

    __slots__ = ()
    net_type, least, most = net.INT64, -(1 << 63), (1 << 63) - 1


@final
class UInt64(_Integer):
    """[uint64]."""

    __slots__ = ()
    net_type, least, most = net.UINT64, 0, (1 << 64) - 1


@final
class BigInteger(int):
    """[bigint]."""

    __slots__ = ()
    net_type: ClassVar[NetType] = net.BIG_INTEGER


@final
class Single(float):
    """[single]; the float is already rounded to 32 bits."""

    __slots__ = ()
    net_type: ClassVar[NetType] = net.SINGLE


INT32_MIN: Final = -(1 << 31)
INT32_MAX: Final = (1 << 31) - 1


@final
class Char:
    """[char]: one UTF-16 code unit as a one-character `text`."""

    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        self.text = text

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Char) and other.text == self.text

    def __hash__(self) -> int:
        return hash(("char", self.text))

    def __repr__(self) -> str:
        return f"Char({self.text!r})"

    @property
    def code(self) -> int:
        """The code unit's number."""
        return ord(self.text)


@final
class EnumValue:
    """A value of an enumeration type; `str` gives its name or names."""

    __slots__ = ("net_type", "number")

    def __init__(self, net_type: NetType, number: int) -> None:
        self.net_type = net_type
        self.number = number

    def __eq__(self, other: object) -> bool:
        return isinstance(other, EnumValue) and other.net_type is self.net_type and other.number == self.number

    def __hash__(self) -> int:
        return hash((self.net_type, self.number))

    def __repr__(self) -> str:
        return f"<{self.net_type.name} {self}>"

    def __str__(self) -> str:
        """`Enum.ToString()`: the name, the names of the flags, or the number."""
        names = self.net_type.names or {}
        for name, number in names.items():
            if number == self.number:
                return name
        return self._flag_names(names) if self.net_type.flags else str(self.number)

    def _flag_names(self, names: dict[str, int]) -> str:
        rest, found = self.number, []
        for name, number in sorted(names.items(), key=lambda pair: pair[1], reverse=True):
            if number and rest & number == number:
                rest &= ~number
                found.append(name)
        return ", ".join(reversed(found)) if found and not rest else str(self.number)


class DateTime(NamedTuple):
    """[datetime]: `ticks` of 100 ns since 0001-01-01, `kind` 0 unspecified, 1 UTC, 2 local."""

    ticks: int
    kind: int = 0


class DateTimeOffset(NamedTuple):
    """[datetimeoffset]: clock `ticks` and `offset` in minutes east of UTC."""

    ticks: int
    offset: int = 0


class TimeSpan(NamedTuple):
    """[timespan]: `ticks` of 100 ns."""

    ticks: int


class Version(NamedTuple):
    """[version]: -1 stands for a part that was not given."""

    major: int
    minor: int
    build: int = -1
    revision: int = -1

    def __str__(self) -> str:
        return ".".join(str(part) for part in self if part >= 0)


@final
class SwitchParameter(NetObject):
    """The value of a [switch] parameter."""

    __slots__ = ("present",)
    net_type = net.SWITCH_PARAMETER

    def __init__(self, present: bool) -> None:
        super().__init__()
        self.present = present

    def __bool__(self) -> bool:
        return self.present

    def __eq__(self, other: object) -> bool:
        return isinstance(other, SwitchParameter) and other.present == self.present

    def __hash__(self) -> int:
        return hash(("switch", self.present))


@final
class PSReference(NetObject):
    """`[ref]$x`: `get` and `set` reach the variable."""

    __slots__ = ("get", "set")
    net_type = net.PS_REFERENCE

    def __init__(self, get: Callable[[], Value], set_: Callable[[Value], None]) -> None:
        super().__init__()
        self.get = get
        self.set = set_


@final
class SecureString(NetObject):
    """[securestring]; the lab keeps the text as it is."""

    __slots__ = ("read_only", "text")
    net_type = net.SECURE_STRING

    def __init__(self, text: str = "") -> None:
        super().__init__()
        self.text = text
        self.read_only = False


@final
class PSCredential(NetObject):
    """[pscredential]."""

    __slots__ = ("password", "user_name")
    net_type = net.PS_CREDENTIAL

    def __init__(self, user_name: str | None, password: SecureString) -> None:
        super().__init__()
        self.user_name = user_name
        self.password = password


@final
class DBNullType(NetObject):
    """[DBNull]::Value."""

    __slots__ = ()
    net_type = net.DBNULL


DBNULL: Final = DBNullType()


_TYPES: Final[dict[type, NetType]] = {
    str: net.STRING,
    int: net.INT32,
    bool: net.BOOLEAN,
    float: net.DOUBLE,
    decimal.Decimal: net.DECIMAL,
    uuid.UUID: net.GUID,
    Char: net.CHAR,
    DateTime: net.DATETIME,
    DateTimeOffset: net.DATETIME_OFFSET,
    TimeSpan: net.TIMESPAN,
    Version: net.VERSION,
    NetType: net.RUNTIME_TYPE,
    ErrorRecord: net.define("System.Management.Automation.ErrorRecord"),
}


def type_of(value: Value) -> NetType:
    """The .NET type of a value that is not $null (`$null` answers System.Object)."""
    known = _TYPES.get(type(value))
    if known is not None:
        return known
    if type(value) is PSObject:
        return type_of(value.base)
    if isinstance(value, NetException):
        return exception_type(value.type_name)
    found = getattr(value, "net_type", None)
    if not isinstance(found, NetType):
        return net.OBJECT
    kind: NetType = found
    if getattr(type(value), "net_type", None) is kind and not hasattr(value, "__dict__"):
        _TYPES[type(value)] = kind  # no value of this class has a type of its own
    return kind


def exception_type(name: str) -> NetType:
    """The type of an exception by its full name; one that nobody listed derives from System.Exception."""
    known = net.TYPES.get(name.lower())
    if known is None:
        known = net.define(name, base=exception_type(EXCEPTION_BASES.get(name, "System.Exception")))
    return known


def type_name(value: Value) -> str:
    """The full .NET name of a value's type: System.Int32."""
    return type_of(value).full_name


def base_of(value: Value) -> Value:
    """The value without its PSObject wrapper; AUTOMATION_NULL becomes None."""
    if type(value) is PSObject:
        return value.base
    return None if value is AUTOMATION_NULL else value


def extended_of(value: Value) -> Members | None:
    """The extended members of a value, if it has any."""
    return getattr(value, "extended", None)


def pstypenames(value: Value) -> list[str]:
    """`$x.PSObject.TypeNames`: the value's own list, or its type and bases."""
    changed = getattr(value, "type_names", None)
    if changed is not None:
        return list(changed)
    if isinstance(value, PSCustomObject):
        return list(CUSTOM_OBJECT_NAMES)
    return [str(kind) for kind in type_of(value).ancestry()]
