"""A new password for a service account, and every agent that uses it brought back: the plan of it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from jcad.agents.desired import Desired
from jcad.agents.state import Observed
from jcad.model import AdUser, PasswordPolicy
from jcad.model.agents import AgentKind
from jcad.plan import Plan

FEATURE = "rotation"


class Mode(StrEnum):
    """How a password is rotated: onto a second account, agent by agent, or in place with every agent stopped first."""

    SECOND_ACCOUNT = "second-account"
    SAME_ACCOUNT = "same-account"


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """One of the two accounts of a rotation: its name, its user in the directory, where its password is kept."""

    sam: str
    user: AdUser
    upn: str
    secret: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rotation:
    """What a rotation is: the agents of `kind` go from `old` to `new` (the same one in `SAME_ACCOUNT`).

    `policy` is the password policy that holds for the account, None where it could not be read. `netbios` is
    the domain's, before the account's name.
    """

    mode: Mode
    kind: AgentKind
    old: Account
    new: Account
    netbios: str
    policy: PasswordPolicy | None = None


def plan_rotation(desired: Desired, observed: Observed, rotation: Rotation) -> Plan:
    """Every step of a rotation, in waves with needs. Raises GuardStopped where it must not begin."""
    raise NotImplementedError


@dataclass(frozen=True, slots=True, kw_only=True)
class Durations:
    """Seconds that procedures take, for an estimate; measured ones where they are known."""

    install: float = 120.0
    service: float = 10.0
    heartbeat: float = 90.0
    reboot: float = 300.0
    hosts: Mapping[str, float] = field(default_factory=dict)


def downtimes(plan: Plan, durations: Durations) -> Mapping[str, float]:
    """About how many seconds each host will be without its agent, by DNS name."""
    raise NotImplementedError
