"""Get-Variable, Set-Variable, New-Variable, Remove-Variable, Clear-Variable, aliases, Set-StrictMode."""

from __future__ import annotations

import fnmatch
import re
from typing import TYPE_CHECKING, Any, Final

from jcad.lab.powershell import nettype as net
from jcad.lab.powershell.cmdlets import core
from jcad.lab.powershell.command import Cmdlet
from jcad.lab.powershell.errors import ErrorRecord, Failure, NetException
from jcad.lab.powershell.evaluate.commandobjects import AliasInfo
from jcad.lab.powershell.evaluate.frame import collected
from jcad.lab.powershell.objects import to_text
from jcad.lab.powershell.regex import wildcard
from jcad.lab.powershell.scopes import Scope, Variable
from jcad.lab.powershell.types.registry import members_of
from jcad.lab.powershell.values import EnumValue, NetObject, Version, base_of

if TYPE_CHECKING:
    from collections.abc import Iterator

_SESSION_STATE: Final = "System.Management.Automation.SessionStateException"
OPTIONS: Final = net.define(
    "System.Management.Automation.ScopedItemOptions",
    names={"None": 0, "ReadOnly": 1, "Constant": 2, "Private": 4, "AllScope": 8, "Unspecified": 16},
    flags=True,
)


_VISIBILITY: Final = net.define(
    "System.Management.Automation.SessionStateEntryVisibility", names={"Public": 0, "Private": 1}
)


class PSVariable(NetObject):
    """A variable as an object."""

    __slots__ = ("variable",)
    net_type = net.define("System.Management.Automation.PSVariable")

    def __init__(self, variable: Variable) -> None:
        super().__init__()
        self.variable = variable


def _options(variable: Variable) -> EnumValue:
    number = variable.read_only * 1 + variable.constant * 2 + variable.private * 4
    return EnumValue(OPTIONS, number)


def _declare() -> None:
    members = members_of(PSVariable.net_type)
    members.property("Name", lambda v: v.variable.name, "string")
    members.property("Value", lambda v: v.variable.value, setter=lambda v, new: v.variable.assign(new))
    members.property("Options", lambda v: _options(v.variable))
    members.property("Description", lambda v: v.variable.description, "string")
    members.property("Visibility", lambda _v: EnumValue(_VISIBILITY, 0))
    members.property("Module", lambda _v: None)
    members.property("ModuleName", lambda _v: "", "string")


_declare()


class VariableCmdlet(Cmdlet):
    """What the cmdlets about variables share."""

    __slots__ = ()

    def caller(self) -> Scope:
        """The scope of the caller."""
        scope: Scope = self.context.f.scope  # type: ignore[attr-defined]
        return scope

    def scope(self) -> Scope:
        """The scope that -Scope names, or the caller's."""
        name = self.bound.get("Scope")
        if name is None:
            return self.caller()
        text = to_text(name)
        found = self.caller().named(text)
        if found is None:
            known = text.lstrip("-").isdigit()
            raise self.context.terminate(
                ErrorRecord(
                    NetException(
                        "System.Management.Automation.PSArgumentOutOfRangeException"
                        if known
                        else "System.Management.Automation.PSArgumentException",
                        f"The scope number '{text}' exceeds the number of active scopes.",
                    ),
                    "ArgumentOutOfRange" if known else "Argument",
                    "InvalidArgument",
                    text,
                )
            )
        return found

    def not_found(self, name: str) -> ErrorRecord:
        """The error of a variable that is not there."""
        return ErrorRecord(
            NetException(
                "System.Management.Automation.ItemNotFoundException",
                f"Cannot find a variable with the name '{name}'.",
            ),
            "VariableNotFound",
            "ObjectNotFound",
            name,
        )

    def matching(self, pattern: str) -> Iterator[Variable]:
        """The variables that a name or pattern means, seen from the scope."""
        lowered = pattern.lower()
        scope: Scope | None = self.scope()
        exact = "Scope" in self.bound
        if not any(sign in pattern for sign in "*?["):
            found = scope.variables.get(lowered) if exact and scope is not None else self.caller().find(lowered)
            if found is not None:
                yield found
            return
        seen: set[str] = set()
        while scope is not None:
            for key in sorted(scope.variables):
                if key not in seen and fnmatch.fnmatchcase(key, lowered):
                    seen.add(key)
                    yield scope.variables[key]
            scope = None if exact else scope.parent


