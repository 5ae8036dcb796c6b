"""Items of the drives C: and HKLM:: Test-Path, New-Item, Remove-Item, Copy-Item, Move-Item, Get-Item, Get-ChildItem."""

from __future__ import annotations

import ntpath
import re
from typing import TYPE_CHECKING, Any, Final

from jcad.errors import LabUnsupported
from jcad.lab.powershell.command import parameter
from jcad.lab.powershell.objects import to_text
from jcad.lab.powershell.values import base_of
from jcad.lab.windows.machine.cmdlets.base import SWITCH, TEXTS, MachineCmdlet, fits, known, own
from jcad.lab.windows.machine.cmdlets.filetypes import item_of
from jcad.lab.windows.machine.cmdlets.registrykeys import key_object
from jcad.lab.windows.machine.cmdlets.remoting import STORE, certificate_object
from jcad.lab.windows.machine.cmdlets.web import identity_on
from jcad.lab.windows.machine.files import FileFault, full
from jcad.lab.windows.machine.registry import key_of

if TYPE_CHECKING:
    from jcad.lab.windows.machine.files import Node
    from jcad.lab.windows.machine.registry import Key

_FILE_PATH: Final = re.compile(r"(?:Microsoft\.PowerShell\.Core\\)?(?:FileSystem::)?(?:[A-Za-z]:|[\\./~]|[^:]*\Z)")
_WILD: Final = re.compile(r"[*?\[]")


class ItemCmdlet(MachineCmdlet):
    """What the cmdlets on items share."""

    __slots__ = ()

    def file_path(self, path: str) -> str:
        """The full path of a file. Raises LabUnsupported for another drive."""
        if not _FILE_PATH.match(path) or re.match(r"[ABD-Zabd-z]:", path):
            raise LabUnsupported(f"the drive of {path}")
        return full(path, f"C:\\Users\\{self.session.login.account}\\Documents")

    def nodes(self, path: str) -> list[Node]:
        """The files and folders that a path means, with wildcards in its last part; a share's, if it is his to read."""
        if path.startswith("\\\\"):
            return self._shared(path)
        where = self.file_path(path)
        if "LiteralPath" in self.bound or not _WILD.search(where):
            found = self.machine.files.find(where)
            return [] if found is None else [found]
        folder, pattern = ntpath.split(where)
        if _WILD.search(folder):
            raise LabUnsupported(f"wildcards in a folder's name: {path}")
        return [node for node in self.machine.files.children(folder) if fits(node.name, [pattern])]

    def _shared(self, path: str) -> list[Node]:
        try:
            found = self.machine.surroundings.network.read(path, identity_on(path))
        except FileFault:
            self.report("System.UnauthorizedAccessException", "Access is denied", "ItemExistsUnauthorizedAccessError",
                        "PermissionDenied", path)  # fmt: skip
            return []
        return [] if found is None else [found]

    def keys(self, key: str) -> list[Key]:
        """The registry keys that a path means, with wildcards in its last part."""
        if "LiteralPath" in self.bound or not _WILD.search(key):
            found = self.machine.registry.find(key)
            return [] if found is None else [found]
        above, _, pattern = key.rpartition("\\")
        if _WILD.search(above):
            raise LabUnsupported(f"wildcards in a key's name: {key}")
        return [one for one in self.machine.registry.children(above) if fits(one.name, [pattern])]

    def is_wild(self, path: str) -> bool:
        """Whether a path may well mean nothing."""
        return "LiteralPath" not in self.bound and _WILD.search(path) is not None


@known("Test-Path", unsupported="Filter Include Exclude NewerThan OlderThan IsValid Credential", untyped="PathType")
class TestPath(ItemCmdlet):
    """Whether there is something."""

    __slots__ = ()

    def process(self) -> None:
        """One answer for every path."""
        kind = self.text("PathType").lower() or "any"
        for path in self.paths():
            key = key_of(path)
            if key is not None:
                self.context.write(bool(self.keys(key)) and kind != "leaf")
                continue
            found = self.nodes(path)
            self.context.write(any(kind == "any" or node.is_folder == (kind == "container") for node in found))


