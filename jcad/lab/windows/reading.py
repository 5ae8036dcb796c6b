"""What `-Properties` asks for, which attributes must be read for it, and the object that is made of them.

The module's own properties are always there, with $null or an empty collection where they have no value. A raw attribute
that was asked for by its LDAP name is a property of the object only where it holds a value (seen in public articles; under
Set-StrictMode its absence is an error).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from jcad.lab.powershell.members import Value
from jcad.lab.powershell.types.security import SecurityIdentifier
from jcad.lab.windows import failures, filters
from jcad.lab.windows.adtypes import AdObject, ValueCollection, from_filetime
from jcad.lab.windows.directory import Directory
from jcad.lab.windows.entry import DirectoryEntryView
from jcad.lab.windows.failures import Operation
from jcad.lab.windows.ldap import Control, sd_flags
from jcad.lab.windows.properties import ObjectClass, Property
from jcad.lab.windows.schema import Schema

_DESCRIPTOR: Final = "nTSecurityDescriptor"
_COMPUTED: Final = "msDS-User-Account-Control-Computed"
_OWNER_GROUP_DACL: Final = 7
_CONSTRUCTED_BY_STAR: Final = (
    "canonicalName",
    "createTimeStamp",
    "modifyTimeStamp",
    "sDRightsEffective",
    _DESCRIPTOR,
)


@dataclass(frozen=True, slots=True)
class Request:
    """The properties that an object shall have: the module's own, raw attributes by name, or every attribute (`*`)."""

    kind: ObjectClass
    own: tuple[Property, ...]
    raw: tuple[str, ...] = ()
    everything: bool = False

    @classmethod
    def of(cls, kind: ObjectClass, names: Iterable[str], schema: Schema) -> Request:
        """The default properties and those of `-Properties`. Raises AdFailure for a name that nobody knows."""
        own = {name.lower(): kind.properties[name.lower()] for name in kind.defaults}
        raw: dict[str, str] = {}
        everything = False
        for name in names:
            known = kind.properties.get(name.lower())
            if name == "*":
                everything = True
            elif known is not None:
                own[name.lower()] = known
            else:
                attribute = schema.get(name)
                if attribute is None:
                    raise failures.invalid_properties(name)
                raw[attribute.name.lower()] = attribute.name
        if everything:
            own = dict(kind.properties)
        return cls(kind, tuple(own.values()), tuple(raw.values()), everything)

    @property
    def attributes(self) -> list[str]:
        """The attributes to read."""
        wanted = {attribute.lower(): attribute for item in self.own for attribute in item.attributes}
        wanted |= {name.lower(): name for name in self.raw}
        if self.everything:
            wanted |= {name.lower(): name for name in _CONSTRUCTED_BY_STAR}
            if self._is_account:
                wanted[_COMPUTED.lower()] = _COMPUTED
            return ["*", *wanted.values()]
        return list(wanted.values())

    @property
    def controls(self) -> tuple[Control, ...]:
        """A descriptor is asked for without its SACL, which only privileged accounts may read."""
        asked = self.everything or any(name.lower() == _DESCRIPTOR.lower() for name in self.attributes)
        return (sd_flags(_OWNER_GROUP_DACL),) if asked else ()

    def build(self, directory: Directory, entry: DirectoryEntryView) -> AdObject:
        """The object of the module."""
        values: dict[str, tuple[str, Value]] = {}
        for item in self.own:
            values[item.name.lower()] = (item.name, self._own(directory, item, entry))
        for name, empty in self._always():
            values[name.lower()] = (name, entry.typed(name) if entry.has(name) else empty)
        for name in entry.names() if self.everything else self.raw:
            if name.lower() not in values and entry.has(name):
                values[name.lower()] = (name, entry.typed(name))
        return AdObject(self.kind.type, values.values(), directory=directory.server_name)

    @property
    def _is_account(self) -> bool:
        return "enabled" in self.kind.properties

    def _always(self) -> list[tuple[str, Value]]:
        """The raw attributes that `*` shows without a value too, and what then (transcripts of users, groups, units)."""
        if not self.everything:
            return []
        always: list[tuple[str, Value]] = [
            ("dSCorePropagationData", ValueCollection([from_filetime(0)])),
            ("isDeleted", None),
        ]
        return [*always, ("userCertificate", ValueCollection())] if self._is_account else always

    @staticmethod
    def _own(directory: Directory, item: Property, entry: DirectoryEntryView) -> Value:
        value = item.read(entry)
        if item.name == "IPv4Address":
            return _address_of(directory, value)
        if item.name == "PrimaryGroup" and isinstance(value, SecurityIdentifier):
            return _dn_of(directory, value)
        return value


def _address_of(directory: Directory, name: Value) -> str | None:
    """The address that the name of a computer resolves to: only the domain controllers of a lab have one."""
    controller = directory.host.controller_of(name) if isinstance(name, str) else None
    return None if controller is None else directory.host.controllers[controller][0]


def _dn_of(directory: Directory, sid: SecurityIdentifier) -> str | None:
    found = directory.attempt(
        Operation.READ, lambda: directory.connection.read(f"<SID={sid.value}>", ["cn"], query=filters.ANYTHING)
    )
    return None if found is None else found.dn


def plain_object(kind: Any, pairs: Sequence[tuple[str, Value]], directory: Directory) -> AdObject:
    """An object whose properties were read one by one (ADDomain, ADRootDSE ...)."""
    return AdObject(kind, pairs, directory=directory.server_name)
