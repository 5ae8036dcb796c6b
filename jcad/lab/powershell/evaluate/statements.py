"""Statements as closures: blocks and what becomes of an error in one, conditions, loops, switch, try, jumps."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from jcad.errors import LabUnsupported
from jcad.lab.powershell import nettype as net
from jcad.lab.powershell.errors import ErrorRecord, Failure, NetError, NetException
from jcad.lab.powershell.evaluate.assign import assignment, variable_setter
from jcad.lab.powershell.evaluate.expressions import expression, resolve_type, value_of
from jcad.lab.powershell.evaluate.frame import (
    BreakJump,
    ContinueJump,
    Enumerator,
    ExitJump,
    Frame,
    ReturnJump,
    elements,
    emit,
    to_failure,
)
from jcad.lab.powershell.evaluate.invocations import InvocationInfo
from jcad.lab.powershell.evaluate.switching import switch
from jcad.lab.powershell.exceptions import is_exception_type
from jcad.lab.powershell.objects import is_true, to_text
from jcad.lab.powershell.operators.arithmetic import span
from jcad.lab.powershell.scopes import Variable
from jcad.lab.powershell.syntax import nodes, placed
from jcad.lab.powershell.values import base_of, exception_type, type_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from jcad.lab.powershell.evaluate.frame import Expression, Statement, Write
    from jcad.lab.powershell.syntax.nodes import Node
    from jcad.lab.powershell.values import NetType, Value

Extent = tuple[int, int]
"""Where a statement's text begins and ends."""
_CAUGHT: Final = (Failure, NetError, RecursionError, MemoryError)
_RUNTIME: Final = "System.Management.Automation.RuntimeException"
_EXCEPTION: Final = exception_type("System.Exception")


def statement(node: Node) -> Statement:
    """The closure that runs a statement and writes its output."""
    if isinstance(node, nodes.Pipeline):
        from jcad.lab.powershell.evaluate.pipelines import pipeline  # noqa: PLC0415  - they build on each other

        return pipeline(node)
    if isinstance(node, nodes.Assignment):
        return assignment(node)
    if isinstance(node, nodes.Block):
        return block(node)
    compiler = _STATEMENTS.get(type(node))
    if compiler is None:
        raise LabUnsupported(f"the statement {type(node).__name__}")
    return compiler(node)


# ---- blocks and errors -----------------------------------------------------------------------------------------------


def block(node: nodes.Block) -> Statement:
    """Statements one after another; an error in one is reported, and the next runs, unless something says otherwise."""
    if node.traps:
        return _trapping_block(node)
    statements = [statement(one) for one in node.statements]
    places = list(zip((one.at for one in node.statements), node.ends, strict=True))
    if not statements:
        return lambda _f, _write: None
    if len(statements) == 1:
        return _single(statements[0], places[0])

    def run(f: Frame, write: Write) -> None:
        for one in statements:
            try:
                one(f, write)
            except _CAUGHT as error:
                report(f, error, places[statements.index(one)])
            except LabUnsupported as refusal:
                _place_refusal(f, refusal, places[statements.index(one)])
                raise

    return run


def _single(only: Statement, at: Extent) -> Statement:
    def run(f: Frame, write: Write) -> None:
        try:
            only(f, write)
        except _CAUGHT as error:
            report(f, error, at)
        except LabUnsupported as refusal:
            _place_refusal(f, refusal, at)
            raise

    return run


def _place_refusal(f: Frame, refusal: LabUnsupported, extent: Extent) -> None:
    source = _source(f)
    if source is not None:
        placed(refusal, source, extent[0])


def _source(f: Frame) -> nodes.Source | None:
    """The text that is being run."""
    body = getattr(f.command, "body", None)
    found: nodes.Source | None = f.engine.source if body is None else body.ast.source
    return found


def _place(f: Frame, record: ErrorRecord, extent: Extent) -> None:
    """Say where the error came up, if nobody has yet."""
    at, end = extent
    source = _source(f)
    if record.invocation is None:
        record.invocation = InvocationInfo(None, "", at, source, end=end, history=f.engine.history)
    line = 1 if source is None else source.line_of(at)
    name = getattr(f.command, "name", "") or "<ScriptBlock>"
    if not record.frames:
        record.frames = (name, *["<ScriptBlock>"] * (f.engine.depth - 1))
    record.stack_trace += f"{chr(10) if record.stack_trace else ''}at {name}, <No file>: line {line}"


