"""What the binder knows of a command's parameters: slots by name, alias and prefix, positions, parameter sets.

Built once for each command. Pure.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from jcad.errors import LabUnsupported
from jcad.lab.powershell import nettype as net
from jcad.lab.powershell import types as net_types
from jcad.lab.powershell.command import ALL_SETS, CommandInfo, InSet
from jcad.lab.powershell.editions import CORE, later_parameters
from jcad.lab.powershell.nettype import NetType
from jcad.lab.powershell.values import (
    Array,
    ErrorRecord,
    Hashtable,
    Int64,
    OrderedDictionary,
    PSCredential,
    PSCustomObject,
    ScriptBlock,
    SecureString,
    SwitchParameter,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from jcad.lab.powershell.command import Cmdlet
    from jcad.lab.powershell.evaluate.frame import Frame

_ACTION: Final = "System.Management.Automation.ActionPreference"
#: The common parameters: name -> (alias, type, is a switch).
COMMON: Final[dict[str, tuple[str, str]]] = {
    "Verbose": ("vb", "switch"),
    "Debug": ("db", "switch"),
    "ErrorAction": ("ea", _ACTION),
    "WarningAction": ("wa", _ACTION),
    "InformationAction": ("infa", _ACTION),
    "ErrorVariable": ("ev", "string"),
    "WarningVariable": ("wv", "string"),
    "InformationVariable": ("iv", "string"),
    "OutVariable": ("ov", "string"),
    "OutBuffer": ("ob", "int"),
    "PipelineVariable": ("pv", "string"),
}
RISK: Final[dict[str, tuple[str, str]]] = {"WhatIf": ("wi", "switch"), "Confirm": ("cf", "switch")}


#: Types whose values are all of one Python class, which nothing else is of: a value of it needs no conversion.
_ALREADY: Final[dict[NetType, frozenset[type]]] = {
    net.STRING: frozenset({str}),
    net.INT32: frozenset({int}),
    net.BOOLEAN: frozenset({bool}),
    net.GUID: frozenset({UUID}),
    net.SCRIPT_BLOCK: frozenset({ScriptBlock}),
    net.SWITCH_PARAMETER: frozenset({SwitchParameter}),
    net.SECURE_STRING: frozenset({SecureString}),
    net.PS_CREDENTIAL: frozenset({PSCredential}),
    net.TYPES["system.management.automation.errorrecord"]: frozenset({ErrorRecord}),
}
#: Classes of single values that are never $null.
SINGLE: Final[frozenset[type]] = frozenset(
    {
        *(kind for kinds in _ALREADY.values() for kind in kinds),
        float,
        Int64,
        Hashtable,
        OrderedDictionary,
        PSCustomObject,
    }
)


@dataclass(slots=True, eq=False)
class Slot:
    """One parameter as the binder sees it. `kinds` are its types, outermost first; `default` computes what is not given."""

    name: str
    kinds: Sequence[NetType] = ()
    sets: dict[str, InSet] = field(default_factory=lambda: {ALL_SETS: InSet()})
    aliases: tuple[str, ...] = ()
    checks: Sequence[Any] = ()
    allow_null: bool = False
    allow_empty_string: bool = False
    allow_empty_collection: bool = False
    default: Callable[[Frame], Any] | None = None
    common: bool = False
    attributes: tuple[Any, ...] = ()
    lowered: str = ""
    is_switch: bool = False
    mandatory: bool = False
    takes: frozenset[type] = frozenset()
    picky: bool = False
    delayable: bool = False

    def __post_init__(self) -> None:
        self.lowered = self.name.lower()
        self.is_switch = bool(self.kinds) and self.kinds[0] is net.SWITCH_PARAMETER
        self.settle()

    def settle(self) -> None:
        """Take note of what its sets, types and checks say together, once they are all there.

        Values of the Python classes in `takes` are bound as they are; where it is `picky`, but for the empty text.
        `delayable`: a script block for it is run for each piped object.
        """
        self.mandatory = any(role.mandatory for role in self.sets.values())
        piped = any(role.pipeline or role.by_property for role in self.sets.values())
        blind = {net.OBJECT, net.SCRIPT_BLOCK}
        self.delayable = piped and bool(self.kinds) and self.kind not in blind and self.kind.element not in blind
        self.takes = self._taken()
        self.picky = self.mandatory and self.kind is net.STRING and not self.allow_empty_string

    def _taken(self) -> frozenset[type]:
        if self.checks or len(self.kinds) > 1:
            return frozenset()
        if self.kind is not net.OBJECT:
            return _ALREADY.get(self.kind, frozenset())
        if not self.mandatory:
            return SINGLE | {Array, type(None)}
        return SINGLE | {type(None)} if self.allow_null else SINGLE

    @property
    def kind(self) -> NetType:
        """The parameter's type."""
        return self.kinds[0] if self.kinds else net.OBJECT

    def within(self, set_name: str) -> InSet | None:
        """Its role in a parameter set; None where it is no part of it."""
        return self.sets.get(set_name) or self.sets.get(ALL_SETS)


