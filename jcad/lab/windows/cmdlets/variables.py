"""The value of a variable of a `-Filter`, as the caller of the cmdlet sees it."""

from __future__ import annotations

from typing import Any, Final

from jcad.errors import LabUnsupported
from jcad.lab.powershell import access
from jcad.lab.powershell.access import MISSING
from jcad.lab.powershell.values import PSCustomObject, base_of, type_name
from jcad.lab.windows import failures
from jcad.lab.windows.filter_language import Variable

_CONSTANTS: Final = {"true": True, "false": False}


def caller_variable(context: Any, variable: Variable) -> Any:
    """The value of a caller's variable, or of a property of it.

    Raises AdFailure for a variable that is not defined, and for a property that .NET's reflection cannot find (those of a
    custom object); LabUnsupported for `$null`, of which public articles contradict each other.
    """
    name = variable.name.lower()
    if name == "null":
        raise LabUnsupported("$null in a -Filter")
    if name in _CONSTANTS and not variable.path:
        return _CONSTANTS[name]
    if ":" in name:
        raise LabUnsupported(f"the scope of {variable.text} in a -Filter")
    value = context.f.scope.get(name)
    if base_of(value) is None:
        raise failures.undefined_variable(variable.name, variable.text)
    for part in variable.path:
        if isinstance(base_of(value), PSCustomObject):
            raise failures.no_property(part, type_name(value))
        owner, value = value, access.get_property(value, part)
        if value is MISSING:
            raise failures.no_property(part, type_name(base_of(owner)))
    return value
