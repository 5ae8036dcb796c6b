"""The interpreter's values as CLIXML, with the shapes and type names of a real server.

Pure, but for what the properties of an object do when they are read. Recorded facts: a custom object has no ToString; a
value that carries notes is an object around it; type names and objects are written once in a message; custom objects and
collections use up no depth, any other object that is a property of another is its text.
"""

from __future__ import annotations

import base64
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Protocol

from jcad.lab.endpoint import clixml, errorrecord, invocations
from jcad.lab.powershell import access, containers, objects
from jcad.lab.powershell import nettype as net
from jcad.lab.powershell import records as streams
from jcad.lab.powershell import values as ps
from jcad.lab.powershell.errors import ErrorRecord, Failure, NetError, NetException
from jcad.lab.powershell.formatting.dateparse import now_ticks
from jcad.lab.powershell.formatting.packets import FormatPacket
from jcad.lab.powershell.types import grids

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from jcad.lab.endpoint.frames import Origin
    from jcad.lab.powershell.members import Members

DEEPEST: Final = 48
_PROCESS: Final = os.getpid()
#: Properties in .NET's order where the lab declares them in another, and what is not the type's own left out.
_ORDER: Final = {
    "System.Numerics.BigInteger": ("IsPowerOfTwo", "IsZero", "IsOne", "IsEven", "Sign"),
    "System.DateTimeOffset": (
        "DateTime",
        "UtcDateTime",
        "LocalDateTime",
        "Date",
        "Day",
        "DayOfWeek",
        "DayOfYear",
        "Hour",
        "Millisecond",
        "Microsecond",
        "Nanosecond",
        "Minute",
        "Month",
        "Offset",
        "TotalOffsetMinutes",
        "Second",
        "Ticks",
        "UtcTicks",
        "TimeOfDay",
        "Year",
    ),
    "System.Text.RegularExpressions.Match": ("Groups", "Success", "Name", "Captures", "Index", "Length", "Value"),
    "System.Text.RegularExpressions.Group": ("Success", "Name", "Captures", "Index", "Length", "Value"),
    "System.Management.Automation.PSVariable": (
        "Name",
        "Description",
        "Value",
        "Visibility",
        "Module",
        "ModuleName",
        "Options",
    ),
    "System.Text.StringBuilder": ("Capacity", "MaxCapacity", "Length"),
    "Microsoft.PowerShell.Commands.GroupInfo": ("Values", "Count", "Group", "Name"),
    "System.Globalization.CultureInfo": (
        "LCID",
        "Name",
        "DisplayName",
        "IetfLanguageTag",
        "ThreeLetterISOLanguageName",
        "ThreeLetterWindowsLanguageName",
        "TwoLetterISOLanguageName",
    ),
    "System.Net.IPAddress": (
        "AddressFamily",
        "IsIPv6Multicast",
        "IsIPv6LinkLocal",
        "IsIPv6SiteLocal",
        "IsIPv6Teredo",
        "IsIPv6UniqueLocal",
        "IsIPv4MappedToIPv6",
        "Address",
    ),
}
#: Types of the regular expressions that are lists.
_LISTS: Final = frozenset(f"System.Text.RegularExpressions.{name}Collection" for name in ("Match", "Group", "Capture"))
_TOO_DEEP: Final = "Serialized XML is nested too deeply."


class Cipher(Protocol):
    """The session key of a runspace pool."""

    def encrypt(self, value: str) -> str:
        """The text of a SecureString, encrypted, in base64."""


@dataclass(frozen=True, slots=True)
class Encoding:
    """How the messages of one pool are written: under which key, as which edition, and whose they are.

    `desktop`: as Windows PowerShell 5.1 where it differs from 7. `user` and `computer` stand in information records.
    """

    cipher: Cipher
    desktop: bool = True
    user: str = ""
    computer: str = ""


def serialize(value: Any, encoding: Encoding) -> bytes:
    """One value as the data of a message."""
    writer = Writer(encoding)
    return clixml.BOM + writer.value(value).encode("utf-8", "surrogatepass")


