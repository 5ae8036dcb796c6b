"""DirectoryReader: what the features ask of Active Directory, answered in the model's values.

One reader is one domain controller for its life: what it says together was read from one copy of the directory. It reads
only. Touches sockets, through `servers.py`. For one thread at a time.
"""

from __future__ import annotations

import itertools
import re
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import TracebackType
from typing import Final, Self, TypeVar
from uuid import UUID

import structlog

from jcad.directory import attributes as attr
from jcad.directory import objects
from jcad.directory.catalog import foreign_holders
from jcad.directory.changes import ChangeReader, deleted_objects
from jcad.directory.connection import LdapConnection
from jcad.directory.entries import Entry
from jcad.directory.filters import ANYTHING, Filter, all_of, any_of, equals, has_bits, present
from jcad.directory.messages import Control, Scope, SearchRequest, show_deleted_control
from jcad.directory.names import NameReader
from jcad.directory.protection import protected_by_membership
from jcad.directory.search import Base, base_text, read, search, with_whole_values
from jcad.directory.servers import DomainController, connect, connect_to
from jcad.directory.target import DirectoryTarget
from jcad.errors import ConnectionFailed, DirectoryError
from jcad.model import AdGroup, AdNameHolder, AdUser, DistinguishedName, PasswordPolicy, Protection
from jcad.model.changes import DirectoryChanges

_IDLE: Final = 600.0
"""Seconds without a question after which the connection is made anew: a domain controller ends it after 900."""

_BATCH: Final = 200
"""Objects that one filter asks for: some 6 KB of request, and one index look-up each."""

_SURROGATE: Final = re.compile("[\ud800-\udfff]")
_PEOPLE: Final = all_of(equals("objectCategory", "person"), equals("objectClass", "user"))
_GROUPS: Final = equals("objectCategory", "group")
_DOMAIN_IN_FOREST: Final = 0x3  # FLAG_CR_NTDS_NC | FLAG_CR_NTDS_DOMAIN (MS-ADTS 2.2.10)
_SERVER_TRUST_ACCOUNT: Final = 0x2000  # a writable domain controller's computer account (MS-ADTS 2.2.16)

T = TypeVar("T")

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Child:
    """An object directly in a container: enough to tell whether it is the one that was just created."""

    guid: UUID
    dn: DistinguishedName
    sam: str | None
    object_class: str
    created: datetime | None


def _begun(entries: Iterator[Entry]) -> Iterator[Entry]:
    """The same entries, the first page of which has come."""
    first = list(itertools.islice(entries, 1))
    return itertools.chain(first, entries)


