"""How a cmdlet is declared: its parameters, and a class with begin, process and end over a context.

The interface between the interpreter and whoever gives it commands (core cmdlets, the lab's Windows, ActiveDirectory).

    @cmdlet("Get-Thing", {"Name": parameter("System.String", "mandatory, position 0, pipeline")})
    class GetThing(Cmdlet):
        def process(self) -> None:
            name = self.bound["Name"]
            if name not in THINGS:
                self.context.write_error(ErrorRecord(NetException("System.Exception", "..."), "NoThing", "ObjectNotFound"))
                return
            self.context.write(THINGS[name])

One instance serves one invocation. `self.bound` holds the bound parameters by their declared names, converted to their
types; those that come from the pipeline change between calls of `process`. What a cmdlet declares but does not carry out
it names in `unsupported`: binding it is refused by name.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from jcad.lab.powershell.errors import ErrorRecord, Failure

    Write = Callable[[Any], None]

ALL_SETS = "__AllParameterSets"


@dataclass(frozen=True, slots=True)
class InSet:
    """What a parameter is in one parameter set. `position` is None where it is bound by name only."""

    mandatory: bool = False
    position: int | None = None
    pipeline: bool = False
    by_property: bool = False
    remaining: bool = False

    @classmethod
    def parse(cls, text: str) -> InSet:
        """Read `"mandatory, position 0, pipeline, property, remaining"` (any of these, in any order)."""
        words = [word.strip() for word in text.split(",") if word.strip()]
        position = next((int(word.split()[1]) for word in words if word.startswith("position")), None)
        return cls("mandatory" in words, position, "pipeline" in words, "property" in words, "remaining" in words)


class Validation(Protocol):
    """One validation of a parameter's value, as an attribute states it."""

    def check(self, value: Any, context: Any) -> None:
        """Raise `ValidationFailed` where the value does not pass; `context` runs script blocks."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter: name, .NET type name (`System.String[]`), aliases, membership by parameter set."""

    name: str
    type: str = "System.Object"
    sets: Mapping[str, InSet] = field(default_factory=lambda: {ALL_SETS: InSet()})
    aliases: tuple[str, ...] = ()
    validations: tuple[Validation, ...] = ()
    allow_null: bool = False
    allow_empty_string: bool = False
    allow_empty_collection: bool = False

    @property
    def is_switch(self) -> bool:
        """Whether it is a switch, given by its name alone."""
        return self.type in {"System.Management.Automation.SwitchParameter", "switch"}

    def within(self, set_name: str) -> InSet | None:
        """Its role in this parameter set; None where it is no part of it."""
        return self.sets.get(set_name) or self.sets.get(ALL_SETS)


def parameter(type_name: str, sets: str | Mapping[str, str] = "", *aliases: str, **more: Any) -> Parameter:
    """Declare a parameter, its name given by the key it stands under; `sets` as in `InSet.parse`, or by set name."""
    by_set = {ALL_SETS: sets} if isinstance(sets, str) else sets
    return Parameter("", type_name, {name: InSet.parse(text) for name, text in by_set.items()}, aliases, **more)


@dataclass(frozen=True, slots=True)
class CommandInfo:
    """What is known of a command before it runs.

    `class_name` is what stands behind the comma of its FullyQualifiedErrorIds. `confirm_impact` is None, Low, Medium or
    High; `should_process` gives it -WhatIf and -Confirm.
    """

    name: str
    parameters: Mapping[str, Parameter] = field(default_factory=dict)
    default_set: str = ""
    should_process: bool = False
    confirm_impact: str = "Medium"
    class_name: str = ""
    module: str = ""

    @classmethod
    def from_facts(cls, name: str, facts: Mapping[str, Any], *, class_name: str = "", module: str = "") -> CommandInfo:
        """Read a description of a cmdlet: `default_set`, `should_process`, `confirm_impact`, and `parameters` by name.

        Each of these has `type`, `aliases`, and `sets`: set name -> text as in `InSet.parse`.
        """
        parameters = {
            key: Parameter(
                key,
                value["type"],
                {set_name: InSet.parse(text) for set_name, text in value["sets"].items()},
                tuple(value.get("aliases", ())),
            )
            for key, value in facts["parameters"].items()
        }
        default = facts.get("default_set") or ""
        return cls(
            name,
            parameters,
            "" if default == ALL_SETS else default,
            bool(facts.get("should_process")),
            facts.get("confirm_impact") or "Medium",
            class_name or core_class_name(name),
            module,
        )


