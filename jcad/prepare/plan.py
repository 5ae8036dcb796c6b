"""The plan of a prepared domain: desired and actual state in, actions and findings out. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from jcad.plan import Identity, Plan
from jcad.prepare.accounts import plan_accounts
from jcad.prepare.desired import OWNER_RIGHTS, Desired
from jcad.prepare.draft import Draft
from jcad.prepare.logon import plan_logon
from jcad.prepare.objects import plan_containers, plan_groups
from jcad.prepare.obstacles import plan_obstacles
from jcad.prepare.permissions import facts_of, plan_permissions
from jcad.prepare.state import Actual
from jcad.prepare.words import Words, names_of

FEATURE = "prepare"


@dataclass(frozen=True, slots=True, kw_only=True)
class PrepareOptions:
    """What the command line says: `prune` removes extra entries of our trustees; `new_passwords` are account names."""

    prune: bool = False
    new_passwords: frozenset[str] = frozenset()


def plan_preparation(desired: Desired, actual: Actual, options: PrepareOptions) -> Plan:
    """What is to be done so that the domain is as desired, and what was found beside it."""
    words = words_of(desired, actual)
    draft = Draft(
        desired=desired,
        actual=actual,
        new_passwords=frozenset(name.casefold() for name in options.new_passwords),
    )
    plan_containers(draft)
    plan_groups(draft)
    plan_accounts(draft)
    plan_logon(draft)
    facts = facts_of(draft)
    plan_permissions(draft, facts, words, prune=options.prune)
    plan_obstacles(draft, facts)
    return Plan.make(FEATURE, identity(actual), draft.actions, draft.findings, {})


def words_of(desired: Desired, actual: Actual) -> Words:
    """Names for what entries hold: the schema's, and the service accounts'."""
    trustees = {f"created-by:create-account:{one.role}": one.sam for one in desired.accounts}
    trustees |= {str(state.user.sid): state.user.sam for state in actual.accounts.values()}
    return Words(names=names_of(actual.schema), trustees={str(OWNER_RIGHTS): "OWNER RIGHTS"} | trustees)


def identity(actual: Actual) -> Identity:
    """What a plan was made for. A domain is prepared before JumpCloud knows it, so there is no organisation."""
    return Identity(
        organisation="", instance="", domain_sid=str(actual.domain_sid), domain=str(actual.domain), dc=actual.dc
    )