class DirectoryReader:
    """Reads one domain from one of its domain controllers.

    with DirectoryReader.connect(target) as reader:
        for user in reader.users(container):
            ...

    What comes as an iterator is read while it is consumed, one page at a time; other questions may be asked in between.
    """

    def __init__(self, target: DirectoryTarget, connection: LdapConnection, dc: DomainController) -> None:
        self.dc = dc
        self._target = target
        self._connection = connection
        self._last_used = time.monotonic()
        self._name = NameReader()
        self._sees_deleted: bool | None = None

    @classmethod
    def connect(cls, target: DirectoryTarget) -> Self:
        """Log in to the first domain controller that can be used.

        Raises AuthenticationFailed (at the first refusal: nothing else is tried), AccessDenied, ConnectionFailed,
        CertificateError, SettingsError.
        """
        return cls(target, *connect(target))

    def reopen(self) -> None:
        """Make the connection anew, to the same domain controller. Raises ConnectionFailed where it is not the same."""
        self._connection.close()
        connection, dc = connect_to(self.dc.host, self._target)
        if dc.invocation_id != self.dc.invocation_id:
            connection.close()
            raise ConnectionFailed(
                f"{dc.name} is no longer the domain controller that this run began with: its database was replaced",
                hint="Start the run again; what was read before does not belong to it.",
            )
        self._connection = connection
        self._last_used = time.monotonic()

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # Reading as such

    def search(
        self,
        base: Base,
        where: Filter = ANYTHING,
        attributes: tuple[str, ...] = (),
        *,
        scope: Scope = Scope.SUBTREE,
        controls: tuple[Control, ...] = (),
    ) -> Iterator[Entry]:
        """Every entry that matches, as it came, values in ranges made whole. Raises DirectoryError and its like."""
        request = SearchRequest(
            base=base_text(base),
            scope=scope,
            filter=where,
            attributes=attributes,
            controls=controls,
            page=self._target.page,
        )
        connection, entries = self._asked(lambda connection: _begun(search(connection, request)))
        for entry in entries:
            yield with_whole_values(connection, entry)

    def read(
        self, base: Base, attributes: tuple[str, ...] = (), *, controls: tuple[Control, ...] = ()
    ) -> Mapping[str, list[bytes]] | None:
        """The attributes of one object, or None where there is none that this account may see."""
        connection, entry = self._asked(lambda connection: read(connection, base, attributes, controls))
        return None if entry is None else with_whole_values(connection, entry)[1]

    def exists(self, base: Base) -> bool:
        """Whether there is such an object (that this account may see)."""
        return self.read(base, ("objectClass",)) is not None

    # The domain

    @property
    def domain(self) -> DistinguishedName:
        """The domain's own name: where a search of the whole domain begins."""
        return self.dc.naming_context

    def highest_usn(self) -> int:
        """The highestCommittedUSN of this domain controller, now."""
        return attr.integer(self._required("", ("highestCommittedUSN",)), "highestcommittedusn") or 0

    def now(self) -> datetime:
        """What this domain controller's clock says (currentTime of the rootDSE), by which it dates what it creates."""
        told = attr.generalized_time(self._required("", ("currentTime",)), "currenttime")
        if told is None:
            raise DirectoryError(f"{self.dc.name} does not tell its time.")
        return told

    def password_policy(self) -> PasswordPolicy:
        """The domain's password policy (fine-grained ones apart)."""
        return objects.password_policy(self._required(self.domain, objects.POLICY_ATTRIBUTES))

    def upn_suffixes(self) -> frozenset[str]:
        """The suffixes that userPrincipalName may have in this forest: its domains' names and the added ones."""
        partitions = self.dc.configuration.child("CN", "Partitions")
        added = attr.texts(self._required(partitions, ("uPNSuffixes",)), "upnsuffixes")
        domains = self.search(
            partitions,
            equals("objectCategory", "crossRef") & has_bits("systemFlags", _DOMAIN_IN_FOREST),
            ("dnsRoot",),
            scope=Scope.LEVEL,
        )
        return frozenset(added) | {name for _, values in domains for name in attr.texts(values, "dnsroot")}

    def netbios_name(self) -> str:
        r"""The domain's NetBIOS name: the `DOMAIN` of `DOMAIN\user`."""
        partitions = self.dc.configuration.child("CN", "Partitions")
        where = equals("objectCategory", "crossRef") & equals("nCName", self.domain)
        for _, values in self.search(partitions, where, ("nETBIOSName",), scope=Scope.LEVEL):
            return attr.text(values, "netbiosname") or ""
        raise DirectoryError(f"the forest's partitions do not list {self.domain}")

    def controllers(self) -> frozenset[str]:
        """The DNS names of the domain's writable domain controllers, in small letters, by their computer accounts."""
        where = equals("objectCategory", "computer") & has_bits("userAccountControl", _SERVER_TRUST_ACCOUNT)
        found = (attr.text(values, "dnshostname") for _, values in self.search(self.domain, where, ("dNSHostName",)))
        return frozenset(name.lower() for name in found if name)

    # Users and groups

    def users(self, base: Base | None = None, extra: Iterable[str] = ()) -> Iterator[AdUser]:
        """The users of a container and below it (of the whole domain without one).

        `extra` names further attributes, whose first value goes into `AdUser.attributes` by its lower-case name.
        """
        names = tuple(extra)
        lower = tuple(name.lower() for name in names)
        for entry in self.search(base or self.domain, _PEOPLE, (*objects.USER_ATTRIBUTES, *names)):
            yield objects.user(entry, self._name, lower)

    def groups(self, base: Base | None = None) -> Iterator[AdGroup]:
        """The groups of a container and below it (of the whole domain without one), each with all its members."""
        for entry in self.search(base or self.domain, _GROUPS, objects.GROUP_ATTRIBUTES):
            yield objects.group(entry, self._name)

    def by_guid(self, guids: Iterable[UUID], extra: Iterable[str] = ()) -> dict[UUID, AdUser | AdGroup]:
        """The users and groups with these GUIDs, wherever they are in the domain now; those that are gone are missing."""
        names = tuple(extra)
        lower = tuple(name.lower() for name in names)
        wanted = (equals("objectGUID", guid) for guid in dict.fromkeys(guids))
        asked = tuple(dict.fromkeys((*objects.USER_ATTRIBUTES, *objects.GROUP_ATTRIBUTES, *names)))
        found: dict[UUID, AdUser | AdGroup] = {}
        for entry in self._find(wanted, asked):
            if objects.is_group(entry):
                group = objects.group(entry, self._name)
                found[group.guid] = group
            elif objects.is_user(entry):
                user = objects.user(entry, self._name, lower)
                found[user.guid] = user
        return found

    def find_accounts(self, names: Iterable[str]) -> list[AdNameHolder]:
        """Whatever in the whole domain holds one of these as sAMAccountName, userPrincipalName or mail.

        The domain controller compares: Windows ignores case and accents, Samba only case. `name_holders` gives all of them,
        to be compared here.
        """
        wanted = (
            any_of(equals("sAMAccountName", name), equals("userPrincipalName", name), equals("mail", name))
            for name in dict.fromkeys(names)
            if name and not _SURROGATE.search(name)  # it has no UTF-8, so no directory holds it
        )
        return [objects.name_holder(entry, self._name) for entry in self._find(wanted, objects.HOLDER_ATTRIBUTES)]

    def users_called(self, names: Iterable[str]) -> dict[str, AdUser]:
        """The users with these sAMAccountNames, by the name in small letters; those that are not there are missing."""
        wanted = {name.casefold() for name in names if name}
        guids = [one.guid for one in self.find_accounts(sorted(wanted)) if one.sam.casefold() in wanted]
        found = self.by_guid(guids).values()
        return {one.sam.casefold(): one for one in found if isinstance(one, AdUser)}

    def name_holders(self) -> Iterator[AdNameHolder]:
        """Whatever in the whole domain holds an account name: users, groups, computers, service accounts."""
        for entry in self.search(self.domain, present("sAMAccountName"), objects.HOLDER_ATTRIBUTES):
            yield objects.name_holder(entry, self._name)

    def foreign_holders(self) -> Iterator[AdNameHolder]:
        """Who holds a userPrincipalName in the forest's other domains, from a global catalog. Raises as `connect` does."""
        return foreign_holders(self.search, self.dc, self._target)

    def changes(self, since: int, extra: Iterable[str] = (), *, known: int = 0) -> DirectoryChanges:
        """What was written on this domain controller after a USN, and what was deleted where that can be seen.

        `extra` is as in `users`; `known` is how many objects are known, see `changes.SWEEP_LIMIT`.
        """
        usn = self.highest_usn()
        if self._sees_deleted is None:
            container = deleted_objects(self.domain)
            found = self.read(container, ("objectGUID",), controls=(show_deleted_control(),))
            self._sees_deleted = bool(found)  # whoever may not read it sees its name, and nothing in it
        reader = ChangeReader(search=self.search, name=self._name, domain=self.domain, sees_deleted=self._sees_deleted)
        return reader.read(since, usn, extra, known=known)

    def child(self, container: DistinguishedName, name: str) -> Child | None:
        """The object of this name (its RDN's value, case ignored) directly in a container, or None."""
        where = equals("name", name)
        asked = ("objectGUID", "sAMAccountName", "objectClass", "whenCreated")
        for dn, values in self.search(container, where, asked, scope=Scope.LEVEL):
            guid = attr.guid(values)
            if guid is not None:
                return Child(
                    guid=guid,
                    dn=self._name(dn),
                    sam=attr.text(values, "samaccountname"),
                    object_class=attr.object_class(values),
                    created=attr.generalized_time(values, "whencreated"),
                )
        return None

    def protected(self, never: Mapping[str, str] | None = None) -> Protection:
        """What is known of the domain's protected objects, with the names that are `never` written and why."""
        return Protection(reasons=protected_by_membership(self._find, self._name), never=never or {})

    # Plumbing

    def _find(self, filters: Iterable[Filter], attributes: tuple[str, ...]) -> Iterator[Entry]:
        """What matches any of the filters in the whole domain, each object once, asked for in batches."""
        seen: set[str] = set()
        pending = list(filters)
        for start in range(0, len(pending), _BATCH):
            for entry in self.search(self.domain, any_of(*pending[start : start + _BATCH]), attributes):
                if entry[0] not in seen:
                    seen.add(entry[0])
                    yield entry

    def _ready(self) -> LdapConnection:
        """The connection, made anew where the domain controller will have ended it for idleness."""
        now = time.monotonic()
        if now - self._last_used > _IDLE and not self._connection.busy:
            log.info("connection was idle, opening it again", dc=self.dc.name, seconds=int(now - self._last_used))
            self.reopen()
        self._last_used = time.monotonic()
        return self._connection

    def _asked(self, ask: Callable[[LdapConnection], T]) -> tuple[LdapConnection, T]:
        """An answer, and the connection it came over. Asks once more where the domain controller has hung up in between.

        A domain controller that was restarted, or that ends what is idle, is no reason to end a run: nothing is changed by
        asking. Where another question is under way, its answer is lost with the connection, and so nothing is asked again.
        """
        connection = self._ready()
        alone = not connection.busy
        try:
            return connection, ask(connection)
        except ConnectionFailed:
            if not (alone and connection.lost):
                raise
        log.info("the domain controller had ended the connection, opening it again", dc=self.dc.name)
        self.reopen()
        return self._connection, ask(self._connection)

    def _required(self, base: Base, attributes: tuple[str, ...]) -> Mapping[str, list[bytes]]:
        found = self.read(base, attributes)
        if found is None:
            raise DirectoryError(
                f"{self.dc.name} does not let this account read {base_text(base) or 'the rootDSE'}",
                hint="Every domain user may read it by default; look at its permissions.",
            )
        return found
