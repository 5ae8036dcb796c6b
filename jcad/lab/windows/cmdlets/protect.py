"""Denials that cmdlets write for a switch: of deletion (the object and what holds it), of changing one's own password."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from jcad.lab.windows import dn
from jcad.lab.windows.directory import Directory
from jcad.lab.windows.failures import Operation
from jcad.lab.windows.ldap import Change, ChangeKind, sd_flags
from jcad.lab.windows.own_password import forbidden, is_forbidden
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


def forbid_password_change(directory: Directory, name: str, on: bool) -> None:
    """Deny a user to change their own password, or take the denials away. Raises AdFailure."""
    _change(directory, name, lambda held: held if is_forbidden(held) is on else forbidden(held, on=on))


def _rewrite(directory: Directory, name: str, mask: int, *, on: bool) -> None:
    _change(directory, name, lambda held: with_denial(held, mask) if on else without_denial(held, mask))


def _change(directory: Directory, name: str, rewritten: Callable[[bytes], bytes]) -> None:
    controls = (sd_flags(_DACL),)
    found = directory.attempt(Operation.READ, lambda: directory.connection.read(name, [_DESCRIPTOR], controls=controls))
    held = found.attributes.get(_DESCRIPTOR, ()) if found is not None else ()
    if not held:
        return
    after = rewritten(held[0])
    if after == held[0]:
        return
    change = Change(ChangeKind.REPLACE, _DESCRIPTOR, (after,))
    directory.attempt(Operation.CHANGE, lambda: directory.connection.modify(name, [change], controls))
