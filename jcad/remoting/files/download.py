"""One attempt to get a file from a host: go on from what is here, and compare its SHA-256. Touches the host."""

from __future__ import annotations

import base64
import binascii
import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from jcad.errors import RemotingError, ScriptError
from jcad.model.outcome import Status
from jcad.model.script import Call
from jcad.remoting.files.failures import failure, is_changed
from jcad.remoting.files.local import Target
from jcad.remoting.files.upload import Transfer
from jcad.remoting.session import Session

_SCRIPT = "send-file"


@contextlib.contextmanager
def _closed(lines: Iterator[str]) -> Iterator[Iterator[str]]:
    """The lines of a script, which is stopped where somebody leaves before its end."""
    try:
        yield lines
    finally:
        close = getattr(lines, "close", None)
        if close is not None:
            close()


class _Another(Exception):
    """What is here is not the beginning of the file that the host has."""


@dataclass(kw_only=True)
class Download:
    """A file on its way from a host. `received` is how many bytes came, over all attempts."""

    target: Target
    folder: str
    name: str
    transfer: Transfer
    received: int = 0

    @property
    def reached(self) -> int:
        """How many bytes are here."""
        return self.target.size

    def attempt(self, session: Session) -> str:
        """Get what is lacking; the path of the file on the host. Raises ConnectionFailed where the connection breaks."""
        try:
            return self._get(session)
        except _Another:
            self.target.restart()
        return self._get(session)

    def _get(self, session: Session) -> str:
        prefix = self.target.sha256 if self.target.size else None
        item = {"folder": self.folder, "name": self.name, "offset": self.target.size, "prefix": prefix}
        call = replace(self.transfer.scripts.call(_SCRIPT, item), lines=0)
        with _closed(session.run(call)) as lines:
            size = self._told(call, next(lines, ""), session)["size"]
            self.transfer.at(self.target.size, size, self.name)
            facts = self._told(call, self._content(lines, size), session)
            for _ in lines:  # to the script's own end
                raise ScriptError(f"{_SCRIPT} said more than there is to say on {session.server}")
        if facts["size"] != self.target.size or facts["sha256"] != self.target.sha256:
            self.target.restart()
            raise RemotingError(
                f"{self.name} did not come from {session.server} as it is there: its SHA-256 differs",
                hint="nothing of it was kept; run the command again",
            )
        path: str = facts["path"]
        return path

    def _content(self, lines: Iterator[str], size: int) -> str:
        """Write the lines of content; the line behind them, which is the script's last word."""
        for line in lines:
            if line.startswith("{"):
                return line
            try:
                block = base64.b64decode(line, validate=True)
            except binascii.Error as error:
                raise ScriptError(f"{_SCRIPT} sent something that is no content: {line[:60]!r}") from error
            self.target.add(block)
            self.received += len(block)
            self.transfer.at(self.target.size, size, self.name)
        return ""

    def _told(self, call: Call, line: str, session: Session) -> Mapping[str, Any]:
        outcome, facts = self.transfer.scripts.read(call.script, line)
        if outcome.status is not Status.UNCHANGED:
            if is_changed(outcome) and self.target.size and not self.received:
                raise _Another
            raise failure(outcome, _SCRIPT, session.server)
        return facts
