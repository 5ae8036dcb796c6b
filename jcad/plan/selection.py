"""A part of a plan: only these, all but those, the first so many. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from fnmatch import fnmatchcase

from jcad.errors import PlanError
from jcad.plan.action import Action
from jcad.plan.plan import Plan


def select(plan: Plan, *, only: Sequence[str] = (), without: Sequence[str] = (), limit: int | None = None) -> Plan:
    """Keep the actions that `only` names and `without` does not, at most `limit` of them, with all that they need.

    A word is a kind (`create user`), a verb (`create`), an object's name, an action's id, or a pattern with `*`. Case is ignored.
    Raises PlanError for a word of `only` that matches nothing: a typing mistake must not look like "nothing to do".
    """
    chosen = [action for action in plan.actions if not only or _matches(action, only)]
    for word in only:
        if plan.actions and not any(_matches(action, [word]) for action in plan.actions):
            kinds = ", ".join(sorted(plan.counts()))
            raise PlanError(
                f"nothing in the plan matches {word!r}", hint=f"Kinds in this plan: {kinds}; or name an object."
            )
    chosen = [action for action in chosen if not _matches(action, without)]
    if limit is not None:
        chosen = chosen[:limit]
    kept = _with_needs(plan, chosen, without)
    return Plan(plan.feature, plan.made_for, kept, plan.findings, plan.population)


def leave_out(plan: Plan, actions: AbstractSet[str]) -> Plan:
    """The plan without the actions of these ids, and without what needs one of them."""
    if not actions:
        return plan
    kept: set[str] = set()
    for action in sorted(plan.actions, key=lambda one: one.wave):
        if action.id not in actions and all(need in kept or need not in plan.by_id for need in action.needs):
            kept.add(action.id)
    remaining = tuple(action for action in plan.actions if action.id in kept)
    return Plan(plan.feature, plan.made_for, remaining, plan.findings, plan.population)


def _matches(action: Action, words: Iterable[str]) -> bool:
    faces = {action.kind, action.verb, action.noun, action.name, action.id, action.scope}
    folded = {face.casefold() for face in faces if face}
    return any(
        word.casefold() in folded or ("*" in word and any(fnmatchcase(face, word.casefold()) for face in folded))
        for word in words
    )


def _with_needs(plan: Plan, chosen: Iterable[Action], without: Sequence[str]) -> tuple[Action, ...]:
    """Add what the chosen ones need, and drop those whose need was excluded."""
    kept: dict[str, Action] = {}

    def keep(action: Action) -> bool:
        if action.id in kept:
            return True
        needed = [plan.by_id[need] for need in action.needs if need in plan.by_id]
        if any(_matches(need, without) for need in needed) or not all(keep(need) for need in needed):
            return False
        kept[action.id] = action
        return True

    for action in chosen:
        keep(action)
    return tuple(action for action in plan.actions if action.id in kept)
