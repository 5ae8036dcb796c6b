"""Undoing a run: the entries that it added go, those that it removed come back, and others' later changes are kept. Pure.

What a run changed is taken from its journal: the script read the list before and after its write, and named what had come
('+') and what had gone ('-'). That is also right where the directory's classes merged an entry into a wider one.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from uuid import UUID

from jcad.directory import SecuredObject
from jcad.model import RunRecord, Sid, Status, StepRecord
from jcad.model.descriptor import Ace, SecurityDescriptor
from jcad.plan import Action, Change, Finding, FindingKind, Identity, ObjectRef, Plan, Target
from jcad.prepare.rules import Rule, explicit_rules, rules_of

UNDO = "prepare undo"
_WAVE = 3
_DONE = frozenset({Status.CHANGED, Status.FAILED})
_KEPT = {
    "create container": "it was created by the run; remove it by hand if nothing is in it",
    "create group": "it was created by the run; remove it by hand if nobody uses it",
    "create account": "it was created by the run; disable or remove it by hand",
    "allow logon": "it stays in Remote Management Users; remove it there by hand",
    "update account": "it stays as the run has set it",
    "reset password": "its password stays the new one",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Touched:
    """What a run did to the permissions of one object, and what the object is like now (None: it is gone)."""

    action: Action
    guid: UUID
    added: frozenset[Rule]
    removed: frozenset[Rule]
    now: SecuredObject | None = None


def touched_by(plan: Plan, record: RunRecord, sids: Mapping[str, Sid]) -> list[Touched]:
    """What a run changed of permissions. `sids` are those of the accounts that it created, by the action's id."""
    found = []
    for action in plan.actions:
        step = record.steps.get(action.id)
        if action.kind != "update permissions" or step is None or step.outcome is None:
            continue
        guid = step.outcome.guid or (UUID(action.object.value) if action.object.by == "guid" else None)
        if step.outcome.status in _DONE and guid is not None:
            added, removed = _changed(action, step, sids)
            found.append(Touched(action=action, guid=guid, added=added, removed=removed))
    return found


def _changed(action: Action, step: StepRecord, sids: Mapping[str, Sid]) -> tuple[frozenset[Rule], frozenset[Rule]]:
    """What came and what went, as the script saw it; where its answer was lost, as it was planned."""
    outcome = step.outcome
    done = outcome.done if outcome is not None else ()
    if done:
        added = frozenset(Rule.parse(line[1:]) for line in done if line.startswith("+"))
        return added, frozenset(Rule.parse(line[1:]) for line in done if line.startswith("-"))
    if outcome is None or outcome.status is not Status.CHANGED:
        return frozenset(), frozenset()
    count = sum(change.new is not None for change in action.changes)
    rules = rules_of(action, sids)
    return frozenset(rules[:count]), frozenset(rules[count:])


def plan_undo(
    made_for: Identity, run: RunRecord, done: Plan, touched: list[Touched], words: Mapping[Rule, str]
) -> Plan:
    """What is to be done so that nothing is left of a run's changes of permissions. `words` name rules for people."""
    actions, findings = [], list(_kept(done, run))
    for number, one in enumerate(touched, 1):
        if one.now is None or one.now.descriptor is None:
            reason = "it is gone" if one.now is None else "its permissions cannot be read"
            findings.append(_finding(FindingKind.MISSING, one.action.name, "cannot-undo", reason))
            continue
        there = explicit_rules(_aces(one.now.descriptor))
        for rule in sorted(one.added - there, key=lambda rule: rule.key):
            reason = f"what the run added is not there any more, or was changed since: {words.get(rule, rule.trustee)}"
            findings.append(_finding(FindingKind.REPORTED, one.action.name, "gone-since", reason))
        for rule in sorted(one.removed & there, key=lambda rule: rule.key):
            reason = f"what the run removed is there again: {words.get(rule, rule.trustee)}"
            findings.append(_finding(FindingKind.REPORTED, one.action.name, "there-again", reason))
        back = sorted(one.added & there, key=lambda rule: rule.key)
        restored = sorted(one.removed - there, key=lambda rule: rule.key)
        if back or restored:
            actions.append(_undoing(number, one, (back, restored), words, run))
    return Plan.make(UNDO, made_for, actions, findings, {})


def _undoing(
    number: int, one: Touched, rules: tuple[list[Rule], list[Rule]], words: Mapping[Rule, str], run: RunRecord
) -> Action:
    back, restored = rules
    changes = [Change("access", None, words.get(rule, rule.trustee)) for rule in restored]
    changes += [Change("access", words.get(rule, rule.trustee), None) for rule in back]
    return Action(
        id=f"permissions:{number}",
        kind="update permissions",
        target=Target.DIRECTORY,
        object=ObjectRef.guid(one.guid),
        name=str(one.now.dn) if one.now else one.action.name,
        wave=_WAVE,
        executor="set-permissions",
        changes=tuple(changes),
        expected={"descriptor": saved(one.now)},
        item={
            "add": tuple(rule.item(f"run {run.id} removed it") for rule in restored),
            "remove": tuple(rule.item(f"run {run.id} added it") for rule in back),
        },
        reason=f"it undoes what run {run.id} of {run.started_at} did here",
    )


def saved(found: SecuredObject | None) -> str | None:
    """A descriptor as a plan holds it: what a change is planned from, kept in the journal before anything is written."""
    return base64.b64encode(found.descriptor).decode("ascii") if found is not None and found.descriptor else None


def _kept(done: Plan, run: RunRecord) -> Iterator[Finding]:
    """What the run did beside permissions, which stays."""
    for action in done.actions:
        step = run.steps.get(action.id)
        changed = step is not None and step.outcome is not None and step.outcome.status is Status.CHANGED
        if changed and action.kind in _KEPT:
            yield _finding(FindingKind.REPORTED, action.name, "kept", _KEPT[action.kind], action.noun)


def _finding(kind: FindingKind, name: str, rule: str, reason: str, noun: str = "permissions") -> Finding:
    return Finding(kind=kind, noun=noun, name=name, rule=rule, reason=reason)


def _aces(raw: bytes) -> tuple[Ace, ...]:
    descriptor = SecurityDescriptor.parse(raw)
    return descriptor.dacl.aces if descriptor.dacl else ()
