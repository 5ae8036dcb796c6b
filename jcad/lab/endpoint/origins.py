"""Where in .NET's own code an exception of the engine comes from: stack trace, TargetSite, Source, as PowerShell 7 sends them.

Found by the kind of an error, from the tables in `frames`: these texts are part of what Exception.ToString() gives. Windows
PowerShell 5.1 has others, which have not been recorded: for it nothing is said. Pure.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from jcad.lab.endpoint import frames
from jcad.lab.endpoint.frames import Origin
from jcad.lab.powershell.exceptions import is_exception_type
from jcad.lab.powershell.syntax import ParseError, nodes, parse_script

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jcad.lab.powershell.errors import ErrorRecord, NetException
    from jcad.lab.powershell.syntax.nodes import Node


def origin_of(record: ErrorRecord, *, ended: bool = False) -> Origin | None:
    """Where the exception of a record comes from; None where it has no stack, or none is known.

    `ended`: the error has ended the pipeline, so that it went up to the thread that ran it.
    """
    error_id = record.error_id
    if error_id == "ActionPreferenceStop" and ended:
        return frames.ENDED
    fixed = frames.FIXED.get(error_id) or frames.NOT_FOUND.get((error_id, record.command)) or _of_parser(record)
    if fixed is not None:
        return fixed
    if error_id == "CommandNotFoundException":
        return frames.SENT if getattr(record.invocation, "source", None) is None else frames.CALLED
    if error_id in frames.BINDING:
        return _binding(record)
    if error_id == "MissingMandatoryParameter":
        sent = getattr(record.invocation, "source", None) is None
        return replace(
            frames.MISSING,
            frames=(*frames.MISSING.frames, *frames.BIND[1:], *(frames.LOCAL if sent else frames.PIPELINE)),
            interpreted=not sent,
        )
    if error_id in frames.COERCION:
        return _coercion(record)
    if record.caught and _is(record.exception, "RuntimeException"):
        return frames.CHECKED
    return _of_operation(record)


def _of_parser(record: ErrorRecord) -> Origin | None:
    if not _is(record.exception, "ParseException"):
        return None
    if record.command.endswith("InvokeExpressionCommand"):
        return frames.INVOKED
    return frames.PARSED if record.invocation is None else None


def _of_operation(record: ErrorRecord) -> Origin | None:
    exception = record.exception
    if exception.type_name == f"{frames.SMA}MethodInvocationException":
        return _method_call(record)
    if exception.inner is not None and exception.inner.type_name == f"{frames.SMA}PSInvalidCastException":
        return _cast(record)
    if record.error_id in frames.CALL_SITES:
        return _call_site(_types_at(record))
    if exception.inner is not None and exception.inner.type_name == "System.DivideByZeroException":
        return _division(record)
    if _is(exception, "Host.HostException") and record.command in frames.CONFIRMING:
        asked = (frames.NOT_INTERACTIVE, *frames.CONFIRM, *frames.CONFIRMING[record.command])
        return Origin(asked, "Void ThrowPromptNotInteractive(System.String)")
    if _is(exception, "Host.HostException") and record.command in frames.ASKING:
        asking = (frames.NOT_INTERACTIVE, *frames.ASKING[record.command])
        return Origin(asking, "Void ThrowPromptNotInteractive(System.String)")
    return frames.THROWN_BY_COMMAND if record.thrown_by_command else None


def _is(exception: NetException, name: str) -> bool:
    return is_exception_type(exception.type_name, frames.SMA + name)


def _binding(record: ErrorRecord) -> Origin | None:
    frame, site = frames.BINDING[record.error_id]
    kind = "ParameterBinderController" if record.error_id == "MissingArgument" else "CmdletParameterBinderController"
    own: tuple[str, ...] = (f"{frames.SMA}{kind}.{frame}",)
    if record.error_id == "AmbiguousParameterSet":
        own = (*own, frames.VALIDATE_SETS)
    sent = getattr(record.invocation, "source", None) is None
    return Origin((*own, *frames.BIND, *(frames.LOCAL if sent else frames.PIPELINE)), site, interpreted=not sent)


def _division(record: ErrorRecord) -> Origin | None:
    found = _first(_tree(record), nodes.Binary)
    if not isinstance(found, nodes.Binary) or found.op not in frames.OPERATIONS:
        return None
    name = frames.OPERATIONS[found.op]
    own = (f"{frames.SMA}IntOps.{name}(Int32 lhs, Int32 rhs)", *_dispatch(2))
    return Origin(own, f"System.Object {name}(Int32, Int32)", interpreted=True)


def _call_site(kinds: Sequence[str]) -> Origin | None:
    if not kinds:
        return None
    full = ", ".join(kind if kind == "Int32" else f"System.{kind}" for kind in kinds)
    own = (f"CallSite.Target(Closure, CallSite, {', '.join(kinds)})", *_dispatch(len(kinds)))
    compiler = "System.Runtime.CompilerServices."
    site = f"System.Object CallSite.Target({compiler}Closure, {compiler}CallSite, {full})"
    return Origin(own, site, "Anonymously Hosted DynamicMethods Assembly", interpreted=True)


def _dispatch(count: int) -> tuple[str, ...]:
    names = ",".join(f"T{index}" for index in range(count))
    arguments = ", ".join(f"T{index} arg{index}" for index in range(count))
    return (
        f"System.Dynamic.UpdateDelegates.UpdateAndExecute{count}[{names},TRet](CallSite site, {arguments})",
        f"{frames.SMA}Interpreter.DynamicInstruction`{count + 1}.Run(InterpretedFrame frame)",
        frames.ENTER,
    )


# ---- exceptions that carry others ------------------------------------------------------------------------------------


def _method_call(record: ErrorRecord) -> Origin | None:
    """A method that threw: the engine's wrapper, and the method itself where its frames are known."""
    kinds = _types_at(record)
    inner = record.exception.inner
    if not kinds or inner is None:
        return None
    target = f"CallSite.Target(Closure, CallSite, {', '.join(kinds)})"
    found = _first(_tree(record), nodes.InvokeMember)
    name = found.name if isinstance(found, nodes.InvokeMember) and isinstance(found.name, str) else ""
    thrown = _thrown_by(inner.type_name, name)
    own = None if thrown is None else replace(thrown, frames=(*thrown.frames, target))
    return Origin((frames.WRAP, target, *_dispatch(len(kinds))), frames.WRAP_SITE, interpreted=True, inner=own)


