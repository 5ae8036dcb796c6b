"""Script blocks as delegates: what a .NET method calls back (predicates, comparisons, match evaluators, functions)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from jcad.lab.powershell import nettype as net
from jcad.lab.powershell import ranks
from jcad.lab.powershell.casts.failures import Conversion
from jcad.lab.powershell.casts.language import LANGUAGE
from jcad.lab.powershell.convert import cast
from jcad.lab.powershell.errors import Failure, NetError
from jcad.lab.powershell.objects import collapse
from jcad.lab.powershell.runtime import run_block
from jcad.lab.powershell.types.registry import members_of
from jcad.lab.powershell.values import AUTOMATION_NULL, NetObject, ScriptBlock, Value

if TYPE_CHECKING:
    from collections.abc import Callable

    from jcad.lab.powershell.nettype import NetType

#: The delegates that scripts name, with how many arguments each takes.
_ARITIES: Final = {
    "System.Predicate`1": 1,
    "System.Comparison`1": 2,
    "System.Action": 0,
    "System.Action`1": 1,
    "System.Action`2": 2,
    "System.Func`1": 0,
    "System.Func`2": 1,
    "System.Func`3": 2,
    "System.Converter`2": 1,
    "System.Text.RegularExpressions.MatchEvaluator": 1,
    "System.EventHandler": 2,
    "System.Threading.ThreadStart": 0,
}


#: Those of them that return nothing: what the block puts out is dropped.
_SILENT: Final = ("Action", "EventHandler", "ThreadStart")


class Delegate(NetObject):
    """A script block as a delegate of some type; a Python function as well."""

    __slots__ = ("block", "net_type")

    def __init__(self, block: ScriptBlock, kind: NetType) -> None:
        super().__init__()
        self.block = block
        self.net_type = kind

    def __call__(self, *arguments: Any) -> Value:
        """Run the block: its arguments are `$args`, the last one is `$_`."""
        automatic = {"under": arguments[-1]} if arguments else {}
        try:
            return collapse(run_block(self.block, arguments, **automatic))
        except Failure as failure:
            raise NetError(failure.record.exception) from failure

    def invoke(self, *arguments: Value) -> Value:
        """`Invoke`: arguments and result are of the delegate's types."""
        kinds = self.net_type.args
        given = [cast(value, kind) for value, kind in zip(arguments, kinds, strict=False)] if kinds else arguments
        result = self(*given)
        if self.net_type.name.startswith(_SILENT):
            return AUTOMATION_NULL
        return cast(result, kinds[-1]) if len(kinds) > len(arguments) else result


def _conversion(target: NetType) -> Callable[[NetType], Conversion | None]:
    def conversion(source: NetType) -> Conversion | None:
        if source is net.SCRIPT_BLOCK:
            return Conversion(ranks.LANGUAGE, Delegate)
        if source.definition is target or (target is net.DELEGATE and target in source.ancestry()):
            return Conversion(ranks.IDENTITY, lambda value, _kind: value)
        return None

    return conversion


for _name, _arity in _ARITIES.items():
    _kind = net.define(_name, base=net.DELEGATE)
    LANGUAGE[_kind] = _conversion(_kind)
    members_of(_kind).method(f"Invoke({', '.join(['object'] * _arity)})", Delegate.invoke)
LANGUAGE[net.DELEGATE] = _conversion(net.DELEGATE)
