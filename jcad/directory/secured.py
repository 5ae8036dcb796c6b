"""Objects with their permissions, and who an account is: what preparing a domain asks beside users and groups. Reads only.

Of a security descriptor the access control list alone is asked for (SD flags 4, MS-ADTS 3.1.1.3.4.1.11). The number of
questions depends on the containers, never on the objects in them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Final
from uuid import UUID

from jcad.directory import attributes as attr
from jcad.directory import objects
from jcad.directory.entries import Entry
from jcad.directory.filters import Filter, any_of, equals
from jcad.directory.messages import SecurityParts, security_descriptor_control
from jcad.directory.names import NameReader
from jcad.directory.reader import DirectoryReader
from jcad.directory.search import Base
from jcad.model import AdGroup, DistinguishedName, Sid
from jcad.model.protected import PROTECTED_NAMES

_DACL_PROTECTED: Final = 0x1000  # SE_DACL_PROTECTED (MS-DTYP 2.4.6)
_ATTRIBUTES: Final = (
    "objectGUID",
    "objectClass",
    "objectSid",
    "sAMAccountName",
    "adminCount",
    "isCriticalSystemObject",
    "nTSecurityDescriptor",
    "msDS-Approx-Immed-Subordinates",
)
_CONTAINERS: Final = any_of(
    equals("objectClass", "organizationalUnit"),
    equals("objectClass", "container"),
    equals("objectClass", "builtinDomain"),
)
_PRIVILEGED: Final = any_of(
    equals("adminCount", 1),
    equals("isCriticalSystemObject", True),
    *(equals("sAMAccountName", name) for name in sorted(PROTECTED_NAMES)),
)
_DACL_ALONE: Final = (security_descriptor_control(SecurityParts.DACL),)
_WITH_OWNER: Final = (security_descriptor_control(SecurityParts.OWNER | SecurityParts.GROUP | SecurityParts.DACL),)
_REMOTE_MANAGEMENT: Final = Sid.parse("S-1-5-32-580")
_BATCH: Final = 100
COUNTED: Final = 900
"""How many objects are counted one by one, where the domain controller does not keep the number: they fit on one page."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SecuredObject:
    """An object and its access control list, as a self-relative descriptor; None where it cannot be read.

    `children` is the domain controller's own estimate of how many objects are directly in it (msDS-Approx-Immed-Subordinates),
    None where it keeps none.
    """

    guid: UUID
    dn: DistinguishedName
    object_class: str
    descriptor: bytes | None = field(default=None, repr=False)
    sid: Sid | None = None
    sam: str = ""
    admin_count: int = 0
    critical: bool = False
    children: int | None = None

    @property
    def inherits(self) -> bool:
        """Whether entries of the objects above come down to it; so is taken where its descriptor cannot be read."""
        return self.descriptor is None or not int.from_bytes(self.descriptor[2:4], "little") & _DACL_PROTECTED


@dataclass(frozen=True, slots=True)
class Count:
    """How many objects there are; `at_least` where there are more than were counted, `estimated` where the server guesses."""

    number: int
    at_least: bool = False
    estimated: bool = False

    def __str__(self) -> str:
        if self.at_least:
            return f"more than {self.number}"
        return f"about {self.number}" if self.estimated else str(self.number)


