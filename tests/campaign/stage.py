"""The stage: one running lab with the second day pending, put back to just that after each scenario."""

from __future__ import annotations

import shutil
import sqlite3
import struct
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path

from labsite import CONTAINER, Site
from smallseed import NEW, PENDING, second_day, small_seed

from jcad.lab.domain.database import Change, Entry, delete, modify, move
from jcad.lab.lab import Lab
from jcad.lab.seed import API_KEY, READER, WRITER, password_of

KEPT = ("givenName", "sn", "mail", "displayName", "userAccountControl", "sAMAccountName", "userPrincipalName", "member")
SECRETS = (API_KEY, password_of(READER), password_of(WRITER))


class Stage:
    """A lab as it is on the morning of the second day."""

    def __init__(self, folder: Path) -> None:
        self.lab = Lab.start(folder / "lab", seed=small_seed())
        self.site = Site(self.lab)
        self.store = self.store_now = self.lab.folder / "state.db"
        self.backup = folder / "backup.db"
        self.passwords = folder / "passwords"
        self.site.edit("[store]", "reenable = true\n\n[store]")
        self._settings = self.site.settings.read_text("utf-8")
        first = self.site.jcad("sync", "apply", "--yes")
        assert first.code == 0, first.out + first.err
        second_day(self.lab.tenant)
        self._checkpoint()
        shutil.copy(self.store, self.backup)
        self._before = {_guid(entry): entry for entry in self._objects()}
        self.sales = _guid(next(one for one in self._before.values() if one.text("sAMAccountName") == "Sales"))
        self.versions: Mapping[str, Counter[int]] = {}
        self.reset()

    def close(self) -> None:
        """Stop the lab."""
        self.lab.close()

    # ---- back to the morning -----------------------------------------------------------------------------------------

    def reset(self) -> None:
        """Put back what a scenario has changed: faults, settings, the store, the domain."""
        self.lab.faults.clear()
        if not self.lab.dc(1).running:
            self.lab.dc(1).start()
        for server in (self.lab.dc(1).https, self.lab.dc(1).http):
            server.close_shells()  # a killed run leaves one for a quarter of an hour, and a user may have thirty
        self.site.settings.write_text(self._settings, "utf-8")
        self.restore_store()
        self.passwords.write_text("")
        found = {_guid(entry): entry for entry in self._objects()}
        changes = [change for guid, entry in found.items() for change in self._undo(guid, entry)]
        if changes:
            self.lab.database.apply(changes)
        self.versions = self.read_versions()

    def restore_store(self) -> None:
        """Put the backup of the store in its place."""
        self.store_now = self.store
        for path in self.store.parent.glob(self.store.name + "*"):
            path.unlink()
        shutil.copy(self.backup, self.store)

    def _undo(self, guid: str, entry: Entry) -> list[Change]:
        before = self._before.get(guid)
        if before is None:
            return [delete(entry.dn)]
        changes = []
        if entry.dn != before.dn:
            changes.append(move(entry.dn, before.dn))
        different = [name for name in KEPT if sorted(entry.texts(name)) != sorted(before.texts(name))]
        if different:
            changes.append(modify(before.dn, *(("replace", name, before.texts(name)) for name in different)))
        return changes

    def _objects(self) -> list[Entry]:
        return self.lab.database.search(
            "(|(objectClass=user)(objectClass=group))", [*KEPT, "objectGUID"], base=CONTAINER
        )

    def _checkpoint(self) -> None:
        with sqlite3.connect(self.store) as raw:
            raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        raw.close()

    # ---- what is there, read past jcad -------------------------------------------------------------------------------

    def read_versions(self) -> dict[str, Counter[int]]:
        """How often each replicated attribute of each object has been written (MS-ADTS 3.1.1.1.9), by objectGUID or name.

        An object of the first day goes by its GUID, one that is new by its name: so that twins show as well.
        """
        found = self.lab.database.search(
            "(|(objectClass=user)(objectClass=group))",
            ["objectGUID", "sAMAccountName", "replPropertyMetaData"], base=CONTAINER,
        )  # fmt: skip
        return {self._label(entry): _versions(entry.attributes["replPropertyMetaData"][0]) for entry in found}

    def writes(self) -> dict[str, Counter[int]]:
        """How often each attribute was written since the morning."""
        now = self.read_versions()
        counted = {label: +Counter(versions - self.versions.get(label, Counter())) for label, versions in now.items()}
        return {label: versions for label, versions in counted.items() if versions}

    def _label(self, entry: Entry) -> str:
        guid = _guid(entry)
        return guid if guid in self._before else entry.text("sAMAccountName")

    def done(self, actions: Iterable[tuple[str, str]] = PENDING) -> set[tuple[str, str]]:
        """Which of these actions have been carried out, wholly; by OpenLDAP's client and by plain SQL."""
        entries = {
            one.text("sAMAccountName"): one
            for one in self.lab.ldapsearch(
                "(|(objectClass=user)(objectClass=group))", *KEPT, "objectGUID", "pwdLastSet"
            )
        }
        return {(kind, name) for kind, name in actions if self._is_done(kind, name, entries)}

    def _is_done(self, kind: str, name: str, entries: Mapping[str, Entry]) -> bool:
        who, _, group = name.partition(" in ")
        entry = entries.get(who)
        match kind:
            case "create user":
                return entry is not None and _whole(entry)
            case "create group":
                return entry is not None
            case "rename group":
                return entry is not None and _guid(entry) == self.sales and entry.dn.startswith(f"CN={who},")
            case "update user":
                return entry is not None and entry.text("sn").startswith("Before" if who in NEW else "O'After")
            case "disable user" | "enable user":
                return entry is not None and _enabled(entry) is (kind == "enable user")
            case "add member":
                return entry is not None and entry.dn in _members(entries.get(group))
            case "remove member":
                there = entries.get(group)
                return entry is not None and there is not None and entry.dn not in _members(there)
        tenant = self.lab.tenant
        cloud = tenant.user_id(name) if kind.endswith("user") else tenant.group_id(name)
        return (cloud in self._links()) is kind.startswith("link")

    def _links(self) -> set[str]:
        raw = sqlite3.connect(self.store_now)
        try:
            return {row[0] for row in raw.execute("SELECT cloud_id FROM jcad_link")}
        finally:
            raw.close()


def _guid(entry: Entry) -> str:
    return next(values[0].hex() for name, values in entry.attributes.items() if name.lower() == "objectguid")


def _enabled(entry: Entry) -> bool:
    return not int(entry.text("userAccountControl")) & 2


def _whole(entry: Entry) -> bool:
    name = entry.text("sAMAccountName")
    assert name in NEW
    return (
        _enabled(entry) and entry.text("pwdLastSet") not in {"", "0"}
        and entry.text("sn") == "Before" and bool(entry.text("givenName")) and bool(entry.text("mail"))
    )  # fmt: skip


def _members(entry: Entry | None) -> tuple[str, ...]:
    return entry.texts("member") if entry else ()


def _versions(blob: bytes) -> Counter[int]:
    """The versions in a replPropertyMetaDataBlob, by attribute id: 16 bytes of header, then 48 for each attribute."""
    (count,) = struct.unpack_from("<I", blob, 8)
    return Counter(dict(struct.unpack_from("<II", blob, 16 + 48 * number) for number in range(count)))
