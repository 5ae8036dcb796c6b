"""DirectoryEntry: one object of the directory, bound at its first use, read into a cache, written by CommitChanges.

Over the connections of the runspace, as the logged-on account or as the name and password that the script gives. The
discretionary list, owner and group are read and written by the SD flags control, as `Options.SecurityMasks` says.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final, TypeVar

from jcad.lab.powershell.errors import Failure, NetError
from jcad.lab.powershell.members import CodeProperty, NetObject, Value
from jcad.lab.powershell.values import NetList, PSCredential, SecureString, base_of
from jcad.lab.windows import dn
from jcad.lab.windows.access import Masks
from jcad.lab.windows.adtypes import DirectorySecurity, guid_of
from jcad.lab.windows.directory import REFUSALS, Directory
from jcad.lab.windows.directoryservices import paths, types
from jcad.lab.windows.directoryservices.failures import no_such_object, translated
from jcad.lab.windows.directoryservices.values import read_values, write_values
from jcad.lab.windows.failures import AdFailure
from jcad.lab.windows.ldap import Change, ChangeKind, Control, Entry, sd_flags
from jcad.lab.windows.schema import AttributeType, Syntax
from jcad.lab.windows.session import directories_of_runspace

Answer = TypeVar("Answer")
_DESCRIPTOR: Final = "nTSecurityDescriptor"
_OWN: Final = frozenset(
    [
        "authenticationtype",
        "children",
        "close",
        "commitchanges",
        "container",
        "copyto",
        "deletetree",
        "dispose",
        "equals",
        "exists",
        "get",
        "gethashcode",
        "getinfo",
        "gettype",
        "guid",
        "invoke",
        "invokeget",
        "invokeset",
        "moveto",
        "nativeguid",
        "nativeobject",
        "objectsecurity",
        "options",
        "parent",
        "password",
        "path",
        "properties",
        "psadapted",
        "psbase",
        "psextended",
        "psobject",
        "pstypenames",
        "put",
        "refreshcache",
        "rename",
        "schemaclassname",
        "schemaentry",
        "setinfo",
        "setpassword",
        "site",
        "tostring",
        "usepropertycache",
        "username",
    ]
)
"""The class's own members, which stand before attributes (`Name` does not: it is the attribute)."""
DEFAULT_MASKS: Final = Masks.OWNER | Masks.GROUP | Masks.DACL


class Options(NetObject):
    """DirectoryEntryConfiguration: which parts of the descriptor are read and written."""

    __slots__ = ("masks",)
    net_type = types.OPTIONS

    def __init__(self) -> None:
        super().__init__()
        self.masks = DEFAULT_MASKS


class PropertyValues(NetList):
    """PropertyValueCollection: an attribute's values in the cache. What a script changes, CommitChanges writes."""

    __slots__ = ("entry", "name")

    def __init__(self, entry: DirectoryEntry, name: str, items: Iterable[Value] = ()) -> None:
        super().__init__(items, types.VALUES)
        self.entry = entry
        self.name = name

    def put(self, values: Iterable[Value]) -> None:
        """Take these values instead."""
        self[:] = [base_of(value) for value in values]
        self.entry.touched.add(self.name.lower())


