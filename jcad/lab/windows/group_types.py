"""Which types a group may have, and which changes of one Windows takes; Samba takes more. Reads the directory.

Source: Active Directory security groups, "Group scope" (documentation), and [MS-SAMR] 3.1.1.8.9 for what may hold what. The
codes are those whose texts say just that; that a scope which cannot be changed is 8513 is in public logs of other clients.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from jcad.errors import LabUnsupported
from jcad.lab.windows import failures, filters
from jcad.lab.windows.directory import Directory
from jcad.lab.windows.failures import Operation, from_code
from jcad.lab.windows.ldap import Change, Scope

GLOBAL, DOMAIN_LOCAL, UNIVERSAL = 0x2, 0x4, 0x8
ALL_SCOPES: Final = GLOBAL | DOMAIN_LOCAL | UNIVERSAL
_BUILT_IN: Final = 0x1
#: What a group becomes: the groups of this scope that it must not hold, and not be in, each with its code.
_HOLDS_NO: Final = {
    GLOBAL: (UNIVERSAL, failures.GLOBAL_HAS_NO_UNIVERSAL),
    UNIVERSAL: (DOMAIN_LOCAL, failures.UNIVERSAL_HAS_NO_LOCAL),
}
_IN_NO: Final = {
    UNIVERSAL: (GLOBAL, failures.GLOBAL_HAS_NO_UNIVERSAL),
    DOMAIN_LOCAL: (UNIVERSAL, failures.UNIVERSAL_HAS_NO_LOCAL),
}


def refuse_type(value: bytes) -> None:
    """Refuse what is no groupType of a group of a domain: one scope, and perhaps the bit of security."""
    if _number(value) & 0x7FFF_FFFF not in {GLOBAL, DOMAIN_LOCAL, UNIVERSAL}:
        raise from_code(failures.INVALID_GROUP_TYPE)


def refuse_change(directory: Directory, dn: str, changes: Iterable[Change]) -> None:
    """Refuse a change of a group's type that Windows refuses; any other change passes."""
    written = [change.values[0] for change in changes if change.attribute == "groupType" and change.values]
    if not written:
        return
    before = next(_types(directory, dn, Scope.BASE, filters.ANYTHING), 0)
    if before & _BUILT_IN and _number(written[0]) != before:
        raise LabUnsupported("another type of a built-in group")
    refuse_type(written[0])
    old, new = before & ALL_SCOPES, _number(written[0]) & ALL_SCOPES
    if old == new:
        return
    if UNIVERSAL not in {old, new}:
        raise from_code(failures.INVALID_GROUP_TYPE)
    _refuse_beside(directory, _HOLDS_NO, new, filters.equals("memberOf", dn))
    _refuse_beside(directory, _IN_NO, new, filters.equals("member", dn))


def _refuse_beside(directory: Directory, rules: dict[int, tuple[int, int]], scope: int, query: bytes) -> None:
    if scope in rules:
        unwanted, code = rules[scope]
        groups = filters.every(filters.equals("objectClass", "group"), query)
        if any(one & unwanted for one in _types(directory, directory.default_context, Scope.SUBTREE, groups)):
            raise from_code(code)


def _types(directory: Directory, base: str, scope: Scope, query: bytes) -> Iterator[int]:
    found = directory.attempt(
        Operation.READ, lambda: list(directory.connection.search(base, scope, query, ["groupType"]))
    )
    for entry in found:
        number = directory.view(entry).number("groupType")
        if number is not None:
            yield number & 0xFFFF_FFFF


def _number(value: bytes) -> int:
    try:
        return int(value) & 0xFFFF_FFFF
    except ValueError:
        return 0
