"""What a plan reports without doing anything about it, each with its reason. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class FindingKind(StrEnum):
    """What a finding is. None of them makes a plan pending."""

    CONFLICT = "conflict"
    SKIPPED = "skipped"
    NOT_MANAGEABLE = "not manageable"
    MISSING = "missing"
    REPORTED = "reported"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One object that needs a look.

    `rule` is a stable word for programs (`email-differs`), `reason` a sentence for people. `cloud` and `directory` name the
    object on either side; `noun` is user, group or membership.
    """

    kind: FindingKind
    noun: str
    name: str
    rule: str
    reason: str
    cloud: str = ""
    directory: str = ""

    @property
    def order(self) -> tuple[str, str, str, str, str]:
        """The key by which findings of a plan are sorted."""
        return self.kind, self.noun, self.name, self.rule, self.cloud