def core_class_name(name: str) -> str:
    """The .NET class of a core cmdlet: Select-Object is Microsoft.PowerShell.Commands.SelectObjectCommand."""
    return f"Microsoft.PowerShell.Commands.{name.replace('-', '', 1)}Command"


class Context(Protocol):
    """What a running cmdlet may do. Every call raises `Stopped` once the pipeline is stopped.

    `engine` is the runspace (variables, services, type conversion); `command` the cmdlet's CommandInfo.
    """

    engine: Any
    command: CommandInfo
    set_name: str

    def write(self, value: Any) -> None:
        """Send one object down the pipeline, as it is."""

    def write_each(self, value: Any) -> None:
        """Send the elements of a collection down the pipeline, or the value itself where it is none."""

    def write_error(self, record: ErrorRecord) -> None:
        """Report a non-terminating error: it gets the command's name, and may become terminating by -ErrorAction."""

    def terminate(self, record: ErrorRecord) -> Failure:
        """The exception to raise for a statement-terminating error: `raise self.context.terminate(record)`."""

    def warning(self, text: str) -> None:
        """Write a warning."""

    def verbose(self, text: str) -> None:
        """Write a verbose message."""

    def debug(self, text: str) -> None:
        """Write a debug message."""

    def information(self, value: Any, tags: Iterable[str] = (), source: str = "") -> None:
        """Write an information record."""

    def progress(self, record: Mapping[str, Any]) -> None:
        """Write a progress record: `activity`, `status`, `id`, `percent`, `completed`."""

    def should_process(self, target: str, action: str = "") -> bool:
        """Whether to go ahead: false under -WhatIf; under -Confirm (the lab's hosts cannot ask) an error."""

    def should_continue(self, query: str, caption: str) -> bool:
        """Ask for a second confirmation. The lab's hosts cannot ask: an error."""

    def check_stop(self) -> None:
        """Raise `Stopped` if the pipeline must stop; to be called in long loops."""

    def invoke(self, block: Any, *arguments: Any, under: Any = ..., **variables: Any) -> list[Any]:
        """Run a script block and give its output; `under` is `$_`."""

    def stream(self, block: Any, write: Callable[[Any], None], *arguments: Any, under: Any = ...) -> None:
        """Run a script block and hand its output over as it comes."""


class Cmdlet:
    """One invocation of a cmdlet. Override any of `begin`, `process`, `end`, `dispose`."""

    info: ClassVar[CommandInfo]
    unsupported: ClassVar[frozenset[str]] = frozenset()

    __slots__ = ("bound", "context")

    def __init__(self, context: Context) -> None:
        self.context = context
        self.bound: dict[str, Any] = {}

    def begin(self) -> None:
        """Before the first input."""

    def process(self) -> None:
        """For every input object; once where nothing is piped in."""

    def end(self) -> None:
        """After the last input."""

    def dispose(self) -> None:
        """Always, whatever happened."""

    @staticmethod
    def inline(run: Callable[[Any, Write], None], write: Write) -> Write:
        """What takes each object where one script block is all that the command is given; `run` runs it for an object.

        A cmdlet that overrides this is then not made, and nothing bound.
        """
        del run
        return write

    def on(self, name: str) -> bool:
        """Whether this switch is on."""
        return bool(self.bound.get(name, False))


CmdletType = TypeVar("CmdletType", bound=type[Cmdlet])


def cmdlet(  # noqa: PLR0913  - the parts of a declaration
    name: str,
    parameters: Mapping[str, Parameter] | None = None,
    *,
    default_set: str = "",
    should_process: bool = False,
    confirm_impact: str = "Medium",
    class_name: str = "",
    module: str = "",
    info: CommandInfo | None = None,
    unsupported: str = "",
) -> Callable[[CmdletType], CmdletType]:
    """Declare a class as a cmdlet; `unsupported` names, by spaces, declared parameters that it refuses."""
    named = {
        key: Parameter(
            key,
            value.type,
            value.sets,
            value.aliases,
            value.validations,
            value.allow_null,
            value.allow_empty_string,
            value.allow_empty_collection,
        )
        for key, value in (parameters or {}).items()
    }
    described = info or CommandInfo(
        name, named, default_set, should_process, confirm_impact, class_name or core_class_name(name), module
    )

    def declare(kind: CmdletType) -> CmdletType:
        kind.info = described
        kind.unsupported = frozenset(unsupported.split())
        return kind

    return declare
