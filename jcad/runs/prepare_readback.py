"""Reads back what preparing a domain has touched: objects, and permissions as a set of entries. Tells what is there."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from uuid import UUID

from jcad.directory import DirectoryReader, SecurityReader
from jcad.model import AdUser, DistinguishedName, UserAccountControl
from jcad.plan import Action, Reading, Ready, Target
from jcad.prepare.logon import GROUP, LOGON
from jcad.runs.readback import CLOCK_TOLERANCE

Entries = Callable[[Ready, bytes], frozenset[str]]
"""Which of an action's entries a descriptor gives now, in the words of its changes."""


class PrepareReadback:
    """A Verifier over one DirectoryReader."""

    def __init__(self, directory: DirectoryReader, entries: Entries) -> None:
        self._directory = directory
        self._security = SecurityReader(directory)
        self._entries = entries

    def read(self, ready: Sequence[Ready]) -> Mapping[str, Reading | None]:
        """What each action's object holds now, by action id; None where it is not there.

        Whether a password is kept as confirmed cannot be read of the directory: such an action is never taken for done.
        """
        readable = [one for one in ready if one.action.target is Target.DIRECTORY]
        return {one.action.id: self._one(one, one.guid) for one in readable if one.guid is not None}

    def find_created(self, action: Action, since: str) -> UUID | None:
        """The object of this create's name in its container, if it was created after the intent was written."""
        container = DistinguishedName.parse(str(action.item["path"]))
        child = self._directory.child(container, str(action.item["name"]))
        if child is None or child.created is None or child.sam != action.item.get("sam"):
            return None
        begun = datetime.fromisoformat(since).astimezone(UTC) - CLOCK_TOLERANCE
        return child.guid if child.created >= begun else None

    def _one(self, ready: Ready, guid: UUID) -> Reading | None:
        match ready.action.kind:
            case "create container":
                found = self._security.object(guid)
                return None if found is None else {"name": found.dn.name}
            case "update permissions":
                found = self._security.object(guid)
                if found is None:
                    return None
                return {"access": self._entries(ready, found.descriptor or b"")}
            case _:
                return self._account(guid)

    def _account(self, guid: UUID) -> Reading | None:
        account = self._directory.by_guid([guid]).get(guid)
        if account is None:
            return None
        reading: dict[str, str | frozenset[str] | None] = {
            "sAMAccountName": account.sam,
            "parent": str(account.dn.parent),
        }
        if isinstance(account, AdUser):
            never = UserAccountControl.DONT_EXPIRE_PASSWORD in account.control
            remote = self._security.remote_management
            reading |= {
                "password never expires": "true" if never else "false",
                "enabled": "true" if account.enabled else "false",
                LOGON: GROUP if remote is not None and account.dn in remote.members else None,
            }
        return reading