class SecurityReader:
    """Asks one domain controller, through a DirectoryReader, for permissions and for what an account's token holds."""

    def __init__(self, reader: DirectoryReader) -> None:
        self._reader = reader
        self._name = NameReader()

    def object(self, base: Base, *, with_owner: bool = False) -> SecuredObject | None:
        """One object, or None where there is none that this account may see; on demand with its owner and group."""
        controls = _WITH_OWNER if with_owner else _DACL_ALONE
        values = self._reader.read(base, ("distinguishedName", *_ATTRIBUTES), controls=controls)
        if values is None:
            return None
        return self._secured((attr.text(values, "distinguishedname") or str(base), dict(values)))

    def containers_below(self, base: DistinguishedName) -> Iterator[SecuredObject]:
        """The organizational units and containers below an object."""
        return self._below(base, _CONTAINERS)

    def privileged_below(self, base: DistinguishedName) -> Iterator[SecuredObject]:
        """The objects below that are critical, privileged by name, or were put under AdminSDHolder."""
        return (one for one in self._below(base, _PRIVILEGED) if one.sid is not None)

    def count_below(self, base: DistinguishedName, containers: Iterable[SecuredObject]) -> Count:
        """How many objects are below: as the server estimates it where it does, else counted up to 900."""
        known = [one.children for one in containers]
        if known and all(number is not None for number in known):
            return Count(sum(number or 0 for number in known), estimated=True)
        found = sum(1 for _ in islice(self._reader.search(base, attributes=("1.1",)), COUNTED + 2)) - 1
        return Count(min(found, COUNTED), at_least=found > COUNTED)

    def token(self, guid: UUID) -> frozenset[Sid]:
        """The SIDs of the groups that an account is in: directly, nested, and its primary group (tokenGroups)."""
        values = self._reader.read(guid, ("tokenGroups",)) or {}
        return frozenset(Sid.from_bytes(raw) for raw in values.get("tokengroups", ()))

    def groups(self, sids: Iterable[Sid]) -> list[AdGroup]:
        """The domain's groups with these SIDs."""
        wanted = any_of(*(equals("objectSid", sid) for sid in sorted(sids)))
        found = self._reader.search(self._reader.domain, wanted, objects.GROUP_ATTRIBUTES)
        return [objects.group(entry, self._name) for entry in found if objects.is_group(entry)]

    def holders(self, sids: Iterable[Sid]) -> frozenset[Sid]:
        """Which of these SIDs something in the domain has, or had before it was moved here (sIDHistory)."""
        wanted = [any_of(equals("objectSid", sid), equals("sIDHistory", sid)) for sid in sorted(sids)]
        found: set[Sid] = set()
        for start in range(0, len(wanted), _BATCH):
            where = any_of(*wanted[start : start + _BATCH])
            for _, values in self._reader.search(self._reader.domain, where, ("objectSid", "sIDHistory")):
                found |= {Sid.from_bytes(raw) for name in ("objectsid", "sidhistory") for raw in values.get(name, ())}
        return frozenset(found)

    def names(self, sids: Iterable[Sid]) -> dict[str, str]:
        """The account names of SIDs of the domain and its built-in groups, by the SID's text; unknown ones are left out."""
        wanted = [equals("objectSid", sid) for sid in sorted(sids)]
        found: dict[str, str] = {}
        for start in range(0, len(wanted), _BATCH):
            where = any_of(*wanted[start : start + _BATCH])
            for _, values in self._reader.search(self._reader.domain, where, ("objectSid", "sAMAccountName")):
                sid = attr.sid(values)
                if sid is not None:
                    found[str(sid)] = attr.text(values, "samaccountname") or str(sid)
        return found

    def groups_in(self, group: DistinguishedName) -> list[str]:
        """The names of the groups that are direct members of a group."""
        where = equals("objectCategory", "group") & equals("memberOf", group)
        found = self._reader.search(self._reader.domain, where, ("sAMAccountName",))
        return sorted(attr.text(values, "samaccountname") or dn for dn, values in found)

    def descriptions(self, guids: Iterable[UUID]) -> dict[UUID, tuple[str, int | None]]:
        """The description of accounts, and the seconds after which their passwords expire by a fine-grained policy."""
        found: dict[UUID, tuple[str, int | None]] = {}
        for guid in guids:
            values = self._reader.read(guid, ("description", "msDS-ResultantPSO")) or {}
            policy = attr.text(values, "msds-resultantpso")
            age = None
            if policy:
                told = self._reader.read(DistinguishedName.parse(policy), ("msDS-MaximumPasswordAge",)) or {}
                age = attr.seconds(told, "msds-maximumpasswordage") if told else None
            found[guid] = (attr.text(values, "description") or "", age)
        return found

    @property
    def remote_management(self) -> AdGroup | None:
        """The built-in Remote Management Users, whose members may open sessions on domain controllers."""
        return next(iter(self.groups([_REMOTE_MANAGEMENT])), None)

    def _below(self, base: DistinguishedName, where: Filter) -> Iterator[SecuredObject]:
        for entry in self._reader.search(base, where, _ATTRIBUTES, controls=_DACL_ALONE):
            found = self._secured(entry)
            if found.dn != base:
                yield found

    def _secured(self, entry: Entry) -> SecuredObject:
        dn, values = entry
        raw = values.get("ntsecuritydescriptor", [])
        guid = attr.guid(values)
        if guid is None:
            raise objects.hidden(dn, "objectGUID")
        return SecuredObject(
            guid=guid,
            dn=self._name(dn),
            object_class=attr.object_class(values),
            descriptor=raw[0] if raw else None,
            sid=attr.sid(values),
            sam=attr.text(values, "samaccountname") or "",
            admin_count=attr.integer(values, "admincount") or 0,
            critical=attr.boolean(values, "iscriticalsystemobject"),
            children=attr.integer(values, "msds-approx-immed-subordinates"),
        )
