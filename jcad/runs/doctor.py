"""`jcad doctor connect`: what one run needs of each server, tried step by step, so that the first failure is told by name.

Changes nothing in either directory. An account that is refused is tried once, and remembered as in every run.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from jcad.errors import AuthenticationFailed, JcadError, NotChecked

Check = tuple[str, Callable[[], str]]
"""A step's name, and what carries it out: it gives what was found, and raises JcadError where it fails."""


class StepStatus(StrEnum):
    """How a step ended. What was not checked is no pass."""

    OK = "ok"
    FAILED = "failed"
    NOT_CHECKED = "not checked"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step: the part that it belongs to, what was found, and what to do about it."""

    part: str
    name: str
    status: StepStatus
    detail: str
    remedy: str = ""


def carry_out(part: str, checks: Sequence[Check]) -> Iterator[Step]:
    """One step after the other; what comes behind one that did not end well is not checked."""
    broken = ""
    for name, check in checks:
        if broken:
            yield Step(part=part, name=name, status=StepStatus.NOT_CHECKED, detail=f"'{broken}' comes first")
            continue
        step = _one(part, name, check)
        if step.status is not StepStatus.OK:
            broken = name
        yield step


def _one(part: str, name: str, check: Callable[[], str]) -> Step:
    try:
        return Step(part=part, name=name, status=StepStatus.OK, detail=check())
    except JcadError as error:
        untried = isinstance(error, AuthenticationFailed) and error.code == NOT_TRIED
        status = StepStatus.NOT_CHECKED if untried or isinstance(error, NotChecked) else StepStatus.FAILED
        return Step(part=part, name=name, status=status, detail=error.message, remedy=error.hint or "")


NOT_TRIED = "not tried"
"""The code of a refusal that is remembered: the account was not tried again."""