@known("Get-Item", unsupported="Filter Include Exclude Credential")
class GetItem(ItemCmdlet):
    """A file, a folder, a key."""

    __slots__ = ()

    def process(self) -> None:
        """Write each."""
        for path in self.paths():
            key = key_of(path)
            found: list[Any] = [key_object(one) for one in self.keys(key)] if key is not None else [
                item_of(node) for node in self.nodes(path)
            ]  # fmt: skip
            if not found and not self.is_wild(path):
                self.report_missing(path)
            for one in found:
                self.context.write(one)


@known(
    "Get-ChildItem",
    unsupported="Attributes Depth FollowSymlink Hidden ReadOnly System Exclude",
    more={"Attributes": parameter("System.Object")},
)
class GetChildItem(ItemCmdlet):
    """What a folder or a key holds."""

    __slots__ = ()

    def process(self) -> None:
        """Write each."""
        for path in self.paths() or ["."]:
            key = key_of(path)
            if path.lower().rstrip("\\") == STORE:
                for one in self.machine.certificates.all():
                    self.context.write(certificate_object(one))
            elif key is not None:
                self._keys(path, key)
            else:
                self._files(path)

    def _keys(self, path: str, key: str) -> None:
        if self.on("Recurse"):
            raise LabUnsupported("Get-ChildItem -Recurse of the registry")
        wild = self.is_wild(path)
        found = self.keys(key)
        if not found and not wild:
            self.report_missing(path)
        for top in found:
            for one in [top] if wild else self.machine.registry.children(top.path):
                self.context.write(one.name if self.on("Name") else key_object(one))

    def _files(self, path: str) -> None:
        found = self.nodes(path)
        if not found and not self.is_wild(path):
            self.report_missing(self.file_path(path))
        for top in found:
            folder = top.is_folder and not self.is_wild(path)
            held = self.machine.files.children(top.path, below=self.on("Recurse")) if folder else iter([top])
            for node in held:
                self._write(node)

    def _write(self, node: Node) -> None:
        patterns = self.texts("Filter") + self.texts("Include")
        if not fits(node.name, patterns):
            return
        if (self.on("File") and node.is_folder) or (self.on("Directory") and not node.is_folder):
            return
        self.context.write(node.name if self.on("Name") else item_of(node))


@known("New-Item", unsupported="Credential")
class NewItem(ItemCmdlet):
    """Make a file, a folder or a key."""

    __slots__ = ()

    def process(self) -> None:
        """Make each."""
        for given in self.texts("Path") or ["."]:
            path = ntpath.join(given, self.text("Name")) if self.text("Name") else given
            if self.context.should_process(path, "Create"):
                key = key_of(path)
                if key is not None:
                    self._key(path, key)
                else:
                    self._file(self.file_path(path))

    def _key(self, path: str, key: str) -> None:
        registry = self.machine.registry
        if registry.find(key) is not None and not self.on("Force"):
            self.report(
                "System.IO.IOException",
                "A key in this path already exists.",
                "System.IO.IOException",
                "ResourceExists",
                path,
            )
            return
        if registry.find(key.rpartition("\\")[0]) is None and not self.on("Force"):
            self.report(
                "System.ArgumentException", "The registry key at the specified path does not exist.",
                "System.ArgumentException", "InvalidArgument", path,
            )  # fmt: skip
            return
        if registry.find(key) is not None:
            registry.remove(key)  # with -Force a key is made anew, empty
        self.context.write(key_object(registry.make(key)))

    def _file(self, path: str) -> None:
        files, kind = self.machine.files, self.text("ItemType").lower() or "file"
        try:
            if kind in {"directory", "container"}:
                if files.find(path) is not None and not self.on("Force"):
                    self._report_exists(path)
                    return
                self.context.write(item_of(files.make_folder(path)))
            elif kind in {"file", "leaf"}:
                if files.find(path) is not None and not self.on("Force"):
                    self.report(
                        "System.IO.IOException",
                        f"The file '{path}' already exists.",
                        "NewItemIOError",
                        "WriteError",
                        path,
                    )
                    return
                if self.on("Force"):
                    files.make_folder(ntpath.dirname(path))
                value = base_of(self.bound.get("Value"))
                self.context.write(item_of(files.write(path, b"" if value is None else to_text(value).encode())))
            else:
                raise LabUnsupported(f"New-Item -ItemType {kind}")
        except FileFault as fault:
            self.report_fault(fault, "NewItemIOError")

    def _report_exists(self, path: str) -> None:
        self.report(
            "System.IO.IOException", f"An item with the specified name {path} already exists.", "DirectoryExist",
            "ResourceExists", path,
        )  # fmt: skip


