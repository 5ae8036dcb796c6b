"""Protecting an object from accidental deletion: denials to Everyone on the object, and on what holds it."""

from __future__ import annotations

from typing import Final

from jcad.lab.windows import dn
from jcad.lab.windows.directory import Directory
from jcad.lab.windows.failures import Operation
from jcad.lab.windows.ldap import Change, ChangeKind, sd_flags
from jcad.lab.windows.protection import PROTECTED, PROTECTED_PARENT, with_denial, without_denial

_DESCRIPTOR: Final = "nTSecurityDescriptor"
_DACL: Final = 4


def protect(directory: Directory, name: str, on: bool) -> None:
    """Deny Everyone to delete the object (and the children of its parent), or take the object's denial away.

    The parent's denial stays when an object is freed: others may need it. Raises AdFailure.
    """
    _rewrite(directory, name, PROTECTED, on=on)
    if on:
        _rewrite(directory, dn.parent(name), PROTECTED_PARENT, on=True)


def _rewrite(directory: Directory, name: str, mask: int, *, on: bool) -> None:
    controls = (sd_flags(_DACL),)
    found = directory.attempt(Operation.READ, lambda: directory.connection.read(name, [_DESCRIPTOR], controls=controls))
    held = found.attributes.get(_DESCRIPTOR, ()) if found is not None else ()
    if not held:
        return
    after = with_denial(held[0], mask) if on else without_denial(held[0], mask)
    change = Change(ChangeKind.REPLACE, _DESCRIPTOR, (after,))
    directory.attempt(Operation.CHANGE, lambda: directory.connection.modify(name, [change], controls))
