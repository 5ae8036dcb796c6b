"""Objects that become live again when they arrive: the types for which PowerShell has a TargetTypeForDeserialization.

Pure. Source: the type data that comes with PowerShell (types.ps1xml); all other types stay bags of properties.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from jcad.lab.powershell import nettype as net
from jcad.lab.powershell import values as ps
from jcad.lab.powershell.convert import cast
from jcad.lab.powershell.errors import Failure, NetError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


def rehydrated(names: Sequence[str], text: str | None, bag: ps.PSCustomObject) -> Any:
    """The live object of a bag whose type names and ToString these are; None where it stays a bag."""
    make = _TARGETS.get(names[0].removeprefix("Deserialized.")) if names else None
    if make is None:
        return None
    try:
        return make(text, bag)
    except (Failure, NetError):
        return None  # as the real one, which keeps the bag


def _by_text(type_name: str) -> Callable[[str | None, ps.PSCustomObject], Any]:
    return lambda text, _bag: None if text is None else cast(text, net.TYPES[type_name.lower()])


def _by_property(type_name: str, name: str) -> Callable[[str | None, ps.PSCustomObject], Any]:
    def make(_text: str | None, bag: ps.PSCustomObject) -> Any:
        value = bag.get(name)
        return None if value is None else cast(value, net.TYPES[type_name.lower()])

    return make


_TARGETS: Final[dict[str, Callable[[str | None, ps.PSCustomObject], Any]]] = {
    "System.Net.IPAddress": _by_text("System.Net.IPAddress"),
    "System.Net.Mail.MailAddress": _by_text("System.Net.Mail.MailAddress"),
    "System.Globalization.CultureInfo": _by_property("System.Globalization.CultureInfo", "Name"),
    "System.Management.Automation.SwitchParameter": lambda _text, bag: ps.SwitchParameter(bag.get("IsPresent") is True),
}
