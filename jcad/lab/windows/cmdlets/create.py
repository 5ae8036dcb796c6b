"""New-ADUser, New-ADGroup, New-ADOrganizationalUnit, New-ADObject."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Final

from jcad.errors import LabUnsupported
from jcad.lab.powershell.values import base_of
from jcad.lab.windows import dn, failures, filters
from jcad.lab.windows.changes import (
    DISABLED,
    NORMAL_ACCOUNT,
    Changes,
    attribute_of,
    group_type,
    new_account_dn,
    pairs,
    refuse_twin,
    values_of,
)
from jcad.lab.windows.cmdlets.account import modify, set_password
from jcad.lab.windows.cmdlets.base import AdCmdlet, declared
from jcad.lab.windows.cmdlets.protect import forbid_password_change, protect
from jcad.lab.windows.failures import Operation, from_code
from jcad.lab.windows.group_types import refuse_type
from jcad.lab.windows.identity import find
from jcad.lab.windows.ldap import Scope
from jcad.lab.windows.limits import check_account_name, check_common_name
from jcad.lab.windows.properties import GROUP, OBJECT, UAC, UNIT, USER, ObjectClass

_USERS_CONTAINER: Final = "A9D1CA15768811D1ADED00C04FD8D5CD"
_IDENTITIES: Final = frozenset({"Manager", "ManagedBy"})
_SCOPES: Final = {"DomainLocal": 4, "Global": 2, "Universal": 8}
_HANDLED: Final = frozenset({"enabled", "accountpassword", "changepasswordatlogon", "groupscope", "groupcategory"})


class NewObject(AdCmdlet):
    """A new object. The error's target is the DN that it would have had."""

    naming: ClassVar[str] = "CN"
    __slots__ = ("_dn",)

    def run(self) -> None:
        """Check the names, ask, add."""
        self._dn = ""
        if base_of(self.bound.get("Instance")) is not None:
            raise LabUnsupported(f"{self.context.command.name} -Instance")
        name = str(base_of(self.bound["Name"]))
        parent = self.text("Path") or self._default_parent()
        self._dn = f"{self.naming}={dn.escape(name)},{parent}"
        self._check_parent(parent)
        check_common_name(name)
        attributes = self._attributes(name)
        if self.context.should_process(self._dn, "New"):
            self._add(attributes)
            self._finish()
            if self.on("PassThru"):
                self.emit(self._dn)

    def target(self) -> tuple[Any, str, str]:
        """The DN as a string."""
        return self._dn, self._dn, "String"

    def _default_parent(self) -> str:
        return self.directory.default_context

    def _check_parent(self, parent: str) -> None:
        if not dn.is_well_formed(parent):
            raise from_code(failures.BAD_NAME)
        if not self.directory.attempt(Operation.READ, lambda: self.directory.exists(parent)):
            raise failures.object_not_found()

    def _attributes(self, name: str) -> dict[str, tuple[bytes, ...]]:  # noqa: ARG002  - subclasses use the name
        """What the object is created with: its class, the parameters, -OtherAttributes."""
        attributes: dict[str, tuple[bytes, ...]] = {"objectClass": (self._ldap_class().encode(),)}
        for parameter, value in self.bound.items():
            self._parameter(attributes, parameter, value)
        for attribute_name, value in pairs(self.bound.get("OtherAttributes")):
            attribute = attribute_of(self.directory, attribute_name)
            attributes[attribute.name] = values_of(attribute, value)
        return {attribute: values for attribute, values in attributes.items() if values}

    def _parameter(self, attributes: dict[str, tuple[bytes, ...]], parameter: str, value: Any) -> None:
        known = self.kind.properties.get(parameter.lower())
        plain = base_of(value)
        if known is None or not known.writable or known.name.lower() in _HANDLED or known.bit or plain is None:
            return
        if known.attribute is None:
            if known.name != "ProtectedFromAccidentalDeletion":
                raise LabUnsupported(f"{self.context.command.name} -{parameter}")
            return
        if known.name in _IDENTITIES:
            plain = new_account_dn(self.directory, known.name, plain)
        changes = Changes(self.directory, self.kind)
        changes.parameter(known, plain)
        attributes[changes.listed[0].attribute] = changes.listed[0].values

    def _ldap_class(self) -> str:
        return self.text("Type") or self.kind.ldap_class

    def _add(self, attributes: Mapping[str, tuple[bytes, ...]]) -> None:
        if "groupType" in attributes:
            refuse_type(attributes["groupType"][0])
        self.directory.attempt(Operation.CREATE, lambda: self.directory.connection.add(self._dn, attributes))

    def _finish(self) -> None:
        """What is done once the object is there."""


