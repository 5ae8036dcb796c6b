"""One action on one host while it is carried out: its scripts, its steps as they are done, its waits. Touches the host.

errand = Errand(tools, action)
errand.run("verify-file", {...}); errand.step("verified")
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from jcad.agents import Unreachable, same_host
from jcad.errors import AuthenticationFailed, ConnectionFailed, JcadError, ScriptError
from jcad.model import Agent, AgentKind, AgentType, Effect, HostState, Installation, InstalledAgent, Secret
from jcad.plan import Action
from jcad.runs.agents.calls import Answer, ask
from jcad.runs.agents.heartbeat import AgentCloud, Since
from jcad.runs.agents.inspect import Questions, inspect_host
from jcad.runs.agents.sessions import HostSessions
from jcad.settings import Agents

STAGED, VERIFIED, KEY, UNINSTALLED, INSTALLED = "staged", "verified", "key", "uninstalled", "installed"
REBOOTED, CONFIGURED, SERVICE, HEARTBEAT = "rebooted", "configured", "service", "heartbeat"
STOPPED, RECORD_DELETED = "stopped", "record-deleted"
"""The steps of procedures, as outcomes have them."""

_SHORT_PAUSE: Final = 1.0


class Stopped(Exception):
    """The run was told to end: what is under way stays unknown, and a resume reads it back."""


Tell = Callable[[str, str, str], None]
"""Is told how an action comes on: host, the action's kind, the step that was done or is waited for."""


class Keys(Protocol):
    """Remembers JumpCloud's records for which connect keys were made, so that a run that is killed leaves none behind."""

    def remember(self, effects: Sequence[Effect], /) -> None:
        """Keep that keys were made, or are gone."""

    def unused_keys(self, host: str, kind: AgentKind, /) -> tuple[str, ...]:
        """The records that keys were made for on a host, and of which no agent is known."""


@dataclass(kw_only=True)
class Tools:
    """What every action on hosts needs; one for a whole run."""

    sessions: HostSessions
    questions: Questions
    cloud: AgentCloud
    settings: Agents
    secret_of: Callable[[str], Secret]
    run_as: str
    run_as_password: Callable[[], Secret]
    hosts: Mapping[str, object]
    keys: Keys
    tell: Tell = lambda _host, _kind, _step: None
    require_directory: Callable[[str], None] = lambda _host: None
    """Raises ConnectionFailed where a host is a domain controller whose directory does not answer; logs on nowhere."""
    what_if: bool = False
    allow_only_dc: bool = False
    begun_before: frozenset[str] = frozenset()
    stopping: threading.Event = field(default_factory=threading.Event)
    installed: dict[str, Installation] = field(default_factory=dict)
    """What was installed in this run, by the action's id."""
    removed: set[str] = field(default_factory=set)
    """The actions of this run that removed an agent."""
    since: dict[str, Since] = field(default_factory=dict)
    """What JumpCloud knew before each action, by its id."""

    def records_on(self, records: Iterable[Agent], host: str, kind: AgentKind) -> tuple[Agent, ...]:
        """JumpCloud's records of an agent on a host, the one at work first, then by their last contact."""
        wanted = AgentType.SYNC if kind is AgentKind.SYNC else AgentType.IMPORT
        found = [one for one in records if one.type is wanted and same_host(one.hostname, host, self.hosts)]
        return tuple(sorted(found, key=lambda one: (one.is_active, one.contact_at, one.id), reverse=True))


