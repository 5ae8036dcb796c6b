"""What was decided about one user or group, and why: the one source of plan and explanation. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from jcad.plan import Action, Finding, FindingKind, ObjectRef


class Match(StrEnum):
    """How an object of JumpCloud stands to Active Directory."""

    REMEMBERED = "remembered pair"
    TAKEN_OVER = "taken over"
    LINKED = "linked by name"
    CREATED = "to be created"
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """One user's or group's fate. `reference` is its AD object, for memberships; None where there will be none.

    `rule` is a stable word, `reason` a sentence for people.
    """

    noun: str
    cloud_id: str
    name: str
    match: Match
    rule: str
    reason: str
    guid: UUID | None = None
    reference: ObjectRef | None = None
    actions: tuple[Action, ...] = ()
    findings: tuple[Finding, ...] = ()

    @property
    def creates(self) -> str | None:
        """The id of the action that creates its AD object, if one does."""
        return self.reference.value if self.reference is not None and self.reference.by == "created-by" else None


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why an object is not synced: a finding in the making."""

    kind: FindingKind
    rule: str
    reason: str
    directory: str = ""


def refused(noun: str, cloud_id: str, name: str, refusal: Refusal) -> Decision:
    """Nothing is written; the reason is reported."""
    finding = Finding(
        kind=refusal.kind,
        noun=noun,
        name=name,
        rule=refusal.rule,
        reason=refusal.reason,
        cloud=cloud_id,
        directory=refusal.directory,
    )
    return Decision(
        noun=noun,
        cloud_id=cloud_id,
        name=name,
        match=Match.NONE,
        rule=refusal.rule,
        reason=refusal.reason,
        findings=(finding,),
    )