def report(f: Frame, error: Exception, at: Extent | None = None) -> None:
    """Report an error at the end of its statement, or raise it on: a `try` outside, `throw`, a Stop preference."""
    failure = to_failure(error)
    engine = f.engine
    engine.succeeded = False
    engine.remember(failure.record)
    if at is not None:
        _place(f, failure.record, at)
    if engine.trying:
        raise failure from error
    preference = to_text(f.scope.get("erroractionpreference", "Continue")).lower()
    if preference in {"silentlycontinue", "ignore", "0", "4"}:
        return
    if preference in {"stop", "1"}:
        if not failure.thrown and not failure.stop:
            failure = Failure(failure.record, stop=True, of_engine=True)
        raise failure from error
    if failure.thrown or failure.stop:
        raise failure from error
    f.io.error(failure.record)


def _trapping_block(node: nodes.Block) -> Statement:
    statements = [statement(one) for one in node.statements]
    traps = [(None if trap.type is None else trap.type.name, block(trap.body)) for trap in node.traps]

    def run(f: Frame, write: Write) -> None:
        for one in statements:
            engine = f.engine
            trying, engine.trying = engine.trying, True
            try:
                one(f, write)
            except _CAUGHT as error:
                engine.trying = trying
                _trap(f, to_failure(error), traps, write)
            finally:
                engine.trying = trying

    return run


def _trap(f: Frame, failure: Failure, traps: list[tuple[str | None, Statement]], write: Write) -> None:
    f.engine.remember(failure.record)
    f.engine.succeeded = False
    chosen = _choose(failure.record, [([] if name is None else [name], body) for name, body in traps])
    if chosen is None:
        report(f, failure)
        return
    record, body = chosen
    try:
        _with_error(f, record, body, write)
    except ContinueJump as jump:
        if jump.label:
            raise
        return
    except BreakJump as jump:
        if jump.label:
            raise
        raise Failure(failure.record, thrown=True) from failure
    if f.engine.trying or failure.thrown:
        if failure.thrown and not f.engine.trying:
            f.io.error(failure.record)
            return
        raise failure
    f.io.error(failure.record)


def _with_error(f: Frame, record: ErrorRecord, body: Statement, write: Write) -> None:
    variables = f.scope.variables
    outer, catching = variables.get("_"), f.catching
    variables["_"] = Variable("_", record)
    f.catching = record
    try:
        body(f, write)
    finally:
        f.catching = catching
        if outer is None:
            variables.pop("_", None)
        else:
            variables["_"] = outer


def _choose(
    record: ErrorRecord, handlers: list[tuple[list[str], Statement]], *, stop: bool = False
) -> tuple[ErrorRecord, Statement] | None:
    """The handler for an error, typed ones first: by the exception's type, then by those of its inner exceptions.

    Where a Stop preference raised it (`stop`), a typed handler sees the exception's own record, without the command.
    """
    exception: NetException | None = record.exception
    first = True
    while exception is not None:
        for names, body in handlers:
            if any(_is_caught(exception, name) for name in names):
                if first and stop and is_exception_type(exception.type_name, _RUNTIME):
                    return ErrorRecord(exception, record.error_id, record.category, record.target), body
                return (record if first else _about(record, exception)), body
        exception, first = exception.inner, False
    for names, body in handlers:
        if not names:
            return record, body
    return None


def _is_caught(exception: NetException, name: str) -> bool:
    kind: NetType = resolve_type(name)
    return type_of(exception).is_assignable_to(kind)


def _about(record: ErrorRecord, exception: NetException) -> ErrorRecord:
    """The same record, about an inner exception."""
    return ErrorRecord(
        exception,
        record.error_id,
        record.category,
        record.target,
        record.command,
        record.activity,
        type_of(exception).name,
        record.target_name,
        record.target_type,
        record.details,
        record.invocation,
        record.stack_trace,
        record.reported,
    )