@known("Remove-Item", unsupported="Filter Include Exclude Credential")
class RemoveItem(ItemCmdlet):
    """Remove files, folders, keys."""

    __slots__ = ()

    def process(self) -> None:
        """Remove each."""
        for path in self.paths():
            key = key_of(path)
            found: list[str] = [one.path for one in (self.keys(key) if key is not None else self.nodes(path))]
            if not found and not self.is_wild(path):
                self.report_missing(path)
            for one in found:
                if not self.context.should_process(one, "Remove"):
                    continue
                if key is not None:
                    self._remove_key(one)
                else:
                    self._remove_file(one)

    def _remove_key(self, path: str) -> None:
        if self.machine.registry.children(path) and not self.on("Recurse"):
            raise LabUnsupported("Remove-Item of a key with keys below it, without -Recurse")
        self.machine.registry.remove(path)

    def _remove_file(self, path: str) -> None:
        try:
            held = self.machine.files.get(path).is_folder and any(self.machine.files.children(path))
            if held and not self.on("Recurse"):
                raise LabUnsupported("Remove-Item of a folder that holds something, without -Recurse")
            self.machine.files.remove(path, recurse=True)
        except FileFault as fault:
            self.report_fault(fault, "RemoveFileSystemItemIOError")


@known("Copy-Item", unsupported="Filter Include Exclude Credential FromSession ToSession Container Recurse")
class CopyItem(ItemCmdlet):
    """Copy files."""

    __slots__ = ()

    def process(self) -> None:
        """Copy each."""
        target = self.file_path(self.text("Destination"))
        for path in self.paths():
            if key_of(path) is not None:
                raise LabUnsupported("Copy-Item of the registry")
            found = self.nodes(path)
            if not found and not self.is_wild(path):
                self.report_missing(path if path.startswith("\\\\") else self.file_path(path))
            for node in found:
                self._copy(node, target)

    def _copy(self, node: Node, target: str) -> None:
        if node.content is None:
            raise LabUnsupported("Copy-Item of a folder")
        folder = self.machine.files.find(target)
        where = ntpath.join(target, node.name) if folder is not None and folder.is_folder else target
        if not self.context.should_process(where, "Copy File"):
            return
        try:
            made = self.machine.files.write(where, bytes(node.content))
        except FileFault as fault:
            self.report_fault(fault, "CopyFileInfoItemIOError")
            return
        if self.on("PassThru"):
            self.context.write(item_of(made))


@own(
    "Move-Item",
    {
        "Path": parameter(TEXTS, {"Path": "mandatory, position 0, pipeline, property"}),
        "LiteralPath": parameter(TEXTS, {"LiteralPath": "mandatory, property"}, "PSPath"),
        "Destination": parameter("System.String", "position 1, property"),
        "Force": parameter(SWITCH),
    },
    default_set="Path",
    should_process=True,
)
class MoveItem(ItemCmdlet):
    """Rename files."""

    __slots__ = ()

    def process(self) -> None:
        """Move each."""
        for path in self.paths():
            source, target = self.file_path(path), self.file_path(self.text("Destination"))
            if not self.context.should_process(source, "Move File"):
                continue
            try:
                self.machine.files.move(source, target, replace=self.on("Force"))
            except FileFault as fault:
                self.report_fault(fault, "MoveFileInfoItemIOError")
