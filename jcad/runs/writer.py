"""The account that writes, where it is not the one that opens the session: tried once, then given to every script.

Runs the read-only probe on the host where scripts run.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from types import TracebackType
from typing import Self

from jcad import powershell
from jcad.errors import AuthenticationFailed, RemotingError, ScriptError
from jcad.model import Call, Credential
from jcad.powershell import HostFacts
from jcad.remoting import Session


def probe(session: Session, server: str, credential: Credential | None = None) -> HostFacts:
    """What the host says of itself and of the domain controller `server`. Raises what running a script raises."""
    lines = list(session.run(powershell.probe_call(server, credential)))
    if len(lines) != 1:
        raise ScriptError(f"the probe of {session.server} gave {len(lines)} lines, not one")
    return powershell.read_facts(lines[0])


class WritingSession:
    """A session whose scripts read and write the directory as another account: see `Session`."""

    def __init__(self, session: Session, writer: Credential) -> None:
        self._session = session
        self._writer = writer

    @property
    def server(self) -> str:
        """The host's own name."""
        return self._session.server

    @property
    def feed_limit(self) -> int:
        """How many bytes one call may feed to its script."""
        return self._session.feed_limit

    def run(self, call: Call) -> Iterator[str]:
        """Run a script as the account that writes."""
        return self._session.run(replace(call, credential=self._writer))

    def close(self) -> None:
        """Close the session."""
        self._session.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def refuse_rejected(facts: HostFacts, writer: Credential, server: str, host: str) -> None:
    """Raise AuthenticationFailed where the domain controller refused the account that writes."""
    if facts.rejected:
        raise AuthenticationFailed(
            f"{server} refused {writer.account}, the account that writes, from {host}",
            account=writer.account,
            hint="check `write_as` and `write_password`; it was tried once, so badPwdCount rose by one at most",
        )


def require_writer(session: Session, server: str, writer: Credential) -> None:
    """See that the account that writes gets through to the domain controller, in one try. Raises AuthenticationFailed."""
    facts = probe(session, server, writer)
    refuse_rejected(facts, writer, server, session.server)
    if facts.obstacle is not None:
        raise RemotingError(f"{session.server} cannot run scripts on {server} as {writer.account}: {facts.obstacle}")
