"""Get-ADReplicationAttributeMetadata: when, where and how often each attribute of an object was changed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar, Final

from jcad.errors import LabUnsupported
from jcad.lab.powershell.containers import OBJECT_ARRAY, STRING_ARRAY, Array
from jcad.lab.powershell.members import Value
from jcad.lab.powershell.values import Int64, base_of
from jcad.lab.windows import adtypes as ad
from jcad.lab.windows import failures, filters, ldap
from jcad.lab.windows.cmdlets.base import AdCmdlet, declared, texts
from jcad.lab.windows.directory import Directory
from jcad.lab.windows.entry import DirectoryEntryView
from jcad.lab.windows.failures import Operation
from jcad.lab.windows.identity import find
from jcad.lab.windows.ldap import Control, Scope
from jcad.lab.windows.properties import OBJECT, ObjectClass
from jcad.lab.windows.reading import plain_object
from jcad.lab.windows.replication import Stamp, stamps
from jcad.lab.windows.schema import AttributeType

_STAMPS: Final = "replPropertyMetaData"
_TICKS: Final = 10_000_000


@declared("Get-ADReplicationAttributeMetadata", unsupported="Filter ShowAllLinkedValues")
class GetADReplicationAttributeMetadata(AdCmdlet):
    """Get-ADReplicationAttributeMetadata, from the stamps of replPropertyMetaData.

    The values of a link (`member`, `manager`) have stamps of their own, which the lab's directory does not give over LDAP:
    asked for an object that has such values, the cmdlet declines.
    """

    kind: ClassVar[ObjectClass] = OBJECT
    __slots__ = ()

    def run(self) -> None:
        """Read the object and its stamps, write one object for each attribute that was asked for."""
        directory = self.directory
        controls = (Control(ldap.SHOW_DELETED),) if self.on("IncludeDeletedObjects") else ()
        found = find(directory, self.bound["Object"], OBJECT, ["*", _STAMPS], controls=controls)
        wanted = self._wanted()
        self._refuse_links(found, wanted)
        servers = _servers(directory)
        for stamp, attribute in self._stamped(found):
            self.context.check_stop()
            if wanted is None or attribute.name.lower() in wanted:
                pairs = _properties(stamp, attribute, found, servers.get(str(stamp.invocation)))
                self.context.write(
                    plain_object(ad.AD_ATTRIBUTE_METADATA, [*pairs, ("Server", directory.server_name)], directory)
                )

    def target(self) -> tuple[Any, str, str]:
        """The object that was named."""
        named = base_of(self.bound.get("Object"))
        return named, str(named), OBJECT.short

    def _wanted(self) -> set[str] | None:
        """The attributes of -Properties, by their names in lower case; None for all. Raises AdFailure (V8)."""
        names = texts(self.bound.get("Properties"))
        if not names or "*" in names:
            return None
        for name in names:
            if self.directory.schema.get(name) is None:
                raise failures.invalid_properties(name)
        return {name.lower() for name in names}

    def _refuse_links(self, found: DirectoryEntryView, wanted: set[str] | None) -> None:
        for name in found.names():
            attribute = self.directory.schema.get(name)
            asked = wanted is None or name.lower() in wanted
            if attribute is not None and attribute.forward_link and asked:
                raise LabUnsupported(
                    f"Get-ADReplicationAttributeMetadata of {name}, whose values are links (-Properties can name others)"
                )

    def _stamped(self, found: DirectoryEntryView) -> Iterator[tuple[Stamp, AttributeType]]:
        numbered = self.directory.schema.numbered()
        for value in found.bytes(_STAMPS):
            for stamp in stamps(value):
                attribute = numbered.get(stamp.number)
                if attribute is None:
                    raise LabUnsupported(f"the attribute that {_STAMPS} numbers {stamp.number:#x}")
                yield stamp, attribute


def _servers(directory: Directory) -> dict[str, str]:
    """The DN of each domain controller's NTDS settings, by its invocation id."""
    search = directory.connection.search
    settings = directory.attempt(
        Operation.READ,
        lambda: list(
            search(
                f"CN=Sites,{directory.configuration_context}",
                Scope.SUBTREE,
                filters.equals("objectClass", "nTDSDSA"),
                ["invocationId"],
            )
        ),
    )
    return {str(directory.view(one).first("invocationId")): one.dn for one in settings}


def _properties(
    stamp: Stamp, attribute: AttributeType, found: DirectoryEntryView, server: str | None
) -> list[tuple[str, Value]]:
    return [
        ("AttributeName", attribute.name),
        ("AttributeValue", _value(found, attribute.name)),
        ("FirstOriginatingCreateTime", None),
        ("IsLinkValue", False),
        ("LastOriginatingChangeDirectoryServerIdentity", server),
        ("LastOriginatingChangeDirectoryServerInvocationId", stamp.invocation),
        ("LastOriginatingChangeTime", ad.from_filetime(stamp.seconds * _TICKS)),
        ("LastOriginatingChangeUsn", Int64(stamp.originating_usn)),
        ("LastOriginatingDeleteTime", None),
        ("LocalChangeUsn", Int64(stamp.local_usn)),
        ("Object", found.dn),
        ("Version", stamp.version),
    ]


def _value(found: DirectoryEntryView, name: str) -> Value:
    """One value as it is, several as an array: a public script tells them apart by `String[]`."""
    value = found.typed(name)
    if not isinstance(value, ad.ValueCollection):
        return value
    items = list(value)
    if len(items) < 2:
        return items[0] if items else None
    return Array(items, STRING_ARRAY if all(isinstance(one, str) for one in items) else OBJECT_ARRAY)