class Writer:
    """Writes the values of one message."""

    def __init__(self, encoding: Encoding) -> None:
        self.references = clixml.References()
        self.origins: dict[int, Origin] = {}  # of inner exceptions, by identity, while their outer one is written
        self.blocks: tuple[str, ...] = ("<ScriptBlock>",)  # that were run where the record that is written came up
        self.arguments = no_arguments()  # of the invocation that is written
        self.desktop = encoding.desktop
        self._encoding = encoding
        self._level = 0

    def value(self, value: Any, name: str | None = None, depth: int = 1) -> str:
        """Any value. At `depth` 0 an object that is neither custom nor a collection is its text."""
        if value is None or value is ps.AUTOMATION_NULL:
            return clixml.nil(name)
        if clixml.is_primitive(value):
            return clixml.primitive(value, name)
        if type(value) is ps.PSObject and not value.extended and value.type_names is None:
            return self.value(value.base, name, depth)
        if isinstance(value, ps.SecureString):
            return f"<SS{clixml.named(name)}>{self._encoding.cipher.encrypt(value.text)}</SS>"
        if isinstance(value, ps.ScriptBlock):
            return f"<SBK{clixml.named(name)}>{clixml.text(value.text)}</SBK>"
        if isinstance(value, containers.Array) and value.net_type is containers.BYTE_ARRAY and not value.extended:
            content = base64.b64encode(bytes(value)).decode()
            return f"<BA{clixml.named(name)}>{content}</BA>" if content else f"<BA{clixml.named(name)} />"
        if isinstance(value, streams.ProgressRecord):
            return self._progress(value, name)
        if _named_type(value) == "System.Xml.XmlDocument":
            return f"<XD{clixml.named(name)}>{clixml.text(str(access.get_property(value, 'OuterXml')))}</XD>"
        if _named_type(value) == "System.Uri":
            return f"<URI{clixml.named(name)}>{clixml.text(objects.to_text(value))}</URI>"
        return self._object(value, name, depth)

    def _object(self, value: Any, name: str | None, depth: int) -> str:
        known = self.references.known(value, name)
        if known is not None:
            return known
        if self._level > DEEPEST:
            return clixml.primitive(_TOO_DEEP, name)
        if depth < 1 and not _is_free(value):
            return clixml.primitive(self.text_of(value), name)
        number = self.references.number()
        if self._level:  # the outermost object stands for the message, and is never referred to
            self.references.keep(value, number)
        self._level += 1
        try:
            content = self._content(value, depth)
        finally:
            self._level -= 1
        return f'<Obj{clixml.named(name)} RefId="{number}">{content}</Obj>'

    def _content(self, value: Any, depth: int) -> str:
        if type(value) is ps.PSObject:
            names = self.types(value.type_names) if value.type_names is not None else ""
            return names + self.value(value.base, None, depth) + self._extended(value, value.extended, depth)
        if isinstance(value, ps.PSCustomObject):
            return self.types(_type_names(value)) + self._extended(value, value.extended, depth)
        if isinstance(value, (containers.NetList, containers.Dictionary, containers.HashSet)):
            names = self.types(_type_names(value))
            return names + self._collection(value, depth) + self._extended(value, ps.extended_of(value), depth)
        if isinstance(value, containers.KeyValue):
            return self._pair(value, depth)
        if isinstance(value, ps.EnumValue):
            return self.types(_type_names(value)) + f"{to_string(str(value))}<I32>{value.number}</I32>"
        return self._record(value) or self._net_object(value, depth)

    def _record(self, value: Any) -> str | None:
        """What a stream carries beside output, wherever it stands; None for anything else."""
        if isinstance(value, ErrorRecord):
            return errorrecord.error_record(self, value)
        if isinstance(value, NetException):
            return errorrecord.exception(self, value)
        if isinstance(value, streams.InformationalRecord):
            return self.informational(value, merged=self.desktop)
        if isinstance(value, FormatPacket):
            return self.net_object(_type_names(value), value.kind.full_name, value.fields)
        if isinstance(value, streams.InformationRecord):
            content = self.net_object(_type_names(value), self.text_of(value), self.information_fields(value))
            return content + (f"<MS>{self._mark('Information')}</MS>" if self.desktop else "")
        return None

    def information_fields(self, record: streams.InformationRecord) -> Sequence[tuple[str, Any]]:
        """The properties of an information record; where it was written is said for the whole pool."""
        return (
            ("MessageData", record.message_data),
            ("Source", record.source or ("Write-Host" if "PSHOST" in record.tags else "Write-Information")),
            ("TimeGenerated", ps.DateTime(now_ticks(), 2)),
            ("Tags", containers.GenericList(record.tags, net.generic(net.LIST, net.STRING))),
            ("User", self._encoding.user),
            ("Computer", self._encoding.computer),
            ("ProcessId", ps.UInt32(_PROCESS)),
            ("NativeThreadId", ps.UInt32(_PROCESS)),
            ("ManagedThreadId", ps.UInt32(1)),
        )

    def _mark(self, stream: str) -> str:
        """What 5.1 notes on a record that went into the output: the stream that it was written to."""
        return self.value(True, f"Write{stream}Stream")

    def informational(self, record: streams.InformationalRecord, *, merged: bool = False) -> str:
        """The content of a warning, verbose or debug record (MS-PSRP 2.2.3.16); `merged`: it went into the output."""
        names = self.types(_type_names(record))
        written = self._mark(record.stream.capitalize()) if merged else ""
        written += self.value(record.message, "InformationalRecord_Message")
        told = record.invocation is not None
        written += self.value(told, "InformationalRecord_SerializeInvocationInfo")
        if told:
            written += invocations.of_informational(self, record.invocation)
        return f"{names}{to_string(record.message)}<MS>{written}</MS>"

    def _progress(self, record: streams.ProgressRecord, name: str | None) -> str:
        """A progress record that is a value (MS-PSRP 2.2.5.1.14), not a message of the stream."""
        kind = "Completed" if record.completed else "Processing"
        return (
            f"<PR{clixml.named(name)}><AV>{clixml.text(record.activity)}</AV><AI>{record.number}</AI>"
            f"{self.value(record.operation)}<PI>{record.parent}</PI><PC>{record.percent}</PC><T>{kind}</T>"
            f"<SR>{record.seconds}</SR><SD>{clixml.text(record.status)}</SD></PR>"
        )

    def net_object(
        self, type_names: Sequence[str], text: str, properties: Iterable[tuple[str, Any]], depth: int = 1
    ) -> str:
        """The content of an object of .NET's: type names, ToString, properties."""
        names = self.types(type_names)
        written = "".join(self.value(value, name, depth - 1) for name, value in properties)
        return names + to_string(text) + (f"<Props>{written}</Props>" if written else "")

    def types(self, names: Sequence[str]) -> str:
        """Type names, with the assemblies of this edition."""
        if self.desktop:
            names = [
                name.replace(net.CORE_ASSEMBLY, errorrecord.DESKTOP_ASSEMBLY).replace(
                    net.ENGINE_ASSEMBLY, errorrecord.DESKTOP_ENGINE
                )
                for name in names
            ]
        return self.references.types(names)

    def text_of(self, value: Any) -> str:
        """The text of an object, as its ToString gives it; of a type that the lab cannot say, its name."""
        if isinstance(value, NetException):
            return errorrecord.exception_text(value, self.newline)
        if isinstance(value, (ErrorRecord, ps.EnumValue, streams.HostInformationMessage)):
            return str(value)
        if isinstance(value, streams.InformationalRecord):
            return value.message
        if isinstance(value, streams.InformationRecord):
            return self.text_of(value.message_data)
        try:
            return objects.to_text(value)
        except (Failure, NetError):
            return _named_type(value)

    @property
    def newline(self) -> str:
        """What the edition's own texts end their lines with."""
        return "\r\n" if self.desktop else "\n"

    def _collection(self, value: containers.NetList | containers.Dictionary | containers.HashSet, depth: int) -> str:
        if isinstance(value, containers.Dictionary):
            return _container("DCT", "".join(self._entry(key, item, depth) for key, item in value.items()))
        if isinstance(value, containers.Sequence):
            tag = {"Queue": "QUE", "Stack": "STK"}.get(value.net_type.name.partition("`")[0], "LST")
            return _container(tag, "".join(self.value(item, None, depth) for item in value.enumerated()))
        items = "".join(self.value(item, None, depth) for item in value)
        if isinstance(value, containers.NetList):
            return _container("LST", items)
        return _container("IE", items) + f"<Props>{self._set_properties(value)}</Props>"

    def _set_properties(self, value: containers.HashSet) -> str:
        written = self.value(len(value), "Count")
        if self.desktop:
            return written + self.value(_comparer(value), "Comparer")
        return written + "".join(
            self.value(said, name)
            for name, said in (
                ("Capacity", _capacity(len(value))),
                ("Comparer", _comparer(value)),
                ("IsReadOnly", False),
            )
        )

    def _entry(self, key: Any, value: Any, depth: int) -> str:
        return f"<En>{self.value(key, 'Key', depth)}{self.value(value, 'Value', depth)}</En>"

    def _pair(self, pair: containers.KeyValue, depth: int) -> str:
        text = f"[{_inner_text(pair.key)}, {_inner_text(pair.value)}]"
        content = self.net_object(_type_names(pair), text, (("Key", pair.key), ("Value", pair.value)), depth)
        if pair.net_type is net.DICTIONARY_ENTRY:
            content += f"<MS>{self.value(pair.key, 'Name', depth - 1)}</MS>"
        return content

    def _net_object(self, value: Any, depth: int) -> str:
        if _named_type(value) == "System.ArrayEnumerator":
            names = [name for name in _type_names(value) if name != "System.Collections.Enumerator"]
            return f"{self.types(names)}{to_string('System.ArrayEnumerator')}<Props />"
        if _named_type(value) in _LISTS:
            items = "".join(self.value(item, None, depth) for item in objects.unroll(value) or ())
            return self.types(_type_names(value)) + _container("LST", items)
        if isinstance(value, grids.Grid):
            items = "".join(self.value(item, None, depth) for item in value)
            return self.types(_type_names(value)) + _container("LST", items)
        extended = ps.extended_of(value) or {}
        properties: Iterable[tuple[str, Any]] | None = _known_properties(value)
        if properties is None:
            own = [name for name in access.property_names(value) if name.lower() not in extended]
            properties = _read(value, own)
        content = self.net_object(_type_names(value), self.text_of(value), properties, depth)
        if _named_type(value) == "System.Net.IPAddress":
            return f"{content}<MS>{self.value(str(access.get_property(value, 'IPAddressToString')), 'IPAddressToString')}</MS>"
        return content + self._extended(value, extended, depth)

    def _extended(self, value: Any, extended: Members | None, depth: int) -> str:
        if not extended:
            return ""
        written = []
        for member in extended.values():
            if isinstance(member, ps.NoteProperty):
                written.append(self.value(member.value, member.name, depth))
            elif member.kind.endswith("Property"):
                written.extend(self.value(read, name, depth) for name, read in _read(value, [member.name]))
        return f"<MS>{''.join(written)}</MS>" if written else ""


