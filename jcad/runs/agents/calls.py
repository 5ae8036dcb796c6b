"""One script on one host: its call, its one line of answer, and what a failure of it means. Touches the host, by a session."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from jcad.errors import ScriptError
from jcad.model import ItemOutcome, Secret, Status
from jcad.powershell.hosts import host_call, read_host_outcome
from jcad.remoting import Session


@dataclass(frozen=True, slots=True)
class Answer:
    """What a script said: its outcome, and its facts."""

    outcome: ItemOutcome
    facts: Mapping[str, Any]

    @property
    def failed(self) -> bool:
        """Whether the script could not do what it is for, or met something else than it was told to expect."""
        return self.outcome.status in {Status.FAILED, Status.CONFLICT}

    @property
    def error_id(self) -> str:
        """The id of its error, empty where there is none."""
        return self.outcome.error.id if self.outcome.error else ""

    @property
    def why(self) -> str:
        """What it says of a failure."""
        error = self.outcome.error
        return error.message if error else self.outcome.reason or "it does not say why"


def ask(
    session: Session, name: str, item: Mapping[str, Any], secrets: Sequence[Secret] = (), *, what_if: bool = False
) -> Answer:
    """Run a script for hosts once. Raises ScriptError for any other answer than one line, and what a session raises."""
    call = host_call(name, item, secrets, what_if=what_if)
    lines = list(session.run(call))
    if len(lines) != 1:
        raise ScriptError(f"{name} gave {len(lines)} lines on {session.server}, not one")
    outcome, facts = read_host_outcome(call.script, lines[0])
    return Answer(outcome, facts)


def require(answer: Answer, name: str, host: str) -> Answer:
    """An answer that is not a failure. Raises ScriptError with the script's own words."""
    if answer.failed:
        error = answer.outcome.error
        raise ScriptError(f"{name} failed on {host}: {answer.why}", hint=error.hint if error else None)
    return answer


def named(outcome: ItemOutcome, action: str, done: Sequence[str] = ()) -> ItemOutcome:
    """A script's outcome as an action's, with the steps that the action had done before."""
    return replace(outcome, id=action, guid=None, done=(*done, *outcome.done))