class NewPrincipal(NewObject):
    """A new user or group: it has an account name."""

    __slots__ = ()

    def _default_parent(self) -> str:
        users = f"<WKGUID={_USERS_CONTAINER},{self.directory.default_context}>"
        found = self.directory.attempt(Operation.READ, lambda: self.directory.connection.read(users, ["cn"]))
        return found.dn if found is not None else f"CN=Users,{self.directory.default_context}"

    def _attributes(self, name: str) -> dict[str, tuple[bytes, ...]]:
        attributes = NewObject._attributes(self, name)  # noqa: SLF001  - the same method, one class up
        attributes.setdefault("sAMAccountName", (name.encode(),))
        account = attributes["sAMAccountName"][0].decode()
        check_account_name(account, is_user=self.kind is USER)
        refuse_twin(self.directory, [account], is_group=self.kind is GROUP)
        return attributes

    def _add(self, attributes: Mapping[str, tuple[bytes, ...]]) -> None:
        try:
            NewObject._add(self, attributes)  # noqa: SLF001  - the same method, one class up
        except failures.AdFailure as failure:
            if failure.code not in {failures.USER_EXISTS, failures.NAME_EXISTS}:
                raise
            if failure.code == failures.NAME_EXISTS and not self._is_taken(attributes["sAMAccountName"][0]):
                raise
            exists = failures.GROUP_EXISTS if self.kind is GROUP else failures.USER_EXISTS
            raise from_code(exists) from failure
        self.directory.host.shared.names.note(attributes["sAMAccountName"][0].decode())

    def _is_taken(self, account: bytes) -> bool:
        """Whether an account has that name: Windows looks at it before it looks at the common name (E2, E5)."""
        query = filters.equals("sAMAccountName", account)
        search = self.directory.connection.search
        found = self.directory.attempt(
            Operation.READ,
            lambda: list(search(self.directory.default_context, Scope.SUBTREE, query, ["cn"], limit=1)),
        )
        return bool(found)


@declared(
    "New-ADUser",
    unsupported="AuthenticationPolicy AuthenticationPolicySilo Certificates"
    " CompoundIdentitySupported KerberosEncryptionType PrincipalsAllowedToDelegateToAccount",
)
class NewADUser(NewPrincipal):
    """New-ADUser: creates the account disabled, sets the password, then enables it.

    A password that the policy refuses leaves the account behind, disabled, and is reported (P6).
    """

    kind: ClassVar[ObjectClass] = USER
    __slots__ = ()

    def _attributes(self, name: str) -> dict[str, tuple[bytes, ...]]:
        attributes = NewPrincipal._attributes(self, name)  # noqa: SLF001  - the same method, one class up
        control = NORMAL_ACCOUNT | DISABLED
        for parameter, value in self.bound.items():
            known = self.kind.properties.get(parameter.lower())
            if known is not None and known.bit and known.name != "Enabled" and base_of(value) is True:
                control |= known.bit
        attributes[UAC] = (str(control).encode(),)
        return attributes

    def _finish(self) -> None:
        password = base_of(self.bound.get("AccountPassword"))
        if password is not None:
            set_password(self.directory, self._dn, password)
        changes = Changes(self.directory, self.kind)
        if base_of(self.bound.get("ChangePasswordAtLogon")) is True:
            changes.must_change_password(True)
        if base_of(self.bound.get("Enabled")) is True:
            if password is None and base_of(self.bound.get("PasswordNotRequired")) is not True:
                raise from_code(failures.PASSWORD_RESTRICTION)
            changes.flag(DISABLED, False)
        modify(self.directory, self._dn, changes.finish(self._current))
        if base_of(self.bound.get("CannotChangePassword")) is True:
            forbid_password_change(self.directory, self._dn, True)

    def _current(self, attribute: str) -> int | None:
        return find(self.directory, self._dn, self.kind, [attribute]).number(attribute)


@declared("New-ADGroup")
class NewADGroup(NewPrincipal):
    """New-ADGroup; a security group unless it is said otherwise."""

    kind: ClassVar[ObjectClass] = GROUP
    __slots__ = ()

    def _attributes(self, name: str) -> dict[str, tuple[bytes, ...]]:
        attributes = NewPrincipal._attributes(self, name)  # noqa: SLF001  - the same method, one class up
        scope = _SCOPES[str(base_of(self.bound["GroupScope"]))]
        security = str(base_of(self.bound.get("GroupCategory")) or "Security") == "Security"
        attributes["groupType"] = (str(group_type(scope, security=security)).encode(),)
        return attributes


@declared("New-ADOrganizationalUnit")
class NewADOrganizationalUnit(NewObject):
    """New-ADOrganizationalUnit; protected from accidental deletion unless it is said otherwise."""

    kind: ClassVar[ObjectClass] = UNIT
    naming: ClassVar[str] = "OU"
    __slots__ = ()

    def _finish(self) -> None:
        if base_of(self.bound.get("ProtectedFromAccidentalDeletion")) is not False:
            protect(self.directory, self._dn, True)


@declared("New-ADObject")
class NewADObject(NewObject):
    """New-ADObject."""

    kind: ClassVar[ObjectClass] = OBJECT
    __slots__ = ()

    def _finish(self) -> None:
        if base_of(self.bound.get("ProtectedFromAccidentalDeletion")) is True:
            protect(self.directory, self._dn, True)
