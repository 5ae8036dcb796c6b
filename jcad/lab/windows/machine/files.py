"""The files of a lab host, kept in memory: folders and files by path, free space, a folder's access control as text.

Pure bookkeeping, thread-safe. Paths are Windows' and ignore case; `FileFault` says what .NET and the cmdlets would.
"""

from __future__ import annotations

import ntpath
import re
import threading
import time
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Final

from jcad.errors import LabUnsupported

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

INHERITED_SDDL: Final = "O:BAG:SYD:AI(A;OICIID;FA;;;SY)(A;OICIID;FA;;;BA)(A;OICIID;0x1200a9;;;BU)"
"""What a folder below C:\\Program Files inherits, roughly.  # unverified on Windows"""
_ALIASES: Final = {"S-1-5-32-544": "BA", "S-1-5-18": "SY"}
MAX_PATH: Final = 260
"""What .NET Framework allows to a path, its end counted, unless long paths were switched on."""
DISK_SIZE: Final = 128 * 2**30
DISK_FREE: Final = 96 * 2**30


class Trouble(Enum):
    """Why a file cannot be had."""

    NOT_FOUND = "not found"
    NO_PARENT = "no parent"
    EXISTS = "exists"
    IS_FOLDER = "is a folder"
    NOT_EMPTY = "not empty"
    DISK_FULL = "disk full"
    IN_USE = "in use"
    TOO_LONG = "too long"
    DENIED = "denied"


class FileFault(Exception):
    """An operation on a file that Windows would refuse; `path` is the file's."""

    def __init__(self, trouble: Trouble, path: str) -> None:
        super().__init__(f"{trouble.value}: {path}")
        self.trouble = trouble
        self.path = path


READING, WRITING, REMOVING = 1, 2, 4
"""What one does with a file, as FileShare counts it."""


@dataclass(eq=False, slots=True)
class Handle:
    """An open file: what its holder lets others do meanwhile, whether he is gone, and what he does himself."""

    share: int
    ended: Callable[[], bool]
    access: int = READING


@dataclass(eq=False, slots=True)
class Node:
    """A file (`content`) or a folder (None), with its times in seconds since 1970 and its descriptor in SDDL.

    `is_link` makes it a reparse point, such as a junction; where it leads the lab does not follow.
    """

    path: str
    content: bytearray | None
    created: float = field(default_factory=time.time)
    written: float = field(default_factory=time.time)
    sddl: str = INHERITED_SDDL
    handles: list[Handle] = field(default_factory=list, repr=False)
    is_link: bool = False

    @property
    def is_folder(self) -> bool:
        """Whether it is a folder."""
        return self.content is None

    def permits(self, sids: Iterable[str]) -> bool:
        """Whether whoever has these SIDs may read it, by the descriptor's entries alone (as far as the lab's go)."""
        trustees = set(re.findall(r"\(A;[A-Z]*;[^;]*;;;([^)]+)\)", self.sddl))
        return bool(trustees & {_ALIASES.get(sid, sid) for sid in sids} | trustees & {"BU", "WD"})

    @property
    def attributes(self) -> int:
        """FileAttributes: Directory or Archive, ReparsePoint."""
        return (16 if self.is_folder else 32) | (1024 if self.is_link else 0)

    @property
    def name(self) -> str:
        """The last part of its path; of a drive, the drive."""
        return ntpath.basename(self.path) or self.path


def full(path: str, folder: str = "C:\\") -> str:
    """The full form of a path: drive letter, backslashes, no `..`, no backslash at its end but a drive's own."""
    text = path.replace("/", "\\").removeprefix("Microsoft.PowerShell.Core\\FileSystem::").removeprefix("FileSystem::")
    if text.startswith("\\\\"):
        raise LabUnsupported(f"the UNC path {path}")
    text = ntpath.normpath(ntpath.join(folder, text))
    return text + "\\" if text.endswith(":") else text


def _made(path: str) -> str:
    """The full form of the path of something that is to be made. Raises `FileFault` where it is too long."""
    where = full(path)
    if len(where) >= MAX_PATH:
        raise FileFault(Trouble.TOO_LONG, where)
    return where


