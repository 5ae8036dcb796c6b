"""The objects through which a script sees commands: $PSCmdlet, $MyInvocation, what Get-Command gives."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from jcad.errors import LabUnsupported
from jcad.lab.powershell import nettype as net
from jcad.lab.powershell.binding import COMMON, RISK
from jcad.lab.powershell.command import ALL_SETS, CommandInfo
from jcad.lab.powershell.containers import folded_key
from jcad.lab.powershell.errors import ErrorRecord, Failure, NetError, NetException
from jcad.lab.powershell.evaluate import invocations
from jcad.lab.powershell.evaluate.frame import emit
from jcad.lab.powershell.evaluate.invocations import InvocationInfo
from jcad.lab.powershell.objects import textual, to_text
from jcad.lab.powershell.types.registry import members_of
from jcad.lab.powershell.values import (
    AUTOMATION_NULL,
    Array,
    EnumValue,
    GenericDictionary,
    HashSet,
    NetObject,
    array_from,
    base_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from jcad.lab.powershell.binding import Slot, Table
    from jcad.lab.powershell.command import Cmdlet
    from jcad.lab.powershell.evaluate.context import CommandContext
    from jcad.lab.powershell.evaluate.processors import Processor
    from jcad.lab.powershell.values import Value

_AUTOMATION: Final = "System.Management.Automation."
_DICTIONARY: Final = net.generic(net.DICTIONARY, net.STRING, net.OBJECT)
BOUND_PARAMETERS: Final = net.define(_AUTOMATION + "PSBoundParametersDictionary", base=_DICTIONARY)
COMMAND_INFO: Final = net.define(_AUTOMATION + "CommandInfo")
COMMAND_TYPES: Final = net.define(
    _AUTOMATION + "CommandTypes",
    names={"Alias": 1, "Function": 2, "Filter": 4, "Cmdlet": 8, "ExternalScript": 16, "Application": 32, "Script": 64},
    flags=True,
)


def bound_parameters(bound: dict[str, Any]) -> GenericDictionary:
    """$PSBoundParameters of what was bound."""
    return GenericDictionary(bound.items(), net_type=BOUND_PARAMETERS, fold=folded_key)


def invocation_of(processor: Processor) -> InvocationInfo:
    """The call that a processor carries out."""
    node = processor.node
    engine = processor.f.engine
    body = getattr(processor.f.command, "body", None)
    source = body.ast.source if body is not None else engine.source
    command = processor.context.command
    shown = processor.context.activity
    own = getattr(processor, "body", None)
    if isinstance(command, CommandInfo):
        command = CmdletInfo(engine.cmdlets[command.name.lower()])
    elif command is None and own is not None:
        shown = own.ast.text
        command = ScriptInfo(shown) if node is None else None
    binder = getattr(processor, "binder", None)
    return InvocationInfo(
        command,
        processor.context.activity or ("" if node is None else node.invocation),
        0 if node is None else node.at,
        None if node is None else source,
        end=0 if node is None else node.end,
        shown=shown,
        history=engine.history,
        bound=None if binder is None else bound_parameters(binder.bound),
        unbound=None if binder is None else binder.rest,
        expects_input=processor.expects_input,
    )


class PSCmdlet(NetObject):
    """$PSCmdlet of an advanced function."""

    __slots__ = ("context",)
    net_type = net.define(
        _AUTOMATION + "PSScriptCmdlet",
        base=net.define(_AUTOMATION + "PSCmdlet", base=net.define(_AUTOMATION + "Cmdlet")),
    )

    def __init__(self, context: CommandContext) -> None:
        super().__init__()
        self.context = context


class CmdletInfo(NetObject):
    """A cmdlet, as `Get-Command` gives it and `&` calls it."""

    __slots__ = ("kind",)
    net_type = net.define(_AUTOMATION + "CmdletInfo", base=COMMAND_INFO)

    def __init__(self, kind: type[Cmdlet]) -> None:
        super().__init__()
        self.kind = kind

    @property
    def name(self) -> str:
        """The cmdlet's name."""
        return self.kind.info.name


