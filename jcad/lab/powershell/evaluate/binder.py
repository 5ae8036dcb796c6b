"""Binding: named, positional, remaining and pipeline arguments to a command's slots, and the choice of parameter set.

Source: a real engine's answers, and about_Parameter_Sets. Raises Failure with the binder's ids.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from jcad.lab.powershell import access
from jcad.lab.powershell import nettype as net
from jcad.lab.powershell.binding import SINGLE
from jcad.lab.powershell.command import ALL_SETS
from jcad.lab.powershell.errors import Failure
from jcad.lab.powershell.evaluate.attributes import ValidationFailed
from jcad.lab.powershell.evaluate.frame import collected
from jcad.lab.powershell.evaluate.parametervalues import STRINGS, VALIDATION, ParameterValues
from jcad.lab.powershell.objects import to_text
from jcad.lab.powershell.runtime import is_desktop
from jcad.lab.powershell.values import (
    AUTOMATION_NULL,
    Array,
    NetList,
    ScriptBlock,
    SwitchParameter,
    base_of,
    type_of,
)

if TYPE_CHECKING:
    from jcad.lab.powershell.binding import Slot, Table
    from jcad.lab.powershell.evaluate.frame import Frame
    from jcad.lab.powershell.evaluate.plans import CallSite, Plan
    from jcad.lab.powershell.values import NetType, Value


class NoValue:
    """Stands for the value of a parameter that was given by its name alone."""

    def __repr__(self) -> str:
        return "NO_VALUE"


_TOGETHER: Final = (
    " One or more parameters issued cannot be used together or an insufficient number of parameters were provided."
)
NO_VALUE: Final = NoValue()
#: What a remote client sends for `-Name` alone and for `-Name $null` alike: a switch is on, anything else is $null.
NULL_OR_ON: Final = NoValue()


class Argument:
    """One argument as it stands in a call: a value, or `-Name` with or without one. `text` is `-Name` as written."""

    __slots__ = ("name", "text", "value")

    def __init__(self, value: Any, name: str | None = None, text: str = "") -> None:
        self.value = value
        self.name = name
        self.text = text


_NO_ARGUMENTS: Final[list[Argument]] = []  # never changed


class Binder(ParameterValues):
    """One binding of arguments to a table. `bound` holds the values by slot name, `rest` what a simple function gets."""

    __slots__ = (
        "bound",
        "delayed",
        "expects_input",
        "gathered",
        "guards",
        "has_common",
        "only_taker",
        "rest",
        "set_name",
        "site",
        "steps",
        "valid",
        "was_piped",
    )

    def __init__(
        self, table: Table, command: str, f: Frame, *, activity: str = "", expects_input: bool = False
    ) -> None:
        super().__init__(table, command, f, activity)
        self.bound: dict[str, Any] = {}
        self.rest: list[Any] = []
        self.valid: list[str] = table.set_names
        self.set_name = table.default_set or ALL_SETS
        self.expects_input = expects_input
        self.delayed: list[tuple[Slot, ScriptBlock]] = []
        self.was_piped: set[str] = set()
        self.has_common = True
        self.steps: list[tuple[Slot, Argument]] | None = None
        self.guards: list[Argument] = _NO_ARGUMENTS
        self.gathered: tuple[Slot, list[Argument]] | None = None
        self.only_taker: Slot | None = None
        self.site: CallSite | None = None

    # ---- before the pipeline runs ------------------------------------------------------------------------------------

    def bind_at(self, site: CallSite, values: list[Any], defaults: list[tuple[str, Any]]) -> None:
        """Bind the values of a call site's arguments: as they were bound there before, where that is known."""
        plan = site.plan
        if plan is not None and plan.table is self.table and not defaults and self._follow(plan, values):
            self.site = site
            return
        arguments = site.arguments(values)
        self.steps, self.guards, self.gathered = [], [], None
        self.bind(arguments, defaults)
        if self.steps is not None and not defaults:
            site.learn(self, arguments, self.steps)
            self.site = site

    def _follow(self, plan: Plan, values: list[Any]) -> bool:
        """Bind by a plan; false, and nothing bound, where a value asks for more."""
        if self.expects_input:
            for place in plan.delayable:
                if isinstance(base_of(values[place]), ScriptBlock):
                    return False
        for place, kind in plan.guards:
            if type(values[place]) is not kind:
                return False
        bound = self.bound
        for slot, name, at, text in plan.steps:
            if at is None:
                bound[name] = SwitchParameter(True)
                continue
            value = values[at] if text is None else text
            if type(value) in slot.takes and (value or not slot.picky):
                bound[name] = value
            else:
                bound[name] = self.converted(slot, None if value is AUTOMATION_NULL else value)
        if plan.rest is not None:
            slot, found = plan.rest
            gathered = [values[at] if text is None else text for at, text in found]
            bound[slot.name] = self.converted(
                slot, together([None if one is AUTOMATION_NULL else one for one in gathered])
            )
        self.valid, self.set_name, self.has_common = plan.valid, plan.set_name, plan.has_common
        self.only_taker = plan.taker
        return True

    def bind(self, arguments: list[Argument], defaults: list[tuple[str, Any]] = []) -> None:  # noqa: B006  - never changed
        """Bind what the call gives; `defaults` are $PSDefaultParameterValues for this command."""
        positional = self._named(arguments)
        if positional:
            positional = self._positional(positional)
        if positional:
            self._remaining(positional)
        for name, value in defaults:
            self._preset(name, value)
        self._choose_set()

    def _named(self, arguments: list[Argument]) -> list[Argument]:
        positional: list[Argument] = []
        index, count = 0, len(arguments)
        while index < count:
            argument = arguments[index]
            index += 1
            if argument.name is None:
                positional.append(argument)
                continue
            if argument.name == "" and argument.text == "--":
                positional.extend(Argument(one.value if one.name is None else one.text) for one in arguments[index:])
                break
            slot = self._find(argument)
            if slot is None:
                positional.append(Argument(argument.text, name="", text=argument.text))
                if not isinstance(argument.value, NoValue):
                    positional.append(Argument(argument.value))
                continue
            if argument.value is NULL_OR_ON:
                self._bind(slot, SwitchParameter(True) if slot.is_switch else None)
                continue
            if argument.value is NO_VALUE:
                if slot.is_switch:
                    self._bind(slot, SwitchParameter(True), argument)
                    continue
                if index >= count or arguments[index].name is not None:
                    raise self.error(
                        "MissingArgument",
                        f"Missing an argument for parameter '{slot.name}'. Specify a parameter of type "
                        f"'{slot.kind.full_name}' and try again.",
                        slot.name,
                        ParameterType=slot.kind.full_name,
                    )
                self._bind(slot, _written(arguments[index], slot), arguments[index])
                index += 1
            else:
                self._bind(slot, argument.value, argument)
        return positional

    def _find(self, argument: Argument) -> Slot | None:
        found = self.table.find(argument.name or "")
        if isinstance(found, list):
            raise self.error(
                "AmbiguousParameter",
                f"Parameter cannot be processed because the parameter name '{argument.name}' is ambiguous. "
                f"Possible matches include: {' '.join('-' + slot.name for slot in found)}.",
                argument.name or "",
            )
        if found is None and self.table.advanced and not self.table.remaining:
            raise self._not_found(argument)
        if found is not None and found.name in self.bound:
            raise self.error(
                "ParameterAlreadyBound",
                f"Cannot bind parameter because parameter '{found.name}' is specified more than once.",
                found.name,
            )
        return found

    def _not_found(self, argument: Argument) -> Failure:
        return self.error(
            "NamedParameterNotFound",
            f"A parameter cannot be found that matches parameter name '{argument.name}'.",
            argument.name or "",
        )

    def _positional(self, arguments: list[Argument]) -> list[Argument]:
        left = list(arguments)
        for position, slots in self.table.places if left else ():
            if not left:
                return left
            if left[0].name is not None:
                break
            candidates = [slot for slot in slots if slot.name not in self.bound and self._at(slot, position)]
            chosen = self._candidate(candidates, left[0].value)
            if len(candidates) > 1:
                self._depends(candidates, left[0])
            if chosen is not None and not self._takes_rest(chosen):
                self._bind(chosen, _written(left[0], chosen), left[0])
                left.pop(0)
        return left

    def _depends(self, candidates: list[Slot], argument: Argument) -> None:
        """Take note that an argument's value decides which parameter it goes to: by its type, as far as a plan goes."""
        if self.steps is not None and type(argument.value) in SINGLE and not any(slot.checks for slot in candidates):
            self.guards.append(argument)
        else:
            self.steps = None

    def _takes_rest(self, slot: Slot) -> bool:
        return any(role.remaining for role in slot.sets.values())

    def _at(self, slot: Slot, position: int) -> bool:
        if ALL_SETS in slot.sets and slot.sets[ALL_SETS].position == position:
            return True
        return any(name in self.valid and role.position == position for name, role in slot.sets.items())

    def _candidate(self, slots: list[Slot], value: Value) -> Slot | None:
        if len(slots) <= 1:
            return slots[0] if slots else None
        for slot in slots:
            if fits(value, slot) and self._passes(slot, value):
                return slot
        return next((slot for slot in slots if self._passes(slot, value)), slots[0])

    def _passes(self, slot: Slot, value: Value) -> bool:
        """Whether the slot's validations let the value through: where several take a position, they decide."""
        try:
            for check in slot.checks:
                check.check(value, self.f)
        except ValidationFailed:
            return False
        return True

    def _remaining(self, arguments: list[Argument]) -> None:
        takers = [slot for slot in self.table.remaining if slot.name not in self.bound and self._in_valid(slot)]
        values = [one.value for one in arguments]
        if takers:
            steps = self.steps
            self._bind(takers[0], together([_written(one, takers[0]) for one in arguments]))
            if all(one.name is None for one in arguments):
                self.steps, self.gathered = steps, (takers[0], arguments)
            return
        self.steps = None
        if self.table.advanced:
            shown = to_text(values[0])
            raise self.error(
                "PositionalParameterNotFound",
                f"A positional parameter cannot be found that accepts argument '{shown}'.",
                shown,
                TypeSpecified=None if values[0] is None else type_of(values[0]).full_name,
            )
        from jcad.lab.powershell.evaluate.calls import named_word  # noqa: PLC0415  - they build on each other

        self.rest = [named_word(one.text) if one.name is not None else one.value for one in arguments]

    def _preset(self, name: str, value: Any) -> None:
        found = self.table.by_name.get(name.lower())
        if found is not None and found.name not in self.bound and self._in_valid(found):
            self._bind(found, value)

    def _in_valid(self, slot: Slot) -> bool:
        return ALL_SETS in slot.sets or not self.valid or any(name in self.valid for name in slot.sets)

    # ---- one value ---------------------------------------------------------------------------------------------------

    def _bind(self, slot: Slot, value: Value, argument: Argument | None = None) -> None:
        if value is AUTOMATION_NULL:
            value = None
        if argument is None:
            self.steps = None
        elif self.steps is not None:
            self.steps.append((slot, argument))
        if self._is_delayed(slot, value):
            self.steps = None
            self.delayed.append((slot, base_of(value)))
        else:
            self.bound[slot.name] = self.converted(slot, value)
        self._narrow(slot)

    def _is_delayed(self, slot: Slot, value: Value) -> bool:
        if not self.expects_input or slot.common or not isinstance(base_of(value), ScriptBlock):
            return False
        return slot.delayable

    def _narrow(self, slot: Slot) -> None:
        if ALL_SETS in slot.sets or not self.valid:
            return
        narrowed = [name for name in self.valid if name in slot.sets]
        if not narrowed:
            raise self.ambiguous()
        self.valid = narrowed

    # ---- parameter sets ----------------------------------------------------------------------------------------------

    def _choose_set(self) -> None:
        if not self.valid:
            if self.table.mandatory:
                self._check_mandatory(ALL_SETS)
            return
        if len(self.valid) == 1:
            self.set_name = self.valid[0]
            self._check_mandatory(self.set_name)
            return
        complete = [name for name in self.valid if not self._missing(name)]
        default = self.table.default_set
        if default in self.valid and (default in complete or not complete):
            self.set_name = default
            self._check_mandatory(default)
            return
        if self.expects_input and any(self._pipeable(slot) for slot in self.table.pipeline):
            self.set_name = default if default in self.valid else (complete or self.valid)[0]
            if len(complete) == 1:
                self.set_name = complete[0]
            return
        if len(complete) == 1:
            self.set_name = complete[0]
            self.valid = complete
            return
        raise self.ambiguous()

    def _pipeable(self, slot: Slot) -> bool:
        return slot.name not in self.bound and self._in_valid(slot)

    def _missing(self, set_name: str) -> list[Slot]:
        needed = self.table.needed(set_name)
        if not needed:
            return []
        delayed = {slot.name for slot, _ in self.delayed}
        return [
            slot
            for slot, role in needed
            if slot.name not in self.bound
            and slot.name not in delayed
            and not (self.expects_input and (role.pipeline or role.by_property))
        ]

    def _check_mandatory(self, set_name: str) -> None:
        missing = self._missing(set_name)
        if missing and self.f.engine.host is not None:
            self._ask_for(missing)
            missing = self._missing(set_name)
        if missing:
            names = " ".join(slot.name for slot in missing)
            raise self.error(
                "MissingMandatoryParameter",
                f"Cannot process command because of one or more missing mandatory parameters: {names}.",
                names,
            )

    def _ask_for(self, missing: list[Slot]) -> None:
        """Ask the client's host for what is missing."""
        from jcad.lab.powershell import remotehost  # noqa: PLC0415  - it is built on the engine

        keys: set[str] = set()
        fields = [
            remotehost.FieldDescription(
                slot.name, _label(slot.name, keys), slot.kind if slot.kinds else net.OBJECT, help_message=""
            )
            for slot in missing
        ]
        caption = f"cmdlet {self.activity or self.command} at command pipeline position 1"
        interface = remotehost.RemoteInterface(self.f.engine)
        answers = remotehost.prompt(interface, caption, "Supply values for the following parameters:", fields)
        for slot in missing:
            value = remotehost.answered(answers, slot.name)
            if value is not None:
                self._bind(slot, value)

    # ---- one object of the pipeline ----------------------------------------------------------------------------------

    def bind_piped(self, value: Value) -> bool:
        """Bind a piped object; false where no parameter takes it. Raises Failure where it does not fit."""
        taker = self.only_taker
        if taker is not None and type(value) in taker.takes:
            self.bound[taker.name] = value
            self.was_piped.add(taker.name)
            return True
        for name in self.was_piped:
            self.bound.pop(name, None)
        self.was_piped.clear()
        done = self._bind_delayed(value)
        open_slots = [slot for slot in self.table.pipeline if self._pipeable(slot)]
        if not open_slots:
            return done
        by_value = self._by_value(open_slots, value, coerce=False)
        by_property = self._by_property(open_slots, value, coerce=False)
        if not by_value and not by_property:
            by_value = self._by_value(open_slots, value, coerce=True)
        if self._by_property(open_slots, value, coerce=True):
            by_property = True
        done = done or by_value or by_property
        if done:
            self._check_piped_mandatory()
            self._only(open_slots)
        return done

    def _only(self, open_slots: list[Slot]) -> None:
        """Take note of the one parameter that can take anything, where there is no other and so no choice."""
        slot = open_slots[0]
        if len(open_slots) == 1 and slot.kind is net.OBJECT and not self.delayed and len(self._roles(slot)) == 1:
            role = self._roles(slot)[0]
            self.only_taker = slot if role.pipeline and not role.by_property else None
            if self.site is not None and ALL_SETS in slot.sets:
                self.site.take(self.table, self.only_taker)

    def _bind_delayed(self, value: Value) -> bool:
        for slot, block in self.delayed:
            out = self.f.engine.call_inline(self.f, block, under=value)
            self.bound[slot.name] = self.converted(slot, collected(out))
            self.was_piped.add(slot.name)
        return bool(self.delayed)

    def _roles(self, slot: Slot) -> list[Any]:
        if ALL_SETS in slot.sets:
            return [slot.sets[ALL_SETS]]
        return [role for name, role in slot.sets.items() if name in self.valid]

    def _by_value(self, slots: list[Slot], value: Value, *, coerce: bool) -> bool:
        takers = [slot for slot in slots if any(role.pipeline for role in self._roles(slot))]
        default = self.table.default_set
        takers.sort(key=lambda slot: slot.within(default) is None if default else False)
        for slot in takers:
            if slot.name in self.bound or not self._in_valid(slot):
                continue
            if coerce or fits(value, slot):
                last = slot is takers[-1]
                if self._try(slot, value, strict=coerce and last):
                    return True
        return False

    def _try(self, slot: Slot, value: Value, *, strict: bool) -> bool:
        try:
            self.bound[slot.name] = self.converted(slot, value)
        except Failure as failure:
            if strict and failure.record.exception.type_name == VALIDATION:
                raise
            return False
        self.was_piped.add(slot.name)
        if ALL_SETS not in slot.sets and self.valid:
            narrowed = [name for name in self.valid if name in slot.sets]
            if len(narrowed) == 1:
                self.set_name = narrowed[0]
        return True

    def _by_property(self, slots: list[Slot], value: Value, *, coerce: bool) -> bool:
        done = False
        for slot in slots:
            if slot.name in self.bound or not any(role.by_property for role in self._roles(slot)):
                continue
            found = _property(value, slot)
            if found is access.MISSING:
                continue
            if coerce or fits(found, slot):
                self.bound[slot.name] = self.converted(slot, found)
                self.was_piped.add(slot.name)
                done = True
        return done

    def _check_piped_mandatory(self) -> None:
        if not self.table.mandatory:
            return
        names = [self.set_name] if self.valid and len(self.valid) == 1 else self.valid or [ALL_SETS]
        if all(map(self._still_missing, names)):
            missing = self._still_missing(names[0])
            shown = " ".join(slot.name for slot in missing)
            raise self.error(
                "InputObjectMissingMandatory",
                f"The input object cannot be bound because it did not contain the information required to bind "
                f"all mandatory parameters: {shown}",
                shown,
            )

    def _still_missing(self, set_name: str) -> list[Slot]:
        return [slot for slot, _ in self.table.needed(set_name) if slot.name not in self.bound]

    def not_bound(self, value: Value) -> Failure:
        """The error of an object that no parameter takes."""
        return self.error(
            "InputObjectNotBound",
            "The input object cannot be bound to any parameters for the command either because the command does not "
            "take pipeline input or the input and its properties do not match any of the parameters that take "
            "pipeline input.",
            "",
            target=value,
        )

    # ---- errors ------------------------------------------------------------------------------------------------------

    def ambiguous(self) -> Failure:
        """The error of parameters that fit no one set."""
        return self.error(
            "AmbiguousParameterSet",
            "Parameter set cannot be resolved using the specified named parameters."
            + ("" if is_desktop() else _TOGETHER),
            "",
        )


