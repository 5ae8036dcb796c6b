"""Reads what has changed since an update sequence number. Needs no right beyond reading what is there.

uSNChanged polling (Microsoft, "Polling for Changes Using USNChanged"): highestCommittedUSN first, then whatever has a higher
uSNChanged than the last time, from the same database of the same domain controller. DirSync would need the right to replicate
the domain, or hides what the account may not see just the same.

Deleted objects are found where the account may see the container that holds them; by default only administrators may. Else
all GUIDs are read and compared, in domains of up to `SWEEP_LIMIT` objects; above that the next full reading tells.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final, Protocol
from uuid import UUID

from jcad.directory import attributes as attr
from jcad.directory import objects
from jcad.directory.entries import Entry
from jcad.directory.filters import Filter, all_of, any_of, at_least, equals, present
from jcad.directory.messages import Control, show_deleted_control
from jcad.directory.names import NameReader
from jcad.model import AdGroup, AdNameHolder, AdUser, DistinguishedName
from jcad.model.changes import DirectoryChanges

SWEEP_LIMIT: Final = 20_000
"""Known objects above which deletions are not looked for by reading every GUID: it costs the server more than jcad."""

_CONTAINERS: Final = any_of(*(equals("objectClass", name) for name in ("organizationalUnit", "container", "domainDNS")))
_FURTHER: Final = ("objectCategory", "uSNCreated")
_PERSON: Final = b"cn=person,"


class Search(Protocol):
    """Searches below a name; `DirectoryReader.search`."""

    def __call__(
        self, base: DistinguishedName, where: Filter, attributes: tuple[str, ...], *, controls: tuple[Control, ...] = ()
    ) -> Iterator[Entry]:
        """Every entry that matches."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeReader:
    """Reads changes of one domain. `sees_deleted` says whether this account may see the container of deleted objects."""

    search: Search
    name: NameReader
    domain: DistinguishedName
    sees_deleted: bool

    def read(self, since: int, usn: int, extra: Iterable[str] = (), *, known: int = 0) -> DirectoryChanges:
        """What was written after `since`; `usn` is the highestCommittedUSN now, `known` how many objects are known."""
        if usn == since:
            return DirectoryChanges(usn=usn)
        names = tuple(extra)
        lower = tuple(name.lower() for name in names)
        asked = dict.fromkeys(
            (*objects.USER_ATTRIBUTES, *objects.GROUP_ATTRIBUTES, *objects.HOLDER_ATTRIBUTES, *_FURTHER, *names)
        )
        written = at_least("uSNChanged", since + 1)
        where = all_of(written, any_of(present("sAMAccountName"), _CONTAINERS))
        users: list[AdUser] = []
        groups: list[AdGroup] = []
        others: list[AdNameHolder] = []
        containers, entries = False, 0
        for entry in self.search(self.domain, where, tuple(asked)):
            entries += 1
            if "samaccountname" not in entry[1]:
                containers = containers or (attr.integer(entry[1], "usncreated") or 0) <= since
            elif objects.is_group(entry):
                groups.append(objects.group(entry, self.name))
            elif _is_person(entry):
                users.append(objects.user(entry, self.name, lower))
            else:
                others.append(objects.name_holder(entry, self.name))
        gone = self._deleted(written) if self.sees_deleted else []
        swept = None if self.sees_deleted or known > SWEEP_LIMIT else self._present()
        return DirectoryChanges(
            usn=usn,
            users=tuple(users),
            groups=tuple(groups),
            others=tuple(others),
            deleted=frozenset(gone),
            present=swept,
            containers=containers,
            entries=entries + len(gone),
        )

    def _deleted(self, written: Filter) -> list[UUID]:
        where = all_of(equals("isDeleted", True), written)
        return list(_guids(self.search(self.domain, where, ("objectGUID",), controls=(show_deleted_control(),))))

    def _present(self) -> frozenset[UUID]:
        return frozenset(_guids(self.search(self.domain, present("sAMAccountName"), ("objectGUID",))))


def deleted_objects(domain: DistinguishedName) -> str:
    """The container of deleted objects by its well-known GUID, wherever it is (MS-ADTS 6.1.1.4.2)."""
    return f"<WKGUID=18E2EA80684F11D2B9AA00C04F79F805,{domain}>"


def _guids(entries: Iterable[Entry]) -> Iterator[UUID]:
    for _, values in entries:
        if (guid := attr.guid(values)) is not None:
            yield guid


def _is_person(entry: Entry) -> bool:
    """Whether the reader of users would give it: of class user, and of the category person."""
    categories = entry[1].get("objectcategory", ())
    return objects.is_user(entry) and any(one.lower().startswith(_PERSON) for one in categories)