def _try(node: nodes.Try) -> Statement:
    body = block(node.body)
    handlers = [([kind.name for kind in catch.types], block(catch.body)) for catch in node.catches]
    final = None if node.final is None else block(node.final)

    def guarded(f: Frame, write: Write) -> None:
        engine = f.engine
        trying, engine.trying = engine.trying, True
        try:
            body(f, write)
        except _CAUGHT as error:
            engine.trying = trying
            failure = to_failure(error)
            engine.remember(failure.record)
            chosen = _choose(failure.record, handlers, stop=failure.stop)
            if chosen is None:
                raise failure from error
            failure.record.caught = True
            _with_error(f, *chosen, write)
        finally:
            engine.trying = trying

    run = guarded if handlers else body
    if final is None:
        return run
    last = final

    def with_final(f: Frame, write: Write) -> None:
        engine = f.engine
        trying = engine.trying
        engine.trying = True if not handlers else trying
        try:
            run(f, write)
        finally:
            engine.trying = trying
            with engine.finishing():
                last(f, write)

    return with_final


# ---- conditions and loops --------------------------------------------------------------------------------------------


def _if(node: nodes.If) -> Statement:
    clauses = [(value_of(condition), block(body)) for condition, body in node.clauses]
    otherwise = None if node.otherwise is None else block(node.otherwise)

    def run(f: Frame, write: Write) -> None:
        for condition, body in clauses:
            if is_true(condition(f)):
                body(f, write)
                return
        if otherwise is not None:
            otherwise(f, write)

    return run


def _loop(node: nodes.Loop) -> Statement:
    condition, body, label = value_of(node.condition), block(node.body), node.label.lower()
    after = node.kind != "while"
    wanted = node.kind != "dountil"

    def run(f: Frame, write: Write) -> None:
        check = f.engine.check_stop
        if not after and not is_true(condition(f)):
            return
        while True:
            check()
            try:
                body(f, write)
            except BreakJump as jump:
                if jump.label and jump.label != label:
                    raise
                return
            except ContinueJump as jump:
                if jump.label and jump.label != label:
                    raise
            if is_true(condition(f)) is not wanted:
                return

    return run


def _for(node: nodes.For) -> Statement:
    initial = None if node.initial is None else statement(node.initial)
    step = None if node.step is None else statement(node.step)
    condition: Expression = (lambda _f: True) if node.condition is None else value_of(node.condition)
    body, label = block(node.body), node.label.lower()

    def drop(_value: Any) -> None:
        return None

    def run(f: Frame, write: Write) -> None:
        check = f.engine.check_stop
        if initial is not None:
            initial(f, drop)
        while is_true(condition(f)):
            check()
            try:
                body(f, write)
            except BreakJump as jump:
                if jump.label and jump.label != label:
                    raise
                return
            except ContinueJump as jump:
                if jump.label and jump.label != label:
                    raise
            if step is not None:
                step(f, drop)

    return run


def _walked(node: Node) -> Callable[[Frame], Iterable[Any]]:
    """What a foreach goes through. A range of numbers is counted, not made: nobody needs all of it at once."""
    only = node.elements[0] if isinstance(node, nodes.Pipeline) and len(node.elements) == 1 else None
    inner = only.expression if isinstance(only, nodes.CommandExpression) else None
    collection = value_of(node)
    if not isinstance(inner, nodes.Binary) or inner.op != "..":
        return lambda f: elements(collection(f))
    first, last = expression(inner.left), expression(inner.right)

    def walk(f: Frame) -> Iterable[Any]:
        one, other = first(f), last(f)
        if type(one) is int and type(other) is int:
            return range(one, other + 1) if one <= other else range(one, other - 1, -1)
        return elements(span(one, other))

    return walk


def _foreach(node: nodes.ForEach) -> Statement:
    collection, body, label = _walked(node.collection), block(node.body), node.label.lower()
    store = variable_setter(node.variable)

    def run(f: Frame, write: Write) -> None:
        check = f.engine.check_stop
        walk = Enumerator(collection(f))
        variables = f.scope.variables
        outer = variables.get("foreach")
        variables["foreach"] = Variable("foreach", walk)
        try:
            while walk.move_next():
                check()
                store(f, walk.current)
                try:
                    body(f, write)
                except BreakJump as jump:
                    if jump.label and jump.label != label:
                        raise
                    return
                except ContinueJump as jump:
                    if jump.label and jump.label != label:
                        raise
        finally:
            if outer is None:
                variables.pop("foreach", None)
            else:
                variables["foreach"] = outer

    return run