def no_arguments() -> tuple[containers.GenericDictionary, containers.GenericList]:
    """The BoundParameters and UnboundArguments of an invocation that has none."""
    bound = containers.GenericDictionary([], net_type=net.generic(net.DICTIONARY, net.STRING, net.OBJECT))
    return bound, containers.GenericList([], net.generic(net.LIST, net.OBJECT))


def to_string(text: str) -> str:
    """The ToString element of an object."""
    return f"<ToString>{clixml.text(text)}</ToString>"


_PRIMES: Final = (0, 3, 7, 17, 37, 89, 197, 431, 919, 1931, 4049, 8419, 17519, 36353, 75431, 156437, 324449, 672827)


def _capacity(count: int) -> int:
    """The capacity of a HashSet that has grown element by element (HashHelpers.ExpandPrime of .NET)."""
    return next((prime for prime in _PRIMES if prime >= count), count)


def _comparer(value: containers.HashSet) -> str:
    """The text of the default comparer of a set's elements."""
    element = value.net_type.args[0] if value.net_type.args else net.OBJECT
    kind = "Generic" if element.is_value or element is net.STRING else "Object"
    return f"System.Collections.Generic.{kind}EqualityComparer`1[{element}]"


def _known_properties(value: Any) -> Sequence[tuple[str, Any]] | None:
    """The properties of the engine's own objects that travel often."""
    order = _ORDER.get(_named_type(value))
    if order is not None:
        return [(name, read) for name, read in _read(value, order) if read is not access.MISSING]
    if isinstance(value, ps.PSCredential):
        return (("UserName", value.user_name), ("Password", value.password))
    if isinstance(value, streams.HostInformationMessage):
        return (
            ("Message", value.message),
            ("NoNewLine", value.no_new_line),
            ("ForegroundColor", value.foreground),
            ("BackgroundColor", value.background),
        )
    return None


