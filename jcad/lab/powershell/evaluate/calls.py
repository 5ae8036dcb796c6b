"""Call sites: a command's name found, its arguments computed, and the processor that will run it made."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from jcad.errors import LabUnsupported
from jcad.lab.powershell.errors import Failure
from jcad.lab.powershell.evaluate.binder import NO_VALUE, Argument
from jcad.lab.powershell.evaluate.blocks import Body, FunctionInfo
from jcad.lab.powershell.evaluate.expressions import expression, variable
from jcad.lab.powershell.evaluate.functions import FunctionProcessor
from jcad.lab.powershell.evaluate.invocations import InvocationInfo
from jcad.lab.powershell.evaluate.plans import CallSite
from jcad.lab.powershell.evaluate.processors import CmdletProcessor, Redirect
from jcad.lab.powershell.objects import to_text, unroll
from jcad.lab.powershell.syntax import nodes
from jcad.lab.powershell.values import AUTOMATION_NULL, Char, Dictionary, NoteProperty, PSObject, ScriptBlock, base_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from jcad.lab.powershell.evaluate.frame import Expression, Frame
    from jcad.lab.powershell.evaluate.processors import Processor
    from jcad.lab.powershell.syntax.nodes import Node
    from jcad.lab.powershell.values import Value

    Maker = Callable[[Frame, bool], Processor]
    Collector = Callable[[Frame, list[Argument]], None]

#: The member by which `$args` remembers that a text stood as `-Name`, so that splatting it names a parameter again.
PARAMETER_MARK: Final = "<commandparametername>"


def named_word(text: str) -> PSObject:
    """`-Name` as a simple function gets it in $args: a text that still knows what it was."""
    return PSObject(text, {PARAMETER_MARK: NoteProperty("<CommandParameterName>", text)})


def command(node: nodes.CommandCall) -> Maker:
    """The closure that makes a command's processor."""
    given = node.elements[1:]
    if any(isinstance(one, nodes.Variable) and one.splat for one in given):
        return _splatting(node)
    name = _command_name(node.elements[0])
    site = CallSite([_word(one) for one in given])
    values = [_value(one) for one in given]
    redirects = redirects_of(node.redirections)
    dot = node.invocation == "."
    called_with_parens = len(given) == 1 and _is_parens_call(node)

    def make(f: Frame, expects_input: bool) -> Processor:
        target = name(f)
        arguments = [compute(f) for compute in values]
        if called_with_parens and f.scope.strictness() >= 2:
            _refuse_parens(target)
        return processor_for(
            f, target, arguments, redirects, expects_input=expects_input, dot=dot, node=node, site=site
        )

    return make


def _splatting(node: nodes.CommandCall) -> Maker:
    name = _command_name(node.elements[0])
    collectors = [_argument(element) for element in node.elements[1:]]
    redirects = redirects_of(node.redirections)
    dot = node.invocation == "."

    def make(f: Frame, expects_input: bool) -> Processor:
        target = name(f)
        arguments: list[Argument] = []
        for collect in collectors:
            collect(f, arguments)
        return processor_for(f, target, arguments, redirects, expects_input=expects_input, dot=dot, node=node)

    return make


def _word(node: Node) -> tuple[str | None, str]:
    """An argument's name, or None, and the text by which it stands in the script."""
    if isinstance(node, nodes.ParameterArgument):
        return node.name, node.text
    return None, node.text if isinstance(node, nodes.Constant) else ""


def _value(node: Node) -> Expression:
    """The closure that computes an argument."""
    if not isinstance(node, nodes.ParameterArgument):
        return expression(node)
    return (lambda _f: NO_VALUE) if node.value is None else expression(node.value)


def _is_parens_call(node: nodes.CommandCall) -> bool:
    argument, name = node.elements[1], node.elements[0]
    if not isinstance(argument, nodes.Paren) or not isinstance(name, nodes.Constant):
        return False
    return argument.at == name.at + len(str(name.value)) and isinstance(_inner(argument), nodes.ArrayLiteral)


def _inner(node: nodes.Paren) -> Node | None:
    if isinstance(node.pipeline, nodes.Pipeline) and len(node.pipeline.elements) == 1:
        only = node.pipeline.elements[0]
        return only.expression if isinstance(only, nodes.CommandExpression) else None
    return None


def _refuse_parens(target: Any) -> None:
    del target
    raise Failure.of(
        "StrictModeFunctionCallWithParens",
        "The function or command was called as if it were a method. Parameters should be separated by spaces. "
        "For information about parameters, see the about_Parameters Help topic.",
        "InvalidOperation",
    )


def _command_name(node: Node) -> Callable[[Frame], Any]:
    if isinstance(node, nodes.Constant):
        text = str(node.value) if not node.text else node.text
        return lambda _f: text
    return expression(node)


def redirects_of(redirections: list[nodes.Redirection]) -> list[Redirect]:
    """The redirections of an element, ready for a processor; to a file is refused by name."""
    made = []
    for one in redirections:
        streams = tuple(range(2, 7)) if one.stream == 0 else (one.stream,)
        if one.merge:
            made.append(Redirect(streams, drop=False))
        elif isinstance(one.target, nodes.Variable) and one.target.name.lower() == "null":
            made.append(Redirect((1, *streams) if one.stream == 0 else streams, drop=True))
        else:
            raise LabUnsupported("redirection to a file: >" + (">" if one.append else ""))
    return made


