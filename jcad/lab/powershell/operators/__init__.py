"""Operators on values: `BINARY['-eq'](left, right)`, `UNARY['-bnot'](value)`; keys in lower case, as written.

`-and`, `-or` and `-not` are in as well (the evaluator short-circuits the first two itself). `-match` and its kin answer the
result only; `match(left, right, ...)` answers what `$Matches` becomes, too. No I/O.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from jcad.lab.powershell.objects import is_true
from jcad.lab.powershell.operators import arithmetic, comparison, kinds, text
from jcad.lab.powershell.operators.comparison import compare, contains, equals
from jcad.lab.powershell.operators.text import match
from jcad.lab.powershell.values import Array

if TYPE_CHECKING:
    from collections.abc import Callable

    from jcad.lab.powershell.values import Value

__all__ = ["BINARY", "UNARY", "compare", "contains", "equals", "match"]

BINARY: Final[dict[str, Callable[..., Value]]] = {
    "+": arithmetic.add,
    "-": lambda left, right: arithmetic.operate("op_Subtraction", left, right),
    "*": arithmetic.multiply,
    "/": lambda left, right: arithmetic.operate("op_Division", left, right),
    "%": lambda left, right: arithmetic.operate("op_Modulus", left, right),
    "..": arithmetic.span,
    "-f": text.format_text,
    "-and": lambda left, right: is_true(left) and is_true(right),
    "-or": lambda left, right: is_true(left) or is_true(right),
    "-xor": lambda left, right: is_true(left) != is_true(right),
    "-band": lambda left, right: arithmetic.bits("op_BitwiseAnd", left, right, int.__and__),
    "-bor": lambda left, right: arithmetic.bits("op_BitwiseOr", left, right, int.__or__),
    "-bxor": lambda left, right: arithmetic.bits("op_ExclusiveOr", left, right, int.__xor__),
    "-shl": lambda left, right: arithmetic.shift(left, right, leftwards=True),
    "-shr": lambda left, right: arithmetic.shift(left, right, leftwards=False),
    "-join": text.join,
    "-is": kinds.is_type,
    "-isnot": lambda left, right: not kinds.is_type(left, right),
    "-as": kinds.as_type,
    ",": lambda left, right: Array([left, right]),
    **comparison.build(),
}

for _prefix, _case in (("", False), ("i", False), ("c", True)):
    BINARY[f"-{_prefix}like"] = lambda left, right, case=_case: text.like(left, right, case=case)
    BINARY[f"-{_prefix}notlike"] = lambda left, right, case=_case: text.like(left, right, case=case, negate=True)
    BINARY[f"-{_prefix}match"] = lambda left, right, case=_case: match(left, right, case=case)[0]
    BINARY[f"-{_prefix}notmatch"] = lambda left, right, case=_case: match(left, right, case=case, negate=True)[0]
    BINARY[f"-{_prefix}replace"] = lambda left, right, case=_case: text.replace(left, right, case=case)
    BINARY[f"-{_prefix}split"] = lambda left, right, case=_case: text.split(left, right, case=case)

UNARY: Final[dict[str, Callable[[Value], Value]]] = {
    "-": arithmetic.negate,
    "+": arithmetic.plus,
    "-not": lambda value: not is_true(value),
    "!": lambda value: not is_true(value),
    "-bnot": arithmetic.complement,
    "-join": text.unary_join,
    "-split": text.unary_split,
    "-isplit": text.unary_split,
    "-csplit": text.unary_split,
    ",": lambda value: Array([value]),
}
