"""A plan in the making: what is to be done and what was found so far. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field

from jcad.model import DistinguishedName, Sid
from jcad.plan import Action, Finding, FindingKind
from jcad.prepare.desired import Delegation, Desired
from jcad.prepare.state import Actual

CONTAINER_WAVE, OBJECT_WAVE, ACCOUNT_WAVE, PERMISSION_WAVE, SECRET_WAVE = range(5)


@dataclass(kw_only=True)
class Draft:
    """A plan in the making: what is to be done and what was found; where what is missing will come from.

    `made_by` are the actions that create what is not there yet, by distinguished name and by account name (lower case);
    `unusable` are accounts that nothing is granted to.
    """

    desired: Desired
    actual: Actual
    new_passwords: frozenset[str] = frozenset()
    actions: list[Action] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    containers: dict[DistinguishedName, str] = field(default_factory=dict)
    accounts: dict[str, str] = field(default_factory=dict)
    unusable: set[str] = field(default_factory=set)

    def find(self, kind: FindingKind, noun: str, name: str, rule: str, reason: str, directory: str = "") -> None:
        """Add a finding."""
        self.findings.append(Finding(kind=kind, noun=noun, name=name, rule=rule, reason=reason, directory=directory))

    def has(self, container: DistinguishedName) -> bool:
        """Whether a container is there, or will be."""
        return container in self.actual.objects or container in self.containers

    def needs(self, container: DistinguishedName) -> tuple[str, ...]:
        """What must be done before something can be put into a container."""
        return (self.containers[container],) if container in self.containers else ()

    def sid_of(self, delegation: Delegation) -> Sid:
        """The SID of the account of a delegation; where it is not there yet, one that nobody has."""
        state = self.actual.accounts.get(delegation.account.casefold())
        return state.user.sid if state else self.actual.domain_sid.child(0)