@core("Get-Variable")
class GetVariable(VariableCmdlet):
    """Give variables by name."""

    @property
    def _filtered(self) -> bool:
        return bool(self.bound.get("Include") or self.bound.get("Exclude"))

    def _wanted(self, name: str) -> bool:
        """Whether -Include and -Exclude let a variable through."""

        def among(patterns: Any) -> bool:
            return any(wildcard.matches(name, to_text(pattern)) for pattern in patterns)

        included, excluded = self.bound.get("Include"), self.bound.get("Exclude")
        return (not included or among(included)) and not (excluded and among(excluded))

    def process(self) -> None:
        """Take one object; once without any where nothing is piped in."""
        for name in self.bound.get("Name") or ["*"]:
            found = [one for one in self.matching(name) if self._wanted(one.name)]
            if not found and not self._filtered and not any(sign in name for sign in "*?["):
                self.context.write_error(self.not_found(name))
            for variable in found:
                self.context.write(variable.value if self.on("ValueOnly") else PSVariable(variable))


def _apply_options(variable: Variable, given: Any) -> None:
    words = {word.strip().lower() for word in to_text(given).split(",")}
    variable.read_only = "readonly" in words
    variable.constant = variable.constant or "constant" in words
    variable.private = "private" in words


@core("Set-Variable", unsupported="Include Exclude Append", untyped="Visibility Option")
class SetVariable(VariableCmdlet):
    """Set variables."""

    __slots__ = ("_values",)

    def begin(self) -> None:
        """Make ready for the first object."""
        self._values: list[Any] = []

    def process(self) -> None:
        """Take one object; once without any where nothing is piped in."""
        if "Value" in self.bound:
            self._values.append(self.bound["Value"])

    def end(self) -> None:
        """Finish after the last object."""
        piped = self.context.owner.expects_input  # type: ignore[attr-defined]
        value = collected(self._values) if piped else (self._values[0] if self._values else None)
        for name in self.bound["Name"]:
            self._set(name, value)

    def _set(self, name: str, value: Any) -> None:
        scope = self.scope()
        known = scope.variables.get(name.lower())
        if not self.context.should_process(f"Name: {name} Value: {_shown(value)}", "Set variable"):
            return
        try:
            if known is not None and known.read_only and self.on("Force") and not known.constant:
                known.read_only = False
            if "Value" in self.bound or self._values or known is None:
                scope.set(name.lower(), value, name)
        except Failure as failure:
            self.context.write_error(failure.record)
            return
        made = scope.variables[name.lower()]
        if "Option" in self.bound:
            _apply_options(made, self.bound["Option"])
        if "Description" in self.bound:
            made.description = to_text(self.bound["Description"])
        if to_text(self.bound.get("Visibility", "")).lower() == "private":
            made.private = True
        if self.on("PassThru"):
            self.context.write(PSVariable(made))


@core("New-Variable", unsupported="Visibility", untyped="Visibility Option")
class NewVariable(VariableCmdlet):
    """Make a variable that must not exist yet."""

    def process(self) -> None:
        """Take one object; once without any where nothing is piped in."""
        name = self.bound["Name"]
        scope = self.scope()
        known = scope.variables.get(name.lower())
        if known is not None and not self.on("Force"):
            self.context.write_error(
                ErrorRecord(
                    NetException(_SESSION_STATE, f"A variable with name '{name}' already exists."),
                    "VariableAlreadyExists",
                    "ResourceExists",
                    name,
                )
            )
            return
        if known is not None and known.constant:
            raise self.context.terminate(_read_only(name))
        value = self.bound.get("Value")
        if not self.context.should_process(f"Name: {name} Value: {_shown(value)}", "New variable"):
            return
        made = scope.variables[name.lower()] = Variable(name, self.bound.get("Value"))
        if "Option" in self.bound:
            _apply_options(made, self.bound["Option"])
        made.description = to_text(self.bound.get("Description") or "")
        if self.on("PassThru"):
            self.context.write(PSVariable(made))


def _shown(value: Any) -> str:
    return "" if value is None else to_text(value)


def _read_only(name: str, error_id: str = "VariableNotWritable") -> ErrorRecord:
    return ErrorRecord(
        NetException(
            "System.Management.Automation.SessionStateUnauthorizedAccessException",
            f"Cannot overwrite variable {name} because it is read-only or constant.",
        ),
        error_id,
        "WriteError",
        name,
    )


