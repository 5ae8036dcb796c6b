"""Building what a New-* or Set-* cmdlet writes: parameters and hashtables become attribute values, checked as Windows would.

Reads over the directory that it is given (a -Manager is an identity); writes nothing itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from jcad.errors import LabUnsupported
from jcad.lab.powershell.values import DateTime, Dictionary, base_of
from jcad.lab.windows import failures
from jcad.lab.windows.adtypes import DirectorySecurity, to_filetime
from jcad.lab.windows.directory import Directory
from jcad.lab.windows.failures import AdFailure, Operation, from_code
from jcad.lab.windows.identity import find
from jcad.lab.windows.ldap import Change, ChangeKind, Control, sd_flags
from jcad.lab.windows.limits import check_account_name, check_values
from jcad.lab.windows.properties import PRINCIPAL, UAC, USER, ObjectClass, Property
from jcad.lab.windows.schema import AttributeType, Syntax
from jcad.lab.windows.syntaxes import each, encode

NORMAL_ACCOUNT: Final = 0x200
DISABLED: Final = 0x2
PASSWORD_NOT_REQUIRED: Final = 0x20
_IDENTITIES: Final[Mapping[str, ObjectClass]] = {"Manager": USER, "ManagedBy": PRINCIPAL}
_SECURITY: Final = 0x8000_0000
_SCOPE_BITS: Final = {"DomainLocal": 4, "Global": 2, "Universal": 8}
_ALL_SCOPES: Final = 0xE
_OWNER_GROUP_DACL: Final = 7


def attribute_of(directory: Directory, name: str) -> AttributeType:
    """The attribute of an LDAP display name. Raises AdFailure where the schema has none (V5)."""
    found = directory.schema.get(str(name))
    if found is None:
        raise failures.invalid_argument(failures.MESSAGES[failures.NO_ATTRIBUTE_OR_VALUE], str(name))
    return found


def values_of(attribute: AttributeType, value: Any) -> tuple[bytes, ...]:
    """The values of an attribute for the wire. Raises AdFailure where Windows would refuse them."""
    given = each(value)
    if attribute.syntax is Syntax.OCTETS and any(isinstance(one, str) for one in given):
        raise from_code(failures.OUT_OF_RANGE)
    try:
        written = tuple(encode(attribute, one) for one in given)
    except ValueError as error:
        raise from_code(failures.OUT_OF_RANGE) from error
    check_values(attribute, written)
    return written


@dataclass(slots=True)
class Changes:
    """What will be written to one object: changes of attributes, and flags of userAccountControl to set and to clear."""

    directory: Directory
    kind: ObjectClass
    listed: list[Change] = field(default_factory=list)
    set_bits: int = 0
    clear_bits: int = 0
    group_scope: int | None = None
    security: bool | None = None
    descriptor_parts: int = 0

    @property
    def controls(self) -> tuple[Control, ...]:
        """What is sent with the change: which parts of a descriptor are written, where one is."""
        return (sd_flags(self.descriptor_parts),) if self.descriptor_parts else ()

    def parameter(self, known: Property, value: Any) -> None:
        """A parameter that stands for a property of the module. $null clears it."""
        plain = base_of(value)
        if known.bit:
            self.flag(known.bit, bool(plain) is not known.inverted)
        elif known.name == "GroupScope":
            self.group_scope = _SCOPE_BITS[str(plain)]
        elif known.name == "GroupCategory":
            self.security = str(plain) == "Security"
        elif known.is_time:
            self._time(known, plain)
        elif known.name in _IDENTITIES and plain is not None:
            self.replace(str(known.attribute), self._dn(known.name, plain))
        elif known.attribute is not None:
            self.replace(known.attribute, plain)
        else:
            raise LabUnsupported(f"writing the property {known.name}")

    def flag(self, bit: int, on: bool) -> None:
        """Set or clear a flag of userAccountControl."""
        if on:
            self.set_bits, self.clear_bits = self.set_bits | bit, self.clear_bits & ~bit
        else:
            self.set_bits, self.clear_bits = self.set_bits & ~bit, self.clear_bits | bit

    def must_change_password(self, value: bool) -> None:
        """-ChangePasswordAtLogon."""
        self.listed.append(Change(ChangeKind.REPLACE, "pwdLastSet", (b"0" if value else b"-1",)))

    def replace(self, name: str, value: Any) -> None:
        """Replace the values of an attribute; nothing, by nothing."""
        self._change(ChangeKind.REPLACE, name, value)

    def tables(self, bound: Mapping[str, Any]) -> None:
        """-Remove, -Add, -Replace and -Clear, in the order in which the module carries them out."""
        for parameter, kind in (
            ("Remove", ChangeKind.DELETE),
            ("Add", ChangeKind.ADD),
            ("Replace", ChangeKind.REPLACE),
        ):
            for name, value in pairs(bound.get(parameter)):
                if not each(value):
                    raise LabUnsupported(f"an empty value in -{parameter}")
                self._change(kind, name, value)
        for name in each(bound.get("Clear")):
            self.replace(str(name), None)

    def spn_table(self, table: Any) -> None:
        """-ServicePrincipalNames @{Add=...; Remove=...; Replace=...}, or $null to clear."""
        if base_of(table) is None:
            self.replace("servicePrincipalName", None)
        kinds = {"add": ChangeKind.ADD, "remove": ChangeKind.DELETE, "replace": ChangeKind.REPLACE}
        for action, value in pairs(table):
            if action.lower() not in kinds:
                raise failures.invalid_argument("The parameter is incorrect", "ServicePrincipalNames")
            self._change(kinds[action.lower()], "servicePrincipalName", value)

    def finish(self, current: Callable[[str], int | None]) -> tuple[Change, ...]:
        """Every change, with userAccountControl and groupType computed from what the object holds now."""
        listed = list(self.listed)
        if self.set_bits or self.clear_bits:
            before = current(UAC)
            if before is None:
                raise from_code(failures.INSUFFICIENT_RIGHTS)
            after = (before | self.set_bits) & ~self.clear_bits
            if after != before:
                listed.append(Change(ChangeKind.REPLACE, UAC, (str(after).encode(),)))
        if self.group_scope is not None or self.security is not None:
            listed.append(Change(ChangeKind.REPLACE, "groupType", (str(self._group_type(current)).encode(),)))
        return tuple(listed)

    def _group_type(self, current: Callable[[str], int | None]) -> int:
        before = (current("groupType") or 0) & 0xFFFF_FFFF
        scope = self.group_scope if self.group_scope is not None else before & _ALL_SCOPES
        security = self.security if self.security is not None else bool(before & _SECURITY)
        return group_type(scope, security=security)

    def _change(self, kind: ChangeKind, name: str, value: Any) -> None:
        attribute = attribute_of(self.directory, name)
        values = values_of(attribute, value)
        if attribute.name == "sAMAccountName":
            for one in values:
                check_account_name(one.decode(), is_user=self.kind.category == "person")
        if attribute.syntax is Syntax.DESCRIPTOR:
            self.descriptor_parts |= _parts(value)
        self.listed.append(Change(kind, attribute.name, values))

    def _time(self, known: Property, value: Any) -> None:
        written = str(to_filetime(value)) if isinstance(value, DateTime) else "0"
        self.replace(str(known.attribute), written)

    def _dn(self, parameter: str, identity: Any) -> str:
        return find(self.directory, identity, _IDENTITIES[parameter], ["cn"]).dn


def _parts(value: Any) -> int:
    """The parts of a descriptor that a script has changed; all but the SACL where it has changed none."""
    plain = base_of(value)
    touched = int(plain.held.modified) if isinstance(plain, DirectorySecurity) else 0
    return touched or _OWNER_GROUP_DACL  # unverified on Windows


def new_account_dn(directory: Directory, parameter: str, identity: Any) -> str:
    """The DN of a new object's -Manager or -ManagedBy. Raises AdFailure (N15)."""
    try:
        return find(directory, identity, _IDENTITIES[parameter], ["cn"]).dn
    except AdFailure as failure:
        raise failures.unresolved(parameter, failure.message) from failure


def group_type(scope: int, *, security: bool) -> int:
    """The value of groupType: signed, so negative for security groups (MS-ADTS 2.2.12)."""
    return scope - (_SECURITY if security else 0)


def pairs(table: Any) -> list[tuple[str, Any]]:
    """Name and value of what a hashtable holds; nothing for $null."""
    plain = base_of(table)
    if plain is None:
        return []
    if not isinstance(plain, Dictionary):
        raise LabUnsupported(f"a {type(plain).__name__} where a hashtable is due")
    return [(str(base_of(key)), value) for key, value in plain.items()]


def refuse_twin(directory: Directory, names: Iterable[str], *, is_group: bool) -> None:
    """Refuse an account name that Windows would take for one in use, though it differs in accents."""
    for name in names:
        twin = directory.attempt(
            Operation.READ,
            lambda name=name: directory.host.shared.names.twin(directory.connection, directory.default_context, name),  # type: ignore[misc]
        )
        if twin is not None:
            raise from_code(failures.GROUP_EXISTS if is_group else failures.USER_EXISTS)
