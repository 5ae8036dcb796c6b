"""The plan of a prepared domain: desired and actual state in, actions and findings out. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from jcad.plan import Identity, Plan
from jcad.prepare.desired import Desired
from jcad.prepare.logon import plan_logon
from jcad.prepare.objects import Draft, plan_accounts, plan_containers, plan_groups
from jcad.prepare.state import Actual

FEATURE = "prepare"


@dataclass(frozen=True, slots=True, kw_only=True)
class PrepareOptions:
    """What the command line says: `prune` removes extra entries of our trustees; `new_passwords` are account names."""

    prune: bool = False
    new_passwords: frozenset[str] = frozenset()


def plan_preparation(desired: Desired, actual: Actual, options: PrepareOptions) -> Plan:
    """What is to be done so that the domain is as desired, and what was found beside it."""
    draft = Draft(
        desired=desired,
        actual=actual,
        new_passwords=frozenset(name.casefold() for name in options.new_passwords),
    )
    plan_containers(draft)
    plan_groups(draft)
    plan_accounts(draft)
    plan_logon(draft)
    return Plan.make(FEATURE, identity(actual), draft.actions, draft.findings, {})


def identity(actual: Actual) -> Identity:
    """What a plan was made for. A domain is prepared before JumpCloud knows it, so there is no organisation."""
    return Identity(
        organisation="", instance="", domain_sid=str(actual.domain_sid), domain=str(actual.domain), dc=actual.dc
    )