def _read(value: Any, names: Iterable[str]) -> Iterable[tuple[str, Any]]:
    """The properties that can be read; one that raises is left out, as the real serializer does."""
    for name in names:
        try:
            yield name, access.get_property(value, name)
        except (Failure, NetError):
            continue


def _container(tag: str, content: str) -> str:
    return f"<{tag}>{content}</{tag}>" if content else f"<{tag} />"


def _inner_text(value: Any) -> str:
    return "" if value is None else objects.to_text(value)


def _named_type(value: Any) -> str:
    return ps.type_of(value).full_name


def _type_names(value: Any) -> list[str]:
    changed = getattr(value, "type_names", None)
    if changed is not None:
        return list(changed)
    if isinstance(value, ps.PSCustomObject):
        return list(ps.CUSTOM_OBJECT_NAMES)
    return [kind.full_name for kind in ps.type_of(value).ancestry()]


def _is_free(value: Any) -> bool:
    """Whether an object is written in full at any depth."""
    if type(value) is ps.PSObject:
        return _is_free(value.base) or clixml.is_primitive(value.base)
    kinds = (
        ps.PSCustomObject,
        containers.NetList,
        containers.Dictionary,
        containers.HashSet,
        NetException,
        FormatPacket,
    )
    return isinstance(value, kinds) or _named_type(value) in _LISTS
