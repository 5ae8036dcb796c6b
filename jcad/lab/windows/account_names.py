"""Which account names are taken in the domain, accents ignored: Samba compares them only without regard to case.

One for a host, shared by its runspaces. Names are read once, then what has changed since by uSNChanged, at most every few
seconds: a twin that another *host* creates within that time slips through.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from jcad.lab.windows import filters
from jcad.lab.windows.connection import Connection
from jcad.lab.windows.ldap import Scope
from jcad.lab.windows.limits import folded

_ATTRIBUTE: Final = "sAMAccountName"
_FRESH_SECONDS: Final = 5.0
_PAGE: Final = 1000


@dataclass(slots=True)
class AccountNames:
    """Folded name -> the names in use that fold to it."""

    clock: Callable[[], float] = time.monotonic
    _names: dict[str, set[str]] = field(default_factory=dict)
    _usn: int = 0
    _read_at: float = float("-inf")
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def twin(self, connection: Connection, base: str, name: str) -> str | None:
        """Another name in use that Windows would take for this one, or None.

        The same name but for case does not count: the directory itself refuses that.
        """
        with self._lock:
            self._refresh(connection, base)
            candidates = [known for known in self._names.get(folded(name), ()) if known.lower() != name.lower()]
            for known in candidates:
                if self._is_taken(connection, base, known):
                    return known
                self._names[folded(known)].discard(known)
        return None

    def note(self, name: str) -> None:
        """A name that has just been given."""
        with self._lock:
            self._names.setdefault(folded(name), set()).add(name)

    @staticmethod
    def _is_taken(connection: Connection, base: str, name: str) -> bool:
        found = connection.search(base, Scope.SUBTREE, filters.equals(_ATTRIBUTE, name), ["cn"], limit=1)
        return next(iter(found), None) is not None

    def _refresh(self, connection: Connection, base: str) -> None:
        if self.clock() - self._read_at < _FRESH_SECONDS:
            return
        root = connection.read("", ["highestCommittedUSN"])
        highest = int(root.attributes["highestCommittedUSN"][0]) if root is not None else 0
        if highest > self._usn:
            query = filters.present(_ATTRIBUTE)
            if self._usn:
                query = filters.every(query, filters.at_least("uSNChanged", str(self._usn + 1)))
            for entry in connection.search(base, Scope.SUBTREE, query, [_ATTRIBUTE], page=_PAGE):
                for value in entry.attributes.get(_ATTRIBUTE, ()):
                    name = value.decode("utf-8", "replace")
                    self._names.setdefault(folded(name), set()).add(name)
            self._usn = highest
        self._read_at = self.clock()
