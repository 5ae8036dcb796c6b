"""Plans as JSON documents and back. Pure; reading refuses what it does not know."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import fields
from hashlib import sha256
from typing import Any

from jcad.errors import PlanError
from jcad.plan.action import Action, Change, ObjectRef, Target, Value
from jcad.plan.finding import Finding, FindingKind
from jcad.plan.plan import Identity, Plan

FORMAT = 1
SCHEMA = "jcad.plan/1"


def canonical_json(plan: Plan) -> str:
    """Spell the plan in the one way that its digest is over: sorted keys, no spaces, no times."""
    return json.dumps(plan_document(plan), sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def digest(plan: Plan) -> str:
    """SHA-256 over the canonical JSON, as hexadecimal text: what a review was about."""
    return sha256(canonical_json(plan).encode("utf-8", "surrogatepass")).hexdigest()


def write_plan(plan: Plan) -> str:
    """The plan as a file holds it: readable JSON, with its digest."""
    return json.dumps({**plan_document(plan), "digest": digest(plan)}, indent=2, ensure_ascii=False) + "\n"


def plan_document(plan: Plan) -> dict[str, Any]:
    """The plan as a JSON document, without its digest."""
    return {
        "schema": SCHEMA,
        "format": FORMAT,
        "feature": plan.feature,
        "made_for": {name.name: getattr(plan.made_for, name.name) for name in fields(plan.made_for)},
        "actions": [_action_document(action) for action in plan.actions],
        "findings": [_plain(finding) for finding in plan.findings],
        "population": dict(plan.population),
    }


def read_plan(text: str, *, source: str = "the plan") -> Plan:
    """Read a plan from its JSON. Raises PlanError for anything else, and for one that was changed after it was written."""
    document = _document(text, source)
    try:
        plan = Plan.make(
            document["feature"],
            Identity(**document["made_for"]),
            [_read_action(action) for action in document["actions"]],
            [Finding(**{**finding, "kind": FindingKind(finding["kind"])}) for finding in document["findings"]],
            {str(name): int(count) for name, count in document["population"].items()},
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise PlanError(f"{source} is not a jcad plan: {error!r}", hint="Make it anew with --out.") from error
    if document.get("digest", actual := digest(plan)) != actual:
        raise PlanError(
            f"{source} was changed after it was written: its digest is {str(document['digest'])[:12]}, "
            f"its content gives {actual[:12]}. Nothing was written.",
            hint="Make the plan anew, review it, and apply that one.",
        )
    return plan


def _document(text: str, source: str) -> dict[str, Any]:
    try:
        document = json.loads(text)
    except ValueError as error:
        raise PlanError(f"{source} is not JSON: {error}", hint="Make it anew with --out.") from error
    if not isinstance(document, dict) or document.get("schema") != SCHEMA:
        found = document.get("schema") if isinstance(document, dict) else type(document).__name__
        raise PlanError(f"{source} is not a jcad plan (schema {found!r}, wanted {SCHEMA!r})")
    if document.get("format") != FORMAT:
        raise PlanError(
            f"{source} has plan format {document.get('format')}, this jcad reads {FORMAT}",
            hint="Make it anew with --out.",
        )
    return document


def _plain(value: Any) -> dict[str, Any]:
    return {name.name: getattr(value, name.name) for name in fields(value)}


def _action_document(action: Action) -> dict[str, Any]:
    document = _plain(action)
    document["object"] = _plain(action.object)
    document["member"] = _plain(action.member) if action.member else None
    document["changes"] = [[change.attribute, change.old, change.new] for change in action.changes]
    for name in ("expected", "item"):
        document[name] = _thaw(document[name])
    document["inverse"] = _thaw(action.inverse) if action.inverse is not None else None
    return {name: value for name, value in document.items() if value not in (None, "", (), [], {})}


def _thaw(value: Value) -> Any:
    if isinstance(value, Mapping):
        return {key: _thaw(part) for key, part in value.items()}
    return [_thaw(part) for part in value] if isinstance(value, tuple) else value


def _freeze(value: Any) -> Value:
    if isinstance(value, dict):
        return {str(key): _freeze(part) for key, part in value.items()}
    if isinstance(value, list):
        return tuple(_freeze(part) for part in value)
    if value is None or isinstance(value, str | int | bool):
        return value
    raise TypeError(f"{value!r} has no place in a plan")


def _read_action(document: dict[str, Any]) -> Action:
    given = dict(document)
    given["target"] = Target(given["target"])
    given["object"] = ObjectRef(**given["object"])
    given["member"] = ObjectRef(**given["member"]) if "member" in given else None
    given["changes"] = tuple(Change(*change) for change in given.get("changes", ()))
    for name in ("needs", "guards"):
        given[name] = tuple(given.get(name, ()))
    for name in ("expected", "item", "inverse"):
        if name in given:
            given[name] = _freeze(given[name])
    return Action(**given)