@core("Remove-Variable", unsupported="Include Exclude")
class RemoveVariable(VariableCmdlet):
    """Take variables out of their scope."""

    def process(self) -> None:
        """Take one object; once without any where nothing is piped in."""
        for name in self.bound["Name"]:
            found = list(self.matching(name))
            if not found:
                self.context.write_error(self.not_found(name))
            for variable in found:
                self._remove(variable)

    def _remove(self, variable: Variable) -> None:
        if variable.constant or (variable.read_only and not self.on("Force")):
            self.context.write_error(_read_only(variable.name, "VariableNotRemovable"))
            return
        scope: Scope | None = self.scope()
        while scope is not None:
            if scope.variables.get(variable.name.lower()) is variable:
                del scope.variables[variable.name.lower()]
                return
            scope = scope.parent


@core("Clear-Variable", unsupported="Include Exclude")
class ClearVariable(VariableCmdlet):
    """Make variables $null."""

    def process(self) -> None:
        """Take one object; once without any where nothing is piped in."""
        for name in self.bound["Name"]:
            found = list(self.matching(name))
            if not found:
                self.context.write_error(self.not_found(name))
            for variable in found:
                if variable.read_only or variable.constant:
                    self.context.write_error(_read_only(variable.name))
                else:
                    variable.value = None


@core("Set-Alias", unsupported="Description", untyped="Option")
class SetAlias(VariableCmdlet):
    """Give a command another name."""

    def process(self) -> None:
        """Take one object; once without any where nothing is piped in."""
        self.scope().define_alias(self.bound["Name"].lower(), self.bound["Value"])
        if self.on("PassThru"):
            self.context.write(AliasInfo(self.bound["Name"], self.bound["Value"]))


@core("New-Alias", unsupported="Description", untyped="Option")
class NewAlias(SetAlias):
    """Give a command a name that is no alias yet."""

    def process(self) -> None:
        """Take one object; once without any where nothing is piped in."""
        name = self.bound["Name"]
        if self.caller().alias(name.lower()) is not None and not self.on("Force"):
            self.context.write_error(
                ErrorRecord(
                    NetException(_SESSION_STATE, f"The alias is not allowed, because '{name}' already exists."),
                    "AliasAlreadyExists",
                    "ResourceExists",
                    name,
                )
            )
            return
        super().process()


@core("Get-Alias", unsupported="Exclude")
class GetAlias(VariableCmdlet):
    """Give aliases by name or definition."""

    def process(self) -> None:
        """Take one object; once without any where nothing is piped in."""
        aliases: dict[str, str] = {}
        scope: Scope | None = self.scope()
        while scope is not None:
            for name, target in (scope.aliases or {}).items():
                aliases.setdefault(name, target)
            scope = scope.parent
        for pattern in self.bound.get("Name") or ["*"]:
            found = [name for name in sorted(aliases) if fnmatch.fnmatchcase(name, to_text(pattern).lower())]
            wanted = [to_text(one).lower() for one in self.bound.get("Definition") or ()]
            if not found:
                self.context.write_error(
                    ErrorRecord(
                        NetException(
                            "System.Management.Automation.ItemNotFoundException",
                            f"This command cannot find a matching alias because an alias with the name '{pattern}' "
                            "does not exist.",
                        ),
                        "ItemNotFoundException",
                        "ObjectNotFound",
                        pattern,
                    )
                )
            for name in found:
                if not wanted or aliases[name].lower() in wanted:
                    self.context.write(AliasInfo(name, aliases[name]))


@core("Set-StrictMode", untyped="Version")
class SetStrictMode(VariableCmdlet):
    """Say how strict the caller's scope is."""

    def process(self) -> None:
        """Take one object; once without any where nothing is piped in."""
        scope = self.caller()
        if self.on("Off"):
            scope.strict = 0
            return
        scope.strict = min(self._version(), 3)

    def _version(self) -> int:
        """The major version that -Version asks for: a number, a version, or Latest."""
        given = base_of(self.bound["Version"])
        text = str(given) if isinstance(given, Version) else to_text(given)
        found = re.fullmatch(r"(\d{1,9})(?:\.\d+){0,3}", text.strip())
        if text.lower() == "latest":
            return 3
        if found is None:
            raise self.context.terminate(
                ErrorRecord(
                    NetException(
                        "System.Management.Automation.ParameterBindingArgumentTransformationException",
                        f"Cannot process argument transformation on parameter 'Version'. '{text}' is no version.",
                        properties={"ParameterName": "Version"},
                    ),
                    "ParameterArgumentTransformationError",
                    "InvalidData",
                )
            )
        return int(found[1])