class AliasInfo(NetObject):
    """An alias, as `Get-Alias` gives it."""

    __slots__ = ("name", "target")
    net_type = net.define(_AUTOMATION + "AliasInfo", base=COMMAND_INFO)

    def __init__(self, name: str, target: str) -> None:
        super().__init__()
        self.name = name
        self.target = target


class ScriptInfo(NetObject):
    """A script that a client sent, as `$MyInvocation.MyCommand` gives it: it has no name."""

    __slots__ = ("definition",)
    net_type = net.define(_AUTOMATION + "ScriptInfo", base=COMMAND_INFO)

    def __init__(self, definition: str) -> None:
        super().__init__()
        self.definition = definition


class ParameterMetadata(NetObject):
    """A parameter of a command, as `(Get-Command x).Parameters['y']` gives it."""

    __slots__ = ("slot",)
    net_type = net.define(_AUTOMATION + "ParameterMetadata")

    def __init__(self, slot: Slot) -> None:
        super().__init__()
        self.slot = slot


class AttributeValue(NetObject):
    """An attribute of a parameter."""

    __slots__ = ("net_type", "values")

    def __init__(self, name: str, values: dict[str, Any]) -> None:
        super().__init__()
        self.net_type = net.define(name, base=net.define("System.Attribute"))
        self.values = values


class ParameterSetInfo(NetObject):
    """A parameter set of a command."""

    __slots__ = ("is_default", "name", "slots")
    net_type = net.define(_AUTOMATION + "CommandParameterSetInfo")

    def __init__(self, name: str, slots: list[Slot], *, is_default: bool) -> None:
        super().__init__()
        self.name = name
        self.slots = slots
        self.is_default = is_default


def parameters_dictionary(table: Table) -> GenericDictionary:
    """A command's parameters by name."""
    kind = net.generic(net.DICTIONARY, net.STRING, ParameterMetadata.net_type)
    return GenericDictionary(
        [(slot.name, ParameterMetadata(slot)) for slot in table.slots], net_type=kind, fold=folded_key
    )


def parameter_sets(table: Table) -> Array:
    """A command's parameter sets."""
    names = table.set_names or [ALL_SETS]
    return Array(
        ParameterSetInfo(
            name,
            [slot for slot in table.slots if slot.within(name) is not None],
            is_default=name == table.default_set,
        )
        for name in names
    )


def attributes_of(slot: Slot) -> Array:
    """A parameter's attributes as objects."""
    found = []
    for check in slot.checks:
        values: dict[str, Any] = {}
        if hasattr(check, "values"):
            values["ValidValues"] = array_from(check.values, net.STRING)
        found.append(AttributeValue(check.attribute_type, values))
    for name, role in slot.sets.items():
        values = {
            "ParameterSetName": name,
            "Mandatory": role.mandatory,
            "Position": role.position if role.position is not None else -(1 << 31),
            "ValueFromPipeline": role.pipeline,
            "ValueFromPipelineByPropertyName": role.by_property,
            "ValueFromRemainingArguments": role.remaining,
        }
        found.insert(0, AttributeValue(_AUTOMATION + "ParameterAttribute", values))
    return Array(found)


# ---- members ---------------------------------------------------------------------------------------------------------


def _record(value: Value) -> ErrorRecord:
    base = base_of(value)
    if isinstance(base, ErrorRecord):
        return base
    return ErrorRecord(NetException("System.Exception", to_text(value)))


def _asked(question: Callable[..., bool]) -> Callable[..., bool]:
    """A question to the host: where nobody can be asked, the method raises as .NET's would."""

    def ask(cmdlet: PSCmdlet, *arguments: Any) -> bool:
        try:
            return question(cmdlet, *arguments)
        except Failure as failure:
            raise NetError(failure.record.exception) from failure

    return ask


def _throw(cmdlet: PSCmdlet, record: Value) -> None:
    raise cmdlet.context.leave(_record(record))


def _write(cmdlet: PSCmdlet, value: Value, enumerate_: Value = False) -> None:
    if base_of(enumerate_):
        emit(value, cmdlet.context.sink)
    else:
        cmdlet.context.sink(value)


def _variable_value(cmdlet: PSCmdlet, name: str) -> Value:
    return cmdlet.context.f.scope.get(name.lower())