class DirectoryEntry(NetObject):
    """A DirectoryEntry. Making one asks nothing of the directory."""

    __slots__ = (
        "_cache",
        "_directory",
        "_dn",
        "_security",
        "authentication",
        "credential",
        "options",
        "path",
        "touched",
    )
    net_type = types.ENTRY

    def __init__(self, path: str | None = None, user: str | None = None, password: str | None = None) -> None:
        super().__init__()
        self.path = path or ""
        self.credential = PSCredential(user, SecureString(password or "")) if user else None
        self.authentication = 1
        self.options = Options()
        self.touched: set[str] = set()
        self._directory: Directory | None = None
        self._dn = ""
        self._cache: dict[str, PropertyValues] | None = None
        self._security: DirectorySecurity | None = None
        self.extended = _Attributes(self)

    # ---- binding and reading -----------------------------------------------------------------------------------------

    def attempt(self, do: Callable[[], Answer]) -> Answer:
        """Carry out. Raises NetError for what the directory refuses."""
        try:
            return do()
        except (*REFUSALS, AdFailure) as error:
            raise translated(error, with_password=self.credential is not None) from error

    @property
    def directory(self) -> Directory:
        """The directory at the path's server, as the entry's account."""
        if self._directory is None:
            where = paths.parse(self.path) if self.path else paths.AdsPath(None, "")
            opened = self.attempt(lambda: directories_of_runspace().open(where.server, self.credential))
            self._dn = where.name or self.attempt(lambda: opened.default_context)
            self._directory = opened
        return self._directory

    @property
    def target(self) -> str:
        """The name by which the object is read and written."""
        return self._dn if self.directory is not None else ""

    @property
    def cache(self) -> dict[str, PropertyValues]:
        """The attributes, read when they are first asked for."""
        if self._cache is None:
            self.refresh()
        return self._cache or {}

    def refresh(self, names: Iterable[str] = ()) -> None:
        """RefreshCache: read anew, all or the named attributes; what has not been written is lost."""
        wanted = list(names)
        found = self._read(wanted or ["*"])
        read = {name.lower(): self._values(name, values) for name, values in found.attributes.items()}
        if wanted and self._cache is not None:
            self._cache.update(read)
            self.touched -= {name.lower() for name in wanted}
            return
        self._cache = read
        self.touched.clear()
        self._security = None

    def _read(self, names: list[str]) -> Entry:
        directory = self.directory
        is_root = self._dn.lower() == "rootdse"
        found = self.attempt(lambda: directory.connection.read("" if is_root else self._dn, names))
        if found is None:
            raise no_such_object()
        return found

    def _values(self, name: str, values: Iterable[bytes]) -> PropertyValues:
        return PropertyValues(self, name, read_values(self.attribute(name), values))

    def attribute(self, name: str) -> AttributeType:
        """What the schema says of an attribute; text for what it does not know."""
        found = self.attempt(lambda: self.directory.schema.get(name))
        return found or AttributeType(name, Syntax.TEXT, single=False, constructed=False)

    def values_of(self, name: str) -> PropertyValues:
        """`Properties[name]`: the values, none where the object has none."""
        held = self.cache
        if name.lower() not in held:
            held[name.lower()] = PropertyValues(self, name)
        return held[name.lower()]

    def text(self, name: str) -> str:
        """An attribute's first value as text."""
        held = self.cache.get(name.lower())
        return str(held[0]) if held else ""

    @property
    def guid(self) -> Any:
        """The objectGUID."""
        raw = self._read(["objectGUID"]).attributes.get("objectGUID")
        return guid_of(raw[0]) if raw else None

    # ---- the descriptor ----------------------------------------------------------------------------------------------

    @property
    def security(self) -> DirectorySecurity | None:
        """ObjectSecurity: None where the account may not read it."""
        if self._security is None:
            controls = (sd_flags(int(self.options.masks)),)
            connection = self.directory.connection
            found = self.attempt(lambda: connection.read(self._dn, [_DESCRIPTOR], controls=controls))
            if found is None:
                raise no_such_object()
            held = found.attributes.get(_DESCRIPTOR, ())
            self._security = DirectorySecurity(held[0], self.options.masks) if held else None
        return self._security

    @security.setter
    def security(self, value: DirectorySecurity) -> None:
        value.held.modified |= self.options.masks
        self._security = value

    def commit(self) -> None:
        """CommitChanges: the changed attributes, and the descriptor if a method of its class has touched it."""
        changes = [self._change(name) for name in sorted(self.touched)]
        controls: tuple[Control, ...] = ()
        security = self._security
        if security is not None and security.held.modified:
            changes.append(Change(ChangeKind.REPLACE, _DESCRIPTOR, (security.binary,)))
            controls = (sd_flags(int(self.options.masks)),)
        if not changes:
            return
        name, connection = self.target, self.directory.connection
        self.attempt(lambda: connection.modify(name, changes, controls))
        self._cache, self._security = None, None
        self.touched.clear()

    def _change(self, name: str) -> Change:
        held = self.cache[name]
        return Change(ChangeKind.REPLACE, held.name, write_values(self.attribute(held.name), held))

    def close(self) -> None:
        """Forget what was read; the runspace's connection stays."""
        self._cache, self._security, self._directory = None, None, None
        self.touched.clear()

    def add_property(self, name: str, value: Value) -> None:
        """`$entry.description = '...'` where it had none."""
        self.values_of(name).put(each(value))

    @property
    def leaf(self) -> str:
        """`Name`: the relative name, `OU=People`."""
        return dn.leaf(self.text("distinguishedName"))


def each(value: Value) -> list[Value]:
    """The values of what a script assigns: the elements of a list but a byte array, or the one."""
    plain = base_of(value)
    if plain is None:
        return []
    if isinstance(plain, NetList) and str(plain.net_type) != "System.Byte[]":
        return list(plain)
    return [plain]


class _Attributes(dict[str, Any]):
    """The attributes as members of the entry: `$entry.distinguishedName`. Asked of the directory when a name is."""

    __slots__ = ("_entry",)

    def __init__(self, entry: DirectoryEntry) -> None:
        super().__init__()
        self._entry = entry

    def __bool__(self) -> bool:
        return True

    def _has(self, lower: str) -> bool:
        return lower not in _OWN and bool(_safely(self._entry, lower).get(lower))

    def __contains__(self, lower: object) -> bool:
        return dict.__contains__(self, lower) or (isinstance(lower, str) and self._has(lower))

    def get(self, lower: str, default: Any = None) -> Any:
        """The member of a name."""
        if dict.__contains__(self, lower):
            return dict.__getitem__(self, lower)
        return _member(lower) if self._has(lower) else default

    def __getitem__(self, lower: str) -> Any:
        found = self.get(lower)
        if found is None:
            raise KeyError(lower)
        return found

    def values(self) -> Any:
        """Every attribute that holds a value, as a member."""
        held = _safely(self._entry, "")
        return [*dict.values(self), *(_member(values.name) for values in held.values() if values)]

    def items(self) -> Any:
        """Name and member."""
        return [(member.name.lower(), member) for member in self.values()]

    def __iter__(self) -> Iterator[str]:
        return iter([name for name, _ in self.items()])


def _member(name: str) -> CodeProperty:
    return CodeProperty(
        name, lambda entry: entry.values_of(name), lambda entry, value: entry.values_of(name).put(each(value))
    )


def _safely(entry: DirectoryEntry, name: str) -> dict[str, PropertyValues]:
    """The cache; what the directory refuses is PowerShell's own error about the member, as transcripts show it."""
    try:
        return entry.cache
    except NetError as error:
        text = f'The following exception occurred while retrieving member "{name}": "{error.exception.message}"'
        kind = "System.Management.Automation.ExtendedTypeSystemException"
        raise Failure.of("CatchFromBaseGetMember", text, exception=kind, inner=error.exception) from error
