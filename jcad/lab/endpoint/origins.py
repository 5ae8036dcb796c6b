"""Where in .NET's own code an exception of the engine comes from: stack trace, TargetSite, Source, as PowerShell 7 sends them.

A table by kind of error, as recorded of a real engine: these texts are part of what Exception.ToString() gives. Windows
PowerShell 5.1 has others, which have not been recorded: for it nothing is said. Pure.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from jcad.lab.powershell.exceptions import is_exception_type
from jcad.lab.powershell.syntax import ParseError, nodes, parse_script

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jcad.lab.powershell.errors import ErrorRecord, NetException
    from jcad.lab.powershell.syntax.nodes import Node

_SMA: Final = "System.Management.Automation."
_ENTER: Final = f"{_SMA}Interpreter.EnterTryCatchFinallyInstruction.Run(InterpretedFrame frame)"
_AGAIN: Final = "--- End of stack trace from previous location ---"
_PIPELINE: Final = (
    (
        f"{_SMA}PipelineOps.InvokePipeline(Object input, Boolean ignoreInput, CommandParameterInternal[][] pipeElements, "
        "CommandBaseAst[] pipeElementAsts, CommandRedirection[][] commandRedirections, FunctionContext funcContext)"
    ),
    f"{_SMA}Interpreter.ActionCallInstruction`6.Run(InterpretedFrame frame)",
    _ENTER,
)
_LOCAL: Final = (
    f"{_SMA}Runspaces.LocalPipeline.InvokeHelper()",
    f"{_SMA}Runspaces.LocalPipeline.InvokeThreadProc()",
)
_ENUMERATE: Final = f"{_SMA}Internal.PipelineProcessor.SynchronousExecuteEnumerate(Object input)"
_BIND: Final = (
    f"{_SMA}CmdletParameterBinderController.BindCommandLineParametersNoValidation(Collection`1 arguments)",
    f"{_SMA}CmdletParameterBinderController.BindCommandLineParameters(Collection`1 arguments)",
    f"{_SMA}CommandProcessor.BindCommandLineParameters()",
    f"{_SMA}CommandProcessor.Prepare(IDictionary psDefaultParameterValues)",
    f"{_SMA}CommandProcessorBase.DoPrepare(IDictionary psDefaultParameterValues)",
    f"{_SMA}Internal.PipelineProcessor.Start(Boolean incomingStream)",
    _ENUMERATE,
    _AGAIN,
    _ENUMERATE,
)


@dataclass(frozen=True, slots=True)
class Origin:
    """The frames, innermost first; the method that threw; its assembly; whether interpreted frames were noted in Data."""

    frames: tuple[str, ...]
    site: str
    source: str = "System.Management.Automation"
    interpreted: bool = False
    inner: Origin | None = None
    """Of the inner exception."""

    @property
    def trace(self) -> str:
        """The stack trace as text."""
        return "\n".join(frame if frame is _AGAIN else f"   at {frame}" for frame in self.frames)


_LOOKUP: Final = (
    (
        f"{_SMA}CommandDiscovery.LookupCommandInfo(String commandName, CommandTypes commandTypes, "
        "SearchResolutionOptions searchResolutionOptions, CommandOrigin commandOrigin, ExecutionContext context)"
    ),
    f"{_SMA}CommandDiscovery.LookupCommandInfo(String commandName, CommandOrigin commandOrigin, ExecutionContext context)",
    f"{_SMA}CommandDiscovery.LookupCommandInfo(String commandName, CommandOrigin commandOrigin)",
    (
        f"{_SMA}CommandDiscovery.LookupCommandProcessor(String commandName, CommandOrigin commandOrigin, "
        "Nullable`1 useLocalScope, Boolean forCompletion)"
    ),
)
_LOOKUP_SITE: Final = (
    f"{_SMA}CommandInfo LookupCommandInfo(System.String, {_SMA}CommandTypes, {_SMA}SearchResolutionOptions, "
    f"{_SMA}CommandOrigin, {_SMA}ExecutionContext)"
)
_CREATE: Final = (
    (
        f"{_SMA}Runspaces.Command.CreateCommandProcessor(ExecutionContext executionContext, Boolean addToHistory, "
        "CommandOrigin origin)"
    ),
    f"{_SMA}Runspaces.LocalPipeline.CreatePipelineProcessor()",
    *_LOCAL,
)
_CALLED: Final = Origin(
    (
        *_LOOKUP,
        f"{_SMA}ExecutionContext.CreateCommand(String command, Boolean dotSource, Boolean forCompletion)",
        (
            f"{_SMA}PipelineOps.AddCommand(PipelineProcessor pipe, CommandParameterInternal[] commandElements, "
            "CommandBaseAst commandBaseAst, CommandRedirection[] redirections, ExecutionContext context)"
        ),
        *_PIPELINE,
    ),
    _LOOKUP_SITE,
    interpreted=True,
)
_SENT: Final = Origin((*_LOOKUP, *_CREATE), _LOOKUP_SITE)
_PARSED: Final = Origin(
    (
        f"{_SMA}AutomationEngine.ParseScriptBlock(String script, String fileName, Boolean addToHistory)",
        f"{_SMA}AutomationEngine.ParseScriptBlock(String script, Boolean addToHistory)",
        *_CREATE,
    ),
    f"{_SMA}ScriptBlock ParseScriptBlock(System.String, System.String, Boolean)",
)
_STOPPED: Final = Origin((_ENUMERATE, *_LOCAL), "Void Throw()", "System.Private.CoreLib")
_THROWN_BY_COMMAND: Final = Origin(
    (f"{_SMA}MshCommandRuntime.ThrowTerminatingError(ErrorRecord errorRecord)",),
    f"Void ThrowTerminatingError({_SMA}ErrorRecord)",
)
_CHECKED: Final = Origin(
    (
        f"{_SMA}ExceptionHandlingOps.CheckActionPreference(FunctionContext funcContext, Exception exception)",
        f"{_SMA}Interpreter.ActionCallInstruction`2.Run(InterpretedFrame frame)",
        _ENTER,
        _ENTER,
    ),
    f"Void CheckActionPreference({_SMA}Language.FunctionContext, System.Exception)",
    interpreted=True,
)
_UNDEFINED: Final = Origin(
    (
        (
            f"{_SMA}VariableOps.GetVariableValue(VariablePath variablePath, ExecutionContext executionContext, "
            f"VariableExpressionAst varAst)"
        ),
        f"{_SMA}Interpreter.FuncCallInstruction`4.Run(InterpretedFrame frame)",
        _ENTER,
    ),
    f"System.Object GetVariableValue({_SMA}VariablePath, {_SMA}ExecutionContext, {_SMA}Language.VariableExpressionAst)",
    interpreted=True,
)
_INVOKED: Final = Origin(
    (
        f"{_SMA}ScriptBlock.Create(Parser parser, String fileName, String fileContents)",
        f"{_SMA}ScriptBlock.Create(ExecutionContext context, String script)",
        f"{_SMA}CommandInvocationIntrinsics.NewScriptBlock(String scriptText)",
        "Microsoft.PowerShell.Commands.InvokeExpressionCommand.ProcessRecord()",
        f"{_SMA}Cmdlet.DoProcessRecord()",
        f"{_SMA}CommandProcessor.ProcessRecord()",
    ),
    f"{_SMA}ScriptBlock Create({_SMA}Language.Parser, System.String, System.String)",
)
_ENDED: Final = replace(
    _CHECKED,
    frames=(
        *_CHECKED.frames,
        f"{_SMA}Interpreter.Interpreter.Run(InterpretedFrame frame)",
        f"{_SMA}Interpreter.LightLambda.RunVoid1[T0](T0 arg0)",
        f"{_SMA}DlrScriptCommandProcessor.RunClause(Action`1 clause, Object dollarUnderbar, Object inputToProcess)",
        _AGAIN,
        _ENUMERATE,
        *_LOCAL,
    ),
)
_FIXED: Final = {"PipelineStopped": _STOPPED, "VariableIsUndefined": _UNDEFINED, "ActionPreferenceStop": _CHECKED}
#: The binder's errors: what threw, by error id.
_BINDING: Final = {
    "NamedParameterNotFound": (
        "VerifyArgumentsProcessed(ParameterBindingException originalBindingException)",
        f"Void VerifyArgumentsProcessed({_SMA}ParameterBindingException)",
    ),
    "AmbiguousParameterSet": (
        "ThrowAmbiguousParameterSetException(UInt32 parameterSetFlags, MergedCommandParameterMetadata bindableParameters)",
        f"Void ThrowAmbiguousParameterSetException(UInt32, {_SMA}MergedCommandParameterMetadata)",
    ),
    "MissingArgument": ("ReparseUnboundArguments()", "Void ReparseUnboundArguments()"),
}
_BINDING["PositionalParameterNotFound"] = _BINDING["NamedParameterNotFound"]
_VALIDATE_SETS: Final = (
    f"{_SMA}CmdletParameterBinderController.ValidateParameterSets(Boolean prePipelineInput, Boolean setDefault)"
)
_ASKING: Final = {
    "Microsoft.PowerShell.Commands.ReadHostCommand": (
        (
            f"{_SMA}Internal.Host.InternalHostUserInterface.Prompt(String caption, String message, "
            "Collection`1 descriptions)"
        ),
        "Microsoft.PowerShell.Commands.ReadHostCommand.BeginProcessing()",
        f"{_SMA}Cmdlet.DoBeginProcessing()",
        f"{_SMA}CommandProcessorBase.DoBegin()",
    ),
}
_NOT_INTERACTIVE: Final = (
    f"{_SMA}Internal.Host.InternalHostUserInterface.ThrowPromptNotInteractive(String promptMessage)"
)
_CORE_LIBRARY: Final = "System.Private.CoreLib"
_NO_NUMBER: Final = "System.Number.ThrowFormatException[TChar](ReadOnlySpan`1 value)"
_NO_NUMBER_SITE: Final = "Void ThrowFormatException[TChar](System.ReadOnlySpan`1[TChar])"
_CHANGE_TYPE: Final = "System.Convert.ChangeType(Object value, Type conversionType, IFormatProvider provider)"
_CONVERT_FROM: Final = (
    "System.ComponentModel.BaseNumberConverter.ConvertFrom(ITypeDescriptorContext context, "
    "CultureInfo culture, Object value)"
)
_CONVERSION: Final = (
    "Object valueToConvert, Type resultType, Boolean recursion, PSObject originalValueToConvert, "
    "IFormatProvider formatProvider, TypeTable backupTable"
)
_NO_CONVERSION: Final = f"{_SMA}LanguagePrimitives.ThrowInvalidCastException(Object valueToConvert, Type resultType)"
_CONVERT_TO: Final = (
    f"{_SMA}LanguagePrimitives.ConversionData`1.Invoke({_CONVERSION.replace('recursion', 'recurse')})",
    (
        f"{_SMA}LanguagePrimitives.ConvertTo(Object valueToConvert, Type resultType, Boolean recursion, "
        "IFormatProvider formatProvider, TypeTable backupTypeTable)"
    ),
    f"{_SMA}LanguagePrimitives.ConvertTo(Object valueToConvert, Type resultType, IFormatProvider formatProvider)",
)
_ENGINE_DATA: Final = "EngineIntrinsics engineIntrinsics, Object inputData"
_TRANSFORMED: Final = (
    f"{_SMA}ArgumentTypeConverterAttribute.Transform({_ENGINE_DATA}, Boolean bindingParameters, "
    "Boolean bindingScriptCmdlet)"
)
_NEW_VARIABLE: Final = (
    f"{_SMA}ArgumentTypeConverterAttribute.Transform({_ENGINE_DATA})",
    f"{_SMA}ArgumentTransformationAttribute.TransformInternal({_ENGINE_DATA}, Boolean trackDataInputSource)",
    f"{_SMA}PSVariableAttributeCollection.VerifyNewAttribute(Attribute item)",
    f"{_SMA}PSVariableAttributeCollection.InsertItem(Int32 index, Attribute item)",
    f"{_SMA}PSVariable..ctor(String name, Object value, ScopedItemOptions options, Collection`1 attributes)",
    (
        f"{_SMA}VariableOps.SetVariableValue(VariablePath variablePath, Object value, ExecutionContext executionContext, "
        "AttributeBaseAst[] attributeAsts)"
    ),
    f"{_SMA}Interpreter.FuncCallInstruction`5.Run(InterpretedFrame frame)",
    _ENTER,
)
#: The errors of an argument's value.
_COERCION: Final = frozenset({"CannotConvertArgumentNoMessage", "ParameterArgumentValidationError"})
_COERCE: Final = (
    f"{_SMA}ParameterBinderBase.CoerceTypeAsNeeded(CommandParameterInternal argument, String parameterName, Type toType, "
    "ParameterCollectionTypeInformation collectionTypeInfo, Object currentValue)"
)
_ENCODE: Final = (
    f"{_SMA}ParameterBinderBase.EncodeCollection(CommandParameterInternal argument, String parameterName, "
    "ParameterCollectionTypeInformation collectionTypeInformation, Type toType, Object currentValue, "
    "Boolean coerceElementTypeIfNeeded, Boolean& coercionRequired)"
)
_BIND_ONE: Final = (
    f"{_SMA}ParameterBinderBase.BindParameter(CommandParameterInternal parameter, "
    "CompiledCommandParameter parameterMetadata, ParameterBindingFlags flags)"
)
_MERGED: Final = "CommandParameterInternal argument, MergedCompiledCommandParameter parameter"
_BIND_NAMED: Final = (
    f"{_SMA}CmdletParameterBinderController.BindParameter({_MERGED}, ParameterBindingFlags flags)",
    f"{_SMA}CmdletParameterBinderController.BindParameter(UInt32 parameterSets, {_MERGED}, ParameterBindingFlags flags)",
    f"{_SMA}CmdletParameterBinderController.BindNamedParameter(UInt32 parameterSets, {_MERGED})",
    f"{_SMA}ParameterBinderController.BindNamedParameters(UInt32 parameterSets, Collection`1 arguments)",
)
_VALIDATE_RANGE: Final = (
    f"{_SMA}ValidateRangeAttribute.ValidateRange(Object element)",
    f"{_SMA}ValidateRangeAttribute.ValidateElement(Object element)",
    f"{_SMA}ValidateEnumeratedArgumentsAttribute.Validate(Object arguments, EngineIntrinsics engineIntrinsics)",
    f"{_SMA}ValidateArgumentsAttribute.InternalValidate(Object o, EngineIntrinsics engineIntrinsics)",
)
_WRAP: Final = (
    f"{_SMA}ExceptionHandlingOps.ConvertToMethodInvocationException(Exception exception, Type typeToThrow, "
    "String methodName, Int32 numArgs, MemberInfo memberInfo)"
)
_WRAP_SITE: Final = (
    "Void ConvertToMethodInvocationException(System.Exception, System.Type, System.String, Int32, "
    "System.Reflection.MemberInfo)"
)
_CONFIRM: Final = (
    (
        f"{_SMA}Internal.Host.InternalHostUserInterface.PromptForChoice(String caption, String message, "
        "Collection`1 choices, Int32 defaultChoice)"
    ),
    (
        f"{_SMA}MshCommandRuntime.InquireHelper(String inquireMessage, String inquireCaption, Boolean allowYesToAll, "
        "Boolean allowNoToAll, Boolean replaceNoWithHalt, Boolean hasSecurityImpact)"
    ),
    (
        f"{_SMA}MshCommandRuntime.DoShouldProcess(String verboseDescription, String verboseWarning, String caption, "
        "ShouldProcessReason& shouldProcessReason)"
    ),
    f"{_SMA}MshCommandRuntime.ShouldProcess(String target, String action)",
    f"{_SMA}Cmdlet.ShouldProcess(String target, String action)",
)
#: Where a cmdlet asks whether to go on, by its class.
_CONFIRMING: Final = {
    "Microsoft.PowerShell.Commands.SetVariableCommand": (
        "Microsoft.PowerShell.Commands.SetVariableCommand.SetVariable(String[] varNames, Object varValue)",
        "Microsoft.PowerShell.Commands.SetVariableCommand.EndProcessing()",
        f"{_SMA}Cmdlet.DoEndProcessing()",
        f"{_SMA}CommandProcessorBase.Complete()",
    ),
}
_MISSING: Final = Origin(
    (
        (
            f"{_SMA}CmdletParameterBinderController.PromptForMissingMandatoryParameters("
            "Collection`1 fieldDescriptionList, Collection`1 missingMandatoryParameters)"
        ),
        (
            f"{_SMA}CmdletParameterBinderController.HandleUnboundMandatoryParameters(Int32 validParameterSetCount, "
            "Boolean processMissingMandatory, Boolean promptForMandatory, Boolean isPipelineInputExpected, "
            "Collection`1& missingMandatoryParameters)"
        ),
    ),
    f"System.Collections.Generic.Dictionary`2[System.String,{_SMA}PSObject] PromptForMissingMandatoryParameters("
    f"System.Collections.ObjectModel.Collection`1[{_SMA}Host.FieldDescription], "
    f"System.Collections.ObjectModel.Collection`1[{_SMA}MergedCompiledCommandParameter])",
)
#: Methods of $Host.UI that ask, by name in lower case.
_QUESTIONS: Final = {
    "promptforchoice": "PromptForChoice(String caption, String message, Collection`1 choices, Int32 defaultChoice)",
    "prompt": "Prompt(String caption, String message, Collection`1 descriptions)",
    "promptforcredential": "PromptForCredential(String caption, String message, String userName, String targetName)",
    "readline": "ReadLine()",
    "readlineassecurestring": "ReadLineAsSecureString()",
}
#: Methods of a host that no remote host has: the frames up to the caller, and the method that threw.
_NOT_REMOTE: Final = {
    "getbuffercontents": (
        (
            "Remoting.ServerRemoteHostRawUserInterface.GetBufferContents(Rectangle rectangle)",
            "Internal.Host.InternalHostRawUserInterface.GetBufferContents(Rectangle r)",
        ),
        f"{_SMA}Host.BufferCell[,] GetBufferContents({_SMA}Host.Rectangle)",
    ),
    "enternestedprompt": (
        (
            "Remoting.ServerRemoteHost.EnterNestedPrompt()",
            "Internal.Host.InternalHost.EnterNestedPrompt(InternalCommand callingCommand)",
            "Internal.Host.InternalHost.EnterNestedPrompt()",
        ),
        "Void EnterNestedPrompt()",
    ),
}
#: Errors that come out of a dynamic call site, whose frames name the static types of what stands there.
_CALL_SITES: Final = frozenset(
    {
        "MethodNotFound",
        "InvokeMethodOnNull",
        "PropertyAssignmentException",
        "PropertyNotFound",
        "PropertyNotFoundStrict",
    }
)
_OPERATIONS: Final = {"/": "Divide", "%": "Remainder"}


def origin_of(record: ErrorRecord, *, ended: bool = False) -> Origin | None:
    """Where the exception of a record comes from; None where it has no stack, or none is known.

    `ended`: the error has ended the pipeline, so that it went up to the thread that ran it.
    """
    error_id = record.error_id
    if error_id == "ActionPreferenceStop" and ended:
        return _ENDED
    fixed = _FIXED.get(error_id) or _of_parser(record)
    if fixed is not None:
        return fixed
    if error_id == "CommandNotFoundException":
        return _SENT if getattr(record.invocation, "source", None) is None else _CALLED
    if error_id in _BINDING:
        return _binding(record)
    if error_id == "MissingMandatoryParameter":
        sent = getattr(record.invocation, "source", None) is None
        return replace(
            _MISSING, frames=(*_MISSING.frames, *_BIND[1:], *(_LOCAL if sent else _PIPELINE)), interpreted=not sent
        )
    if error_id in _COERCION:
        return _coercion(record)
    if record.caught and _is(record.exception, "RuntimeException"):
        return _CHECKED
    return _of_operation(record)


def _of_parser(record: ErrorRecord) -> Origin | None:
    if not _is(record.exception, "ParseException"):
        return None
    if record.command.endswith("InvokeExpressionCommand"):
        return _INVOKED
    return _PARSED if record.invocation is None else None


def _of_operation(record: ErrorRecord) -> Origin | None:
    exception = record.exception
    if exception.type_name == f"{_SMA}MethodInvocationException":
        return _method_call(record)
    if exception.inner is not None and exception.inner.type_name == f"{_SMA}PSInvalidCastException":
        return _cast(record)
    if record.error_id in _CALL_SITES:
        return _call_site(_types_at(record))
    if exception.inner is not None and exception.inner.type_name == "System.DivideByZeroException":
        return _division(record)
    if _is(exception, "Host.HostException") and record.command in _CONFIRMING:
        asked = (_NOT_INTERACTIVE, *_CONFIRM, *_CONFIRMING[record.command])
        return Origin(asked, "Void ThrowPromptNotInteractive(System.String)")
    if _is(exception, "Host.HostException") and record.command in _ASKING:
        frames = (_NOT_INTERACTIVE, *_ASKING[record.command])
        return Origin(frames, "Void ThrowPromptNotInteractive(System.String)")
    return _THROWN_BY_COMMAND if record.thrown_by_command else None


def _is(exception: NetException, name: str) -> bool:
    return is_exception_type(exception.type_name, _SMA + name)


def _binding(record: ErrorRecord) -> Origin | None:
    frame, site = _BINDING[record.error_id]
    kind = "ParameterBinderController" if record.error_id == "MissingArgument" else "CmdletParameterBinderController"
    frames: tuple[str, ...] = (f"{_SMA}{kind}.{frame}",)
    if record.error_id == "AmbiguousParameterSet":
        frames = (*frames, _VALIDATE_SETS)
    sent = getattr(record.invocation, "source", None) is None
    return Origin((*frames, *_BIND, *(_LOCAL if sent else _PIPELINE)), site, interpreted=not sent)


def _division(record: ErrorRecord) -> Origin | None:
    found = _first(_tree(record), nodes.Binary)
    if not isinstance(found, nodes.Binary) or found.op not in _OPERATIONS:
        return None
    name = _OPERATIONS[found.op]
    own = (f"{_SMA}IntOps.{name}(Int32 lhs, Int32 rhs)", *_dispatch(2))
    return Origin(own, f"System.Object {name}(Int32, Int32)", interpreted=True)


def _call_site(kinds: Sequence[str]) -> Origin | None:
    if not kinds:
        return None
    full = ", ".join(kind if kind == "Int32" else f"System.{kind}" for kind in kinds)
    frames = (f"CallSite.Target(Closure, CallSite, {', '.join(kinds)})", *_dispatch(len(kinds)))
    compiler = "System.Runtime.CompilerServices."
    site = f"System.Object CallSite.Target({compiler}Closure, {compiler}CallSite, {full})"
    return Origin(frames, site, "Anonymously Hosted DynamicMethods Assembly", interpreted=True)


def _dispatch(count: int) -> tuple[str, ...]:
    names = ",".join(f"T{index}" for index in range(count))
    arguments = ", ".join(f"T{index} arg{index}" for index in range(count))
    return (
        f"System.Dynamic.UpdateDelegates.UpdateAndExecute{count}[{names},TRet](CallSite site, {arguments})",
        f"{_SMA}Interpreter.DynamicInstruction`{count + 1}.Run(InterpretedFrame frame)",
        _ENTER,
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
    return Origin((_WRAP, target, *_dispatch(len(kinds))), _WRAP_SITE, interpreted=True, inner=own)


def _thrown_by(kind: str, method: str) -> Origin | None:
    """What a method that threw had on the stack, up to its caller: by exception type and method."""
    if kind == "System.FormatException" and method.lower() == "parse":
        return Origin((_NO_NUMBER,), _NO_NUMBER_SITE, _CORE_LIBRARY)
    interface = f"{_SMA}Internal.Host.InternalHostUserInterface."
    if kind == f"{_SMA}Host.HostException" and method.lower() in _QUESTIONS:
        asked = f"{interface}{_QUESTIONS[method.lower()]}"
        return Origin((_NOT_INTERACTIVE, asked), "Void ThrowPromptNotInteractive(System.String)")
    if kind == f"{_SMA}Remoting.PSRemotingDataStructureException" and method.lower() in _NOT_REMOTE:
        frames, site = _NOT_REMOTE[method.lower()]
        return Origin(tuple(_SMA + frame for frame in frames), site)
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
        inner = replace(converter, frames=(*converter.frames, *_CONVERT_TO, _TRANSFORMED))
        site = f"System.Object Transform({_SMA}EngineIntrinsics, System.Object, Boolean, Boolean)"
        return Origin((_TRANSFORMED, *_NEW_VARIABLE), site, interpreted=True, inner=inner)
    kind = _static_type(found.operand)
    target = f"CallSite.Target(Closure, CallSite, {kind})"
    inner = replace(converter, frames=(*converter.frames, target, *_dispatch(1)), interpreted=True)
    return Origin((), "", inner=inner)


def _converter(cause: NetException) -> Origin | None:
    """The conversion of the engine that threw this PSInvalidCastException, up to its caller."""
    arguments = (
        f"System.Object, System.Type, Boolean, {_SMA}PSObject, System.IFormatProvider, {_SMA}Runspaces.TypeTable"
    )
    to = re.search(r'to type "System\.(\w+)"', cause.message)
    if cause.inner is None:
        return Origin(
            (
                _NO_CONVERSION,
                f"{_SMA}LanguagePrimitives.ConvertNoConversion({_CONVERSION.replace('recursion', 'recurse')})",
            ),
            "System.Object ThrowInvalidCastException(System.Object, System.Type)",
        )
    if to is None or cause.inner.type_name != "System.FormatException":
        return None
    real = to[1] in {"Double", "Single", "Decimal"}
    name = "ConvertStringToReal" if real else "ConvertStringToInteger"
    frame = f"{_SMA}LanguagePrimitives.{name}({_CONVERSION})"
    parsed = (
        (f"System.String.System.IConvertible.To{to[1]}(IFormatProvider provider)", _CHANGE_TYPE, frame)
        if real
        else (
            f"System.{to[1]}.Parse(String s, NumberStyles style, IFormatProvider provider)",
            f"System.ComponentModel.{to[1]}Converter.FromString(String value, NumberFormatInfo formatInfo)",
            _CONVERT_FROM,
        )
    )
    inner = Origin((_NO_NUMBER, *parsed), _NO_NUMBER_SITE, _CORE_LIBRARY)
    return Origin((frame,), f"System.Object {name}({arguments})", inner=inner)


def _coercion(record: ErrorRecord) -> Origin | None:
    """An argument that the binder could not convert, or that did not pass its validation."""
    cause = record.exception.inner
    sent = getattr(record.invocation, "source", None) is None
    way = (*_BIND_NAMED, *_BIND, *(_LOCAL if sent else _PIPELINE))
    if record.error_id == "ParameterArgumentValidationError":
        inner = None
        if cause is not None and "allowed range" in cause.message:
            inner = Origin((*_VALIDATE_RANGE, _BIND_ONE), "Void ValidateRange(System.Object)")
        site = (
            f"Boolean BindParameter({_SMA}CommandParameterInternal, {_SMA}CompiledCommandParameter, "
            f"{_SMA}ParameterBindingFlags)"
        )
        return Origin((_BIND_ONE, *way), site, interpreted=not sent, inner=inner)
    converter = None if cause is None else _converter(cause)
    inner = None if converter is None else replace(converter, frames=(*converter.frames, *_CONVERT_TO, _COERCE))
    site = (
        f"System.Object CoerceTypeAsNeeded({_SMA}CommandParameterInternal, System.String, System.Type, "
        f"{_SMA}ParameterCollectionTypeInformation, System.Object)"
    )
    several = (_ENCODE, _COERCE) if cause is not None and "ScriptBlock" in cause.message else ()
    return Origin((_COERCE, *several, _BIND_ONE, *way), site, interpreted=not sent, inner=inner)


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