def _quiet(function: Callable[..., Any]) -> Callable[..., Any]:
    """A method without a value."""

    def call(*arguments: Any) -> Value:
        function(*arguments)
        return AUTOMATION_NULL

    return call


def _lacking(name: str) -> Callable[[Any], Any]:
    """A member that the lab has not: asking for it is refused by name."""

    def refuse(_owner: Any) -> Any:
        raise LabUnsupported(name)

    return refuse


def _declare_cmdlet() -> None:
    members = members_of(PSCmdlet.net_type)
    members.property("ParameterSetName", lambda c: c.context.set_name, "string")
    members.property("MyInvocation", lambda c: c.context.invocation)
    members.property("CommandRuntime", lambda c: c)
    members.property("Stopping", lambda c: c.context.engine.stopping, "bool")
    for name in ("SessionState", "Host", "InvokeCommand", "InvokeProvider", "JobManager", "PagingParameters", "Events"):
        members.property(name, _lacking(f"$PSCmdlet.{name}"))
    members.method("ShouldProcess(string)", _asked(lambda c, target: c.context.should_process(target)))
    members.method(
        "ShouldProcess(string, string)", _asked(lambda c, target, action: c.context.should_process(target, action))
    )
    members.method(
        "ShouldProcess(string, string, string)",
        _asked(lambda c, _verbose, warning, caption: c.context.should_process(warning, caption)),
    )
    members.method(
        "ShouldContinue(string, string)", _asked(lambda c, query, caption: c.context.should_continue(query, caption))
    )
    members.method("WriteError(object)", _quiet(lambda c, record: c.context.write_error(_record(record))))
    members.method("ThrowTerminatingError(object)", _throw)
    members.method("WriteObject(object)", _quiet(_write))
    members.method("WriteObject(object, bool)", _quiet(_write))
    members.method("WriteWarning(string)", _quiet(lambda c, text: c.context.warning(text)))
    members.method("WriteVerbose(string)", _quiet(lambda c, text: c.context.verbose(text)))
    members.method("WriteDebug(string)", _quiet(lambda c, text: c.context.debug(text)))
    members.method(
        "WriteInformation(object, string[])", lambda c, value, tags: c.context.information(value, tags or ())
    )
    members.method("GetVariableValue(string)", _variable_value)
    members.method(
        "GetVariableValue(string, object)", lambda c, name, other: c.context.f.scope.get(name.lower(), other)
    )


def _function_table(info: Any) -> Table:
    from jcad.lab.powershell.runtime import running  # noqa: PLC0415  - the table may resolve types

    engine: Any = running()
    table: Table = info.body.table(engine.top_frame())
    return table


def _cmdlet_table(info: CmdletInfo) -> Table:
    from jcad.lab.powershell.runtime import running  # noqa: PLC0415  - tables are cached by the engine

    engine: Any = running()
    table: Table = engine.cmdlet_table(info.kind)
    return table


