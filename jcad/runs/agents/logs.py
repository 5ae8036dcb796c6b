"""Reads the agents' logs on their hosts, once or as they grow; and brings what support asks for here. Changes no agent."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path, PureWindowsPath
from typing import Final, TypeVar

import structlog

from jcad.agents import AgentOptions, Unreachable
from jcad.errors import AuthenticationFailed, JcadError, ReportError, ScriptError
from jcad.model import AgentKind, HostState
from jcad.powershell.hosts import host_call, read_host_outcome
from jcad.remoting.files import HostFiles, HostScripts
from jcad.runs.agents.calls import ask, require
from jcad.runs.agents.inspect import READERS, inspect_hosts
from jcad.runs.agents.site import AgentSite

_log = structlog.get_logger(__name__)

_BUNDLE: Final = re.compile(r"jcad-support-[A-Za-z0-9_-]{1,63}-([0-9]{8}T[0-9]{6}Z)\.zip")
"""The name that collect-support gives a bundle: the host, and when it was made."""

PIECE: Final = 65_536
"""Bytes of a log that are read at once."""

_One = TypeVar("_One")
_Done = TypeVar("_Done")


@dataclass(frozen=True, slots=True, kw_only=True)
class LogPiece:
    """Whole lines of one log, without secrets. `started_anew` says that the agent has begun a new file since."""

    host: str
    kind: AgentKind
    lines: tuple[str, ...]
    started_anew: bool = False


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why a host's logs could not be read, or nothing be collected there."""

    host: str
    reason: str


@dataclass(kw_only=True)
class AgentLog:
    """One log, and how far it was read. `host` is the DNS name, `name` the host's own."""

    host: str
    name: str
    kind: AgentKind
    path: str
    offset: int = -1
    mark: str | None = None

    def read(self, site: AgentSite) -> LogPiece:
        """What is new since the last time; the end of the log at the first. Raises what running a script raises."""
        item = {"path": self.path, "offset": self.offset, "bytes": PIECE, "mark": self.mark}
        with site.sessions.lease(self.host) as session:
            facts = require(ask(session, "read-agent-log", item), "read-agent-log", self.host).facts
        self.offset, self.mark = int(facts["next"]), facts.get("mark")
        lines = tuple(str(facts["text"] or "").splitlines())
        return LogPiece(host=self.name, kind=self.kind, lines=lines, started_anew=bool(facts.get("rotated")))


def logs_of(site: AgentSite, options: AgentOptions) -> tuple[list[AgentLog], list[Trouble]]:
    """The logs of the agents in question, and the hosts that could not be looked at."""
    seen = inspect_hosts(site.sessions, site.hosts(options), site.questions, proved=lambda: site.logon.proved)
    troubles = [Trouble(host, state.reason) for host, state in seen.items() if isinstance(state, Unreachable)]
    found = [
        AgentLog(host=host, name=state.name or host, kind=kind, path=agent.log_file)
        for host, state in seen.items()
        if isinstance(state, HostState)
        for kind, agent in sorted(state.agents.items())
        if kind in options.kinds and agent.log_file
    ]
    return found, troubles


def read_all(site: AgentSite, logs: Iterable[AgentLog]) -> Iterator[LogPiece | Trouble]:
    """What is new in each log, side by side. Raises AuthenticationFailed."""
    return _side_by_side(logs, lambda log: log.read(site), lambda log: log.name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """A host's bundle for support, as it lies here now."""

    host: str
    path: Path
    size: int
    sha256: str


def collect(site: AgentSite, options: AgentOptions, to: Path) -> Iterator[Bundle | Trouble]:
    """Gather a bundle on each host in question, bring it here, and remove it there. Raises ReportError, AuthenticationFailed."""
    try:
        to.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ReportError(
            f"{to} cannot be made: {error.strerror or error}", hint="Name another folder by --to."
        ) from error
    hosts = site.hosts(options)
    if not options.hosts:
        seen = inspect_hosts(site.sessions, hosts, site.questions, proved=lambda: site.logon.proved)
        yield from (Trouble(host, state.reason) for host, state in seen.items() if isinstance(state, Unreachable))
        hosts = tuple(host for host, state in seen.items() if isinstance(state, HostState) and state.agents)
    yield from _side_by_side(hosts, lambda host: _collect(site, host, to), lambda host: host)


def _collect(site: AgentSite, host: str, to: Path) -> Bundle:
    folder = site.workplace.settings.agents.staging
    with site.sessions.lease(host) as session:
        answer = require(ask(session, "collect-support", {"folder": folder}), "collect-support", host)
    name = PureWindowsPath(str(answer.facts["path"])).name
    target = to / local_name(host, name)
    files = HostFiles(
        lambda: site.sessions.lease(host), folder=folder, scripts=HostScripts(host_call, read_host_outcome)
    )
    try:
        delivery = files.download(name, target)
    finally:
        _clear(files, host, name)
    return Bundle(host=host, path=target, size=delivery.size, sha256=delivery.sha256)


def local_name(host: str, name: str) -> str:
    """What a bundle is called here: by the host's own name for it, a host could write over any file, or another's bundle.

    Raises ScriptError where the host calls it otherwise than its script does.
    """
    found = _BUNDLE.fullmatch(name)
    if found is None:
        raise ScriptError(
            f"{host} calls its bundle {name!r}, which collect-support does not: nothing was brought here.",
            hint="Look at that host: somebody may have changed what runs there.",
        )
    return f"jcad-support-{host}-{found[1]}.zip"


def _clear(files: HostFiles, host: str, name: str) -> None:
    """Remove a bundle on its host; one that stays has no secrets in it, and is for administrators alone."""
    try:
        files.remove(name)
    except JcadError as error:
        _log.warning("the bundle is still on the host", host=host, name=name, reason=error.message)


def _side_by_side(
    things: Iterable[_One], work: Callable[[_One], _Done], name: Callable[[_One], str]
) -> Iterator[_Done | Trouble]:
    """Do the same with many hosts at a time, and give what came of it in their order. Raises AuthenticationFailed."""
    waiting = list(things)
    if not waiting:
        return
    with ThreadPoolExecutor(min(READERS, len(waiting)), thread_name_prefix="hosts") as pool:
        futures = [pool.submit(work, one) for one in waiting]
        for one, future in zip(waiting, futures, strict=True):
            try:
                yield future.result()
            except AuthenticationFailed:
                raise
            except JcadError as error:
                yield Trouble(name(one), error.message)
