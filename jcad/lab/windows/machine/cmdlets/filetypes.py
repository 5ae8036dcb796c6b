"""[IO.File], [IO.Directory], [IO.FileInfo], [IO.FileStream], [IO.DriveInfo] on a lab host's files; what Get-Item gives."""

from __future__ import annotations

import ntpath
from typing import TYPE_CHECKING, Any, Final

from jcad.errors import LabUnsupported
from jcad.lab.powershell import nettype as net
from jcad.lab.powershell.errors import NetError
from jcad.lab.powershell.members import CodeProperty, NetObject, NoteProperty
from jcad.lab.powershell.objects import textual
from jcad.lab.powershell.types import resolve
from jcad.lab.powershell.types.convert import byte_array
from jcad.lab.powershell.types.registry import members_of
from jcad.lab.powershell.values import AUTOMATION_NULL, STRING_ARRAY, Array, EnumValue, Int64
from jcad.lab.windows.machine.cmdlets.base import io_error, moment, running_session
from jcad.lab.windows.machine.cmdlets.streams import STREAM, Stream
from jcad.lab.windows.machine.files import WRITING, FileFault, FileSystem, Handle, Node, Trouble, full

if TYPE_CHECKING:
    from collections.abc import Callable

resolve("object")  # the types that signatures name
_IO: Final = "System.IO."
MODE: Final = net.define(
    _IO + "FileMode", names={"CreateNew": 1, "Create": 2, "Open": 3, "OpenOrCreate": 4, "Truncate": 5, "Append": 6}
)
ACCESS: Final = net.define(_IO + "FileAccess", names={"Read": 1, "Write": 2, "ReadWrite": 3}, flags=True)
SHARE: Final = net.define(
    _IO + "FileShare",
    names={"None": 0, "Read": 1, "Write": 2, "ReadWrite": 3, "Delete": 4, "Inheritable": 16},
    flags=True,
)
ORIGIN: Final = net.define(_IO + "SeekOrigin", names={"Begin": 0, "Current": 1, "End": 2})
ATTRIBUTES: Final = net.define(
    _IO + "FileAttributes",
    names={
        "ReadOnly": 1,
        "Hidden": 2,
        "System": 4,
        "Directory": 16,
        "Archive": 32,
        "Normal": 128,
        "ReparsePoint": 1024,
    },
    flags=True,
)
_INFO: Final = net.define(_IO + "FileSystemInfo")
FILE_INFO: Final = net.define(_IO + "FileInfo", base=_INFO)
FOLDER_INFO: Final = net.define(_IO + "DirectoryInfo", base=_INFO)
FILE_STREAM: Final = net.define(_IO + "FileStream", base=STREAM)
FILE: Final = net.define(_IO + "File")
FOLDER: Final = net.define(_IO + "Directory")
DRIVE: Final = net.define(_IO + "DriveInfo")


def _files() -> FileSystem:
    return running_session().machine.files


class FileInfo(NetObject):
    """A FileInfo or DirectoryInfo: a path, and what is there when asked."""

    __slots__ = ("net_type", "path")

    def __init__(self, path: str, *, folder: bool = False) -> None:
        super().__init__()
        self.path = full(path)
        self.net_type = FOLDER_INFO if folder else FILE_INFO

    @property
    def node(self) -> Node | None:
        """What is there now."""
        return _files().find(self.path)

    @property
    def length(self) -> int:
        """The size of the file in bytes. Raises NetError where there is none."""
        node = self.node
        if node is None or node.content is None:
            raise NetError.of("System.IO.FileNotFoundException", f"Could not find file '{self.path}'.")
        return len(node.content)


def item_of(node: Node) -> FileInfo:
    """A file or folder as Get-Item gives it."""
    made = FileInfo(node.path, folder=node.is_folder)
    parent = ntpath.dirname(node.path)
    provider = "Microsoft.PowerShell.Core\\FileSystem::"
    made.extended = {
        "pspath": NoteProperty("PSPath", provider + node.path),
        "psparentpath": NoteProperty("PSParentPath", provider + parent),
        "pschildname": NoteProperty("PSChildName", node.name),
        "psiscontainer": NoteProperty("PSIsContainer", node.is_folder),
        "basename": CodeProperty("BaseName", lambda one: ntpath.splitext(ntpath.basename(one.path))[0]),
    }
    return made


