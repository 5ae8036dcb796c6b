"""Script blocks as delegates: what a .NET method calls back (predicates, comparisons, match evaluators, functions)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from jcad.lab.powershell import nettype as net
from jcad.lab.powershell import ranks
from jcad.lab.powershell.casts.failures import Conversion
from jcad.lab.powershell.casts.language import LANGUAGE
from jcad.lab.powershell.errors import Failure, NetError
from jcad.lab.powershell.objects import collapse
from jcad.lab.powershell.runtime import run_block
from jcad.lab.powershell.values import ScriptBlock, Value

if TYPE_CHECKING:
    from collections.abc import Callable

    from jcad.lab.powershell.nettype import NetType

_NAMES: Final = (
    "System.Predicate`1",
    "System.Comparison`1",
    "System.Action",
    "System.Action`1",
    "System.Action`2",
    "System.Func`1",
    "System.Func`2",
    "System.Func`3",
    "System.Converter`2",
    "System.Text.RegularExpressions.MatchEvaluator",
    "System.EventHandler",
    "System.Threading.ThreadStart",
)


def as_callable(block: ScriptBlock) -> Callable[..., Value]:
    """A Python function that runs the block: its arguments are `$args`, the only or second one is `$_`."""

    def call(*arguments: Any) -> Value:
        automatic = {"under": arguments[-1]} if arguments else {}
        try:
            return collapse(run_block(block, arguments, **automatic))
        except Failure as failure:
            raise NetError(failure.record.exception) from failure

    return call


def _conversion(source: NetType) -> Conversion | None:
    if source is not net.SCRIPT_BLOCK:
        return None
    return Conversion(ranks.LANGUAGE, lambda value, _kind: as_callable(value))


for _name in _NAMES:
    LANGUAGE[net.define(_name, base=net.DELEGATE)] = _conversion
LANGUAGE[net.DELEGATE] = _conversion
