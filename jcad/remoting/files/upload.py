"""One attempt to send a file to a host: look at what is there, go on from it, as much in a call as it takes. Touches the host."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from jcad.errors import RemotingError, ScriptError
from jcad.model.outcome import ItemOutcome, Status
from jcad.remoting.files.failures import failure
from jcad.remoting.files.local import Source
from jcad.remoting.files.values import Delivery, HostScripts, Progress, TransferHalted
from jcad.remoting.session import Session

_SMALL = 1 << 20  # bytes; whether a file of no more is there already costs about as much to ask as to send
_SCRIPT = "receive-file"


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer:
    """What every transfer is told: the scripts, who wants to know how far it is, whether it is to stop."""

    scripts: HostScripts
    progress: Progress | None = None
    halted: Callable[[], bool] | None = None

    def at(self, done: int, size: int, what: str) -> None:
        """Tell how far it is. Raises `TransferHalted` where somebody wants it to stop."""
        if self.progress is not None:
            self.progress(done, size)
        if self.halted is not None and self.halted():
            raise TransferHalted(
                f"{what} was stopped after {done:,} of {size:,} bytes",
                hint="the same command goes on from what has arrived",
            )


def answer(
    session: Session, scripts: HostScripts, name: str, item: Mapping[str, Any], **more: Any
) -> tuple[ItemOutcome, Mapping[str, Any]]:
    """Run a script that says one line. Raises what a session raises, and the script's failure as jcad's error."""
    call = replace(scripts.call(name, item), lines=0, **more)
    lines = list(session.run(call))
    if len(lines) != 1:
        raise ScriptError(f"{name} gave {len(lines)} lines on {session.server}, not one")
    outcome, facts = scripts.read(call.script, lines[0])
    if outcome.status in {Status.FAILED, Status.CONFLICT, Status.SKIPPED}:
        raise failure(outcome, name, session.server)
    return outcome, facts


@dataclass(kw_only=True)
class Upload:
    """A file on its way to a host. `reached` is how many bytes the host is known to have, over all attempts."""

    source: Source
    folder: str
    name: str
    transfer: Transfer
    reached: int = 0
    sent: int = 0

    def attempt(self, session: Session) -> Delivery:
        """Send what the host lacks. Raises ConnectionFailed where the connection breaks: what has arrived stays there."""
        if self.source.size <= _SMALL:
            outcome, facts = self._ask(session, 0, feed=self._feed(self.source.size))
            self.sent = self.source.size
            return self._delivery(facts, was_there=outcome.status is Status.UNCHANGED)
        _, facts = self._ask(session, -1)
        if facts["complete"]:
            self.transfer.at(self.source.size, self.source.size, self.name)
            return self._delivery(facts, was_there=not self.reached)
        self.reached = self._common(facts)
        self.transfer.at(self.reached, self.source.size, self.name)
        while True:
            facts = self._send(session, min(session.feed_limit, self.source.size - self.reached))
            if facts["complete"]:
                return self._delivery(facts)

    def _common(self, facts: Mapping[str, Any]) -> int:
        """How much of what an earlier attempt left is the beginning of this file."""
        there: int = facts["offset"]
        return there if there and self.source.begins_with(there, facts["prefix"]) else 0

    def _send(self, session: Session, length: int) -> Mapping[str, Any]:
        expected = self.reached + length
        _, facts = self._ask(session, self.reached, feed=self._feed(length))
        if facts["offset"] != expected:
            raise RemotingError(
                f"{self.name} has {facts['offset']:,} bytes on {session.server}, and should have {expected:,}"
            )
        self.reached = expected
        self.sent += length
        return facts

    def _feed(self, length: int) -> Iterator[bytes]:
        done = self.reached
        for block in self.source.blocks(self.reached, length):
            yield block
            done += len(block)
            self.transfer.at(done, self.source.size, self.name)

    def _ask(self, session: Session, offset: int, **more: Any) -> tuple[ItemOutcome, Mapping[str, Any]]:
        item = {
            "folder": self.folder,
            "name": self.name,
            "size": self.source.size,
            "sha256": self.source.sha256,
            "offset": offset,
        }
        return answer(session, self.transfer.scripts, _SCRIPT, item, **more)

    def _delivery(self, facts: Mapping[str, Any], *, was_there: bool = False) -> Delivery:
        return Delivery(
            path=facts["path"],
            size=self.source.size,
            sha256=self.source.sha256,
            sent=self.sent,
            was_there=was_there,
        )
