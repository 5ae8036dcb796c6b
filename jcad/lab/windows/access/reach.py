"""The inheritance flags of an entry as a reach: which of the object itself, its children and what is below them it covers.

Pure. Entries of a directory ignore the object-inherit flag. Only some reaches have flags that say them: there is none for
"what is below the children, but not the children", so some unions and differences do not exist.
"""

from __future__ import annotations

from typing import Final

OBJECT_INHERIT: Final = 0x01
CONTAINER_INHERIT: Final = 0x02
NO_PROPAGATE: Final = 0x04
INHERIT_ONLY: Final = 0x08
INHERITANCE: Final = 0x0F
_READ: Final = CONTAINER_INHERIT | NO_PROPAGATE | INHERIT_ONLY

_SELF, _CHILDREN, _BELOW = 1, 2, 4
_REACH: Final = {
    0: _SELF,
    CONTAINER_INHERIT: _SELF | _CHILDREN | _BELOW,
    CONTAINER_INHERIT | NO_PROPAGATE: _SELF | _CHILDREN,
    CONTAINER_INHERIT | INHERIT_ONLY: _CHILDREN | _BELOW,
    CONTAINER_INHERIT | INHERIT_ONLY | NO_PROPAGATE: _CHILDREN,
}
_FLAGS: Final = {reach: flags for flags, reach in _REACH.items()}


def union(left: int, right: int) -> int | None:
    """The flags that reach what either reaches; None where no flags say so."""
    one, other = _REACH.get(left & _READ), _REACH.get(right & _READ)
    return None if one is None or other is None else _FLAGS.get(one | other)


def difference(left: int, right: int) -> tuple[bool, int | None]:
    """What `left` reaches and `right` does not: (possible, flags); flags None where nothing is left."""
    one, other = _REACH.get(left & _READ), _REACH.get(right & _READ)
    if one is None or other is None:
        return False, None
    rest = one & ~other
    return (True, None) if not rest else (rest in _FLAGS, _FLAGS.get(rest))
