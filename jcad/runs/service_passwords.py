"""Passwords of service accounts: made here, kept before they are set anywhere, confirmed by one logon, never shown.

A new password is kept as pending, beside the one that is known; once the directory has let the account in with it, it takes
the place of the known one. A run that is killed in between leaves it pending, and the next plan says so and goes on.
A rotation keeps the one that was known as previous, until the last host is at work with the new one.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from jcad.directory import DirectoryReader
from jcad.errors import AuthenticationFailed, ScriptError
from jcad.model import ItemOutcome, Secret, Status, generate
from jcad.model.password import SERVICE_LENGTH, SERVICE_SYMBOLS
from jcad.plan import Action, Batch, Ready
from jcad.prepare.state import Kept
from jcad.runs.secrets import SecretSource
from jcad.settings import SecretReference

LogOn = Callable[[str, Secret], None]
"""Logs an account on to the directory, once. Raises AuthenticationFailed."""


RIGHT_PASSWORD = frozenset({"530", "531", "532", "533", "701", "773"})
"""Sub-codes of a refusal that only who knows the password is told: hours, workstation, expired, disabled, to be changed."""


def pending(reference: SecretReference) -> SecretReference:
    """Where a password is kept until it is known to be the account's."""
    return replace(reference, value=f"{reference.value}.pending")


def previous(reference: SecretReference) -> SecretReference:
    """Where the password of before is kept until nobody needs it any more."""
    return replace(reference, value=f"{reference.value}.previous")


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

    def confirm(self, reference: SecretReference, account: str, log_on: LogOn, *, keep_previous: bool = False) -> bool:
        """Log on with the pending password; then it is the known one. Raises AuthenticationFailed, and keeps both.

        False where there is none pending, because an earlier run had confirmed it: then the known one is tried.
        """
        what = f"the new password of {account}"
        if not self._source.holds(pending(reference)) and self._source.holds(reference):
            log_on(account, self._source.resolve(reference, what))
            return False
        secret = self._source.resolve(pending(reference), what)
        log_on(account, secret)
        if keep_previous and self._source.holds(reference):
            known = self._source.resolve(reference, f"the password of {account}")
            if known != secret:  # else an earlier run came as far as here, and has kept it
                self._source.put(previous(reference), known)
        self._source.put(reference, secret)
        self._source.remove(pending(reference))
        return True

    def forget_previous(self, reference: SecretReference) -> None:
        """Drop the password of before. Raises SecretError."""
        self._source.remove(previous(reference))

    def is_pending(self, reference: SecretReference, account: str, log_on: LogOn) -> bool:
        """Whether the pending password is the account's by now: one logon, and none where there is none."""
        if not self._source.holds(pending(reference)):
            return False
        try:
            log_on(account, self._source.resolve(pending(reference), f"the new password of {account}"))
        except AuthenticationFailed as error:
            return error.code in RIGHT_PASSWORD
        return True

    @staticmethod
    def _new(action: Action) -> Secret:
        return generate(secrets.choice, (action.name,), SERVICE_LENGTH, SERVICE_SYMBOLS)


FORGET = "forget-password"
"""The executor of an action that drops the password of before."""


class ConfirmExecutor:
    """Confirms passwords, one after the other, and forgets those of before. An account that is refused stops the run."""

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
            if self._what_if:
                yield ItemOutcome(id=ready.action.id, status=Status.SKIPPED)
            else:
                yield self._forget(ready.action) if ready.action.executor == FORGET else self._confirm(ready.action)

    def _confirm(self, action: Action) -> ItemOutcome:
        reference, account = SecretReference.parse(str(action.item["reference"])), str(action.item["account"])
        keep = action.item.get("keepOld") is True
        fresh = self._passwords.confirm(reference, account, self._log_on, keep_previous=keep)
        if not fresh:
            return ItemOutcome(id=action.id, status=Status.UNCHANGED, done=("logon",))
        return ItemOutcome(id=action.id, status=Status.CHANGED, done=("logon", "kept"))

    def _forget(self, action: Action) -> ItemOutcome:
        self._passwords.forget_previous(SecretReference.parse(str(action.item["reference"])))
        return ItemOutcome(id=action.id, status=Status.CHANGED, done=("forgotten",))

    def stop(self) -> None:
        """Nothing is under way between two accounts."""


def log_on_with(connect: Callable[[str, Secret], DirectoryReader]) -> LogOn:
    """A logon that leaves nothing open."""

    def log_on(account: str, secret: Secret) -> None:
        connect(account, secret).close()

    return log_on
