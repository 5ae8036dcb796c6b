"""Rename-ADObject, Move-ADObject, and the Remove-* cmdlets."""

from __future__ import annotations

from typing import ClassVar

from jcad.lab.powershell.values import base_of
from jcad.lab.windows import dn, failures, ldap
from jcad.lab.windows.cmdlets.base import AdCmdlet, declared
from jcad.lab.windows.failures import AdFailure, Operation, from_code
from jcad.lab.windows.identity import find
from jcad.lab.windows.ldap import Control
from jcad.lab.windows.limits import check_common_name
from jcad.lab.windows.properties import GROUP, OBJECT, UNIT, USER, ObjectClass


@declared("Rename-ADObject")
class RenameADObject(AdCmdlet):
    """Rename-ADObject: a new name in the same place."""

    kind: ClassVar[ObjectClass] = OBJECT
    __slots__ = ()

    def run(self) -> None:
        """Find, ask, rename."""
        found = self.find("cn")
        name = self.text("NewName") or ""
        check_common_name(name)
        leaf = f"{dn.leaf_type(found.dn)}={dn.escape(name)}"
        if self.context.should_process(found.dn, "Rename"):
            self.directory.attempt(
                Operation.RENAME, lambda: self.directory.connection.rename(found.dn, leaf, dn.parent(found.dn))
            )
            if self.on("PassThru"):
                self.emit(f"{leaf},{dn.parent(found.dn)}")


@declared("Move-ADObject", unsupported="TargetServer")
class MoveADObject(AdCmdlet):
    """Move-ADObject: the same name in another container."""

    kind: ClassVar[ObjectClass] = OBJECT
    __slots__ = ()

    def run(self) -> None:
        """Find the object and the container, ask, move."""
        found = self.find("cn")
        container = self._container()
        leaf = dn.leaf(found.dn)
        if self.context.should_process(found.dn, "Move"):
            self.directory.attempt(Operation.MOVE, lambda: self.directory.connection.rename(found.dn, leaf, container))
            if self.on("PassThru"):
                self.emit(f"{leaf},{container}")

    def _container(self) -> str:
        """The DN of -TargetPath. Raises AdFailure where there is none (M1), or it belongs to another forest (M2)."""
        target = base_of(self.bound["TargetPath"])
        if isinstance(target, str) and dn.looks_like_dn(target) and not self.directory.is_within(target):
            raise from_code(failures.NO_NAMING_CONTEXT)
        try:
            return find(self.directory, self.bound["TargetPath"], OBJECT, ["cn"]).dn
        except AdFailure as failure:
            if failure.category == "ObjectNotFound":
                raise from_code(failures.NO_PARENT) from failure
            raise


class RemoveObject(AdCmdlet):
    """Deletes one object."""

    __slots__ = ()

    def run(self) -> None:
        """Find, ask, delete."""
        found = self.find("cn")
        if self.context.should_process(found.dn, "Remove"):
            controls = (Control(ldap.TREE_DELETE),) if self.on("Recursive") else ()
            self.directory.attempt(Operation.DELETE, lambda: self.directory.connection.delete(found.dn, controls))


@declared("Remove-ADUser")
class RemoveADUser(RemoveObject):
    """Remove-ADUser."""

    kind: ClassVar[ObjectClass] = USER
    __slots__ = ()


@declared("Remove-ADGroup")
class RemoveADGroup(RemoveObject):
    """Remove-ADGroup."""

    kind: ClassVar[ObjectClass] = GROUP
    __slots__ = ()


@declared("Remove-ADOrganizationalUnit")
class RemoveADOrganizationalUnit(RemoveObject):
    """Remove-ADOrganizationalUnit."""

    kind: ClassVar[ObjectClass] = UNIT
    __slots__ = ()


@declared("Remove-ADObject", unsupported="IncludeDeletedObjects")
class RemoveADObject(RemoveObject):
    """Remove-ADObject."""

    kind: ClassVar[ObjectClass] = OBJECT
    __slots__ = ()