def text_for(argument: Argument, slot: Slot) -> str | None:
    """The text that a literal is for a parameter: a number's, for a [string]; None where its value counts."""
    if argument.text and argument.name is None and slot.kind in {net.STRING, net.VERSION, STRINGS}:
        return argument.text
    return None


def together(values: list[Any]) -> Any:
    """Remaining arguments as one value: an array, or the list that is the only one of them."""
    return values[0] if len(values) == 1 and isinstance(base_of(values[0]), NetList) else Array(values)


def _written(argument: Argument, slot: Slot) -> Any:
    text = text_for(argument, slot)
    return argument.value if text is None else text


def _property(value: Value, slot: Slot) -> Any:
    for name in (slot.name, *slot.aliases):
        if value is None:
            return access.MISSING
        found = access.get_property(value, name)
        if found is not access.MISSING:
            return found
    return access.MISSING


def fits(value: Value, slot: Slot) -> bool:
    """Whether a value binds to a slot without conversion."""
    kind = slot.kind
    base = base_of(value)
    if kind is net.OBJECT:
        return True
    if base is None:
        return not kind.is_value and kind is not net.STRING
    own = type_of(base)
    if own.is_assignable_to(kind):
        return True
    element = kind.element
    if element is None:
        return False
    if isinstance(base, NetList):
        return own.element is not None and (element is net.OBJECT or all(_is(item, element) for item in base))
    return element is net.OBJECT or own.is_assignable_to(element)


def _is(value: Value, kind: NetType) -> bool:
    base = base_of(value)
    return base is not None and type_of(base).is_assignable_to(kind)


def _label(name: str, keys: set[str]) -> str:
    """A parameter's name with & before its key: the first capital that is none yet, else the first letter."""
    for candidates in ([c for c in name if c.isupper()], list(name)):
        for letter in candidates:
            if letter.upper() not in keys:
                keys.add(letter.upper())
                return name.replace(letter, "&" + letter, 1)
    return name