@dataclass(slots=True, eq=False)
class Table:
    """The slots of a command, ready for the binder.

    `keeps_null`: a cmdlet's: $null stays $null for a text parameter (a function's variable makes it ''), and a value that
    does not convert is the binder's own error (a function's types are transformations).
    """

    slots: list[Slot]
    default_set: str = ""
    advanced: bool = True
    should_process: bool = False
    confirm_impact: str = "Medium"
    keeps_null: bool = False
    by_name: dict[str, Slot] = field(default_factory=dict)
    set_names: list[str] = field(default_factory=list)
    pipeline: list[Slot] = field(default_factory=list)
    positional: list[Slot] = field(default_factory=list)
    places: list[tuple[int, list[Slot]]] = field(default_factory=list)
    remaining: list[Slot] = field(default_factory=list)
    mandatory: bool = False
    required: list[Slot] = field(default_factory=list)
    own: list[Slot] = field(default_factory=list)
    prefixes: dict[str, list[Slot]] = field(default_factory=dict)
    needs: dict[str, list[tuple[Slot, InSet]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for slot in self.slots:
            slot.settle()
        if self.advanced:
            self.slots = self.slots + common_slots(self.should_process, {slot.lowered for slot in self.slots})
        for slot in self.slots:
            self.by_name.setdefault(slot.lowered, slot)
        for slot in self.slots:
            for alias in slot.aliases:
                self.by_name.setdefault(alias.lower(), slot)
        self.own = own = [slot for slot in self.slots if not slot.common]
        names: dict[str, None] = {}
        for slot in own:
            names.update(dict.fromkeys(name for name in slot.sets if name != ALL_SETS))
        if self.default_set:
            names.setdefault(self.default_set)
        self.set_names = list(names)
        roles = [(slot, role) for slot in own for role in slot.sets.values()]
        self.pipeline = _having(roles, lambda role: role.pipeline or role.by_property)
        self.positional = _having(roles, lambda role: role.position is not None)
        taken = {role.position for _, role in roles if role.position is not None}
        self.places = [
            (place, self._ranked(_having(roles, lambda role, place=place: role.position == place), place))  # type: ignore[misc]
            for place in sorted(taken)
        ]
        self.remaining = _having(roles, lambda role: role.remaining)
        self.required = _having(roles, lambda role: role.mandatory)
        self.mandatory = bool(self.required)

    def _ranked(self, slots: list[Slot], position: int) -> list[Slot]:
        """The slots of a position, those that have it in the default set first."""

        def elsewhere(slot: Slot) -> bool:
            role = slot.within(self.default_set) if self.default_set else None
            return role is None or role.position != position

        return sorted(slots, key=elsewhere)

    def needed(self, set_name: str) -> list[tuple[Slot, InSet]]:
        """The slots that are mandatory in a parameter set, each with its role there."""
        found = self.needs.get(set_name)
        if found is None:
            roles = [(slot, role) for slot in self.required if (role := slot.within(set_name)) is not None]
            found = self.needs[set_name] = [(slot, role) for slot, role in roles if role.mandatory]
        return found

    def find(self, name: str) -> Slot | list[Slot] | None:
        """The slot of a name, alias or unique prefix; the candidates where it is ambiguous."""
        lowered = name.lower()
        found = self.by_name.get(lowered)
        if found is not None:
            return found
        known = self.prefixes.get(lowered)
        if known is None:
            candidates = {id(slot): slot for key, slot in self.by_name.items() if key.startswith(lowered)}
            known = self.prefixes[lowered] = list(candidates.values())
        own = [slot for slot in known if not slot.common]
        if len(known) == 1:
            return known[0]
        if len(own) == 1:
            return own[0]
        return known or None


def _having(roles: Iterable[tuple[Slot, InSet]], test: Callable[[InSet], bool]) -> list[Slot]:
    found = {id(slot): slot for slot, role in roles if test(role)}
    return list(found.values())


@cache
def _common_slot(name: str, alias: str, kind: str) -> Slot:
    """The slot of a common parameter: one for all commands, as nobody changes it."""
    return Slot(name, (resolved(kind),), aliases=(alias,), common=True)


def common_slots(should_process: bool, taken: set[str]) -> list[Slot]:
    """The slots of the common parameters, but for those whose name the command uses itself."""
    names = {**COMMON, **RISK} if should_process else COMMON
    return [_common_slot(name, alias, kind) for name, (alias, kind) in names.items() if name.lower() not in taken]


def resolved(name: str) -> NetType:
    """The type of a declared parameter."""
    found = net_types.resolve(name)
    if found is None:
        raise LabUnsupported(f"the type {name}")
    return found


_TABLES: Final[dict[tuple[type, str], Table]] = {}


def table_of(kind: type[Cmdlet], edition: str) -> Table:
    """The table of a cmdlet: made once in a process, for all its runspaces."""
    found = _TABLES.get((kind, edition))
    if found is None:
        found = _TABLES[kind, edition] = cmdlet_table(kind.info, edition)
    return found


def cmdlet_table(info: CommandInfo, edition: str = CORE) -> Table:
    """The table of a cmdlet, from its declaration: without what this edition's has not."""
    lacking = later_parameters(info.name, edition)
    slots = [
        Slot(
            parameter.name or name,
            (parameter_type(parameter.type),),
            dict(parameter.sets),
            parameter.aliases,
            parameter.validations,
            parameter.allow_null,
            parameter.allow_empty_string,
            parameter.allow_empty_collection,
        )
        for name, parameter in info.parameters.items()
        if name not in lacking
    ]
    return Table(
        slots,
        info.default_set,
        should_process=info.should_process,
        confirm_impact=info.confirm_impact,
        keeps_null=True,
    )


def parameter_type(name: str) -> NetType:
    """The type of a cmdlet's parameter; [psobject] and what the lab has no type for take anything as it is."""
    lowered = name.lower()
    if lowered in {"system.management.automation.psobject", "psobject"}:
        return net.OBJECT
    if lowered in {"system.management.automation.psobject[]", "psobject[]"}:
        return net.array_of(net.OBJECT)
    try:
        found = net_types.resolve(name)
    except LabUnsupported:
        found = None
    return found or (net.array_of(net.OBJECT) if name.endswith("[]") else net.OBJECT)
