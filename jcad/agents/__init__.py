"""JumpCloud's two agents: on which hosts they are wanted, what is to be done for that, in which order. Pure; no I/O, no clock."""

from jcad.agents.arguments import WITNESSES, Arguments, fill, require_hidden_secrets, shows_secrets
from jcad.agents.desired import Desired, WantedAgent, WantedHost, desired_state, full_name, require_for_install
from jcad.agents.options import BOTH, AgentOptions, Verb
from jcad.agents.plan import FEATURE, examine, plan_agents
from jcad.agents.rotation import Account, Durations, Mode, Rotation, downtimes, plan_rotation
from jcad.agents.state import Observed, Unreachable, same_host

__all__ = [
    "BOTH",
    "FEATURE",
    "WITNESSES",
    "Account",
    "AgentOptions",
    "Arguments",
    "Desired",
    "Durations",
    "Mode",
    "Observed",
    "Rotation",
    "Unreachable",
    "Verb",
    "WantedAgent",
    "WantedHost",
    "desired_state",
    "downtimes",
    "examine",
    "fill",
    "full_name",
    "plan_agents",
    "plan_rotation",
    "require_for_install",
    "require_hidden_secrets",
    "same_host",
    "shows_secrets",
]