class Errand:
    """One action under way. `done` are the steps that it came through."""

    def __init__(self, tools: Tools, action: Action) -> None:
        self.tools = tools
        self.action = action
        self.host = action.object.value
        self.kind = AgentKind(str(action.item["agent"]))
        self.done: list[str] = []
        self.error_before: str | None = None
        """The last error of the agent's log when the host was first looked at."""
        self.installer_began = False
        """Whether an installer was begun, which goes on also where nobody hears of it."""

    # ---- what it is about ----

    def text(self, name: str) -> str:
        """A text of the action's item; empty where there is none."""
        return str(self.action.item.get(name) or "")

    def table(self, name: str) -> dict[str, str]:
        """A table of texts of the action's item."""
        found = self.action.item.get(name)
        return {str(key): str(value) for key, value in found.items()} if isinstance(found, Mapping) else {}

    def names(self, name: str) -> list[str]:
        """A list of texts of the action's item."""
        found = self.action.item.get(name)
        return [str(one) for one in found] if isinstance(found, tuple | list) else []

    @property
    def begun_before(self) -> bool:
        """Whether an earlier run sent this action out and never heard of it: the host may be half-way."""
        return self.action.id in self.tools.begun_before

    @property
    def version(self) -> str:
        """The version that the action installs; empty where it installs none."""
        return self.text("version")

    # ---- progress ----

    def step(self, name: str) -> None:
        """A step is done."""
        self.done.append(name)
        self.tools.tell(self.host, self.action.kind, name)

    def waits(self, what: str) -> None:
        """Something is waited for."""
        self.tools.tell(self.host, self.action.kind, what)

    def pause(self, seconds: float) -> None:
        """Wait. Raises Stopped when the run is told to end."""
        if self.tools.stopping.wait(seconds):
            raise Stopped

    def require_going_on(self) -> None:
        """Raise Stopped when the run was told to end."""
        if self.tools.stopping.is_set():
            raise Stopped

    # ---- the host ----

    def call(self, name: str, item: Mapping[str, Any], secrets: Sequence[Secret] = (), host: str = "") -> Answer:
        """Run a script on the host, or on another, whatever it answers. Raises what a session raises, and Stopped."""
        self.require_going_on()
        try:
            with self.tools.sessions.lease(host or self.host) as session:
                return ask(session, name, item, secrets)
        except ConnectionFailed:
            if self.tools.stopping.is_set():
                raise Stopped from None
            raise

    def run(self, name: str, item: Mapping[str, Any], secrets: Sequence[Secret] = ()) -> Answer:
        """Run a script on the host. Raises Failed where it says that it failed."""
        answer = self.call(name, item, secrets)
        if answer.failed:
            raise Failed(name, answer)
        return answer

    def state(self) -> HostState:
        """The host as its probe sees it now. Raises ConnectionFailed where it cannot be looked at, AuthenticationFailed."""
        self.require_going_on()
        seen = inspect_host(self.tools.sessions, self.host, self.tools.questions)
        if isinstance(seen, Unreachable):
            self.require_going_on()
            raise ConnectionFailed(f"{self.host} could not be looked at: {seen.reason}", hint=seen.hint or None)
        if self.error_before is None:
            agent = seen.agents.get(self.kind)
            self.error_before = agent.last_error if agent else ""
        return seen

    def agent(self) -> InstalledAgent | None:
        """The agent that the host has now."""
        return self.state().agents.get(self.kind)

    def wait_for_host(self, timeout: float, ready: Callable[[HostState], bool] = lambda _state: True) -> HostState:
        """Wait until the host can be looked at again, and is as wanted. Raises ConnectionFailed when the time is over.

        On a domain controller nobody logs on before its directory answers: until then it may refuse a right password.
        """
        until = time.monotonic() + timeout
        while True:
            try:
                self.tools.require_directory(self.host)
                state = self.state()
                if ready(state):
                    return state
                trouble: JcadError | None = None
            except AuthenticationFailed:
                raise
            except JcadError as error:
                trouble = error
            if time.monotonic() >= until:
                why = f": {trouble.message}" if trouble else ""
                raise ConnectionFailed(f"{self.host} did not come back within {timeout:.0f} s{why}")
            self.pause(_SHORT_PAUSE)

    # ---- JumpCloud ----

    def records(self) -> tuple[Agent, ...]:
        """JumpCloud's records of this agent on this host, the likeliest first."""
        return self.tools.records_on(self.tools.cloud.all(), self.host, self.kind)


class Failed(ScriptError):
    """A script on the host said that it failed: `answer` is what it said."""

    def __init__(self, name: str, answer: Answer) -> None:
        self.name = name
        self.answer = answer
        error = answer.outcome.error
        super().__init__(self.said(), hint=error.hint if error else None)

    def said(self, meaning: str = "") -> str:
        """What failed, what that means where that is known, and the line of a log that says why."""
        why = self.answer.why.rstrip(".")
        last = self.answer.facts.get("lastError") or telling_line(str(self.answer.facts.get("log") or ""))
        told = f"; its log says: {last}" if last else ""
        return f"{self.name}: {why}{f': {meaning}' if meaning else ''}{told}"


_TELLING: Final = re.compile(
    r"\b(error|fail\w*|refused|denied|invalid|expired|cannot|could not|not valid)\b", re.IGNORECASE
)
_LONGEST: Final = 300


def telling_line(log: str) -> str:
    """The last line of a log that says why something failed; empty where none does."""
    lines = [line.strip() for line in log.splitlines() if _TELLING.search(line)]
    return lines[-1][:_LONGEST] if lines else ""
