"""[IO.Stream], [IO.MemoryStream], [IO.BinaryReader]: bytes in order, whatever they come from."""

from __future__ import annotations

from typing import Any, Final

from jcad.lab.powershell import nettype as net
from jcad.lab.powershell.errors import NetError
from jcad.lab.powershell.members import NetObject
from jcad.lab.powershell.types import resolve
from jcad.lab.powershell.types.convert import byte_array
from jcad.lab.powershell.types.registry import members_of
from jcad.lab.powershell.values import AUTOMATION_NULL, Array, Int64

resolve("object")  # the types that signatures name
STREAM: Final = net.define("System.IO.Stream", interfaces=(net.IDISPOSABLE,))
MEMORY: Final = net.define("System.IO.MemoryStream", base=STREAM)
READER: Final = net.define("System.IO.BinaryReader", interfaces=(net.IDISPOSABLE,))
_COPIED: Final = 1 << 20


class Stream(NetObject):
    """Bytes in order: `take` reads some, none at the end; `put` writes them."""

    __slots__ = ()
    net_type = STREAM

    def take(self, count: int) -> bytes:
        """Read at most so many bytes."""
        del count
        raise NetError.of("System.NotSupportedException", "Stream does not support reading.")

    def put(self, octets: bytes) -> None:
        """Write bytes."""
        del octets
        raise NetError.of("System.NotSupportedException", "Stream does not support writing.")

    def close(self) -> Any:
        """Close it."""
        return AUTOMATION_NULL

    def read(self, into: Array, start: int, count: int) -> int:
        """`Read`: bytes into an array; how many."""
        got = self.take(count)
        into[start : start + len(got)] = byte_array(got)
        return len(got)

    def write(self, octets: Array, start: int, count: int) -> Any:
        """`Write`: bytes of an array."""
        self.put(bytes(octets if not start and count == len(octets) else octets[start : start + count]))
        return AUTOMATION_NULL

    def copy_to(self, other: Stream, *_size: int) -> Any:
        """`CopyTo`."""
        while octets := self.take(_COPIED):
            other.put(octets)
        return AUTOMATION_NULL


class MemoryStream(Stream):
    """A stream in memory, at its end."""

    __slots__ = ("at", "held")
    net_type = MEMORY

    def __init__(self, held: Array | None = None) -> None:
        super().__init__()
        self.held = bytearray(held or ())
        self.at = 0

    def take(self, count: int) -> bytes:
        """Read bytes from where it stands."""
        got = bytes(memoryview(self.held)[self.at : self.at + count])
        self.at += len(got)
        return got

    def put(self, octets: bytes) -> None:
        """Write bytes where it stands."""
        self.held[self.at : self.at + len(octets)] = octets
        self.at += len(octets)

    def write_to(self, other: Stream) -> Any:
        """`WriteTo`: all of it, wherever it stands."""
        if self.held:
            other.put(bytes(self.held))
        return AUTOMATION_NULL

    def go_to(self, at: int) -> None:
        """Set Position."""
        self.at = int(at)

    def set_length(self, length: int) -> Any:
        """`SetLength`: cut it, or fill it with zeros."""
        del self.held[length:]
        self.held.extend(bytes(length - len(self.held)))
        self.at = min(self.at, length)
        return AUTOMATION_NULL


class BinaryReader(NetObject):
    """Reads a stream."""

    __slots__ = ("stream",)
    net_type = READER

    def __init__(self, stream: Stream) -> None:
        super().__init__()
        self.stream = stream

    def octets(self, count: int) -> Array:
        """`ReadBytes`: as many as that, fewer at the end."""
        if count < 0:
            raise NetError.of("System.ArgumentOutOfRangeException", "Non-negative number required.")
        return byte_array(self.stream.take(count))


_STREAM: Final = members_of(STREAM)
_STREAM.method("Read(byte[], int, int)", Stream.read)
_STREAM.method("Write(byte[], int, int)", Stream.write)
_STREAM.method("CopyTo(System.IO.Stream)", Stream.copy_to)
_STREAM.method("CopyTo(System.IO.Stream, int)", Stream.copy_to)
_STREAM.method("Flush()", lambda _one: AUTOMATION_NULL)
for _name in ("Close()", "Dispose()"):
    _STREAM.method(_name, lambda one: one.close())
_MEMORY: Final = members_of(MEMORY)
_MEMORY.constructor("()", MemoryStream)
_MEMORY.constructor("(byte[])", MemoryStream)
_MEMORY.method("ToArray()", lambda one: byte_array(bytes(one.held)))
_MEMORY.method("SetLength(long)", MemoryStream.set_length)
_MEMORY.method("WriteTo(System.IO.Stream)", MemoryStream.write_to)
_MEMORY.property("Length", lambda one: Int64(len(one.held)), "long")
_MEMORY.property("Position", lambda one: Int64(one.at), "long", MemoryStream.go_to)
_READER: Final = members_of(READER)
_READER.constructor("(System.IO.Stream)", BinaryReader)
_READER.method("ReadBytes(int)", BinaryReader.octets)
_READER.property("BaseStream", lambda one: one.stream, "System.IO.Stream")
for _name in ("Close()", "Dispose()"):
    _READER.method(_name, lambda one: one.stream.close())
