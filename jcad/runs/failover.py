"""Going on with a run on another domain controller: nothing is created until that one shows what was created before.

Two domain controllers agree only after a while; an account that one of them has made would be made a second time on the
other (rules.md "Matching and linking"). Reads the directory.
"""

from __future__ import annotations

from collections.abc import Iterable

from jcad.directory import DirectoryReader
from jcad.errors import GuardStopped
from jcad.model import RunRecord, StepRecord
from jcad.plan import Action, Plan, Verifier


def require_replicated(plan: Plan, record: RunRecord, directory: DirectoryReader, verifier: Verifier) -> None:
    """Raise GuardStopped when this domain controller lacks a create that the run began on another one."""
    if directory.dc.name.casefold() == plan.made_for.dc.casefold():
        return
    if lacking := list(_lacking(plan, record, directory, verifier)):
        shown = ", ".join(action.name for action in lacking[:5]) + (", ..." if len(lacking) > 5 else "")
        raise GuardStopped(
            f"Run {record.id} began on {plan.made_for.dc}; {directory.dc.name} does not show {len(lacking)} of the objects that "
            f"it began to create there: {shown}. Nothing was written.",
            hint=f"Wait until they are replicated, or let `servers` in jcad.toml begin with {plan.made_for.dc}.",
        )


def _lacking(plan: Plan, record: RunRecord, directory: DirectoryReader, verifier: Verifier) -> Iterable[Action]:
    begun = [
        (action, step)
        for action in plan.actions
        if action.verb == "create" and (step := record.steps.get(action.id)) is not None and _may_exist(step)
    ]
    known = directory.by_guid(step.outcome.guid for _, step in begun if step.outcome and step.outcome.guid)
    for action, step in begun:
        guid = step.outcome.guid if step.outcome else None
        if guid is not None and guid in known:
            continue
        if guid is None and step.intended_at and verifier.find_created(action, step.intended_at):
            continue
        yield action


def _may_exist(step: StepRecord) -> bool:
    """Whether the object may have been made: it was, or nobody knows."""
    return step.outcome is None or step.outcome.guid is not None
