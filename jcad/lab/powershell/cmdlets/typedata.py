"""Update-TypeData: which properties of a type are shown. Members for a type are no part of the lab."""

from __future__ import annotations

from jcad.errors import LabUnsupported
from jcad.lab.powershell.cmdlets import core
from jcad.lab.powershell.command import Cmdlet
from jcad.lab.powershell.objects import to_text
from jcad.lab.powershell.types.displaysets import SERVICE


@core(
    "Update-TypeData",
    unsupported="AppendPath DefaultDisplayProperty DefaultKeyPropertySet InheritPropertySerializationSet MemberName "
    "MemberType PrependPath PropertySerializationSet SecondValue SerializationDepth SerializationMethod "
    "StringSerializationSource TargetTypeForDeserialization TypeAdapter TypeConverter TypeData Value",
)
class UpdateTypeData(Cmdlet):
    """Say which properties of a type Format-Table and Format-List show."""

    def process(self) -> None:
        """Take one type."""
        names = [to_text(name) for name in self.bound.get("DefaultDisplayPropertySet") or ()]
        if not names:
            raise LabUnsupported("Update-TypeData without -DefaultDisplayPropertySet")
        sets = self.context.engine.services.setdefault(SERVICE, {})
        kind = to_text(self.bound["TypeName"])
        if kind.lower() in sets and not self.on("Force"):
            raise LabUnsupported(f"Update-TypeData of {kind}, which has such data, without -Force")
        sets[kind.lower()] = names
