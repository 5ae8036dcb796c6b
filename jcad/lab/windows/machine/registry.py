r"""The registry of a lab host, HKEY_LOCAL_MACHINE alone: keys and their values, in memory.

Pure bookkeeping, thread-safe. A key is named without its hive: `SOFTWARE\JumpCloud`.
"""

from __future__ import annotations

import re
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from jcad.errors import LabUnsupported

if TYPE_CHECKING:
    from collections.abc import Mapping

HIVE: Final = "HKEY_LOCAL_MACHINE"
UNINSTALL: Final = r"SOFTWARE\Microsoft\Windows\CurrentVersion\Uninstall"
_PREFIX: Final = re.compile(
    r"(?:Microsoft\.PowerShell\.Core\\)?(?:Registry::)?(?:HKLM:|HKEY_LOCAL_MACHINE|HKLM)(?:\\|$)", re.IGNORECASE
)
_OTHER_HIVE: Final = re.compile(
    r"(?:Microsoft\.PowerShell\.Core\\)?(?:Registry::|HKCU:|HKCR:|HKU:|HKEY_CURRENT_USER|HKEY_USERS)", re.IGNORECASE
)


def key_of(path: str) -> str | None:
    """The key that a path of PowerShell means, without its hive; None for a path of another drive.

    Raises LabUnsupported for a hive that the lab does not have.
    """
    text = path.replace("/", "\\")
    found = _PREFIX.match(text)
    if found is None:
        if _OTHER_HIVE.match(text):
            raise LabUnsupported(f"the registry path {path}")
        return None
    return re.sub(r"\\+", r"\\", text[found.end() :]).strip("\\")


@dataclass(eq=False, slots=True)
class Key:
    """A key: its path as it was first written, and its values: (name, kind such as `DWord`, value) by lower-case name."""

    path: str
    values: dict[str, tuple[str, str, Any]] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The last part of its path."""
        return self.path.rpartition("\\")[2]

    def get(self, name: str, default: Any = None) -> Any:
        """The value of a name."""
        found = self.values.get(name.lower())
        return default if found is None else found[2]


class Registry:
    """HKEY_LOCAL_MACHINE of one host."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._keys: dict[str, Key] = {"": Key("")}

    def find(self, path: str) -> Key | None:
        """The key of this path, or None."""
        with self._lock:
            return self._keys.get(path.lower())

    def make(self, path: str, values: Mapping[str, Any] | None = None) -> Key:
        """Make a key and those above it, or find it; set these values (whole numbers as DWord, lists as MultiString)."""
        with self._lock:
            key = self._keys.get(path.lower())
            if key is None:
                self.make(path.rpartition("\\")[0])
                key = self._keys[path.lower()] = Key(path)
            for name, value in (values or {}).items():
                self.set(path, name, value)
            return key

    def set(self, path: str, name: str, value: Any, kind: str = "") -> None:
        """Set a value of a key. Raises KeyError where there is no such key."""
        guessed = "DWord" if isinstance(value, int) else "MultiString" if isinstance(value, list) else "String"
        with self._lock:
            self._keys[path.lower()].values[name.lower()] = (name, kind or guessed, value)

    def unset(self, path: str, name: str) -> bool:
        """Remove a value; whether there was one."""
        with self._lock:
            return self._keys[path.lower()].values.pop(name.lower(), None) is not None

    def children(self, path: str) -> list[Key]:
        """The keys right below, by name."""
        top = path.lower() + "\\" if path else ""
        with self._lock:
            return [
                key
                for lowered, key in sorted(self._keys.items())
                if lowered and lowered.startswith(top) and "\\" not in lowered[len(top) :]
            ]

    def remove(self, path: str) -> None:
        """Remove a key with all below it."""
        top = path.lower()
        with self._lock:
            for lowered in [one for one in self._keys if one == top or one.startswith(top + "\\")]:
                del self._keys[lowered]
