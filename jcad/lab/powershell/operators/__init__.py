"""Operators on values: `BINARY['-eq'](left, right)`, `UNARY['-bnot'](value)`; keys in lower case, as written.

`-and`, `-or` and `-not` are in as well (the evaluator short-circuits the first two itself). `-match` and its kin answer the
result only; `match(left, right, ...)` answers what `$Matches` becomes, too. No I/O.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

    from jcad.lab.powershell.values import Hashtable, Value

BINARY: Final[dict[str, Callable[[Value, Value], Value]]] = {}
UNARY: Final[dict[str, Callable[[Value], Value]]] = {}


def match(left: Value, right: Value, *, case: bool = False, negate: bool = False) -> tuple[Value, Hashtable | None]:
    """`-match`: the result, and the new `$Matches` (None: unchanged)."""
    raise NotImplementedError