class FileSystem:
    """The drive C: of one host."""

    def __init__(self, *, size: int = DISK_SIZE, free: int = DISK_FREE) -> None:
        self._lock = threading.RLock()
        self._nodes: dict[str, Node] = {"c:\\": Node("C:\\", None)}
        self.size = size
        self._room = free
        for folder in (
            "C:\\Windows\\System32",
            "C:\\Windows\\Temp",
            "C:\\Program Files",
            "C:\\ProgramData",
            "C:\\Users",
        ):
            self.make_folder(folder)

    @property
    def free(self) -> int:
        """Bytes that are free."""
        with self._lock:
            return max(self._room - sum(len(node.content or b"") for node in self._nodes.values()), 0)

    def set_free(self, octets: int) -> None:
        """Leave so many bytes free: what a test does to fill a disk."""
        with self._lock:
            self._room += octets - self.free

    def find(self, path: str) -> Node | None:
        """The file or folder of this path, or None."""
        with self._lock:
            return self._nodes.get(full(path).lower())

    def get(self, path: str) -> Node:
        """The file or folder of this path. Raises `FileFault`."""
        found = self.find(path)
        if found is None:
            raise FileFault(Trouble.NOT_FOUND, full(path))
        return found

    def read(self, path: str) -> bytes:
        """A file's content. Raises `FileFault`."""
        with self._lock:
            node = self.get(path)
            if node.content is None:
                raise FileFault(Trouble.IS_FOLDER, node.path)
            return bytes(node.content)

    def write(self, path: str, content: bytes, *, at: int | None = 0, exist: bool = True) -> Node:
        """Write bytes into a file from an offset on (None: at its end; 0: in place of what it held). Raises `FileFault`.

        The folder must exist; `exist=False` refuses a file that is there already.
        """
        where = _made(path)
        with self._lock:
            node = self._nodes.get(where.lower())
            if node is not None and node.content is None:
                raise FileFault(Trouble.IS_FOLDER, where)
            if node is not None and not exist:
                raise FileFault(Trouble.EXISTS, where)
            if node is not None:
                self.check_use(node, WRITING)
            held = bytearray() if node is None or node.content is None or at == 0 else bytearray(node.content)
            start = len(held) if at is None else at
            held[start : start + len(content)] = content
            self._check_room(len(held) - (len(node.content or b"") if node else 0), where)
            if node is None:
                self._parent_of(where)
                node = self._nodes[where.lower()] = Node(where, bytearray())
            node.content, node.written = held, time.time()
            return node

    def patch(self, node: Node, at: int, content: bytes) -> None:
        """Write bytes into an open file at an offset, keeping the rest: a stream's write. Raises `FileFault`."""
        with self._lock:
            held = node.content
            if held is None:
                raise FileFault(Trouble.IS_FOLDER, node.path)
            self._check_room(max(at + len(content) - len(held), 0), node.path)
            if at > len(held):
                held.extend(bytes(at - len(held)))
            held[at : at + len(content)] = content
            node.written = time.time()

    def check_use(self, node: Node, what: int, share: int = READING | WRITING | REMOVING) -> None:
        """Raise `FileFault` where somebody has a file open and does not let others do that, or does more than is shared."""
        with self._lock:
            if any(not one.ended() and (what & ~one.share or one.access & ~share) for one in node.handles):
                raise FileFault(Trouble.IN_USE, node.path)

    def _check_room(self, more: int, path: str) -> None:
        if more > 0 and more > self.free:
            raise FileFault(Trouble.DISK_FULL, path)

    def _parent_of(self, path: str) -> Node:
        parent = self._nodes.get(full(ntpath.dirname(path)).lower())
        if parent is None or not parent.is_folder:
            raise FileFault(Trouble.NO_PARENT, path)
        return parent

    def make_folder(self, path: str, sddl: str | None = None) -> Node:
        """Make a folder and those above it, with a descriptor; one that is there already stays as it is.

        Raises `FileFault` for a file, and for a drive that there is not.
        """
        where = _made(path)
        with self._lock:
            node = self._nodes.get(where.lower())
            if node is None:
                if ntpath.dirname(where) == where:
                    raise FileFault(Trouble.NO_PARENT, where)
                self.make_folder(ntpath.dirname(where), sddl)
                node = self._nodes[where.lower()] = Node(where, None, sddl=sddl or INHERITED_SDDL)
            elif not node.is_folder:
                raise FileFault(Trouble.EXISTS, where)
            return node

    def children(self, path: str, *, below: bool = False) -> Iterator[Node]:
        """What a folder holds, by name; with `below` what its folders hold as well."""
        top = full(path).lower().rstrip("\\") + "\\"
        with self._lock:
            found = [node for key, node in sorted(self._nodes.items()) if key.startswith(top) and key != top]
        return (node for node in found if below or "\\" not in node.path[len(top) :])

    def remove(self, path: str, *, recurse: bool = False) -> None:
        """Remove a file, or a folder with `recurse` and all that it holds. Raises `FileFault`."""
        with self._lock:
            node = self.get(path)
            held = list(self.children(node.path, below=True)) if node.is_folder else []
            if held and not recurse:
                raise FileFault(Trouble.NOT_EMPTY, node.path)
            for each in (*held, node):
                self.check_use(each, REMOVING)
            for each in (*held, node):
                self._nodes.pop(each.path.lower(), None)

    def move(self, source: str, target: str, *, replace: bool = False) -> None:
        """Rename a file. Raises `FileFault`."""
        with self._lock:
            node, where = self.get(source), _made(target)
            if node.is_folder:
                raise LabUnsupported("moving a folder")
            if where.lower() in self._nodes and not replace:
                raise FileFault(Trouble.EXISTS, where)
            self._parent_of(where)
            self.check_use(node, REMOVING)
            if where.lower() in self._nodes:
                self.check_use(self._nodes[where.lower()], REMOVING)
            del self._nodes[node.path.lower()]
            node.path = where
            self._nodes[where.lower()] = node

    def replace(self, source: str, target: str, backup: str | None) -> None:
        """ReplaceFile: a file in another's place, with that one's descriptor; the old content goes to the backup."""
        with self._lock:
            old = self.get(target)
            sddl, created = old.sddl, old.created
            if backup:
                self.move(target, backup, replace=True)
            self.move(source, target, replace=True)
            new = self.get(target)
            new.sddl, new.created = sddl, created
