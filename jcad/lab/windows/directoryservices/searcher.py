"""DirectorySearcher: FindOne and FindAll below a DirectoryEntry, over its connection."""

from __future__ import annotations

from typing import Any, Final

from jcad.errors import LabUnsupported
from jcad.lab.powershell.errors import NetError
from jcad.lab.powershell.members import AUTOMATION_NULL, NetObject, Value
from jcad.lab.powershell.types.registry import members_of
from jcad.lab.powershell.values import Dictionary, EnumValue, NetList, base_of
from jcad.lab.windows import filters
from jcad.lab.windows.directoryservices import enums, types
from jcad.lab.windows.directoryservices.entry import DirectoryEntry
from jcad.lab.windows.directoryservices.values import read_values
from jcad.lab.windows.ldap import Entry, Scope, sd_flags

_SCOPES: Final = (Scope.BASE, Scope.ONE_LEVEL, Scope.SUBTREE)
_EVERY_OBJECT: Final = "(objectClass=*)"
_DEFAULT_PAGE: Final = 1000
"""The most that a domain controller answers where no page size is set (MaxPageSize)."""


class Results(NetList):
    """SearchResultCollection."""

    __slots__ = ()


def _append(names: NetList, name: str) -> int:
    names.append(name)
    return len(names) - 1


def _extend(names: NetList, more: Any) -> Value:
    for name in more:
        names.append(str(base_of(name)))
    return AUTOMATION_NULL


class SearchResult(NetObject):
    """One object found: its path, and the attributes that were asked for."""

    __slots__ = ("path", "properties", "searcher")
    net_type = types.RESULT

    def __init__(self, searcher: DirectorySearcher, path: str, properties: Dictionary) -> None:
        super().__init__()
        self.searcher = searcher
        self.path = path
        self.properties = properties

    def entry(self) -> DirectoryEntry:
        """GetDirectoryEntry, with the search root's account."""
        made = DirectoryEntry(self.path)
        made.credential = self.searcher.root.credential
        return made


class DirectorySearcher(NetObject):
    """A search, as its properties say when it is carried out."""

    __slots__ = ("filter", "masks", "page", "properties", "root", "scope", "size_limit")
    net_type = types.SEARCHER

    def __init__(
        self,
        root: DirectoryEntry | None = None,
        query: str | None = None,
        properties: Any = None,
        scope: EnumValue | None = None,
    ) -> None:
        super().__init__()
        self.root = root if root is not None else DirectoryEntry()
        self.filter = query or _EVERY_OBJECT
        self.properties = Results((str(base_of(name)) for name in properties or ()), types.STRINGS)
        self.scope = scope if scope is not None else EnumValue(enums.SEARCH_SCOPE, 2)
        self.page = 0
        self.size_limit = 0
        self.masks = 0

    def find(self, limit: int | None = None) -> list[SearchResult]:
        """Carry the search out. Raises NetError where the directory refuses."""
        root = self.root
        base, connection = root.target, root.directory.connection
        if base.lower() == "rootdse":
            raise LabUnsupported("a search below the rootDSE")
        most = limit or self.size_limit or (None if self.page else _DEFAULT_PAGE)
        found = root.attempt(
            lambda: list(
                connection.search(
                    base,
                    _SCOPES[self.scope.number],
                    _query(self.filter),
                    [str(name) for name in self.properties] or ["*"],
                    controls=(sd_flags(self.masks),) if self.masks else (),
                    limit=most,
                )
            )
        )
        return [self._result(entry) for entry in found]

    def one(self) -> SearchResult | None:
        """FindOne."""
        return next(iter(self.find(limit=1)), None)

    def _result(self, entry: Entry) -> SearchResult:
        server = self.root.path.removeprefix("LDAP://").partition("/")[0]
        prefix = f"LDAP://{server}/" if server and "=" not in server else "LDAP://"
        path = prefix + entry.dn.replace("/", "\\/")
        held: list[tuple[Value, Value]] = [
            (name.lower(), NetList(read_values(self.root.attribute(name), values), types.RESULT_VALUES))
            for name, values in entry.attributes.items()
            if values
        ]
        held.append(("adspath", NetList([path], types.RESULT_VALUES)))
        properties = Dictionary(held, net_type=types.RESULT_PROPERTIES, fold=lambda key: str(key).lower())
        return SearchResult(self, path, properties)


def _query(text: str) -> bytes:
    try:
        return filters.parse(text if text.startswith("(") else f"({text})")
    except ValueError as error:
        raise NetError.of("System.ArgumentException", f"The {text} search filter is invalid.") from error


def declare() -> None:
    """Tell the interpreter about searches."""
    table = members_of(types.SEARCHER)
    entry = "System.DirectoryServices.DirectoryEntry"
    table.constructor("()", DirectorySearcher)
    table.constructor(f"({entry})", DirectorySearcher)
    table.constructor("(string)", lambda text: DirectorySearcher(None, text))
    table.constructor(f"({entry}, string)", DirectorySearcher)
    table.constructor(f"({entry}, string, string[])", DirectorySearcher)
    table.constructor(f"({entry}, string, string[], System.DirectoryServices.SearchScope)", DirectorySearcher)
    for name, slot, kind in (
        ("Filter", "filter", "string"),
        ("SearchRoot", "root", entry),
        ("SearchScope", "scope", "System.DirectoryServices.SearchScope"),
        ("PageSize", "page", "int"),
        ("SizeLimit", "size_limit", "int"),
    ):
        table.property(
            name,
            lambda value, slot=slot: getattr(value, slot),
            kind,
            lambda value, new, slot=slot: setattr(value, slot, new),
        )
    table.property(
        "SecurityMasks",
        lambda value: EnumValue(enums.MASKS, value.masks),
        "System.DirectoryServices.SecurityMasks",
        lambda value, new: setattr(value, "masks", new.number),
    )
    table.property("PropertiesToLoad", lambda value: value.properties)
    table.method("FindAll()", lambda value: Results(value.find(), types.RESULTS))
    table.method("FindOne()", DirectorySearcher.one)
    table.method("Dispose()", lambda _value: AUTOMATION_NULL)
    result = members_of(types.RESULT)
    result.property("Path", lambda value: value.path, "string")
    result.property("Properties", lambda value: value.properties)
    result.method("GetDirectoryEntry()", SearchResult.entry)
    members_of(types.RESULTS).property("Count", len, "int")
    members_of(types.RESULTS).method("Dispose()", lambda _value: AUTOMATION_NULL)
    members_of(types.RESULT_VALUES).property("Count", len, "int")
    names = members_of(types.STRINGS)
    names.property("Count", len, "int")
    names.method("Add(string)", _append)
    names.method("AddRange(string[])", _extend)
    names.method("Clear()", lambda held: held.clear())
