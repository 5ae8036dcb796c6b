"""Objects that carry members of their own: what Add-Member adds, and what a custom object is made of.

Part of the value representation; see values.py, which re-exports all of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Final, final

from jcad.lab.powershell import nettype as net

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from jcad.lab.powershell.nettype import NetType

#: A value of a script: anything that the table in values.py lists.
Value = Any


class Member:
    """One extended member of an object; the subclass says which kind."""

    __slots__ = ("name",)
    kind: ClassVar[str] = ""

    def __init__(self, name: str) -> None:
        self.name = name


@final
class NoteProperty(Member):
    """A property that holds a value."""

    __slots__ = ("value",)
    kind = "NoteProperty"

    def __init__(self, name: str, value: Value) -> None:
        self.name = name
        self.value = value


@final
class AliasProperty(Member):
    """Another name for a property of the same object."""

    __slots__ = ("conversion", "target")
    kind = "AliasProperty"

    def __init__(self, name: str, target: str, conversion: NetType | None = None) -> None:
        self.name = name
        self.target = target
        self.conversion = conversion


@final
class ScriptProperty(Member):
    """A property computed by script blocks (`$this` is the object)."""

    __slots__ = ("getter", "setter")
    kind = "ScriptProperty"

    def __init__(self, name: str, getter: ScriptBlock | None, setter: ScriptBlock | None = None) -> None:
        self.name = name
        self.getter = getter
        self.setter = setter


@final
class ScriptMethod(Member):
    """A method whose body is a script block."""

    __slots__ = ("script",)
    kind = "ScriptMethod"

    def __init__(self, name: str, script: ScriptBlock) -> None:
        self.name = name
        self.script = script


@final
class CodeProperty(Member):
    """A property that Python computes: for objects that the lab itself makes."""

    __slots__ = ("getter", "setter")
    kind = "CodeProperty"

    def __init__(
        self, name: str, getter: Callable[[Any], Value], setter: Callable[[Any, Value], None] | None = None
    ) -> None:
        self.name = name
        self.getter = getter
        self.setter = setter


#: Extended members by their name in lower case.
Members = dict[str, Member]


class NetObject:
    """A .NET object; a subclass sets `net_type`. `extended`: Add-Member's members; `type_names`: PSTypeNames if changed."""

    __slots__ = ("extended", "type_names")
    net_type: NetType = net.OBJECT

    def __init__(self) -> None:
        self.extended: Members | None = None
        self.type_names: list[str] | None = None


@final
class AutomationNull:
    """The value of a pipeline that put out nothing; behaves as $null, but unrolls to no element."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "AUTOMATION_NULL"

    def __bool__(self) -> bool:
        return False


AUTOMATION_NULL: Final = AutomationNull()


@final
class PSObject(NetObject):
    """A plain value (string, number ...) that carries extended members or type names."""

    __slots__ = ("base",)
    net_type = net.PS_OBJECT

    def __init__(self, base: Value, members: Members | None = None) -> None:
        self.base = base
        self.extended = {} if members is None else members
        self.type_names = None


class PSCustomObject(NetObject):
    """`[pscustomobject]@{...}`: nothing but extended members, in order. Build one from Python with `custom_object`."""

    __slots__ = ()
    net_type = net.PS_CUSTOM_OBJECT
    extended: Members

    def __init__(self, members: Members | None = None, type_names: list[str] | None = None) -> None:
        self.extended = {} if members is None else members
        self.type_names = type_names

    def get(self, name: str) -> Value:
        """The value of a note property, or None."""
        member = self.extended.get(name.lower())
        return member.value if isinstance(member, NoteProperty) else None

    def set(self, name: str, value: Value) -> None:
        """Set or add a note property."""
        member = self.extended.get(name.lower())
        if isinstance(member, NoteProperty):
            member.value = value
        else:
            self.extended[name.lower()] = NoteProperty(name, value)


def custom_object(properties: Iterable[tuple[str, Value]], *type_names: str) -> PSCustomObject:
    """A custom object with these note properties in order; `type_names` stand before PSCustomObject's own."""
    names = [*type_names, *CUSTOM_OBJECT_NAMES] if type_names else None
    return PSCustomObject({name.lower(): NoteProperty(name, value) for name, value in properties}, names)


CUSTOM_OBJECT_NAMES: Final = ("System.Management.Automation.PSCustomObject", "System.Object")


class ScriptBlock(NetObject):
    """`{ ... }`: `text` between the braces; `body` (the AST) and `scope` (the closure) belong to the evaluator."""

    __slots__ = ("body", "scope", "text")
    net_type = net.SCRIPT_BLOCK

    def __init__(self, text: str, body: Any = None, scope: Any = None) -> None:
        super().__init__()
        self.text = text
        self.body = body
        self.scope = scope
