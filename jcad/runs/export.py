"""A plan as one PowerShell file for a host without remoting: which script gets what, in the order of the waves. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from itertools import groupby
from uuid import UUID

from jcad.errors import PlanError
from jcad.model import forbidden_parts
from jcad.plan import Action, ObjectRef, Plan, Ready, Target, Value, digest
from jcad.powershell import Export, Exported, export_script
from jcad.runs.scripts import CREATED_BY, RANDOM, item_of, names_of


def export_plan(plan: Plan, *, maker: str) -> str:
    """The file's text. Raises PlanError where the plan holds nothing for it, ScriptError where no script can carry it."""
    mine = [action for action in plan.actions if action.target is Target.DIRECTORY]
    if not mine:
        raise PlanError(
            "The plan changes nothing in the directory, so there is no script to write.",
            hint="`jcad sync plan` shows what it holds.",
        )
    ordered = sorted(mine, key=_step)
    steps = [(name, [_exported(action) for action in group]) for (_, name), group in groupby(ordered, _step)]
    made_for = plan.made_for
    return export_script(
        Export(
            maker=maker,
            digest=digest(plan),
            server=made_for.dc,
            domain=made_for.domain,
            domain_sid=made_for.domain_sid,
            organisation=made_for.organisation,
            instance=made_for.instance,
            steps=steps,
            left_out=sorted(Counter(one.kind for one in plan.actions if one.target is not Target.DIRECTORY).items()),
        )
    )


def _step(action: Action) -> tuple[int, str]:
    """What is carried out together: apply does it in the same order."""
    return action.wave, action.executor


def _exported(action: Action) -> Exported:
    names = forbidden_parts(names_of(action)) if action.secret else ()
    if action.member is None:
        guid = UUID(action.object.value) if action.object.by == "guid" else None
        return Exported(
            id=action.id,
            kind=action.kind,
            name=action.name,
            item=item_of(Ready(action=action, guid=guid)),
            ask=action.secret not in {None, RANDOM},
            names=names,
            needs=tuple(need for need in action.needs if need == _maker(action) or _names(action.item, need)),
            made_by=_maker(action),
        )
    return Exported(
        id=action.id,
        kind=action.kind,
        name=action.name,
        group=action.scope,
        holder=_reference(action.object),
        member=_reference(action.member),
    )


def _maker(action: Action) -> str:
    """The action that creates the object of another one, if one does."""
    other = action.object.by == "created-by" and action.object.value != action.id
    return action.object.value if other else ""


def _names(value: Value, need: str) -> bool:
    """Whether an item refers to what an action creates."""
    if isinstance(value, Mapping):
        return any(_names(part, need) for part in value.values())
    if isinstance(value, tuple):
        return any(_names(part, need) for part in value)
    return value == f"{CREATED_BY}{need}"


def _reference(reference: ObjectRef) -> UUID | str:
    return UUID(reference.value) if reference.by == "guid" else reference.value
