"""What a session on a host is: it runs scripts by name and gives back what they say, line by line. No I/O here."""

from __future__ import annotations

from collections.abc import Iterator
from types import TracebackType
from typing import Protocol, Self

from jcad.model.script import Call


class Session(Protocol):
    """One warm session on one host, for one thread at a time.

    `close()` may be called from any thread and more than once; it stops what runs and leaves nothing on the host.
    """

    @property
    def server(self) -> str:
        """The host's own name, as scripts get it for `-Server`."""

    @property
    def feed_limit(self) -> int:
        """How many bytes one call may feed to its script: as many as a host takes for one command."""

    def run(self, call: Call) -> Iterator[str]:
        """Run a script and yield its lines as they come; closing the iterator early stops the script.

        A byte array that it writes comes as a line of base64.

        Raises ScriptError where the script itself failed, ConnectionFailed where the connection broke (lines that were
        received before have been yielded), AccessDenied and RemotingError where the endpoint refused.
        """

    def close(self) -> None:
        """Stop what runs and delete the session on the host."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...