class FileStream(Stream):
    """An open file."""

    __slots__ = ("at", "closed", "handle", "node", "writes")
    net_type = FILE_STREAM

    def __init__(self, node: Node, *, at: int, writes: bool, handle: Handle | None = None) -> None:
        super().__init__()
        self.node = node
        self.at = at
        self.writes = writes
        self.closed = False
        self.handle = handle
        if handle is not None:
            node.handles.append(handle)

    def _open(self) -> bytearray:
        if self.closed or self.node.content is None:
            raise NetError.of("System.ObjectDisposedException", "Cannot access a closed file.")
        return self.node.content

    def take(self, count: int) -> bytes:
        """Read bytes."""
        got = bytes(memoryview(self._open())[self.at : self.at + count])
        self.at += len(got)
        return got

    def put(self, octets: bytes) -> None:
        """Write bytes."""
        self._open()
        if not self.writes:
            raise NetError.of("System.NotSupportedException", "Stream does not support writing.")
        _attempt(lambda: _files().patch(self.node, self.at, octets))
        self.at += len(octets)

    def seek(self, offset: int, origin: Any) -> Int64:
        """Go to a place."""
        number = getattr(origin, "number", 0)
        self.at = int(offset) + (0, self.at, len(self._open()))[number]
        return Int64(self.at)

    def set_length(self, length: int) -> None:
        """Cut the file, or fill it with zeros."""
        held = self._open()
        if length < len(held):
            del held[length:]
        else:
            _attempt(lambda: _files().patch(self.node, len(held), bytes(length - len(held))))
        self.at = min(self.at, length)

    def close(self) -> Any:
        """Close it."""
        self.closed = True
        if self.handle in self.node.handles:
            self.node.handles.remove(self.handle)
        return AUTOMATION_NULL

    def go_to(self, at: int) -> None:
        """Set Position."""
        self.at = int(at)


def _attempt(do: Callable[[], Any]) -> Any:
    try:
        return do()
    except FileFault as fault:
        raise io_error(fault) from fault


def open_file(path: str, mode: Any, access: Any = None, share: Any = None) -> FileStream:
    """`[IO.File]::Open` and `[IO.FileStream]::new`. Sharing that is asked for is kept to, until the session's end.

    Where it is not, the lab lets others do what they want: .NET would not.
    """
    files, number, session = _files(), mode.number, running_session()
    wanted = getattr(access, "number", 2 if number == 6 else 3)
    node = _attempt(lambda: _opened(files, full(path), number))
    handle = None if share is None else Handle(share.number, session.ended.is_set, wanted)
    if handle is not None:
        _attempt(lambda: files.check_use(node, wanted, handle.share))
    elif wanted & WRITING:
        _attempt(lambda: files.check_use(node, WRITING))
    return FileStream(
        node, at=len(node.content or b"") if number == 6 else 0, writes=bool(wanted & WRITING), handle=handle
    )


def _opened(files: FileSystem, path: str, mode: int) -> Node:
    node = files.find(path)
    if node is not None and node.is_folder:
        raise FileFault(Trouble.IS_FOLDER, path)
    if node is None and mode in {3, 5}:
        raise FileFault(Trouble.NOT_FOUND, path)
    if node is not None and mode == 1:
        raise FileFault(Trouble.EXISTS, path)
    if node is None or mode in {1, 2, 5}:
        return files.write(path, b"")
    return node


