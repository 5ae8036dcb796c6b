"""Reads back what was done on hosts: by their probes, and by what JumpCloud hears of their agents. Tells what is there."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from uuid import UUID

from jcad.agents import ACTIVE, BOOTED, SINCE, Procedure, attribute, compare_versions, in_page_spelling
from jcad.agents.configuration import same_json
from jcad.model import Agent, AgentKind, HostState, Installation
from jcad.plan import Action, Reading, Ready, Target
from jcad.runs.agents.errand import Tools
from jcad.runs.agents.inspect import inspect_hosts
from jcad.runs.agents.reboot import has_booted_since

Installations = Callable[[], Mapping[tuple[str, AgentKind], Installation]]


class HostReadback:
    """A Verifier for Target.HOST. `installations` are what the store remembers, by host and kind."""

    def __init__(self, tools: Tools, installations: Installations) -> None:
        self._tools = tools
        self._installations = installations

    def read(self, ready: Sequence[Ready]) -> Mapping[str, Reading | None]:
        """What each action's host holds now, by action id. A host that cannot be looked at is not in the answer.

        Nor is a restart of a service that this run has not made: nothing tells it from a service that just runs.
        """
        actions = [one.action for one in ready if one.action.target is Target.HOST and self._can_tell(one.action)]
        if not actions:
            return {}
        hosts = dict.fromkeys(action.object.value for action in actions)
        seen = inspect_hosts(self._tools.sessions, hosts, self._tools.questions)
        records = self._tools.cloud.all()
        installations = self._installations()
        return {
            action.id: self._reading(action, state, records, installations)
            for action in actions
            if isinstance(state := seen[action.object.value], HostState)
        }

    def find_created(self, action: Action, since: str) -> UUID | None:
        """Nothing on a host has an objectGUID."""
        del action, since
        return None

    def _can_tell(self, action: Action) -> bool:
        return action.executor != Procedure.RESTART or action.id in self._tools.since

    def _reading(
        self,
        action: Action,
        state: HostState,
        records: Sequence[Agent],
        installations: Mapping[tuple[str, AgentKind], Installation],
    ) -> Reading:
        host, kind = action.object.value, AgentKind(str(action.item["agent"]))
        agent = state.agents.get(kind)
        installation = installations.get((host, kind))
        found: dict[str, str | frozenset[str] | None] = {
            attribute(kind, "version"): (agent.version or None) if agent else None,
            attribute(kind, "service"): (agent.state or None) if agent else None,
            attribute(kind, "account"): (installation.account or None) if installation else None,
            attribute(kind, "heartbeat"): self._heartbeat(action, kind, records),
            BOOTED: state.boot or None,
        }
        settings = in_page_spelling(agent.config) if agent and agent.config else {}
        found |= {attribute(kind, name): value for name, value in settings.items()}
        return found | _as_wanted(action, kind, found, state)

    def _heartbeat(self, action: Action, kind: AgentKind, records: Sequence[Agent]) -> str | None:
        """What JumpCloud hears of the agent: `active` only where it was heard of since the action began."""
        tools, host = self._tools, action.object.value
        if action.executor == Procedure.UNINSTALL:
            old = action.item.get("records")
            left = [one for one in records if isinstance(old, tuple | list) and one.id in old]
            return left[0].state if left else None
        installed = tools.installed.get(action.id)
        own = [one for one in records if installed and one.id == installed.agent_id]
        record = next(iter([*own, *tools.records_on(records, host, kind)]), None)
        if record is None:
            return None
        since = tools.since.get(action.id)
        if record.is_active and since is not None and not since.heard(record, str(action.item.get("version") or "")):
            return f"{ACTIVE}, last heard of at {record.contact_at}"
        return record.state


def _as_wanted(
    action: Action, kind: AgentKind, found: Reading, state: HostState
) -> dict[str, str | frozenset[str] | None]:
    """What is the same as planned in another spelling: a version, a JSON text, a boot since."""
    same: dict[str, str | frozenset[str] | None] = {}
    for change in action.changes:
        now, name = found.get(change.attribute), change.attribute
        if name == BOOTED:
            if change.old and has_booted_since(state, change.old):
                same[name] = SINCE
        elif not isinstance(now, str) or change.new is None:
            continue
        elif name == attribute(kind, "version"):
            if compare_versions(now, change.new) == 0:
                same[name] = change.new
        elif same_json(now, change.new):
            same[name] = change.new
    return same
