"""Carries actions on the directory out: batches of one script each, over warm sessions, one to a worker."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any
from uuid import UUID

import structlog

from jcad import powershell
from jcad.errors import ScriptError
from jcad.model import ItemOutcome, Secret, generate
from jcad.plan import Action, Batch, Ready
from jcad.remoting import Session, Sessions

_log = structlog.get_logger(__name__)

RANDOM = "generate:random"
"""The reference of a password that is made when it is needed."""

SecretOf = Callable[[Action], Secret]
"""Gives the secret that travels with an action. Raises SecretError."""


class ScriptExecutor:
    """Runs scripts on the host of its sessions, at most `workers` at a time. `server` is the domain controller they write."""

    def __init__(
        self,
        open_session: Callable[[], Session],
        server: str,
        *,
        workers: int,
        what_if: bool = False,
        secret_of: SecretOf | None = None,
    ) -> None:
        self._open = open_session
        self._secret_of = secret_of or _password
        self._server = server
        self._what_if = what_if
        self._sessions = Sessions(self._opened, workers)

    def batches(self, actions: Sequence[Ready]) -> Iterator[Batch]:
        """One script after the other, each cut into batches by size and number."""
        for name, group in groupby(sorted(actions, key=_script_name), key=_script_name):
            ready = {one.action.id: one for one in group}
            script = powershell.script(name)
            items = [item_of(one) for one in ready.values()]
            passwords = [self._secret_of(one.action) for one in ready.values()] if script.takes_secret else []
            for batch in powershell.batches(script, items, passwords):
                yield Batch(tuple(ready[identity] for identity in batch.ids), batch)

    def execute(self, batch: Batch) -> Iterator[ItemOutcome]:
        """Run one batch and give its outcomes as they come; the session is dropped when anything goes wrong."""
        call = batch.call
        if not isinstance(call, powershell.Batch):
            raise TypeError(f"{call!r} is no batch of a script")
        expected = set(call.ids)
        with self._sessions.lease() as session:
            for line in session.run(call.call(server=self._server, what_if=self._what_if)):
                outcome = powershell.read_outcome(call.script, line)
                if outcome.id not in expected:
                    raise ScriptError(f"{call.script.name} answered for {outcome.id!r}, which it was not asked for.")
                yield outcome

    def stop(self) -> None:
        """Close every session: what runs ends, and nothing is left on the host."""
        self._sessions.close()

    close = stop

    def _opened(self) -> Session:
        session = self._open()
        _log.info("session opened", host=session.server)
        return session


def _script_name(ready: Ready) -> str:
    return ready.action.executor


def item_of(ready: Ready) -> dict[str, Any]:
    """What the script is given about one object."""
    action = ready.action
    if action.member is not None:
        return {"id": action.id, "guid": ready.guid, "member": ready.member}
    item: dict[str, Any] = {"id": action.id, "guid": ready.guid, **action.item}
    if "expected" in powershell.fields_of(action.executor):
        item["expected"] = dict(action.expected)
    if ready.created:
        item = {name: _resolved(value, ready.created) for name, value in item.items()}
    return item


CREATED_BY = "created-by:"
"""Begins a text of an item that stands for what an action of the same plan creates."""


def _resolved(value: Any, created: Mapping[str, UUID]) -> Any:
    """An item's value with the objectGUIDs of what has been created by now: `guid:...` for `created-by:...`."""
    if isinstance(value, str) and value.startswith(CREATED_BY) and value.removeprefix(CREATED_BY) in created:
        return f"guid:{created[value.removeprefix(CREATED_BY)]}"
    if isinstance(value, Mapping):
        return {name: _resolved(part, created) for name, part in value.items()}
    return tuple(_resolved(part, created) for part in value) if isinstance(value, tuple) else value


def _password(action: Action) -> Secret:
    """Make the password that a new account begins with; nobody sees it, and it is stored nowhere."""
    if action.secret != RANDOM:
        raise ScriptError(f"{action.kind} {action.name}: there is no way to make the secret {action.secret!r}.")
    return generate(secrets.choice, names_of(action))


def names_of(action: Action) -> tuple[str, ...]:
    """The names of a new account, which its password must not hold."""
    attributes = action.item.get("attributes")
    names = [str(action.item.get("sam", "")), action.name]
    if isinstance(attributes, Mapping):
        names += [str(attributes.get(name, "")) for name in ("displayName", "givenName", "sn")]
    return tuple(name for name in names if name)