def _declare_commands() -> None:
    from jcad.lab.powershell.evaluate.blocks import FunctionInfo  # noqa: PLC0415  - they build on each other
    from jcad.lab.powershell.runtime import running  # noqa: PLC0415

    members = members_of(FunctionInfo.net_type)
    members.property("Name", lambda i: i.name, "string")
    members.property(
        "CommandType",
        lambda i: EnumValue(COMMAND_TYPES, 4 if i.is_filter else 2),
    )
    members.property("ScriptBlock", lambda i: i.script_block)
    members.property("Definition", lambda i: i.body.ast.text, "string")
    members.property("Parameters", lambda i: parameters_dictionary(_function_table(i)))
    members.property("ParameterSets", lambda i: parameter_sets(_function_table(i)))
    members.property("DefaultParameterSet", lambda i: _function_table(i).default_set or None, "string")
    members.property("CmdletBinding", lambda i: i.body.advanced, "bool")
    members.property("Module", lambda _i: None)
    members.property("ModuleName", lambda _i: "", "string")
    members.property("Source", lambda _i: "", "string")
    members.property("Visibility", lambda _i: "Public", "string")

    def output_types(info: Any) -> Array:
        engine: Any = running()
        return Array(_TypeName(kind) for kind in info.body.output_types(engine.top_frame()))

    members.property("OutputType", output_types)
    members = members_of(CmdletInfo.net_type)
    members.property("Name", lambda i: i.name, "string")
    members.property("CommandType", lambda _i: EnumValue(COMMAND_TYPES, 8))
    members.property("Parameters", lambda i: parameters_dictionary(_cmdlet_table(i)))
    members.property("ParameterSets", lambda i: parameter_sets(_cmdlet_table(i)))
    members.property("DefaultParameterSet", lambda i: _cmdlet_table(i).default_set or None, "string")
    members.property("ModuleName", lambda i: i.kind.info.module, "string")
    members.property("Source", lambda i: i.kind.info.module, "string")
    members.property("Verb", lambda i: i.name.partition("-")[0], "string")
    members.property("Noun", lambda i: i.name.partition("-")[2], "string")
    members = members_of(ScriptInfo.net_type)
    members.property("Name", lambda _i: "", "string")
    members.property("CommandType", lambda _i: EnumValue(COMMAND_TYPES, 64))
    members.property("Definition", lambda i: i.definition, "string")
    textual(ScriptInfo, lambda i, _spec, _invariant: i.definition)
    members = members_of(AliasInfo.net_type)
    members.property("Name", lambda i: i.name, "string")
    members.property("CommandType", lambda _i: EnumValue(COMMAND_TYPES, 1))
    members.property("Definition", lambda i: i.target, "string")
    members.property("ReferencedCommand", lambda i: i.target)
    members.property("ResolvedCommandName", lambda i: i.target, "string")


class _TypeName(NetObject):
    """PSTypeName: what [OutputType()] names."""

    __slots__ = ("kind",)
    net_type = net.define(_AUTOMATION + "PSTypeName")

    def __init__(self, kind: Any) -> None:
        super().__init__()
        self.kind = kind

    def __str__(self) -> str:
        return to_text(self.kind)


def _declare_parameters() -> None:
    members = members_of(ParameterMetadata.net_type)
    members.property("Name", lambda p: p.slot.name, "string")
    members.property("ParameterType", lambda p: p.slot.kind)
    members.property("Aliases", lambda p: array_from(p.slot.aliases, net.STRING))
    members.property("SwitchParameter", lambda p: p.slot.is_switch, "bool")
    members.property("Attributes", lambda p: attributes_of(p.slot))
    members.property(
        "ParameterSets",
        lambda p: GenericDictionary(
            [(name, name) for name in p.slot.sets],
            net_type=net.generic(net.DICTIONARY, net.STRING, net.OBJECT),
            fold=folded_key,
        ),
    )
    members.property("IsDynamic", lambda _p: False, "bool")
    members = members_of(ParameterSetInfo.net_type)
    members.property("Name", lambda s: s.name, "string")
    members.property("IsDefault", lambda s: s.is_default, "bool")
    members.property("Parameters", lambda s: Array(ParameterMetadata(slot) for slot in s.slots))
    members = members_of(_TypeName.net_type)
    members.property("Name", lambda n: n.kind.full_name if hasattr(n.kind, "full_name") else to_text(n.kind), "string")
    members.property("Type", lambda n: n.kind)


def _attribute_value(name: str) -> Callable[[AttributeValue], Any]:
    return lambda attribute: attribute.values.get(name)


def _common_names(names: Iterable[str]) -> HashSet:
    return HashSet(names, net.generic(net.HASH_SET, net.STRING), folded_key)


def declare() -> None:
    """Give these types their members, once, when the interpreter is loaded."""
    for kind in PSCmdlet.net_type.ancestry()[:-1]:
        members_of(kind).static_property("CommonParameters", lambda: _common_names(COMMON))
        members_of(kind).static_property("OptionalCommonParameters", lambda: _common_names(RISK))
    _declare_cmdlet()
    invocations.declare()
    _declare_commands()
    _declare_parameters()
    attribute = net.define("System.Attribute")
    for name in (
        "ValidValues",
        "ParameterSetName",
        "Mandatory",
        "Position",
        "ValueFromPipeline",
        "ValueFromPipelineByPropertyName",
        "ValueFromRemainingArguments",
    ):
        members_of(attribute).property(name, _attribute_value(name))
