"""Permissions that make trouble, set past every access check: protected, disordered, hidden and nearly full DACLs, policies.

For tests and for trying things out; writes through Samba's own database.

    protect(lab.database, dn)                    # inherits nothing any more
    disorder(lab.database, dn)                   # an allow before a deny: .NET refuses to change it
    hide(lab.database, dn, "jcad-reader")        # this account may not read the descriptor
    fill(lab.database, dn, 64_000)               # so many bytes of DACL
    add_units(lab.database, dn, 2_000)
    add_policy(lab.database, "Service accounts", 10, minimum_length=30, applies_to=[dn])

Members of protected groups get adminCount and AdminSDHolder's descriptor by `lab.database.protect()`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Final

from jcad.errors import LabError
from jcad.lab.domain.database import Database, add, modify
from jcad.model import Sid, escape_value
from jcad.model.descriptor import Ace, Acl, SecurityDescriptor

_DESCRIPTOR: Final = "nTSecurityDescriptor"
_ALLOW, _DENY = 0, 1
_READ_CONTROL: Final = 0x2_0000
_READ_PROPERTY: Final = 0x10
_ACE_OF_FILLING: Final = 36
_DAY: Final = 864_000_000_000


def descriptor_of(database: Database, dn: str) -> SecurityDescriptor:
    """The security descriptor of an object. Raises LabError where there is no such object."""
    return SecurityDescriptor.parse(_value(database, f"(distinguishedName={dn})", _DESCRIPTOR))


def _value(database: Database, expression: str, attribute: str) -> bytes:
    found = database.search(expression, [attribute])
    if len(found) != 1 or attribute not in found[0].attributes:
        raise LabError(
            f"The lab's domain has {len(found)} objects for {expression} with {attribute}; one was expected."
        )
    return found[0].attributes[attribute][0]


def _sid_of(database: Database, account: str) -> Sid:
    return Sid.from_bytes(_value(database, f"(sAMAccountName={account})", "objectSid"))


def _rewrite(database: Database, dn: str, change: Callable[[tuple[Ace, ...]], Iterable[Ace]]) -> None:
    held = descriptor_of(database, dn)
    aces = tuple(change(held.dacl.aces if held.dacl is not None else ()))
    written = held.with_dacl(Acl(4, aces))
    database.apply([modify(dn, ("replace", _DESCRIPTOR, [written.to_bytes()]))])


def protect(database: Database, dn: str) -> None:
    """Let an object take nothing over from above; what it had taken over becomes its own."""
    held = descriptor_of(database, dn)
    raw = bytearray(held.to_bytes())
    raw[3] |= 0x10  # SE_DACL_PROTECTED, in the high byte of the control word
    database.apply([modify(dn, ("replace", _DESCRIPTOR, [bytes(raw)]))])


def disorder(database: Database, dn: str) -> None:
    """Put a denial behind what is allowed, so that the list is out of canonical order."""
    everyone = Sid.parse("S-1-1-0")
    late = Ace(_DENY, 0, 0x40, everyone)
    _rewrite(database, dn, lambda aces: (*(ace for ace in aces if not ace.inherited), late, *_inherited(aces)))


def _inherited(aces: Sequence[Ace]) -> tuple[Ace, ...]:
    return tuple(ace for ace in aces if ace.inherited)


def hide(database: Database, dn: str, account: str) -> None:
    """Deny an account to read an object's descriptor; its other properties stay readable."""
    denial = Ace(_DENY, 0, _READ_CONTROL, _sid_of(database, account))
    _rewrite(database, dn, lambda aces: (denial, *aces))


def fill(database: Database, dn: str, size: int) -> None:
    """Grant reading to so many accounts that are gone that the DACL has nearly `size` bytes (at most 65,535)."""
    domain = Sid.from_bytes(_value(database, "(objectClass=domainDNS)", "objectSid"))
    held = descriptor_of(database, dn)
    taken = len(held.to_bytes())
    gone = (
        Ace(_ALLOW, 0, _READ_PROPERTY, domain.child(900_000 + number))
        for number in range(max(size - taken, 0) // _ACE_OF_FILLING)
    )
    _rewrite(database, dn, lambda aces: (*(ace for ace in aces if not ace.inherited), *gone, *_inherited(aces)))


def add_units(database: Database, parent: str, count: int, *, prefix: str = "Unit") -> tuple[str, ...]:
    """Add organizational units in one transaction; their DNs."""
    names = tuple(f"OU={escape_value(f'{prefix} {number:05}')},{parent}" for number in range(1, count + 1))
    database.apply(add(dn, {"objectClass": ["organizationalUnit"]}) for dn in names)
    return names


def add_policy(
    database: Database, name: str, precedence: int, *, minimum_length: int = 7, applies_to: Iterable[str] = ()
) -> str:
    """Add a fine-grained password policy (MS-ADTS 3.1.1.4.5.36) for users and groups by their DNs; its own DN."""
    dn = f"CN={escape_value(name)},CN=Password Settings Container,CN=System,{database.domain_dn}"
    attributes: dict[str, Sequence[str]] = {
        "objectClass": ["msDS-PasswordSettings"],
        "msDS-PasswordSettingsPrecedence": [str(precedence)],
        "msDS-PasswordReversibleEncryptionEnabled": ["FALSE"],
        "msDS-PasswordHistoryLength": ["24"],
        "msDS-PasswordComplexityEnabled": ["TRUE"],
        "msDS-MinimumPasswordLength": [str(minimum_length)],
        "msDS-MinimumPasswordAge": ["0"],
        "msDS-MaximumPasswordAge": [str(-42 * _DAY)],
        "msDS-LockoutThreshold": ["0"],
        "msDS-LockoutObservationWindow": [str(-_DAY // 48)],
        "msDS-LockoutDuration": [str(-_DAY // 48)],
        "msDS-PSOAppliesTo": list(applies_to),
    }
    database.apply([add(dn, attributes)])
    return dn
