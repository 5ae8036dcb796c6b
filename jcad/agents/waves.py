"""The order of the work on hosts: what may be done at the same time, and what must wait for what. Pure.

Rules (the design of the agents, and JumpCloud's page on the sync agent: "if that agent becomes unavailable, another active
sync agent is automatically designated as the primary"):

- What takes no agent down shares a wave: fresh installations, starts. One host has one thing at a time.
- What takes an agent at work down, or restarts a host, is alone in its wave; the primary comes last, so that the work goes over
  to another agent once and not at each host.
- Each wave needs all of the wave before: a host that fails stops the roll-out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from jcad.agents.steps import Step
from jcad.model.agents import AgentKind
from jcad.plan import Action, Limit, ObjectRef, Target

AGENTS_DOWN = "agents-down"
REBOOTS = "reboots"
DEFAULTS = (
    Limit(
        guard=AGENTS_DOWN, count=0, what="times that no agent of its kind is at work meanwhile, or a second one is down"
    ),
    Limit(guard=REBOOTS, count=5, what="restarts of hosts"),
)


def agent_limits(counts: Mapping[str, int]) -> list[Limit]:
    """The limits of a roll-out, with the counts of the settings in their place."""
    return [Limit(guard=one.guard, count=counts.get(one.guard, one.count), what=one.what) for one in DEFAULTS]


def waves(steps: Iterable[Step]) -> list[list[Step]]:
    """Steps in waves: first what disrupts nothing, one at a time on each host, then one by one what does, the primary last."""
    ordered = sorted(steps, key=_order)
    found: list[list[Step]] = []
    busy: Counter[str] = Counter()
    for step in ordered:
        if step.disrupts:
            continue
        place = busy[step.host]
        busy[step.host] += 1
        while len(found) <= place:
            found.append([])
        found[place].append(step)
    return found + [[step] for step in ordered if step.disrupts]


Places = Mapping[AgentKind, frozenset[str]]
"""Hosts by the agent."""


def arrange(in_waves: Sequence[Sequence[Step]], running: Places, stopped: Places | None = None) -> list[Action]:
    """Make actions of steps: with waves, needs, and the limits that each counts towards.

    `running` are the hosts on which each agent is at work now, `stopped` those that have it, and it is not.
    """
    up = {kind: set(running.get(kind, frozenset())) for kind in AgentKind}
    down = {kind: set((stopped or {}).get(kind, frozenset())) for kind in AgentKind}
    actions: list[Action] = []
    before: tuple[str, ...] = ()
    for number, steps in enumerate(in_waves):
        actions += [_action(step, number, before, (up, down)) for step in steps]
        before = tuple(sorted(step.id for step in steps))
        for step in steps:
            (up[step.kind].add if step.brings_up else up[step.kind].discard)(step.host)
            if step.brings_up:
                down[step.kind].discard(step.host)
    return actions


_Standing = tuple[Mapping[AgentKind, set[str]], Mapping[AgentKind, set[str]]]
"""Where each agent is at work, and where it is down, before a step."""


def _order(step: Step) -> tuple[bool, bool, bool, str, str]:
    """The primary last, and of two primaries the sync agent's; else by agent and host."""
    primary = step.primary
    return AgentKind.SYNC in primary, bool(primary), step.kind is AgentKind.IMPORT, step.host, step.procedure


def _action(step: Step, wave: int, needs: tuple[str, ...], standing: _Standing) -> Action:
    return Action(
        id=step.id,
        kind=step.procedure.kind,
        target=Target.HOST,
        object=ObjectRef.host(step.host),
        name=step.name,
        wave=wave,
        executor=step.procedure.value,
        changes=step.changes,
        expected=step.expected,
        item={"agent": step.kind.value, **step.item},
        needs=needs,
        secret=step.secret or None,
        guards=tuple(_guards(step, *standing)),
        scope=step.host,
        reason=step.reason,
    )


def _guards(step: Step, up: Mapping[AgentKind, set[str]], down: Mapping[AgentKind, set[str]]) -> Iterable[str]:
    itself = {step.host}
    if step.is_long and any(not up[kind] - itself or down[kind] - itself for kind in step.takes_down):
        yield AGENTS_DOWN
    if step.reboots:
        yield REBOOTS