# ---- jumps -----------------------------------------------------------------------------------------------------------


def _flow(node: nodes.Flow) -> Statement:
    return _FLOWS[node.kind](node)


def _return(node: nodes.Flow) -> Statement:
    value = None if node.value is None else statement(node.value)

    def run(f: Frame, write: Write) -> None:
        if value is not None:
            value(f, write)
        raise ReturnJump

    if isinstance(node.value, nodes.Assignment):
        compute = value_of(node.value)

        def run_assignment(f: Frame, write: Write) -> None:
            emit(compute(f), write)
            raise ReturnJump

        return run_assignment
    return run


def _throw(node: nodes.Flow) -> Statement:
    value = None if node.value is None else value_of(node.value)

    def run(f: Frame, _write: Write) -> None:
        raise thrown(None if value is None else value(f), f, bare=value is None)

    return run


def thrown(value: Value, f: Frame, *, bare: bool = False) -> Failure:
    """What `throw value` raises."""
    base = base_of(value)
    if bare and f.catching is not None:
        return Failure(f.catching, thrown=True)
    if isinstance(base, ErrorRecord):
        return Failure(base, thrown=True)
    if isinstance(base, NetException):
        if base.record is not None and is_exception_type(base.type_name, _RUNTIME):
            return Failure(base.record, thrown=True)
        if is_exception_type(base.type_name, _RUNTIME):
            base.properties["WasThrownFromThrowStatement"] = True
        return Failure(ErrorRecord(base, base.message, "OperationStopped"), thrown=True)
    text = "ScriptHalted" if base is None else to_text(value)
    exception = NetException(_RUNTIME, text, properties={"WasThrownFromThrowStatement": True})
    exception.record = ErrorRecord(exception, text, "OperationStopped", value)
    return Failure(exception.record, thrown=True)


def _exit(node: nodes.Flow) -> Statement:
    value = None if node.value is None else value_of(node.value)

    def run(f: Frame, _write: Write) -> None:
        code = base_of(value(f)) if value is not None else 0
        raise ExitJump(int(code) if isinstance(code, (int, str)) and str(code).lstrip("-").isdigit() else 0)

    return run


def _jump(kind: Callable[[str], Exception]) -> Callable[[nodes.Flow], Statement]:
    def compiler(node: nodes.Flow) -> Statement:
        label = None if node.value is None else expression(node.value)

        def run(f: Frame, _write: Write) -> None:
            raise kind("" if label is None else to_text(label(f)).lower())

        return run

    return compiler


def _function(node: nodes.FunctionDefinition) -> Statement:
    from jcad.lab.powershell.evaluate.blocks import Body, define  # noqa: PLC0415  - they build on each other

    body = Body.of(node.body)

    def run(f: Frame, _write: Write) -> None:
        define(f, node.name, body, is_filter=node.is_filter)

    return run


def _enumeration(node: nodes.EnumDefinition) -> Statement:
    kind = net.script_enum(node.name, node.names, flags=node.flags)

    def run(f: Frame, _write: Write) -> None:
        f.engine.script_types[node.name.lower()] = kind

    return run


_FLOWS: Final[dict[str, Callable[[nodes.Flow], Statement]]] = {
    "return": _return,
    "throw": _throw,
    "exit": _exit,
    "break": _jump(BreakJump),
    "continue": _jump(ContinueJump),
}

_STATEMENTS: Final[dict[type, Callable[[Any], Statement]]] = {
    nodes.If: _if,
    nodes.Loop: _loop,
    nodes.For: _for,
    nodes.ForEach: _foreach,
    nodes.Switch: switch,
    nodes.Try: _try,
    nodes.Flow: _flow,
    nodes.FunctionDefinition: _function,
    nodes.EnumDefinition: _enumeration,
}
