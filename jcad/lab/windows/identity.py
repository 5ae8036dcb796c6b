"""Finding the object that an `-Identity` means: DN, GUID, SID, account name, or an object of the module.

Reads over the connection that it is given. Raises AdFailure as transcripts of real sessions show: the long text with the
search base for names, SIDs, GUIDs, and an existing DN of another class; the short one for a DN that does not exist.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from jcad.errors import DirectoryError
from jcad.lab.powershell.types.security import SecurityIdentifier
from jcad.lab.powershell.values import base_of
from jcad.lab.windows import dn, failures, filters
from jcad.lab.windows.adtypes import AdObject
from jcad.lab.windows.directory import REFUSALS, Directory
from jcad.lab.windows.entry import DirectoryEntryView
from jcad.lab.windows.failures import AdFailure, Operation
from jcad.lab.windows.ldap import Control, ResultCode, Scope
from jcad.lab.windows.properties import COMPUTER, OBJECT, POLICY, PRINCIPAL, UNIT, ObjectClass

_GUID: Final = re.compile(r"^\{?[0-9A-Fa-f]{8}-(?:[0-9A-Fa-f]{4}-){3}[0-9A-Fa-f]{12}\}?$")
_SID: Final = re.compile(r"^S-1-\d+(?:-\d+)+$", re.IGNORECASE)


def class_filter(kind: ObjectClass) -> bytes:
    """The LDAP filter of the objects that a class's cmdlets work on."""
    if kind is OBJECT:
        return filters.ANYTHING
    if kind is PRINCIPAL:
        return filters.present("objectSid")
    wanted = filters.equals("objectClass", kind.ldap_class)
    return filters.every(wanted, filters.equals("objectCategory", kind.category)) if kind.category else wanted


def find(
    directory: Directory,
    identity: Any,
    kind: ObjectClass,
    attributes: Sequence[str],
    *,
    controls: Sequence[Control] = (),
    partition: str | None = None,
) -> DirectoryEntryView:
    """The object. Raises AdFailure where there is none, or it is of another class, or there are two."""
    search = _Search(directory, kind, attributes, controls, partition or directory.default_context)
    return search.by(base_of(identity))


def find_member(directory: Directory, identity: Any, attributes: Sequence[str]) -> DirectoryEntryView:
    """A member or a group by a principal's identity; a failure carries the id of the module's own validation (N12, N13)."""
    try:
        return find(directory, identity, PRINCIPAL, attributes)
    except AdFailure as failure:
        if failure.category == "ObjectNotFound":
            raise failures.member_not_found(failure) from failure
        raise


@dataclass(frozen=True, slots=True)
class _Search:
    """One look for an identity: where, what class, which attributes to bring along."""

    directory: Directory
    kind: ObjectClass
    attributes: Sequence[str]
    controls: Sequence[Control]
    base: str

    def by(self, identity: Any) -> DirectoryEntryView:
        if isinstance(identity, AdObject):
            identity = identity.get("DistinguishedName") or identity.get("ObjectGUID") or ""
        if isinstance(identity, uuid.UUID):
            return self._by_key(f"<GUID={identity}>", str(identity))
        text = identity.value if isinstance(identity, SecurityIdentifier) else str(identity)
        if _GUID.match(text):
            return self._by_key(f"<GUID={text.strip('{}')}>", text)
        if isinstance(identity, SecurityIdentifier) or _SID.match(text):
            return self._by_key(f"<SID={text.upper()}>", text)
        return self._by_dn(text) if dn.looks_like_dn(text) else self._by_account_name(text)

    def _by_key(self, name: str, shown: str) -> DirectoryEntryView:
        found = self.directory.attempt(Operation.READ, lambda: self._read(name))
        if found is None:
            raise failures.not_found(shown, self.base)
        return found

    def _read(self, name: str) -> DirectoryEntryView | None:
        found = self.directory.connection.read(
            name, self.attributes, query=class_filter(self.kind), controls=self.controls
        )
        return None if found is None else self.directory.view(found)

    def _by_dn(self, name: str) -> DirectoryEntryView:
        if not self.directory.is_within(name):
            raise failures.not_found(name, self.base)
        try:
            found = self._read(name)
            exists = found is not None or self.directory.exists(name)
        except REFUSALS as error:
            if isinstance(error, DirectoryError) and error.result == ResultCode.INVALID_DN:
                raise failures.object_not_found() from error
            raise self.directory.failure(error, Operation.READ) from error
        if found is not None:
            return found
        raise failures.not_found(name, self.base) if exists else failures.object_not_found()

    def _by_account_name(self, name: str) -> DirectoryEntryView:
        if self.kind is OBJECT:
            raise failures.outside_partitions(self.directory.partitions)
        if self.kind is UNIT or not name:
            raise failures.not_found(name, self.base)
        names = [filters.equals("name" if self.kind is POLICY else "sAMAccountName", name)]
        if self.kind is COMPUTER and not name.endswith("$"):
            names.append(filters.equals("sAMAccountName", f"{name}$"))
        query = filters.every(class_filter(self.kind), filters.some(*names))
        search = self.directory.connection.search
        found = self.directory.attempt(
            Operation.READ,
            lambda: list(search(self.base, Scope.SUBTREE, query, self.attributes, controls=self.controls, limit=2)),
        )
        if not found:
            raise failures.not_found(name, self.base)
        if len(found) > 1:
            raise failures.ambiguous(name, self.base)
        return self.directory.view(found[0])
