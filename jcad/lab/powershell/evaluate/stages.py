"""`| Where-Object { ... }` and `| ForEach-Object { ... }` as most pipelines have them: one script block and nothing else.

There is nothing to bind then: the block is run for each object. A cmdlet says by `Cmdlet.inline` that it can be run so.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jcad.lab.powershell.command import Cmdlet
from jcad.lab.powershell.errors import Failure, NetError
from jcad.lab.powershell.evaluate.blocks import Body
from jcad.lab.powershell.evaluate.frame import ReturnJump, emit, to_failure
from jcad.lab.powershell.evaluate.processors import PipelineAbort
from jcad.lab.powershell.scopes import Variable
from jcad.lab.powershell.syntax import nodes

if TYPE_CHECKING:
    from collections.abc import Callable

    from jcad.lab.powershell.evaluate.frame import Expression, Frame, Write


class Stage:
    """A command of a pipeline that is a name and one script block: `block` is the block's body."""

    __slots__ = ("block", "name")

    def __init__(self, name: str, block: Body) -> None:
        self.name = name
        self.block = block

    def cmdlet(self, f: Frame) -> type[Cmdlet] | None:
        """The cmdlet that this is here, if it can be run inline: no default of the caller's concerns it."""
        found = f.engine.find_command(f, self.name)
        if not isinstance(found, type) or not issubclass(found, Cmdlet) or found.inline is Cmdlet.inline:
            return None
        return None if f.engine.parameter_defaults(f, found.info.name) else found

    def process(self, f: Frame, kind: type[Cmdlet], write: Write) -> Write:
        """What takes an object of the pipeline: runs the block for it, and writes what the cmdlet makes of that."""
        process = kind.inline(self._runner(f), write)
        check, name = f.engine.check_stop, kind.info.class_name

        def take(item: Any) -> None:
            check()
            try:
                process(item)
            except Failure as failure:
                if not failure.thrown and not failure.stop and not failure.record.command:
                    failure.record.command = name
                raise

        return take

    def _runner(self, f: Frame) -> Callable[[Any, Write], None]:
        """Runs the block with `$_` in the caller's own scope, as `Engine.run_inline` does."""
        engine, block = f.engine, self.block

        def run(item: Any, write: Write) -> None:
            statements = block.compile().end
            if statements is None:
                return
            held = f.scope.variables
            outer, outer_frame = held.get("_"), engine.frame
            held["_"] = Variable("_", item)
            engine.frame = f
            engine.depth += 1
            try:
                statements(f, write)
            except ReturnJump:
                return
            finally:
                engine.depth -= 1
                engine.frame = outer_frame
                if outer is None:
                    held.pop("_", None)
                else:
                    held["_"] = outer

        return run


def stages_of(commands: list[nodes.CommandCall | nodes.CommandExpression]) -> list[Stage]:
    """The stages that the commands of a pipeline are, if all of them are stages."""
    found = [_stage(one) for one in commands]
    return [one for one in found if one is not None] if all(found) else []


def _stage(node: nodes.CommandCall | nodes.CommandExpression) -> Stage | None:
    if not isinstance(node, nodes.CommandCall) or len(node.elements) != 2 or node.invocation or node.redirections:
        return None
    name, block = node.elements
    if not isinstance(name, nodes.Constant) or not isinstance(block, nodes.ScriptBlockExpression):
        return None
    ast = block.block
    if ast.parameters or ast.attributes or ast.begin or ast.process or ast.dynamic:
        return None
    return Stage(name.text or str(name.value), Body.of(ast))


def run_stages(f: Frame, source: Expression, stages: list[Stage], write: Write) -> bool:
    """Run a pipeline of an expression and stages; false, and nothing done, where one of them is no such stage here."""
    kinds: list[type[Cmdlet]] = []
    for stage in stages:
        kind = stage.cmdlet(f)
        if kind is None:
            return False
        kinds.append(kind)
    engine = f.engine
    engine.check_stop()
    take = stages[-1].process(f, kinds[-1], write)
    if len(stages) == 1:
        emit(source(f), take)
    else:
        _run_several(f, source, list(zip(stages, kinds, strict=True))[:-1], take)
    engine.succeeded = True
    return True


def _run_several(f: Frame, source: Expression, earlier: list[tuple[Stage, type[Cmdlet]]], take: Write) -> None:
    token = object()
    for stage, kind in reversed(earlier):
        take = stage.process(f, kind, _beyond(take, token))
    try:
        emit(source(f), take)
    except PipelineAbort as abort:
        if abort.token is not token:
            raise
        raise abort.failure from abort


def _beyond(take: Write, token: object) -> Write:
    """A later stage as an earlier one sees it: its errors pass through."""

    def feed(item: Any) -> None:
        try:
            take(item)
        except (Failure, NetError, RecursionError) as error:
            raise PipelineAbort(to_failure(error), token) from error

    return feed
