"""What became of an action: what the script said, and what was there when it was read back. Pure values."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from uuid import UUID

from jcad.model import ItemOutcome, Status
from jcad.plan.action import Action


class Verdict(StrEnum):
    """What reading back showed."""

    AS_PLANNED = "as planned"
    DIFFERENT = "different"
    NOT_THERE = "not there"
    NOT_READ = "not read"


Reading = Mapping[str, "str | frozenset[str] | None"]
"""What an object holds now: text by attribute; the attribute `member` holds the references of those members asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    """An action whose references are resolved. `guid` is None for what is yet to be created.

    `created` holds what the actions that it needs have created, by their ids.
    """

    action: Action
    guid: UUID | None = None
    member: UUID | None = None
    created: Mapping[str, UUID] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """One action, its outcome, and what was read back."""

    action: Action
    outcome: ItemOutcome
    verdict: Verdict = Verdict.NOT_READ
    seen: Mapping[str, str | None] = field(default_factory=dict)

    @property
    def succeeded(self) -> bool:
        """Whether the object is as planned, as far as it can be read."""
        done = self.outcome.status in {Status.CHANGED, Status.UNCHANGED}
        return done and self.verdict in {Verdict.AS_PLANNED, Verdict.NOT_READ}


@dataclass(frozen=True, slots=True, kw_only=True)
class RunReport:
    """A run as it ended. `stopped` says what ended it before its end, if anything did; `remaining` was never begun."""

    run: str
    results: tuple[Result, ...]
    remaining: tuple[Action, ...] = ()
    stopped: Exception | None = None

    @property
    def succeeded(self) -> bool:
        """Whether every action is as planned."""
        return not self.remaining and self.stopped is None and all(result.succeeded for result in self.results)

    def counts(self) -> Counter[str]:
        """How many actions ended how."""
        return count_statuses(self.results)


def count_statuses(results: Iterable[Result]) -> Counter[str]:
    """How many results there are of each status; `changed` that reads back otherwise counts as `different`."""
    return Counter(
        "different" if result.outcome.status is Status.CHANGED and not result.succeeded else result.outcome.status.value
        for result in results
    )