def _thrown_by(kind: str, method: str) -> Origin | None:
    """What a method that threw had on the stack, up to its caller: by exception type and method."""
    if kind == "System.FormatException" and method.lower() == "parse":
        return Origin((frames.NO_NUMBER,), frames.NO_NUMBER_SITE, frames.CORE_LIBRARY)
    interface = f"{frames.SMA}Internal.Host.InternalHostUserInterface."
    if kind == f"{frames.SMA}Host.HostException" and method.lower() in frames.QUESTIONS:
        asked = (f"{interface}{frame}" for frame in frames.QUESTIONS[method.lower()])
        return Origin((frames.NOT_INTERACTIVE, *asked), "Void ThrowPromptNotInteractive(System.String)")
    if kind == f"{frames.SMA}Remoting.PSRemotingDataStructureException" and method.lower() in frames.NOT_REMOTE:
        own, site = frames.NOT_REMOTE[method.lower()]
        return Origin(tuple(frames.SMA + frame for frame in own), site)
    return None


def _cast(record: ErrorRecord) -> Origin | None:
    """A conversion that failed: of an operand, or of what a typed variable is first given."""
    tree = _tree(record)
    found = _first(tree, nodes.Convert)
    assignment = _first(tree, nodes.Assignment)
    cause = record.exception.inner
    if cause is None or not isinstance(found, nodes.Convert):
        return None
    converter = _converter(cause)
    if converter is None:
        return None
    if isinstance(assignment, nodes.Assignment) and assignment.target is found:
        inner = replace(converter, frames=(*converter.frames, *frames.CONVERT_TO, frames.TRANSFORMED))
        site = f"System.Object Transform({frames.SMA}EngineIntrinsics, System.Object, Boolean, Boolean)"
        return Origin((frames.TRANSFORMED, *frames.NEW_VARIABLE), site, interpreted=True, inner=inner)
    kind = _static_type(found.operand)
    target = f"CallSite.Target(Closure, CallSite, {kind})"
    inner = replace(converter, frames=(*converter.frames, target, *_dispatch(1)), interpreted=True)
    return Origin((), "", inner=inner)


def _converter(cause: NetException) -> Origin | None:
    """The conversion of the engine that threw this PSInvalidCastException, up to its caller."""
    sma = frames.SMA
    arguments = f"System.Object, System.Type, Boolean, {sma}PSObject, System.IFormatProvider, {sma}Runspaces.TypeTable"
    to = re.search(r'to type "System\.(\w+)"', cause.message)
    if cause.inner is None:
        return Origin(
            (
                frames.NO_CONVERSION,
                f"{frames.SMA}LanguagePrimitives.ConvertNoConversion({frames.CONVERSION.replace('recursion', 'recurse')})",
            ),
            "System.Object ThrowInvalidCastException(System.Object, System.Type)",
        )
    if to is None or cause.inner.type_name != "System.FormatException":
        return None
    real = to[1] in {"Double", "Single", "Decimal"}
    name = "ConvertStringToReal" if real else "ConvertStringToInteger"
    frame = f"{frames.SMA}LanguagePrimitives.{name}({frames.CONVERSION})"
    parsed = (
        (f"System.String.System.IConvertible.To{to[1]}(IFormatProvider provider)", frames.CHANGE_TYPE, frame)
        if real
        else (
            f"System.{to[1]}.Parse(String s, NumberStyles style, IFormatProvider provider)",
            f"System.ComponentModel.{to[1]}Converter.FromString(String value, NumberFormatInfo formatInfo)",
            frames.CONVERT_FROM,
        )
    )
    inner = Origin((frames.NO_NUMBER, *parsed), frames.NO_NUMBER_SITE, frames.CORE_LIBRARY)
    return Origin((frame,), f"System.Object {name}({arguments})", inner=inner)


