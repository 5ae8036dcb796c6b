"""Says whether a lab's domain is what its seed said it must be after a first sync; reads with OpenLDAP's client alone.

The expectation was written down by hand beside each case of the seed; nothing of jcad's own reading or planning is used.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from jcad.lab.domain.database import Entry
from jcad.lab.domain.ldapsearch import ldapsearch
from jcad.lab.seed import ROOT_USER_CONTAINER, ExpectedGroup, ExpectedUser, Outcome, Seed, TenantUser
from jcad.model import DistinguishedName

_ACCOUNTDISABLE = 2
_ATTRIBUTES = ("sAMAccountName", "userPrincipalName", "givenName", "sn", "mail", "userAccountControl", "pwdLastSet",
               "groupType", "member", "primaryGroupID", "objectSid")  # fmt: skip


class Witness:
    """One reading of the domain, held against the seed."""

    def __init__(self, seed: Seed, url: str, ca_file: Path) -> None:
        self._seed = seed
        found = ldapsearch(url, ca_file, "(sAMAccountName=*)", *_ATTRIBUTES)
        self._by_name: Mapping[str, Entry] = {entry.text("sAMAccountName").casefold(): entry for entry in found}
        self._names: Mapping[DistinguishedName, str] = {
            DistinguishedName.parse(entry.dn): entry.text("sAMAccountName").casefold() for entry in found
        }

    def differences(self) -> list[str]:
        """Every way in which the domain is not what was said; empty when all is as it must be."""
        return [*self._users(), *self._groups(), *self._strangers()]

    def _users(self) -> Iterator[str]:
        tenant = {user.id: user for user in self._seed.tenant.users}
        for expected in self._seed.expected.users:
            if expected.outcome is Outcome.CREATE:
                yield from self._created(expected, tenant[expected.id])
            elif expected.outcome is Outcome.LINK:
                yield from self._linked(expected)
            else:
                yield from self._untouched(expected.username)

    def _created(self, expected: ExpectedUser, user: TenantUser) -> Iterator[str]:
        entry = self._by_name.get(expected.sam_account_name.casefold())
        if entry is None:
            yield f"user {expected.username} was not created"
            return
        place = DistinguishedName.parse(ROOT_USER_CONTAINER).child("CN", expected.username)
        if DistinguishedName.parse(entry.dn) != place:
            yield f"user {expected.username} is {entry.dn}, not {place}"
        for attribute, value in (("givenName", user.firstname), ("sn", user.lastname), ("mail", user.email)):
            if entry.text(attribute) != value:
                yield f"user {expected.username} has {attribute} {entry.text(attribute)!r}, not {value!r}"
        if entry.text("pwdLastSet") in {"", "0"}:
            yield f"user {expected.username} has no password"
        yield from self._enabled(expected, entry)

    def _linked(self, expected: ExpectedUser) -> Iterator[str]:
        before = self._seed.directory.user(expected.sam_account_name)
        entry = self._by_name[expected.sam_account_name.casefold()]
        new = {change.attribute: change.new for change in expected.changes}
        for attribute in ("givenName", "sn", "mail"):
            value = new.get(attribute, before.value(attribute))
            if entry.text(attribute) != value:
                yield f"user {expected.username} has {attribute} {entry.text(attribute)!r}, not {value!r}"
        yield from self._enabled(expected, entry)

    def _enabled(self, expected: ExpectedUser, entry: Entry) -> Iterator[str]:
        enabled = not int(entry.text("userAccountControl")) & _ACCOUNTDISABLE
        if enabled is not expected.enabled:
            yield f"user {expected.username} is {'enabled' if enabled else 'disabled'}"

    def _untouched(self, username: str) -> Iterator[str]:
        """Whoever was skipped or in conflict is as the seed made them: not there, or with every attribute as it was."""
        entry = self._by_name.get(username.casefold())
        before = {user.sam_account_name.casefold(): user for user in self._seed.directory.users}.get(
            username.casefold()
        )
        if before is None and entry is not None and self._made_here(username):
            yield f"user {username} was created, and must not be"
        if before is not None and entry is not None:
            for attribute in ("givenName", "sn", "mail"):
                if entry.text(attribute) != before.value(attribute):
                    yield f"user {username} was written: its {attribute} is {entry.text(attribute)!r}"

    def _made_here(self, username: str) -> bool:
        """Whether neither the seed nor the provisioning made an object of this name."""
        directory = self._seed.directory
        seeded = [one.sam_account_name for one in directory.groups] + [
            one.sam_account_name for one in directory.computers
        ]
        entry = self._by_name[username.casefold()]
        provisioned = int(entry.text("primaryGroupID") or 0) == 513 and entry.dn.startswith(("CN=krbtgt,", "CN=Guest,"))
        return not provisioned and username.casefold() not in map(str.casefold, seeded)

    def _groups(self) -> Iterator[str]:
        for expected in self._seed.expected.groups:
            if expected.outcome in {Outcome.CREATE, Outcome.LINK}:
                yield from self._group(expected)

    def _group(self, expected: ExpectedGroup) -> Iterator[str]:
        entry = self._by_name.get(expected.name.casefold())
        if entry is None:
            yield f"group {expected.name} was not created"
            return
        members = {self._names.get(DistinguishedName.parse(dn), dn) for dn in entry.texts("member")}
        sams = {user.username: user.sam_account_name.casefold() for user in self._seed.expected.users}
        missing = [name for name in expected.adds if sams[name] not in members]
        missing += [name for name in expected.kept if name.casefold() not in members and not self._primary(name)]
        if missing:
            yield f"group {expected.name} lacks {', '.join(missing)}"
        seeded = {one.sam_account_name: one for one in self._seed.directory.groups}.get(expected.name)
        allowed = {sams[name] for name in expected.adds} | {
            name.casefold() for name in (seeded.members if seeded else ())
        }
        if strange := sorted(members - allowed):
            yield f"group {expected.name} has {', '.join(strange)} as well"

    def _primary(self, name: str) -> bool:
        entry = self._by_name.get(name.casefold())
        return entry is not None and entry.text("primaryGroupID") not in {"", "513"}

    def _strangers(self) -> Iterator[str]:
        """Objects in the root user container that neither the seed made nor the sync was to create."""
        directory, expected = self._seed.directory, self._seed.expected
        known = {one.sam_account_name.casefold() for one in directory.users}
        known |= {one.sam_account_name.casefold() for one in directory.groups}
        known |= {one.sam_account_name.casefold() for one in expected.users if one.outcome is Outcome.CREATE}
        known |= {one.name.casefold() for one in expected.groups if one.outcome is Outcome.CREATE}
        container = DistinguishedName.parse(ROOT_USER_CONTAINER)
        for dn, name in self._names.items():
            if dn.is_under(container) and name not in known:
                yield f"{dn} is there, and nobody said so"
