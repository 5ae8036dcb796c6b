"""Carries actions on the directory out: batches of one script each, over warm sessions, one to a worker."""

from __future__ import annotations

import contextlib
import secrets
import threading
from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from typing import Any

import structlog

from jcad import powershell
from jcad.errors import JcadError, ScriptError
from jcad.model import ItemOutcome, Secret, generate
from jcad.plan import Action, Batch, Ready
from jcad.remoting import Session

_log = structlog.get_logger(__name__)


class ScriptExecutor:
    """Runs scripts on the host of its sessions. `server` is the domain controller that they write."""

    def __init__(self, open_session: Callable[[], Session], server: str, *, what_if: bool = False) -> None:
        self._open = open_session
        self._server = server
        self._what_if = what_if
        self._lock = threading.Lock()
        self._idle: list[Session] = []
        self._all: list[Session] = []
        self._stopped = False

    def batches(self, actions: Sequence[Ready]) -> Iterator[Batch]:
        """One script after the other, each cut into batches by size and number."""
        for name, group in groupby(sorted(actions, key=_script_name), key=_script_name):
            ready = {one.action.id: one for one in group}
            script = powershell.script(name)
            items = [_item(one) for one in ready.values()]
            passwords = [_password(one.action) for one in ready.values()] if script.takes_secret else []
            for batch in powershell.batches(script, items, passwords):
                yield Batch(tuple(ready[identity] for identity in batch.ids), batch)

    def execute(self, batch: Batch) -> Iterator[ItemOutcome]:
        """Run one batch and give its outcomes as they come; the session is dropped when anything goes wrong."""
        call = batch.call
        if not isinstance(call, powershell.Batch):
            raise TypeError(f"{call!r} is no batch of a script")
        session = self._take()
        expected = set(call.ids)
        try:
            for line in session.run(call.call(server=self._server, what_if=self._what_if)):
                outcome = powershell.read_outcome(call.script, line)
                if outcome.id not in expected:
                    raise ScriptError(f"{call.script.name} answered for {outcome.id!r}, which it was not asked for.")
                yield outcome
        except BaseException:
            self._drop(session)
            raise
        self._give_back(session)

    def stop(self) -> None:
        """Close every session: what runs ends, and nothing is left on the host."""
        self._stopped = True
        with self._lock:
            sessions, self._all, self._idle = self._all, [], []
        for session in sessions:
            with contextlib.suppress(JcadError):
                session.close()

    close = stop

    def _take(self) -> Session:
        with self._lock:
            if self._idle:
                return self._idle.pop()
        session = self._open()
        _log.info("session opened", host=session.server)
        with self._lock:
            self._all.append(session)
        if self._stopped:
            self._drop(session)
        return session

    def _give_back(self, session: Session) -> None:
        with self._lock:
            if session in self._all:
                self._idle.append(session)

    def _drop(self, session: Session) -> None:
        with self._lock:
            if session in self._all:
                self._all.remove(session)
        with contextlib.suppress(JcadError):
            session.close()


def _script_name(ready: Ready) -> str:
    return ready.action.executor


def _item(ready: Ready) -> dict[str, Any]:
    """What the script is given about one object."""
    action = ready.action
    if action.member is not None:
        return {"id": action.id, "guid": ready.guid, "member": ready.member}
    item: dict[str, Any] = {"id": action.id, "guid": ready.guid, **action.item}
    if "expected" in powershell.fields_of(action.executor):
        item["expected"] = dict(action.expected)
    return item


def _password(action: Action) -> Secret:
    """Make the password that a new account begins with; nobody sees it, and it is stored nowhere."""
    if action.secret != "generate:random":  # noqa: S105  - a reference
        raise ScriptError(f"{action.kind} {action.name}: there is no way to make the secret {action.secret!r}.")
    attributes = action.item.get("attributes")
    names = [str(action.item.get("sam", "")), action.name]
    if isinstance(attributes, dict):
        names += [str(attributes.get(name, "")) for name in ("displayName", "givenName", "sn")]
    return generate(secrets.choice, tuple(name for name in names if name))
