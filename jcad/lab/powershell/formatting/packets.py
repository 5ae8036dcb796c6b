"""What Format-Table and its kin write: objects of Microsoft.PowerShell.Commands.Internal.Format. Pure values.

Their class ids and fields are those of the engine's FormatObjectDeserializer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from jcad.lab.powershell import nettype as net
from jcad.lab.powershell.containers import GenericList
from jcad.lab.powershell.values import NetObject

if TYPE_CHECKING:
    from collections.abc import Sequence

_SPACE: Final = "Microsoft.PowerShell.Commands.Internal.Format."
CLASS_ID: Final = "ClassId2e4f51ef21dd47e99d3c952918aff9cd"
"""The property that names the class of a packet."""


def _kind(name: str, base: net.NetType = net.OBJECT) -> net.NetType:
    return net.define(_SPACE + name, base=base)


_DATA: Final = _kind("FormatInfoData")
_PACKET: Final = _kind("PacketInfoData", _DATA)
_CONTROL: Final = _kind("ControlInfoData", _PACKET)
_START: Final = _kind("StartData", _CONTROL)
_SHAPE: Final = _kind("ShapeInfo", _DATA)
_ENTRY: Final = _kind("FormatEntryInfo", _DATA)
_KINDS: Final = {
    "033ecb2bc07a4d43b5ef94ed5a35d280": _kind("FormatStartData", _START),
    "cf522b78d86c486691226b40aa69e95c": _kind("FormatEndData", _CONTROL),
    "9e210fe47d09416682b841769c78b8a3": _kind("GroupStartData", _START),
    "4ec4f0187cb04f4cb6973460dfe252df": _kind("GroupEndData", _CONTROL),
    "27c87ef9bbda4f709f6b4002fa4af63c": _kind("FormatEntryData", _PACKET),
    "e3b7a39c089845d388b2e84c5d38f5dd": _kind("TableHeaderInfo", _SHAPE),
    "7572aa4155ec4558817a615acf7dd92e": _kind("TableColumnInfo", _DATA),
    "830bdcb24c1642258724e441512233a4": _kind("ListViewHeaderInfo", _SHAPE),
    "0e59526e2dd441aa91e7fc952caf4a36": _kind("TableRowEntry", _ENTRY),
    "cf58f450baa848ef8eb3504008be6978": _kind("ListViewEntry", _ENTRY),
    "b761477330ce4fb2a665999879324d73": _kind("ListViewField", _DATA),
    "78b102e894f742aca8c1d6737b6ff86a": _kind("FormatPropertyField", _kind("FormatValue", _DATA)),
    "a27f094f0eec4d64845801a4c06a32ae": _kind("AutosizeInfo", _DATA),
}
_IDS: Final = {kind.name: number for number, kind in _KINDS.items()}


class FormatPacket(NetObject):
    """One object of the formatting system: its type, and its fields in order."""

    __slots__ = ("fields", "kind")

    def __init__(self, name: str, *fields: tuple[str, Any]) -> None:
        super().__init__()
        self.kind = _KINDS[_IDS[name]]
        self.fields = ((CLASS_ID, _IDS[name]), *fields)

    @property
    def net_type(self) -> net.NetType:  # type: ignore[override]  # one Python class for all of them
        """Its .NET type."""
        return self.kind


def _listed(items: Sequence[FormatPacket], name: str) -> GenericList:
    return GenericList(items, net.generic(net.LIST, _KINDS[_IDS[name]]))


def start_data(shape: FormatPacket, size: FormatPacket | None) -> FormatPacket:
    """What comes first: the shape of what follows."""
    return FormatPacket(
        "FormatStartData",
        ("pageHeaderEntry", None),
        ("pageFooterEntry", None),
        ("autosizeInfo", size),
        ("shapeInfo", shape),
        ("groupingEntry", None),
    )


def end_data() -> FormatPacket:
    """What comes last."""
    return FormatPacket("FormatEndData", ("groupingEntry", None))


def group_start() -> FormatPacket:
    """The begin of a group: there is one."""
    return FormatPacket("GroupStartData", ("shapeInfo", None), ("groupingEntry", None))


def group_end() -> FormatPacket:
    """The end of a group."""
    return FormatPacket("GroupEndData", ("groupingEntry", None))


def packet(entry: FormatPacket) -> FormatPacket:
    """One object's entry on its way."""
    return FormatPacket("FormatEntryData", ("formatEntryInfo", entry), ("outOfBand", False), ("writeStream", "None"))


def autosize() -> FormatPacket:
    """That columns are to be as wide as their values."""
    return FormatPacket("AutosizeInfo", ("objectCount", 0))


def table_header(columns: Sequence[FormatPacket], *, hide: bool, desktop: bool) -> FormatPacket:
    """The shape of a table."""
    repeat = () if desktop else (("repeatHeader", False),)
    return FormatPacket(
        "TableHeaderInfo",
        ("hideHeader", hide),
        *repeat,
        ("tableColumnInfoList", _listed(columns, "TableColumnInfo")),
    )


def table_column(name: str, alignment: int, *, own: bool, desktop: bool) -> FormatPacket:
    """One column of a table; `own`: it is named as the property that it shows."""
    matches = () if desktop else (("HeaderMatchesProperty", own),)
    return FormatPacket(
        "TableColumnInfo",
        ("width", 0),
        ("alignment", alignment),
        ("label", None),
        ("propertyName", name),
        *matches,
    )


def table_entry(fields: Sequence[FormatPacket]) -> FormatPacket:
    """One row."""
    return FormatPacket(
        "TableRowEntry", ("formatPropertyFieldList", _listed(fields, "FormatPropertyField")), ("multiLine", False)
    )


def list_header() -> FormatPacket:
    """The shape of a list."""
    return FormatPacket("ListViewHeaderInfo")


def list_entry(fields: Sequence[FormatPacket]) -> FormatPacket:
    """One object's lines."""
    return FormatPacket("ListViewEntry", ("listViewFieldList", _listed(fields, "ListViewField")))


def list_field(name: str, shown: FormatPacket) -> FormatPacket:
    """One line."""
    return FormatPacket("ListViewField", ("label", None), ("propertyName", name), ("formatPropertyField", shown))


def field(text: str) -> FormatPacket:
    """The text of one value."""
    return FormatPacket("FormatPropertyField", ("propertyValue", text), ("alignment", 0))
