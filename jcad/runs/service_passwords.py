"""Passwords of service accounts: made here, kept before they are set anywhere, confirmed by one logon, never shown.

A new password is kept as pending, beside the one that is known; once the directory has let the account in with it, it takes
the place of the known one. A run that is killed in between leaves it pending, and the next plan says so and goes on.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from jcad.directory import DirectoryReader
from jcad.errors import ScriptError
from jcad.model import ItemOutcome, Secret, Status, generate
from jcad.model.password import SERVICE_LENGTH, SERVICE_SYMBOLS
from jcad.plan import Action, Batch, Ready
from jcad.prepare.state import Kept
from jcad.runs.secrets import SecretSource
from jcad.settings import SecretReference

LogOn = Callable[[str, Secret], None]
"""Logs an account on to the directory, once. Raises AuthenticationFailed."""


def pending(reference: SecretReference) -> SecretReference:
    """Where a password is kept until it is known to be the account's."""
    return replace(reference, value=f"{reference.value}.pending")


class ServicePasswords:
    """The passwords of service accounts, by the references of the settings. `rehearsal`: nothing is kept."""

    def __init__(self, source: SecretSource, *, rehearsal: bool = False) -> None:
        self._source = source
        self._rehearsal = rehearsal

    def kept(self, reference: SecretReference | None) -> Kept:
        """What is kept of a password. Raises SecretError where that cannot be told."""
        if reference is None:
            return Kept.NOWHERE
        if self._source.holds(pending(reference)):
            return Kept.PENDING
        return Kept.KNOWN if self._source.holds(reference) else Kept.ABSENT

    def for_action(self, action: Action) -> Secret:
        """The password that an action sets: the one that an ended run kept as pending, or a new one, kept as pending first."""
        if not action.secret:
            raise ScriptError(f"{action.kind} {action.name}: the plan does not say where its password is kept.")
        reference = pending(SecretReference.parse(action.secret))
        if self._rehearsal:
            return self._new(action)
        if not self._source.holds(reference):
            self._source.put(reference, self._new(action))
        return self._source.resolve(reference, f"the new password of {action.name}")

    def confirm(self, reference: SecretReference, account: str, log_on: LogOn) -> None:
        """Log on with the pending password; then it is the known one. Raises AuthenticationFailed, and keeps both."""
        secret = self._source.resolve(pending(reference), f"the new password of {account}")
        log_on(account, secret)
        self._source.put(reference, secret)
        self._source.remove(pending(reference))

    @staticmethod
    def _new(action: Action) -> Secret:
        return generate(secrets.choice, (action.name,), SERVICE_LENGTH, SERVICE_SYMBOLS)


class ConfirmExecutor:
    """Confirms passwords, one after the other. An account that is refused stops the run, as every refusal does."""

    def __init__(self, passwords: ServicePasswords, log_on: LogOn, *, what_if: bool = False) -> None:
        self._passwords = passwords
        self._log_on = log_on
        self._what_if = what_if

    def batches(self, actions: Sequence[Ready]) -> Iterator[Batch]:
        """Each account by itself."""
        return (Batch((one,)) for one in actions)

    def execute(self, batch: Batch) -> Iterator[ItemOutcome]:
        """Log on, and keep the password. Raises AuthenticationFailed, SecretError."""
        for ready in batch.actions:
            action = ready.action
            if self._what_if:
                yield ItemOutcome(id=action.id, status=Status.SKIPPED)
                continue
            reference = SecretReference.parse(str(action.item["reference"]))
            self._passwords.confirm(reference, str(action.item["account"]), self._log_on)
            yield ItemOutcome(id=action.id, status=Status.CHANGED, done=("logon", "kept"))

    def stop(self) -> None:
        """Nothing is under way between two accounts."""


def log_on_with(connect: Callable[[str, Secret], DirectoryReader]) -> LogOn:
    """A logon that leaves nothing open."""

    def log_on(account: str, secret: Secret) -> None:
        connect(account, secret).close()

    return log_on
