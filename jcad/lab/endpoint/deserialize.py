"""What a client sent, as the interpreter's values: psrpcore's objects in, values of `jcad.lab.powershell` out.

Pure. As a real server has it: arrays arrive as ArrayList, enums as their number, script blocks as text; an object of a type
that does not travel arrives as a bag of properties whose type names begin with `Deserialized.`.
"""

from __future__ import annotations

import datetime as dt
import enum
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from psrpcore import types as wire

from jcad.lab.endpoint.rehydrate import rehydrated
from jcad.lab.powershell import containers
from jcad.lab.powershell import nettype as net
from jcad.lab.powershell import values as ps
from jcad.lab.powershell.convert import cast
from jcad.lab.powershell.errors import Failure, NetError
from jcad.lab.powershell.types.convert import byte_array

if TYPE_CHECKING:
    from collections.abc import Callable

    from jcad.lab.powershell.members import Members

_MIDNIGHT: Final = dt.datetime(1, 1, 1)  # noqa: DTZ001  - .NET's ticks count from there, in any zone
_DESERIALIZED: Final = "Deserialized."
_MICROSECOND: Final = dt.timedelta(microseconds=1)


def deserialize(value: Any) -> Any:
    """One object of the client's as a value. SecureStrings are decrypted: the lab keeps their text."""
    if value is None or isinstance(value, bool):
        return value
    for kind, convert in _KINDS:
        if isinstance(value, kind):
            return _with_notes(value, convert(value))
    return _bag(value)


def _with_notes(sent: Any, value: Any) -> Any:
    """The value with the notes that the client hung on it, and with the names of a collection that lost its type."""
    names = _type_names(sent)
    if isinstance(value, (containers.ArrayList, containers.Dictionary)) and names:
        value.type_names = [_deserialized(name) for name in names]
    notes: Members = {name.lower(): ps.NoteProperty(name, item) for name, item in _extended(sent)}
    if not notes:
        return value
    if hasattr(value, "extended"):
        value.extended = notes
        return value
    return ps.PSObject(value, notes)


def _date(value: dt.datetime) -> ps.DateTime:
    nanoseconds = getattr(value, "nanosecond", 0)
    kind = 0
    if value.tzinfo is not None:
        kind = 2 if value.utcoffset() else 1  # the lab's clock is UTC: local and universal time are one
        value = value.astimezone(dt.UTC)
    plain = dt.datetime(*value.timetuple()[:6], microsecond=value.microsecond)  # noqa: DTZ001  - as above
    return ps.DateTime((plain - _MIDNIGHT) // _MICROSECOND * 10 + nanoseconds // 100, kind)


def _duration(value: dt.timedelta) -> ps.TimeSpan:
    return ps.TimeSpan(value // _MICROSECOND * 10 + getattr(value, "nanoseconds", 0) // 100)


def _version(value: wire.PSVersion) -> ps.Version:
    build = -1 if value.build is None else value.build
    revision = -1 if value.revision is None else value.revision
    return ps.Version(value.major, value.minor, build, revision)


def _bytes(value: bytes) -> containers.Array:
    return byte_array(bytes(value))


def _list(value: list[Any]) -> containers.ArrayList:
    return containers.ArrayList(deserialize(item) for item in value)


def _dictionary(value: dict[Any, Any]) -> containers.Dictionary:
    pairs = [(deserialize(key), deserialize(item)) for key, item in value.items()]
    names = _type_names(value)
    if names and names[0].endswith("OrderedDictionary"):
        return containers.OrderedDictionary(pairs)
    return containers.Hashtable(pairs)


def _secure(value: wire.PSSecureString) -> ps.SecureString:
    return ps.SecureString(str.__str__(value.decrypt()))


def _credential(value: Any) -> ps.PSCredential:
    return ps.PSCredential(str.__str__(value.UserName), _secure(value.Password))


def _number(kind: Callable[[int], Any]) -> Callable[[int], Any]:
    return lambda value: kind(int(value))


def _typed(type_name: str) -> Callable[[Any], Any]:
    def convert(value: Any) -> Any:
        text = str.__str__(value)
        try:
            return cast(text, net.TYPES[type_name])
        except (Failure, NetError):
            return text  # what is none stays text

    return convert


_KINDS: Final[tuple[tuple[Any, Callable[[Any], Any]], ...]] = (
    (wire.PSUri, _typed("system.uri")),
    (wire.PSXml, _typed("system.xml.xmldocument")),
    ((str, wire.PSString, wire.PSScriptBlock), str.__str__),
    (enum.Enum, lambda value: int(value.value)),
    (wire.PSChar, lambda value: ps.Char(chr(int(value)))),
    (wire.PSByte, _number(ps.Byte)),
    (wire.PSSByte, _number(ps.SByte)),
    (wire.PSInt16, _number(ps.Int16)),
    (wire.PSUInt16, _number(ps.UInt16)),
    (wire.PSUInt, _number(ps.UInt32)),
    (wire.PSInt64, _number(ps.Int64)),
    (wire.PSUInt64, _number(ps.UInt64)),
    (int, int),
    (wire.PSSingle, lambda value: ps.Single(float(value))),
    (float, float),
    (Decimal, lambda value: Decimal(Decimal.__str__(value))),
    (dt.datetime, _date),
    (dt.timedelta, _duration),
    (UUID, lambda value: UUID(int=value.int)),
    (wire.PSVersion, _version),
    ((bytes, wire.PSByteArray), _bytes),
    (wire.PSSecureString, _secure),
    (wire.PSCredential, _credential),
    (dict, _dictionary),
    (list, _list),
)


def _bag(value: Any) -> ps.PSCustomObject:
    """An object of any other type: its properties, and the names that say what it was."""
    names = [_deserialized(name) for name in _type_names(value)]
    adapted = [(each.name, deserialize(each.get_value(value))) for each in value.PSObject.adapted_properties]
    pairs = [*adapted, *_extended(value)]
    bag = ps.PSCustomObject({name.lower(): ps.NoteProperty(name, item) for name, item in pairs}, names or None)
    live = rehydrated(names, value.PSObject.to_string, bag)
    return bag if live is None else live


def _deserialized(name: str) -> str:
    return name if name.startswith(_DESERIALIZED) else _DESERIALIZED + name


def _extended(value: Any) -> list[tuple[str, Any]]:
    described = getattr(value, "PSObject", None)
    if described is None or isinstance(value, wire.PSCredential):
        return []
    return [(each.name, deserialize(each.get_value(value))) for each in described.extended_properties]


def _type_names(value: Any) -> list[str]:
    return [str(name) for name in getattr(value, "PSTypeNames", ())]
