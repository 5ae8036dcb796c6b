"""Whether a user may change their own password: denials of that right to Everyone and to the account itself.

There is no flag for it: Windows' tools write these two entries (userAccountControl's PASSWD_CANT_CHANGE is only computed).
Pure: descriptors as bytes.
"""

from __future__ import annotations

from typing import Final
from uuid import UUID

from jcad.lab.windows.access import AceRule, DirectorySecurity, Masks, Qualifier, make_rule
from jcad.lab.windows.adtypes import sid_binary

_CHANGE_PASSWORD: Final = UUID("ab721a53-1e2f-11d0-9819-00aa0040529b")
_EXTENDED_RIGHT: Final = 0x100
_EVERYONE, _SELF = "S-1-1-0", "S-1-5-10"


def _denials() -> tuple[AceRule, ...]:
    return tuple(
        make_rule(sid_binary(sid), _EXTENDED_RIGHT, Qualifier.DENY, _CHANGE_PASSWORD) for sid in (_EVERYONE, _SELF)
    )


def is_forbidden(descriptor: bytes) -> bool:
    """Whether both are denied it."""
    held = DirectorySecurity(descriptor).rules(inherited=False)
    return all(denial in held for denial in _denials())


def forbidden(descriptor: bytes, *, on: bool) -> bytes:
    """The descriptor with both denials, or without them."""
    security = DirectorySecurity(descriptor, Masks.DACL)
    for denial in _denials():
        if on:
            security.add(denial)
        else:
            security.remove_specific(denial)
    return security.to_bytes()