def _decoded(content: bytes) -> str:
    """A text file: by its mark, else UTF-8."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16")
    return content.decode("utf-8-sig", "replace")


def _lines(path: str) -> Array:
    return Array(_decoded(_attempt(lambda: _files().read(path))).splitlines(), STRING_ARRAY)


def _is(path: str | None, *, folder: bool) -> bool:
    node = _files().find(path) if path else None
    return node is not None and node.is_folder == folder


def _delete(path: str) -> Any:
    if _is(path, folder=False):
        _attempt(lambda: _files().remove(path))
    return AUTOMATION_NULL


def _done(value: Any) -> Any:
    del value
    return AUTOMATION_NULL


def _encoded(text: str, encoding: Any) -> bytes:
    name = str(getattr(encoding, "name", "utf-8")).lower()
    mark = b"\xef\xbb\xbf" if getattr(encoding, "marked", False) else b""
    if "utf-8" not in name and "utf8" not in name and "ascii" not in name:
        raise LabUnsupported(f"[IO.File]::WriteAllText in {name}")
    return mark + text.encode()


def _attributes(path: str) -> EnumValue:
    return EnumValue(ATTRIBUTES, _attempt(lambda: _files().get(path)).attributes)


def _declare_file() -> None:
    file = members_of(FILE)
    file.static("GetAttributes(string)", _attributes)
    file.static("Exists(string)", lambda path: _is(path, folder=False))
    file.static("Delete(string)", _delete)
    file.static("ReadAllBytes(string)", lambda path: byte_array(_attempt(lambda: _files().read(path))))
    file.static("WriteAllBytes(string, byte[])",
                lambda path, octets: _done(_attempt(lambda: _files().write(path, bytes(octets)))))  # fmt: skip
    file.static("ReadAllText(string)", lambda path: _decoded(_attempt(lambda: _files().read(path))))
    file.static("ReadAllText(string, object)", lambda path, _e: _decoded(_attempt(lambda: _files().read(path))))
    file.static("ReadAllLines(string)", _lines)
    file.static("WriteAllText(string, string)",
                lambda path, text: _done(_attempt(lambda: _files().write(path, (text or "").encode()))))  # fmt: skip
    file.static("WriteAllText(string, string, object)",
                lambda path, text, how: _done(_attempt(lambda: _files().write(path, _encoded(text or "", how)))))  # fmt: skip
    file.static("AppendAllText(string, string)",
                lambda path, text: _done(_attempt(lambda: _files().write(path, (text or "").encode(), at=None))))  # fmt: skip
    file.static("Move(string, string)", lambda one, two: _done(_attempt(lambda: _files().move(one, two))))
    for signature in ("Replace(string, string, string)", "Replace(string, string, string, bool)"):
        file.static(
            signature, lambda new, old, backup, *_ignore: _done(_attempt(lambda: _files().replace(new, old, backup)))
        )
    file.static("Copy(string, string, bool)",
                lambda one, two, over: _done(_attempt(lambda: _files().write(two, _files().read(one), exist=over))))  # fmt: skip
    file.static("Open(string, System.IO.FileMode)", open_file)
    file.static("Open(string, System.IO.FileMode, System.IO.FileAccess)", open_file)
    file.static("Open(string, System.IO.FileMode, System.IO.FileAccess, System.IO.FileShare)", open_file)
    file.static("OpenRead(string)", lambda path: _opening(path, 3, 1))
    file.static("OpenWrite(string)", lambda path: _opening(path, 4, 2))
    file.static("Create(string)", lambda path: _opening(path, 2, 3))
    folder = members_of(FOLDER)
    folder.static("Exists(string)", lambda path: _is(path, folder=True))
    folder.static("CreateDirectory(string)", lambda path: item_of(_attempt(lambda: _files().make_folder(path))))
    folder.static("Delete(string, bool)",
                  lambda path, deep: _done(_attempt(lambda: _files().remove(path, recurse=deep))))  # fmt: skip


def _opening(path: str, mode: int, access: int) -> FileStream:
    node = _attempt(lambda: _opened(_files(), full(path), mode))
    return FileStream(node, at=0, writes=bool(access & 2))


def _declare_info() -> None:
    info = members_of(_INFO)
    info.property("FullName", lambda one: one.path, "string")
    info.property("Name", lambda one: ntpath.basename(one.path) or one.path, "string")
    info.property(
        "Exists", lambda one: one.node is not None and one.node.is_folder == (one.net_type is FOLDER_INFO), "bool"
    )
    info.property("Attributes", lambda one: _attributes(one.path), "System.IO.FileAttributes")
    info.property("Extension", lambda one: ntpath.splitext(one.path)[1], "string")
    for name, kind in (("LastWriteTime", 2), ("LastWriteTimeUtc", 1)):
        info.property(name, lambda one, kind=kind: moment(one.node.written if one.node else 0, kind=kind))
    for name, kind in (("CreationTime", 2), ("CreationTimeUtc", 1)):
        info.property(name, lambda one, kind=kind: moment(one.node.created if one.node else 0, kind=kind))
    info.method("Refresh()", lambda _one: AUTOMATION_NULL)
    info.method("Delete()", lambda one: _delete(one.path))
    file = members_of(FILE_INFO)
    file.constructor("(string)", FileInfo)
    file.property("Length", lambda one: Int64(one.length), "long")
    file.method("OpenRead()", lambda one: _opening(one.path, 3, 1))
    file.property("DirectoryName", lambda one: ntpath.dirname(one.path), "string")
    members_of(FOLDER_INFO).constructor("(string)", lambda path: FileInfo(path, folder=True))
    textual(FileInfo, lambda one, _spec, _invariant: one.path)


def _declare_stream() -> None:
    stream = members_of(FILE_STREAM)
    stream.constructor("(string, System.IO.FileMode)", open_file)
    stream.constructor("(string, System.IO.FileMode, System.IO.FileAccess)", open_file)
    stream.constructor("(string, System.IO.FileMode, System.IO.FileAccess, System.IO.FileShare)", open_file)
    stream.method("Seek(long, System.IO.SeekOrigin)", FileStream.seek)
    stream.method("SetLength(long)", lambda one, length: _done(one.set_length(length)))
    for name in ("Flush()", "Flush(bool)"):
        stream.method(name, lambda *_one: AUTOMATION_NULL)
    stream.property("Length", lambda one: Int64(len(one.node.content or b"")), "long")
    stream.property("Position", lambda one: Int64(one.at), "long", FileStream.go_to)
    stream.property("Name", lambda one: one.node.path, "string")
    stream.property("CanWrite", lambda one: one.writes, "bool")


class DriveInfo(NetObject):
    """The drive C:."""

    __slots__ = ()
    net_type = DRIVE


def _drive(name: str) -> DriveInfo:
    if name[:1].upper() != "C":
        raise LabUnsupported(f"the drive {name}")
    return DriveInfo()


def _declare_drive() -> None:
    drive = members_of(DRIVE)
    drive.constructor("(string)", _drive)
    drive.property("Name", lambda _one: "C:\\", "string")
    drive.property("AvailableFreeSpace", lambda _one: Int64(_files().free), "long")
    drive.property("TotalFreeSpace", lambda _one: Int64(_files().free), "long")
    drive.property("TotalSize", lambda _one: Int64(_files().size), "long")


_declare_file()
_declare_info()
_declare_stream()
_declare_drive()
