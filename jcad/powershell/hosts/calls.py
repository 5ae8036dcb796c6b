"""One call of a script for hosts, and its one line of answer. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from jcad.errors import ScriptError
from jcad.model.outcome import ItemOutcome
from jcad.model.script import Call, Script
from jcad.model.secret import Secret
from jcad.powershell.batch import LIMIT_BYTES, MARKER, identifier
from jcad.powershell.hosts.fields import Entry, Kind, check_item
from jcad.powershell.hosts.hints import host_hint
from jcad.powershell.hosts.registry import host_entry, host_script
from jcad.powershell.literals import check_text
from jcad.powershell.results import json_object, outcome_of, result_expected

LONGEST_LINE = 16_000_000
"""Characters of an answer: a log or a piece of a file may be in it."""


def host_call(name: str, item: Mapping[str, Any], secrets: Sequence[Secret] = (), *, what_if: bool = False) -> Call:
    """The call that runs a script for hosts on this item; `id` names the answer, and is the script's name if left out.

    `what_if` changes nothing there; a script that only reads has no such mode. Raises ScriptError for an item that is not
    of the script's shape, for too few or too many secrets, for a text that the wire cannot carry, and SecretInScript for a
    secret inside the item.
    """
    entry = host_entry(name)
    check_item(name, entry, item)
    if len(secrets) != entry.secrets_for(item):
        raise ScriptError(f"{name} needs {entry.secrets_for(item)} secrets for this item, and got {len(secrets)}")
    if what_if and not entry.writes:
        raise ScriptError(f"{name} only reads: it has no rehearsal")
    told = {"id": identifier(item.get("id", name)), **_fields(entry, item)}
    text = json.dumps({"count": 1, "items": [told]}, ensure_ascii=True, separators=(",", ":"))
    if len(text) > LIMIT_BYTES:
        raise ScriptError(f"the item of {name} has {len(text)} characters, more than a call may hold")
    parameters: dict[str, str | int | bool] = {"Batch": text}
    if what_if:
        parameters["WhatIf"] = True
    return Call(script=host_script(name), parameters=parameters, secrets=tuple(secrets), lines=1)


def read_host_outcome(script: Script, line: str) -> tuple[ItemOutcome, Mapping[str, Any]]:
    """A script's line as an outcome, and its `data` without the markers. Raises ScriptError for any other line."""
    with result_expected(script, line):
        told = json_object(line, LONGEST_LINE)
        found = _unmarked(told.get("data") or {})
        if not isinstance(found, dict):
            raise TypeError
        return outcome_of(script, told, host_hint), found


def _fields(entry: Entry, item: Mapping[str, Any]) -> dict[str, Any]:
    return {field.name: _value(field.kind, item.get(field.name)) for field in entry.fields}


def _value(kind: Kind, value: Any) -> Any:
    if value is None or kind in {Kind.NUMBER, Kind.TRUTH}:
        return value
    if kind is Kind.TEXT:
        return _marked(value)
    if kind is Kind.TEXTS:
        return [_marked(one) for one in value]
    return [{"name": _marked(key), "value": _marked(text)} for key, text in value.items()]


def _marked(text: str | None) -> str | None:
    if text is None:
        return None
    check_text(text)
    return MARKER + text


def _unmarked(value: Any) -> Any:
    if isinstance(value, str):
        if not value.startswith(MARKER):
            raise ValueError("a text without its marker")
        return value[len(MARKER) :]
    if isinstance(value, dict):
        return {key: _unmarked(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_unmarked(one) for one in value]
    return value
