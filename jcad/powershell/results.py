"""Reading what a script says about its items. Pure."""

from __future__ import annotations

from jcad.model.outcome import ItemOutcome
from jcad.model.script import Script


def read_outcome(script: Script, line: str) -> ItemOutcome:
    """One line of a script's output as an outcome, with a hint for its error. Raises ScriptError for any other line."""
    raise NotImplementedError
