"""Runs of JumpCloud's agents: hosts are looked at side by side, plans carried out on them, and read back."""

from jcad.runs.agents.errand import Tell, Tools
from jcad.runs.agents.executor import HostExecutor
from jcad.runs.agents.inspect import OPEN_REMOTING, READERS, inspect_hosts
from jcad.runs.agents.readback import HostReadback
from jcad.runs.agents.run import AgentChoices, AgentRun, HostEffects, begun_before
from jcad.runs.agents.site import AgentSite, CloudView

__all__ = [
    "OPEN_REMOTING",
    "READERS",
    "AgentChoices",
    "AgentRun",
    "AgentSite",
    "CloudView",
    "HostEffects",
    "HostExecutor",
    "HostReadback",
    "Tell",
    "Tools",
    "begun_before",
    "inspect_hosts",
]
