"""WildcardPattern, Random, DBNull, SwitchParameter, PSReference."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from jcad.lab.powershell import nettype as net
from jcad.lab.powershell.errors import NetError
from jcad.lab.powershell.objects import net_text, textual
from jcad.lab.powershell.regex import wildcard as wildcards
from jcad.lab.powershell.types.registry import members_of
from jcad.lab.powershell.values import (
    AUTOMATION_NULL,
    DBNullType,
    EnumValue,
    NetObject,
    Value,
)

if TYPE_CHECKING:
    pass

from jcad.lab.powershell.types.hosts import refuse


class WildcardPattern(NetObject):
    """A System.Management.Automation.WildcardPattern."""

    __slots__ = ("ignore_case", "pattern")
    net_type = net.define("System.Management.Automation.WildcardPattern")

    def __init__(self, pattern: str, options: EnumValue | None = None) -> None:
        super().__init__()
        self.pattern = pattern
        self.ignore_case = bool(options is not None and options.number & 2)


def _wildcard_match(self: WildcardPattern, text: str) -> bool:
    try:
        return wildcards.matches(text, self.pattern, case=not self.ignore_case)
    except wildcards.BadWildcard:
        message = f"The specified wildcard character pattern is not valid: {self.pattern}"
        raise NetError.of("System.Management.Automation.WildcardPatternException", message) from None


_WILDCARD: Final = members_of(WildcardPattern.net_type)
_DB_NULL: Final = members_of(net.DBNULL)
_SWITCH: Final = members_of(net.SWITCH_PARAMETER)
_REFERENCE: Final = members_of(net.PS_REFERENCE)


def _db_null() -> Value:
    from jcad.lab.powershell.values import DBNULL  # noqa: PLC0415  - only here

    return DBNULL


def _switch(present: bool) -> Value:
    from jcad.lab.powershell.values import SwitchParameter  # noqa: PLC0415  - only here

    return SwitchParameter(present)


_WILDCARD.constructor("(string)", WildcardPattern)
_WILDCARD.constructor("(string, System.Management.Automation.WildcardOptions)", WildcardPattern)
_WILDCARD.static("Escape(string)", wildcards.escape)
_WILDCARD.static("Unescape(string)", wildcards.unescape)
_WILDCARD.static("ContainsWildcardCharacters(string)", wildcards.has_wildcard)
_WILDCARD.static("Get(string, System.Management.Automation.WildcardOptions)", WildcardPattern)
_WILDCARD.method("IsMatch(string)", _wildcard_match)
members_of(net.define("System.Random")).constructor("()", lambda: refuse("System.Random"))
members_of(net.define("System.Random")).constructor("(int)", lambda _seed: refuse("System.Random"))
_DB_NULL.static_property("Value", _db_null)
_DB_NULL.method("ToString()", lambda _value: "")
textual(DBNullType, lambda _value, _spec, _invariant: "")
members_of(net.define("System.Management.Automation.Internal.AutomationNull")).static_property(
    "Value", lambda: AUTOMATION_NULL
)
_SWITCH.default = lambda: _switch(False)
_SWITCH.property("IsPresent", lambda value: value.present, "bool")
_SWITCH.method("ToBool()", lambda value: value.present)
_SWITCH.method("ToString()", net_text)
_SWITCH.constructor("(bool)", _switch)
_SWITCH.static_property("Present", lambda: _switch(True))
_REFERENCE.property("Value", lambda self: self.get(), "object", lambda self, value: self.set(value))
