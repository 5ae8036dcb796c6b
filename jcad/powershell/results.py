"""Reading what a script says about its items. Pure.

A line is one JSON object: `{"id", "status", "done", "guid", "reason", "error": {"id", "category", "type", "code",
"message"}}`; `reason` and `message` carry the marker. A script's output is outside text: it is bounded and checked.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from jcad.errors import ScriptError
from jcad.model.outcome import ItemError, ItemOutcome, Status
from jcad.model.script import Script
from jcad.powershell.batch import MARKER
from jcad.powershell.hints import hint_for, win32_code

_LONGEST_LINE = 1_000_000
_LONGEST_TEXT = 2_000
_SHOWN = 120


Hint = Callable[[Script, str, str, str, int | None], str | None]
"""What to do about an error of a script: by its id, category, exception type and Win32 code."""


def read_outcome(script: Script, line: str) -> ItemOutcome:
    """One line of a script's output as an outcome, with a hint for its error. Raises ScriptError for any other line."""
    with result_expected(script, line):
        return outcome_of(script, json_object(line, _LONGEST_LINE), _directory_hint)


def outcome_of(script: Script, told: Mapping[str, Any], hint: Hint) -> ItemOutcome:
    """A line that was read as an outcome. Raises KeyError, TypeError or ValueError for what is none."""
    guid = told.get("guid")
    return ItemOutcome(
        id=_text(told["id"]),
        status=_status(told["status"]),
        done=tuple(_text(step) for step in told.get("done") or ()),
        guid=None if guid is None else UUID(_text(guid)),
        reason=_marked(told.get("reason")),
        error=_error(script, told.get("error"), hint),
    )


@contextmanager
def result_expected(script: Script, line: str) -> Iterator[None]:
    """Turn whatever is wrong with a line into a ScriptError that shows its beginning."""
    try:
        yield
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise ScriptError(
            f"{script.name} said something that is not a result: {_shown(line)}",
            hint="the items that were not reported are read back; if it happens again, look at the host's profile and modules",
        ) from error


def json_object(line: str, longest: int) -> Mapping[str, Any]:
    """The object that a line is, of at most `longest` characters. Raises ValueError or TypeError for any other."""
    if len(line) > longest:
        raise ValueError("too long")
    told = json.loads(line)
    if not isinstance(told, dict):
        raise TypeError
    return told


def _directory_hint(script: Script, error_id: str, category: str, kind: str, code: int | None) -> str | None:
    return hint_for(script, error_id=error_id, category=category, kind=kind, code=code)


def _status(value: Any) -> Status:
    status = Status(value)
    if status is Status.UNKNOWN:
        raise ValueError("no script says unknown")
    return status


def _error(script: Script, told: Any, hint: Hint) -> ItemError | None:
    if told is None:
        return None
    error_id, category = _text(told["id"]), _text(told.get("category") or "")
    kind, code = _text(told.get("type") or ""), told.get("code")
    if code is not None and (not isinstance(code, int) or isinstance(code, bool)):
        raise TypeError
    number = win32_code(error_id, code)
    return ItemError(
        id=error_id,
        category=category,
        type=kind,
        code=number,
        message=_marked(told.get("message")) or "",
        hint=hint(script, error_id, category, kind, number),
    )


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value[:_LONGEST_TEXT]


def _marked(value: Any) -> str | None:
    if value is None:
        return None
    if not isinstance(value, str) or not value.startswith(MARKER):
        raise ValueError("a text without its marker")
    return value[len(MARKER) :][:_LONGEST_TEXT]


def _shown(line: str) -> str:
    plain = "".join(char if char.isprintable() else "?" for char in line[:_SHOWN])
    return repr(plain) if len(line) <= _SHOWN else f"{plain!r}... ({len(line)} characters)"
