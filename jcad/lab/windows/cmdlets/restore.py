"""Restore-ADObject: a deleted object comes back to life (MS-ADTS 3.1.1.5.3.7, reanimation of a tombstone)."""

from __future__ import annotations

from typing import Any, ClassVar, Final

from jcad.lab.windows import dn, failures, ldap
from jcad.lab.windows.cmdlets.base import AdCmdlet, declared
from jcad.lab.windows.entry import DirectoryEntryView
from jcad.lab.windows.failures import Operation, from_code
from jcad.lab.windows.identity import find
from jcad.lab.windows.ldap import Change, ChangeKind, Control
from jcad.lab.windows.limits import check_common_name
from jcad.lab.windows.properties import OBJECT, ObjectClass

_SHOW_DELETED: Final = Control(ldap.SHOW_DELETED)
_MARK: Final = "\nDEL:"
"""What stands between a deleted object's old name and its GUID (MS-ADTS 3.1.1.5.5.1.1)."""


@declared("Restore-ADObject")
class RestoreADObject(AdCmdlet):
    """Restore-ADObject: under its old name where it was, or under -NewName in -TargetPath."""

    kind: ClassVar[ObjectClass] = OBJECT
    __slots__ = ("_deleted",)

    def run(self) -> None:
        """Find the deleted object and the container, ask, restore in one modify request."""
        self._deleted = ""
        found = find(
            self.directory,
            self.bound["Identity"],
            OBJECT,
            ["objectGUID", "name", "lastKnownParent", "isDeleted", "sAMAccountName"],
            controls=(_SHOW_DELETED,),
            partition=self.text("Partition"),
        )
        self._deleted = found.dn
        name = self._name(found)
        if not self.context.should_process(found.dn, "Restore"):
            return
        changes = (
            Change(ChangeKind.DELETE, "isDeleted", ()),
            Change(ChangeKind.REPLACE, "distinguishedName", (name.encode(),)),
        )
        self.directory.attempt(
            Operation.CHANGE, lambda: self.directory.connection.modify(found.dn, changes, (_SHOW_DELETED,))
        )
        account = found.text("sAMAccountName")
        if account is not None:
            self.directory.host.shared.names.note(account)
        if self.on("PassThru"):
            self.emit(str(found.first("objectGUID")))

    def target(self) -> tuple[Any, str, str]:
        """The deleted object by its DN (A3), or what was named where there is none."""
        shown = AdCmdlet.target(self)
        return (shown[0], self._deleted, shown[2]) if self._deleted else shown

    def _name(self, found: DirectoryEntryView) -> str:
        """The DN that the object will have. Raises AdFailure where its container is not there (any more)."""
        name = self.text("NewName") or (found.text("name") or "").partition(_MARK)[0]
        check_common_name(name)
        parent = self.text("TargetPath") or found.text("lastKnownParent") or dn.parent(found.dn)
        if not self.directory.attempt(Operation.READ, lambda: self.directory.exists(parent)):
            raise from_code(failures.NO_PARENT)
        return f"{dn.leaf_type(found.dn)}={dn.escape(name)},{parent}"
