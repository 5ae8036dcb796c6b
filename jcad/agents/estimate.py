"""About how long the work on hosts takes, and how long each host is without its agent. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from jcad.agents.steps import BOOTED, RUNNING, Procedure
from jcad.plan import Action, Plan, Target

_ELSEWHERE = 5.0
"""Seconds of an action that is not on a host: a password, an account."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Durations:
    """Seconds that procedures take, for an estimate: `Durations(install=95.0)  # as the last one took`.

    `hosts` has what an installation takes on single hosts, by DNS name, where that is known.
    """

    install: float = 120.0
    uninstall: float = 30.0
    service: float = 10.0
    heartbeat: float = 90.0
    reboot: float = 300.0
    hosts: Mapping[str, float] = field(default_factory=dict)


def duration(action: Action, durations: Durations) -> float:
    """About how many seconds an action takes."""
    if action.target is not Target.HOST:
        return _ELSEWHERE
    install = durations.hosts.get(action.object.value, durations.install)
    alive = durations.service + durations.heartbeat
    reboots = action.item.get("reboot") is True or any(change.attribute == BOOTED for change in action.changes)
    restart = durations.reboot if reboots else 0.0
    match action.executor:
        case Procedure.INSTALL | Procedure.UPGRADE:
            return install + alive + restart
        case Procedure.REINSTALL:
            return durations.uninstall + install + alive + restart
        case Procedure.UNINSTALL:
            return durations.uninstall
        case Procedure.STOP:
            return durations.service
        case Procedure.REBOOT:
            return durations.reboot + alive
        case _:
            return durations.service + alive


def total(plan: Plan, durations: Durations) -> float:
    """About how many seconds the whole plan takes, with everything of one wave at the same time."""
    return sum(max(duration(action, durations) for action in actions) for _, actions in plan.waves())


def downtimes(plan: Plan, durations: Durations) -> Mapping[str, float]:
    """About how many seconds each host will be without its agent, by DNS name, longest first.

    A host counts from when its agent goes down to the end of what brings it back; one whose agent does not run now, or does not
    come back, is not among them.
    """
    begins: dict[str, float] = {}
    ends: dict[str, float] = {}
    clock = 0.0
    for _, actions in plan.waves():
        for action in actions:
            host = action.object.value
            if action.target is not Target.HOST:
                continue
            if host not in begins and _goes_down(action):
                begins[host] = clock
            if host in begins and _comes_back(action):
                ends[host] = clock + duration(action, durations)
        clock += max(duration(action, durations) for action in actions)
    found = {host: ends[host] - begins[host] for host in begins if host in ends}
    return dict(sorted(found.items(), key=lambda one: (-one[1], one[0])))


def _goes_down(action: Action) -> bool:
    """Whether an agent that runs goes down in it; a restart of the whole host counts as one."""
    return action.expected.get("service") == RUNNING or action.executor == Procedure.REBOOT


def _comes_back(action: Action) -> bool:
    return action.executor not in {Procedure.STOP, Procedure.UNINSTALL}
