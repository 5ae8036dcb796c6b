"""What every ActiveDirectory cmdlet shares: its declaration from the facts file, its directory, its error records."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from importlib import resources
from typing import Any, ClassVar, TypeVar, cast

from jcad.errors import LabUnsupported
from jcad.lab.powershell.command import Cmdlet, CommandInfo, Parameter, cmdlet
from jcad.lab.powershell.errors import ErrorRecord, Failure
from jcad.lab.powershell.evaluate.attributes import ValidateNotNull
from jcad.lab.powershell.values import NetList, base_of, type_name
from jcad.lab.windows.directory import Directories, Directory
from jcad.lab.windows.entry import DirectoryEntryView
from jcad.lab.windows.failures import AdFailure
from jcad.lab.windows.identity import find
from jcad.lab.windows.properties import OBJECT, ObjectClass
from jcad.lab.windows.reading import Request

MODULE = "ActiveDirectory"
_IDENTITIES = frozenset({"Identity", "Instance"})

SERVICE = "directory"
"""The name under which a runspace's engine keeps its `Directories`."""
LOADED = "modules loaded"
"""The name under which a runspace's engine keeps the names of imported modules."""

CmdletType = TypeVar("CmdletType", bound=type[Cmdlet])


@cache
def facts() -> dict[str, dict[str, Any]]:
    """How the module's cmdlets are declared: parameters, parameter sets, impact; from Microsoft's documentation."""
    text = resources.files("jcad.lab.windows").joinpath("ad_cmdlets.json").read_text(encoding="utf-8")
    return cast("dict[str, dict[str, Any]]", json.loads(text))


def declared(name: str, unsupported: str = "") -> Callable[[CmdletType], CmdletType]:
    """Declare a class as this cmdlet of the module; `unsupported` names parameters that it refuses."""
    return cmdlet(name, info=_info(name), unsupported=unsupported)


def _info(name: str) -> CommandInfo:
    class_name = f"Microsoft.ActiveDirectory.Management.Commands.{name.replace('-', '', 1)}"
    info = CommandInfo.from_facts(name, facts()[name], class_name=class_name, module=MODULE)
    parameters = {key: _nullable(one) for key, one in info.parameters.items()}
    for key, one in facts()[name]["parameters"].items():
        if key in _IDENTITIES:
            check = IdentityCheck(key, one.get("class", "ADObject"), class_name)
            parameters[key] = replace(parameters[key], allow_null=True, validations=(check,))
    return replace(info, parameters=parameters)


def _nullable(one: Parameter) -> Parameter:
    """A text that need not be given may be $null, which clears the attribute; '' is another thing.

    So may -ResultSetSize, which then stands for all of them (documentation).
    """
    if one.name == "ResultSetSize":
        return replace(one, type="System.Nullable`1[System.Int32]")
    is_mandatory = any(role.mandatory for role in one.sets.values())
    return replace(one, allow_null=True) if one.type == "System.String" and not is_mandatory else one


class IdentityCheck(ValidateNotNull):
    """An identity is one thing: $null is refused by its own validation (B2), a list cannot be converted (B1)."""

    def __init__(self, parameter: str, class_of_objects: str, command: str) -> None:
        self._parameter = parameter
        self._class = class_of_objects
        self._command = command

    def check(self, value: Any, f: Any) -> None:
        """Raise ValidationFailed for $null, Failure for a list."""
        super().check(value, f)
        if isinstance(base_of(value), NetList):
            failure = Failure.of(
                "CannotConvertArgument",
                f"Cannot convert '{type_name(base_of(value))}' to the type"
                f" 'Microsoft.ActiveDirectory.Management.{self._class}' required by parameter '{self._parameter}'."
                " Specified method is not supported.",
                "InvalidArgument",
                exception="System.Management.Automation.ParameterBindingException",
            )
            failure.record.command = self._command
            raise failure


class AdCmdlet(Cmdlet):
    """A cmdlet of the module. A subclass says what it does in `run`, and raises AdFailure where Windows reports an error.

    Every such error ends the statement.  # in transcripts for two cmdlets; unverified on Windows for the others
    """

    kind: ClassVar[ObjectClass] = OBJECT
    target_class: ClassVar[str] = ""
    """What CategoryInfo calls the target's type; by default the class's own name."""

    __slots__ = ()

    def run(self) -> None:
        """Carry out what the cmdlet does for one input object."""
        raise NotImplementedError

    def process(self) -> None:
        """Run, and report a failure as Windows does. The first cmdlet of the module imports it."""
        self.context.engine.services.setdefault(LOADED, set()).add(MODULE)
        try:
            self._refuse_basic()
            self.run()
        except AdFailure as failure:
            raise self.context.terminate(self.record(failure)) from failure

    def _refuse_basic(self) -> None:
        if str(base_of(self.bound.get("AuthType")) or "Negotiate") != "Negotiate":
            raise LabUnsupported("-AuthType Basic")

    @property
    def directories(self) -> Directories:
        """The connections of this runspace."""
        return cast("Directories", self.context.engine.services[SERVICE])

    @property
    def directory(self) -> Directory:
        """The directory at -Server as -Credential. Raises AdFailure."""
        return self.directories.open(self.text("Server"), base_of(self.bound.get("Credential")))

    def text(self, name: str) -> str | None:
        """A text parameter, None where it is not given or empty."""
        value = base_of(self.bound.get(name))
        return str(value) if value not in {None, ""} else None

    def size(self, name: str) -> int | None:
        """A number of objects; None where it is not given or $null. What 0 does is not known."""
        size = base_of(self.bound.get(name))
        if size is not None and int(size) < 1:
            raise LabUnsupported(f"-{name} {int(size)}")
        return None if size is None else int(size)

    def target(self) -> tuple[Any, str, str]:
        """The target of an error: the object, and what CategoryInfo shows of it and its type."""
        identity = base_of(self.bound.get("Identity"))
        if identity is None:
            return None, "", ""
        return identity, str(identity), self.target_class or self.kind.short

    def record(self, failure: AdFailure) -> ErrorRecord:
        """The ErrorRecord of a failure, with this cmdlet's target."""
        target, name, type_name = self.target()
        made = failure.record(target)
        if failure.has_target:
            made.target_name, made.target_type = name, type_name
        return made

    def find(self, *attributes: str) -> DirectoryEntryView:
        """The object that -Identity means, with these attributes. Raises AdFailure."""
        return find(
            self.directory, self.bound["Identity"], self.kind, attributes or ("cn",), partition=self.text("Partition")
        )

    def emit(self, name: str, kind: ObjectClass | None = None) -> None:
        """Read an object by its DN or GUID, and write it with its default properties: -PassThru."""
        request = Request.of(kind or self.kind, (), self.directory.schema)
        found = find(self.directory, name, kind or self.kind, request.attributes)
        self.context.write(request.build(self.directory, found))


def listed(value: Any) -> list[Any]:
    """The elements of a parameter that takes several."""
    plain = base_of(value)
    if plain is None:
        return []
    return list(plain) if isinstance(plain, NetList) else [plain]


def texts(value: Any) -> list[str]:
    """The elements of a parameter that takes several texts."""
    return [str(base_of(item)) for item in listed(value)]


def refusing(name: str) -> type[Cmdlet]:
    """A cmdlet that Windows has and the lab does not: called, it refuses by name."""

    class Refusing(Cmdlet):
        """Refuses by name."""

        __slots__ = ()

        def begin(self) -> None:
            """Refuse."""
            raise LabUnsupported(name)

    Refusing.info = _info(name)
    return Refusing
