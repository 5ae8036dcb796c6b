"""Zip files as scripts write them: Add-Type of the assemblies that are there, [IO.Compression.ZipArchive] in create mode."""

from __future__ import annotations

import io
import zipfile
from typing import Any, Final

from jcad.errors import LabUnsupported
from jcad.lab.powershell import nettype as net
from jcad.lab.powershell.command import parameter
from jcad.lab.powershell.errors import NetError
from jcad.lab.powershell.members import NetObject
from jcad.lab.powershell.types.registry import members_of
from jcad.lab.powershell.values import AUTOMATION_NULL
from jcad.lab.windows.machine.cmdlets.base import SWITCH, TEXT, TEXTS, MachineCmdlet, own
from jcad.lab.windows.machine.cmdlets.streams import STREAM, Stream

_NAME: Final = "System.IO.Compression."
MODE: Final = net.define(_NAME + "ZipArchiveMode", names={"Read": 0, "Create": 1, "Update": 2})
ARCHIVE: Final = net.define(_NAME + "ZipArchive", interfaces=(net.IDISPOSABLE,))
ENTRY_STREAM: Final = net.define(_NAME + "WrappedStream", base=STREAM)
ENTRY: Final = net.define(_NAME + "ZipArchiveEntry")
_ASSEMBLIES: Final = frozenset(
    {"system.io.compression", "system.directoryservices", "system.security", "system.serviceprocess"}
)


@own(
    "Add-Type",
    {
        "AssemblyName": parameter(TEXTS, {"FromAssemblyName": "mandatory"}, "AN"),
        "TypeDefinition": parameter(TEXT, {"FromSource": "mandatory, position 0"}),
        "MemberDefinition": parameter(TEXT, {"FromMember": "mandatory, position 1"}),
        "Name": parameter(TEXT, {"FromMember": "mandatory, position 0"}),
        "Path": parameter(TEXTS, {"FromPath": "mandatory"}),
        "PassThru": parameter(SWITCH),
    },
    default_set="FromSource",
    unsupported="TypeDefinition MemberDefinition Name Path PassThru",
)
class AddType(MachineCmdlet):
    """Load an assembly whose types the lab has anyway."""

    __slots__ = ()

    def process(self) -> None:
        """Nothing more to do; another assembly is refused by name."""
        for name in self.texts("AssemblyName"):
            if name.lower() not in _ASSEMBLIES:
                raise LabUnsupported(f"Add-Type -AssemblyName {name}")


class ZipArchive(NetObject):
    """A zip file that is written into a stream."""

    __slots__ = ("closed", "held", "target", "writer")
    net_type = ARCHIVE

    def __init__(self, target: Stream, mode: Any) -> None:
        super().__init__()
        if mode.number != 1:
            raise LabUnsupported("[IO.Compression.ZipArchive] but to write one")
        self.target = target
        self.held = io.BytesIO()
        self.writer = zipfile.ZipFile(self.held, "w", zipfile.ZIP_DEFLATED)
        self.closed = False

    def close(self) -> Any:
        """`Dispose`: what was written goes into the stream."""
        if not self.closed:
            self.closed = True
            self.writer.close()
            self.target.put(self.held.getvalue())
        return AUTOMATION_NULL


class ZipArchiveEntry(NetObject):
    """One entry, of which nothing is written yet."""

    __slots__ = ("archive", "name")
    net_type = ENTRY

    def __init__(self, archive: ZipArchive, name: str) -> None:
        super().__init__()
        self.archive = archive
        self.name = name

    def open(self) -> EntryStream:
        """`Open`."""
        return EntryStream(self)


class EntryStream(Stream):
    """What is written into an entry; it is in the archive once it is closed."""

    __slots__ = ("closed", "entry", "held")
    net_type = ENTRY_STREAM

    def __init__(self, entry: ZipArchiveEntry) -> None:
        super().__init__()
        self.entry = entry
        self.held = bytearray()
        self.closed = False

    def put(self, octets: bytes) -> None:
        """Write bytes."""
        if self.closed:
            raise NetError.of("System.ObjectDisposedException", "Cannot access a closed Stream.")
        self.held += octets

    def close(self) -> Any:
        """Close it."""
        if not self.closed:
            self.closed = True
            self.entry.archive.writer.writestr(self.entry.name, bytes(self.held))
        return AUTOMATION_NULL


_ARCHIVE: Final = members_of(ARCHIVE)
_ARCHIVE.constructor("(System.IO.Stream, System.IO.Compression.ZipArchiveMode)", ZipArchive)
_ARCHIVE.method("CreateEntry(string)", ZipArchiveEntry)
_ARCHIVE.method("Dispose()", ZipArchive.close)
_ENTRY: Final = members_of(ENTRY)
_ENTRY.method("Open()", ZipArchiveEntry.open)
_ENTRY.property("FullName", lambda one: one.name, "string")
_WRAPPED: Final = members_of(ENTRY_STREAM)
for _each in ("Close()", "Dispose()"):
    _WRAPPED.method(_each, EntryStream.close)
