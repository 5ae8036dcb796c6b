"""The plan of a call: which argument goes to which parameter, found by binding a call site once and followed ever after.

A plan holds for one table. It is made only where no argument's value has a say, but by its type where several parameters
could take a position: not for remaining arguments, delayed script blocks or defaults. Values are converted and checked
each time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from jcad.lab.powershell.evaluate.binder import NO_VALUE, Argument, text_for
from jcad.lab.powershell.values import AUTOMATION_NULL

if TYPE_CHECKING:
    from jcad.lab.powershell.binding import Slot, Table
    from jcad.lab.powershell.evaluate.binder import Binder


class Plan(NamedTuple):
    """How arguments are bound.

    `steps`: (parameter, its name, number of the value or None for a switch that is on, text that stands for it); `rest`
    the parameter that takes the remaining arguments, with their numbers and texts. `delayable` are the numbers of the
    values that would be run for each piped object, were they script blocks; `guards` the Python classes that some values
    must be of for the plan to hold.
    """

    table: Table
    steps: tuple[tuple[Slot, str, int | None, str | None], ...]
    rest: tuple[Slot, tuple[tuple[int, str | None], ...]] | None
    delayable: tuple[int, ...]
    guards: tuple[tuple[int, type], ...]
    set_name: str
    valid: list[str]
    has_common: bool
    taker: Slot | None = None
    """The one parameter that takes whatever is piped in, once an object has shown that."""


class CallSite:
    """One call in a script: the names and texts of its arguments, which never change, and the plan that was found."""

    __slots__ = ("plan", "words")

    def __init__(self, words: list[tuple[str | None, str]]) -> None:
        self.words = words
        self.plan: Plan | None = None

    def arguments(self, values: list[Any]) -> list[Argument]:
        """The call's arguments with these values."""
        return [
            Argument(None if name is None and value is AUTOMATION_NULL else value, name, text)
            for value, (name, text) in zip(values, self.words, strict=True)
        ]

    def take(self, table: Table, taker: Slot | None) -> None:
        """Keep which parameter takes what is piped in."""
        plan = self.plan  # another runspace may put its own here meanwhile
        if plan is not None and plan.table is table:
            self.plan = plan._replace(taker=taker)

    def learn(self, binder: Binder, arguments: list[Argument], bound: list[tuple[Slot, Argument]]) -> None:
        """Keep how these arguments were bound."""
        places = {id(argument): place for place, argument in enumerate(arguments)}
        taken = [*(argument for _, argument in bound), *(binder.gathered[1] if binder.gathered else ())]
        if not all(id(argument) in places for argument in taken):
            return  # behind `--` stand others in their place
        steps: list[tuple[Slot, str, int | None, str | None]] = []
        for slot, argument in bound:
            alone = argument.value is NO_VALUE
            steps.append((slot, slot.name, None if alone else places[id(argument)], text_for(argument, slot)))
        rest = None
        if binder.gathered is not None:
            taker, gathered = binder.gathered
            rest = taker, tuple((places[id(one)], text_for(one, taker)) for one in gathered)
        self.plan = Plan(
            binder.table,
            tuple(steps),
            rest,
            tuple(place for slot, _, place, _ in steps if place is not None and slot.delayable and not slot.common),
            tuple((places[id(one)], type(one.value)) for one in binder.guards),
            binder.set_name,
            binder.valid,
            any(slot.common for slot, *_ in steps),
        )
