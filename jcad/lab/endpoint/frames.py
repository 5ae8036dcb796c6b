"""Frames of .NET's and the engine's own code, as a real PowerShell 7 has them in its stack traces: by kind of error.

Tables alone, as recorded; which of them fits a record is found by `origins`. Pure.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

SMA: Final = "System.Management.Automation."
ENTER: Final = f"{SMA}Interpreter.EnterTryCatchFinallyInstruction.Run(InterpretedFrame frame)"
AGAIN: Final = "--- End of stack trace from previous location ---"
PIPELINE: Final = (
    (
        f"{SMA}PipelineOps.InvokePipeline(Object input, Boolean ignoreInput, CommandParameterInternal[][] pipeElements, "
        "CommandBaseAst[] pipeElementAsts, CommandRedirection[][] commandRedirections, FunctionContext funcContext)"
    ),
    f"{SMA}Interpreter.ActionCallInstruction`6.Run(InterpretedFrame frame)",
    ENTER,
)
LOCAL: Final = (
    f"{SMA}Runspaces.LocalPipeline.InvokeHelper()",
    f"{SMA}Runspaces.LocalPipeline.InvokeThreadProc()",
)
ENUMERATE: Final = f"{SMA}Internal.PipelineProcessor.SynchronousExecuteEnumerate(Object input)"
BIND: Final = (
    f"{SMA}CmdletParameterBinderController.BindCommandLineParametersNoValidation(Collection`1 arguments)",
    f"{SMA}CmdletParameterBinderController.BindCommandLineParameters(Collection`1 arguments)",
    f"{SMA}CommandProcessor.BindCommandLineParameters()",
    f"{SMA}CommandProcessor.Prepare(IDictionary psDefaultParameterValues)",
    f"{SMA}CommandProcessorBase.DoPrepare(IDictionary psDefaultParameterValues)",
    f"{SMA}Internal.PipelineProcessor.Start(Boolean incomingStream)",
    ENUMERATE,
    AGAIN,
    ENUMERATE,
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
        return "\n".join(frame if frame is AGAIN else f"   at {frame}" for frame in self.frames)


LOOKUP: Final = (
    (
        f"{SMA}CommandDiscovery.LookupCommandInfo(String commandName, CommandTypes commandTypes, "
        "SearchResolutionOptions searchResolutionOptions, CommandOrigin commandOrigin, ExecutionContext context)"
    ),
    f"{SMA}CommandDiscovery.LookupCommandInfo(String commandName, CommandOrigin commandOrigin, ExecutionContext context)",
    f"{SMA}CommandDiscovery.LookupCommandInfo(String commandName, CommandOrigin commandOrigin)",
    (
        f"{SMA}CommandDiscovery.LookupCommandProcessor(String commandName, CommandOrigin commandOrigin, "
        "Nullable`1 useLocalScope, Boolean forCompletion)"
    ),
)
LOOKUP_SITE: Final = (
    f"{SMA}CommandInfo LookupCommandInfo(System.String, {SMA}CommandTypes, {SMA}SearchResolutionOptions, "
    f"{SMA}CommandOrigin, {SMA}ExecutionContext)"
)
CREATE: Final = (
    (
        f"{SMA}Runspaces.Command.CreateCommandProcessor(ExecutionContext executionContext, Boolean addToHistory, "
        "CommandOrigin origin)"
    ),
    f"{SMA}Runspaces.LocalPipeline.CreatePipelineProcessor()",
    *LOCAL,
)
CALLED: Final = Origin(
    (
        *LOOKUP,
        f"{SMA}ExecutionContext.CreateCommand(String command, Boolean dotSource, Boolean forCompletion)",
        (
            f"{SMA}PipelineOps.AddCommand(PipelineProcessor pipe, CommandParameterInternal[] commandElements, "
            "CommandBaseAst commandBaseAst, CommandRedirection[] redirections, ExecutionContext context)"
        ),
        *PIPELINE,
    ),
    LOOKUP_SITE,
    interpreted=True,
)
SENT: Final = Origin((*LOOKUP, *CREATE), LOOKUP_SITE)
PARSED: Final = Origin(
    (
        f"{SMA}AutomationEngine.ParseScriptBlock(String script, String fileName, Boolean addToHistory)",
        f"{SMA}AutomationEngine.ParseScriptBlock(String script, Boolean addToHistory)",
        *CREATE,
    ),
    f"{SMA}ScriptBlock ParseScriptBlock(System.String, System.String, Boolean)",
)
STOPPED: Final = Origin((ENUMERATE, *LOCAL), "Void Throw()", "System.Private.CoreLib")
THROWN_BY_COMMAND: Final = Origin(
    (f"{SMA}MshCommandRuntime.ThrowTerminatingError(ErrorRecord errorRecord)",),
    f"Void ThrowTerminatingError({SMA}ErrorRecord)",
)
CHECKED: Final = Origin(
    (
        f"{SMA}ExceptionHandlingOps.CheckActionPreference(FunctionContext funcContext, Exception exception)",
        f"{SMA}Interpreter.ActionCallInstruction`2.Run(InterpretedFrame frame)",
        ENTER,
        ENTER,
    ),
    f"Void CheckActionPreference({SMA}Language.FunctionContext, System.Exception)",
    interpreted=True,
)
UNDEFINED: Final = Origin(
    (
        (
            f"{SMA}VariableOps.GetVariableValue(VariablePath variablePath, ExecutionContext executionContext, "
            f"VariableExpressionAst varAst)"
        ),
        f"{SMA}Interpreter.FuncCallInstruction`4.Run(InterpretedFrame frame)",
        ENTER,
    ),
    f"System.Object GetVariableValue({SMA}VariablePath, {SMA}ExecutionContext, {SMA}Language.VariableExpressionAst)",
    interpreted=True,
)
INVOKED: Final = Origin(
    (
        f"{SMA}ScriptBlock.Create(Parser parser, String fileName, String fileContents)",
        f"{SMA}ScriptBlock.Create(ExecutionContext context, String script)",
        f"{SMA}CommandInvocationIntrinsics.NewScriptBlock(String scriptText)",
        "Microsoft.PowerShell.Commands.InvokeExpressionCommand.ProcessRecord()",
        f"{SMA}Cmdlet.DoProcessRecord()",
        f"{SMA}CommandProcessor.ProcessRecord()",
    ),
    f"{SMA}ScriptBlock Create({SMA}Language.Parser, System.String, System.String)",
)
ENDED: Final = replace(
    CHECKED,
    frames=(
        *CHECKED.frames,
        f"{SMA}Interpreter.Interpreter.Run(InterpretedFrame frame)",
        f"{SMA}Interpreter.LightLambda.RunVoid1[T0](T0 arg0)",
        f"{SMA}DlrScriptCommandProcessor.RunClause(Action`1 clause, Object dollarUnderbar, Object inputToProcess)",
        AGAIN,
        ENUMERATE,
        *LOCAL,
    ),
)
FIXED: Final = {"PipelineStopped": STOPPED, "VariableIsUndefined": UNDEFINED, "ActionPreferenceStop": CHECKED}
#: The binder's errors: what threw, by error id.
BINDING: Final = {
    "NamedParameterNotFound": (
        "VerifyArgumentsProcessed(ParameterBindingException originalBindingException)",
        f"Void VerifyArgumentsProcessed({SMA}ParameterBindingException)",
    ),
    "AmbiguousParameterSet": (
        "ThrowAmbiguousParameterSetException(UInt32 parameterSetFlags, MergedCommandParameterMetadata bindableParameters)",
        f"Void ThrowAmbiguousParameterSetException(UInt32, {SMA}MergedCommandParameterMetadata)",
    ),
    "MissingArgument": ("ReparseUnboundArguments()", "Void ReparseUnboundArguments()"),
}
BINDING["PositionalParameterNotFound"] = BINDING["NamedParameterNotFound"]
VALIDATE_SETS: Final = (
    f"{SMA}CmdletParameterBinderController.ValidateParameterSets(Boolean prePipelineInput, Boolean setDefault)"
)
_ABOUT_CREDENTIAL: Final = "String caption, String message, String userName, String targetName"
PROMPT_FOR_CREDENTIAL: Final = (
    (
        f"PromptForCredential({_ABOUT_CREDENTIAL}, PSCredentialTypes allowedCredentialTypes, "
        "PSCredentialUIOptions options)"
    ),
    f"PromptForCredential({_ABOUT_CREDENTIAL})",
)
ASKING: Final[dict[str, tuple[str, ...]]] = {
    "Microsoft.PowerShell.Commands.ReadHostCommand": (
        (
            f"{SMA}Internal.Host.InternalHostUserInterface.Prompt(String caption, String message, "
            "Collection`1 descriptions)"
        ),
        "Microsoft.PowerShell.Commands.ReadHostCommand.BeginProcessing()",
        f"{SMA}Cmdlet.DoBeginProcessing()",
        f"{SMA}CommandProcessorBase.DoBegin()",
    ),
    "Microsoft.PowerShell.Commands.GetCredentialCommand": (
        *(f"{SMA}Internal.Host.InternalHostUserInterface.{frame}" for frame in PROMPT_FOR_CREDENTIAL),
        "Microsoft.PowerShell.Commands.GetCredentialCommand.BeginProcessing()",
        f"{SMA}Cmdlet.DoBeginProcessing()",
        f"{SMA}CommandProcessorBase.DoBegin()",
    ),
}
NOT_INTERACTIVE: Final = f"{SMA}Internal.Host.InternalHostUserInterface.ThrowPromptNotInteractive(String promptMessage)"
CORE_LIBRARY: Final = "System.Private.CoreLib"
NO_NUMBER: Final = "System.Number.ThrowFormatException[TChar](ReadOnlySpan`1 value)"
NO_NUMBER_SITE: Final = "Void ThrowFormatException[TChar](System.ReadOnlySpan`1[TChar])"
CHANGE_TYPE: Final = "System.Convert.ChangeType(Object value, Type conversionType, IFormatProvider provider)"
CONVERT_FROM: Final = (
    "System.ComponentModel.BaseNumberConverter.ConvertFrom(ITypeDescriptorContext context, "
    "CultureInfo culture, Object value)"
)
CONVERSION: Final = (
    "Object valueToConvert, Type resultType, Boolean recursion, PSObject originalValueToConvert, "
    "IFormatProvider formatProvider, TypeTable backupTable"
)
NO_CONVERSION: Final = f"{SMA}LanguagePrimitives.ThrowInvalidCastException(Object valueToConvert, Type resultType)"
CONVERT_TO: Final = (
    f"{SMA}LanguagePrimitives.ConversionData`1.Invoke({CONVERSION.replace('recursion', 'recurse')})",
    (
        f"{SMA}LanguagePrimitives.ConvertTo(Object valueToConvert, Type resultType, Boolean recursion, "
        "IFormatProvider formatProvider, TypeTable backupTypeTable)"
    ),
    f"{SMA}LanguagePrimitives.ConvertTo(Object valueToConvert, Type resultType, IFormatProvider formatProvider)",
)
ENGINE_DATA: Final = "EngineIntrinsics engineIntrinsics, Object inputData"
TRANSFORMED: Final = (
    f"{SMA}ArgumentTypeConverterAttribute.Transform({ENGINE_DATA}, Boolean bindingParameters, "
    "Boolean bindingScriptCmdlet)"
)
NEW_VARIABLE: Final = (
    f"{SMA}ArgumentTypeConverterAttribute.Transform({ENGINE_DATA})",
    f"{SMA}ArgumentTransformationAttribute.TransformInternal({ENGINE_DATA}, Boolean trackDataInputSource)",
    f"{SMA}PSVariableAttributeCollection.VerifyNewAttribute(Attribute item)",
    f"{SMA}PSVariableAttributeCollection.InsertItem(Int32 index, Attribute item)",
    f"{SMA}PSVariable..ctor(String name, Object value, ScopedItemOptions options, Collection`1 attributes)",
    (
        f"{SMA}VariableOps.SetVariableValue(VariablePath variablePath, Object value, ExecutionContext executionContext, "
        "AttributeBaseAst[] attributeAsts)"
    ),
    f"{SMA}Interpreter.FuncCallInstruction`5.Run(InterpretedFrame frame)",
    ENTER,
)
#: The errors of an argument's value.
COERCION: Final = frozenset({"CannotConvertArgumentNoMessage", "ParameterArgumentValidationError"})
COERCE: Final = (
    f"{SMA}ParameterBinderBase.CoerceTypeAsNeeded(CommandParameterInternal argument, String parameterName, Type toType, "
    "ParameterCollectionTypeInformation collectionTypeInfo, Object currentValue)"
)
ENCODE: Final = (
    f"{SMA}ParameterBinderBase.EncodeCollection(CommandParameterInternal argument, String parameterName, "
    "ParameterCollectionTypeInformation collectionTypeInformation, Type toType, Object currentValue, "
    "Boolean coerceElementTypeIfNeeded, Boolean& coercionRequired)"
)
BIND_ONE: Final = (
    f"{SMA}ParameterBinderBase.BindParameter(CommandParameterInternal parameter, "
    "CompiledCommandParameter parameterMetadata, ParameterBindingFlags flags)"
)
MERGED: Final = "CommandParameterInternal argument, MergedCompiledCommandParameter parameter"
BIND_NAMED: Final = (
    f"{SMA}CmdletParameterBinderController.BindParameter({MERGED}, ParameterBindingFlags flags)",
    f"{SMA}CmdletParameterBinderController.BindParameter(UInt32 parameterSets, {MERGED}, ParameterBindingFlags flags)",
    f"{SMA}CmdletParameterBinderController.BindNamedParameter(UInt32 parameterSets, {MERGED})",
    f"{SMA}ParameterBinderController.BindNamedParameters(UInt32 parameterSets, Collection`1 arguments)",
)
VALIDATE_NOT_NULL: Final = (
    f"{SMA}ValidateNotNullOrAttributeBase.Validate(Object arguments, EngineIntrinsics engineIntrinsics)",
    f"{SMA}ValidateArgumentsAttribute.InternalValidate(Object o, EngineIntrinsics engineIntrinsics)",
)
_VALIDATED: Final = (
    f"{SMA}ValidateEnumeratedArgumentsAttribute.Validate(Object arguments, EngineIntrinsics engineIntrinsics)",
    f"{SMA}ValidateArgumentsAttribute.InternalValidate(Object o, EngineIntrinsics engineIntrinsics)",
)
#: The attribute whose validation said a thing, by a part of what it says.
VALIDATING: Final = {
    "ValidateSet attribute": "ValidateSet",
    "does not match the": "ValidatePattern",
    "The character length": "ValidateLength",
    "validation script": "ValidateScript",
}


def validated_by(attribute: str) -> tuple[str, ...]:
    """The frames of an attribute that looks at each element of an argument."""
    return (f"{SMA}{attribute}Attribute.ValidateElement(Object element)", *_VALIDATED)


VALIDATE_RANGE: Final = (
    f"{SMA}ValidateRangeAttribute.ValidateRange(Object element)",
    f"{SMA}ValidateRangeAttribute.ValidateElement(Object element)",
    f"{SMA}ValidateEnumeratedArgumentsAttribute.Validate(Object arguments, EngineIntrinsics engineIntrinsics)",
    f"{SMA}ValidateArgumentsAttribute.InternalValidate(Object o, EngineIntrinsics engineIntrinsics)",
)
WRAP: Final = (
    f"{SMA}ExceptionHandlingOps.ConvertToMethodInvocationException(Exception exception, Type typeToThrow, "
    "String methodName, Int32 numArgs, MemberInfo memberInfo)"
)
WRAP_SITE: Final = (
    "Void ConvertToMethodInvocationException(System.Exception, System.Type, System.String, Int32, "
    "System.Reflection.MemberInfo)"
)
CONFIRM: Final = (
    (
        f"{SMA}Internal.Host.InternalHostUserInterface.PromptForChoice(String caption, String message, "
        "Collection`1 choices, Int32 defaultChoice)"
    ),
    (
        f"{SMA}MshCommandRuntime.InquireHelper(String inquireMessage, String inquireCaption, Boolean allowYesToAll, "
        "Boolean allowNoToAll, Boolean replaceNoWithHalt, Boolean hasSecurityImpact)"
    ),
    (
        f"{SMA}MshCommandRuntime.DoShouldProcess(String verboseDescription, String verboseWarning, String caption, "
        "ShouldProcessReason& shouldProcessReason)"
    ),
    f"{SMA}MshCommandRuntime.ShouldProcess(String target, String action)",
    f"{SMA}Cmdlet.ShouldProcess(String target, String action)",
)
#: Where a cmdlet asks whether to go on, by its class.
CONFIRMING: Final = {
    "Microsoft.PowerShell.Commands.SetVariableCommand": (
        "Microsoft.PowerShell.Commands.SetVariableCommand.SetVariable(String[] varNames, Object varValue)",
        "Microsoft.PowerShell.Commands.SetVariableCommand.EndProcessing()",
        f"{SMA}Cmdlet.DoEndProcessing()",
        f"{SMA}CommandProcessorBase.Complete()",
    ),
}
MISSING: Final = Origin(
    (
        (
            f"{SMA}CmdletParameterBinderController.PromptForMissingMandatoryParameters("
            "Collection`1 fieldDescriptionList, Collection`1 missingMandatoryParameters)"
        ),
        (
            f"{SMA}CmdletParameterBinderController.HandleUnboundMandatoryParameters(Int32 validParameterSetCount, "
            "Boolean processMissingMandatory, Boolean promptForMandatory, Boolean isPipelineInputExpected, "
            "Collection`1& missingMandatoryParameters)"
        ),
    ),
    f"System.Collections.Generic.Dictionary`2[System.String,{SMA}PSObject] PromptForMissingMandatoryParameters("
    f"System.Collections.ObjectModel.Collection`1[{SMA}Host.FieldDescription], "
    f"System.Collections.ObjectModel.Collection`1[{SMA}MergedCompiledCommandParameter])",
)
#: Methods of $Host.UI that ask, by name in lower case.
QUESTIONS: Final = {
    "promptforchoice": ("PromptForChoice(String caption, String message, Collection`1 choices, Int32 defaultChoice)",),
    "prompt": ("Prompt(String caption, String message, Collection`1 descriptions)",),
    "promptforcredential": PROMPT_FOR_CREDENTIAL,
    "readline": ("ReadLine()",),
    "readlineassecurestring": ("ReadLineAsSecureString()",),
}
#: Methods of a host that no remote host has: the frames up to the caller, and the method that threw.
NOT_REMOTE: Final = {
    "getbuffercontents": (
        (
            "Remoting.ServerRemoteHostRawUserInterface.GetBufferContents(Rectangle rectangle)",
            "Internal.Host.InternalHostRawUserInterface.GetBufferContents(Rectangle r)",
        ),
        f"{SMA}Host.BufferCell[,] GetBufferContents({SMA}Host.Rectangle)",
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
CALL_SITES: Final = frozenset(
    {
        "MethodNotFound",
        "InvokeMethodOnNull",
        "PropertyAssignmentException",
        "PropertyNotFound",
        "PropertyNotFoundStrict",
    }
)
OPERATIONS: Final = {"/": "Divide", "%": "Remainder"}

_GLOBBING: Final = (
    (
        f"{SMA}LocationGlobber.ExpandMshGlobPath(String path, Boolean allowNonexistingPaths, PSDriveInfo drive, "
        "ContainerCmdletProvider provider, CmdletProviderContext context)"
    ),
    (
        f"{SMA}LocationGlobber.ResolveDriveQualifiedPath(String path, CmdletProviderContext context, "
        "Boolean allowNonexistingPaths, CmdletProvider& providerInstance)"
    ),
    (
        f"{SMA}LocationGlobber.GetGlobbedMonadPathsFromMonadPath(String path, Boolean allowNonexistingPaths, "
        "CmdletProviderContext context, CmdletProvider& providerInstance)"
    ),
)
_GLOBBING_SITE: Final = (
    f"System.Collections.ObjectModel.Collection`1[System.String] ExpandMshGlobPath(System.String, Boolean, {SMA}PSDriveInfo, "
    f"{SMA}Provider.ContainerCmdletProvider, {SMA}CmdletProviderContext)"
)
_GLOBBED: Final = (
    f"{SMA}LocationGlobber.GetGlobbedProviderPathsFromMonadPath(String path, Boolean allowNonexistingPaths, "
    "CmdletProviderContext context, ProviderInfo& provider, CmdletProvider& providerInstance)"
)
_GET_ITEM: Final = (
    _GLOBBED,
    f"{SMA}SessionStateInternal.GetItem(String[] paths, CmdletProviderContext context)",
    f"{SMA}ItemCmdletProviderIntrinsics.Get(String path, CmdletProviderContext context)",
    "Microsoft.PowerShell.Commands.GetItemCommand.ProcessRecord()",
)
_RESOLVE: Final = (
    f"{SMA}PathIntrinsics.GetResolvedPSPathFromPSPath(String path, CmdletProviderContext context)",
    (
        "Microsoft.PowerShell.Commands.ContentCommandBase.ResolvePaths(String[] pathsToResolve, "
        "Boolean allowNonexistingPaths, Boolean allowEmptyResult, CmdletProviderContext currentCommandContext)"
    ),
)
_GET_DRIVE: Final = (
    f"{SMA}SessionStateInternal.GetDrive(String name, Boolean automount)",
    f"{SMA}SessionStateInternal.AutomountBuiltInDrive(String name)",
    f"{SMA}SessionStateInternal.GetDrive(String name, Boolean automount)",
    f"{SMA}SessionStateInternal.GetDrive(String name)",
    f"{SMA}DriveManagementIntrinsics.Get(String driveName)",
    (
        f"{SMA}LocationGlobber.GetDriveRootRelativePathFromPSPath(String path, CmdletProviderContext context, "
        "Boolean escapeCurrentLocation, PSDriveInfo& workingDriveForPath, CmdletProvider& providerInstance)"
    ),
    (
        f"{SMA}LocationGlobber.GetProviderPath(String path, CmdletProviderContext context, Boolean isTrusted, "
        "ProviderInfo& provider, PSDriveInfo& drive)"
    ),
    (
        f"{SMA}LocationGlobber.GetProviderPath(String path, CmdletProviderContext context, ProviderInfo& provider, "
        "PSDriveInfo& drive)"
    ),
)
#: What is looked for and not there: by error id and command.
NOT_FOUND: Final = {
    ("PathNotFound", "Microsoft.PowerShell.Commands.GetItemCommand"): Origin((*_GLOBBING, *_GET_ITEM), _GLOBBING_SITE),
    ("PathNotFound", "Microsoft.PowerShell.Commands.GetContentCommand"): Origin(
        (*_GLOBBING, *_RESOLVE), _GLOBBING_SITE
    ),
    ("DriveNotFound", "Microsoft.PowerShell.Commands.GetItemCommand"): Origin(
        (*_GET_DRIVE, *_GET_ITEM), f"{SMA}PSDriveInfo GetDrive(System.String, Boolean)"
    ),
}
