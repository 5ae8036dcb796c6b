"""The interpreter's answer to a script, in the form in which a real engine's answers were recorded.

`answer(script)` runs a script in a fresh runspace: its output with types, errors by id, category and exception, the texts of
the other streams. A script that the lab declines is answered `{"refused": "<what>"}`, a failure of the lab itself
`{"crashed": "<why>"}`. No I/O.
"""

from __future__ import annotations

import decimal
import json
import traceback
from typing import TYPE_CHECKING, Any, Final

from jcad.errors import LabError, LabUnsupported
from jcad.lab.powershell.editions import CORE
from jcad.lab.powershell.engine import Engine
from jcad.lab.powershell.errors import ErrorRecord
from jcad.lab.powershell.formatting.numbers import number_text
from jcad.lab.powershell.objects import member_value, net_text, to_text, unroll
from jcad.lab.powershell.syntax import ParseError, parse_script
from jcad.lab.powershell.values import (
    AUTOMATION_NULL,
    Char,
    DateTime,
    Dictionary,
    Hashtable,
    PSCustomObject,
    PSObject,
    pstypenames,
    type_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from jcad.lab.powershell.values import Value

_DEPTH: Final = 24


class Recorder:
    """A sink that keeps everything, encoded at once: a value may change after it was written."""

    def __init__(self) -> None:
        self.outputs: list[Any] = []
        self.errors: list[Any] = []
        self.warnings: list[str] = []
        self.verbose_texts: list[str] = []
        self.debug_texts: list[str] = []
        self.informations: list[str] = []
        self.values: list[Any] = []

    def output(self, value: Any) -> None:
        """Keep one object of the output."""
        self.values.append(value)

    def error(self, record: Any) -> None:
        """Keep an error."""
        self.errors.append(record)

    def warning(self, message: str) -> None:
        """Keep a warning."""
        self.warnings.append(message)

    def verbose(self, message: str) -> None:
        """Keep a verbose message."""
        self.verbose_texts.append(message)

    def debug(self, message: str) -> None:
        """Keep a debug message."""
        self.debug_texts.append(message)

    def information(self, record: Any) -> None:
        """Keep an information record's text."""
        self.informations.append(to_text(getattr(record, "message_data", record)))

    def progress(self, record: Mapping[str, Any]) -> None:
        """Progress is not part of an answer."""

    def should_exit(self, code: int) -> None:
        """Nor is the exit code."""


def read_corpus(lines: Iterable[str]) -> Iterator[tuple[str, str]]:
    """The id and the script of each line of a corpus. Raises LabError, naming the line that is none."""
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            case = json.loads(line)
            identity, script = case["id"], case["script"]
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise LabError(f"Line {number} of the corpus is not an object with id and script: {error!r}.") from None
        if not isinstance(identity, str) or not isinstance(script, str):
            raise LabError(f"Line {number} of the corpus: id and script must be texts.")
        yield identity, script


def answer(script: str, edition: str = CORE) -> dict[str, Any]:
    """Run a script in a fresh runspace and describe what came of it. Never raises.

    The recorded engine is PowerShell 7, so that is the edition unless another is asked for.
    """
    try:
        return _answer(script, edition)
    except LabUnsupported as refusal:
        return {"refused": refusal.what}
    except Exception as error:  # noqa: BLE001  - a crash is an answer, and the next script has its own runspace
        where = traceback.extract_tb(error.__traceback__)[-1]
        return {"crashed": f"{type(error).__name__}: {error} at {where.filename.rpartition('/')[2]}:{where.lineno}"}


def _answer(script: str, edition: str) -> dict[str, Any]:
    try:
        parse_script(script, seven=edition == CORE)
    except ParseError as error:
        return {"parse_errors": [error.error_id]}
    sink = Recorder()
    engine = Engine(edition=edition)
    outcome = engine.run_script(script, sink)
    from jcad.lab.powershell import runtime  # noqa: PLC0415  - texts of values may run script

    with runtime.use(engine):
        return _described(sink, outcome)


def _described(sink: Recorder, outcome: Any) -> dict[str, Any]:
    found: dict[str, Any] = {"parse_errors": []}
    if outcome.terminated is not None:
        found["terminating"] = encode_error(outcome.terminated)
    found["output"] = [encode(value) for value in sink.values]
    if sink.errors:
        found["errors"] = [encode_error(error) for error in sink.errors]
    texts = {
        "warnings": sink.warnings,
        "verbose": sink.verbose_texts,
        "debug": sink.debug_texts,
        "information": sink.informations,
    }
    found.update({name: lines for name, lines in texts.items() if lines})
    found["had_errors"] = outcome.had_errors or bool(sink.errors)
    return found


def encode_error(record: Any) -> dict[str, Any]:
    """An ErrorRecord's fields."""
    if not isinstance(record, ErrorRecord):
        return {"fqid": "", "category": "", "exception": "", "message": to_text(record)}
    return {
        "fqid": record.fqid,
        "category": record.category,
        "activity": record.activity,
        "reason": record.reason or type_of(record.exception).name,
        "target": record.target_name or to_text(record.target),
        "exception": record.exception.type_name,
        "message": record.exception.message,
    }


def encode(value: Value, depth: int = 0) -> dict[str, Any]:
    """A value as the recording writes it."""
    if value is None or value is AUTOMATION_NULL:
        return {"t": "null"}
    if type(value) is PSObject:
        return encode(value.base, depth)
    if isinstance(value, ErrorRecord):
        return {"t": type_of(value).full_name, **encode_error(value)}
    name = str(type_of(value))
    if depth > _DEPTH:
        return {"t": name, "s": "..."}
    scalar = _scalar(value)
    if scalar is not ...:
        return {"t": name, "v": scalar}
    if isinstance(value, PSCustomObject):
        return _custom(value, depth)
    if isinstance(value, Dictionary):
        return {"t": name, "entries": _entries(value, depth)}
    items = unroll(value)
    if items is not None:
        return {"t": name, "items": [encode(item, depth + 1) for item in items]}
    return {"t": name, "s": net_text(value)}


def _scalar(value: Value) -> Any:
    if isinstance(value, (str, bool)):
        return value
    if isinstance(value, Char):
        return value.text
    if isinstance(value, (int, float, decimal.Decimal)):
        return number_text(value, invariant=True)
    if isinstance(value, DateTime):
        return net_text(value, "o", invariant=True)
    return ...


def _custom(value: PSCustomObject, depth: int) -> dict[str, Any]:
    shown = [
        [member.name, encode(member_value(value, member), depth + 1)]
        for member in value.extended.values()
        if member.kind.endswith("Property")
    ]
    return {"t": "System.Management.Automation.PSCustomObject", "props": shown, "type_names": pstypenames(value)}


def _entries(value: Dictionary, depth: int) -> list[list[Any]]:
    pairs: Iterable[tuple[Any, Any]] = value.items()
    if isinstance(value, Hashtable):
        pairs = sorted(pairs, key=lambda pair: to_text(pair[0]).lower())
    return [[encode(key, depth + 1), encode(item, depth + 1)] for key, item in pairs]
