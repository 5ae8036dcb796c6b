"""What travels between a script and its client's host: places, sizes, cells, keys, choices, fields. Pure values.

`sent()` is how a value goes over the wire: an object without type names (MS-PSRP 2.2.3.17 and the following).
"""

from __future__ import annotations

from typing import Any, Final

from jcad.lab.powershell import nettype as net
from jcad.lab.powershell.objects import textual
from jcad.lab.powershell.types import enums
from jcad.lab.powershell.types.registry import members_of
from jcad.lab.powershell.values import (
    AUTOMATION_NULL,
    ArrayList,
    EnumValue,
    NetObject,
    NetType,
    NoteProperty,
    PSCustomObject,
    base_of,
)

_HOST: Final = "System.Management.Automation.Host."
COLOR: Final = enums.CONSOLE_COLOR
_CELL_TYPE: Final = net.define(_HOST + "BufferCellType", names={"Complete": 0, "Leading": 1, "Trailing": 2})
_DESKTOP_ASSEMBLY: Final = "mscorlib, Version=4.0.0.0, Culture=neutral, PublicKeyToken=b77a5c561934e089"


def bag(*pairs: tuple[str, Any]) -> PSCustomObject:
    """An object without type names."""
    made = PSCustomObject({name.lower(): NoteProperty(name, value) for name, value in pairs})
    made.type_names = []
    return made


class Cells(NetObject):
    """A small structure of the host's: Coordinates, Size, Rectangle, BufferCell, KeyInfo; `values` by its properties."""

    __slots__ = ("kind", "values")

    def __init__(self, name: str, values: dict[str, Any]) -> None:
        super().__init__()
        self.kind = net.TYPES[name.lower()]
        self.values = values

    @property
    def net_type(self) -> NetType:  # type: ignore[override]
        """Its type."""
        return self.kind

    def sent(self) -> PSCustomObject:
        """As it is sent: names begin with a small letter, enums are numbers."""
        return bag(
            *(
                (name[0].lower() + name[1:], value.number if isinstance(value, EnumValue) else value)
                for name, value in self.values.items()
            )
        )

    def __str__(self) -> str:
        numbers = [str(value) for value in self.values.values()]
        if self.kind.name == "Rectangle":
            return f"{numbers[0]},{numbers[1]} ; {numbers[2]},{numbers[3]}"
        return ",".join(numbers)


_SHAPES: Final = {
    "Coordinates": (("X", "int"), ("Y", "int")),
    "Size": (("Width", "int"), ("Height", "int")),
    "Rectangle": (("Left", "int"), ("Top", "int"), ("Right", "int"), ("Bottom", "int")),
    "BufferCell": (
        ("Character", "char"),
        ("ForegroundColor", "System.ConsoleColor"),
        ("BackgroundColor", "System.ConsoleColor"),
        ("BufferCellType", _HOST + "BufferCellType"),
    ),
    "KeyInfo": (("VirtualKeyCode", "int"), ("Character", "char"), ("ControlKeyState", "object"), ("KeyDown", "bool")),
}


def _declare(name: str, fields: tuple[tuple[str, str], ...]) -> None:
    full = _HOST + name
    members = members_of(net.define(full, is_value=True))
    names = [field for field, _ in fields]
    members.constructor(
        f"({', '.join(kind for _, kind in fields)})", lambda *given: Cells(full, dict(zip(names, given, strict=True)))
    )
    for field, kind in fields:
        members.property(
            field,
            lambda cells, field=field: cells.values[field],
            kind,
            lambda cells, value, field=field: cells.values.__setitem__(field, value),
        )


class ChoiceDescription(NetObject):
    """One choice: its label, with & before its key, and its help."""

    __slots__ = ("help", "label")
    net_type = net.define(_HOST + "ChoiceDescription")

    def __init__(self, label: str, help_message: str = "") -> None:
        super().__init__()
        self.label = label
        self.help = help_message

    def sent(self) -> PSCustomObject:
        """As it is sent."""
        return bag(("label", self.label), ("helpMessage", self.help))


class FieldDescription(NetObject):
    """One field of a prompt: name, label, help, and the type that its value must have."""

    __slots__ = ("help", "label", "mandatory", "name", "type")
    net_type = net.define(_HOST + "FieldDescription")

    def __init__(self, name: str, label: str = "", kind: NetType = net.STRING, help_message: str = "") -> None:
        super().__init__()
        self.name = name
        self.label = label
        self.help = help_message
        self.mandatory = True
        self.type = kind

    def sent(self, *, desktop: bool) -> PSCustomObject:
        """As it is sent."""
        assembly = _DESKTOP_ASSEMBLY if desktop else net.CORE_ASSEMBLY
        return bag(
            ("name", self.name),
            ("label", self.label),
            ("parameterTypeName", self.type.name),
            ("parameterTypeFullName", self.type.full_name),
            ("parameterAssemblyFullName", f"{self.type.full_name}, {assembly}"),
            ("helpMessage", self.help),
            ("isMandatory", self.mandatory),
            ("metadata", ArrayList()),
            ("modifiedByRemotingProtocol", False),
            ("isFromRemoteHost", False),
        )


def color_of(number: Any) -> EnumValue | None:
    """A ConsoleColor by its number."""
    return None if number is None else EnumValue(COLOR, int(number))


def place(name: str, first: int, second: int) -> Cells:
    """Coordinates or a Size."""
    return Cells(_HOST + name, {field: value for (field, _), value in zip(_SHAPES[name], (first, second), strict=True)})


def _set_type(field: FieldDescription, kind: Any) -> Any:
    field.type = base_of(kind)
    return AUTOMATION_NULL


for _name, _fields in _SHAPES.items():
    _declare(_name, _fields)
textual(Cells, lambda value, _spec, _invariant: str(value))
_MEMBERS = members_of(ChoiceDescription.net_type)
_MEMBERS.constructor("(string)", ChoiceDescription)
_MEMBERS.constructor("(string, string)", ChoiceDescription)
_MEMBERS.property("Label", lambda c: c.label, "string")
_MEMBERS.property("HelpMessage", lambda c: c.help, "string", lambda c, value: setattr(c, "help", value))
_MEMBERS = members_of(FieldDescription.net_type)
_MEMBERS.constructor("(string)", FieldDescription)
_MEMBERS.property("Name", lambda f: f.name, "string")
_MEMBERS.property("Label", lambda f: f.label, "string", lambda f, value: setattr(f, "label", value))
_MEMBERS.property("HelpMessage", lambda f: f.help, "string", lambda f, value: setattr(f, "help", value))
_MEMBERS.property("IsMandatory", lambda f: f.mandatory, "bool", lambda f, value: setattr(f, "mandatory", value))
_MEMBERS.property("ParameterTypeName", lambda f: f.type.name, "string")
_MEMBERS.property("ParameterTypeFullName", lambda f: f.type.full_name, "string")
_MEMBERS.method("SetParameterType(type)", _set_type)