def _coercion(record: ErrorRecord) -> Origin | None:
    """An argument that the binder could not convert, or that did not pass its validation."""
    cause = record.exception.inner
    sent = getattr(record.invocation, "source", None) is None
    way = (*frames.BIND_NAMED, *frames.BIND, *(frames.LOCAL if sent else frames.PIPELINE))
    if record.error_id == "ParameterArgumentValidationError":
        inner = None
        if cause is not None and "allowed range" in cause.message:
            inner = Origin((*frames.VALIDATE_RANGE, frames.BIND_ONE), "Void ValidateRange(System.Object)")
        elif cause is not None and cause.message.startswith("The argument is null"):
            arguments = f"System.Object, {frames.SMA}EngineIntrinsics"
            inner = Origin((*frames.VALIDATE_NOT_NULL, frames.BIND_ONE), f"Void Validate({arguments})")
        elif cause is not None:
            found = next((name for said, name in frames.VALIDATING.items() if said in cause.message), None)
            if found is not None:
                inner = Origin((*frames.validated_by(found), frames.BIND_ONE), "Void ValidateElement(System.Object)")
        site = (
            f"Boolean BindParameter({frames.SMA}CommandParameterInternal, {frames.SMA}CompiledCommandParameter, "
            f"{frames.SMA}ParameterBindingFlags)"
        )
        return Origin((frames.BIND_ONE, *way), site, interpreted=not sent, inner=inner)
    converter = None if cause is None else _converter(cause)
    inner = (
        None if converter is None else replace(converter, frames=(*converter.frames, *frames.CONVERT_TO, frames.COERCE))
    )
    site = (
        f"System.Object CoerceTypeAsNeeded({frames.SMA}CommandParameterInternal, System.String, System.Type, "
        f"{frames.SMA}ParameterCollectionTypeInformation, System.Object)"
    )
    several = (frames.ENCODE, frames.COERCE) if cause is not None and "ScriptBlock" in cause.message else ()
    return Origin((frames.COERCE, *several, frames.BIND_ONE, *way), site, interpreted=not sent, inner=inner)


def _tree(record: ErrorRecord) -> Node | None:
    try:
        return parse_script(getattr(record.invocation, "statement", ""))
    except ParseError:
        return None


def _types_at(record: ErrorRecord) -> tuple[str, ...]:
    """The static types at the call site: of the target, then of the arguments or of the value that is assigned."""
    tree = _tree(record)
    assignment = _first(tree, nodes.Assignment)
    if isinstance(assignment, nodes.Assignment) and isinstance(assignment.target, nodes.Member):
        value = assignment.value
        if isinstance(value, nodes.Pipeline) and isinstance(value.elements[0], nodes.CommandExpression):
            value = value.elements[0].expression
        return (_static_type(assignment.target.target), _static_type(value))
    found = _first(tree, nodes.InvokeMember) or _first(tree, nodes.Member)
    if isinstance(found, nodes.InvokeMember):
        return (_static_type(found.target), *(_static_type(argument) for argument in found.arguments))
    return (_static_type(found.target),) if isinstance(found, nodes.Member) else ()


def _static_type(node: Node) -> str:
    if isinstance(node, nodes.Constant):
        return {str: "String", int: "Int32", float: "Double"}.get(type(node.value), "Object")
    if isinstance(node, nodes.Expandable):
        return "String"
    return "Type" if isinstance(node, nodes.TypeExpression) else "Object"


def _first(node: object, kind: type[Node]) -> Node | None:
    """The first node of a kind in a tree, from the outside in."""
    if isinstance(node, kind):
        return node
    if isinstance(node, (list, tuple)):
        return next((found for each in node if (found := _first(each, kind)) is not None), None)
    if isinstance(node, nodes.Node):
        names = (name for base in type(node).__mro__ for name in getattr(base, "__slots__", ()))
        return next((found for name in names if (found := _first(getattr(node, name, None), kind)) is not None), None)
    return None
