"""What is remembered between runs: pairs, members seen, runs and their steps. Plain values; the store keeps them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from uuid import UUID

from jcad.model.agents import AgentKind, Installation
from jcad.model.outcome import ItemOutcome


class LinkKind(StrEnum):
    """Whether a pair is of users or of groups."""

    USER = "user"
    GROUP = "group"


class Origin(StrEnum):
    """How a pair came to be."""

    CREATED = "created"
    LINKED = "linked"


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A pair that is remembered: a JumpCloud id and an objectGUID. `name` is the name at the last look, for people.

    `disabled_here` says that jcad itself disabled the AD account, so that `reenable` may enable it; `unfinished` that its
    creation stopped half-way, so that a later run finishes it.
    """

    kind: LinkKind
    cloud_id: str
    guid: UUID
    name: str = ""
    origin: Origin = Origin.LINKED
    disabled_here: bool = False
    unfinished: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """What earlier runs left: the pairs by JumpCloud id, and per group the user ids that were seen as its members there.

    `managed_before` says that a run was applied for this domain: no links at all are then a sign of a lost store.
    """

    links: Mapping[str, Link] = field(default_factory=dict)
    seen: Mapping[str, frozenset[str]] = field(default_factory=dict)
    managed_before: bool = False


@dataclass(frozen=True, slots=True)
class Remember:
    """Keep a pair, in place of any of the same JumpCloud id."""

    link: Link


@dataclass(frozen=True, slots=True)
class Forget:
    """Drop a pair; the objects stay."""

    cloud_id: str


@dataclass(frozen=True, slots=True)
class Saw:
    """Remember that these users were seen as members of a group in JumpCloud."""

    group: str
    users: frozenset[str]


@dataclass(frozen=True, slots=True)
class Unsaw:
    """No longer remember them: they are gone there, and their removal here is done."""

    group: str
    users: frozenset[str]


@dataclass(frozen=True, slots=True)
class Spent:
    """Count an action of an unattended run towards limits that hold over a time. `scope` is the object that it counts within."""

    action: str
    guards: tuple[str, ...]
    scope: str = ""


@dataclass(frozen=True, slots=True)
class Installed:
    """Remember an agent's installation, in place of any of the same host and kind."""

    installation: Installation


@dataclass(frozen=True, slots=True)
class Uninstalled:
    """Forget an agent's installation: it is gone from its host."""

    host: str
    kind: AgentKind


@dataclass(frozen=True, slots=True)
class KeyMade:
    """Remember the record that a connect key was made for, until its agent is installed or the record deleted; no key."""

    record: str
    host: str
    kind: AgentKind


@dataclass(frozen=True, slots=True)
class KeyGone:
    """Forget a record that a connect key was made for: an agent has used it, or it is deleted."""

    record: str


Effect = Remember | Forget | Saw | Unsaw | Spent | Installed | Uninstalled | KeyMade | KeyGone
"""What the store remembers because of an outcome."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One outcome for the journal: with the verdict of reading it back ("" before that), and what it makes remembered."""

    outcome: ItemOutcome
    verdict: str = ""
    effects: Sequence[Effect] = ()


class RunStatus(StrEnum):
    """How a run stands."""

    RUNNING = "running"
    FINISHED = "finished"
    INTERRUPTED = "interrupted"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class StepRecord:
    """One action of a run in the journal: when it was intended (RFC 3339, UTC), and what became of it."""

    action: str
    intended_at: str | None = None
    outcome: ItemOutcome | None = None
    verdict: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRecord:
    """A run in the journal. `plan` is the plan's canonical JSON; times are RFC 3339, UTC."""

    id: str
    feature: str
    digest: str
    plan: str = field(repr=False)
    status: RunStatus
    started_at: str
    finished_at: str | None = None
    operator: str = ""
    steps: Mapping[str, StepRecord] = field(default_factory=dict)
