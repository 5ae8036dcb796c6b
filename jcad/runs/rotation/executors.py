"""What carries a rotation out on the directory, and what reads all of it back. Touches the directory."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from uuid import UUID

from jcad.model import AdUser, ItemOutcome, Status
from jcad.plan import Action, Batch, Reading, Ready, Target, Verifier
from jcad.runs.scripts import ScriptExecutor

_RESET = "reset-password"
_SET_BEFORE = "it was set before the run was interrupted: the account is let in with it"

WasSet = Callable[[Action, AdUser], bool]
"""Whether an account is let in with the password that an action sets: one logon."""


class AccountExecutor:
    """Runs the scripts of a rotation. A password that an interrupted run had set already is not taken for somebody else's.

    `begun` are the actions that an earlier run sent out and never heard of, `find` gives an account as it is now.
    """

    def __init__(
        self, scripts: ScriptExecutor, begun: frozenset[str], find: Callable[[UUID], AdUser | None], was_set: WasSet
    ) -> None:
        self._scripts = scripts
        self._begun = begun
        self._find = find
        self._was_set = was_set

    def batches(self, actions: Sequence[Ready]) -> Iterator[Batch]:
        """What is set already, and then the batches of the scripts."""
        settled = [one for one in actions if self._is_settled(one)]
        if settled:
            yield Batch(tuple(settled), _SET_BEFORE)
        if rest := [one for one in actions if one not in settled]:
            yield from self._scripts.batches(rest)

    def execute(self, batch: Batch) -> Iterator[ItemOutcome]:
        """Run one batch of a script."""
        if batch.call != _SET_BEFORE:
            yield from self._scripts.execute(batch)
            return
        for one in batch.actions:
            yield ItemOutcome(
                id=one.action.id, status=Status.CHANGED, guid=one.guid, done=("password",), reason=_SET_BEFORE
            )

    def stop(self) -> None:
        """End what runs."""
        self._scripts.stop()

    def _is_settled(self, ready: Ready) -> bool:
        action = ready.action
        if action.executor != _RESET or action.id not in self._begun or ready.guid is None:
            return False
        user = self._find(ready.guid)
        planned = action.expected.get("pwdLastSet")
        now = str(user.pwd_last_set) if user is not None and user.pwd_last_set else None
        return user is not None and now != planned and self._was_set(action, user)


class RotationReadback:
    """A Verifier of both: the directory's objects, and the hosts."""

    def __init__(self, directory: Verifier, hosts: Verifier) -> None:
        self._directory = directory
        self._hosts = hosts

    def read(self, ready: Sequence[Ready]) -> Mapping[str, Reading | None]:
        """What is there now, by action id."""
        there = [one for one in ready if one.action.target is Target.DIRECTORY]
        hosts = [one for one in ready if one.action.target is Target.HOST]
        found = dict(self._directory.read(there)) if there else {}
        return found | dict(self._hosts.read(hosts)) if hosts else found

    def find_created(self, action: Action, since: str) -> UUID | None:
        """The account that the preparation created."""
        return self._directory.find_created(action, since)
