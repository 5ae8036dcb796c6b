"""`switch`: exact, wildcard and regular expression clauses over the elements of a value."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jcad.lab.powershell.evaluate.expressions import expression, value_of
from jcad.lab.powershell.evaluate.frame import BreakJump, ContinueJump, Enumerator, Frame
from jcad.lab.powershell.objects import is_true, to_text, unroll
from jcad.lab.powershell.operators import BINARY, match
from jcad.lab.powershell.scopes import Variable
from jcad.lab.powershell.syntax import nodes
from jcad.lab.powershell.values import ScriptBlock, base_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from jcad.lab.powershell.evaluate.frame import Statement, Write
    from jcad.lab.powershell.values import Value

    Test = Callable[[Frame, Value], bool]


def switch(node: nodes.Switch) -> Statement:
    """The closure of a switch statement."""
    from jcad.lab.powershell.evaluate.statements import block  # noqa: PLC0415  - they build on each other

    condition, label = value_of(node.condition), node.label.lower()
    clauses = [(_test(one, node), block(body)) for one, body in node.clauses]
    default = None if node.default is None else block(node.default)

    def run(f: Frame, write: Write) -> None:
        value = condition(f)
        items = unroll(value)
        variables = f.scope.variables
        outer, enumerator = variables.get("_"), variables.get("switch")
        walk = Enumerator([value] if items is None else items)
        variables["switch"] = Variable("switch", walk)
        try:
            while walk.move_next():
                variables["_"] = Variable("_", walk.current)
                _one(f, walk.current, clauses, default, write, label)
        except BreakJump as jump:
            if jump.label and jump.label != label:
                raise
        finally:
            _restore(variables, "_", outer)
            _restore(variables, "switch", enumerator)

    return run


def _restore(variables: dict[str, Variable], name: str, outer: Variable | None) -> None:
    if outer is None:
        variables.pop(name, None)
    else:
        variables[name] = outer


def _one(
    f: Frame,
    value: Value,
    clauses: list[tuple[Test, Statement]],
    default: Statement | None,
    write: Write,
    label: str,
) -> None:
    found = False
    try:
        for test, body in clauses:
            if test(f, value):
                found = True
                f.scope.variables["_"] = Variable("_", value)
                body(f, write)
        if not found and default is not None:
            default(f, write)
    except ContinueJump as jump:
        if jump.label and jump.label != label:
            raise


def _test(node: nodes.Node, of: nodes.Switch) -> Test:
    pattern = expression(node)
    if isinstance(node, nodes.ScriptBlockExpression):
        return _block_test(pattern)
    compare = _comparison(of)

    def test(f: Frame, value: Value) -> bool:
        wanted = pattern(f)
        if isinstance(base_of(wanted), ScriptBlock):
            return _run_test(f, base_of(wanted), value)
        return compare(f, value, wanted)

    return test


def _block_test(pattern: Callable[[Frame], Any]) -> Test:
    return lambda f, value: _run_test(f, pattern(f), value)


def _run_test(f: Frame, block: ScriptBlock, value: Value) -> bool:
    from jcad.lab.powershell.evaluate.frame import collected  # noqa: PLC0415  - one use

    out: list[Any] = []
    f.scope.variables["_"] = Variable("_", value)
    f.engine.run_inline(f, block, out.append)
    return is_true(collected(out))


def _comparison(of: nodes.Switch) -> Callable[[Frame, Value, Value], bool]:
    case = of.case_sensitive
    if of.mode == "regex":

        def by_regex(f: Frame, value: Value, wanted: Value) -> bool:
            result, matches = match(to_text(value), wanted, case=case)
            if matches is not None:
                f.scope.put("matches", matches)
            return is_true(result)

        return by_regex
    if of.mode == "wildcard":
        like = BINARY["-clike" if case else "-like"]
        return lambda _f, value, wanted: is_true(like(to_text(value), wanted))
    equal = BINARY["-ceq" if case else "-eq"]

    def exactly(_f: Frame, value: Value, wanted: Value) -> bool:
        if base_of(value) is None or base_of(wanted) is None:
            return base_of(value) is base_of(wanted)
        return is_true(equal(to_text(value), to_text(wanted)))

    return exactly
