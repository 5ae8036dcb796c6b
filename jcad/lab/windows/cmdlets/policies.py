"""Fine-grained password policies: Get-, New-, Set-, Remove-ADFineGrainedPasswordPolicy, and the accounts they hold for."""

from __future__ import annotations

from typing import ClassVar, Final

from jcad.lab.powershell.values import base_of
from jcad.lab.windows.cmdlets.account import modify
from jcad.lab.windows.cmdlets.base import AdCmdlet, declared, listed
from jcad.lab.windows.cmdlets.change import SetObject
from jcad.lab.windows.cmdlets.create import NewObject
from jcad.lab.windows.cmdlets.get import GetObjects
from jcad.lab.windows.cmdlets.placing import RemoveObject
from jcad.lab.windows.cmdlets.protect import protect
from jcad.lab.windows.identity import find, find_member
from jcad.lab.windows.ldap import Change, ChangeKind
from jcad.lab.windows.properties import POLICY, PRINCIPAL, ObjectClass
from jcad.lab.windows.reading import Request

_APPLIES_TO: Final = "msDS-PSOAppliesTo"
_MINUTE: Final = 600_000_000
_DAY: Final = 1440 * _MINUTE

#: What the cmdlet's documentation says where a parameter is not given; reversible encryption: unverified on Windows.
_DEFAULTS: Final = {
    "msDS-LockoutDuration": str(-30 * _MINUTE),
    "msDS-LockoutObservationWindow": str(-30 * _MINUTE),
    "msDS-LockoutThreshold": "0",
    "msDS-MaximumPasswordAge": str(-42 * _DAY),
    "msDS-MinimumPasswordAge": str(-_DAY),
    "msDS-MinimumPasswordLength": "7",
    "msDS-PasswordComplexityEnabled": "TRUE",
    "msDS-PasswordHistoryLength": "24",
    "msDS-PasswordReversibleEncryptionEnabled": "FALSE",
}


@declared("Get-ADFineGrainedPasswordPolicy")
class GetADFineGrainedPasswordPolicy(GetObjects):
    """Get-ADFineGrainedPasswordPolicy; an account that may not read policies finds none."""

    kind: ClassVar[ObjectClass] = POLICY
    __slots__ = ()


@declared("New-ADFineGrainedPasswordPolicy")
class NewADFineGrainedPasswordPolicy(NewObject):
    """New-ADFineGrainedPasswordPolicy, in the domain's Password Settings Container."""

    kind: ClassVar[ObjectClass] = POLICY
    __slots__ = ()

    def _default_parent(self) -> str:
        return f"CN=Password Settings Container,CN=System,{self.directory.default_context}"

    def _attributes(self, name: str) -> dict[str, tuple[bytes, ...]]:
        given = NewObject._attributes(self, name)  # noqa: SLF001  - the same method, one class up
        return {attribute: (value.encode(),) for attribute, value in _DEFAULTS.items()} | given

    def _finish(self) -> None:
        if base_of(self.bound.get("ProtectedFromAccidentalDeletion")) is True:
            protect(self.directory, self._dn, True)


@declared("Set-ADFineGrainedPasswordPolicy")
class SetADFineGrainedPasswordPolicy(SetObject):
    """Set-ADFineGrainedPasswordPolicy."""

    kind: ClassVar[ObjectClass] = POLICY
    __slots__ = ()


@declared("Remove-ADFineGrainedPasswordPolicy")
class RemoveADFineGrainedPasswordPolicy(RemoveObject):
    """Remove-ADFineGrainedPasswordPolicy."""

    kind: ClassVar[ObjectClass] = POLICY
    __slots__ = ()


@declared("Get-ADFineGrainedPasswordPolicySubject")
class GetADFineGrainedPasswordPolicySubject(AdCmdlet):
    """Get-ADFineGrainedPasswordPolicySubject: the users and groups that a policy holds for."""

    kind: ClassVar[ObjectClass] = POLICY
    __slots__ = ()

    def run(self) -> None:
        """Read the policy, then each subject."""
        subjects = self.find(_APPLIES_TO).bytes(_APPLIES_TO)
        request = Request.of(PRINCIPAL, (), self.directory.schema)
        for subject in subjects:
            found = find(self.directory, subject.decode(), PRINCIPAL, request.attributes)
            self.context.write(request.build(self.directory, found))


class ChangeSubjects(AdCmdlet):
    """Changes whom a policy holds for, in one modify request."""

    kind: ClassVar[ObjectClass] = POLICY
    how: ClassVar[ChangeKind]
    __slots__ = ()

    def run(self) -> None:
        """Find the policy and the subjects, ask, write."""
        policy = self.find("cn")
        subjects = tuple(find_member(self.directory, one, ["cn"]).dn.encode() for one in listed(self.bound["Subjects"]))
        if self.context.should_process(policy.dn, "Set"):
            modify(self.directory, policy.dn, [Change(self.how, _APPLIES_TO, subjects)])
            if self.on("PassThru"):
                self.emit(policy.dn)


@declared("Add-ADFineGrainedPasswordPolicySubject")
class AddADFineGrainedPasswordPolicySubject(ChangeSubjects):
    """Add-ADFineGrainedPasswordPolicySubject."""

    how: ClassVar[ChangeKind] = ChangeKind.ADD
    __slots__ = ()


@declared("Remove-ADFineGrainedPasswordPolicySubject")
class RemoveADFineGrainedPasswordPolicySubject(ChangeSubjects):
    """Remove-ADFineGrainedPasswordPolicySubject."""

    how: ClassVar[ChangeKind] = ChangeKind.DELETE
    __slots__ = ()
