"""Set-ADUser, -ADGroup, -ADOrganizationalUnit, -ADObject: parameters, -Add -Remove -Replace -Clear, or a changed -Instance."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar, Final

from jcad.errors import LabUnsupported
from jcad.lab.powershell.members import NoteProperty
from jcad.lab.powershell.values import NetList, base_of
from jcad.lab.windows.adtypes import AdObject
from jcad.lab.windows.changes import DISABLED, Changes, refuse_twin
from jcad.lab.windows.cmdlets.account import PASSWORD_STATE, modify, refuse_without_password
from jcad.lab.windows.cmdlets.base import AdCmdlet, declared
from jcad.lab.windows.cmdlets.protect import forbid_password_change, protect
from jcad.lab.windows.entry import DirectoryEntryView
from jcad.lab.windows.group_types import refuse_change
from jcad.lab.windows.identity import find
from jcad.lab.windows.properties import GROUP, OBJECT, UNIT, USER, ObjectClass

_TABLES: Final = frozenset({"Add", "Remove", "Replace", "Clear"})


class SetObject(AdCmdlet):
    """A change of one object, in one modify request."""

    attributes: ClassVar[tuple[str, ...]] = ("cn",)
    __slots__ = ()

    def run(self) -> None:
        """Find the object, build the change, ask, write."""
        instance = base_of(self.bound.get("Instance"))
        identity = self.bound["Identity"] if instance is None else instance
        found = find(self.directory, identity, self.kind, self.attributes, partition=self.text("Partition"))
        changes = Changes(self.directory, self.kind)
        if instance is None:
            self._parameters(changes)
        else:
            self._instance(changes, instance)
        self._check(changes, found)
        written = changes.finish(found.number)
        if self.context.should_process(found.dn, "Set"):
            refuse_change(self.directory, found.dn, written)
            modify(self.directory, found.dn, written, controls=changes.controls)
            self._after(found)
            if self.on("PassThru"):
                self.emit(found.dn)

    def target(self) -> tuple[Any, str, str]:
        """The identity, or the instance."""
        instance = base_of(self.bound.get("Instance"))
        if instance is None:
            return AdCmdlet.target(self)
        return instance, str(instance), self.kind.short

    def _parameters(self, changes: Changes) -> None:
        special: dict[str, Callable[[Any], None]] = {
            "ChangePasswordAtLogon": lambda value: changes.must_change_password(bool(value)),
            "ServicePrincipalNames": changes.spn_table,
            "ProtectedFromAccidentalDeletion": lambda _: None,
        }
        for parameter, value in self.bound.items():
            known = self.kind.properties.get(parameter.lower())
            if parameter in special:
                special[parameter](base_of(value))
            elif known is not None and known.writable and parameter not in _TABLES:
                changes.parameter(known, value)
        changes.tables(self.bound)

    def _instance(self, changes: Changes, instance: Any) -> None:
        """What a script has changed of an object since it was read."""
        if not isinstance(instance, AdObject):
            raise LabUnsupported(
                f"{self.context.command.name} -Instance with something that is no object of the module"
            )
        for name, member in (instance.extended or {}).items():
            if not isinstance(member, NoteProperty) or _same(instance.written.get(name), member.value):
                continue
            known = self.kind.properties.get(name)
            if known is not None:
                changes.parameter(known, member.value)
            else:
                changes.replace(member.name, member.value)

    def _check(self, changes: Changes, found: DirectoryEntryView) -> None:
        """Refuse what Windows refuses before it writes."""
        names = [
            value.decode()
            for change in changes.listed
            if change.attribute == "sAMAccountName"
            for value in change.values
        ]
        current = found.text("sAMAccountName") or ""
        refuse_twin(
            self.directory, [name for name in names if name.lower() != current.lower()], is_group=self.kind is GROUP
        )

    def _after(self, found: DirectoryEntryView) -> None:
        """What cannot be part of the one request, and what the host must know of it."""
        name = self.text("SamAccountName")
        if name is not None:
            self.directory.host.shared.names.note(name)
        protected = base_of(self.bound.get("ProtectedFromAccidentalDeletion"))
        if protected is not None:
            protect(self.directory, found.dn, bool(protected))
        forbidden = base_of(self.bound.get("CannotChangePassword"))
        if forbidden is not None:
            forbid_password_change(self.directory, found.dn, bool(forbidden))


def _same(before: Any, now: Any) -> bool:
    if before is now:
        return True
    if isinstance(before, NetList) and isinstance(now, NetList):
        return list(before) == list(now)
    return type(before) is type(now) and bool(before == now)


@declared(
    "Set-ADUser",
    unsupported="AuthenticationPolicy AuthenticationPolicySilo Certificates"
    " CompoundIdentitySupported KerberosEncryptionType PrincipalsAllowedToDelegateToAccount",
)
class SetADUser(SetObject):
    """Set-ADUser."""

    kind: ClassVar[ObjectClass] = USER
    attributes: ClassVar[tuple[str, ...]] = (*PASSWORD_STATE, "sAMAccountName")
    __slots__ = ()

    def _check(self, changes: Changes, found: DirectoryEntryView) -> None:
        SetObject._check(self, changes, found)  # noqa: SLF001  - the same method, one class up
        if changes.clear_bits & DISABLED:
            refuse_without_password(self.directory, found)


@declared("Set-ADGroup")
class SetADGroup(SetObject):
    """Set-ADGroup."""

    kind: ClassVar[ObjectClass] = GROUP
    attributes: ClassVar[tuple[str, ...]] = ("groupType", "sAMAccountName")
    __slots__ = ()


@declared("Set-ADOrganizationalUnit")
class SetADOrganizationalUnit(SetObject):
    """Set-ADOrganizationalUnit."""

    kind: ClassVar[ObjectClass] = UNIT
    __slots__ = ()


@declared("Set-ADObject")
class SetADObject(SetObject):
    """Set-ADObject."""

    kind: ClassVar[ObjectClass] = OBJECT
    attributes: ClassVar[tuple[str, ...]] = ("sAMAccountName",)
    __slots__ = ()
