"""Variables and the scopes that they live in. Pure; names come in lower case.

A scope sees its callers' variables (dynamic scoping) and writes its own; `private` ones are hidden from the called.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jcad.lab.powershell.errors import Failure

if TYPE_CHECKING:
    from collections.abc import Callable

    from jcad.lab.powershell.values import NetType


class Variable:
    """One variable. `constraint` converts and checks what is assigned; `read_only` and `constant` refuse it."""

    __slots__ = ("constant", "constraint", "description", "kind", "name", "private", "read_only", "value")

    def __init__(self, name: str, value: Any) -> None:
        self.name = name
        self.value = value
        self.constraint: Callable[[Any], Any] | None = None
        self.kind: NetType | None = None
        self.read_only = False
        self.constant = False
        self.private = False
        self.description = ""

    def assign(self, value: Any) -> None:
        """Set the value, converted and checked. Raises Failure where that is not allowed."""
        if self.read_only or self.constant:
            raise not_writable(self.name)
        self.value = value if self.constraint is None else self.constraint(value)

    @property
    def options(self) -> str:
        """ScopedItemOptions as text."""
        found = [
            name
            for name, on in (("ReadOnly", self.read_only), ("Constant", self.constant), ("Private", self.private))
            if on
        ]
        return ", ".join(found) or "None"


class Computed(Variable):
    """A variable whose value is made when something reads it for the first time.

    Every call of a function has some that nobody reads: what a variable starts with stands in the class.
    """

    __slots__ = ("__dict__", "_held", "_make", "name")
    constraint = None
    kind = None
    read_only = constant = private = False
    description = ""

    def __init__(self, name: str, make: Callable[[], Any]) -> None:  # its part of Variable's is in the class
        self.name = name
        self._make: Callable[[], Any] | None = make

    @property
    def value(self) -> Any:
        """The value."""
        if self._make is not None:
            self.value = self._make()
        return self._held

    @value.setter
    def value(self, value: Any) -> None:
        self._held = value
        self._make = None


def not_writable(name: str) -> Failure:
    """The error of a write to a read-only variable."""
    return Failure.of(
        "VariableNotWritable",
        f"Cannot overwrite variable {name} because it is read-only or constant.",
        "WriteError",
        target=name,
        exception="System.Management.Automation.SessionStateUnauthorizedAccessException",
    )


class Scope:
    """One scope: variables, functions and aliases by name, and the scope that called."""

    __slots__ = ("aliases", "functions", "is_script", "parent", "strict", "top", "variables")

    def __init__(self, parent: Scope | None, *, is_script: bool = False) -> None:
        self.parent = parent
        self.variables: dict[str, Variable] = {}
        self.functions: dict[str, Any] | None = None
        self.aliases: dict[str, str] | None = None
        self.strict: int | None = None
        self.is_script = is_script or parent is None
        self.top: Scope = parent.top if parent is not None else self

    # ---- variables ---------------------------------------------------------------------------------------------------

    def find(self, name: str) -> Variable | None:
        """The variable that this name means here, or None."""
        found = self.variables.get(name)
        if found is not None:
            return found
        scope = self.parent
        while scope is not None:
            found = scope.variables.get(name)
            if found is not None and not found.private:
                return found
            scope = scope.parent
        return None

    def get(self, name: str, default: Any = None) -> Any:
        """The value of a variable seen from here."""
        found = self.find(name)
        return default if found is None else found.value

    def set(self, name: str, value: Any, spelled: str = "") -> None:
        """Assign to the variable of this scope, made if need be."""
        found = self.variables.get(name)
        if found is None:
            self._check_constant(name)
            self.variables[name] = Variable(spelled or name, value)
        else:
            found.assign(value)

    def _check_constant(self, name: str) -> None:
        if self.parent is not None:
            top = self.top.variables.get(name)
            if top is not None and top.constant:
                raise not_writable(top.name)

    def put(self, name: str, value: Any) -> None:
        """Set an automatic variable of this scope, whatever stood there."""
        self.variables[name] = Variable(name, value)

    def script_scope(self) -> Scope:
        """The nearest script's scope, or the top."""
        scope = self
        while not scope.is_script and scope.parent is not None:
            scope = scope.parent
        return scope

    def up(self, count: int) -> Scope | None:
        """The scope so many callers up, or None."""
        scope: Scope | None = self
        for _ in range(count):
            if scope is None:
                return None
            scope = scope.parent
        return scope

    def named(self, name: str) -> Scope | None:
        """The scope that `global`, `script`, `local`, `private` or a number means here."""
        lowered = name.lower()
        if lowered in {"local", "private"}:
            return self
        if lowered == "global":
            return self.top
        if lowered == "script":
            return self.script_scope()
        return self.up(int(lowered)) if lowered.isdigit() else None

    # ---- strictness, functions, aliases ------------------------------------------------------------------------------

    def strictness(self) -> int:
        """The version of Set-StrictMode that holds here; 0: off."""
        scope: Scope | None = self
        while scope is not None:
            if scope.strict is not None:
                return scope.strict
            scope = scope.parent
        return 0

    def function(self, name: str) -> Any:
        """The function of this name as seen from here, or None."""
        scope: Scope | None = self
        while scope is not None:
            if scope.functions is not None:
                found = scope.functions.get(name)
                if found is not None:
                    return found
            scope = scope.parent
        return None

    def define_function(self, name: str, function: Any) -> None:
        """Define a function in this scope."""
        if self.functions is None:
            self.functions = {}
        self.functions[name] = function

    def alias(self, name: str) -> str | None:
        """What an alias stands for as seen from here, or None."""
        scope: Scope | None = self
        while scope is not None:
            if scope.aliases is not None:
                found = scope.aliases.get(name)
                if found is not None:
                    return found
            scope = scope.parent
        return None

    def define_alias(self, name: str, target: str) -> None:
        """Define an alias in this scope."""
        if self.aliases is None:
            self.aliases = {}
        self.aliases[name] = target
