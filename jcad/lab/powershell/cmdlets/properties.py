"""What Select-Object and its kin call a property: a name with wildcards, a script block, or a hashtable of both."""

from __future__ import annotations

import fnmatch
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from jcad.lab.powershell import access
from jcad.lab.powershell.errors import ErrorRecord, Failure, NetError, NetException
from jcad.lab.powershell.evaluate.frame import collected
from jcad.lab.powershell.objects import is_true, to_text
from jcad.lab.powershell.values import AUTOMATION_NULL, Dictionary, ScriptBlock, base_of

if TYPE_CHECKING:
    from jcad.lab.powershell.command import Context
    from jcad.lab.powershell.values import Value

_KEYS: Final = {
    "name": ("n", "name", "l", "label"),
    "expression": ("e", "expression"),
    "descending": ("d", "desc", "descending"),
    "ascending": ("a", "asc", "ascending"),
}
_SIGNS: Final = frozenset("*?[")


@dataclass(slots=True)
class PropertyExpression:
    """One property to be computed: `source` is a name or a script block, `label` how the result is called."""

    source: Any
    label: str = ""
    descending: bool | None = None
    names: dict[str, str] = field(default_factory=dict)

    @property
    def is_wild(self) -> bool:
        """Whether the name is a pattern."""
        return isinstance(self.source, str) and bool(_SIGNS & set(self.source))

    def evaluate(self, item: Value, context: Context) -> Value:
        """The property's value of an object; what fails is $null."""
        found = self.find(item, context)
        return None if found is access.MISSING else found

    def find(self, item: Value, context: Context) -> Value:
        """The property's value of an object, or MISSING where it has none (or the script block fails)."""
        if isinstance(self.source, ScriptBlock):
            return run_quietly(self.source, item, context)
        return property_value(item, self.source)

    def matching(self, item: Value) -> list[str]:
        """The names of the object's properties that the pattern or name means."""
        names = names_of(item)
        if self.is_wild:
            return [name for name in names if fnmatch.fnmatchcase(name.lower(), self.source.lower())]
        lowered = self.source.lower()
        return [name for name in names if name.lower() == lowered]


def run_quietly(block: ScriptBlock, item: Value, context: Context) -> Value:
    """A script block's value for an object; an error in it is swallowed and leaves $null."""
    engine = context.engine
    trying, engine.trying = engine.trying, True
    try:
        out = context.invoke(block, under=item)
    except (Failure, NetError) as error:
        if isinstance(error, Failure):
            engine.remember(error.record)
        return access.MISSING
    finally:
        engine.trying = trying
    found = collected(out)
    return None if found is AUTOMATION_NULL else found


def property_value(item: Value, name: str) -> Value:
    """A property of an object by name, or MISSING; a dictionary's keys count as properties."""
    base = base_of(item)
    if base is None:
        return access.MISSING
    if isinstance(base, Dictionary) and name in base:
        return base.get(name)
    try:
        return access.get_property(item, name)
    except (Failure, NetError):
        return access.MISSING


def names_of(item: Value) -> list[str]:
    """The names of an object's properties; a dictionary's keys."""
    base = base_of(item)
    if base is None:
        return []
    if isinstance(base, Dictionary):
        return [to_text(key) for key in base.keys()]  # noqa: SIM118  - not a dict: its own order
    return access.property_names(item)


def property_expressions(given: Any, context: Context, allowed: str) -> list[PropertyExpression]:
    """Read a -Property argument. `allowed` names the keys of hashtables that this cmdlet takes."""
    found = []
    for one in given or ():
        base = base_of(one)
        if isinstance(base, Dictionary):
            found.append(_from_table(base, context, allowed.split()))
        elif isinstance(base, ScriptBlock):
            found.append(PropertyExpression(base, base.text))
        else:
            text = to_text(base)
            found.append(PropertyExpression(text, text))
    return found


def _from_table(table: Dictionary, context: Context, allowed: list[str]) -> PropertyExpression:
    values: dict[str, Any] = {}
    for key, value in table.items():
        meaning = _meaning(to_text(key).lower(), allowed)
        if not meaning:
            raise context.terminate(
                ErrorRecord(
                    NetException("System.NotSupportedException", f"The {to_text(key)} key is not valid."),
                    "DictionaryKeyIllegal",
                    "InvalidArgument",
                )
            )
        values[meaning] = value
    source = base_of(values.get("expression", values.get("name")))
    if source is None:
        raise context.terminate(
            ErrorRecord(
                NetException("System.NotSupportedException", "The expression key is missing."),
                "DictionaryKeyMandatoryEntry",
                "InvalidArgument",
            )
        )
    if not isinstance(source, ScriptBlock):
        source = to_text(source)
    default = source.text if isinstance(source, ScriptBlock) else source
    label = to_text(values["name"]) if "name" in values else default
    return PropertyExpression(source, label, _direction(values))


def _direction(values: dict[str, Any]) -> bool | None:
    if "descending" in values:
        return is_true(values["descending"])
    if "ascending" in values:
        return not is_true(values["ascending"])
    return None


def _meaning(key: str, allowed: list[str]) -> str:
    for meaning in allowed:
        if key in _KEYS[meaning] or (len(key) > 1 and any(full.startswith(key) for full in _KEYS[meaning])):
            return meaning
    return ""