# ---- arguments -------------------------------------------------------------------------------------------------------


def _argument(node: Node) -> Collector:
    if isinstance(node, nodes.Variable) and node.splat:
        return _splat(node)
    name, text = _word(node)
    compute = _value(node)

    def collect(f: Frame, into: list[Argument]) -> None:
        value = compute(f)
        into.append(Argument(None if name is None and value is AUTOMATION_NULL else value, name, text))

    return collect


def _splat(node: nodes.Variable) -> Collector:
    compute = variable(nodes.Variable(node.at, node.name, node.drive))

    def collect(f: Frame, into: list[Argument]) -> None:
        value = base_of(compute(f))
        if isinstance(value, Dictionary):
            for key, item in value.items():
                text = to_text(key)
                into.append(Argument(item, text, "-" + text))
            return
        items = [Char(letter) for letter in value] if isinstance(value, str) else unroll(value)
        into.extend(_splatted(item) for item in ([value] if items is None else items))

    return collect


def _splatted(item: Value) -> Argument:
    if type(item) is PSObject and PARAMETER_MARK in (item.extended or {}):
        text = str(item.base)
        name = text[1:].removesuffix(":")
        return Argument(NO_VALUE, name, text)
    return Argument(item)


# ---- processors ------------------------------------------------------------------------------------------------------


def processor_for(
    f: Frame,
    target: Any,
    arguments: list[Any],
    redirects: list[Redirect],
    *,
    expects_input: bool,
    dot: bool = False,
    node: nodes.CommandCall | None = None,
    site: CallSite | None = None,
) -> Processor:
    """The processor for a command's name, script block or command object; `arguments` as `Processor` has them."""
    base = base_of(target)
    processor: Processor
    if isinstance(base, ScriptBlock):
        processor = block_processor(f, base, arguments, redirects, expects_input=expects_input, dot=dot, site=site)
    else:
        found = _found(f, base, node) if type(base) is str else _called(f, base, node)
        if isinstance(found, FunctionInfo):
            processor = FunctionProcessor(
                f,
                found.body,
                arguments,
                redirects,
                expects_input=expects_input,
                scope=f.scope if dot else None,
                command=found,
                site=site,
            )
        else:
            kind = found if isinstance(found, type) else found.kind
            processor = CmdletProcessor(f, kind, arguments, redirects, expects_input=expects_input, site=site)
    processor.node = node
    return processor


def _called(f: Frame, base: Value, node: nodes.CommandCall | None) -> Any:
    """The command that `&` is given: as an object, or as what its name is made from."""
    from jcad.lab.powershell.evaluate.commandobjects import CmdletInfo  # noqa: PLC0415  - they build on each other

    if isinstance(base, (FunctionInfo, CmdletInfo)):
        return base
    if base is None:
        raise Failure.of(
            "BadExpression",
            "The expression after '&' in a pipeline element produced an object that was not valid.",
            "InvalidOperation",
        )
    return _found(f, to_text(base), node)


def _found(f: Frame, name: str, node: nodes.CommandCall | None) -> Any:
    """The command of this name; where there is none, the error stands at the name in the text."""
    try:
        return f.engine.command(f, name)
    except Failure as failure:
        if failure.record.invocation is None and node is not None:
            body = getattr(f.command, "body", None)
            source = f.engine.source if body is None else body.ast.source
            at = node.elements[0].at
            failure.record.invocation = InvocationInfo(
                None, name, at, source, end=at + len(name), history=f.engine.history
            )
        raise


def block_processor(
    f: Frame,
    block: ScriptBlock,
    arguments: list[Any],
    redirects: list[Redirect],
    *,
    expects_input: bool,
    dot: bool = False,
    site: CallSite | None = None,
) -> FunctionProcessor:
    """The processor for a script block: with a scope of its own, or (dot-sourced) the caller's."""
    scope = None
    if dot:
        scope = f.scope
    elif block.scope is not None:
        scope = closure_scope(f, block)
    body = body_of(block)
    return FunctionProcessor(f, body, arguments, redirects, expects_input=expects_input, scope=scope, site=site)


def body_of(block: ScriptBlock) -> Body:
    """The compiled body of a script block; one made from text alone is parsed now."""
    if not isinstance(block.body, Body):
        from jcad.lab.powershell.runtime import is_desktop  # noqa: PLC0415  - a rare case
        from jcad.lab.powershell.syntax import parse_script  # noqa: PLC0415  - a rare case

        block.body = Body.of(parse_script(block.text, seven=not is_desktop()))
    return block.body


def closure_scope(f: Frame, block: ScriptBlock) -> Any:
    """The scope in which a closure runs: its captured variables, over the global scope."""
    from jcad.lab.powershell.scopes import Scope  # noqa: PLC0415  - a rare case

    module = Scope(f.scope.top, is_script=True)
    module.variables = block.scope
    return Scope(module)
