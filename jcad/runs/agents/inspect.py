"""Looks at many hosts side by side: what Windows is there, which agents, how they are. Writes nothing, and judges nothing."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final

import structlog

from jcad.agents import Unreachable
from jcad.errors import AuthenticationFailed, CertificateError, ConnectionFailed, JcadError
from jcad.model import HostState
from jcad.powershell.hosts import read_host_state
from jcad.runs.agents.calls import ask, require
from jcad.runs.agents.sessions import HostSessions

_log = structlog.get_logger(__name__)

READERS: Final = 100
"""Hosts that are looked at side by side: each waits for its network most of the time."""

OPEN_REMOTING: Final = (
    "if WinRM is closed there: `jcad script export enable-remoting` writes what opens it over HTTPS; run it on the host, "
    "or by Group Policy"
)

Seen = HostState | Unreachable


@dataclass(frozen=True, slots=True, kw_only=True)
class Questions:
    """What a probe tries from the host: JumpCloud's name, and domain controllers for the time and LDAPS. Empty: not tried."""

    jumpcloud: str = ""
    controllers: tuple[str, ...] = ()

    def item(self, host: str) -> dict[str, str | None]:
        """What `inspect-host` is given on a host: a domain controller is held against another one, not against itself."""
        others = [name for name in self.controllers if name.casefold() != host.casefold()]
        source = others[0] if others else None
        known = host.casefold() in {name.casefold() for name in self.controllers}
        return {
            "jumpcloud": self.jumpcloud or None,
            "time_source": source,
            "ldaps": host if known else source,
        }


def inspect_hosts(
    sessions: HostSessions,
    hosts: Iterable[str],
    questions: Questions,
    *,
    proved: Callable[[], bool] = lambda: True,
    workers: int = READERS,
    seen: Callable[[str, Seen], None] = lambda _host, _seen: None,
) -> dict[str, Seen]:
    """Every host as its probe sees it, or why it could not be looked at, by its name in the order given.

    Until the account is `proved`, hosts are asked alone: a wrong password must count once. `seen` is told as answers come,
    one after the other. Raises AuthenticationFailed at the first refusal: whoever had not begun by then is not asked.
    """
    waiting = [host.lower() for host in hosts]
    found: dict[str, Seen] = {}
    refused: list[AuthenticationFailed] = []

    def look(host: str) -> Seen | None:
        if refused:
            return None
        try:
            return inspect_host(sessions, host, questions)
        except AuthenticationFailed as error:
            refused.append(error)
            return None

    def keep(host: str, state: Seen | None) -> None:
        if state is not None:
            found[host] = state
            seen(host, state)

    rest = waiting
    while rest and not refused and not proved():
        host, *rest = rest
        keep(host, look(host))
    if rest and not refused:
        with ThreadPoolExecutor(min(workers, len(rest)), thread_name_prefix="inspect") as pool:
            asked: dict[str, Future[Seen | None]] = {host: pool.submit(look, host) for host in rest}
            with _given_up(sessions, pool):
                for host, future in asked.items():
                    keep(host, future.result())
    if refused:
        raise refused[0]
    return {host: found[host] for host in waiting}


@contextlib.contextmanager
def _given_up(sessions: HostSessions, pool: ThreadPoolExecutor) -> Iterator[None]:
    """Whoever is interrupted waits for nobody: the sessions are closed, and nobody else begins."""
    try:
        yield
    except BaseException:
        pool.shutdown(wait=False, cancel_futures=True)
        sessions.close()
        raise


def inspect_host(sessions: HostSessions, host: str, questions: Questions) -> Seen:
    """One host as its probe sees it, or why it could not be looked at. Raises AuthenticationFailed."""
    try:
        with sessions.lease(host) as session:
            answer = require(ask(session, "inspect-host", questions.item(host)), "inspect-host", host)
        return read_host_state(answer.facts)
    except AuthenticationFailed:
        raise
    except JcadError as error:
        _log.info("a host could not be looked at", host=host, reason=error.message)
        return Unreachable(reason=error.message, hint=_hint(error))


def _hint(error: JcadError) -> str:
    """What to do about it: a host that takes no connection may have its remoting closed."""
    closed = isinstance(error, ConnectionFailed) and not isinstance(error, CertificateError)
    hints = [error.hint or "", OPEN_REMOTING if closed else ""]
    return "; ".join(hint for hint in hints if hint)
