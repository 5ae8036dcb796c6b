"""JumpCloud's two agents: on which hosts they are wanted, what is to be done for that, in which order. Pure; no I/O, no clock."""

from jcad.agents.accounts import Account
from jcad.agents.arguments import WITNESSES, Arguments, fill, require_hidden_secrets, require_passable, shows_secrets
from jcad.agents.configuration import ConfigurationDiff, configuration_diff, in_page_spelling
from jcad.agents.desired import Desired, WantedAgent, WantedHost, desired_state, full_name, require_for_install
from jcad.agents.estimate import Durations, downtimes, duration, total
from jcad.agents.installing import same_account, would_not_start
from jcad.agents.options import BOTH, AgentOptions, Verb
from jcad.agents.plan import FEATURE, chosen_hosts, examine, plan_agents
from jcad.agents.rotation import FEATURE as ROTATION
from jcad.agents.rotation import Mode, Rotation, accounts_of, plan_rotation
from jcad.agents.state import Observed, Unreachable, same_host
from jcad.agents.steps import ACTIVE, BOOTED, RUNNING, SINCE, Procedure, attribute, expected
from jcad.agents.versions import compare_versions
from jcad.agents.waves import AGENTS_DOWN, REBOOTS, agent_limits
from jcad.settings import Window

__all__ = [
    "ACTIVE",
    "AGENTS_DOWN",
    "BOOTED",
    "BOTH",
    "FEATURE",
    "REBOOTS",
    "ROTATION",
    "RUNNING",
    "SINCE",
    "WITNESSES",
    "Account",
    "AgentOptions",
    "Arguments",
    "ConfigurationDiff",
    "Desired",
    "Durations",
    "Mode",
    "Observed",
    "Procedure",
    "Rotation",
    "Unreachable",
    "Verb",
    "WantedAgent",
    "WantedHost",
    "Window",
    "accounts_of",
    "agent_limits",
    "attribute",
    "chosen_hosts",
    "compare_versions",
    "configuration_diff",
    "desired_state",
    "downtimes",
    "duration",
    "examine",
    "expected",
    "fill",
    "full_name",
    "in_page_spelling",
    "plan_agents",
    "plan_rotation",
    "require_for_install",
    "require_hidden_secrets",
    "require_passable",
    "same_account",
    "same_host",
    "shows_secrets",
    "total",
    "would_not_start",
]
